"""What only shows when units stand side by side: the same household, drive or activity twice, money that left one
unit and never arrived, a fund that does not open where it closed.

Nothing is merged here and nobody's figure changes; the findings list what people have to settle among themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Any

from xl_ctd.core.books import Books, Tallies
from xl_ctd.core.entries import entries_text, plain_entries
from xl_ctd.core.findings import Finding, Place, Severity
from xl_ctd.core.formats import format_number
from xl_ctd.core.indicators import balance
from xl_ctd.core.remembering import Remember, anew
from xl_ctd.core.setup import Setup
from xl_ctd.core.succession import opening_balance
from xl_ctd.core.tables import BY_CODE
from xl_ctd.core.tallies import Activities, Session, Tally

CODE = Activities._fields.index("code")


def check_across(tallies: Tallies, setup: Setup, year: int, remember: Remember = anew) -> tuple[Finding, ...]:
    """Everything worth asking several units of a year about. The findings name units and stand at no cell."""
    books = Books(setup, tallies, date.max, remember)
    uids = [unit.uid for unit in books.owing(year, "TK")] + [setup.units.city]
    found = [one for one in (books.of(uid, year, "TK") for uid in uids) if one is not None]
    side = _Side(books, year, found)
    return (*side.households(), *side.sessions(), *side.activities(), *side.transfers(), *side.openings())


class _Side:
    """The units of one year, side by side."""

    def __init__(self, books: Books, year: int, tallies: list[Tally]) -> None:
        self._books, self._year, self._tallies = books, year, tallies
        self._remember = books.remember

    def _name(self, uid: str) -> str:
        unit = self._books.setup.units.by_uid.get(uid)
        return unit.name if unit else uid

    def _names(self, uids: list[str]) -> str:
        return ", ".join(dict.fromkeys(self._name(uid) for uid in uids))

    def _finding(self, code: str, table: str, args: dict[str, str], severity: Severity = Severity.WARNING) -> Finding:
        return Finding(code, severity, Place("", BY_CODE[table].label), {"year": str(self._year), **args})

    def households(self) -> Iterator[Finding]:
        """The same identity hash in two files: perhaps one household, and counted once for the whole group."""
        standing = {unit.uid for unit in self._books.owing(self._year, "TK", stock=True)}
        asked = [one for one in self._tallies if one.uid in standing]  # The others' addresses went on to successors.
        depends_on = (text for one in asked for text in (self._name(one.uid), one.households))
        for addresses in self._remember("double households", depends_on, lambda: self._double_households(asked)):
            yield self._finding("household-twice", "DIA_CHI", {"addresses": addresses})

    def _double_households(self, asked: list[Tally]) -> list[str]:
        """The addresses of each household that stands in the lists more than once."""
        seen: set[str] = set()
        twice: set[str] = set()
        for one in asked:
            _, keys = one.addresses()
            own = set(keys)
            twice |= seen & own
            if len(own) < len(keys):
                twice.update(key for key, count in Counter(keys).items() if count > 1)
            seen |= own
        twice.discard("")  # Nobody gave their consent to a hash.
        where: dict[str, list[str]] = {}
        for one in asked if twice else ():
            for code, key in zip(*one.addresses(), strict=True):
                if key in twice:
                    where.setdefault(key, []).append(f"{code} ({self._name(one.uid)})")
        return [", ".join(places) for places in where.values()]

    def sessions(self) -> Iterator[Finding]:
        """One drive in several units: equal counts are one report sent twice, different ones are parts."""
        depends_on = (text for one in self._tallies for text in (self._name(one.uid), entries_text(one.sessions)))
        for code, day, units, equal in self._remember("shared drives", depends_on, self._shared_sessions):
            words = {"session": code, "day": _written(day), "units": units}
            if equal:
                yield self._finding("session-twice", "HIEN_MAU", words)
            else:
                yield self._finding("session-in-parts", "HIEN_MAU", words, Severity.INFO)

    def _shared_sessions(self) -> list[tuple[str, str, str, bool]]:
        """Each drive of several units: its code, its day, their names, and whether two said the same."""
        where: dict[tuple[str, str], list[str]] = {}
        for one in self._tallies:
            for code, day, *_ in plain_entries(one.sessions):
                if code:
                    where.setdefault((code, day), []).append(one.uid)
        where = {key: uids for key, uids in where.items() if len(set(uids)) > 1}
        said: dict[tuple[str, str], set[Session]] = {}
        for one in self._tallies if where else ():
            for session in one.sessions:
                if (session.code, session.day) in where:
                    said.setdefault((session.code, session.day), set()).add(session._replace(provisional=False))
        return [(*key, self._names(uids), len(said[key]) < len(set(uids))) for key, uids in where.items()]

    def activities(self) -> Iterator[Finding]:
        """An activity of the city level in several units counts once; different values need a word."""
        depends_on = (text for one in self._tallies for text in (self._name(one.uid), entries_text(one.activities)))
        for code, units, equal in self._remember("shared activities", depends_on, self._shared_activities):
            words = {"activity": code, "units": units}
            if equal:
                yield self._finding("activity-shared", "HOAT_DONG", words, Severity.INFO)
            else:
                yield self._finding("activity-differs", "HOAT_DONG", words)

    def _shared_activities(self) -> list[tuple[str, str, bool]]:
        """Each activity of several units: its code, their names, and whether all said the same."""
        first: dict[str, list[Any]] = {}
        where: dict[str, list[str]] = {}
        differing: set[str] = set()
        for one in self._tallies:
            for entry in plain_entries(one.activities):
                code = entry[CODE]
                if not code:
                    continue
                if code not in first:
                    first[code], where[code] = entry, [one.uid]
                    continue
                where[code].append(one.uid)
                if entry != first[code]:
                    differing.add(code)
        several = ((code, uids) for code, uids in where.items() if len(set(uids)) > 1)
        return [(code, self._names(uids), code not in differing) for code, uids in several]

    def transfers(self) -> Iterator[Finding]:
        """What one unit passed on must be what the other received. A partner that sent nothing, or that does not
        report here (the province), is not asked. In a year of change an old and a new unit may share a code; the book
        cannot tell them apart, so they are taken together."""
        units = self._books.setup.units.by_uid
        code_of = {name.upper(): unit.code.upper() for unit in units.values() for name in (unit.uid, unit.code)}
        reporting: dict[str, list[str]] = {}
        for one in self._tallies:
            if one.uid in units and one.answers("QUY"):
                reporting.setdefault(units[one.uid].code.upper(), []).append(one.uid)
        moved: dict[tuple[str, str], list[int]] = {}
        telling: set[str] = set()
        for one in self._tallies:
            for transfer in one.transfers:
                partner = code_of.get(transfer.partner)
                if partner is None:
                    words = {"unit": self._name(one.uid), "code": transfer.partner}
                    yield self._finding("transfer-partner-unknown", "QUY", words)
                elif partner in reporting and one.uid in units:
                    own, sent = units[one.uid].code.upper(), transfer.flow == "C"
                    key = (own, partner) if sent else (partner, own)
                    moved.setdefault(key, [0, 0])[0 if sent else 1] += transfer.amount
                    telling.add(own)
        silent: dict[str, list[str]] = {}
        for (giver, taker), (out, came) in moved.items():
            quiet = {giver, taker} - telling
            if quiet:
                (listener,) = quiet
                silent.setdefault(listener, []).append(taker if listener == giver else giver)
            elif out != came:
                words = {"giver": self._names(reporting[giver]), "taker": self._names(reporting[taker])}
                words |= {"sent": format_number(out), "received": format_number(came)}
                yield self._finding("transfer-differs", "QUY", words)
        for listener, partners in silent.items():
            names = self._names([uid for partner in dict.fromkeys(partners) for uid in reporting[partner]])
            yield self._finding(
                "transfers-one-sided", "QUY", {"unit": self._names(reporting[listener]), "partners": names}
            )

    def openings(self) -> Iterator[Finding]:
        """A fund opens where it closed last year; after a merger where its predecessors closed together."""
        setup = self._books.setup
        heirs = {succession.successor for unit in setup.units.units for succession in unit.successions}
        for one in self._tallies:
            if one.opening is None:
                continue
            closing = self._closing(one.uid, self._year - 1)
            if closing is None and one.uid in heirs:
                old = {unit.uid: self._closing(unit.uid, self._year) for unit, _ in setup.units.predecessors(one.uid)}
                closing = opening_balance(setup.units, one.uid, old)
            if closing is not None and closing != one.opening:
                words = {"unit": self._name(one.uid), "opening": format_number(one.opening)}
                words["closing"] = format_number(closing)
                yield self._finding("opening-differs", "QUY", words)

    def _closing(self, uid: str, year: int) -> Fraction | None:
        one = self._books.of(uid, year, "TK")
        return None if one is None else balance(one, self._books.setup)


def _written(day: str) -> str:
    year, month, number = day.split("-")
    return f"{number}/{month}/{year}"
