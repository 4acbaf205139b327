"""``Theo phường``: the units of the year shown against all targets, by formulas over ``tblSoLieu``.

Every unit's figure leads to the first row it counts on its data sheet. The hidden sheet ``_Phường`` finds the rows
once; the visible sheet and the charts of the board read it. Rows are places in the year (first unit, second unit …),
not units: when four wards follow twelve, the spare places simply stay empty.
"""

from __future__ import annotations

from dataclasses import dataclass

from xlsxwriter.worksheet import Worksheet

from workbooks import layouts
from workbooks.layouts import GREY, PAPER, RED
from workbooks.master_style import Styles, set_page, write_title
from workbooks.master_tables import FIGURES, NAME_YEAR
from workbooks.setup_tables import TARGETS, figure_formula, group_key, is_share
from xl_ctd.core.setup import Setup
from xl_ctd.core.targets import Aggregation, Target

UNITS_CALC_TAB = "_Phường"
SPARE_PLACES = 8
"""Places for units that the office may still add."""

FIRST_PLACE = 6
"""1-based row of the first unit on the hidden sheet."""
UNIT_COLUMN, FOUND_COLUMN, NAME_COLUMN = "C", "B", "D"

NAME_ROW, GOAL_ROW, RESULT_ROW, WORD_ROW, SUM_ROW, FIRST_UNIT_ROW = 4, 5, 6, 7, 8, 9
"""1-based rows of the visible sheet."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the hidden sheet keeps what it found: one block of columns for each thing, one column a target."""

    count: int
    targets: int

    @property
    def last(self) -> int:
        """1-based row of the last place."""
        return FIRST_PLACE + self.count - 1

    def column(self, block: str, target: int) -> str:
        """Column letters of a target in the block ``found``, ``value``, ``numerator`` or ``denominator``."""
        start = 6 + ("found", "value", "numerator", "denominator").index(block) * (self.targets + 1)
        return layouts.column_letters(start + target)

    def cells(self, block: str, target: int) -> str:
        """All places of a target in a block, as a formula names them."""
        letters = self.column(block, target)
        return f"'{UNITS_CALC_TAB}'!${letters}${FIRST_PLACE}:${letters}${self.last}"


def places_of(setup: Setup) -> Places:
    """As many places as the fullest year of the plan needs (and one for the city), and some to spare."""
    plan = setup.plan
    fullest = max(len(setup.units.expected_in(year)) for year in range(plan.first_year, plan.last_year + 1))
    return Places(fullest + 1 + SPARE_PLACES, max(len(setup.targets), 1))


def write_unit_places(sheet: Worksheet, styles: Styles, setup: Setup, places: Places) -> None:
    """Fill the hidden sheet: who stands at each place of the year shown, and in which rows their figures are."""
    plain = styles.of(font_size=9)
    slot, key = FIGURES.whole("slot"), FIGURES.whole("key")
    sheet.write_string("A1", "Số đơn vị của năm đang xem", plain)
    sheet.write_formula("B1", f'=COUNTIF({slot},{NAME_YEAR}&"#*")-COUNTIF({slot},{NAME_YEAR}&"#0")', plain, 0)
    for n, target in enumerate(setup.targets):
        for block in ("found", "value", "numerator", "denominator"):
            sheet.write_string(f"{places.column(block, n)}{FIRST_PLACE - 1}", f"{target.id} {block}", plain)
    for place in range(1, places.count + 1):
        row = FIRST_PLACE + place - 1
        sheet.write_number(f"A{row}", place, plain)
        # The city stands behind the last unit.
        wanted = f'{NAME_YEAR}&"#"&IF(A{row}<=$B$1,A{row},IF(A{row}=$B$1+1,0,"x"))'
        sheet.write_formula(f"B{row}", f"=IFERROR(MATCH({wanted},{slot},0),0)", plain, 0)
        for letters, code in (("C", "uid"), ("D", "unit")):
            formula = f'=IF(B{row}=0,"",INDEX({FIGURES.whole(code)},B{row})&"")'
            sheet.write_formula(f"{letters}{row}", formula, plain, "")
        for n, target in enumerate(setup.targets):
            found = f"{places.column('found', n)}{row}"
            match = f'IFERROR(MATCH({NAME_YEAR}&"|"&$C{row}&"|{target.id}",{key},0),0)'
            sheet.write_formula(found, f"=IF($B{row}=0,0,{match})", plain, 0)
            for block in ("value", "numerator", "denominator"):
                formula = f'=IF({found}=0,"",IF(INDEX({_whole(block)},{found})="","",INDEX({_whole(block)},{found})))'
                sheet.write_formula(f"{places.column(block, n)}{row}", formula, plain, "")


def _whole(code: str) -> str:
    return FIGURES.whole(code)


def target_column(number: int) -> str:
    """Column letters of the n-th target (from 0) on ``Theo phường``.

    >>> target_column(0)
    'B'
    """
    return layouts.column_letters(number + 2)


def write_by_unit(sheet: Worksheet, styles: Styles, setup: Setup, places: Places) -> None:
    """Fill the visible sheet."""
    guidance = (
        "Bấm vào một số để tới dòng gốc của đơn vị; ở đó có tệp nguồn, trang tính và dòng. "
        "Toàn khu vực gồm cả số của thành phố, việc nhiều đơn vị cùng ghi tính một lần; Cộng các đơn vị thì không."
    )
    write_title(sheet, styles, layouts.BY_UNIT_TAB, guidance)
    sheet.write_formula("C1", f'="năm "&{NAME_YEAR}', styles.of(font_size=16, bold=True, font_color=RED), "")
    _write_labels(sheet, styles)
    for n, target in enumerate(setup.targets):
        _write_target_column(sheet, styles, n, target, places, setup.units.city)
    for place in range(places.count):
        row = FIRST_UNIT_ROW + place
        name = f"'{UNITS_CALC_TAB}'!${NAME_COLUMN}${FIRST_PLACE + place}"
        sheet.write_formula(f"A{row}", f"={name}", styles.of(indent=1), "")
        sheet.set_row(row - 1, 24)
    _colour_results(sheet, styles, places)
    _rule_lines(sheet, styles, places)
    sheet.set_column(0, 0, 23)
    sheet.set_column(1, max(len(setup.targets), 1), 14.5)
    set_page(sheet, layouts.BY_UNIT_TAB)
    sheet.fit_to_pages(1, 1)
    sheet.print_area(f"A1:{target_column(max(places.targets - 1, 0))}{FIRST_UNIT_ROW + places.count - 1}")
    sheet.freeze_panes(FIRST_UNIT_ROW - 1, 1)


def _write_labels(sheet: Worksheet, styles: Styles) -> None:
    sheet.write_string(f"A{NAME_ROW - 1}", "Đơn vị", styles.header(align="left", indent=1))
    labels = {
        NAME_ROW: "",
        GOAL_ROW: "Mục tiêu",
        RESULT_ROW: "Toàn khu vực",
        WORD_ROW: "Đánh giá",
        SUM_ROW: "Cộng các đơn vị",
    }
    for row, label in labels.items():
        sheet.write_string(f"A{row}", label, styles.of(bold=True, bg_color=PAPER, indent=1))
    sheet.set_row(NAME_ROW - 2, 22)
    sheet.set_row(NAME_ROW - 1, 58)
    sheet.set_row(GOAL_ROW - 1, 33)
    for row in (RESULT_ROW, SUM_ROW):
        sheet.set_row(row - 1, 24)
    sheet.set_row(WORD_ROW - 1, 33)


def _write_target_column(sheet: Worksheet, styles: Styles, n: int, target: Target, places: Places, city: str) -> None:
    letters, key = target_column(n), group_key(f'"{target.id}"')
    paper = {"bg_color": PAPER, "align": "center"}
    link = f'=HYPERLINK("#\'{TARGETS.tab}\'!A"&IFERROR(MATCH("{target.id}",{TARGETS.whole("MA")},0),1),"{target.id}")'
    sheet.write_formula(f"{letters}{NAME_ROW - 1}", link, styles.header(), target.id)
    name = f'=IFERROR(INDEX({TARGETS.whole("TEN")},MATCH("{target.id}",{TARGETS.whole("MA")},0)),"")'
    small = styles.of(font_size=9.5, font_color=GREY, text_wrap=True, valign="top", **paper)
    sheet.write_formula(f"{letters}{NAME_ROW}", name, small, target.name)
    blank, dash = '""', '"–"'
    goal = figure_formula("goal_text", key, blank) + '&""'
    sheet.write_formula(f"{letters}{GOAL_ROW}", goal, styles.of(font_color=GREY, text_wrap=True, **paper), "")
    result = figure_formula("value_text", key, dash).removeprefix("=") + '&""'
    tab, row = (figure_formula(code, key, blank).removeprefix("=") for code in ("link_tab", "link_row"))
    # What the city alone keeps leads straight to its rows; a sum of wards is opened ward by ward below.
    opened = f'=IF({row}&""="",{result},HYPERLINK("#\'"&{tab}&"\'!B"&{row},{result}))'
    sheet.write_formula(f"{letters}{RESULT_ROW}", opened, styles.of(bold=True, shrink=True, **paper), "–")
    symbol, word = figure_formula("symbol", key, blank), figure_formula("word", key, blank).removeprefix("=")
    said = styles.of(bold=True, font_size=9.5, text_wrap=True, **paper)
    sheet.write_formula(f"{letters}{WORD_ROW}", f'=TRIM({symbol.removeprefix("=")}&" "&{word})', said, "")
    total = styles.of(num_format=_total_format(target), shrink=True, **paper)
    sheet.write_formula(f"{letters}{SUM_ROW}", _total_formula(n, target, places, city), total, "–")
    body = styles.of(align="center", shrink=True)
    for place in range(places.count):
        found = f"'{UNITS_CALC_TAB}'!${places.column('found', n)}${FIRST_PLACE + place}"
        symbol = f"INDEX({_whole('symbol')},{found})"  # a dash says that the unit is not judged: then nothing stands
        text = f'TRIM(INDEX({_whole("value_text")},{found})&" "&SUBSTITUTE({symbol},"–",""))'
        row = f"INDEX({_whole('link_row')},{found})"
        link = f'HYPERLINK("#\'"&INDEX({_whole("link_tab")},{found})&"\'!B"&{row},{text})'
        formula = f'=IF({found}=0,"",IF({row}="",{text},{link}))'
        sheet.write_formula(f"{letters}{FIRST_UNIT_ROW + place}", formula, body, "")


def _total_format(target: Target) -> str:
    if is_share(target):
        return "0." + "0" * max(target.decimals, 1) + "%"
    return "#,##0"


def _total_formula(n: int, target: Target, places: Places, city: str) -> str:
    """The sum where a sum is right, the ratio of sums where a ratio is, a count where units are judged one by one.

    The city's own rows add to a sum, but the city is no ward: its people are the wards' people, and a share of the
    wards is told of wards.
    """
    values = places.cells("value", n)
    uids = f"'{UNITS_CALC_TAB}'!${UNIT_COLUMN}${FIRST_PLACE}:${UNIT_COLUMN}${places.last}"
    wards = f'SUMPRODUCT(ISNUMBER({values})*({uids}<>"{city}"))'
    some = f"COUNT({values})"
    if target.aggregation is Aggregation.SUM:
        answer = f"SUM({values})"
    elif target.aggregation is Aggregation.RATIO_OF_SUMS:
        above, below = places.cells("numerator", n), places.cells("denominator", n)
        whole = f'SUMIF({uids},"<>{city}",{below})'
        some = f"IF(COUNT({above})=COUNT({below}),{whole},0)"
        answer = f"SUM({above})/{whole}"
    elif target.aggregation is Aggregation.ANY:
        some, answer = wards, f'COUNTIFS({values},">0",{uids},"<>{city}")&"/"&{wards}'
    elif target.aggregation is Aggregation.PER_UNIT:
        goal = figure_formula("goal", group_key(f'"{target.id}"'), "0").removeprefix("=")
        some, answer = wards, f'COUNTIFS({values},">="&{goal},{uids},"<>{city}")&"/"&{wards}'
    else:
        return '="–"'
    return f'=IF({some}=0,"–",{answer})'


def _colour_results(sheet: Worksheet, styles: Styles, places: Places) -> None:
    last = target_column(places.targets - 1)
    marks = (("✘", layouts.BAD), ("◆", layouts.AMBER), ("▼", layouts.AMBER), ("?", layouts.AMBER), ("✔", layouts.GREEN))
    for top, bottom in ((WORD_ROW, WORD_ROW), (FIRST_UNIT_ROW, FIRST_UNIT_ROW + places.count - 1)):
        for mark, colour in (*marks, ("★", layouts.GREEN), ("▲", layouts.GREEN), ("○", layouts.NONE)):
            criteria = f'=OR(LEFT(B{top},1)="{mark}",RIGHT(B{top},1)="{mark}")'
            look = styles.colour_only(colour, line=top != WORD_ROW)
            rule = {"type": "formula", "criteria": criteria, "format": look}
            sheet.conditional_format(f"B{top}:{last}{bottom}", rule)


def _rule_lines(sheet: Worksheet, styles: Styles, places: Places) -> None:
    """A thin line under each unit that exists in the year shown, none under the spare places."""
    last = target_column(places.targets - 1)
    cells = f"A{FIRST_UNIT_ROW}:{last}{FIRST_UNIT_ROW + places.count - 1}"
    rule = {"type": "formula", "criteria": f'=$A{FIRST_UNIT_ROW}<>""', "format": styles.line_only()}
    sheet.conditional_format(cells, rule)
