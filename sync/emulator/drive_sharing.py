"""The methods of the Drive API v3 about permissions and comments.

https://developers.google.com/workspace/drive/api/guides/manage-sharing
https://developers.google.com/workspace/drive/api/guides/manage-comments
"""

from __future__ import annotations

import copy
import re
from dataclasses import replace
from typing import Any

from sync.emulator.clock import stamp
from sync.emulator.drive_api import NO_CONTENT, all_drives, reached, user_resource
from sync.emulator.errors import GoogleError, file_not_permitted, file_unknown
from sync.emulator.grid import JSON
from sync.emulator.incoming import Incoming, Raw, Route
from sync.emulator.masks import Mask, parse_mask
from sync.emulator.world import COMMENTS, READS, ROLES, WRITES, is_service_account, permission

_PERMISSION: Mask = parse_mask("kind,id,type,role")
_PERMISSIONS: Mask = parse_mask("kind,nextPageToken,permissions(kind,id,type,role)")


def _kept(incoming: Incoming, role: int) -> list[JSON]:
    """The permissions of the file or shared drive, for somebody who needs a role on it."""
    file_id, world = incoming.parts[0], incoming.world
    if file_id in world.drives:
        if not all_drives(incoming) or not world.role(file_id, incoming.email):
            raise file_unknown(file_id)
        if world.role(file_id, incoming.email) < ROLES["organizer" if role > READS else "reader"]:
            raise file_not_permitted()
        return world.drives[file_id].permissions
    return reached(incoming, role, all_drives=all_drives(incoming)).permissions


def _touch(incoming: Incoming) -> None:
    if incoming.parts[0] in incoming.world.files:
        incoming.world.touch(incoming.parts[0], incoming.email, content=False)


def permissions_list(incoming: Incoming) -> JSON:
    kept = _kept(incoming, WRITES)
    start, size = int(incoming.one("pageToken") or 0), int(incoming.one("pageSize") or len(kept) or 1)
    answer: JSON = {"kind": "drive#permissionList", "permissions": copy.deepcopy(kept[start : start + size])}
    if start + size < len(kept):
        answer["nextPageToken"] = str(start + size)
    return incoming.masked(answer, _PERMISSIONS)


def permissions_create(incoming: Incoming) -> JSON:
    kept, body = _kept(incoming, WRITES), incoming.body
    kind, role = body.get("type"), str(body.get("role"))
    if not isinstance(kind, str) or kind not in ("user", "group", "domain", "anyone"):
        raise _bad("The permission type field is required.", "required")
    if role not in ROLES:
        raise _bad("The permission role field is required.", "required")
    if role == "owner":
        return _transfer(incoming, kept)
    address = body.get("domain" if kind == "domain" else "emailAddress")
    if kind != "anyone" and (not address or (kind != "domain" and "@" not in address)):
        raise _bad("The specified emailAddress is invalid or not applicable for the given permission type.", "invalid")
    one = permission(kind, role, address, discoverable=bool(body.get("allowFileDiscovery")))
    if (old := next((other for other in kept if other["id"] == one["id"]), None)) is None:
        kept.append(one)
    elif ROLES[old["role"]] < ROLES[role]:
        old["role"] = role
    if kind in ("user", "group") and (incoming.one("sendNotificationEmail") or "true").lower() == "true":
        incoming.world.mails.append((incoming.parts[0], str(address)))
    _touch(incoming)
    return incoming.masked(copy.deepcopy(old or one), _PERMISSION)


def _transfer(incoming: Incoming, kept: list[JSON]) -> JSON:
    """Give a file away. The old owner stays as a writer; a service account, having no storage, cannot own."""
    address = str(incoming.body.get("emailAddress"))
    if not incoming.flag("transferOwnership"):
        raise GoogleError(
            403,
            "The transferOwnership parameter must be enabled when the permission role is 'owner'.",
            "PERMISSION_DENIED",
            reason="forbidden",
        )
    invited = any(one.get("pendingOwner") and one["emailAddress"] == incoming.email == address for one in kept)
    if incoming.world.role(incoming.parts[0], incoming.email) < ROLES["owner"] and not invited:
        raise file_not_permitted()
    if is_service_account(address) and not incoming.world.service_account_storage:
        raise GoogleError(
            403,
            "Consent is required to transfer ownership.",
            "PERMISSION_DENIED",
            reason="consentRequiredForOwnershipTransfer",
        )
    for one in kept:
        if one["role"] == "owner":
            one["role"] = "writer"
    kept[:] = [one for one in kept if one.get("emailAddress") != address]
    kept.append(permission("user", "owner", address))
    _touch(incoming)
    return incoming.masked(copy.deepcopy(kept[-1]), _PERMISSION)


def _one(incoming: Incoming, kept: list[JSON]) -> JSON:
    for one in kept:
        if one["id"] == incoming.parts[1]:
            return one
    raise GoogleError(404, f"Permission not found: {incoming.parts[1]}.", "NOT_FOUND", reason="notFound")


def permissions_get(incoming: Incoming) -> JSON:
    return incoming.masked(copy.deepcopy(_one(incoming, _kept(incoming, READS))), _PERMISSION)


def permissions_update(incoming: Incoming) -> JSON:
    kept = _kept(incoming, WRITES)
    one, role = _one(incoming, kept), incoming.body.get("role")
    if role == "owner":
        return _transfer(replace(incoming, body={**one, **incoming.body}), kept)
    if one["role"] == "owner":
        raise file_not_permitted()
    if "pendingOwner" in incoming.body:
        one["pendingOwner"] = bool(incoming.body["pendingOwner"])
    if role is not None:
        if role not in ROLES:
            raise _bad("The permission role field is required.", "required")
        one["role"] = role
    _touch(incoming)
    return incoming.masked(copy.deepcopy(one), _PERMISSION)


def permissions_delete(incoming: Incoming) -> Raw:
    """Anybody may give up their own access; taking away another's needs the role of a writer."""
    kept = _kept(incoming, READS)
    one = _one(incoming, kept)
    own = one.get("emailAddress") == incoming.email
    if one["role"] == "owner" or (not own and incoming.world.role(incoming.parts[0], incoming.email) < WRITES):
        raise file_not_permitted()
    kept.remove(one)
    _touch(incoming)
    return NO_CONTENT


def _bad(message: str, reason: str) -> GoogleError:
    return GoogleError(400, message, "INVALID_ARGUMENT", reason=reason)


def _needs_fields(incoming: Incoming) -> None:
    if not incoming.mask:
        raise _bad("The 'fields' parameter is required for this method.", "required")


def comments_list(incoming: Incoming) -> JSON:
    _needs_fields(incoming)
    comments = reached(incoming, READS).comments
    start, size = int(incoming.one("pageToken") or 0), min(int(incoming.one("pageSize") or 20), 100)
    shown = [one for one in comments if incoming.flag("includeDeleted") or not one["deleted"]]
    answer: JSON = {"kind": "drive#commentList", "comments": copy.deepcopy(shown[start : start + size])}
    if start + size < len(shown):
        answer["nextPageToken"] = str(start + size)
    return incoming.masked(answer)


def comments_create(incoming: Incoming) -> JSON:
    _needs_fields(incoming)
    file, now = reached(incoming, COMMENTS), stamp(incoming.world.clock.now())
    if not incoming.body.get("content"):
        raise _bad("The comment content is required.", "required")
    one: JSON = {
        "kind": "drive#comment",
        "id": f"AAAA{incoming.world.new_id():x}",
        "content": incoming.body["content"],
        "htmlContent": incoming.body["content"],
        "createdTime": now,
        "modifiedTime": now,
        "author": user_resource(incoming.email, incoming.email),
        "deleted": False,
        "resolved": False,
        "replies": [],
    }
    if incoming.body.get("anchor"):
        one["anchor"] = incoming.body["anchor"]
    file.comments.append(one)
    incoming.world.touch(file.id, incoming.email, content=False)
    return incoming.masked(copy.deepcopy(one))


def comments_delete(incoming: Incoming) -> Raw:
    file = reached(incoming, COMMENTS)
    for one in file.comments:
        if one["id"] == incoming.parts[1] and not one["deleted"]:
            one["deleted"] = True
            return NO_CONTENT
    raise GoogleError(404, f"Comment not found: {incoming.parts[1]}.", "NOT_FOUND", reason="notFound")


def _route(name: str, http: str, path: str, handle: Any) -> Route:
    return Route(f"drive.{name}", http, re.compile(f"/drive/v3/files/([^/]+){path}"), "drive", handle)


ROUTES: tuple[Route, ...] = (
    _route("permissions.list", "GET", "/permissions", permissions_list),
    _route("permissions.create", "POST", "/permissions", permissions_create),
    _route("permissions.get", "GET", "/permissions/([^/]+)", permissions_get),
    _route("permissions.update", "PATCH", "/permissions/([^/]+)", permissions_update),
    _route("permissions.delete", "DELETE", "/permissions/([^/]+)", permissions_delete),
    _route("comments.list", "GET", "/comments", comments_list),
    _route("comments.create", "POST", "/comments", comments_create),
    _route("comments.delete", "DELETE", "/comments/([^/]+)", comments_delete),
)
