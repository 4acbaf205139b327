"""Writing the setup sheets into a new master: what the office has in force, ready to be changed by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from workbooks import layouts
from workbooks.layouts import GREY, PAPER
from workbooks.master_style import DEEPEST_ROW, Styles, set_page, write_table
from workbooks.master_tables import Cell
from workbooks.setup_reading import read_setup
from workbooks.setup_tables import (
    CALENDAR_WORDS,
    COMPARED_KINDS,
    CONVENTIONS,
    FOLLOWS_CONVENTION,
    KIND_WORDS,
    OVER_WORDS,
    POPULATION,
    ROLE_WORDS,
    STRICT_WORDS,
    TARGET_FORMULAS,
    TARGETS,
    TRAJECTORY_WORDS,
    UNITS,
    figure_formula,
    governed,
    group_key,
    is_share,
)
from xl_ctd.core.codes import CODE_LISTS
from xl_ctd.core.setup import Convention, Setup
from xl_ctd.core.targets import Target, TargetKind
from xl_ctd.core.units import Unit, UnitTree

__all__ = ["Lists", "read_setup", "write_setup_sheets"]

FIRST = layouts.MASTER_FIRST_ROW - 1


class Lists:
    """The hidden sheet of choices: one column a list; a validation names its cells, so a comma does no harm."""

    def __init__(self, sheet: Worksheet, styles: Styles) -> None:
        self._sheet, self._styles, self._ranges = sheet, styles, dict[tuple[str, ...], str]()

    def range_of(self, name: str, words: Iterable[str]) -> str:
        """The cells that hold these words, written on first use: ``='_DM'!$A$2:$A$7``."""
        key = tuple(words)
        if key not in self._ranges:
            column = len(self._ranges)
            letters = layouts.column_letters(column + 1)
            self._sheet.write_string(0, column, name, self._styles.of(bold=True))
            self._sheet.write_column(1, column, key, self._styles.of())
            self._ranges[key] = f"='{layouts.LISTS_TAB}'!${letters}$2:${letters}${len(key) + 1}"
        return self._ranges[key]

    def of_codes(self, name: str) -> str:
        """The words of a code list of the units' workbooks."""
        return self.range_of(name, (choice.words for choice in CODE_LISTS[name]))


def write_setup_sheets(
    book: xlsxwriter.Workbook,
    styles: Styles,
    lists: Lists,
    setup: Setup,
    questions: Sequence[Convention],
) -> None:
    """Fill ``Chỉ tiêu``, ``Đơn vị``, ``Dân số`` and ``Quy ước`` of a book that already has these tabs."""
    _write_targets(book.get_worksheet_by_name(TARGETS.tab), styles, lists, setup, tuple(questions))
    _write_units(book.get_worksheet_by_name(UNITS.tab), styles, lists, setup)
    _write_population(book.get_worksheet_by_name(POPULATION.tab), styles, setup)
    _write_conventions(book.get_worksheet_by_name(CONVENTIONS.tab), styles, lists, setup, questions)


# --- Chỉ tiêu -----------------------------------------------------------------------------------------------------


def _write_targets(
    sheet: Worksheet, styles: Styles, lists: Lists, setup: Setup, questions: tuple[Convention, ...]
) -> None:
    decided = governed(setup.plan, questions)
    rows = [_target_row(target, decided) for target in setup.targets]
    looks = {(n, code): look for n, target in enumerate(setup.targets) for code, look in _target_looks(target).items()}
    computed = {code: {"bg_color": GREY} for code in ("MA", "MUC", "NGUYEN_VAN", *TARGET_FORMULAS)}
    last = write_table(sheet, styles, TARGETS, rows, looks=looks, header_of=computed)
    for row in range(FIRST, FIRST + len(rows)):
        _write_target_figures(sheet, styles, row)
        sheet.set_row(row, 48)
    colour_words(sheet, styles, f"H{FIRST + 1}:I{last + 1}", f"$H{FIRST + 1}")
    choices: dict[str, Iterable[str]] = {
        "LOAI": KIND_WORDS.values(),
        "SO_SANH": (*STRICT_WORDS.values(), FOLLOWS_CONVENTION),
        "TREN_CAN": (*OVER_WORDS.values(), FOLLOWS_CONVENTION),
        "LICH": (*CALENDAR_WORDS.values(), FOLLOWS_CONVENTION),
        "LO_TRINH": (*TRAJECTORY_WORDS.values(), FOLLOWS_CONVENTION),
    }
    for code, words in choices.items():
        column = TARGETS.codes.index(code)
        _validate(sheet, FIRST, last, column, lists.range_of(f"CHI_TIEU.{code}", words))
    set_page(sheet, TARGETS.title)
    sheet.set_print_scale(62)
    sheet.freeze_panes(FIRST, 3)
    sheet.repeat_columns(0, 2)
    sheet.set_v_pagebreaks([TARGETS.codes.index("LOAI"), TARGETS.codes.index("GHI_CHU")])


def _target_row(target: Target, decided: frozenset[tuple[str, str]]) -> list[Cell]:
    def told(field: str, words: str) -> str:
        return FOLLOWS_CONVENTION if (target.id, field) in decided else words

    is_range = target.kind is TargetKind.RANGE
    is_level = target.kind is TargetKind.LEVEL
    compared = target.kind in COMPARED_KINDS
    cells: dict[str, Cell] = {
        "MA": target.id,
        "MUC": target.section,
        "TEN": target.name,
        "NGUYEN_VAN": target.verbatim,
        "LOAI": KIND_WORDS[target.kind],
        "DVT": target.unit,
        "NGUONG": target.threshold,
        "SO_SANH": told("strict", ">" if target.strict else "≥") if compared else None,
        "CAN_DUOI": target.lower,
        "CAN_TREN": target.upper,
        "TREN_CAN": told("over_range", OVER_WORDS[target.over_range]) if is_range else None,
        "LICH": told("calendar", target.calendar),
        "NAM_GOC": target.base_year,
        "GIA_TRI_GOC": target.base_value,
        "HAN": target.due_year,
        "LO_TRINH": told("trajectory", TRAJECTORY_WORDS[target.trajectory]) if is_level else None,
        "VANG_TU": target.amber_from,
        "DONG_BANG": target.frozen_from,
        "SO_LE": target.decimals,
        "GHI_CHU": target.note,
    }
    return [cells.get(code) for code in TARGETS.codes]


def _target_looks(target: Target) -> Mapping[str, dict[str, Any]]:
    amount = {"num_format": "0.0##%" if is_share(target) else "#,##0.###" if target.decimals else "#,##0"}
    looks: dict[str, dict[str, Any]] = dict.fromkeys(("NGUONG", "CAN_DUOI", "CAN_TREN", "GIA_TRI_GOC"), amount)
    looks["MA"] = {"bold": True}
    looks["NGUYEN_VAN"] = {"italic": True, "font_color": GREY}
    return looks


def _write_target_figures(sheet: Worksheet, styles: Styles, row: int) -> None:
    key = group_key(f"$A{row + 1}")
    for code, columns in TARGET_FORMULAS.items():
        column = TARGETS.codes.index(code)
        parts = [figure_formula(name, key, '""').removeprefix("=") + '&""' for name in columns]
        formula = "=TRIM(" + '&" "&'.join(parts) + ")"
        style = styles.body(TARGETS.columns[column].look, bg_color=PAPER, bold=code in ("KET_QUA", "DANH_GIA"))
        sheet.write_formula(row, column, formula, style, "")


def colour_words(sheet: Worksheet, styles: Styles, cells: str, first: str) -> None:
    """Colour cells by the symbol that the first cell's text begins with; the words themselves stay readable grey."""
    colours = {
        "✔": layouts.GREEN,
        "★": layouts.GREEN,
        "▲": layouts.GREEN,
        "✘": layouts.BAD,
        "◆": layouts.AMBER,
        "▼": layouts.AMBER,
        "?": layouts.AMBER,
        "○": layouts.NONE,
        "–": layouts.NONE,
    }
    for symbol, colour in colours.items():
        criteria = f'=LEFT({first},1)="{symbol}"'
        rule = {"type": "formula", "criteria": criteria, "format": styles.colour_only(colour)}
        sheet.conditional_format(cells, rule)


def _validate(sheet: Worksheet, first: int, last: int, column: int, source: str, *, strict: bool = True) -> None:
    kind = {"error_title": "Chọn trong danh sách", "error_message": "Hãy chọn một mục trong danh sách."}
    warn = {} if strict else {"error_type": "warning"}
    sheet.data_validation(first, column, last, column, {"validate": "list", "source": source, **kind, **warn})


# --- Đơn vị, Dân số, Quy ước ----------------------------------------------------------------------------------------


def _write_units(sheet: Worksheet, styles: Styles, lists: Lists, setup: Setup) -> None:
    tree = setup.units
    units = _official(tree)
    roles = dict.fromkeys(tree.members, ROLE_WORDS["member"]) | {tree.city: ROLE_WORDS["city"]}
    rows = [_unit_row(unit, roles.get(unit.uid, ROLE_WORDS["above"])) for unit in units]
    write_table(sheet, styles, UNITS, rows)
    role = UNITS.codes.index("VAI_TRO")
    _validate(sheet, FIRST, DEEPEST_ROW, role, lists.range_of("TO_CHUC.VAI_TRO", ROLE_WORDS.values()))
    set_page(sheet, UNITS.title)
    sheet.freeze_panes(FIRST, 3)


def _official(tree: UnitTree) -> list[Unit]:
    """The members in their official order, the city, then what stands above."""
    order = {uid: n for n, uid in enumerate((*tree.members, tree.city))}
    return sorted(tree.units, key=lambda unit: order.get(unit.uid, len(order)))


def _unit_row(unit: Unit, role: str) -> list[Cell]:
    days = {succession.on for succession in unit.successions}
    cells: dict[str, Cell] = {
        "UID": unit.uid,
        "MA": unit.code,
        "TEN": unit.name,
        "VAI_TRO": role,
        "CAP_TREN": unit.parent,
        "TU_NGAY": unit.valid_from,
        "DEN_NGAY": unit.valid_to,
        "KE_THUA": "; ".join(succession.successor for succession in unit.successions),
        "TY_LE": "; ".join(share_words(succession.share) for succession in unit.successions),
        "NGAY_KT": min(days) if days else None,
        "THU_TU": unit.order or None,
        "EMAIL": unit.email,
        "LIEN_KET": unit.sheet,
    }
    return [cells[code] for code in UNITS.codes]


def share_words(share: Fraction) -> str:
    """A share as staff read and type it: per cent where that is exact, otherwise the fraction.

    >>> share_words(Fraction(1)), share_words(Fraction(3, 8)), share_words(Fraction(2, 3))
    ('100%', '37,5%', '2/3')
    """
    percent = share * 100
    if (percent * 100).denominator != 1:
        return f"{share.numerator}/{share.denominator}"
    text = f"{Decimal(percent.numerator) / Decimal(percent.denominator):f}"
    return text.replace(".", ",") + "%"


def _write_population(sheet: Worksheet, styles: Styles, setup: Setup) -> None:
    rows: list[list[Cell]] = [
        [fact.uid, None, fact.year, fact.people, fact.source, fact.on] for fact in setup.population
    ]
    last = write_table(sheet, styles, POPULATION, rows, blank_rows=12)
    name = UNITS.whole("TEN")
    for row in range(FIRST, last + 1):
        formula = f'=IFERROR(INDEX({name},MATCH($A{row + 1},{UNITS.whole("UID")},0)),"")'
        sheet.write_formula(row, 1, formula, styles.body(POPULATION.columns[1].look, bg_color=PAPER), "")
    uids = f"='{UNITS.tab}'!$A${FIRST + 1}:$A${FIRST + 200}"
    _validate(sheet, FIRST, DEEPEST_ROW, 0, uids, strict=False)
    set_page(sheet, POPULATION.title)


def _write_conventions(
    sheet: Worksheet, styles: Styles, lists: Lists, setup: Setup, questions: Sequence[Convention]
) -> None:
    rows: list[list[Cell]] = []
    for question in questions:
        chosen = setup.convention(question.code, question.value)
        words = [question.words.get(choice, choice) for choice in question.choices]
        rows.append(
            [question.code, question.question, question.words.get(chosen, chosen), "\n".join(words), question.note]
        )
    typed = {"num_format": "@", "bg_color": PAPER}
    looks = {
        (n, "CHON"): {"bold": True, "font_color": layouts.RED} | ({} if question.choices else typed)
        for n, question in enumerate(questions)
    }
    grey = {code: {"bg_color": GREY} for code in ("MA", "CAU_HOI", "CAC_CHON", "GHI_CHU")}
    write_table(sheet, styles, CONVENTIONS, rows, looks=looks, header_of=grey)
    for n, question in enumerate(questions):
        words = [question.words.get(choice, choice) for choice in question.choices]
        if words:
            _validate(sheet, FIRST + n, FIRST + n, 2, lists.range_of(question.code, words))
        sheet.set_row(FIRST + n, max(33 if words else 66, 15.5 * len(words) + 3))
    set_page(sheet, CONVENTIONS.title)
