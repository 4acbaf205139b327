"""``Bảng điều hành``: one A4 that tells leaders how far each target is, on what data and with which caveats.

Everything is a formula over the tables a merge writes; the year is chosen in one cell. Every result leads to its
column on ``Theo phường`` and from there to the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import xlsxwriter
from xlsxwriter.chart import Chart
from xlsxwriter.worksheet import Worksheet

from workbooks import layouts
from workbooks.layouts import AMBER, BAD, GREEN, GREY, INK, LINE, PAPER, RED
from workbooks.master_by_unit import FIRST_PLACE, NAME_ROW, SPARE_PLACES, UNITS_CALC_TAB, Places, target_column
from workbooks.master_style import Styles, set_page
from workbooks.master_tables import (
    FIGURES,
    NAME_FOOTNOTES,
    NAME_MERGED_AT,
    NAME_VERSION,
    NAME_YEAR,
    YEARS,
)
from workbooks.setup_sheets import colour_words
from workbooks.setup_tables import (
    BOARD_YEAR_CELL,
    CONVENTIONS,
    FOLLOWS_CONVENTION,
    TARGETS,
    TRAJECTORY_WORDS,
    choice_that_makes,
    figure_formula,
    group_key,
)
from xl_ctd.core.setup import Plan, Setup
from xl_ctd.core.targets import Aggregation, Target, TargetKind, Trajectory
from xl_ctd.plans import conventions

CALC_TAB = "_Bảng"
FIRST_TARGET = 5
"""1-based row of the first target on the hidden sheet."""
TREND_YEARS = 6
TREND = ("E", layouts.column_letters(4 + TREND_YEARS))
"""The trend as drawn: shares of the highest of the years, so that no bar fills its cell."""
RAW_TREND = ("AA", layouts.column_letters(26 + TREND_YEARS))
"""The trend as reported."""
CHART_TOP = 4
"""1-based header row of the blocks that the charts read on the hidden sheet."""

NOT_MERGED = "○ CHƯA HỢP NHẤT"
"""What the board says of a year that no merge has figures for."""

WIDTHS = {"A": 1, "B": 9, "C": 69, "D": 22, "E": 26, "F": 11, "G": 15, "H": 33, "I": 45, "J": 12, "K": 10}
HEADERS = ("Mã", "Chỉ tiêu", "Kết quả", "Mục tiêu", "Mức đạt", "", "Đánh giá", "Còn thiếu, mốc", "Xu hướng", "Độ phủ")
CARD_ROW, HEADER_ROW, FIRST_ROW = 6, 9, 10
"""1-based rows of the board."""
CHART_ROWS, CHART_ROW_HEIGHT = 11, 22


def write_board_figures(sheet: Worksheet, styles: Styles, setup: Setup, places: Places) -> None:
    """Fill the hidden sheet: each target's figures of the year shown, its trend, and what the charts draw."""
    plain = styles.of(font_size=9)
    for column, title in enumerate(("Chỉ tiêu", "Dòng", "Mức đạt", "Đánh giá", "Xu hướng")):
        sheet.write_string(FIRST_TARGET - 2, column, title, plain)
    for n, target in enumerate(setup.targets):
        row, key = FIRST_TARGET + n, group_key(f"$A{FIRST_TARGET + n}")
        sheet.write_string(f"A{row}", target.id, plain)
        sheet.write_formula(f"B{row}", f"=IFERROR(MATCH({key},{FIGURES.whole('key')},0),0)", plain, 0)
        attained = f"INDEX({FIGURES.whole('attainment')},B{row})"
        sheet.write_formula(f"C{row}", f'=IF(B{row}=0,"",IF({attained}="","",MIN(1,{attained})))', plain, "")
        symbol, word = (f"INDEX({FIGURES.whole(code)},B{row})" for code in ("symbol", "word"))
        sheet.write_formula(f"D{row}", f'=IF(B{row}=0,"{NOT_MERGED}",TRIM({symbol}&" "&{word}))', plain, NOT_MERGED)
        for back in range(TREND_YEARS):
            raw, drawn = layouts.column_letters(27 + back), layouts.column_letters(5 + back)
            year = f"({NAME_YEAR}-{TREND_YEARS - 1 - back})"
            past = f'MATCH({year}&"||"&$A{row},{FIGURES.whole("key")},0)'
            sheet.write_formula(f"{raw}{row}", f"={_number_or_blank(past)}", plain, "")
            years = f"${RAW_TREND[0]}{row}:${RAW_TREND[1]}{row}"
            share = f'IF({raw}{row}="",NA(),IF(MAX({years})<=0,0,{raw}{row}/MAX({years})))'
            sheet.write_formula(f"{drawn}{row}", f"={share}", plain, "#N/A")
    for start, target in _charted(setup.targets):
        if target.kind is TargetKind.LEVEL:
            _write_trajectory(sheet, styles, start, target, setup.plan)
        else:
            _write_units_drawn(sheet, styles, start, setup.targets.index(target), target, places)


def _number_or_missing(match: str) -> str:
    """A value of ``tblSoLieu`` as a chart wants it: a blank is a gap, never a zero."""
    value = f"INDEX({FIGURES.whole('value')},{match})"
    return f'IFERROR(IF({value}="",NA(),{value}),NA())'


def _number_or_blank(match: str) -> str:
    """A value of ``tblSoLieu``, an empty text where nothing was reported."""
    value = f"INDEX({FIGURES.whole('value')},{match})"
    return f'IFERROR(IF({value}="","",{value}),"")'


# --- what the charts draw --------------------------------------------------------------------------------

Charted = tuple[str, Target]


def _charted(targets: Sequence[Target]) -> list[Charted]:
    """At most three targets worth a chart, each with the first column of its block on the hidden sheet.

    A sum over units within a range (blood), the floor of each unit (funds), the level on its way (donors).
    """
    by_unit = [t for t in targets if t.kind is TargetKind.RANGE and t.aggregation is Aggregation.SUM]
    floors = [t for t in targets if t.kind is TargetKind.FLOOR]
    levels = [t for t in targets if t.kind is TargetKind.LEVEL]
    picked = [*by_unit[:1], *floors[:1], *levels[:1]]
    return list(zip(("M", "R", "W"), picked, strict=False))


def drawn_units(setup: Setup) -> int:
    """Bars of the charts by unit: as many as the fullest year of the plan has units."""
    years = range(setup.plan.first_year, setup.plan.last_year + 1)
    return max(len(setup.units.expected_in(year)) for year in years)


def _shift(letters: str, by: int) -> str:
    return layouts.column_letters(layouts.column_number(letters) + by)


def _write_units_drawn(sheet: Worksheet, styles: Styles, start: str, n: int, target: Target, places: Places) -> None:
    """The units of the year in the middle of the bars there are: four wards or sixteen, the picture is balanced.

    Two series: at or above the floor, and below it; a target without a floor uses the first alone.
    """
    plain = styles.of(font_size=9)
    bars = places.count - 1 - SPARE_PLACES
    name, fine, short, index = start, _shift(start, 1), _shift(start, 2), _shift(start, 3)
    sheet.write_string(f"{name}{CHART_TOP}", f"{target.id} theo đơn vị", plain)
    count = f"'{UNITS_CALC_TAB}'!$B$1"
    names = f"'{UNITS_CALC_TAB}'!$D${FIRST_PLACE}:$D${places.last}"
    values = places.cells("value", n)
    goal = figure_formula("goal", group_key(f'"{target.id}"'), "0").removeprefix("=")
    for bar in range(bars):
        row = CHART_TOP + 1 + bar
        sheet.write_formula(f"{index}{row}", f"={bar + 1}-INT(({bars}-{count})/2)", plain, 0)
        here = f"AND({index}{row}>=1,{index}{row}<={count})"
        unit = f'SUBSTITUTE(INDEX({names},{index}{row}),"Phường ","")'
        found, value = f"INDEX({places.cells('found', n)},{index}{row})", f"INDEX({values},{index}{row})"
        said = f'IF({value}="","chưa có",INDEX({FIGURES.whole("value_text")},{found}))'
        sheet.write_formula(f"{name}{row}", f'=IF({here},{unit}&" · "&{said}," ")', plain, " ")
        number = f"IF({here},N({value}),0)"
        if target.kind is TargetKind.FLOOR:
            sheet.write_formula(f"{fine}{row}", f"=IF({number}>={goal},{number},0)", plain, 0)
            sheet.write_formula(f"{short}{row}", f"=IF({number}<{goal},{number},0)", plain, 0)
        else:
            sheet.write_formula(f"{fine}{row}", f"={number}", plain, 0)


def _write_trajectory(sheet: Worksheet, styles: Styles, start: str, target: Target, plan: Plan) -> None:
    """The milestones from the targets' sheet and what was reached, year by year up to the year shown."""
    plain = styles.of(font_size=9)
    road, reached = _shift(start, 1), _shift(start, 2)
    sheet.write_string(f"{start}{CHART_TOP}", f"{target.id} lộ trình", plain)

    def told(code: str) -> str:
        return f'INDEX({TARGETS.whole(code)},MATCH("{target.id}",{TARGETS.whole("MA")},0))'

    base_year, goal, due = told("NAM_GOC"), told("NGUONG"), told("HAN")
    # Without a base value of its own the trajectory starts from what the base year reported.
    reported = _number_or_missing(f'MATCH({base_year}&"||{target.id}",{FIGURES.whole("key")},0)')
    base = f'IF({told("GIA_TRI_GOC")}="",{reported},{told("GIA_TRI_GOC")})'
    compounded = f'{told("LO_TRINH")}="{TRAJECTORY_WORDS[Trajectory.COMPOUND]}"'
    decided = choice_that_makes(plan, conventions(plan.id), target.id, "trajectory", Trajectory.COMPOUND)
    if decided:
        question, choice = decided
        chosen = f'INDEX({CONVENTIONS.whole("CHON")},MATCH("{question}",{CONVENTIONS.whole("MA")},0))'
        follows = f'AND({told("LO_TRINH")}="{FOLLOWS_CONVENTION}",{chosen}="{choice}")'
        compounded = f"OR({compounded},{follows})"
    start_value = f"{_shift(start, 3)}${CHART_TOP}"
    sheet.write_formula(start_value.replace("$", ""), f"=IFERROR({base},NA())", plain, "#N/A")
    for n, year in enumerate(range(plan.first_year, plan.last_year + 1)):
        row = CHART_TOP + 1 + n
        sheet.write_number(f"{start}{row}", year, plain)
        written = f'MATCH({start}{row}&"||{target.id}",{FIGURES.whole("key")},0)'
        milestone = f"INDEX({FIGURES.whole('milestone')},{written})"
        share = f"({start}{row}-{base_year})/({due}-{base_year})"
        linear = f"{start_value}+({goal}-{start_value})*{share}"
        compound = f"{start_value}*POWER({goal}/{start_value},{share})"
        way = f"IF({compounded},{compound},{linear})"
        # The merge's own milestone comes first; the formula only draws the years ahead.
        sheet.write_formula(
            f"{road}{row}", f'=IFERROR(IF({milestone}="",{way},{milestone}),IFERROR({way},NA()))', plain, ""
        )
        actual = f"=IF({start}{row}>{NAME_YEAR},NA(),{_number_or_missing(written)})"
        sheet.write_formula(f"{reached}{row}", actual, plain, "#N/A")


# --- the sheet itself --------------------------------------------------------------------------------


def write_board(book: xlsxwriter.Workbook, sheet: Worksheet, styles: Styles, setup: Setup, places: Places) -> None:
    """Fill the board: heading, cards, targets, charts, footnotes; one A4 landscape."""
    for letters, width in WIDTHS.items():
        sheet.set_column(f"{letters}:{letters}", width)
    _write_heading(sheet, styles, setup)
    rows = (FIRST_TARGET, FIRST_TARGET + max(len(setup.targets), 1) - 1)
    _write_cards(sheet, styles, f"'{CALC_TAB}'!$D${rows[0]}:$D${rows[1]}", len(setup.targets))
    for column, header in enumerate(HEADERS, 1):
        align = "left" if column in (1, 2, 7, 8) else "center"
        indent = {"indent": 1} if align == "left" else {}
        sheet.write_string(HEADER_ROW - 1, column, header, styles.header(align=align, font_size=BODY, **indent))
    sheet.merge_range(HEADER_ROW - 1, 5, HEADER_ROW - 1, 6, HEADERS[4], styles.header(font_size=BODY))
    sheet.set_row(HEADER_ROW - 1, 26)
    for n in range(len(setup.targets)):
        _write_target(sheet, styles, FIRST_ROW + n, n, setup.targets[n])
    if not setup.targets:
        only_tasks = "Kế hoạch này không nêu chỉ tiêu bằng số; các nhiệm vụ ở trang Kế hoạch nhiệm vụ."
        sheet.write_url(f"B{FIRST_ROW}", "internal:'Kế hoạch nhiệm vụ'!A1", styles.of(font_size=BODY), only_tasks)
    last = FIRST_ROW + max(len(setup.targets), 1) - 1
    colour_words(sheet, styles, f"H{FIRST_ROW}:I{last}", f"$H{FIRST_ROW}")
    sheet.conditional_format(
        f"F{FIRST_ROW}:F{last}",
        {
            "type": "data_bar",
            "bar_color": "#DDD5CF",
            "bar_solid": True,
            "bar_only": True,
            "bar_border_color": "#DDD5CF",
            "min_type": "num",
            "min_value": 0,
            "max_type": "num",
            "max_value": 1,
        },
    )
    below = _write_charts(book, sheet, styles, setup, last + 2)
    last_row = _write_foot(sheet, styles, below)
    set_page(sheet, layouts.BOARD_TAB)
    sheet.set_margins(0.4, 0.4, 0.45, 0.45)
    sheet.set_header("")
    sheet.set_footer("")
    sheet.fit_to_pages(1, 1)
    sheet.center_horizontally()
    sheet.print_area(f"A1:K{last_row}")
    sheet.set_selection(BOARD_YEAR_CELL)
    sheet.set_first_sheet()
    sheet.activate()


def _write_heading(sheet: Worksheet, styles: Styles, setup: Setup) -> None:
    plan = setup.plan
    group = f"HỘI CHỮ THẬP ĐỎ · KHU VỰC {setup.units.group}".upper()
    sheet.write_string("B1", group, styles.of(font_size=13, font_color=RED, bold=True))
    sheet.write_string("B2", "Bảng điều hành chỉ tiêu năm", styles.of(font_size=28, bold=True))
    year = styles.of(
        font_size=28, bold=True, font_color=RED, align="center", bottom=2, bottom_color=RED, num_format="0"
    )
    sheet.write_number(BOARD_YEAR_CELL, setup.shown_year, year)
    years = [str(year) for year in range(plan.first_year, plan.last_year + 1)]
    prompt = {"input_title": "Năm đang xem", "input_message": "Chọn năm; cả sổ đổi theo."}
    error = {"error_title": "Năm ngoài kế hoạch", "error_message": f"Hãy chọn từ {years[0]} đến {years[-1]}."}
    sheet.data_validation(BOARD_YEAR_CELL, {"validate": "list", "source": years, **prompt, **error})
    caveat = styles.of(font_size=13, font_color=GREY)
    number = "" if plan.number.startswith("(") else f" {plan.number}"  # a note that the text bears no number
    issued = f" ngày {official_date(plan.issued)}" if plan.issued else ""
    named = f"Kế hoạch{number}{issued} · {plan.issuer}"
    cutoff, calendar, coverage = (_of_year(code) for code in ("cutoff_text", "calendar_text", "coverage_text"))
    sheet.write_formula("B3", f'="{named}"&{_joined(cutoff)}&{_joined(calendar)}', caveat, named)
    merged = f'IF({NAME_MERGED_AT}="","chưa hợp nhất lần nào","hợp nhất lúc "&{NAME_MERGED_AT}&", bản "&{NAME_VERSION})'
    received = f'IF({coverage}="","",{coverage}&" · ")'
    sheet.write_formula("B4", f"={received}&{merged}", caveat, "chưa hợp nhất lần nào")
    for row, height in ((0, 21), (1, 40), (2, 21), (3, 20), (4, 10)):
        sheet.set_row(row, height)


def official_date(iso: str) -> str:
    """A day as official papers write it: a leading zero for days up to 9 and for January and February only.

    >>> official_date("2023-03-30"), official_date("2025-01-06")
    ('30/3/2023', '06/01/2025')
    """
    year, month, day = iso.split("-")
    return f"{day}/{month if int(month) < 3 else int(month)}/{year}"


def _joined(text: str) -> str:
    return f'IF({text}="",""," · "&{text})'


def _of_year(code: str) -> str:
    """A text of ``tblNam`` for the year shown, empty when there is none."""
    return f'IFERROR(INDEX({YEARS.whole(code)},MATCH({NAME_YEAR},{YEARS.whole("year")},0))&"","")'


def _write_cards(sheet: Worksheet, styles: Styles, words: str, targets: int) -> None:
    def counted(*symbols: str) -> str:
        return "+".join(f'SUMPRODUCT(--(LEFT({words},1)="{symbol}"))' for symbol in symbols)

    on_time, note = _of_year("on_time_text"), _of_year("on_time_note")
    behind, undecided = counted("▼"), counted("?", "○")
    waiting = f'{behind}&" chậm lộ trình · "&({undecided})&" chưa đủ số liệu"'
    progress = f'HYPERLINK("#\'{layouts.PROGRESS_TAB}\'!A1",IF({note}="","nộp đúng hạn",{note}))'
    cards = (
        ("B", "C", counted("✔", "★", "▲"), '"đạt, vượt hoặc đúng lộ trình"', GREEN, 0),
        ("D", "F", counted("✘", "◆"), '"chưa đạt"', BAD, 0),
        ("G", "H", f"{behind}+{undecided}", waiting, AMBER, targets),
        ("I", "K", f'IF({on_time}="","–",{on_time})', progress, INK, "–"),
    )
    for left, right, big, small, colour, empty in cards:
        face = {"align": "center", "bg_color": PAPER}
        top = styles.of(font_size=32, bold=True, font_color=colour, top=5, top_color=colour, **face)
        low = styles.of(font_size=13.5, font_color=GREY, **face)
        for row, formula, style, value in ((CARD_ROW, big, top, empty), (CARD_ROW + 1, small, low, "")):
            sheet.merge_range(f"{left}{row}:{right}{row}", "", style)
            sheet.write_formula(f"{left}{row}", f"={formula}", style, value)
    sheet.set_row(CARD_ROW - 1, 46)
    sheet.set_row(CARD_ROW, 25)
    sheet.set_row(CARD_ROW + 1, 10)


BODY = 14
"""Points of the targets' lines: they stay readable on an A4 on the wall."""


def _write_target(sheet: Worksheet, styles: Styles, row: int, n: int, shown: Target) -> None:
    calc = FIRST_TARGET + n
    target, found = f"'{CALC_TAB}'!$A${calc}", f"'{CALC_TAB}'!$B${calc}"
    line: dict[str, Any] = {"bottom": 1, "bottom_color": LINE, "font_size": BODY}

    def of_figure(code: str, otherwise: str = '""') -> str:
        return f'IF({found}=0,{otherwise},INDEX({FIGURES.whole(code)},{found})&"")'

    in_targets = f"MATCH({target},{TARGETS.whole('MA')},0)"
    gap, milestone = of_figure("gap_text"), of_figure("milestone_text")
    # One line: the first sentence here, the whole advice on the targets' sheet; a milestone is not said twice.
    missing = f'IFERROR(LEFT({gap},FIND(". ",{gap}&" ")-1),{gap})'
    also = f'IF(OR({milestone}="",{milestone}={gap}),"",IF({gap}="",""," · ")&{milestone})'
    result = of_figure("value_text", '"–"')
    cells: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("B", f"HYPERLINK(\"#'{TARGETS.tab}'!A\"&IFERROR({in_targets},1),{target})", {"font_color": GREY, "indent": 1}),
        ("C", f'IFERROR(INDEX({TARGETS.whole("TEN")},{in_targets})&"","")', {"shrink": True, "indent": 1}),
        (
            "D",
            f"HYPERLINK(\"#'{layouts.BY_UNIT_TAB}'!{target_column(n)}{NAME_ROW - 1}\",{result})",
            {"bold": True, "align": "right", "shrink": True, "indent": 1},
        ),
        ("E", of_figure("goal_text"), {"font_color": GREY, "align": "center", "shrink": True}),
        ("F", f"'{CALC_TAB}'!$C${calc}", {}),
        ("G", of_figure("attainment_text"), {"align": "right", "indent": 1, "shrink": True}),
        ("H", f"'{CALC_TAB}'!$D${calc}", {"bold": True, "indent": 1, "shrink": True}),
        ("I", f"{missing}&{also}", {"indent": 1, "font_size": BODY - 1, "shrink": True}),
        ("K", of_figure("coverage_text"), {"font_color": GREY, "align": "center"}),
    )
    # What a new master shows before anything calculates: a phone's viewer may never do so.
    empty = {"B": shown.id, "C": shown.name, "D": "–", "H": NOT_MERGED}
    for letters, formula, look in cells:
        sheet.write_formula(f"{letters}{row}", f"={formula}", styles.of(**{**line, **look}), empty.get(letters, ""))
    sheet.write_blank(f"J{row}", None, styles.of(**line))
    sheet.add_sparkline(
        f"J{row}",
        {
            "range": f"'{CALC_TAB}'!{TREND[0]}{calc}:{TREND[1]}{calc}",
            "type": "column",
            "series_color": "#BFB4AC",
            "last_point": True,
            "last_color": INK,
            "min": 0,
            "max": 1.3,
            "show_hidden": True,
        },
    )
    sheet.set_row(row - 1, 28)


def _write_charts(book: xlsxwriter.Workbook, sheet: Worksheet, styles: Styles, setup: Setup, row: int) -> int:
    """Up to three charts side by side under one-line titles; return the first free row (1-based)."""
    sheet.set_row(row - 2, 12)
    charted = _charted(setup.targets)
    if not charted:
        return row
    for (start, target), (left, right) in zip(charted, (("B", "C"), ("D", "G"), ("H", "K")), strict=False):
        title = styles.of(font_size=BODY, bold=True, top=2, top_color=INK, shrink=True)
        below = styles.of(font_size=12, font_color=GREY, shrink=True)
        for line, (formula, style) in enumerate(zip(_chart_words(target), (title, below), strict=True)):
            sheet.merge_range(f"{left}{row + line}:{right}{row + line}", "", style)
            sheet.write_formula(f"{left}{row + line}", f"={formula}", style, "")
        if target.kind is TargetKind.LEVEL:
            chart = _trajectory_chart(book, start, setup.plan)
        else:
            chart = _unit_chart(book, start, drawn_units(setup), target)
        letters = [
            layouts.column_letters(n) for n in range(layouts.column_number(left), layouts.column_number(right) + 1)
        ]
        width = sum(int(WIDTHS[name] * 7 + 5) for name in letters)
        chart.set_size({"width": width - 8, "height": CHART_ROWS * CHART_ROW_HEIGHT * 4 // 3 - 4})
        sheet.insert_chart(f"{left}{row + 2}", chart, {"object_position": 1, "x_offset": 0, "y_offset": 2})
    sheet.set_row(row - 1, 21)
    sheet.set_row(row, 17)
    for n in range(CHART_ROWS):
        sheet.set_row(row + 1 + n, CHART_ROW_HEIGHT)
    return row + 2 + CHART_ROWS


def _chart_words(target: Target) -> tuple[str, str]:
    """Title and second line of a chart, as formulas: they follow the year and the office's own names."""
    name = f'IFERROR(INDEX({TARGETS.whole("TEN")},MATCH("{target.id}",{TARGETS.whole("MA")},0))&"","")'
    key = group_key(f'"{target.id}"')
    value, goal = (figure_formula(code, key, '""').removeprefix("=") for code in ("value_text", "goal_text"))
    drawn = {TargetKind.LEVEL: "từng năm, so với lộ trình", TargetKind.FLOOR: "thanh đậm: dưới sàn"}
    facts = f'IF({value}&""="",""," · "&{value}&", mục tiêu "&{goal})'
    return f'"{target.id} · "&{name}', f'"{drawn.get(target.kind, "của từng đơn vị")}"&{facts}'


SMALL = {"name": layouts.FONT, "size": 11, "color": INK}


def _unit_chart(book: xlsxwriter.Workbook, start: str, bars: int, target: Target) -> Chart:
    chart = book.add_chart({"type": "bar", "subtype": "stacked"})
    first, last = CHART_TOP + 1, CHART_TOP + bars
    series = [(_shift(start, 1), "#BFB4AC")]
    if target.kind is TargetKind.FLOOR:
        series.append((_shift(start, 2), RED))
    for letters, colour in series:
        chart.add_series(
            {
                "name": "đạt sàn" if letters == _shift(start, 1) else "dưới sàn",
                "categories": f"='{CALC_TAB}'!${start}${first}:${start}${last}",
                "values": f"='{CALC_TAB}'!${letters}${first}:${letters}${last}",
                "fill": {"color": colour},
                "gap": 35,
            }
        )
    chart.set_legend({"none": True})
    chart.set_y_axis(
        {"reverse": True, "num_font": SMALL, "line": {"none": True}, "major_tick_mark": "none", "interval_unit": 1}
    )
    chart.set_x_axis({"visible": False, "major_gridlines": {"visible": False}, "min": 0})
    return _quiet(chart)


def _trajectory_chart(book: xlsxwriter.Workbook, start: str, plan: Plan) -> Chart:
    chart = book.add_chart({"type": "line"})
    first, last = CHART_TOP + 1, CHART_TOP + 1 + plan.last_year - plan.first_year
    years = f"='{CALC_TAB}'!${start}${first}:${start}${last}"
    dashed = {"color": "#8A8A8A", "dash_type": "dash", "width": 1.5}
    mark = {"type": "circle", "size": 7, "fill": {"color": RED}, "border": {"color": RED}}
    for by, name, line, marker in (
        (1, "Lộ trình", dashed, {"type": "none"}),
        (2, "Thực hiện", {"color": RED, "width": 2.5}, mark),
    ):
        letters = _shift(start, by)
        values = f"='{CALC_TAB}'!${letters}${first}:${letters}${last}"
        chart.add_series({"name": name, "categories": years, "values": values, "line": line, "marker": marker})
    chart.show_blanks_as("span")
    chart.set_legend({"position": "top", "font": SMALL})
    chart.set_x_axis({"num_font": SMALL, "line": {"color": LINE}, "major_tick_mark": "none"})
    grid = {"visible": True, "line": {"color": "#E8E4E1", "width": 0.75}}
    chart.set_y_axis(
        {"num_font": SMALL, "num_format": "0.0%", "line": {"none": True}, "min": 0, "major_gridlines": grid}
    )
    return _quiet(chart)


def _quiet(chart: Chart) -> Chart:
    chart.set_chartarea({"border": {"none": True}, "fill": {"none": True}})
    chart.set_plotarea({"fill": {"none": True}})
    chart.set_title({"none": True})
    chart.show_hidden_data()
    return chart


LEGEND = (
    "✔ đạt   ★ vượt   ▲ đúng lộ trình   ▼ chậm lộ trình   ✘ chưa đạt   ◆ ngoài khoảng   ? chưa đủ số liệu   "
    "○ không có số liệu"
)
READING = (
    "Chắc chắn: báo cáo còn thiếu không đổi được kết luận.  Tạm tính: có số của kỳ trước hoặc chờ xét nghiệm.  "
    "Thanh đầy: đã tới mục tiêu.  Độ phủ: đơn vị đã báo cáo / phải báo cáo.  "
    "Bấm kết quả để tới từng phường, rồi bấm số của phường để tới dòng gốc."
)


def _write_foot(sheet: Worksheet, styles: Styles, row: int) -> int:
    """How to read the board, and the conventions in force; return the last row (1-based)."""
    small = {"font_size": 12, "font_color": GREY, "text_wrap": True, "valign": "top"}
    lines: tuple[tuple[str, float, dict[str, Any]], ...] = (
        (f'"{LEGEND}"', 20, {"font_color": INK, "valign": "vcenter", "top": 1, "top_color": LINE}),
        (f'"{READING}"', 18, {}),
        (f'IF({NAME_FOOTNOTES}="","","Quy ước đang dùng: "&{NAME_FOOTNOTES}&".")', 38, {}),
    )
    for n, (formula, height, look) in enumerate(lines):
        style = styles.of(**{**small, **look})
        sheet.merge_range(f"B{row + n}:K{row + n}", "", style)
        if formula.startswith('"'):
            sheet.write_string(f"B{row + n}", formula.strip('"'), style)
        else:
            sheet.write_formula(f"B{row + n}", f"={formula}", style, "")
        sheet.set_row(row + n - 1, height)
    return row + len(lines) - 1
