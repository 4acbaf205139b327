"""What Google answers when it refuses: one exception, and the two shapes of body it becomes.

Shapes: https://cloud.google.com/apis/design/errors (Sheets) and
https://developers.google.com/workspace/drive/api/guides/handle-errors (Drive).
"""

from __future__ import annotations

import json
from typing import Any

_DRIVE_REASON = {400: "invalid", 401: "authError", 403: "insufficientFilePermissions", 404: "notFound"}
_USAGE = ("rateLimitExceeded", "userRateLimitExceeded", "storageQuotaExceeded", "sharingRateLimitExceeded")


class GoogleError(Exception):
    """A refusal: HTTP ``code``, Google's ``status`` word, and for Drive the ``reason`` (None: by the code)."""

    def __init__(
        self, code: int, message: str, status: str, *, reason: str | None = None, details: list[Any] | None = None
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.status, self.reason, self.details = code, message, status, reason, details

    def sheets_body(self) -> dict[str, Any]:
        error: dict[str, Any] = {"code": self.code, "message": self.message, "status": self.status}
        if self.details:
            error["details"] = self.details
        return {"error": error}

    def drive_body(self) -> dict[str, Any]:
        reason = self.reason or _DRIVE_REASON.get(self.code, "backendError")
        one: dict[str, Any] = {
            "message": self.message,
            "domain": "usageLimits" if reason in _USAGE else "global",
            "reason": reason,
        }
        if reason == "notFound":
            one |= {"locationType": "parameter", "location": "fileId"}
        if self.code == 401:
            one |= {"locationType": "header", "location": "Authorization"}
        return {"error": {"errors": [one], "code": self.code, "message": self.message}}


def invalid(message: str, details: list[Any] | None = None) -> GoogleError:
    return GoogleError(400, message, "INVALID_ARGUMENT", details=details)


def invalid_value(field: str, kind: str, value: object) -> GoogleError:
    """A body whose JSON does not have the shape of the message it should be."""
    message = f"Invalid value at '{field}' ({kind}), {json.dumps(value, ensure_ascii=False)}"
    violation = {"field": field, "description": message}
    return invalid(message, [{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]}])


def unknown_entity() -> GoogleError:
    return GoogleError(404, "Requested entity was not found.", "NOT_FOUND")


def not_permitted() -> GoogleError:
    return GoogleError(403, "The caller does not have permission", "PERMISSION_DENIED")


def file_unknown(file_id: str) -> GoogleError:
    return GoogleError(404, f"File not found: {file_id}.", "NOT_FOUND")


def file_not_permitted() -> GoogleError:
    return GoogleError(403, "The user does not have sufficient permissions for this file.", "PERMISSION_DENIED")


def no_storage() -> GoogleError:
    return GoogleError(
        403, "The user's Drive storage quota has been exceeded.", "PERMISSION_DENIED", reason="storageQuotaExceeded"
    )


def protected() -> GoogleError:
    return invalid(
        "You are trying to edit a protected cell or object. "
        "Please contact the spreadsheet owner to remove protection if you need to edit."
    )


def too_many_cells(limit: int) -> GoogleError:
    return invalid(f"This action would increase the number of cells in the workbook above the limit of {limit} cells.")
