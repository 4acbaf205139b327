"""What Google refuses, in our words: one exception with a reason, made at the door from every shape of error."""

from __future__ import annotations

from enum import StrEnum

from gspread.exceptions import APIError

RATE_REASONS = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "sharingRateLimitExceeded"})


class Reason(StrEnum):
    """Why a call did not do what it should; ``google-<reason>`` is the sentence for people."""

    GONE = "gone"  # deleted, or an id that never was
    NO_ACCESS = "no-access"  # not shared with us, or no longer
    API_OFF = "api-off"  # the project has not switched the API on
    STORAGE = "storage"  # a service account owns no storage: it cannot create files
    SIGN_IN = "sign-in"  # the key or the person's consent is no longer good
    CLOCK = "clock"  # this machine's clock is wrong
    BUSY = "busy"  # the quota, or Google itself, for longer than we wait
    UNREACHABLE = "unreachable"  # no network, or something in between that answers for Google
    UNCERTAIN = "uncertain"  # a write whose answer got lost: it may have been done
    TOO_LARGE = "too-large"  # more than we take in, or than the ten million cells that Google lets a workbook have
    REFUSED = "refused"  # the request itself: our mistake, or the sheet's protection or limits


class SourceUnavailable(Exception):
    """A call to Google failed for good. ``text`` is Google's own sentence, for the support line."""

    def __init__(self, reason: Reason, text: str = "") -> None:
        super().__init__(f"{reason}: {text}")
        self.reason, self.text = reason, text[:300]

    @property
    def ends_the_run(self) -> bool:
        """Would the next sheet fail in the same way?"""
        return self.reason in (Reason.SIGN_IN, Reason.CLOCK, Reason.BUSY, Reason.UNREACHABLE, Reason.API_OFF)


def reason_of(error: APIError) -> Reason:
    """Why Google refused, from the status and the reason inside; ``APIError.code`` is -1 for a page of HTML."""
    status, inside = error.response.status_code, reason_inside(error)
    text = _message(error)
    if status == 429 or inside in RATE_REASONS or status >= 500 or status == 408:
        return Reason.BUSY
    if status == 401:
        return Reason.SIGN_IN
    if status == 404:
        return Reason.GONE
    if status == 400 and "number of cells" in text:
        return Reason.TOO_LARGE
    if inside in ("storageQuotaExceeded", "teamDriveFileLimitExceeded"):
        return Reason.STORAGE
    if status == 403 and (inside == "accessNotConfigured" or "has not been used in project" in text):
        return Reason.API_OFF
    if status == 403 and "protected" not in text:
        return Reason.NO_ACCESS
    return Reason.REFUSED


def reason_inside(error: APIError) -> str | None:
    """Drive's own word for what is wrong; None where the answer has none, as all answers of Sheets."""
    inside = error.error.get("errors") if isinstance(error.error, dict) else None
    return inside[0].get("reason") if isinstance(inside, list) and inside and isinstance(inside[0], dict) else None


def unavailable(error: APIError) -> SourceUnavailable:
    """Our word for a refusal."""
    return SourceUnavailable(reason_of(error), _message(error))


def _message(error: APIError) -> str:
    text = str(error.error.get("message") or "") if isinstance(error.error, dict) else ""
    # gspread hands a page of HTML on as if it were the message.
    return f"HTTP {error.response.status_code}" if not text or "<" in text[:20] else text
