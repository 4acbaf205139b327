"""What worksheet functions may ask of this service's master."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NoReturn, cast

from sync.settings import Settings, master_of
from sync.workspace import CannotRun
from xl_ctd.cell_values import CannotAnswer
from xl_ctd.facts import Facts, NoFacts


def facts_now(settings: Settings) -> Facts:
    """The facts of the master that settings and folder name now. Where there is none, or it is not clear which, every
    question is answered with the sentence that says so."""
    from sync.facts import facts_of

    try:
        master = master_of(settings)
    except CannotRun as stop:
        return cast(Facts, _NoAnswer(stop))
    return NoFacts() if master is None else facts_of(master, datetime.now(), settings.ledger_url)


class _NoAnswer:
    """Facts that cannot be had: any question is answered with ``#N/A`` and the sentence of what is in the way."""

    def __init__(self, stop: CannotRun) -> None:
        self._stop = stop

    def __getattr__(self, question: str) -> Callable[..., NoReturn]:
        def refuse(*asked: object) -> NoReturn:
            raise CannotAnswer("#N/A", self._stop.code, self._stop.args_)

        return refuse
