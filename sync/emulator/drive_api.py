"""The methods of the Drive API v3 about files, folders, shared drives and changes.

https://developers.google.com/workspace/drive/api/reference/rest/v3
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from sync.emulator.clock import stamp
from sync.emulator.drive_query import parse_query
from sync.emulator.errors import GoogleError, file_not_permitted, file_unknown
from sync.emulator.grid import JSON
from sync.emulator.incoming import Incoming, Raw, Route
from sync.emulator.masks import Mask, parse_mask, project
from sync.emulator.world import COMMENTS, FOLDER, OWNS, READS, ROLES, WRITES, File, SharedDrive, World, permission

_FILE: Mask = parse_mask("kind,id,name,mimeType")
_LISTED: Mask = parse_mask("kind,incompleteSearch,nextPageToken,files(kind,id,name,mimeType)")
NO_CONTENT = Raw(b"", "text/html", 204)


def reached(incoming: Incoming, role: int, *, file_id: str | None = None, all_drives: bool = True) -> File:
    """The file that a request is about, for somebody who needs a role on it."""
    file_id = incoming.parts[0] if file_id is None else file_id
    file = incoming.world.file(file_id, incoming.email, role, all_drives=all_drives)
    if incoming.token.own_files_only and file.client != incoming.token.client:
        raise file_unknown(file_id)
    return file


def all_drives(incoming: Incoming) -> bool:
    return incoming.flag("supportsAllDrives")


def file_resource(world: World, file: File, email: str) -> JSON:
    """Everything Drive tells of a file; version and times as they have reached it."""
    seen, role = world.seen_version(file), world.role(file.id, email)
    answer: JSON = {
        "kind": "drive#file",
        "id": file.id,
        "name": file.name,
        "mimeType": file.mime_type,
        "parents": file.parents,
        "trashed": file.trashed,
        "explicitlyTrashed": file.trashed,
        "starred": False,
        "version": str(seen.number),
        "createdTime": stamp(file.created),
        "modifiedTime": stamp(seen.modified),
        "lastModifyingUser": user_resource(seen.who, email),
        "webViewLink": _link(file),
        "ownedByMe": file.owner == email,
        "shared": len(file.permissions) > 1 or file.drive_id is not None,
        "capabilities": {
            "canEdit": role >= WRITES,
            "canComment": role >= COMMENTS,
            "canShare": role >= WRITES,
            "canCopy": role >= READS,
            "canTrash": role >= (WRITES if file.drive_id else OWNS),
            "canDelete": role >= OWNS,
        },
        "size": "1024",
    }
    if file.mime_type == FOLDER:
        del answer["size"]
    if file.drive_id:
        answer["driveId"] = file.drive_id
    else:
        answer["owners"] = [user_resource(str(file.owner), email)]
    if role >= WRITES:
        answer["permissions"] = copy.deepcopy(file.permissions)
        answer["permissionIds"] = [one["id"] for one in file.permissions]
    for name, kept in (
        ("description", file.description),
        ("properties", file.properties),
        ("appProperties", file.app_properties),
    ):
        if kept:
            answer[name] = kept
    return answer


def _link(file: File) -> str:
    if file.mime_type == FOLDER:
        return f"https://drive.google.com/drive/folders/{file.id}"
    return f"https://docs.google.com/spreadsheets/d/{file.id}/edit?usp=drivesdk"


def user_resource(email: str, me: str) -> JSON:
    return {
        "kind": "drive#user",
        "displayName": email.partition("@")[0],
        "me": email == me,
        "permissionId": permission("user", "reader", email)["id"],
        "emailAddress": email,
    }


class _Found:
    """A file as the search of ``files.list`` sees it."""

    def __init__(self, world: World, file: File, email: str) -> None:
        self._world, self._file, self._email = world, file, email
        seen = world.seen_version(file)
        self._fields: Mapping[str, str | bool] = {
            "name": file.name,
            "mimeType": file.mime_type,
            "modifiedTime": stamp(seen.modified),
            "createdTime": stamp(file.created),
            "trashed": file.trashed,
            "sharedWithMe": file.owner not in (None, email)
            and any(one.get("emailAddress") == email for one in file.permissions),
        }

    def field(self, name: str) -> str | bool | None:
        return self._fields.get(name, False)

    def collection(self, name: str) -> set[str]:
        if name == "parents":
            root = {"root"} if f"root-{self._email}" in self._file.parents else set()
            return {*self._file.parents, *root}
        if name == "owners":
            return {self._file.owner} if self._file.owner else set()
        least = WRITES if name == "writers" else READS
        people = {str(one.get("emailAddress")) for one in self._file.permissions if ROLES[one["role"]] >= least}
        return people | ({"me"} if self._world.role(self._file.id, self._email) >= least else set())

    def pairs(self, name: str) -> Mapping[str, str]:
        return self._file.properties if name == "properties" else self._file.app_properties


def files_list(incoming: Incoming) -> JSON:
    world, email = incoming.world, incoming.email
    wanted = parse_query(incoming.one("q") or "") if incoming.one("q") else lambda file: True
    drives = incoming.flag("includeItemsFromAllDrives") and all_drives(incoming)
    drive_id = incoming.one("driveId")
    files = [
        file
        for file in world.files.values()
        if world.role(file.id, email)
        and (drives or file.drive_id is None)
        and (drive_id is None or file.drive_id == drive_id)
        and (not incoming.token.own_files_only or file.client == incoming.token.client)
        and wanted(_Found(world, file, email))
    ]
    for order in reversed((incoming.one("orderBy") or "modifiedTime desc").split(",")):
        name, *direction = order.split()
        files.sort(key=lambda file: _order(world, file, name), reverse=direction == ["desc"])
    start, size = int(incoming.one("pageToken") or 0), min(int(incoming.one("pageSize") or 100), 1000)
    mask = incoming.mask or _LISTED
    below = mask.get("files", {}) if "*" not in mask else {}
    answer: JSON = {
        "kind": "drive#fileList",
        "incompleteSearch": False,
        "files": [project(file_resource(world, file, email), below) for file in files[start : start + size]],
    }
    if start + size < len(files):
        answer["nextPageToken"] = str(start + size)
    return incoming.masked(answer, _LISTED)


def _order(world: World, file: File, name: str) -> Any:
    if name == "modifiedTime":
        return world.seen_version(file).modified
    if name == "createdTime":
        return file.created
    if name in ("name", "name_natural"):
        return file.name.lower()
    if name == "folder":
        return file.mime_type != FOLDER
    raise GoogleError(400, f"Invalid value: {name}", "INVALID_ARGUMENT", reason="invalid")


def files_get(incoming: Incoming) -> JSON:
    file = reached(incoming, READS, all_drives=all_drives(incoming))
    return incoming.masked(file_resource(incoming.world, file, incoming.email), _FILE)


def files_create(incoming: Incoming) -> JSON:
    world, body = incoming.world, incoming.body
    parents = body.get("parents")
    if parents and len(parents) > 1:
        raise GoogleError(400, "A file cannot have more than one parent.", "INVALID_ARGUMENT", reason="cannotAddParent")
    _check_drive(incoming, parents)
    mime_type = body.get("mimeType", "application/octet-stream")
    file = world.create_file(incoming.email, incoming.token.client, body.get("name") or "Untitled", mime_type, parents)
    _describe(file, body)
    return incoming.masked(file_resource(world, file, incoming.email), _FILE)


def _check_drive(incoming: Incoming, parents: list[str] | None) -> None:
    """Without supportsAllDrives a shared drive and what lies in it cannot be seen."""
    for parent in parents or ():
        inside = parent in incoming.world.drives or (
            parent in incoming.world.files and incoming.world.files[parent].drive_id is not None
        )
        if inside and not all_drives(incoming):
            raise file_unknown(parent)


def _describe(file: File, body: JSON) -> None:
    if "description" in body:
        file.description = body["description"] or ""
    for name, kept in (("properties", file.properties), ("appProperties", file.app_properties)):
        for key, value in (body.get(name) or {}).items():
            if value is None:
                kept.pop(key, None)
            else:
                kept[key] = value


def files_update(incoming: Incoming) -> JSON:
    world, body = incoming.world, incoming.body
    file = reached(incoming, WRITES, all_drives=all_drives(incoming))
    if "trashed" in body and world.role(file.id, incoming.email) < (WRITES if file.drive_id else OWNS):
        raise file_not_permitted()
    if "name" in body:
        world.rename(file, body["name"])
    file.trashed = bool(body.get("trashed", file.trashed))
    _describe(file, body)
    _move(incoming, file)
    world.touch(file.id, incoming.email, content="name" in body)
    return incoming.masked(file_resource(world, file, incoming.email), _FILE)


def _move(incoming: Incoming, file: File) -> None:
    added = [one for one in (incoming.one("addParents") or "").split(",") if one]
    removed = (incoming.one("removeParents") or "").split(",")
    if not added:
        return
    _check_drive(incoming, added)
    world = incoming.world
    for parent in added:
        if world.role(parent, incoming.email) < WRITES and parent not in ("root", f"root-{incoming.email}"):
            raise file_unknown(parent)
    file.parents = [one for one in file.parents if one not in removed and added == []] or added[-1:]
    parent = file.parents[0]
    file.drive_id = (
        parent if parent in world.drives else world.files[parent].drive_id if parent in world.files else None
    )
    if file.drive_id:
        # Files in a shared drive belong to it.
        file.permissions = [one for one in file.permissions if one["role"] != "owner"]


def files_delete(incoming: Incoming) -> Raw:
    file = reached(incoming, OWNS if _owned(incoming) else ROLES["organizer"], all_drives=all_drives(incoming))
    incoming.world.delete(file.id)
    return NO_CONTENT


def _owned(incoming: Incoming) -> bool:
    file = incoming.world.files.get(incoming.parts[0])
    return file is None or file.drive_id is None


def files_copy(incoming: Incoming) -> JSON:
    world, body = incoming.world, incoming.body
    source = reached(incoming, READS, all_drives=all_drives(incoming))
    if source.mime_type == FOLDER:
        raise GoogleError(403, "This file cannot be copied by the user.", "PERMISSION_DENIED", reason="cannotCopyFile")
    parents = body.get("parents") or (
        source.parents if world.role(source.parents[0], incoming.email) >= WRITES else None
    )
    _check_drive(incoming, parents)
    name = body.get("name") or f"Copy of {source.name}"
    file = world.create_file(incoming.email, incoming.token.client, name, source.mime_type, parents)
    file.properties, file.app_properties = dict(source.properties), dict(source.app_properties)
    file.description = source.description
    _describe(file, body)
    if source.id in world.spreadsheets:
        twin = world.spreadsheets[source.id].snapshot()
        twin.id, twin.comments = file.id, []
        twin.properties["title"] = name
        for tab in twin.tabs:
            for one in tab.protected:
                # A copy belongs to whoever made it; its protected ranges know nobody else.
                if not one.get("warningOnly"):
                    one["editors"] = {"users": [incoming.email]}
        world.spreadsheets[file.id] = twin
    return incoming.masked(file_resource(world, file, incoming.email), _FILE)


def empty_trash(incoming: Incoming) -> Raw:
    for file in [one for one in incoming.world.files.values() if one.trashed and one.owner == incoming.email]:
        if file.id in incoming.world.files:
            incoming.world.delete(file.id)
    return NO_CONTENT


def revisions_list(incoming: Incoming) -> JSON:
    """Google keeps fewer revisions than versions; this emulator keeps the newest of every minute."""
    file = reached(incoming, WRITES)
    lag = incoming.world.lag
    newest = {version.at // 60: version for version in file.versions if version.at <= incoming.world.clock.now() - lag}
    revisions = [_revision(file, version, incoming.email) for version in newest.values()]
    return incoming.masked(
        {"kind": "drive#revisionList", "revisions": revisions},
        parse_mask("kind,revisions(kind,id,mimeType,modifiedTime)"),
    )


def _revision(file: File, version: Any, me: str) -> JSON:
    return {
        "kind": "drive#revision",
        "id": str(version.number),
        "mimeType": file.mime_type,
        "modifiedTime": stamp(version.modified),
        "lastModifyingUser": user_resource(version.who, me),
    }


def about(incoming: Incoming) -> JSON:
    if not incoming.mask:
        raise GoogleError(
            400, "The 'fields' parameter is required for this method.", "INVALID_ARGUMENT", reason="required"
        )
    limit = "0" if incoming.email.endswith(".gserviceaccount.com") else str(15 * 2**30)
    return incoming.masked(
        {
            "kind": "drive#about",
            "user": user_resource(incoming.email, incoming.email),
            "storageQuota": {"limit": limit, "usage": "0", "usageInDrive": "0", "usageInDriveTrash": "0"},
        }
    )


def start_page_token(incoming: Incoming) -> JSON:
    return {"kind": "drive#startPageToken", "startPageToken": str(len(_arrived(incoming.world)) + 1)}


def _arrived(world: World) -> list[Any]:
    return [change for change in world.changes if change.at <= world.clock.now() - world.lag]


def changes_list(incoming: Incoming) -> JSON:
    world, email = incoming.world, incoming.email
    arrived = _arrived(world)
    start, size = int(incoming.one("pageToken") or 1) - 1, min(int(incoming.one("pageSize") or 100), 1000)
    page = arrived[start : start + size]
    newest = {change.file_id: change for change in page if change.removed or world.role(change.file_id, email)}
    changes = []
    for change in newest.values():
        one = {"kind": "drive#change", "changeType": "file", "type": "file", "time": stamp(change.at)}
        file = world.files.get(change.file_id)
        one |= {"removed": file is None, "fileId": change.file_id}  # type: ignore[dict-item]
        changes.append(one | ({"file": file_resource(world, file, email)} if file else {}))
    answer: JSON = {"kind": "drive#changeList", "changes": changes}
    if start + size < len(arrived):
        answer["nextPageToken"] = str(start + size + 1)
    else:
        answer["newStartPageToken"] = str(len(arrived) + 1)
    file_mask = "file(kind,id,name,mimeType)"
    default = f"kind,nextPageToken,newStartPageToken,changes(kind,changeType,type,time,removed,fileId,{file_mask})"
    return incoming.masked(answer, parse_mask(default))


def drives_create(incoming: Incoming) -> JSON:
    """The request id makes a repeated request harmless, as in the real API."""
    world, request = incoming.world, incoming.one("requestId")
    if request is None:
        raise GoogleError(400, "Required parameter: requestId", "INVALID_ARGUMENT", reason="required")
    drive_id = f"0A{request}"[:33]
    if drive_id in world.drives:
        raise GoogleError(
            409, "A shared drive with this request ID already exists.", "ALREADY_EXISTS", reason="duplicate"
        )
    member = permission("user", "organizer", incoming.email)
    world.drives[drive_id] = SharedDrive(drive_id, str(incoming.body.get("name")), world.clock.now(), [member])
    return incoming.masked(_drive(world.drives[drive_id]))


def _drive(drive: SharedDrive) -> JSON:
    return {"kind": "drive#drive", "id": drive.id, "name": drive.name, "createdTime": stamp(drive.created)}


def drives_list(incoming: Incoming) -> JSON:
    world = incoming.world
    drives = [_drive(one) for one in world.drives.values() if world.role(one.id, incoming.email)]
    return incoming.masked({"kind": "drive#driveList", "drives": drives})


def drives_get(incoming: Incoming) -> JSON:
    drive = incoming.world.drives.get(incoming.parts[0])
    if drive is None or not incoming.world.role(drive.id, incoming.email):
        raise GoogleError(404, f"Shared drive not found: {incoming.parts[0]}", "NOT_FOUND", reason="notFound")
    return incoming.masked(_drive(drive))


def _route(name: str, http: str, path: str, handle: Any) -> Route:
    return Route(f"drive.{name}", http, re.compile(f"/drive/v3{path}"), "drive", handle)


_FILE_PATH = "/files/([^/]+)"
ROUTES: tuple[Route, ...] = (
    _route("about.get", "GET", "/about", about),
    _route("files.list", "GET", "/files", files_list),
    _route("files.create", "POST", "/files", files_create),
    _route("files.emptyTrash", "DELETE", "/files/trash", empty_trash),
    _route("files.get", "GET", _FILE_PATH, files_get),
    _route("files.update", "PATCH", _FILE_PATH, files_update),
    _route("files.delete", "DELETE", _FILE_PATH, files_delete),
    _route("files.copy", "POST", f"{_FILE_PATH}/copy", files_copy),
    _route("revisions.list", "GET", f"{_FILE_PATH}/revisions", revisions_list),
    _route("changes.getStartPageToken", "GET", "/changes/startPageToken", start_page_token),
    _route("changes.list", "GET", "/changes", changes_list),
    _route("drives.create", "POST", "/drives", drives_create),
    _route("drives.list", "GET", "/drives", drives_list),
    _route("drives.get", "GET", "/drives/([^/]+)", drives_get),
)
