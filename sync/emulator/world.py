"""Everything that Google would keep: files, folders, shared drives, spreadsheets, and who may do what with them."""

from __future__ import annotations

import random
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sync.emulator.clock import Clock, stamp
from sync.emulator.errors import file_not_permitted, file_unknown, no_storage, not_permitted, unknown_entity
from sync.emulator.grid import JSON, Calculator, Spreadsheet, new_tab
from sync.emulator.requests import Caller

SPREADSHEET = "application/vnd.google-apps.spreadsheet"
FOLDER = "application/vnd.google-apps.folder"
ROLES: Mapping[str, int] = {"reader": 1, "commenter": 2, "writer": 3, "fileOrganizer": 4, "organizer": 5, "owner": 6}
"""https://developers.google.com/workspace/drive/api/guides/ref-roles"""
READS, COMMENTS, WRITES, ORGANIZES, OWNS = 1, 2, 3, 5, 6
_ALPHABET = string.ascii_letters + string.digits + "-_"


@dataclass(frozen=True, slots=True)
class Version:
    """One state of a file: when it came about, its number, and when and by whom the content was last changed."""

    at: float
    number: int
    modified: float
    who: str


@dataclass
class File:
    """A file or folder in Drive."""

    id: str
    name: str
    mime_type: str
    created: float
    creator: str
    client: str
    """the program it was made with, for tokens that may see only the files of their own program"""
    parents: list[str]
    drive_id: str | None = None
    permissions: list[JSON] = field(default_factory=list)
    trashed: bool = False
    properties: dict[str, str] = field(default_factory=dict)
    app_properties: dict[str, str] = field(default_factory=dict)
    description: str = ""
    comments: list[JSON] = field(default_factory=list)
    versions: list[Version] = field(default_factory=list)

    @property
    def owner(self) -> str | None:
        """None for a file in a shared drive."""
        return next((str(one["emailAddress"]) for one in self.permissions if one["role"] == "owner"), None)


@dataclass
class SharedDrive:
    """A shared drive: a root folder of its own and its members."""

    id: str
    name: str
    created: float
    permissions: list[JSON]


@dataclass(frozen=True, slots=True)
class DriveChange:
    """An entry of the list of changes: ``removed`` for whom the file is gone altogether."""

    file_id: str
    at: float
    removed: bool


class World:
    """The state behind the emulator. ``lag`` is how many seconds Drive's version and times trail an edit."""

    def __init__(self, clock: Clock, *, seed: int = 7, lag: float = 0.0, service_account_storage: bool = False) -> None:
        self.clock, self.lag, self.service_account_storage = clock, lag, service_account_storage
        self.files: dict[str, File] = {}
        self.spreadsheets: dict[str, Spreadsheet] = {}
        self.drives: dict[str, SharedDrive] = {}
        self.changes: list[DriveChange] = []
        self.mails: list[tuple[str, str]] = []
        """File and address of every invitation that Google sent, in order."""
        self._random = random.Random(seed)

    def new_file_id(self) -> str:
        return "1" + "".join(self._random.choice(_ALPHABET) for _ in range(43))

    def new_id(self) -> int:
        return self._random.randint(1, 2**31 - 1)

    def today(self, spreadsheet: Spreadsheet) -> date:
        """The day where the spreadsheet is."""
        try:
            zone: Any = ZoneInfo(spreadsheet.properties["timeZone"])
        except (ZoneInfoNotFoundError, ValueError):
            zone = UTC
        return datetime.fromtimestamp(self.clock.now(), zone).date()

    def calculator(self, spreadsheet: Spreadsheet) -> Calculator:
        return Calculator(spreadsheet, self.today(spreadsheet))

    # Who may do what

    def role(self, file_id: str, email: str) -> int:
        """The highest role somebody has on a file, folder or shared drive, by itself or from above; 0 for none."""
        if file_id in self.drives:
            return _highest(self.drives[file_id].permissions, email)
        file = self.files.get(file_id)
        if file is None:
            return 0
        above = [*file.parents, *([file.drive_id] if file.drive_id else [])]
        return max(_highest(file.permissions, email), *(self.role(one, email) for one in above), 0)

    def caller(self, file_id: str, email: str) -> Caller:
        """Somebody as protected ranges see them: managers of a shared drive stand for the owner that it lacks."""
        file = self.files[file_id]
        owner = file.owner == email or (file.drive_id is not None and self.role(file_id, email) >= ORGANIZES)
        return Caller(email, owner)

    def spreadsheet(self, file_id: str, email: str, role: int) -> Spreadsheet:
        """A spreadsheet for somebody who needs a role on it; raises what the Sheets API answers otherwise."""
        if file_id not in self.spreadsheets:
            raise unknown_entity()
        if self.role(file_id, email) < role:
            raise not_permitted()
        return self.spreadsheets[file_id]

    def file(self, file_id: str, email: str, role: int, *, all_drives: bool = True) -> File:
        """A file for somebody who needs a role on it; raises what the Drive API answers otherwise."""
        file = self.files.get(file_id)
        if file is None or not self.role(file_id, email) or (file.drive_id and not all_drives):
            raise file_unknown(file_id)
        if self.role(file_id, email) < role:
            raise file_not_permitted()
        return file

    # Files come, change and go

    def create_file(self, email: str, client: str, name: str, mime_type: str, parents: list[str] | None = None) -> File:
        """A new file in a folder, a shared drive, or the caller's own drive (``parents`` blank).

        Raises ``storageQuotaExceeded`` for a service account outside a shared drive: it has no storage."""
        parent = parents[0] if parents else f"root-{email}"
        if parent == "root":
            parent = f"root-{email}"
        drive_id = self._drive_of(parent, email)
        if is_service_account(email) and drive_id is None and mime_type != FOLDER and not self.service_account_storage:
            raise no_storage()
        now = self.clock.now()
        file = File(self.new_file_id(), name, mime_type, now, email, client, [parent], drive_id)
        if drive_id is None:
            file.permissions.append(permission("user", "owner", email))
        self.files[file.id] = file
        if mime_type == SPREADSHEET:
            properties = {"title": name, "locale": "en_US", "autoRecalc": "ON_CHANGE", "timeZone": "Etc/GMT"}
            self.spreadsheets[file.id] = Spreadsheet(file.id, properties, [new_tab(0, "Sheet1")])
        self.touch(file.id, email)
        return file

    def _drive_of(self, parent: str, email: str) -> str | None:
        """The shared drive in which a folder lies; raises when the folder cannot be written to."""
        if parent.startswith("root-"):
            return None
        if parent in self.drives:
            if self.role(parent, email) < WRITES:
                raise file_not_permitted() if self.role(parent, email) else file_unknown(parent)
            return parent
        return self.file(parent, email, WRITES).drive_id

    def touch(self, file_id: str, who: str, *, content: bool = True) -> None:
        """Note a new version; only a change of the content moves the time of modification."""
        file, now = self.files[file_id], self.clock.now()
        last = file.versions[-1] if file.versions else Version(now, 0, 0.0, who)
        # Two edits within one moment of a clock that stands still are told apart by a millisecond.
        modified, by = (max(now, last.modified + 0.001), who) if content else (last.modified, last.who)
        file.versions.append(Version(now, last.number + 1, modified, by))
        self.changes.append(DriveChange(file_id, now, False))
        if file_id in self.spreadsheets:
            file.name = self.spreadsheets[file_id].properties["title"]

    def rename(self, file: File, name: str) -> None:
        file.name = name
        if file.id in self.spreadsheets:
            self.spreadsheets[file.id].properties["title"] = name

    def delete(self, file_id: str) -> None:
        """Delete for good, with everything inside a folder."""
        for inside in [one.id for one in self.files.values() if file_id in one.parents]:
            self.delete(inside)
        del self.files[file_id]
        self.spreadsheets.pop(file_id, None)
        self.changes.append(DriveChange(file_id, self.clock.now(), True))

    def seen_version(self, file: File) -> Version:
        """The version that Drive tells of now: edits of the last ``lag`` seconds have not reached it yet."""
        known = [version for version in file.versions if version.at <= self.clock.now() - self.lag]
        return known[-1] if known else file.versions[0]

    def stamped(self, moment: float) -> str:
        return stamp(moment)


def permission(kind: str, role: str, address: str | None = None, *, discoverable: bool = False) -> JSON:
    """A permission as Drive keeps it; ``address`` is an e-mail address or a domain, None for anyone."""
    one: JSON = {"kind": "drive#permission", "id": permission_id(kind, address), "type": kind, "role": role}
    if kind in ("user", "group"):
        one |= {"emailAddress": address, "displayName": str(address).partition("@")[0]}
        one |= {"deleted": False, "pendingOwner": False}
    elif kind == "domain":
        one |= {"domain": address, "displayName": address, "allowFileDiscovery": discoverable}
    else:
        one["allowFileDiscovery"] = discoverable
    return one


def permission_id(kind: str, address: str | None) -> str:
    """The same for one address everywhere, as in Drive."""
    if kind == "anyone" or address is None:
        return "anyoneWithLink"
    number = random.Random(address.lower()).randint(10**19, 10**20 - 1)
    return str(number) if kind in ("user", "group") else f"{number}k"


def is_service_account(email: str) -> bool:
    return email.endswith(".gserviceaccount.com")


def _highest(permissions: list[JSON], email: str) -> int:
    return max((ROLES[one["role"]] for one in permissions if _is_for(one, email)), default=0)


def _is_for(one: JSON, email: str) -> bool:
    if one["type"] == "anyone":
        return True
    if one["type"] == "domain":
        return email.lower().endswith("@" + str(one["domain"]).lower())
    return bool(str(one["emailAddress"]).lower() == email.lower())
