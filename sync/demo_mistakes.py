"""The mistakes people make, made on purpose: typed into the rows, or done to the finished file.

Each one is written down with its place, so that a test (or a curious officer) can see that it was found. Typing is
``mistype``; what happens to a file in somebody's hands (a renamed tab, an inserted column, a hidden row) is ``spoil``,
which changes the package's own XML and leaves every other part byte for byte.
"""

from __future__ import annotations

import re
import unicodedata
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from random import Random

from sync.demo_rows import Row
from workbooks.layouts import (
    FIRST_ROW,
    HEADER_ROW,
    RID,
    TABS,
    TITLE_ROW,
    column_letters,
    column_number,
    table_name,
    unit_columns,
)
from xl_ctd.core.codes import CODE_LISTS
from xl_ctd.core.tables import BY_CODE
from xl_ctd.core.units import Unit


@dataclass(frozen=True, slots=True)
class Mistake:
    """One planted mistake. ``kind`` names a sentence of the catalogue (``demo-…``), ``typed`` is what stands there.

    ``cell`` is None when the tab or the file as a whole is meant. ``harmless``: it is read as it was meant, at most
    with a remark; otherwise the cell (or the row, when the cell is required) does not count.
    """

    kind: str
    uid: str
    year: int
    table: str
    file: str = ""
    sheet: str = ""
    cell: str | None = None
    typed: str = ""
    harmless: bool = False

    @property
    def finding(self) -> str | None:
        """The code of the finding that names this place; None where nobody needs to be told."""
        return FINDINGS.get(self.kind)


FINDINGS: Mapping[str, str] = {
    "demo-date-impossible": "date-impossible",
    "demo-point-for-thousands": "count-lost-thousands",
    "demo-required-blank": "required-missing",
    "demo-duplicate-code": "key-twice",
    "demo-unknown-address": "address-unknown",
    "demo-date-other-year": "date-outside-year",
    "demo-money-vague": "money-unreadable",
    "demo-number-ambiguous": "number-ambiguous",
    "demo-unknown-word": "choice-unknown",
    "demo-column-inserted": "column-unknown",
    "demo-broken-reference": "cell-error",
}
"""Kind of mistake → the finding it leads to. The others are read as they were meant, without a word."""

Tables = Mapping[str, tuple[Row, ...]]
Wrong = Callable[[Row, int], object]
"""From a row and the year to what is typed instead; None where the row does not lend itself to it."""


@dataclass(frozen=True, slots=True)
class Slip:
    """A way of mistyping one field."""

    kind: str
    table: str
    field: str
    wrong: Wrong
    harmless: bool = False


BLANK = object()
"""Says that the cell is left empty."""


def mistype(
    wards: Mapping[Unit, Tables], *, year: int, seed: int | str
) -> tuple[Mapping[str, Tables], tuple[Mistake, ...]]:
    """The tables of each ward with one slip of every kind somewhere, by uid, and where they are.

    Slips go round the wards in an order that the seed decides; a ward without a fitting row passes it on.
    """
    dice = Random(f"{seed}/mistakes/{year}")
    units = sorted(wards, key=lambda unit: unit.uid)
    dice.shuffle(units)
    tables = {unit.uid: {code: [dict(row) for row in rows] for code, rows in wards[unit].items()} for unit in units}
    mistakes: list[Mistake] = []
    if units:
        sorted_ward = units[-1].uid
        mistakes.append(_sorted_by_sponsor(tables[sorted_ward], sorted_ward, year))
    used: set[tuple[str, str, int]] = set()
    for turn, slip in enumerate(SLIPS):
        for step in range(len(units)):
            uid = units[(turn + step) % len(units)].uid
            made = _slipped(tables[uid], slip, uid, year, used, dice)
            if made:
                mistakes.append(made)
                break
    return {uid: {code: tuple(rows) for code, rows in changed.items()} for uid, changed in tables.items()}, tuple(
        mistakes
    )


def _slipped(
    tables: Mapping[str, list[Row]],
    slip: Slip,
    uid: str,
    year: int,
    used: set[tuple[str, str, int]],
    dice: Random,
) -> Mistake | None:
    rows = tables.get(slip.table, [])
    fitting = [
        (index, typed)
        for index, row in enumerate(rows)
        if (uid, slip.table, index) not in used and (typed := slip.wrong(row, year)) is not None
    ]
    if not fitting:
        return None
    index, typed = dice.choice(fitting)
    used.add((uid, slip.table, index))
    rows[index][slip.field] = None if typed is BLANK else typed  # type: ignore[assignment]
    letters = next(column.letters for column in unit_columns(BY_CODE[slip.table]) if column.code == slip.field)
    return Mistake(
        slip.kind,
        uid,
        year,
        slip.table,
        sheet=TABS[slip.table],
        cell=f"{letters}{FIRST_ROW + index}",
        typed="" if typed is BLANK else str(typed),
        harmless=slip.harmless,
    )


def _sorted_by_sponsor(tables: dict[str, list[Row]], uid: str, year: int) -> Mistake:
    tables["HO_TRO"].sort(key=lambda row: str(row["NHA_TAI_TRO"]))
    return Mistake("demo-sorted", uid, year, "HO_TRO", sheet=TABS["HO_TRO"], harmless=True)


# --- typing ------------------------------------------------------------------------------------------------------


def _in_words(row: Row, _: int) -> object:
    money = row["TIEN"]
    return f"{money // 1_000_000} triệu" if isinstance(money, int) and money and money % 1_000_000 == 0 else None


def _with_dots(row: Row, _: int) -> object:
    money = row["GIA_TRI"]
    return f"{money:,}đ".replace(",", ".") if isinstance(money, int) and money >= 1_000_000 else None


def _day_as_text(row: Row, _: int) -> object:
    day = row["NGAY"]
    return f"{day.day}/{day.month}/{day.year}" if isinstance(day, date) else None


def _to_code(list_name: str, field: str) -> Wrong:
    codes = {choice.words: choice.code for choice in CODE_LISTS[list_name]}
    return lambda row, _: codes.get(str(row[field]))


def _without_link(wrong: Wrong) -> Wrong:
    """Only a row whose value is added up itself, so that the slip changes a figure."""
    return lambda row, year: wrong(row, year) if row.get("MA_HD") is None else None


def _neighbours_code(row: Row, _: int) -> object:
    """The code of the neighbourhood one line above; the first one of a ward has none above it."""
    kind, number = str(row["MA"]).rsplit("-", 1)
    if not kind.endswith("KDC") or str(row["TEN"]).startswith("Khu phố 1 "):
        return None
    return f"{kind}-{int(number) - 1:02d}"


SLIPS: tuple[Slip, ...] = (
    Slip("demo-money-words", "HOAT_DONG", "TIEN", _in_words, harmless=True),
    Slip("demo-money-dots", "HO_TRO", "GIA_TRI", _without_link(_with_dots), harmless=True),
    Slip("demo-date-text", "HO_TRO", "NGAY", _day_as_text, harmless=True),
    Slip("demo-date-impossible", "HOAT_DONG", "NGAY_BD", lambda row, year: f"31/02/{year}"),
    Slip("demo-nfd", "HOAT_DONG", "LOAI", lambda row, _: unicodedata.normalize("NFD", str(row["LOAI"])), harmless=True),
    Slip("demo-spaces", "HO_TRO", "MA_DC", lambda row, _: f" {row['MA_DC']}  ", harmless=True),
    Slip("demo-code-typed", "DON_VI", "LOAI_HINH", _to_code("loai_don_vi", "LOAI_HINH"), harmless=True),
    Slip("demo-point-for-thousands", "HOAT_DONG", "LUOT", lambda row, _: 1.4 if row["LUOT"] else None),
    Slip("demo-required-blank", "HO_TRO", "GIA_TRI", _without_link(lambda row, _: BLANK)),
    Slip("demo-required-blank", "DIA_CHI", "NGAY_CN", lambda row, year: _this_year(row, year) and BLANK),
    Slip("demo-duplicate-code", "DON_VI", "MA", _neighbours_code),
    Slip("demo-unknown-address", "HO_TRO", "MA_DC", lambda row, _: f"{str(row['MA_DC'])[:-3]}999"),
    Slip("demo-date-other-year", "HO_TRO", "NGAY", _without_link(lambda row, year: date(year - 1, 11, 20))),
    Slip(
        "demo-money-vague",
        "QUY",
        "SO_TIEN",
        lambda row, _: "khoảng 2 triệu" if row["THU_CHI"] == "Chi" and row["CHUYEN"] is None else None,
    ),
    Slip("demo-number-ambiguous", "HOAT_DONG", "HIEN_VAT", lambda row, _: "1,400" if row["HIEN_VAT"] else None),
    Slip("demo-date-text", "QUY", "NGAY", _day_as_text, harmless=True),
    Slip(
        "demo-unknown-word", "DON_VI", "CO_HOI", lambda row, _: "đang làm thủ tục" if row["CO_HOI"] == "Không" else None
    ),
)


def _this_year(row: Row, year: int) -> bool | None:
    day = row["NGAY_CN"]
    return True if isinstance(day, date) and day.year == year and row["NGAY_KT"] is None else None


# --- in somebody's hands -----------------------------------------------------------------------------------------


def spoil(files: Mapping[str, Path], typed: Sequence[Mistake], *, year: int, seed: int | str) -> tuple[Mistake, ...]:
    """Do to some of the files (uid → path) what happens to files, and complete the list of mistakes with file names.

    A renamed tab changes where the ward's typing mistakes stand; the list follows.
    """
    dice = Random(f"{seed}/spoiled/{year}")
    order = sorted(files)
    dice.shuffle(order)
    mistakes = [replace(mistake, file=files[mistake.uid].name) for mistake in typed]
    for turn, spoiling in enumerate(_SPOILINGS if order else ()):
        uid = order[turn % len(order)]
        taken = {mistake.cell for mistake in mistakes if mistake.uid == uid}
        made = spoiling(files[uid], uid, year, taken)
        if made.kind == "demo-tab-renamed":
            mistakes = [_moved(mistake, made) for mistake in mistakes]
        mistakes.append(made)
    return tuple(mistakes)


def _moved(mistake: Mistake, renamed: Mistake) -> Mistake:
    same = (mistake.uid, mistake.table) == (renamed.uid, renamed.table)
    return replace(mistake, sheet=renamed.sheet) if same else mistake


def _rename_tab(path: Path, uid: str, year: int, _: set[str | None]) -> Mistake:
    old, new = TABS["HO_TRO"], f"Ho tro {year}"

    def renamed(name: str, part: bytes) -> bytes:
        if name == "xl/workbook.xml":
            part = part.replace(f'name="{old}"'.encode(), f'name="{new}"'.encode())
        if not name.endswith(".xml"):
            return part
        text = part.replace(f"'{old}'!".encode(), f"'{new}'!".encode())
        return text.replace(f"<vt:lpstr>{old}</vt:lpstr>".encode(), f"<vt:lpstr>{new}</vt:lpstr>".encode())

    _rewrite(path, renamed)
    return Mistake("demo-tab-renamed", uid, year, "HO_TRO", path.name, new, typed=new, harmless=True)


def _insert_column(path: Path, uid: str, year: int, _: set[str | None]) -> Mistake:
    """A column of the ward's own before the hidden row id, as Excel inserts it into a table."""
    code = "DIA_CHI"
    rid = next(column.letters for column in unit_columns(BY_CODE[code]) if column.code == RID)
    moved = column_letters(column_number(rid) + 1)
    header = "Ghi chú của phường"
    sheet, table = _sheet_part(path, TABS[code]), _table_part(path, table_name(code))

    def widened(name: str, part: bytes) -> bytes:
        text = part.decode()
        if name == sheet:
            text = re.sub(rf'(<c r="){rid}(\d+")', rf"\g<1>{moved}\2", text)
            text = re.sub(
                rf'<c r="{moved}{HEADER_ROW}"( s="\d+")?',
                lambda cell: (
                    f'<c r="{rid}{HEADER_ROW}"{cell[1] or ""} t="inlineStr"><is><t>{header}</t></is></c>{cell[0]}'
                ),
                text,
            )
            text = re.sub(r"<cols>.*?</cols>", lambda cols: _one_more_column(cols[0], column_number(rid)), text)
            text = re.sub(rf'(<dimension ref="A1:){rid}(\d+")', rf"\g<1>{moved}\2", text)
        elif name == table:
            text = re.sub(rf'( ref="[A-Z]+\d+:){rid}(\d+")', rf"\g<1>{moved}\2", text)
            count = int(re.search(r'<tableColumns count="(\d+)"', text)[1])  # type: ignore[index]
            text = text.replace(f'<tableColumns count="{count}"', f'<tableColumns count="{count + 1}"')
            mine = f'<tableColumn id="{count + 1}" name="{header}"/>'
            text = re.sub(rf'(<tableColumn id="{count}" )', rf"{mine}\1", text)
        else:
            return part
        return text.encode()

    _rewrite(path, widened)
    return Mistake("demo-column-inserted", uid, year, code, path.name, TABS[code], f"{rid}{HEADER_ROW}", header, True)


def _one_more_column(cols: str, at: int) -> str:
    """The column widths with a plain column ``at`` and everything from there on moved right."""
    kept = []
    for col in re.findall(r"<col [^>]*/>", cols):
        first, last = (int(re.search(rf'{end}="(\d+)"', col)[1]) for end in ("min", "max"))  # type: ignore[index]
        if last >= at:
            col = re.sub(r'max="\d+"', f'max="{min(last + 1, 16384)}"', col)
        if first >= at:
            col = re.sub(r'min="\d+"', f'min="{first + 1}"', col)
        kept.append((first, col))
    kept.append((at - 1, f'<col min="{at}" max="{at}" width="20" customWidth="1"/>'))
    return "<cols>" + "".join(col for _, col in sorted(kept, key=lambda pair: pair[0])) + "</cols>"


def _merge_title(path: Path, uid: str, year: int, _: set[str | None]) -> Mistake:
    sheet = _sheet_part(path, TABS["QUY"])
    area = f"A{TITLE_ROW}:F{TITLE_ROW}"

    def merged(name: str, part: bytes) -> bytes:
        if name != sheet or f'<mergeCell ref="A{TITLE_ROW}:'.encode() in part:
            return part
        text, cell = part.decode(), f'<mergeCell ref="{area}"/>'
        if "<mergeCells" in text:
            text = re.sub(r'<mergeCells count="\d+">', "<mergeCells>", text)
            return text.replace("</mergeCells>", f"{cell}</mergeCells>").encode()
        # The schema wants merged cells after these and before the rest.
        for before in ("</customSheetViews>", "</autoFilter>", "</protectedRanges>"):
            if before in text:
                return text.replace(before, f"{before}<mergeCells>{cell}</mergeCells>").encode()
        after = re.search(r"</sheetData>(<sheetCalcPr[^>]*/>)?(<sheetProtection[^>]*/>)?(<autoFilter[^>]*/>)?", text)
        assert after, "a sheet without data"
        return (text[: after.end()] + f"<mergeCells>{cell}</mergeCells>" + text[after.end() :]).encode()

    _rewrite(path, merged)
    return Mistake("demo-title-merged", uid, year, "QUY", path.name, TABS["QUY"], f"A{TITLE_ROW}", area, True)


def _hide_row(path: Path, uid: str, year: int, _: set[str | None]) -> Mistake:
    sheet, line = _sheet_part(path, TABS["QUY"]), FIRST_ROW + 4

    def hidden(name: str, part: bytes) -> bytes:
        return (
            part.replace(f'<row r="{line}"'.encode(), f'<row r="{line}" hidden="1"'.encode()) if name == sheet else part
        )

    _rewrite(path, hidden)
    return Mistake("demo-row-hidden", uid, year, "QUY", path.name, TABS["QUY"], f"A{line}", harmless=True)


def _break_reference(path: Path, uid: str, year: int, taken: set[str | None]) -> Mistake:
    """A cell that showed another one's value, which was then deleted."""
    code, field = "HOAT_DONG", "TIEN"
    letters = next(column.letters for column in unit_columns(BY_CODE[code]) if column.code == field)
    sheet = _sheet_part(path, TABS[code])
    line = next(line for line in range(FIRST_ROW + 1, FIRST_ROW + 9) if f"{letters}{line}" not in taken)
    broken = rf'<c r="{letters}{line}"( s="\d+")?[^>]*?(/>|>.*?</c>)'

    def with_error(name: str, part: bytes) -> bytes:
        if name != sheet:
            return part
        cell = rf'<c r="{letters}{line}"\1 t="e"><f>#REF!</f><v>#REF!</v></c>'
        return re.sub(broken, cell, part.decode(), count=1).encode()

    _rewrite(path, with_error)
    return Mistake("demo-broken-reference", uid, year, code, path.name, TABS[code], f"{letters}{line}", "#REF!")


_SPOILINGS: tuple[Callable[[Path, str, int, set[str | None]], Mistake], ...] = (
    _rename_tab,
    _insert_column,
    _merge_title,
    _hide_row,
    _break_reference,
)


# --- the package -------------------------------------------------------------------------------------------------


def _rewrite(path: Path, change: Callable[[str, bytes], bytes]) -> None:
    """Every part of the package as ``change`` answers it; written beside, then put in its place."""
    beside = path.with_name(f"{path.name}.new")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry, change(entry.filename, old.read(entry)), zipfile.ZIP_DEFLATED)
    beside.replace(path)


def _sheet_part(path: Path, tab: str) -> str:
    """The part that holds a tab. Raises ``LookupError`` when the workbook has no such tab."""
    with zipfile.ZipFile(path) as package:
        book = package.read("xl/workbook.xml").decode()
        relations = package.read("xl/_rels/workbook.xml.rels").decode()
    sheet = re.search(rf'<sheet name="{re.escape(tab)}"[^>]*r:id="(\w+)"', book)
    relation = sheet and next(
        (rel for rel in re.findall(r"<Relationship [^>]*>", relations) if f'Id="{sheet[1]}"' in rel), None
    )
    target = relation and re.search(r'Target="/?(?:xl/)?([^"]+)"', relation)
    if not target:
        raise LookupError(f"no tab {tab!r} in {path.name}")
    return f"xl/{target[1]}"


def _table_part(path: Path, name: str) -> str:
    with zipfile.ZipFile(path) as package:
        for part in package.namelist():
            if part.startswith("xl/tables/") and f' name="{name}"'.encode() in package.read(part):
                return part
    raise LookupError(f"no table {name!r} in {path.name}")
