"""Sets of wards for the benchmarks: real workbooks of ours, 1.335 rows each, a thousand of them in about a minute.

    python -m bench.wards FOLDER COUNT [--seed N] [--jobs N]

One workbook is built as every ward's is; of the others only what differs is written anew: the rows of the tables,
the cover, the shared strings. Ward ``i`` of a seed always holds the same data; one row in a hundred carries a mistake.
"""

from __future__ import annotations

import argparse
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, partial
from html import escape
from itertools import repeat
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from uuid import NAMESPACE_OID, uuid5

from workbooks.build_ward import build_unit_workbook
from workbooks.layouts import FIRST_ROW, RID, TABS, unit_columns
from xl_ctd.core.codes import CODE_LISTS
from xl_ctd.core.rids import mint
from xl_ctd.core.setup import Population, Setup
from xl_ctd.core.tables import BY_CODE, Field, Kind
from xl_ctd.core.units import Unit, UnitTree
from xl_ctd.plans import setup_for

ROWS: Mapping[str, int] = {
    "HO_TRO": 300,
    "QUY": 300,
    "HOAT_DONG": 250,
    "DIA_CHI": 200,
    "DON_VI": 150,
    "HIEN_MAU": 40,
    "NHIEM_VU": 36,
    "DOI_MO_HINH": 35,
    "HIEN_MO_TANG": 24,
}
"""1.335 rows: a busy ward's year."""

YEAR = 2024
FIRST_CODE = 10001
MOST = 3321
"""As many communes as the country has."""

MISTAKES = ("31/02/2024", "không rõ", "#N/A", "1,400", None, "  5/3/2024 ", "1.500.000đ")
_EPOCH = date(1899, 12, 30).toordinal()

TEXTS = tuple(
    f"{what} {whom}"
    for what in ("Hỗ trợ", "Trao quà", "Thăm hỏi", "Khám bệnh", "Tuyên truyền", "Vận động", "Tập huấn", "Kiểm tra")
    for whom in ("hộ nghèo", "người già neo đơn", "trẻ mồ côi", "học sinh", "hội viên", "khu phố 1", "khu phố 2", "chợ")
)


def province(count: int, year: int = YEAR) -> Setup:
    """The plan in force for ``count`` made-up communes under one city, with people in each."""
    city = Unit("BENCH", "999", "Thành phố thử", order=0)
    wards = tuple(_unit(number) for number in range(count))
    tree = UnitTree((*wards, city), tuple(ward.uid for ward in wards), city.uid, "Thử tốc độ")
    people = tuple(Population(ward.uid, year, 16_000, "thử tốc độ") for ward in wards)
    return replace(setup_for("TS", year), units=tree, population=people, shown_year=year)


def _unit(number: int) -> Unit:
    code = str(FIRST_CODE + number)
    return Unit(f"BENCH.{code}", code, f"Phường {code}", "BENCH", order=number + 1)


def make_wards(folder: Path, count: int, *, year: int = YEAR, seed: int = 1, jobs: int = 1) -> list[Path]:
    """Write ``count`` workbooks ``CTD_10001_2024.xlsx`` … and answer their paths. ``jobs``: processes."""
    if not 0 < count <= MOST:
        raise ValueError(f"between 1 and {MOST} wards, not {count}")
    folder.mkdir(parents=True, exist_ok=True)
    write = partial(_write_ward, folder, year, seed)
    if jobs == 1:
        return [write(number) for number in range(count)]
    with ProcessPoolExecutor(jobs) as pool:
        return list(pool.map(write, range(count), chunksize=16))


# --- the pattern: one workbook taken apart -----------------------------------------------------------------------


@dataclass(frozen=True)
class _Column:
    """A column's cells: for each row the text before its value, without the type; a formula stands whole."""

    field: Field | None
    starts: tuple[str, ...]
    fixed: tuple[str, ...] | None


@dataclass(frozen=True)
class _Sheet:
    """A table's sheet around its rows."""

    before: str
    row_starts: tuple[str, ...]
    columns: tuple[_Column, ...]
    after: str


@dataclass(frozen=True)
class _Pattern:
    """A workbook's parts: those that stay, the table sheets by name, the shared strings of everything else."""

    parts: tuple[tuple[str, bytes], ...]
    sheets: Mapping[str, tuple[str, _Sheet]]
    strings: tuple[str, ...]
    unit: Unit
    year: int


@cache
def _pattern(year: int) -> _Pattern:
    """The first ward's workbook, built as any other, and taken apart."""
    setup = province(1, year)
    unit = setup.units.by_uid[setup.units.members[0]]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "pattern.xlsx"
        build_unit_workbook(
            path,
            unit=unit,
            year=year,
            setup=setup,
            cover=_cover(unit, year),
            tables={code: tuple(_filled(code, count)) for code, count in ROWS.items()},
            created=date(year, 12, 31),
        )
        with zipfile.ZipFile(path) as package:
            parts = [(name, package.read(name)) for name in package.namelist()]
    contents = dict(parts)
    where = _sheet_parts(contents)
    sheets = {where[TABS[code]]: (code, _apart(contents[where[TABS[code]]].decode(), code)) for code in ROWS}
    strings = re.findall(r"<si>.*?</si>|<si/>", contents["xl/sharedStrings.xml"].decode(), re.S)
    return _Pattern(tuple(parts), sheets, tuple(strings), unit, year)


def _cover(unit: Unit, year: int) -> Mapping[str, str | int | date]:
    return {
        "MA_DON_VI": unit.code,
        "UID": unit.uid,
        "TEN_DON_VI": unit.name,
        "LICH": "Lịch dương (01/01–31/12)",
        "LOAI_KY": "Năm",
        "NAM": year,
        "SO_KY": 1,
        "NGUOI_LAP": "Nguyễn Văn A",
        "NGAY_LAP": date(year, 12, 31),
        "DU_DAU": 900_000_000,
        "CAM_KET": "Có",
    }


def _filled(code: str, count: int) -> Iterator[dict[str, str | int | date]]:
    """Rows with something in every cell, so that every cell of the pattern has its style."""
    examples: dict[Kind, str | int | date] = {Kind.DATE: date(2024, 1, 1), Kind.TEXT: "x", Kind.IDENTIFIER: "x"}
    fields = [f for f in BY_CODE[code].fields if f.kind is not Kind.AUTO]
    for number in range(count):
        row = {f.code: CODE_LISTS[f.choices][0].words if f.choices else examples.get(f.kind, 1) for f in fields}
        yield {**row, RID: f"x-{number}"}


def _sheet_parts(contents: Mapping[str, bytes]) -> dict[str, str]:
    book, relations = contents["xl/workbook.xml"].decode(), contents["xl/_rels/workbook.xml.rels"].decode()
    targets = {
        re.search(r'Id="(\w+)"', one)[1]: re.search(r'Target="/?(?:xl/)?([^"]+)"', one)[1]  # type: ignore[index]
        for one in re.findall(r"<Relationship [^>]*>", relations)
    }
    return {name: f"xl/{targets[rid]}" for name, rid in re.findall(r'<sheet name="([^"]+)"[^>]*r:id="(\w+)"', book)}


def _apart(xml: str, code: str) -> _Sheet:
    count = ROWS[code]
    rows = list(re.finditer(r"<row r=\"(\d+)\"[^>]*?(?:/>|>(.*?)</row>)", xml, re.S))
    ours = [row for row in rows if FIRST_ROW <= int(row[1]) < FIRST_ROW + count]
    assert len(ours) == count, f"{code}: {len(ours)} rows in the pattern"
    cells = [dict(_by_letters(row[2])) for row in ours]
    table = BY_CODE[code]
    columns = []
    for column in unit_columns(table):
        column_field = table.by_code.get(column.code)
        own = [cell[column.letters] for cell in cells]
        if column_field is not None and column_field.kind is Kind.AUTO:
            columns.append(_Column(column_field, (), tuple(own)))
        else:
            starts = [re.match(r'<c r="[A-Z]+\d+"(?: s="\d+")?', cell)[0] for cell in own]  # type: ignore[index]
            columns.append(_Column(column_field, tuple(starts), None))
    row_starts = tuple(re.match(r"<row [^>]*>", row[0])[0] for row in ours)  # type: ignore[index]
    return _Sheet(xml[: ours[0].start()], row_starts, tuple(columns), xml[ours[-1].end() :])


def _by_letters(row: str) -> list[tuple[str, str]]:
    cells = re.finditer(r'<c r="([A-Z]+)\d+"[^>]*?(?:/>|>.*?</c>)', row, re.S)
    return [(cell[1], cell[0]) for cell in cells]


# --- one ward ----------------------------------------------------------------------------------------------------


class _Strings:
    """The shared strings of one workbook: the pattern's, then those its rows need."""

    def __init__(self, first: Sequence[str]) -> None:
        self._entries = list(first)
        self._numbers: dict[str, int] = {}

    def numbers(self, texts: Sequence[str]) -> list[int]:
        for text in set(texts) - self._numbers.keys():
            self._numbers[text] = len(self._entries)
            space = ' xml:space="preserve"' if text != text.strip() else ""
            self._entries.append(f"<si><t{space}>{escape(text, quote=False)}</t></si>")
        return [self._numbers[text] for text in texts]

    def xml(self) -> str:
        head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<sst xmlns='
        space = '"http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
        return f'{head}{space} uniqueCount="{len(self._entries)}">{"".join(self._entries)}</sst>'


def _write_ward(folder: Path, year: int, seed: int, number: int) -> Path:
    pattern, unit = _pattern(year), _unit(number)
    path = folder / f"CTD_{unit.code}_{year}.xlsx"
    dice = Random(f"{seed}/{number}")
    mine = partial(_renamed, pattern.unit, unit)
    strings = _Strings([mine(entry) for entry in pattern.strings])
    rewritten = {
        part: _sheet_xml(sheet, _columns(code, unit, year, dice), strings, dice)
        for part, (code, sheet) in pattern.sheets.items()
    }
    rewritten["xl/sharedStrings.xml"] = strings.xml()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in pattern.parts:
            text = rewritten.get(name)
            entry = zipfile.ZipInfo(name, (year, 12, 31, 8, 0, 0))
            package.writestr(entry, content if text is None else text.encode(), zipfile.ZIP_DEFLATED)
    return path


def _renamed(old: Unit, new: Unit, text: str) -> str:
    """A shared string of the pattern for another ward: its code in names, keys and titles, its own file id."""
    return _FILE_ID.sub(str(uuid5(NAMESPACE_OID, new.uid)), text.replace(old.code, new.code))


_FILE_ID = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")


def _sheet_xml(sheet: _Sheet, values: Mapping[str, Sequence[object]], strings: _Strings, dice: Random) -> str:
    columns = []
    for column in sheet.columns:
        if column.fixed is not None:
            columns.append(list(column.fixed))
            continue
        code = RID if column.field is None else column.field.code
        columns.append(_cells(column, values[code], strings))
    count = len(sheet.row_starts)
    for _ in range(max(1, count // 100)):
        place = dice.randrange(len(columns) - 1)
        if sheet.columns[place].fixed is None:
            row = dice.randrange(count)
            wrong = dice.choice(MISTAKES)
            columns[place][row] = _cell(sheet.columns[place].starts[row], wrong, strings)
    rows = map("".join, zip(sheet.row_starts, *columns, repeat("</row>")))
    return sheet.before + "".join(rows) + sheet.after


def _cells(column: _Column, values: Sequence[object], strings: _Strings) -> list[str]:
    kinds = set(map(type, values))
    if kinds == {str}:
        numbers = strings.numbers(values)  # type: ignore[arg-type]
        return [f'{start} t="s"><v>{n}</v></c>' for start, n in zip(column.starts, numbers, strict=True)]
    if kinds == {int}:
        return [f"{start}><v>{value}</v></c>" for start, value in zip(column.starts, values, strict=True)]
    return [_cell(start, value, strings) for start, value in zip(column.starts, values, strict=True)]


def _cell(start: str, value: object, strings: _Strings) -> str:
    if value is None:
        return f"{start}/>"
    if value == "#N/A":
        return f'{start} t="e"><f>NA()</f><v>#N/A</v></c>'
    if isinstance(value, str):
        return f'{start} t="s"><v>{strings.numbers([value])[0]}</v></c>'
    return f"{start}><v>{value}</v></c>"


def _columns(code: str, unit: Unit, year: int, dice: Random) -> Mapping[str, Sequence[object]]:
    """A table's columns: every field filled with what its kind holds, keys unique, references that exist."""
    count = ROWS[code]
    columns: dict[str, Sequence[object]] = {
        field.code: _column(field, count, year, dice) for field in BY_CODE[code].fields if field.kind is not Kind.AUTO
    }
    columns |= {key: [made(unit, n) for n in range(1, count + 1)] for key, made in _KEYS.get(code, {}).items()}
    columns |= {key: [None] * count for key in _BLANKS.get(code, ())}
    columns |= _sensible(code, columns, unit, year, dice)
    columns[RID] = _row_ids(unit, code, year, count)
    return columns


def _sensible(
    code: str, columns: Mapping[str, Sequence[object]], unit: Unit, year: int, dice: Random
) -> Mapping[str, Sequence[object]]:
    """The columns that must fit others, so that the checks have no more to say than about a real ward."""
    count = ROWS[code]
    zero, blank = [0] * count, [None] * count
    if code == "HO_TRO":
        homes = [f"{unit.code}-{year}-{n:03d}" for n in range(1, ROWS["DIA_CHI"] + 1)]
        return {"MA_DC": dice.choices(homes, k=count)}
    if code == "NHIEM_VU":
        return {"MA_NV": [f"TS-N{n:02d}" for n in range(1, count + 1)]}
    if code == "HIEN_MAU":
        given = dice.choices(range(5, 60), k=count)
        same = dict.fromkeys(("TIEP_NHAN", "DEN_HIEN", "DANG_KY", "TUI_250"), given)
        return {**same, **dict.fromkeys(("TUI_350", "TUI_450", "TIEU_CAU", "HUY"), zero)}
    if code == "HOAT_DONG":
        return {"NGAY_KT": columns["NGAY_BD"], "NGUOI": columns["LUOT"], "NAM_TET": [year] * count}
    if code == "DIA_CHI":
        waiting = ("Chờ kết nối", "Đã kết nối, đang hỗ trợ")
        days = dict.fromkeys(("NGAY_CN", "NGAY_DY"), columns["NGAY_KS"])
        return {**days, "TINH_TRANG": dice.choices(waiting, k=count)}
    if code == "DON_VI":
        founded = zip(columns["CO_HOI"], columns["NGAY_TL"], strict=True)
        return {"NGAY_TL": [day if has == "Có" else None for has, day in founded]}
    if code == "HIEN_MO_TANG":
        return {"HUY": zero}
    return {"CHUNG_NHAN": blank}


def _row_ids(unit: Unit, code: str, year: int, count: int) -> list[str]:
    return [mint(unit.code, unit.uid, code, f"{year}/{n}") for n in range(1, count + 1)]


def _column(field: Field, count: int, year: int, dice: Random) -> Sequence[object]:
    if field.choices:
        return dice.choices([choice.words for choice in CODE_LISTS[field.choices]], k=count)
    first = date(year, 1, 1).toordinal() - _EPOCH
    if field.kind is Kind.DATE:
        return dice.choices(range(first, first + 365), k=count)
    if field.kind is Kind.MONEY:
        return dice.choices(range(100_000, 9_000_000, 50_000), k=count)
    if field.kind is Kind.YEAR:
        return dice.choices(range(1940, 2015), k=count)
    if field.kind is Kind.PERCENT:
        return dice.choices((0, 1), k=count)
    if field.kind in (Kind.COUNT, Kind.NUMBER):
        return dice.choices(range(1, 90), k=count)
    if field.kind is Kind.IDENTIFIER:
        return dice.choices([f"{n:02d}/QĐ-CTĐ" for n in range(1, 90)], k=count)
    return dice.choices(TEXTS, k=count)


_KEYS: Mapping[str, Mapping[str, Callable[[Unit, int], str]]] = {
    "DON_VI": {"MA": lambda unit, n: f"{unit.code[-3:]}-DV-{n:03d}"},
    "DIA_CHI": {
        "MA_DC": lambda unit, n: f"{unit.code}-{YEAR}-{n:03d}",
        "BAM": lambda unit, n: f"{int(unit.code) * 1000 + n:016x}",
    },
    "HO_TRO": {"MA_HT": lambda _, n: f"HT-{n:03d}"},
    "HOAT_DONG": {"MA_HD": lambda _, n: f"HD-{n:03d}"},
    "HIEN_MAU": {"MA_DOT": lambda unit, n: f"HM-{unit.code}-{n:02d}"},
    "QUY": {"SO_CT": lambda _, n: f"CT-{n:04d}"},
    "DOI_MO_HINH": {"TEN": lambda unit, n: f"Đội tình nguyện {unit.code} số {n}"},
}
_BLANKS: Mapping[str, tuple[str, ...]] = {
    "DON_VI": ("NGAY_HD", "NGAY_NGUNG", "NGAY_GT", "GHI_CHU"),
    "DIA_CHI": ("NGAY_KT",),
    "HO_TRO": ("MA_HD",),
    "HOAT_DONG": ("CAP_TREN", "NGAY_CONG"),
    "QUY": ("CHUYEN",),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    paths = make_wards(asked.folder, asked.count, seed=asked.seed, jobs=asked.jobs)
    print(f"{len(paths)} workbooks in {asked.folder}")


if __name__ == "__main__":
    main()
