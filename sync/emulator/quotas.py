"""Requests a minute: 300 readings and 300 writings for a project, 60 and 60 for one identity; a batch counts as one.

https://developers.google.com/workspace/sheets/api/limits
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass

from sync.emulator.clock import Clock
from sync.emulator.errors import GoogleError
from sync.emulator.identity import PROJECT


@dataclass(frozen=True, slots=True)
class Limits:
    """Requests a minute; Drive counts all of its methods together."""

    project: int = 300
    identity: int = 60
    drive: int = 12_000


class Quotas:
    """Counts requests and refuses what is too much. A refused request does not count.

    Minutes begin when the clock's do; with ``sliding`` every span of sixty seconds counts, which is the stricter."""

    def __init__(self, clock: Clock, limits: Limits | None = None, *, sliding: bool = False) -> None:
        self._clock, self.limits, self.sliding = clock, limits or Limits(), sliding
        self.enforced = True
        self._used: dict[tuple[str, str], deque[float]] = defaultdict(deque)

    def spend(self, kind: str, email: str) -> None:
        """Count one request of ``kind`` (read, write, drive); raise Google's refusal beyond the limit."""
        if not self.enforced or kind == "token":
            return
        if kind == "drive":
            if self._left("drive", email, self.limits.drive) <= 0:
                raise GoogleError(
                    403,
                    "User Rate Limit Exceeded. Rate of requests for user exceed configured project quota.",
                    "PERMISSION_DENIED",
                    reason="userRateLimitExceeded",
                )
        else:
            for place, limit in (("", self.limits.project), (email, self.limits.identity)):
                if self._left(kind, place, limit) <= 0:
                    raise exhausted(kind, limit, per_user=bool(place))
            self._used[kind, ""].append(self._clock.now())
        self._used[kind, email].append(self._clock.now())

    def _left(self, kind: str, place: str, limit: int) -> int:
        now, used = self._clock.now(), self._used[kind, place]
        begin = now - 60 if self.sliding else now // 60 * 60
        while used and (used[0] <= begin if self.sliding else used[0] < begin):
            used.popleft()
        return limit - len(used)


def exhausted(kind: str, limit: int, *, per_user: bool) -> GoogleError:
    """429 as the real service sends it: no Retry-After."""
    title, consumer = f"{kind.capitalize()} requests", "project_number:123456789012"
    metadata = {
        "quota_metric": f"sheets.googleapis.com/{kind}_requests",
        "quota_limit": f"{kind.capitalize()}RequestsPerMinutePer{'User' if per_user else 'Project'}",
        "quota_limit_value": str(limit),
        "quota_location": "global",
        "service": "sheets.googleapis.com",
        "consumer": f"projects/{PROJECT}",
    }
    link = {
        "description": "Request a higher quota limit.",
        "url": "https://cloud.google.com/docs/quotas/help/request_increase",
    }
    return GoogleError(
        429,
        f"Quota exceeded for quota metric '{title}' and limit '{title} per minute{' per user' if per_user else ''}' "
        f"of service 'sheets.googleapis.com' for consumer '{consumer}'.",
        "RESOURCE_EXHAUSTED",
        details=[
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "RATE_LIMIT_EXCEEDED",
                "domain": "googleapis.com",
                "metadata": metadata,
            },
            {"@type": "type.googleapis.com/google.rpc.Help", "links": [link]},
        ],
    )
