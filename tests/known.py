"""What Python says about a demonstration's master and year, to hold beside what its formulas say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from demos import Demo

from sync.book import open_book
from sync.figures import Words, words_of
from sync.progress import Progress
from sync.workspace import Workspace
from xl_ctd.core.books import GROUP
from xl_ctd.core.monitoring import MonitoredFigure, monitored_figures
from xl_ctd.core.scorecard import Figure
from xl_ctd.core.setup import Setup
from xl_ctd.core.targets import Target

SHOWN = {"2024": (2024, 1, False), "2023": (2024, 1, False), "2026": (2026, 7, False)}
"""The year a master shows → the demonstration it comes from."""
CLEAN = (2024, 2, True)


@dataclass(frozen=True)
class Known:
    """What Python says about one master and year."""

    year: int
    setup: Setup
    figures: Mapping[tuple[str, str], Figure]
    every_year: Mapping[int, Mapping[str, Fraction | None]]
    progress: tuple[Progress, ...]
    monitored: Mapping[tuple[int, str], tuple[MonitoredFigure, ...]]

    def words(self, target: str, uid: str = GROUP) -> Words:
        """One figure in words."""
        return words_of(self.target(target), self.figures[uid, target])

    def target(self, target_id: str) -> Target:
        return next(target for target in self.setup.targets if target.id == target_id)

    @property
    def ids(self) -> list[str]:
        return [target.id for target in self.setup.targets]

    @property
    def units(self) -> list[str]:
        """The units of the year in official order, the city last where it has figures of its own."""
        wards = [unit.uid for unit in self.setup.units.expected_in(self.year)]
        city = self.setup.units.city
        return wards + [city] * any(uid == city for uid, _ in self.figures)


def known_of(demo: Demo, year: int) -> Known:
    """The product's own figures of a demonstration."""
    with open_book(Workspace(demo.master), datetime(demo.year + 1, 1, 6, 16, 5), "kiểm tra") as book:
        years = {told: book.figures_of(told) for told in (demo.year - 1, demo.year)}
        group = {
            told: {one.target_id: one.observation.value for one in found if one.uid == GROUP}
            for told, found in years.items()
        }
        progress = tuple(row for row in book.progress() if row.year == year)
        figures = {(one.uid, one.target_id): one for one in years[year]}
        uids = [GROUP, book.setup.units.city, *(unit.uid for unit in book.setup.units.expected_in(year))]
        monitored = {(told, uid): monitored_figures(book.books, told, uid) for told in (year - 1, year) for uid in uids}
        return Known(year, book.setup, figures, group, progress, monitored)
