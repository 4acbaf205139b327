"""A whole city to practise on: a year of every ward and the year before, the same for the same seed.

The story is made up; the size of things is not: twelve wards of Từ Sơn (four from 1/7/2025), some 950 bags of blood,
funds around 20 million đồng, four of five agencies with an association. ``demo_year`` only tells the story;
``build_demo`` writes the workbooks, with the mistakes people make unless ``clean``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from random import Random

from sync.demo_events import activities, blood_sessions, ledger, organ_registrations, supports, task_updates, transfers
from sync.demo_mistakes import Mistake, mistype, spoil
from sync.demo_rows import (
    NO,
    YES,
    Raw,
    Row,
    Season,
    identified,
    next_addresses,
    next_agencies,
    opening_addresses,
    opening_agencies,
    opening_teams,
    person,
    word,
)
from workbooks.build_ward import build_unit_workbook
from xl_ctd.core.setup import Population, Setup
from xl_ctd.core.units import Unit, UnitTree

STORY_STARTS = 2022
"""The first year told; what existed before is dated 2021 or earlier."""

FLOOR = 20_000_000

PEOPLE_2022 = {
    "TS.2021.09367": 8_548,
    "TS.2021.09391": 14_450,
    "TS.2021.09394": 22_180,
    "TS.2021.09397": 19_656,
    "TS.2021.09370": 16_279,
    "TS.2021.09376": 12_811,
    "TS.2021.09385": 19_870,
    "TS.2021.09383": 11_492,
    "TS.2021.09382": 17_084,
    "TS.2021.09379": 12_703,
    "TS.2021.09373": 19_576,
    "TS.2021.09388": 17_905,
}
"""Published ward figures of several years; the four never published (09391, 09394, 09385, 09383) are set so that the
city's 192.554 of 2022 comes out. For practice only: the office types its own figures."""

POPULATION_SOURCE = "Số liệu minh hoạ"


@dataclass(frozen=True, slots=True)
class DemoUnit:
    """One unit's year as typed: the cover and the rows of each table, field code → what stands in the cell."""

    cover: Mapping[str, Raw]
    tables: Mapping[str, tuple[Row, ...]]


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What was made: the workbooks, what the city types into its master, who never sent, every mistake planted.

    ``city_covers`` and ``city_tables`` map a year to the city's own cover (``DU_DAU`` opens its fund) and its rows by
    table; ``population`` stands in the master's population sheet.
    """

    folder: Path
    files: Mapping[tuple[str, int], Path]
    city_covers: Mapping[int, Mapping[str, Raw]]
    city_tables: Mapping[int, Mapping[str, tuple[Row, ...]]]
    population: tuple[Population, ...]
    mistakes: tuple[Mistake, ...] = ()
    not_sent: tuple[tuple[str, int], ...] = ()


@dataclass
class _Standing:
    """What a unit takes over into the next year."""

    agencies: list[Row] = field(default_factory=list)
    addresses: list[Row] = field(default_factory=list)
    teams: list[Row] = field(default_factory=list)
    balance: int = 0


def demo_year(setup: Setup, year: int, *, seed: int | str = 1, clean: bool = False) -> Mapping[str, DemoUnit]:
    """Each ward's workbook of a year, by uid in official order; without ``clean`` as mistyped as people mistype it.

    The same seed gives the same rows; the stock rows of a year (agencies, addresses, teams) carry the row ids they
    had the year before. The story starts in 2022: an earlier year has no wards.
    """
    wards, _ = _story(setup, year, seed)
    return wards if clean else mistyped_year(wards, setup, year, seed)[0]


def mistyped_year(
    wards: Mapping[str, DemoUnit], setup: Setup, year: int, seed: int | str
) -> tuple[Mapping[str, DemoUnit], tuple[Mistake, ...]]:
    """The same year with typing mistakes in it, and the list of them."""
    units = [unit for unit in setup.units.expected_in(year) if unit.uid in _may_err(setup, year, seed)]
    tables, mistakes = mistype({unit: wards[unit.uid].tables for unit in units}, year=year, seed=seed)
    changed = {uid: DemoUnit(ward.cover, tables.get(uid, ward.tables)) for uid, ward in wards.items()}
    return changed, mistakes


def demo_city(setup: Setup, year: int, *, seed: int | str = 1) -> DemoUnit:
    """The city association's own year, typed straight into the master; no rows once the city level is gone."""
    return _story(setup, year, seed)[1]


def population(setup: Setup) -> tuple[Population, ...]:
    """People of the city and every ward in 2022, and for new wards their predecessors' sum in their first year."""
    counted = {**PEOPLE_2022, setup.units.city: sum(PEOPLE_2022.values())}
    rows = [Population(uid, 2022, people, POPULATION_SOURCE, date(2022, 12, 31)) for uid, people in counted.items()]
    for unit in (setup.units.by_uid[uid] for uid in setup.units.members):
        old = setup.units.predecessors(unit.uid)
        if old and unit.valid_from and all(u.uid in PEOPLE_2022 for u, _ in old):
            people = sum(int(PEOPLE_2022[u.uid] * share) for u, share in old)
            rows.append(Population(unit.uid, unit.valid_from.year, people, POPULATION_SOURCE, unit.valid_from))
    known = set(setup.units.by_uid)
    return tuple(row for row in rows if row.uid in known)


def not_sending(setup: Setup, year: int, seed: int | str) -> str:
    """The one ward that has not sent its workbook of this year."""
    return _chosen(setup, year, seed)[0]


def just_missing(setup: Setup, year: int, seed: int | str) -> str:
    """The ward whose fund closes the year at 19.999.999 đồng."""
    return _chosen(setup, year, seed)[1]


def _chosen(setup: Setup, year: int, seed: int | str) -> tuple[str, str]:
    owing = [unit.uid for unit in setup.units.on(_last_day(year))]
    late, poor = Random(f"{seed}/chosen/{year}").sample(owing, 2)
    return late, poor


def _may_err(setup: Setup, year: int, seed: int | str) -> frozenset[str]:
    return frozenset(unit.uid for unit in setup.units.on(_last_day(year))) - set(_chosen(setup, year, seed))


def _last_day(year: int) -> date:
    return date(year, 12, 31)


# --- the story ---------------------------------------------------------------------------------------------------


def _story(setup: Setup, year: int, seed: int | str) -> tuple[Mapping[str, DemoUnit], DemoUnit]:
    """Tell the years from the first one on; what a year leaves behind is where the next one starts."""
    standings: dict[str, _Standing] = {}
    wards: dict[str, DemoUnit] = {}
    city = DemoUnit({}, {})
    for told in range(STORY_STARTS, year + 1):
        wards = {}
        for unit in setup.units.expected_in(told):
            season = _season(setup.units, unit, told, seed)
            if unit.uid not in standings:
                standings[unit.uid] = _beginning(setup.units, season, standings, seed)
            wards[unit.uid] = _ward_year(setup, season, standings[unit.uid], seed)
        city_unit = setup.units.by_uid[setup.units.city]
        if city_unit.valid_in(told):
            season = _season(setup.units, city_unit, told, seed)
            standing = standings.setdefault(city_unit.uid, _Standing(balance=97_300_000))
            city = _city_year(setup, season, standing, wards)
        else:
            city = DemoUnit({}, {})
    return wards, city


def _season(units: UnitTree, unit: Unit, year: int, seed: int | str) -> Season:
    first = max(date(year, 1, 1), unit.valid_from or date.min)
    last = min(_last_day(year), unit.valid_to or date.max)
    old = units.predecessors(unit.uid)
    people = PEOPLE_2022.get(unit.uid) or sum(PEOPLE_2022.get(u.uid, 16_000) for u, _ in old) or 16_000
    return Season(unit, year, first, last, people / 16_000, Random(f"{seed}/{unit.uid}/{year}"))


def _beginning(units: UnitTree, season: Season, standings: Mapping[str, _Standing], seed: int | str) -> _Standing:
    """What a unit starts with: what its predecessors left, or what stood there before the story."""
    old = [standings[unit.uid] for unit, _ in units.predecessors(season.unit.uid) if unit.uid in standings]
    if old:
        return _Standing(
            _taken_over(season, "DON_VI", [row for was in old for row in was.agencies]),
            _taken_over(season, "DIA_CHI", [row for was in old for row in was.addresses]),
            _taken_over(season, "DOI_MO_HINH", [row for was in old for row in was.teams]),
            sum(was.balance for was in old),
        )
    dice = Random(f"{seed}/{season.unit.uid}/opening")
    year = STORY_STARTS - 1
    before = replace(season, year=year, first=date(year, 1, 1), last=_last_day(year), dice=dice)
    place = units.members.index(season.unit.uid) if season.unit.uid in units.members else -1
    # Two pairs of neighbours each wrote down one household that lives on their border.
    shared = {0: "a", 1: "a", 4: "b", 5: "b"}.get(place)
    household = f"{Random(f'{seed}/household/{shared}').getrandbits(64):016x}" if shared else None
    return _Standing(
        opening_agencies(before),
        opening_addresses(before, household),
        opening_teams(before),
        dice.randint(150, 240) * 100_000,
    )


def _taken_over(season: Season, table: str, rows: Sequence[Row]) -> list[Row]:
    """Predecessors' rows under the new unit's own row ids: an id begins with its unit's code."""
    return [{**row, "_rid": season.rid(table, row["_rid"])} for row in rows]


def _ward_year(setup: Setup, season: Season, standing: _Standing, seed: int | str) -> DemoUnit:
    unit, opening = season.unit, standing.balance
    standing.agencies = next_agencies(season, standing.agencies)
    standing.addresses = next_addresses(season, standing.addresses)
    poor = just_missing(setup, season.year, seed) == unit.uid
    standing.balance = FLOOR - 1 if poor else _closing(season, opening)
    events = activities(season, host=f"Hội CTĐ phường {season.ward}", joint=_holds_joint_activity(setup, unit))
    helped = supports(season, standing.addresses, events)
    _mark_connected(standing.addresses, helped)
    tables = {
        "DON_VI": standing.agencies,
        "DIA_CHI": standing.addresses,
        "HO_TRO": helped,
        "HOAT_DONG": events,
        "HIEN_MAU": blood_sessions(_donating(setup, season), _city_sessions(season.year), _joint_session(setup, unit)),
        "HIEN_MO_TANG": organ_registrations(season),
        "QUY": ledger(season, opening, standing.balance, _code_above(setup, unit)),
        "DOI_MO_HINH": standing.teams,
        "NHIEM_VU": task_updates(season, [task.id for task in setup.plan.tasks]),
    }
    return DemoUnit(_cover(season, opening), {code: tuple(dict(row) for row in rows) for code, rows in tables.items()})


def _code_above(setup: Setup, unit: Unit) -> str:
    """The code of the association above as the ledger names it: the city's, or the province's when there is no city."""
    above = setup.units.by_uid.get(unit.parent or "")
    return above.code if above else ""


def _donating(setup: Setup, season: Season) -> Season:
    """After the city level ended, its agencies give blood with their wards."""
    city = setup.units.by_uid[setup.units.city]
    return season if city.valid_on(season.last) else replace(season, size=season.size * 1.3)


def _joint_session(setup: Setup, unit: Unit) -> bool:
    """The first two wards give blood together and both write the whole session down."""
    return unit.uid in setup.units.members[:2]


def _holds_joint_activity(setup: Setup, unit: Unit) -> bool:
    return unit.uid in setup.units.members[2:3]


def _mark_connected(addresses: list[Row], helped: Sequence[Row]) -> None:
    reached = {row["MA_DC"] for row in helped}
    waiting = word("tinh_trang_dia_chi", "CHO")
    for row in addresses:
        if row["MA_DC"] in reached and row["TINH_TRANG"] == waiting:
            row["TINH_TRANG"] = word("tinh_trang_dia_chi", "DKN")


def _closing(season: Season, opening: int) -> int:
    """Where the fund should end: most above the floor, fewer below it every year."""
    dice = season.dice
    if dice.random() < 0.2 - 0.1 * (season.year - STORY_STARTS):
        return dice.randint(120, 196) * 100_000
    return min(
        max(FLOOR + dice.randint(1, 30) * 50_000, opening + dice.randint(-30, 60) * 100_000), max(60_000_000, opening)
    )


def _cover(season: Season, opening: int) -> Mapping[str, Raw]:
    dice = Random(f"{season.unit.uid}/people")
    return {
        "MA_DON_VI": season.unit.code,
        "UID": season.unit.uid,
        "TEN_DON_VI": season.unit.name,
        "LICH": word("lich", "TK"),
        "LOAI_KY": word("loai_ky", "N"),
        "NAM": season.year,
        "SO_KY": 1,
        "NGUOI_LAP": person(dice),
        "DIEN_THOAI": f"09{dice.randint(10_000_000, 99_999_999)}",
        "NGUOI_DUYET": person(dice),
        "NGAY_LAP": season.last,
        "DU_DAU": opening,
        "CAM_KET": YES,
    }


def _city_sessions(year: int) -> list[tuple[str, date, str]]:
    return [
        (f"HM-XH-{year}", date(year, 2, 25), "Trung tâm Văn hoá thành phố (Lễ hội Xuân hồng)"),
        (f"HM-HTD-{year}", date(year, 6, 14), "Nhà thi đấu Từ Sơn (Hành trình đỏ)"),
        (f"HM-CN-{year}", date(year, 11, 16), "Trung tâm Văn hoá thành phố (Chủ nhật đỏ)"),
    ]


def _city_year(setup: Setup, season: Season, standing: _Standing, wards: Mapping[str, DemoUnit]) -> DemoUnit:
    big = replace(season, size=3.4)
    opening = standing.balance
    standing.balance = season.dice.choice((98_500_000, 101_200_000, 106_750_000))
    staff = [("CB-01", "Chủ tịch", YES, 2018), ("CB-02", "Cán bộ", YES, 2021), ("CB-03", "Kế toán", NO, 2019)]
    people: list[Row] = [
        {"MA": code, "CHUC_VU": post, "CHUYEN_TRACH": full, "TU_NGAY": date(since, 7, 1), "DEN_NGAY": None}
        for code, post, full, since in staff
    ]
    people.append({**people[1], "MA": "CB-04", "TU_NGAY": date(2019, 3, 1), "DEN_NGAY": date(2021, 6, 30)})
    above = _code_above(setup, season.unit)
    books = {setup.units.by_uid[uid].code: ward.tables["QUY"] for uid, ward in wards.items()}
    passed = transfers(season, books, above)
    events = activities(season, host="Hội CTĐ thành phố", joint=True)
    tables: dict[str, list[Row]] = {
        "CAN_BO": identified(replace(season, year=STORY_STARTS - 1), "CAN_BO", people),
        "HOAT_DONG": [{**row, "CAP_GHI": word("cap_ghi_nhan", "TP")} for row in events],
        "HIEN_MAU": blood_sessions(big, _city_sessions(season.year), joint=False),
        "QUY": ledger(season, opening, standing.balance, above, passed),
        "NHIEM_VU": task_updates(season, [task.id for task in setup.plan.tasks]),
    }
    return DemoUnit(_cover(season, opening), {code: tuple(rows) for code, rows in tables.items()})


# --- the files ---------------------------------------------------------------------------------------------------


def build_demo(
    folder: Path,
    *,
    year: int,
    seed: int | str = 1,
    clean: bool = False,
    setup_for: Callable[[int], Setup],
    progress: Callable[[str], None] = lambda name: None,
) -> DemoReport:
    """Write ``folder/wards/CTD_<code>_<year>.xlsx`` for the year and the year before, and say what was made.

    Mistakes are only in the newer year; one ward has not sent that year's workbook. ``clean``: no mistakes, nobody
    missing. Of two units with one code in a year (2025), the later one's file is named ``CTD_09367_2025-07.xlsx``.
    ``progress`` is told each file's name before it is written.
    """
    (folder / "wards").mkdir(parents=True, exist_ok=True)
    files: dict[tuple[str, int], Path] = {}
    city: dict[int, DemoUnit] = {}
    mistakes: tuple[Mistake, ...] = ()
    not_sent: tuple[tuple[str, int], ...] = ()
    for told in (year - 1, year):
        setup = setup_for(told)
        wards, city[told] = _story(setup, told, seed)
        if told == year and not clean:
            wards, mistakes = mistyped_year(wards, setup, told, seed)
            absent = not_sending(setup, told, seed)
            not_sent = ((absent, told),)
            wards = {uid: ward for uid, ward in wards.items() if uid != absent}
        for uid, ward in wards.items():
            path = folder / "wards" / file_name(setup.units, uid, told)
            progress(path.name)
            _write(path, setup, uid, told, ward)
            files[uid, told] = path
    if not clean:
        mistakes = spoil({uid: files[uid, year] for uid in _may_err(setup, year, seed)}, mistakes, year=year, seed=seed)
    return DemoReport(
        folder,
        files,
        {told: own.cover for told, own in city.items()},
        {told: own.tables for told, own in city.items()},
        population(setup),
        mistakes,
        not_sent,
    )


def file_name(units: UnitTree, uid: str, year: int) -> str:
    """The name a ward's workbook is sent under."""
    unit = units.by_uid[uid]
    started = unit.valid_from
    if len(units.find(unit.code, year)) > 1 and started and started.year == year:
        return f"CTD_{unit.code}_{year}-{started.month:02d}.xlsx"
    return f"CTD_{unit.code}_{year}.xlsx"


def _write(path: Path, setup: Setup, uid: str, year: int, ward: DemoUnit) -> None:
    made = ward.cover["NGAY_LAP"]
    day = made if isinstance(made, date) else _last_day(year)
    build_unit_workbook(
        path,
        unit=setup.units.by_uid[uid],
        year=year,
        setup=setup,
        cover=ward.cover,
        tables=ward.tables,
        created=day,
    )
