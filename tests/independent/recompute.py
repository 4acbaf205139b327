"""Every target counted again, straight from the wards' files, by another library and another road.

Nothing of the product's reading, counting or judging is used: openpyxl opens the files, pandas and plain loops count,
``fractions`` keeps them exact, and text is parsed by the few lines of ``typed_cells``. Shared is only what the workbook
itself is made of: which fields exist (``xl_ctd.core.tables``) and the words of the lists (``xl_ctd.core.codes``).

Rules of counting, beyond the wording of the targets:

* A row counts when none of its required cells is blank or unreadable; an optional cell that cannot be read is blank.
  Hidden rows count, and so do rows sorted or moved anywhere below the table's code row.
* Two rows with one natural key (a ``Mã`` typed twice) are two rows: their row ids differ, somebody has to decide.
* An event counts in the year its own date says (calendar year), whichever of the unit's workbooks it stands in; a
  workbook's row dated outside that workbook's year counts nowhere.
* TS-02: kinds CQ, DV, TH, BV, opened by the day and not closed; numerator: ``CO_HOI`` = Có, founded by the day (blank:
  long ago), not dissolved.
* TS-03: surveyed by the day, updated within the twelve months before it, not ended before the year began. One household
  (same hash, consent given) is one, whoever wrote it down; helped when any of its codes was supported in the year.
* TS-04 counts gifts by ``NAM_TET``, in whichever December they were given.
* An activity or a blood session that two units report is one: activities recorded at city level by their number,
  sessions when code, day and every count are the same.
* TS-08: bags (250, 350, 450 ml) less those discarded; platelets not added. TS-09: people who gave / people of the
  group, the newest figure not later than the year.
* TS-11: registrations less withdrawals since 2023. TS-12: opening + Thu − Chi, money with a purpose apart.
* TS-14: money + goods − what came from above, plus supports that belong to no activity and did not come from above.
* A unit that has not sent: sums go on without it and can only grow; a ratio lies between "none of its last known
  denominator" and "all of it"; its stocks of the year before stand in for one year; a fund's balance is unknown.
"""

from __future__ import annotations

import contextlib
import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from demos import Demo
from openpyxl import load_workbook
from typed_cells import Unreadable, read_cell, tidy

from xl_ctd.core.tables import COVER, TABLES, Kind

FIELDS = {
    table.code: {f.code: f for f in table.fields if f.kind is not Kind.AUTO and not f.personal} for table in TABLES
}
COVER_FIELDS = {f.code: f for f in COVER}
SCHOOLS_AND_OFFICES = ("CQ", "DV", "TH", "BV")
SINCE = 2023


# --- workbooks ---------------------------------------------------------------------------------------------------


@dataclass
class Book:
    """One unit's year: the readable rows of each table as a frame, the cover's values. ``committed``: a blank table
    means that there was nothing, which only a unit that sends a workbook can say."""

    uid: str
    year: int
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    opening: int | None = None
    committed: bool = False

    def table(self, code: str) -> pd.DataFrame:
        frame = self.tables.get(code)
        return pd.DataFrame(columns=list(FIELDS[code])) if frame is None else frame

    def events(self, code: str, day: str, year: int) -> pd.DataFrame:
        frame = self.table(code)
        if self.year != year:
            return frame.iloc[0:0]
        return _chosen(frame, (date(year, 1, 1) <= when <= date(year, 12, 31) for when in frame[day]))


def frame_of(code: str, raw_rows: Iterable[Mapping[str, object]]) -> pd.DataFrame:
    """The rows that count, each cell read."""
    kept = []
    for raw in raw_rows:
        row: dict[str, object] = {}
        countable = True
        for name, spec in FIELDS[code].items():
            try:
                row[name] = read_cell(raw.get(name), spec)
            except Unreadable:
                row[name] = None
            countable &= not (spec.required and row[name] is None)
        if countable:
            kept.append(row)
    return pd.DataFrame(kept, columns=list(FIELDS[code]), dtype=object)


def read_book(path: Path) -> Book:
    """A ward's workbook, by the code rows it carries."""
    with warnings.catch_warnings():
        # openpyxl grumbles about names and validations it does not keep; only values are wanted.
        warnings.simplefilter("ignore", UserWarning)
        book = load_workbook(path, data_only=True)
    cover: dict[str, object] = {}
    tables: dict[str, pd.DataFrame] = {}
    for sheet in book.worksheets:
        grid = [list(row) for row in sheet.iter_rows(values_only=True)]
        for at, line in enumerate(grid[:60]):
            names = [re.fullmatch(r"([A-Z_]+)\.([A-Z_0-9]+|_rid)", str(cell or "")) for cell in line]
            for column, name in enumerate(names):
                if name and name[1] == "BIA":
                    cover[name[2]] = line[1] if column else None
            codes = {name[1] for name in names if name and name[1] in FIELDS}
            # One lone code is some sheet's note about a field; a table has a row of them.
            if len(codes) != 1 or sum(name is not None for name in names) < 2:
                continue
            code = codes.pop()
            places = {name[2]: column for column, name in enumerate(names) if name and name[2] in FIELDS[code]}
            rows = [{key: row[column] for key, column in places.items()} for row in grid[at + 2 :]]
            filled = [row for row in rows if any(not _blank(value) for value in row.values())]
            tables[code] = frame_of(code, filled)
            break
    opening = None
    with contextlib.suppress(Unreadable):
        opening = read_cell(cover.get("DU_DAU"), COVER_FIELDS["DU_DAU"])
    uid, year = tidy(str(cover["UID"])), int(str(cover["NAM"]))
    committed = tidy(str(cover.get("CAM_KET") or "")) == "Có"
    return Book(uid, year, tables, opening if isinstance(opening, int) else None, committed)


@cache
def _read_once(path: Path) -> Book:
    return read_book(path)


def books_of(demo: Demo, *years: int) -> list[Book]:
    """A demonstration's wards' workbooks; each is read once for all tests."""
    return [_read_once(path) for year in years for path in demo.wards(year)]


def typed_book(
    uid: str, year: int, cover: Mapping[str, object], tables: Mapping[str, Iterable[Mapping[str, object]]]
) -> Book:
    """A unit's year from rows as typed: the city's, which stand in the master and in no workbook."""
    opening = cover.get("DU_DAU")
    frames = {code: frame_of(code, rows) for code, rows in tables.items()}
    return Book(uid, year, frames, opening if isinstance(opening, int) else None)


def _blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not tidy(value))


# --- counting ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class World:
    """Everything a year is judged from: the city's book first. ``units``: uid → (first day, last day), None where open.

    ``population``: (uid, year, people). ``kept_since``: the first year that maintained activities are asked about.
    ``predecessors``: uid → the units it took over.
    """

    books: Sequence[Book]
    units: Mapping[str, tuple[date | None, date | None]]
    city: str
    population: Sequence[tuple[str, int, int]]
    kept_since: int = SINCE
    predecessors: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def of(self, year: int) -> list[Book]:
        return [book for book in self.books if book.year == year]

    def owing(self, year: int) -> list[str]:
        return [
            uid
            for uid, (first, last) in self.units.items()
            if uid != self.city and (first is None or first.year <= year) and (last is None or last.year >= year)
        ]

    def standing(self, day: date) -> list[str]:
        return [
            uid
            for uid, (first, last) in self.units.items()
            if uid != self.city and (first is None or first <= day) and (last is None or day <= last)
        ]


def _chosen(frame: pd.DataFrame, yes: Iterable[object]) -> pd.DataFrame:
    return frame.loc[pd.Series([bool(one) for one in yes], index=frame.index, dtype=bool)]


def _total(frame: pd.DataFrame, *columns: str) -> int:
    return sum(int(value) for column in columns for value in frame[column] if value is not None)


def associations(book: Book, day: date) -> tuple[int, int]:
    """(with an association, all) among the four kinds."""
    frame = book.table("DON_VI")
    there = _chosen(
        frame,
        [
            kind in SCHOOLS_AND_OFFICES and (opened is None or opened <= day) and (closed is None or closed > day)
            for kind, opened, closed in zip(frame["LOAI_HINH"], frame["NGAY_HD"], frame["NGAY_NGUNG"], strict=True)
        ],
    )
    having = _chosen(
        there,
        [
            has == "C" and (founded is None or founded <= day) and (gone is None or gone > day)
            for has, founded, gone in zip(there["CO_HOI"], there["NGAY_TL"], there["NGAY_GT"], strict=True)
        ],
    )
    return len(having), len(there)


def households(books: Sequence[Book], supporting: Sequence[Book], year: int) -> tuple[int, int]:
    """(helped, all) distinct households; joined by code and by hash as one walks along the edges."""
    start, end = date(year, 1, 1), date(year, 12, 31)
    fresh = date(year - 1, 12, 31)
    codes_of: dict[str, set[str]] = {}
    for book in books:
        for _, row in book.table("DIA_CHI").iterrows():
            ended = row["NGAY_KT"]
            if row["NGAY_KS"] > end or not fresh <= row["NGAY_CN"] <= end or (ended is not None and ended < start):
                continue
            hashed = row["BAM"] if row["DONG_Y"] == "C" and row["BAM"] else None
            codes_of.setdefault(hashed or f"code:{_code(row['MA_DC'])}", set()).add(_code(row["MA_DC"]))
    helped = {_code(code) for book in supporting for code in book.events("HO_TRO", "NGAY", year)["MA_DC"]}
    return sum(1 for codes in codes_of.values() if codes & helped), len(codes_of)


def _code(value: object) -> str:
    return re.sub(r"\s", "", str(value)).upper()


def activities(books: Sequence[Book], year: int) -> pd.DataFrame:
    """The year's activities; one of the city level that several report stands once, as the city wrote it down."""
    return _once(
        pd.concat(
            [book.events("HOAT_DONG", "NGAY_BD", year) for book in books] or [_none("HOAT_DONG")], ignore_index=True
        )
    )


def _once(frame: pd.DataFrame) -> pd.DataFrame:
    seen: set[str] = set()
    first = []
    for level, number in zip(frame["CAP_GHI"], frame["MA_HD"], strict=True):
        key = _code(number)
        first.append(level != "TP" or key not in seen)
        if level == "TP":
            seen.add(key)
    return _chosen(frame, first)


def _none(code: str) -> pd.DataFrame:
    return pd.DataFrame(columns=list(FIELDS[code]))


def tet_gifts(books: Sequence[Book], tet_year: int, end: date) -> int:
    frames = [book.table("HOAT_DONG") for book in books]
    every = pd.concat(frames or [_none("HOAT_DONG")], ignore_index=True)
    chosen = (every["LOAI"] == "QT") & (every["NAM_TET"] == tet_year) & every["NGAY_BD"].map(lambda day: day <= end)
    return len(_once(_chosen(every, chosen)))


def sessions(books: Sequence[Book], year: int) -> pd.DataFrame:
    frames = [book.events("HIEN_MAU", "NGAY", year).assign(unit=book.uid) for book in books]
    every = pd.concat(frames or [_none("HIEN_MAU").assign(unit=None)], ignore_index=True)
    same = ["NGAY", "DANG_KY", "DEN_HIEN", "TIEP_NHAN", "TUI_250", "TUI_350", "TUI_450", "TIEU_CAU", "HUY"]
    counts = every[same].map(lambda value: 0 if value is None or value != value else value)
    key = (
        counts.assign(code=every["MA_DOT"].map(_code)).astype(str).agg("|".join, axis=1)
        if len(every)
        else every["unit"]
    )
    # Two equal rows of one unit stay two: only another unit's copy of a session is left out.
    again = key.groupby([every["unit"], key]).cumcount().astype(str) if len(every) else key
    return every[~(key + "#" + again).duplicated()] if len(every) else every


def balance(book: Book, day: date) -> int | None:
    """The fund on a day, None when the opening balance is unknown."""
    if book.opening is None:
        return None
    frame = book.table("QUY")
    own = _chosen(
        frame, [purpose != "C" and when <= day for purpose, when in zip(frame["MUC_DICH"], frame["NGAY"], strict=True)]
    )
    sums = own.groupby("THU_CHI")["SO_TIEN"].sum()
    return book.opening + int(sums.get("T", 0)) - int(sums.get("C", 0))


def teams(books: Sequence[Book], kind: str, day: date, *, effective: bool = False) -> int:
    count = 0
    for book in books:
        for _, row in book.table("DOI_MO_HINH").iterrows():
            founded = row["NGAY_TL"]
            working = row["LOAI"] == kind and row["CON_HD"] == "C" and (founded is None or founded <= day)
            count += working and (row["HIEU_QUA"] == "C" or not effective)
    return count


def humanitarian_value(books: Sequence[Book], year: int) -> int:
    done = activities(books, year)
    value = _total(done, "TIEN", "HIEN_VAT") - _total(done, "CAP_TREN")
    for book in books:
        helped = book.events("HO_TRO", "NGAY", year)
        own = _chosen(
            helped,
            [not link and source != "CTC" for link, source in zip(helped["MA_HD"], helped["NGUON"], strict=True)],
        )
        value += _total(own, "GIA_TRI")
    return value


def people(world: World, year: int, uid: str | None = None) -> int | None:
    """People of the group in the year: the city's figure, its wards' sum of that very year, else the city's nearest
    earlier one, else the nearest later. Of one unit: its own figures."""
    known = {at: count for who, at, count in world.population if who == (uid or world.city)}
    if uid is None and year not in known:
        standing = world.standing(date(year, 12, 31))
        parts = {who: count for who, at, count in world.population if at == year and who in standing}
        if len(parts) == len(standing):
            return sum(parts.values())
    earlier = [at for at in known if at <= year]
    if not known:
        return None
    return known[max(earlier)] if earlier else known[min(known)]


# --- judging -----------------------------------------------------------------------------------------------------

ATTAINED, EXCEEDED, NOT_ATTAINED = "ĐẠT", "VƯỢT", "CHƯA ĐẠT"
OUTSIDE, UNDECIDED, NO_DATA = "NGOÀI KHOẢNG", "CHƯA ĐỦ SỐ LIỆU", "KHÔNG CÓ SỐ LIỆU"
NOT_APPLICABLE = "KHÔNG ÁP DỤNG"

CERTAIN, PROVISIONAL, UNSURE = "chắc chắn", "tạm tính", "chưa đủ số liệu"
PER_WARD = ("TS-02", "TS-03", "TS-04", "TS-10", "TS-12")
"""What the plan asks of each ward; of the rest a ward has a figure but no judgement."""

Figure = dict[str, str | int | None]


def _figure(
    value: Fraction | int | None,
    status: str,
    gap: Fraction | int | None,
    ratio: tuple[int, int] | None = None,
    attainment: Fraction | int | None = None,
) -> Figure:
    top, bottom = ratio or (None, None)
    return {
        "value": _text(value),
        "numerator": _text(top),
        "denominator": _text(bottom),
        "status": status,
        "certainty": UNSURE if status in (UNDECIDED, NO_DATA) else CERTAIN,
        "attainment": None if value is None else _text(attainment),
        "gap": _text(gap),
    }


def _text(value: Fraction | int | None) -> str | None:
    return None if value is None else str(value)


def at_least(value: int, floor: int, *, complete: bool, exists: bool = False) -> Figure:
    """A count or sum that missing reports can only raise; more than one of what shall exist is no better than one."""
    share = min(Fraction(1), Fraction(value, floor)) if exists else Fraction(value, floor)
    if value >= floor:
        return _figure(value, ATTAINED, 0, attainment=share)
    return _figure(value, NOT_ATTAINED if complete else UNDECIDED, floor - value, attainment=share)


def ratio_at_least(top: int, bottom: int, low: Fraction | None, high: Fraction | None) -> Figure:
    """A ratio of sums against 80 %, between its bounds when reports are missing."""
    floor = Fraction(4, 5)
    if not bottom:
        return _figure(None, NOT_APPLICABLE, None, (top, bottom))
    value = Fraction(top, bottom)
    lower, upper = (value if bound is None else bound for bound in (low, high))
    status = ATTAINED if lower >= floor else NOT_ATTAINED if upper < floor else UNDECIDED
    needed = max(0, -(-(floor * bottom) // 1) - top)
    return _figure(value, status, None if status == UNDECIDED else needed, (top, bottom), value / floor)


def recompute(world: World, year: int, unit: str | None = None) -> dict[str, Figure]:
    """Each target's figure for the city (or for one unit) as at the end of the year."""
    end = date(year, 12, 31)
    sent = [book for book in world.of(year) if unit in (None, book.uid)]
    # A household that the old ward helped in the spring is helped, also in the new ward's list.
    helpers = {unit, *world.predecessors.get(unit or "", ())} if unit else {book.uid for book in sent} - {world.city}
    wards = [book for book in world.of(year) if book.uid in helpers]
    here = {book.uid for book in sent}
    standing = [unit] if unit else world.standing(end)
    owing = [uid for uid in world.owing(year) if unit in (None, uid)]
    missing = [uid for uid in owing if uid not in here]
    complete = not missing
    absent = {uid: stand_ins(world, uid, year) for uid in missing if uid in standing}
    carried = [book for books in absent.values() for book in books]
    bounded = all(absent.values())
    now = [book for book in sent if book.uid in standing]
    figures: dict[str, Figure] = {}

    known = [associations(book, end) for book in now]
    before = [associations(book, date(book.year, 12, 31)) for book in carried]
    top, bottom = (sum(pair[at] for pair in [*known, *before]) for at in (0, 1))
    sure, open_to_doubt = sum(pair[0] for pair in known), sum(pair[1] for pair in before)
    figures["TS-02"] = ratio_at_least(top, bottom, *_bounds(sure, open_to_doubt, bottom, bounded))

    top, bottom = households(now, wards, year)
    unknown = sum(households([book], [], book.year)[1] for book in carried)
    figures["TS-03"] = ratio_at_least(top, bottom, *_bounds(top, unknown, bottom + unknown, bounded))

    figures["TS-04"] = maintained(world, year, unit, "TS-04", complete)
    figures["TS-05"] = maintained(world, year, unit, "TS-05", complete)
    own = [*now, *(book for book in sent if book.uid == world.city)]
    for target, kind in (("TS-06", "SCC"), ("TS-07", "CSSK")):
        sure, likely = (teams(books, kind, end, effective=kind == "CSSK") for books in (own, [*own, *carried]))
        figures[target] = at_least(sure, 1, complete=complete, exists=True)
        figures[target] |= {"value": str(likely), "attainment": str(min(1, likely))}
    figures |= blood(world, sent, year, unit, complete=complete)
    integrated = int((activities(sent, year)["LONG_GHEP"] == "C").sum())
    figures["TS-10"] = at_least(integrated, 1, complete=complete, exists=True)
    registered = 0
    for book in world.books:
        if SINCE <= book.year <= year and unit in (None, book.uid):
            counted = book.events("HIEN_MO_TANG", "NGAY", book.year)
            registered += _total(counted, "DANG_KY") - _total(counted, "HUY")
    told_about = {book.year for book in world.books}
    every_year = complete and all(told in told_about for told in range(SINCE, year))
    figures["TS-11"] = at_least(registered, 1, complete=every_year, exists=True)
    balances = {uid: _balance_of(now, uid, end) for uid in standing}
    figures["TS-12"] = floors(balances)
    figures["TS-14"] = at_least(humanitarian_value(sent, year), 1_000_000_000, complete=complete)
    if figures["TS-14"]["status"] == ATTAINED and int(figures["TS-14"]["value"] or 0) > 1_000_000_000:
        figures["TS-14"]["status"] = EXCEEDED

    for target in figures:
        asked = standing if target in ("TS-02", "TS-03", "TS-06", "TS-07") else owing
        figures[target] |= {"reported": len([uid for uid in asked if uid in here]), "expected": len(asked)}
    known_funds = [amount for amount in balances.values() if amount is not None]
    figures["TS-12"] |= {"reported": len(known_funds), "expected": len(balances)}
    for target in ("TS-02", "TS-06", "TS-07"):
        if carried and figures[target]["certainty"] == CERTAIN:
            figures[target]["certainty"] = PROVISIONAL
    if unit is None:
        return figures | city_level(world, year)
    return {target: _of_ward(target, figure) for target, figure in figures.items()}


def _bounds(sure: int, in_doubt: int, widest: int, bounded: bool) -> tuple[Fraction | None, Fraction | None]:
    """What a ratio lies between: none of what is in doubt, or all of it; anything when that is not known."""
    if not bounded:
        return Fraction(0), Fraction(1)
    return (Fraction(sure, widest), Fraction(sure + in_doubt, widest)) if widest else (None, None)


def _of_ward(target: str, figure: Figure) -> Figure:
    """A ward's figure. One that has sent nothing and has nothing to stand in for it has no figure at all."""
    if not figure["reported"] and target in ("TS-04", "TS-11"):
        # What it did in the years before is known; of this year nothing is, and a zero would say that something is.
        figure["value"] = None if figure["value"] == "0" else figure["value"]
    elif not figure["reported"] and target not in ("TS-02", "TS-06", "TS-07"):
        figure |= {"value": None, "numerator": None, "denominator": None, "attainment": None, "gap": None}
        figure |= {"status": NO_DATA, "certainty": UNSURE}
    if target not in PER_WARD:
        figure |= {"status": NOT_APPLICABLE, "certainty": CERTAIN, "attainment": None, "gap": None}
    return figure


def city_part(world: World, year: int) -> dict[str, Figure]:
    """What the city's own rows add to the whole, where it has rows; nobody judges a part."""
    own = [book for book in world.books if book.uid == world.city]
    now = [book for book in own if book.year == year]
    figures: dict[str, Figure] = {}
    if any(len(book.table("HOAT_DONG")) for book in now):
        done = activities(now, year)
        figures["TS-04"] = _figure(tet_gifts(own, year, date(year, 12, 31)), NOT_APPLICABLE, None)
        figures["TS-05"] = _figure(int((done["LOAI"] == "KB").sum()), NOT_APPLICABLE, None)
        figures["TS-10"] = _figure(int((done["LONG_GHEP"] == "C").sum()), NOT_APPLICABLE, None)
        figures["TS-14"] = _figure(humanitarian_value(now, year), NOT_APPLICABLE, None)
    if any(len(book.table("HIEN_MAU")) for book in now):
        figures |= blood(world, now, year, world.city, complete=True)
    part = {"status": NOT_APPLICABLE, "certainty": CERTAIN, "attainment": None, "gap": None}
    return {target: figure | part | {"reported": 1, "expected": 1} for target, figure in figures.items()}


def stand_ins(world: World, uid: str, year: int) -> list[Book]:
    """Whose stock stands in for a unit that has not sent: its own of the year before, or that of all it took over."""
    own = [book for book in world.of(year - 1) if book.uid == uid]
    if own:
        return own
    old = [
        next((book for told in (year, year - 1) for book in world.of(told) if book.uid == before), None)
        for before in world.predecessors.get(uid, ())
    ]
    return [book for book in old if book] if all(old) else []


def _balance_of(books: Sequence[Book], uid: str, day: date) -> int | None:
    return next((balance(book, day) for book in books if book.uid == uid), None)


def maintained(world: World, year: int, unit: str | None, target: str, complete: bool) -> Figure:
    """At least once in every year since the first one asked about; a year nobody's workbook tells about is unknown."""
    counts: dict[int, int | None] = {}
    # A new ward goes on with the gifts of those it took over: it was not there yet at that year's Tết.
    together = {unit, *world.predecessors.get(unit or "", ())} if target == "TS-04" else {unit}
    for told in range(world.kept_since, year + 1):
        books = [book for book in world.books if unit is None or book.uid in together]
        if not world.of(told):
            counts[told] = None
        elif target == "TS-04":
            counts[told] = tet_gifts(books, told, date(told, 12, 31))
        else:
            mine = [book for book in books if book.year == told]
            counts[told] = int((activities(mine, told)["LOAI"] == "KB").sum())
    value = counts[year]
    kept = Fraction(sum(bool(count) for count in counts.values()), len(counts))
    if any(count == 0 and (told < year or complete) for told, count in counts.items()):
        status = NOT_ATTAINED
    elif all(counts.values()):
        status = ATTAINED
    else:
        status = UNDECIDED
    return _figure(value, status, 0 if status == ATTAINED else None, attainment=kept)


def blood(world: World, sent: Sequence[Book], year: int, unit: str | None, *, complete: bool) -> dict[str, Figure]:
    given = sessions(sent, year)
    safe = _total(given, "TUI_250", "TUI_350", "TUI_450") - _total(given, "HUY")
    if safe > 1400:
        bags = _figure(safe, EXCEEDED, 0, attainment=Fraction(safe, 1400))
    elif safe >= 800:
        bags = _figure(safe, ATTAINED, 0, attainment=1)
    else:
        bags = _figure(safe, NOT_ATTAINED if complete else UNDECIDED, 800 - safe, attainment=Fraction(safe, 800))
    if "TAM_TINH" in set(given["TINH_TRANG"]) and bags["certainty"] == CERTAIN:
        bags["certainty"] = PROVISIONAL
    figures = {"TS-08": bags}
    inhabitants = people(world, year, unit)
    donors = _total(given, "TIEP_NHAN")
    if not inhabitants:
        return figures | {"TS-09": _figure(None, NO_DATA, None)}
    share, floor = Fraction(donors, inhabitants), Fraction(25, 1000)
    status = ATTAINED if share >= floor else NOT_ATTAINED if complete else UNDECIDED
    lacking = max(Fraction(0), floor - share)
    return figures | {"TS-09": _figure(share, status, lacking, (donors, inhabitants), share / floor)}


def floors(balances: Mapping[str, int | None]) -> Figure:
    """Every fund at least 20 million; one known to be below decides, an unknown one leaves it open."""
    known = [amount for amount in balances.values() if amount is not None]
    if not known:
        return _figure(None, NO_DATA, None)
    below = [20_000_000 - amount for amount in known if amount < 20_000_000]
    status = NOT_ATTAINED if below else ATTAINED if len(known) == len(balances) else UNDECIDED
    share = Fraction(len(known) - len(below), len(balances))
    return _figure(min(known), status, None if status == UNDECIDED else sum(below), attainment=share)


def city_level(world: World, year: int) -> dict[str, Figure]:
    """TS-01 and TS-13: the city association's own; frozen at its last year once there is no city any more."""
    last = world.units[world.city][1]
    told = year if last is None or year <= last.year else last.year
    book = next((book for book in world.of(told) if book.uid == world.city), None)
    staff, fund = None, None
    day = min(date(told, 12, 31), last or date.max)
    if book is not None and len(book.table("CAN_BO")):
        staff = sum(
            row["CHUYEN_TRACH"] == "C" and row["TU_NGAY"] <= day and (row["DEN_NGAY"] is None or row["DEN_NGAY"] > day)
            for _, row in book.table("CAN_BO").iterrows()
        )
    if book is not None:
        fund = balance(book, day)
    staffed = {} if staff is None else {"TS-01": staff_of(staff)}
    funded = {} if fund is None else {"TS-13": at_least(fund, 100_000_000, complete=True)}
    nothing = {target: _figure(None, NO_DATA, None) for target in ("TS-01", "TS-13")}
    return {
        target: figure | {"reported": int(figure["value"] is not None), "expected": 1}
        for target, figure in (nothing | staffed | funded).items()
    }


def staff_of(number: int) -> Figure:
    """Two or three officers; more is outside of what the plan says."""
    if number < 2:
        return _figure(number, NOT_ATTAINED, 2 - number, attainment=Fraction(number, 2))
    if number > 3:
        return _figure(number, OUTSIDE, number - 3, attainment=Fraction(3, number))
    return _figure(number, ATTAINED, 0, attainment=1)


# --- against the product -----------------------------------------------------------------------------------------


GOALS = {
    "TS-01": "2-3",
    "TS-02": "0.8",
    "TS-03": "0.8",
    "TS-08": "800-1400",
    "TS-09": "0.025",
    "TS-12": "20000000",
    "TS-13": "100000000",
    "TS-14": "1000000000",
}
EXACT = ("value", "numerator", "denominator", "attainment", "gap")


def compare(recomputed: Mapping[str, Figure], targets_json: Sequence[Mapping[str, Any]]) -> list[str]:
    """What differs between these figures and the product's ``targets --json``; no line: they agree to the last digit.

    Every field an entry has is compared.
    """
    differences = []
    theirs = {entry["id"]: entry for entry in targets_json}
    for missing in sorted(recomputed.keys() ^ theirs.keys()):
        differences.append(f"{missing}: only {'recomputed' if missing in recomputed else 'reported'}")
    for target in sorted(recomputed.keys() & theirs.keys()):
        mine = recomputed[target] | {"target": GOALS.get(target, "1")}
        for name, said in theirs[target].items():
            if name in ("id", "unit"):
                continue
            if not (_agree(mine[name], said) if name in EXACT else mine[name] == said):
                differences.append(f"{target} {name}: recomputed {mine[name]}, reported {said}")
    return differences


DIGITS = 28


def _agree(mine: str | int | None, theirs: str | None) -> bool:
    """Is the printed decimal the fraction itself, or, where that has no end, the fraction to 28 digits?"""
    if mine is None or theirs is None:
        return mine is None and theirs is None
    exact = Fraction(mine)
    if not exact or exact == Fraction(theirs):
        return exact == Fraction(theirs)
    size = abs(exact)
    last = Fraction(1, 10 ** (DIGITS - 1))
    while size >= 10:
        size, last = size / 10, last * 10
    while size < 1:
        size, last = size * 10, last / 10
    return abs(exact - Fraction(theirs)) * 2 <= last
