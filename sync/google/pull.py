"""Reading what changed: list, decide, read each changed spreadsheet once, keep its content under its digest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sync.encoding import digest_of
from sync.google.answers import snapshot_of, told_in
from sync.google.client import Google, Listed
from sync.google.detect import plan_reading
from sync.google.links import Links
from sync.google.state import GoogleFolder, State
from sync.google.trouble import Reason, SourceUnavailable
from workbooks.snapshots import pack

TROUBLES = {
    Reason.GONE: "sheet-gone",
    Reason.NO_ACCESS: "sheet-no-access",
    Reason.TOO_LARGE: "sheet-too-large",
}
"""What is wrong with one spreadsheet until somebody mends it, as a finding; any other trouble passes."""


@dataclass(frozen=True, slots=True)
class PullReport:
    """What a pull did: ``listed`` spreadsheets looked at, ``read`` of them read, ``changed`` with new content.

    ``unread`` are those that may have changed and could not be read this time; ``stopped`` is the trouble that ended
    the pull early, None when it went through.
    """

    state: State
    listed: int = 0
    read: int = 0
    changed: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    stopped: SourceUnavailable | None = None


def pull(
    google: Google,
    folder: GoogleFolder,
    links: Links,
    *,
    everything: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> PullReport:
    """Bring what we hold of the listed spreadsheets up to date. Call it only while the folder is ``locked``.

    Trouble with one spreadsheet is remembered and the others are read; trouble that would meet every one of them ends
    the pull. Nothing that was read before is lost in either case.
    """
    google.quota.recall()
    state = folder.load()
    begun = google.quota.clock.now()
    try:
        listed = google.listing()
    except SourceUnavailable as trouble:
        return PullReport(state, unread=tuple(links.units), stopped=trouble)
    plan = plan_reading(tuple(links.units), listed, state, begun, everything=everything)
    waiting = [*plan.versions, *plan.unseen]
    changed: list[str] = []
    unread: list[str] = []
    read = 0
    stopped: SourceUnavailable | None = None
    while waiting and stopped is None:
        spreadsheet = waiting.pop(0)
        try:
            is_new, state = _read_one(google, folder, state, spreadsheet, links.units, listed.get(spreadsheet))
        except SourceUnavailable as trouble:
            lasting = TROUBLES.get(trouble.reason, "")
            state = state.saw(spreadsheet, unit=links.units[spreadsheet], trouble=lasting)
            unread += [] if lasting else [spreadsheet]
            stopped = trouble if trouble.ends_the_run else None
        else:
            read += 1
            changed += [spreadsheet] if is_new else []
        folder.save(state)
        progress(read, len(plan.versions))
    if plan.is_sweep and not unread and stopped is None:
        state = replace(state, swept=begun)
        folder.save(state)
    google.quota.keep()
    return PullReport(state, len(listed), read, tuple(changed), (*unread, *waiting), stopped)


def _read_one(
    google: Google,
    folder: GoogleFolder,
    state: State,
    spreadsheet: str,
    units: Mapping[str, str],
    listed: Listed | None,
) -> tuple[bool, State]:
    """Read one spreadsheet; is its content new? The version remembered is the one listed before the reading.

    What Drive does not list may be shared by a link, or lie in the trash: Drive is asked for it by its id.
    """
    answer = google.read(spreadsheet)
    if listed is None:
        google.listed(spreadsheet)
    data = pack(snapshot_of(answer, units[spreadsheet]))
    digest = digest_of(data)
    moment = datetime.fromtimestamp(google.quota.clock.now(), UTC).isoformat(timespec="seconds")
    version = listed.version if listed else -1
    before = state.of(spreadsheet)
    title = str(answer.get("properties", {}).get("title", "")) or before.title
    state = state.saw(spreadsheet, unit=units[spreadsheet], title=title, version=version, read_at=moment, trouble="")
    state = state.saw(spreadsheet, answered=told_in(answer))
    if digest != before.digest:
        changed_at = listed.modified if listed else moment
        state = state.saw(spreadsheet, digest=digest, changed_at=changed_at, revision=version)
    folder.keep(spreadsheet, state.of(spreadsheet), data)
    return digest != before.digest, state
