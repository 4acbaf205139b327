"""The gate: what is hostile or hopeless never reaches a parser, and what is innocent does."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from workbooks import gate
from workbooks.gate import Passed, Refused, inspect
from xl_ctd.core.findings import Severity

SAMPLES = Path(__file__).parent / "samples"


def package(parts: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return target.getvalue()


def workbook(cells: str = "", **more: bytes) -> bytes:
    """The smallest workbook that parsers open; ``more`` are parts by name."""
    return package(
        {
            "[Content_Types].xml": b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            b'<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
            b'spreadsheetml.sheet.main+xml"/></Types>',
            "_rels/.rels": b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            b'<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
            b'officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": b'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
            b'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
            b'<sheet name="S\xe1\xbb\x95 qu\xe1\xbb\xb9" sheetId="1" r:id="r1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
            b'relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
            b'relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
            "xl/worksheets/sheet1.xml": b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            b"<sheetData>" + cells.encode() + b"</sheetData></worksheet>",
            **more,
        }
    )


def refusal(data: bytes | Path, name: str = "báo cáo.xlsx") -> str:
    answer = inspect(data, name)
    assert isinstance(answer, Refused)
    return answer.finding.code


def value_at(reference: str) -> str:
    row = "".join(filter(str.isdigit, reference))
    return f'<row r="1"><c r="A1"><v>1</v></c></row><row r="{row}"><c r="{reference}"><v>2</v></c></row>'


def test_a_plain_workbook_passes_with_its_parts_and_digest():
    data = workbook(value_at("B7"))

    answer = inspect(data, "a.xlsx")

    assert isinstance(answer, Passed)
    assert ("xlsx", (), 32) == (answer.kind, answer.findings, len(answer.digest))
    assert answer.parts["xl/worksheets/sheet1.xml"].endswith(b"</sheetData></worksheet>")


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("file-empty", b""),
        ("file-empty", b"\0" * 4096),
        ("not-a-workbook", b"Ten,So tien\nA,1\n"),
        ("not-a-workbook", b"%PDF-1.7 ..."),
        ("not-a-workbook", gate.OLE + b"\0" * 512),
        ("not-a-workbook", package({"word/document.xml": b"<w/>", "[Content_Types].xml": b"<Types/>"})),
        ("file-xlsb", package({"xl/workbook.bin": b"\x83\x01", "[Content_Types].xml": b"<Types/>"})),
        ("file-truncated", workbook()[:-400]),
        ("file-truncated", b"PK\x03\x04" + b"\1" * 100),
    ],
)
def test_a_file_that_is_no_readable_workbook_is_named_for_what_it_is(code, data):
    assert code == refusal(data)


def test_bytes_name_no_case(request: pytest.FixtureRequest) -> None:
    named = [item.nodeid for item in request.session.items if "PK\\x03" in item.nodeid]

    assert [] == named


def test_every_cut_of_a_file_is_refused_and_never_raises():
    data = workbook(value_at("B7"))

    assert {"file-empty", "not-a-workbook", "file-truncated"} == {refusal(data[:n]) for n in range(len(data))}


def test_a_password_and_the_old_format_are_told_apart():
    assert "file-encrypted" == refusal(SAMPLES / "password-protected.xlsx")
    assert "file-xls" == refusal(SAMPLES / "excel-97.xls")


def test_a_lock_file_is_passed_over_as_mere_information():
    answer = inspect(b"\5Hoa\0\0", "~$CTD_09382_2024.xlsx")

    assert isinstance(answer, Refused)
    assert ("lock-file", Severity.INFO) == (answer.finding.code, answer.finding.severity)


def test_a_bomb_is_refused_before_it_inflates():
    assert "file-bomb" == refusal(workbook(**{"xl/media/big.xml": b" " * (64 << 20)}))


def test_sizes_are_counted_on_real_bytes_not_on_what_the_directory_says():
    data = bytearray(workbook(**{"xl/bomb.xml": b" " * (2 << 20)}))
    honest = (2 << 20).to_bytes(4, "little")
    assert 2 == data.count(honest)
    lying = bytes(data).replace(honest, (100).to_bytes(4, "little"))

    assert "file-bomb" == refusal(lying)


def test_more_parts_than_any_workbook_has_are_refused():
    assert "file-bomb" == refusal(workbook(**{f"xl/p{n}.xml": b"<a/>" for n in range(gate.PARTS_LIMIT)}))


@pytest.mark.parametrize(
    "prolog",
    [b"<!DOCTYPE x [<!ENTITY a 'ha'>]>", b"<?xml version='1.0'?>\n<!-- " + b"x" * 9000 + b" -->\n<!DOCTYPE x []>"],
)
def test_a_document_type_is_refused_however_far_down_it_hides(prolog):
    assert "file-hostile" == refusal(workbook(**{"xl/sharedStrings.xml": prolog + b"<sst/>"}))


@pytest.mark.parametrize("name", ["../evil.xml", "/etc/passwd", "xl\\..\\..\\evil.xml", "C:/evil.xml"])
def test_a_part_that_would_leave_its_folder_is_refused(name):
    assert "file-hostile" == refusal(workbook(**{name: b"<a/>"}))


def test_two_parts_of_one_name_are_refused():
    twice = io.BytesIO(workbook())
    with zipfile.ZipFile(twice, "a") as file:
        file.writestr("xl/Worksheets/SHEET1.xml", b"<worksheet/>")

    assert "file-hostile" == refusal(twice.getvalue())


@pytest.mark.parametrize("reference", ["XFD1048576", "xfd1048576", "A1048576", "XFD9999", "xfd9999", "ABC50000"])
def test_a_value_in_a_far_corner_is_refused_and_its_cell_named(reference):
    cells = value_at(reference)
    if reference.startswith("A1"):
        cells = cells.replace('"A1"', '"N1"')

    answer = inspect(workbook(cells), "góc xa.xlsx")

    assert isinstance(answer, Refused)
    where = answer.finding.where
    assert ("value-far-away", "Sổ quỹ") == (answer.finding.code, where.sheet)
    assert reference.upper().strip("ANX") in (where.cell or "") or "1048576" in (where.cell or "")


@pytest.mark.parametrize(
    "cell", ["<c r='XFD1048576'><v>1</v></c>", '<c\n s="1"\tr = "XFD1048576"><is><t>x</t></is></c>']
)
def test_a_far_value_is_seen_however_its_reference_is_written(cell):
    assert "value-far-away" == refusal(workbook(f'<row r="1048576">{cell}</row>'))


def test_a_far_row_whose_cells_have_no_reference_of_their_own_is_seen():
    cells = '<row r="1"><c r="ZZ1"><v>1</v></c></row><row r="1048576"><c><v>1</v></c></row>'

    assert "value-far-away" == refusal(workbook(cells))


def test_a_far_value_never_reaches_the_parser_that_it_would_abort(tmp_path):
    """In a process of its own: without the gate this file ends the whole process."""
    path = tmp_path / "value-at-XFD1048576.xlsx"
    path.write_bytes(workbook(value_at("XFD1048576")))
    program = (
        "import sys; from pathlib import Path; from workbooks.gate import inspect;"
        "print(inspect(Path(sys.argv[1]), 'x.xlsx').finding.code)"
    )

    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)

    assert "value-far-away" == done.stdout.strip()


def test_formats_far_down_without_values_are_innocent():
    rows = "".join(f'<row r="{n}"><c r="A{n}" s="1"/><c r="B{n}" s="1"/></row>' for n in range(2, 25_000))

    answer = inspect(workbook(value_at("C7") + rows), "a.xlsx")

    assert isinstance(answer, Passed)
    assert [("formats-to-clear", Severity.INFO, "Sổ quỹ", "25000")] == [
        (f.code, f.severity, f.where.sheet, f.args["rows"]) for f in answer.findings
    ]
    plain = inspect(workbook(value_at("C7")), "a.xlsx")
    assert isinstance(plain, Passed)
    assert plain.parts == answer.parts


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ("xl/vbaProject.bin", "workbook-has-macros"),
        ("xl/embeddings/oleObject1.bin", "workbook-has-embeddings"),
        ("xl/externalLinks/externalLink1.xml", "workbook-has-links"),
        ("xl/connections.xml", "workbook-has-connections"),
        ("xl/queryTables/queryTable1.xml", "workbook-has-connections"),
    ],
)
def test_what_could_act_in_excel_is_told_and_only_values_are_read(part, code):
    answer = inspect(workbook(value_at("B7"), **{part: b"<a/>"}), "a.xlsm")

    assert isinstance(answer, Passed)
    assert [code] == [finding.code for finding in answer.findings]


def test_a_link_that_calls_a_program_is_told_as_such():
    link = b'<externalLink><ddeLink ddeService="cmd" ddeTopic="/c calc"/></externalLink>'

    answer = inspect(workbook(**{"xl/externalLinks/externalLink1.xml": link}), "a.xlsx")

    assert isinstance(answer, Passed)
    assert ["workbook-has-dde"] == [finding.code for finding in answer.findings]


# --- OpenDocument ---------------------------------------------------------------------------------------------------


def ods(rows: str) -> bytes:
    content = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="Quỹ">{rows}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    return package({"mimetype": gate.ODS_MIMETYPE, "content.xml": content.encode()})


ODS_VALUE = '<table:table-cell{} office:value-type="float" office:value="1"><text:p>1</text:p></table:table-cell>'


def test_an_opendocument_workbook_passes_with_its_endless_blank_rows():
    answer = inspect(SAMPLES / "saved-by-libreoffice.ods", "a.ods")

    assert isinstance(answer, Passed)
    assert ("ods", ()) == (answer.kind, answer.findings)


@pytest.mark.parametrize(
    "rows",
    [
        f'<table:table-row table:number-rows-repeated="1048576">{ODS_VALUE.format(COLUMNS)}</table:table-row>'
        for COLUMNS in (' table:number-columns-repeated="16384"', ' table:number-columns-repeated="50"')
    ]
    + [
        '<table:table-row table:number-rows-repeated="1048575"><table:table-cell/></table:table-row><table:table-row>'
        '<table:table-cell table:number-columns-repeated="16383"/>' + ODS_VALUE.format("") + "</table:table-row>"
    ],
)
def test_repetitions_that_ask_for_millions_of_values_are_refused(rows):
    assert "value-far-away" == refusal(ods(rows), "bom.ods")


def test_an_encrypted_opendocument_workbook_is_named_so():
    parts = {"mimetype": gate.ODS_MIMETYPE, "META-INF/manifest.xml": b"<m:encryption-data/>", "content.xml": b"\1\2"}

    assert "file-encrypted" == refusal(package(parts), "a.ods")
