"""All tallies of a master put side by side: who owes what, who reported, and what units counted twice.

``Tallies`` maps (uid, year, calendar) to a unit's tally; the fund's calendar TC runs with the solar year TK.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from xl_ctd.core.entries import entries_text, plain_entries
from xl_ctd.core.periods import year_of
from xl_ctd.core.remembering import Remember, anew
from xl_ctd.core.setup import Setup
from xl_ctd.core.submissions import UnitYear
from xl_ctd.core.tallies import Activities, Session, Tally, tally
from xl_ctd.core.units import Unit

Tallies = Mapping[tuple[str, int, str], Tally]
GROUP = "*"
"""Stands for the whole reporting group where a uid is asked for."""
MOST_TOGETHER = 16
"""So many answers to what several units did together are remembered; many targets ask the same."""


def book_calendar(calendar: str) -> str:
    """The calendar whose tallies serve: the financial year is the solar year.

    >>> book_calendar("TC"), book_calendar("HC")
    ('TK', 'HC')
    """
    return "HC" if calendar == "HC" else "TK"


def tallies_for(
    setup: Setup, holdings: Mapping[tuple[str, int], UnitYear], year: int, as_of: date | None = None
) -> dict[tuple[str, int, str], Tally]:
    """Count every unit and year up to ``year``, in each calendar the targets use, as of a day.

    Years before ``year`` are needed too: for maintained activities, sums since the plan began and carried stocks.
    """
    counted = {}
    for (uid, of_year), unit_year in holdings.items():
        for calendar in calendars_of(setup):
            span = span_of(setup, uid, of_year, calendar, as_of)
            if of_year > year or span is None:
                continue
            before = holdings.get((uid, of_year - 1)) if calendar == "HC" else None
            counted[uid, of_year, calendar] = tally(unit_year, *span, before=before)
    return counted


def calendars_of(setup: Setup) -> tuple[str, ...]:
    """The calendars in which units have to be counted for these targets."""
    return tuple(sorted({book_calendar(target.calendar) for target in setup.targets} | {"TK"}))


def span_of(setup: Setup, uid: str, year: int, calendar: str, as_of: date | None) -> tuple[date, date] | None:
    """From when to when a unit's year is counted, None when it had not begun on the day.

    The city's rows end with the city: its last figures are those of its last day.
    """
    period = year_of(year, calendar)
    last = setup.units.by_uid[uid].valid_to if uid == setup.units.city and uid in setup.units.by_uid else None
    end = min(day for day in (period.end, as_of, last) if day is not None)
    return (period.start, end) if period.start <= end else None


class Households(NamedTuple):
    """Addresses of TS-03 after putting units together: how many, how many of them helped, and those of units whose
    support is unknown."""

    total: int
    helped: int
    unknown: int


@dataclass(frozen=True)
class Books:
    """The tallies with the setup they are read by, and the day on which they are looked at."""

    setup: Setup
    tallies: Tallies
    as_of: date
    remember: Remember = anew

    def day(self, year: int, calendar: str) -> date:
        """The day on which a year's stocks are looked at: its last, or today while it runs."""
        return min(year_of(year, calendar).end, self.as_of)

    def of(self, uid: str, year: int, calendar: str) -> Tally | None:
        return self.tallies.get((uid, year, book_calendar(calendar)))

    def city(self, year: int, calendar: str) -> Tally | None:
        return self.of(self.setup.units.city, year, calendar)

    @cached_property
    def _owing(self) -> dict[int, tuple[Unit, ...]]:
        return {}

    def owing(self, year: int, calendar: str, *, stock: bool = False) -> tuple[Unit, ...]:
        """Who owes figures: for events all units of the year so far, for stocks those that exist on the day."""
        if year not in self._owing:
            self._owing[year] = self.setup.units.expected_in(year)
        day = self.day(year, calendar)
        return tuple(
            unit
            for unit in self._owing[year]
            if (unit.valid_from is None or unit.valid_from <= day)
            and not (stock and unit.valid_to is not None and unit.valid_to < day)
        )

    @cached_property
    def predecessors(self) -> Mapping[str, tuple[str, ...]]:
        """uid → the units it took over wholly. A part of a unit is never guessed from shares."""
        found: dict[str, list[str]] = {}
        for unit in self.setup.units.units:
            for succession in unit.successions:
                if succession.share == 1:
                    found.setdefault(succession.successor, []).append(unit.uid)
        return {uid: tuple(old) for uid, old in found.items()}

    @cached_property
    def _people(self) -> Mapping[str, dict[int, int]]:
        known: dict[str, dict[int, int]] = {}
        for entry in self.setup.population:
            known.setdefault(entry.uid, {})[entry.year] = entry.people
        return known

    def population(self, uid: str, year: int) -> tuple[int, int] | None:
        """People and the year they were counted: of this year, else of the nearest earlier, else the nearest later.

        The group's is what stands for the city or the group, or else the sum of its units of that very year.
        None when nobody knows, or when it says nobody lives there.
        """
        names = (self.setup.units.group, self.setup.units.city, GROUP) if uid == GROUP else (uid,)
        known = {of: people for name in names for of, people in self._people.get(name, {}).items() if people > 0}
        if uid == GROUP and year not in known:
            parts = [self._people.get(unit.uid, {}).get(year, 0) for unit in self.setup.units.on(date(year, 12, 31))]
            if parts and all(parts):
                return sum(parts), year
        if not known:
            return None
        nearest = max((of for of in known if of <= year), default=None) or min(known)
        return known[nearest], nearest

    def together(self, tallies: Iterable[Tally]) -> list[Activities]:
        """Activities of several units in sums of one kind, campaign and organ-donation flag; those of the city level
        apart and once, though several units report them.

        The city's own entry stands for such an activity; without one, the entry with the largest value.
        """
        counted = tuple(tallies)
        key = tuple([(one.uid, one.start, one.end) for one in counted])
        found = self._together.pop(key, None)
        if found is None:
            city = self.setup.units.city
            depends_on = [f"{one.uid == city}{entries_text(one.activities)}" for one in counted]
            plain = self._ask("together", counted, depends_on, lambda: self._put_together(counted))
            found = list(map(Activities._make, plain))
        self._together[key] = found
        if len(self._together) > MOST_TOGETHER:
            self._together.pop(next(iter(self._together)))
        return found

    @cached_property
    def _together(self) -> dict[tuple[tuple[str, str, str], ...], list[Activities]]:
        return {}

    def _ask(self, asked: str, of: Sequence[Tally], depends_on: Iterable[str], make: Callable[[], Any]) -> Any:
        """Single units are asked about by whoever remembers the outcome himself."""
        return self.remember(asked, depends_on, make) if len(of) > 1 else make()

    def _put_together(self, tallies: Iterable[Tally]) -> list[Sequence[Any]]:
        sums: dict[tuple[str, str, bool], list[int]] = {}
        shared: dict[str, tuple[bool, int, list[Any]]] = {}
        for one in tallies:
            from_city = one.uid == self.setup.units.city
            for entry in plain_entries(one.activities):
                kind, campaign, with_organs, code, number, people, cash, goods, labour, above = entry
                if code:
                    candidate = (from_city, cash + goods + labour - above, entry)
                    known = shared.get(code)
                    if known is None or candidate > known:
                        shared[code] = candidate
                    continue
                total = sums.get((kind, campaign, with_organs))
                if total is None:
                    sums[kind, campaign, with_organs] = entry[4:]
                    continue
                total[0] += number
                total[1] += people
                total[2] += cash
                total[3] += goods
                total[4] += labour
                total[5] += above
        return [[*key, "", *total] for key, total in sums.items()] + [
            entry for _, (_, _, entry) in sorted(shared.items())
        ]

    def drives(self, tallies: Iterable[Tally]) -> Session:
        """The blood drives of several units in one sum, each drive once; provisional when any of them is."""
        counted = tuple(tallies)
        key = tuple([(one.uid, one.start, one.end) for one in counted])
        if key not in self._drives:
            depends_on = [entries_text(one.sessions) for one in counted]
            plain = self._ask("drives", counted, depends_on, lambda: list(summed_sessions(joined_sessions(counted))))
            self._drives[key] = Session._make(plain)
        return self._drives[key]

    @cached_property
    def _drives(self) -> dict[tuple[tuple[str, str, str], ...], Session]:
        return {}

    def households(self, tallies: Iterable[Tally], year: int, calendar: str) -> Households:
        """Addresses of several units: one household (one hash) once, helped when any of its units helped it.

        Support that a unit's predecessors gave earlier in the same year counts under the code it kept.
        """
        counted = []
        for one in tallies:
            sources = [one, *filter(None, (self.of(old, year, calendar) for old in self.predecessors.get(one.uid, ())))]
            known = any(source.answers("HO_TRO") for source in sources)
            counted.append((one, "\n".join(source.helped for source in sources) if known else None))
        depends_on = (text for one, helped in counted for text in (one.uid, one.households, str(helped)))
        alone = [one for one, _ in counted]
        return Households._make(self._ask("households", alone, depends_on, lambda: list(joined_households(counted))))


def joined_households(counted: Iterable[tuple[Tally, str | None]]) -> Households:
    """The addresses of several units, each with the codes that were helped, None where nobody knows whether any was."""
    found: set[str] = set()
    helped: set[str] = set()
    unsure: set[str] = set()
    for one, helped_codes in counted:
        codes, keys = one.addresses()
        names = [key or f"{one.uid}|{code}" for code, key in zip(codes, keys, strict=True)]
        if helped_codes is None:
            unsure.update(names)
            continue
        found.update(names)
        supported = set(helped_codes.split("\n"))
        helped.update([name for name, code in zip(names, codes, strict=True) if code in supported])
    return Households(len(found), len(helped), len(unsure - found))


def joined_sessions(tallies: Iterable[Tally]) -> list[Session]:
    """Blood drives of several units: the same session with the same counts, reported by two units, counts once.

    The same code with different counts is each unit's own part. One unit's two equal rows stay two; whether that is
    a slip is for the checks to ask. A session is provisional only while every unit says so.
    """
    reports = [one.sessions for one in tallies if one.sessions]
    if len(reports) == 1:
        return list(reports[0])
    most: Counter[tuple[object, ...]] = Counter()
    settled: set[tuple[object, ...]] = set()
    nameless: list[Session] = []
    for sessions in map(plain_entries, reports):
        # A session but for its last field, which says whether it is provisional.
        for key, count in Counter([tuple(session[:-1]) for session in sessions if session[0]]).items():
            most[key] = max(most[key], count)  # not |=, which looks at all units before as well
        settled.update([tuple(session[:-1]) for session in sessions if not session[-1]])
        nameless += [Session(*session) for session in sessions if not session[0]]
    joined = [Session._make((*key, key not in settled)) for key in most.elements()]
    return sorted([*joined, *nameless])


def summed_sessions(sessions: Iterable[Session]) -> Session:
    """Blood drives as one, without a code and a day; provisional while any of them is."""
    columns = list(zip(*sessions, strict=True)) or [()] * len(Session._fields)
    return Session._make(("", "", *map(sum, columns[2:-1]), any(columns[-1])))
