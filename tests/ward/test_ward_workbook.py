"""A unit's workbook: what it holds as it is sent out, and what its own formulas say once it is filled."""

import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from workbooks import layouts
from workbooks.build_ward import build_unit_workbook, next_year_rows
from workbooks.read import read_submission
from xl_ctd.core.records import Rows
from xl_ctd.core.rids import is_ours, mint
from xl_ctd.core.submissions import SourceInfo, UnitYear
from xl_ctd.core.tables import BY_CODE, WARD_TABLES
from xl_ctd.core.tallies import tally
from xl_ctd.plans import setup_for

YEAR = 2024
SETUP = setup_for("TS", YEAR)
UNIT = SETUP.units.find("09382", YEAR)[0]
Tables = Mapping[str, Sequence[Mapping[str, object]]]


def d(text: str) -> date:
    day, month, year = map(int, text.split("/"))
    return date(year, month, day)


def built(path: Path, *, cover: Mapping[str, object] | None = None, tables: Tables | None = None) -> Path:
    build_unit_workbook(path, unit=UNIT, year=YEAR, setup=SETUP, cover=cover, tables=tables, created=date(YEAR, 1, 2))
    return path


def organisation(number: int, **more: object) -> dict[str, object]:
    has = number <= 15
    return {
        "MA": f"TH-{number:02d}",
        "TEN": f"Trường số {number}",
        "LOAI_HINH": "Trường học" if number % 2 else "CQ",
        "CO_HOI": "Có" if has else "K",
        "NGAY_TL": d("8/5/2010") if has else None,
        **more,
    }


def address(code: str, **more: object) -> dict[str, object]:
    return {
        "MA_DC": code,
        "KHU_PHO": "Nghè",
        "NHOM": "Hộ nghèo",
        "NGAY_KS": d("3/11/2023"),
        "NGAY_CN": d("2/2/2024"),
        "TINH_TRANG": "Chờ kết nối",
        "DONG_Y": "Có",
        **more,
    }


def support(number: int, code: str, day: str, amount: object, **more: object) -> dict[str, object]:
    return {
        "MA_HT": f"HT-{number}",
        "MA_DC": code,
        "NGAY": d(day),
        "HINH_THUC": "Tiền mặt",
        "GIA_TRI": amount,
        "DV_TH": "Hội phường",
        **more,
    }


def entry(number: int, day: str, flow: str, amount: object, **more: object) -> dict[str, object]:
    return {
        "SO_CT": f"CT-{number}",
        "NGAY": d(day),
        "THU_CHI": flow,
        "KHOAN_MUC": "Hội phí",
        "NOI_DUNG": "Nội dung",
        "SO_TIEN": amount,
        **more,
    }


FILLED: Tables = {
    "DON_VI": [
        *(organisation(number) for number in range(1, 21)),
        organisation(21, LOAI_HINH="Doanh nghiệp"),
        organisation(1, MA="CQ-99", NGAY_NGUNG=d("1/3/2024")),
    ],
    "DIA_CHI": [
        *(address(f"DK-{number}") for number in range(1, 6)),
        address("dk- 1"),  # the first address once more
        address("DK-STALE", NGAY_CN=d("1/5/2023")),
        address("DK-ENDED", NGAY_KT=d("31/12/2023")),
    ],
    "HO_TRO": [
        support(1, "DK-1", "5/2/2024", 500_000, NGUON="Tự vận động"),
        support(2, "DK-1", "5/5/2024", 500_000, NGUON="TVD"),
        support(3, "dk-2", "6/5/2024", Decimal(700_000), NGUON="Cấp trên chuyển"),
        support(4, "DK-3", "6/5/2024", 300_000, MA_HD="HD-1"),
        support(5, "DK-4", "6/6/2024", "20 triệu"),
        support(6, "DK-5", "6/6/2023", 100_000),
        support(7, "DK-XXX", "6/6/2024", 200_000),
    ],
    "HOAT_DONG": [
        {
            "MA_HD": "HD-1",
            "NGAY_BD": d("28/1/2024"),
            "LOAI": "Quà Tết",
            "TEN": "Tết Nhân ái",
            "NAM_TET": 2024,
            "TIEN": 18_600_000,
            "HIEN_VAT": 6_200_000,
            "CAP_TREN": 5_000_000,
        },
        {
            "MA_HD": "HD-2",
            "NGAY_BD": d("7/4/2024"),
            "LOAI": "TT",
            "TEN": "Hiến máu",
            "TIEN": "1,5 triệu",
            "LONG_GHEP": "C",
        },
    ],
    "HIEN_MAU": [
        {
            "MA_DOT": "HM-1",
            "NGAY": d("7/4/2024"),
            "TIEP_NHAN": 105,
            "TUI_250": 40,
            "TUI_350": 60,
            "TUI_450": 5,
            "HUY": 2,
        },
        {"MA_DOT": "HM-2", "NGAY": d("7/12/2023"), "TIEP_NHAN": 9, "TUI_250": 9},
    ],
    "HIEN_MO_TANG": [
        {"NGAY": d("1/6/2024"), "DANG_KY": 2, "HUY": 1},
        {"NGAY": d("1/5/2024"), "DANG_KY": 3},
    ],
    "QUY": [
        entry(1, "5/1/2024", "Thu", 20_000_000),
        entry(2, "2/2/2024", "C", 18_600_000),
        entry(3, "20/1/2024", "Thu", 4_200_000),
        entry(4, "20/3/2024", "Thu", 9_000_000, MUC_DICH="Có"),
        entry(5, "21/3/2024", "Thu", "2 triệu", NOI_DUNG=None),
    ],
    "DOI_MO_HINH": [
        {"TEN": "Đội quốc lộ 1", "LOAI": "SCC", "CON_HD": "Có"},
        {"TEN": "CLB sức khỏe", "LOAI": "Mô hình chăm sóc sức khỏe", "CON_HD": "Có", "HIEU_QUA": "Không"},
    ],
}
EXCEL_2010 = (
    "ABS AND COUNTA COUNTIF DATE EDATE FIXED IF IFERROR INDEX INT ISNA ISNUMBER ISTEXT LEFT LEN MATCH MAX MID MIN N "
    "NOT OFFSET OR ROUND ROUNDDOWN ROUNDUP ROW SUBSTITUTE SUM SUMPRODUCT TRIM"
)
LONGEST_FORMULA = 8192
COVER = {"DU_DAU": 14_300_000, "NGUOI_LAP": "Người lập", "NGAY_LAP": d("31/12/2024")}


def recalculated(source: Path, folder: Path) -> Path:
    """The workbook as LibreOffice calculates and saves it."""
    folder.mkdir(exist_ok=True)
    office = shutil.which("soffice")
    assert office, "LibreOffice is needed to recalculate"
    command = [office, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to"]
    command += ["xlsx:Calc MS Excel 2007 XML", "--outdir", str(folder), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return folder / source.name


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    return openpyxl.load_workbook(built(tmp_path_factory.mktemp("blank") / "ward.xlsx"))


@pytest.fixture(scope="module")
def saved_by_office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("office")
    (folder / "in").mkdir()
    return recalculated(built(folder / "in" / "ward.xlsx", cover=COVER, tables=FILLED), folder)


@pytest.fixture(scope="module")
def answers(saved_by_office: Path) -> Workbook:
    return openpyxl.load_workbook(saved_by_office, data_only=True)


def lines(book: Workbook, first: str) -> dict[str, tuple[object, ...]]:
    """The result sheet's lines by what stands in the column ``first``: value, detail or count, judgement, remark."""
    number = ord(first) - ord("A")
    rows = book[layouts.RESULT_TAB].iter_rows(min_row=6, values_only=True)
    return {str(row[number]): (row[2], row[3], row[5], row[6]) for row in rows if row[number]}


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path) -> None:
    one = built(tmp_path / "one.xlsx", cover=COVER, tables=FILLED)
    two = built(tmp_path / "two.xlsx", cover=COVER, tables=FILLED)
    assert one.read_bytes() == two.read_bytes()


def test_tabs_stand_in_the_order_of_work_and_the_rest_is_hidden(blank: Workbook) -> None:
    visible = [sheet.title for sheet in blank if sheet.sheet_state == "visible"]
    assert ["Bìa", "Kết quả", *(layouts.TABS[table.code] for table in WARD_TABLES)] == visible
    assert {"Lỗi": "hidden", "_DM": "hidden", "_META": "veryHidden"} == {
        sheet.title: sheet.sheet_state for sheet in blank if sheet.sheet_state != "visible"
    }


@pytest.mark.parametrize("table", WARD_TABLES, ids=lambda table: table.code)
def test_a_table_has_its_codes_headers_and_an_id_for_every_prepared_row(blank: Workbook, table: object) -> None:
    table = BY_CODE[table.code]  # type: ignore[attr-defined]
    sheet, columns = blank[layouts.TABS[table.code]], layouts.unit_columns(table)
    assert [f"{table.code}.{c.code}" for c in columns] == [
        sheet[f"{c.letters}{layouts.CODE_ROW}"].value for c in columns
    ]
    assert [c.header for c in columns] == [sheet[f"{c.letters}{layouts.HEADER_ROW}"].value for c in columns]
    last = layouts.HEADER_ROW + layouts.BLANK_ROWS[table.code]
    assert f"A{layouts.HEADER_ROW}:{columns[-1].letters}{last}" == sheet.tables[f"tbl{table.code}"].ref
    rids = [sheet[f"{columns[-1].letters}{row}"].value for row in range(layouts.FIRST_ROW, last + 1)]
    assert [mint(UNIT.code, UNIT.uid, table.code, f"{YEAR}/{n}") for n in range(1, len(rids) + 1)] == rids
    assert all(is_ours(rid, UNIT.code) for rid in rids)
    hidden = sheet.row_dimensions[layouts.CODE_ROW].hidden, sheet.column_dimensions[columns[-1].letters].hidden
    assert (True, True) == hidden


def test_identifiers_are_text_before_anybody_types(blank: Workbook) -> None:
    formats = {
        sheet[f"{column.letters}{layouts.FIRST_ROW}"].number_format
        for table in WARD_TABLES
        for sheet in [blank[layouts.TABS[table.code]]]
        for column in layouts.unit_columns(table)[:-1]
        if table.by_code[column.code].kind.value == "identifier"
    }
    assert {"@"} == formats


def test_tables_stay_open_while_cover_result_and_structure_are_protected(tmp_path: Path, blank: Workbook) -> None:
    assert ["Bìa", "Kết quả"] == [sheet.title for sheet in blank if sheet.protection.sheet]
    with zipfile.ZipFile(built(tmp_path / "ward.xlsx")) as package:
        assert b'<workbookProtection lockStructure="1"/>' in package.read("xl/workbook.xml")


def test_headers_ids_and_formulas_refuse_typing(blank: Workbook) -> None:
    sheet = blank["Sổ quỹ"]
    guarded = [str(rule.sqref) for rule in sheet.data_validations.dataValidation if rule.formula1 == "FALSE"]
    assert ["A1:L6", "K7:K3000", "L7:L3000"] == guarded


def test_money_takes_words_but_no_fraction(blank: Workbook) -> None:
    rules = {str(rule.sqref): rule for rule in blank["Sổ quỹ"].data_validations.dataValidation}
    money = rules["H7:H3000"]
    assert ("custom", "OR(ISTEXT(H7),AND(ISNUMBER(H7),H7>=1,H7=INT(H7)))") == (money.type, money.formula1)


def test_only_functions_of_excel_2010_are_used(tmp_path: Path) -> None:
    known = set(EXCEL_2010.split())
    with zipfile.ZipFile(built(tmp_path / "ward.xlsx")) as package:
        parts = [package.read(name).decode() for name in package.namelist() if name.startswith("xl/work")]
    formulas = [text for part in parts for text in re.findall(r"<(?:f|definedName[^>]*|formula)>([^<]+)<", part)]
    without_texts = [re.sub(r"&quot;.*?&quot;|\"[^\"]*\"|\[[^\]]*\]", "", formula) for formula in formulas]
    used = {name for formula in without_texts for name in re.findall(r"([A-Z][A-Z0-9.]*)\(", formula)}
    assert used
    assert set() == used - known
    assert max(map(len, formulas)) < LONGEST_FORMULA


def test_the_units_own_targets_are_judged_as_by_hand(answers: Workbook) -> None:
    told = lines(answers, "A")
    assert {
        "TS-02": (0.75, "15/20 đơn vị", "✘ CHƯA ĐẠT", "còn thiếu 1 đơn vị"),
        "TS-03": (0.8, "4/5 địa chỉ", "✔ ĐẠT", None),
        "TS-04": (1, "đợt", "✔ ĐẠT", None),
        "TS-10": (1, "cuộc", "✔ ĐẠT", None),
        "TS-12": (
            19_900_000,
            "dư đầu + thu − chi",
            "✘ CHƯA ĐẠT",
            "còn thiếu 100.000 đồng; 1 ô tiền ghi chữ chưa cộng",
        ),
    } == {target: told[target] for target in ("TS-02", "TS-03", "TS-04", "TS-10", "TS-12")}


def test_its_parts_of_the_citys_targets_are_counted_as_by_hand(answers: Workbook) -> None:
    told = lines(answers, "A")
    assert {
        "TS-05": (0, "– CHƯA CÓ"),
        "TS-06": (1, "✔ GÓP 1 ĐỘI"),
        "TS-07": (0, "– CHƯA CÓ"),
        "TS-08": (103, "✔ GÓP 103 ĐƠN VỊ"),
        "TS-09": (105, "✔ GÓP 105 LƯỢT"),
        "TS-11": (4, "✔ GÓP 4 NGƯỜI"),
        # 18.6 + 6.2 − 5 from above, and 0.5 + 0.5 + 0.2 of supports neither linked nor passed on
        "TS-14": (21_000_000, "✔ CÓ GÓP"),
    } == {
        target: (told[target][0], told[target][2])
        for target in told
        if target in ("TS-05", "TS-06", "TS-07", "TS-08", "TS-09", "TS-11", "TS-14")
    }


def test_the_sheet_counts_as_the_program_counts(tmp_path: Path, answers: Workbook) -> None:
    sent = read_submission(
        SourceInfo("ward.xlsx", "x"), built(tmp_path / "ward.xlsx", cover=COVER, tables=FILLED), setup=SETUP
    )
    assert sent.uid
    counted = tally(
        UnitYear(sent.uid, YEAR, sent.cover, sent.tables, submitted=True), date(YEAR, 1, 1), date(YEAR, 12, 31)
    )
    groups = [counted.associations[kind] for kind in ("CQ", "TH")]
    homes = {line.partition("|")[0] for line in counted.households.split("\n")}
    helped = homes & set(counted.helped.split("\n"))
    told = lines(answers, "A")
    assert {
        "TS-02": f"{sum(g.with_association for g in groups)}/{sum(g.active for g in groups)} đơn vị",
        "TS-03": f"{len(helped)}/{len(homes)} địa chỉ",
    } == {target: told[target][1] for target in ("TS-02", "TS-03")}
    assert {
        "TS-06": counted.teams["SCC"].number,
        "TS-07": counted.teams["CSSK"].effective,
        "TS-08": sum(s.bags_250 + s.bags_350 + s.bags_450 - s.discarded for s in counted.sessions),
        "TS-09": sum(s.received for s in counted.sessions),
        "TS-11": counted.organs_registered - counted.organs_withdrawn,
    } == {target: told[target][0] for target in ("TS-06", "TS-07", "TS-08", "TS-09", "TS-11")}


def test_an_audit_of_the_package_finds_nothing(tmp_path: Path) -> None:
    path = built(tmp_path / "ward.xlsx", cover=COVER, tables=FILLED)
    audit = subprocess.run(
        [sys.executable, "-m", "openxml_audit", str(path)], capture_output=True, text=True, check=False
    )
    assert (0, True) == (audit.returncode, "Errors: 0" in audit.stdout), audit.stdout


def test_what_to_look_at_before_sending_is_counted(answers: Workbook) -> None:
    told = lines(answers, "B")
    assert {
        "Cơ quan, đơn vị": (22, 0, "✔ ĐỦ", None),
        "Hỗ trợ": (7, 0, "✘ CẦN XEM", "1 lần hỗ trợ chưa có địa chỉ; 1 ô tiền ghi chữ (máy đọc khi gửi)"),
        "Hiến máu": (2, 0, "✘ CẦN XEM", None),
        "Sổ quỹ": (5, 1, "✘ CẦN XEM", "1 ô tiền ghi chữ (máy đọc khi gửi)"),
        "Nhiệm vụ": (0, 0, "– trống", None),
    } == {tab: told[tab] for tab in ("Cơ quan, đơn vị", "Hỗ trợ", "Hiến máu", "Sổ quỹ", "Nhiệm vụ")}
    assert "✘ Chưa nên gửi. 3 bảng cần xem lại (mục cuối trang)." == answers["Kết quả"]["A4"].value


def test_calculated_columns_show_what_was_written_beside_them(tmp_path: Path, answers: Workbook) -> None:
    ours = openpyxl.load_workbook(built(tmp_path / "ward.xlsx", cover=COVER, tables=FILLED), data_only=True)
    for table in WARD_TABLES:
        for column in layouts.unit_columns(table)[:-1]:
            if table.by_code[column.code].kind.value != "auto":
                continue
            cells = [f"{column.letters}{layouts.FIRST_ROW + n}" for n in range(len(FILLED.get(table.code, ())) + 2)]
            tab = layouts.TABS[table.code]
            assert [answers[tab][cell].value for cell in cells] == [ours[tab][cell].value for cell in cells]
    assert [34_300_000, 19_900_000, 38_500_000, 19_900_000, "chờ đọc", None] == [
        ours["Sổ quỹ"][f"K{row}"].value for row in range(7, 13)
    ]


def test_a_workbook_saved_by_another_program_reads_the_same(tmp_path: Path, saved_by_office: Path) -> None:
    ours = built(tmp_path / "ward.xlsx", cover=COVER, tables=FILLED)
    first, second = (
        read_submission(SourceInfo("ward.xlsx", "x"), path, setup=SETUP) for path in (ours, saved_by_office)
    )
    assert (UNIT.uid, YEAR) == (first.uid, first.year) == (second.uid, second.year)
    assert first.cover == second.cover
    assert {code: dict(rows.columns) for code, rows in first.tables.items()} == {
        code: dict(rows.columns) for code, rows in second.tables.items()
    }
    assert {code: rows.rids for code, rows in first.tables.items()} == {
        code: rows.rids for code, rows in second.tables.items()
    }


def test_an_untouched_workbook_reads_as_nothing_reported(tmp_path: Path) -> None:
    told = read_submission(SourceInfo("ward.xlsx", "x"), built(tmp_path / "ward.xlsx"), setup=SETUP)
    assert (UNIT.uid, YEAR, None) == (told.uid, told.year, told.hold)
    assert {table.code: 0 for table in WARD_TABLES} == {code: len(rows) for code, rows in told.tables.items()}


def test_next_year_keeps_what_exists_under_its_ids_and_opens_with_the_closing_balance() -> None:
    stock = Rows("DON_VI", ("r1",), {"MA": ("TH-01",), "LOAI_HINH": ("TH",), "CO_HOI": ("C",)}, (7,))
    fund = Rows(
        "QUY",
        ("a", "b", "c"),
        {
            "NGAY": (d("5/1/2024"), d("6/1/2024"), d("7/1/2024")),
            "THU_CHI": ("T", "C", "T"),
            "SO_TIEN": (20, 5, 100),
            "MUC_DICH": (None, "K", "C"),
        },
        (7, 8, 9),
    )
    cover, tables = next_year_rows(UnitYear(UNIT.uid, YEAR, {"DU_DAU": 1_000}, {"DON_VI": stock, "QUY": fund}))
    assert {"DU_DAU": 1_015} == cover
    assert {"DON_VI": [{"MA": "TH-01", "LOAI_HINH": "Trường học", "CO_HOI": "Có", "_rid": "r1"}]} == tables


def test_rows_keep_the_ids_they_come_with_and_others_get_theirs(tmp_path: Path) -> None:
    rows = [organisation(1, _rid="09382-KEPT"), organisation(2)]
    sheet = openpyxl.load_workbook(built(tmp_path / "ward.xlsx", tables={"DON_VI": rows}))["Cơ quan, đơn vị"]
    letters = layouts.unit_columns(BY_CODE["DON_VI"])[-1].letters
    expected = ["09382-KEPT", mint(UNIT.code, UNIT.uid, "DON_VI", f"{YEAR}/2")]
    assert expected == [sheet[f"{letters}{row}"].value for row in (7, 8)]


def test_rows_typed_below_the_prepared_ones_count_too(tmp_path: Path) -> None:
    path = built(tmp_path / "ward.xlsx", cover=COVER, tables=FILLED)
    book = openpyxl.load_workbook(path)
    sheet, below = book["Hiến mô, tạng"], layouts.FIRST_ROW + layouts.BLANK_ROWS["HIEN_MO_TANG"]
    sheet[f"A{below}"], sheet[f"B{below}"] = date(YEAR, 9, 1), 10
    book.save(path)
    told = lines(openpyxl.load_workbook(recalculated(path, tmp_path / "out"), data_only=True), "A")
    assert 14 == told["TS-11"][0]
