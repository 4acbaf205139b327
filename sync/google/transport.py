"""gspread's one method that does input and output, bounded: a time-out, a size, the quota, and retries with an end.

gspread 6.2.1 by itself has no time-out, retries nothing (or a permanent 429 for ever) and takes a cut body for
bad JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import gspread
import requests
import stamina
from google.auth.credentials import Credentials
from google.auth.exceptions import GoogleAuthError, RefreshError
from gspread.exceptions import APIError
from requests.exceptions import RequestException

from sync.google.quota import Kind, Quota
from sync.google.trouble import Reason, SourceUnavailable, reason_of, unavailable

TIMEOUT = (10.0, 180.0)
"""Seconds to connect and between two bytes; Google ends a request itself after 180."""
MOST_BYTES = 64 << 20
"""A ward's sheet answers with less than one megabyte."""
LONGEST_WAIT = 720.0
"""For the quota: it comes back every minute, and has been seen to stay away for ten."""
LONGEST_FAULT = 120.0
"""For Google or the network to recover."""
MOST_ATTEMPTS = 40
GOOGLE_HOSTS = frozenset({"sheets.googleapis.com", "www.googleapis.com"})

stamina.instrumentation.set_on_retry_hooks([])  # its log lines would stand between the sentences for staff


class Unread(Exception):
    """An answer arrived cut, or is no JSON: something in between spoke for Google."""


class BoundedHTTPClient(gspread.HTTPClient):
    """One identity's way to Google. ``url`` stands for Google's hosts when set; ``quota`` says when to call."""

    def __init__(self, auth: Credentials, *, name: str, quota: Quota, url: str | None = None) -> None:
        super().__init__(auth)
        self.name, self.quota, self.url = name, quota, url
        self.timeout = TIMEOUT
        self.calls: list[tuple[str, str]] = []
        """(method, path) of every request sent, retries too"""

    def request(  # type: ignore[override]
        self, method: str, endpoint: str, params: Any = None, data: Any = None, json: Any = None, **more: Any
    ) -> requests.Response:
        """Send one request and return its whole answer. Raises ``SourceUnavailable``.

        What reads is tried again after any passing trouble. What writes is tried again only when Google said that it
        did nothing; when the answer got lost the reason is ``UNCERTAIN``: the caller looks before it writes again.
        """
        path = urlsplit(endpoint).path
        sent = {"params": params, "data": data, "json": json, **more}
        patience = _Patience(self.quota, reads=method.lower() == "get")
        try:
            for attempt in stamina.retry_context(
                patience, attempts=MOST_ATTEMPTS, timeout=None, wait_initial=0, wait_max=0, wait_jitter=0
            ):
                with attempt:
                    return self._once(method, self._here(endpoint), path, sent)
        except APIError as error:
            raise unavailable(error) from error
        except RefreshError as error:
            raise _not_signed_in(error) from error
        except (RequestException, GoogleAuthError, Unread) as error:
            reason = Reason.UNREACHABLE if patience.reads or _never_left(error) else Reason.UNCERTAIN
            raise SourceUnavailable(reason, type(error).__name__) from error
        raise AssertionError("the last attempt returns or raises")

    def _once(self, method: str, url: str, path: str, sent: Mapping[str, Any]) -> requests.Response:
        kind = _kind_of(method, path)
        if kind:
            self.quota.take(self.name, kind)
        self.calls.append((method.upper(), path))
        try:
            response = self.session.request(method=method, url=url, timeout=self.timeout, stream=True, **sent)
            _read_whole(response)
        finally:
            if kind:
                self.quota.answered(self.name, kind)
        if not response.ok:
            raise APIError(response)
        if response.content and "media" not in (sent["params"] or {}):
            try:
                response.json()
            except ValueError:
                raise Unread(path) from None
        return response

    def _here(self, endpoint: str) -> str:
        """The address to call: Google's own, or the one that stands for it."""
        parts = urlsplit(endpoint)
        if self.url is None or parts.hostname not in GOOGLE_HOSTS:
            return endpoint
        stand_in = urlsplit(self.url)
        return urlunsplit((stand_in.scheme, stand_in.netloc, parts.path, parts.query, ""))


class _Patience:
    """Decides for stamina whether an error is worth another attempt, and lets our own clock wait for it."""

    def __init__(self, quota: Quota, *, reads: bool) -> None:
        self.reads, self._quota = reads, quota
        self._begun, self._faults = quota.clock.now(), 0

    def __call__(self, error: Exception) -> bool:
        wait = self._wait_after(error)
        if wait is None:
            return False
        self._quota.clock.sleep(wait)
        return True

    def _wait_after(self, error: Exception) -> float | None:
        """Seconds until the next attempt; None: it would do no good, or do harm."""
        spent = self._quota.clock.now() - self._begun
        if isinstance(error, APIError):
            if reason_of(error) is not Reason.BUSY:
                return None
            if error.response.status_code in (403, 429):
                self._quota.waited += 20
                return 20.0 if spent < LONGEST_WAIT else None
            if not self.reads and error.response.status_code != 503:
                return None
        elif not _passes(error) or not (self.reads or _never_left(error)):
            return None
        self._faults += 1
        return min(2.0**self._faults, 30.0) if spent < LONGEST_FAULT else None


def _passes(error: Exception) -> bool:
    """Is this trouble of the network's, which may be over in a moment?"""
    return isinstance(error, RequestException | GoogleAuthError | Unread) and not isinstance(error, RefreshError)


def _never_left(error: Exception) -> bool:
    """Did the request certainly not reach Google: no connection, no token?"""
    refused = isinstance(error, requests.ConnectionError) and "NewConnectionError" in str(error)
    return refused or isinstance(error, requests.ConnectTimeout | GoogleAuthError)


def _kind_of(method: str, path: str) -> Kind | None:
    """Which of the quotas of Sheets a call takes from; None for Drive, whose own is far away."""
    if "/v4/spreadsheets" not in path:
        return None
    reads = method.lower() == "get" or path.endswith((":getByDataFilter", ":batchGetByDataFilter"))
    return Kind.READ if reads else Kind.WRITE


def _read_whole(response: requests.Response) -> None:
    """Take the body in under a limit; a connection whose body was not read to its end is closed. Raises
    ``SourceUnavailable`` for one that is too large."""
    pieces, size = [], 0
    try:
        for piece in response.iter_content(1 << 16):
            pieces.append(piece)
            size += len(piece)
            if size > MOST_BYTES:
                raise SourceUnavailable(Reason.TOO_LARGE, f"> {MOST_BYTES >> 20} MB")
    except BaseException:
        response.close()
        raise
    # requests has no public way to hand over a body that was read under a limit.
    response._content = b"".join(pieces)


def _not_signed_in(error: RefreshError) -> SourceUnavailable:
    text = str(error)
    wrong_clock = "short-lived" in text or "iat" in text.split() or "reasonable timeframe" in text
    return SourceUnavailable(Reason.CLOCK if wrong_clock else Reason.SIGN_IN, text[:120])


def client_for(auth: Credentials, *, name: str, quota: Quota, url: str | None) -> gspread.Client:
    """A gspread client whose every call goes through ``BoundedHTTPClient``."""

    def bounded(credentials: Credentials, _: requests.Session | None = None) -> BoundedHTTPClient:
        return BoundedHTTPClient(credentials, name=name, quota=quota, url=url)

    return gspread.Client(auth, http_client=bounded)  # type: ignore[arg-type]
