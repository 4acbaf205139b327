"""The calls we make of Google, each with what it is for; our own types come out, our own exception."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gspread
from gspread.urls import DRIVE_FILES_API_V3_URL

from sync.google.identities import Identity
from sync.google.quota import Kind, Quota
from sync.google.transport import BoundedHTTPClient, client_for
from sync.google.trouble import Reason, SourceUnavailable
from sync.workspace import CannotRun

SHEET = "application/vnd.google-apps.spreadsheet"
FOLDER = "application/vnd.google-apps.folder"
READ_MASK = (
    "spreadsheetId,properties(title,locale,timeZone),developerMetadata(metadataKey,metadataValue),"
    "sheets(properties(sheetId,title,hidden,gridProperties(rowCount,columnCount)),"
    "data(startRow,startColumn,rowData(values(effectiveValue,effectiveFormat(numberFormat(type)))),"
    "columnMetadata(developerMetadata(metadataKey,metadataValue))))"
)
"""What one read of a ward asks for: values with the kind of their format, and the columns' own names."""
SHAPE_MASK = (
    "spreadsheetId,properties(title,locale,timeZone),"
    "developerMetadata(metadataId,metadataKey,metadataValue),"
    "sheets(properties(sheetId,title,index,hidden,gridProperties(rowCount,columnCount)),"
    "protectedRanges(protectedRangeId,description),"
    "conditionalFormats,"
    "data(startRow,startColumn,rowData(values(userEnteredValue)),"
    "columnMetadata(developerMetadata(metadataId,metadataKey,metadataValue))))"
)
"""What a repair asks for: how the sheet is built, and which of its cells are filled."""
LISTED = "nextPageToken,files(id,name,version,modifiedTime,trashed,parents)"


@dataclass(frozen=True, slots=True)
class Listed:
    """A spreadsheet as Drive lists it. ``version`` grows with every change, a few minutes late; ``modified`` is ISO."""

    id: str
    name: str
    version: int
    modified: str


class Google:
    """Everything we ask of Google, by the identities at hand; reads are spread over the service accounts.

    Every method raises ``SourceUnavailable``.
    """

    def __init__(self, identities: Sequence[Identity], quota: Quota, url: str | None = None) -> None:
        if not identities:
            raise CannotRun("google-no-key")
        self.quota = quota
        made = {one.name: client_for(one.credentials, name=one.name, quota=quota, url=url) for one in identities}
        self.owner_name = next((one.name for one in identities if one.is_owner), None)
        services = [one.name for one in identities if not one.is_owner]
        self.services = tuple(services)
        self._clients: Mapping[str, gspread.Client] = made
        self._readers = services or [one.name for one in identities]

    @property
    def calls(self) -> list[tuple[str, str]]:
        """Every request sent so far, by whomever."""
        return [call for client in self._clients.values() for call in _http(client).calls]

    # --- reading

    def listing(self) -> dict[str, Listed]:
        """Every spreadsheet the service accounts see, by id: one call for a thousand."""
        found: dict[str, Listed] = {}
        page: str | None = ""
        while page is not None:
            params = {
                "q": f"mimeType='{SHEET}' and trashed=false",
                "fields": LISTED,
                "pageSize": 1000,
                "supportsAllDrives": "true",
                "includeItemsFromAllDrives": "true",
                **({"pageToken": page} if page else {}),
            }
            answer = _http(self._clients[self._readers[0]]).request("get", DRIVE_FILES_API_V3_URL, params=params).json()
            found |= {file["id"]: _listed(file) for file in answer.get("files", ())}
            page = answer.get("nextPageToken")
        return found

    def listed(self, spreadsheet: str, *, by_owner: bool = False) -> Listed:
        """One spreadsheet as Drive knows it. In the trash it counts as ``GONE``: Sheets itself goes on answering."""
        http = self._owner if by_owner else _http(self._clients[self._readers[0]])
        params = {"fields": "id,name,version,modifiedTime,trashed", "supportsAllDrives": "true"}
        file = http.request("get", f"{DRIVE_FILES_API_V3_URL}/{spreadsheet}", params=params).json()
        if file.get("trashed"):
            raise SourceUnavailable(Reason.GONE, "trashed")
        return _listed(file)

    def read(self, spreadsheet: str) -> dict[str, Any]:
        """One spreadsheet, whole and consistent, in one call, by the identity that may call first."""
        reader = self.quota.freest(self._readers, Kind.READ)
        params: Any = {"fields": READ_MASK, "prettyPrint": "false"}
        answer = _http(self._clients[reader]).fetch_sheet_metadata(spreadsheet, params)
        return dict(answer)

    def shape(self, spreadsheet: str, *, by_owner: bool = False) -> dict[str, Any]:
        """How a spreadsheet is built: tabs, filled cells, column names, protections."""
        http = self._owner if by_owner else _http(self._clients[self.quota.freest(self._readers, Kind.READ)])
        params: Any = {"fields": SHAPE_MASK, "prettyPrint": "false"}
        return dict(http.fetch_sheet_metadata(spreadsheet, params))

    # --- writing

    def write(self, spreadsheet: str, requests: Iterable[Mapping[str, Any]], *, by_owner: bool = False) -> None:
        """Do all of these requests or none of them."""
        name = self.quota.freest(self._readers, Kind.WRITE)
        http = self._owner if by_owner else _http(self._clients[name])
        http.batch_update(spreadsheet, {"requests": list(requests)})

    def create(self, title: str, folder: str | None) -> str:
        """A new, empty spreadsheet of the owner's; its id."""
        body = {"name": title, "mimeType": SHEET, **({"parents": [folder]} if folder else {})}
        params = {"supportsAllDrives": "true", "fields": "id"}
        answer = self._owner.request("post", DRIVE_FILES_API_V3_URL, params=params, json=body).json()
        return str(answer["id"])

    def owned(self, folder: str | None) -> dict[str, Listed]:
        """The owner's spreadsheets, of one folder when it is known."""
        inside = f" and '{folder}' in parents" if folder else " and 'me' in owners"
        found: dict[str, Listed] = {}
        page: str | None = ""
        while page is not None:
            params = {
                "q": f"mimeType='{SHEET}' and trashed=false{inside}",
                "fields": LISTED,
                "pageSize": 1000,
                "supportsAllDrives": "true",
                "includeItemsFromAllDrives": "true",
                **({"pageToken": page} if page else {}),
            }
            answer = self._owner.request("get", DRIVE_FILES_API_V3_URL, params=params).json()
            found |= {file["id"]: _listed(file) for file in answer.get("files", ())}
            page = answer.get("nextPageToken")
        return found

    def make_folder(self, name: str) -> str:
        """A folder of the owner's; its id."""
        body = {"name": name, "mimeType": FOLDER}
        answer = self._owner.request("post", DRIVE_FILES_API_V3_URL, params={"fields": "id"}, json=body).json()
        return str(answer["id"])

    def permissions(self, spreadsheet: str) -> dict[str, tuple[str, str]]:
        """E-mail address in small letters → (permission's id, role), as the owner sees them."""
        listed = self._owner.list_permissions(spreadsheet)
        return {
            str(one.get("emailAddress", "")).lower(): (str(one["id"]), str(one.get("role", "")))
            for one in listed
            if one.get("emailAddress")
        }

    def share(self, spreadsheet: str, email: str, *, notify: bool, words: str | None = None) -> None:
        """Let an address edit a spreadsheet."""
        self._owner.insert_permission(spreadsheet, email, "user", "writer", notify, words)

    def revoke(self, spreadsheet: str, permission: str) -> None:
        """Take a permission back."""
        self._owner.remove_permission(spreadsheet, permission)

    def delete(self, spreadsheet: str) -> None:
        """Delete a spreadsheet of the owner's for good."""
        url = f"{DRIVE_FILES_API_V3_URL}/{spreadsheet}"
        self._owner.request("delete", url, params={"supportsAllDrives": "true"})

    def comment(self, spreadsheet: str, text: str) -> None:
        """A comment on the whole spreadsheet, by the owner; Google tells the people it is shared with."""
        url = f"{DRIVE_FILES_API_V3_URL}/{spreadsheet}/comments"
        self._owner.request("post", url, params={"fields": "id"}, json={"content": text})

    @property
    def _owner(self) -> BoundedHTTPClient:
        if self.owner_name is None:
            raise CannotRun("google-no-owner")
        return _http(self._clients[self.owner_name])


def _listed(file: Mapping[str, Any]) -> Listed:
    return Listed(file["id"], file.get("name", ""), int(file.get("version", 0)), file.get("modifiedTime", ""))


def _http(client: gspread.Client) -> BoundedHTTPClient:
    http = client.http_client
    if not isinstance(http, BoundedHTTPClient):
        raise TypeError("a client that was not made by client_for")
    return http


def stopped(trouble: SourceUnavailable, **args: str) -> CannotRun:
    """The sentence for a trouble that ends the whole command."""
    sentences = {
        Reason.GONE: "google-gone",
        Reason.NO_ACCESS: "google-no-access",
        Reason.API_OFF: "google-api-off",
        Reason.STORAGE: "google-storage",
        Reason.SIGN_IN: "google-sign-in",
        Reason.CLOCK: "google-clock",
        Reason.BUSY: "google-busy",
        Reason.UNREACHABLE: "google-unreachable",
        Reason.UNCERTAIN: "google-uncertain",
        Reason.TOO_LARGE: "google-too-large",
        Reason.REFUSED: "google-refused",
    }
    return CannotRun(sentences[trouble.reason], text=trouble.text, **{"sheet": "", **args})
