"""The guide's pictures, made from the real workbooks of the demonstration: ``python -m tools.pictures [FOLDER]``.

The demonstration of 2024 is built, one cell is changed by a ward and by the city, everything is merged again, and
LibreOffice prints the sheets. Needs LibreOffice (``soffice``) and poppler (``pdftoppm``, ``pdftotext``).
"""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl

from sync.demonstrate import MASTER, PERSON, demonstrate
from sync.run import Options, merge
from workbooks import layouts
from workbooks.build_master import data_table
from xl_ctd.core.tables import BY_CODE

ROOT = Path(__file__).resolve().parent.parent
YEAR, WARD = 2024, "09382"
LATER = datetime(2025, 1, 8, 9, 20)
LARGEST = 200_000
"""Bytes of one picture."""
INCH = 25.4
HEADER, FOOTER = 13, 13
"""Millimetres at a page's edges that hold its number and its date, which do not belong into a picture."""

VIETNAMESE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Setup/L10N">
<prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>vi-VN</value></prop></item></oor:items>"""


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: the sheet, the words its page begins with, how much of its height is shown."""

    name: str
    tab: str
    title: str
    height: float = 1.0


MASTER_SHOTS = (
    Shot("bang-dieu-hanh", layouts.BOARD_TAB, "Bảng điều hành"),
    Shot("chi-tieu", layouts.TARGETS_TAB, "‹ Chỉ tiêu"),
    Shot("theo-phuong", layouts.BY_UNIT_TAB, "‹ Theo phường"),
    Shot("tien-do", layouts.PROGRESS_TAB, "‹ Tiến độ nộp"),
    Shot("loi", layouts.ERRORS_TAB, "‹ Lỗi"),
    Shot("xung-dot", layouts.CONFLICTS_TAB, "‹ Xung đột"),
    Shot("nhat-ky", layouts.LOG_TAB, "‹ Nhật ký"),
)
WARD_SHOTS = (
    Shot("phuong-bia", layouts.COVER_TAB, "Báo cáo công tác"),
    Shot("phuong-ho-tro", layouts.TABS["HO_TRO"], layouts.TABS["HO_TRO"], 0.5),
    Shot("phuong-so-quy", layouts.TABS["QUY"], layouts.TABS["QUY"], 0.62),
    Shot("phuong-ket-qua", layouts.RESULT_TAB, "Kết quả của"),
)


def make_pictures(folder: Path) -> list[Path]:
    """Write every picture into a folder; the files written."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as temporary:
        work = Path(temporary)
        demonstrate(work / "demo", year=YEAR, seed=1, clean=False)
        master, ward = work / "demo" / MASTER, work / "demo" / "wards" / f"CTD_{WARD}_{YEAR}.xlsx"
        of_ward = _shoot(ward, WARD_SHOTS, folder, work)
        disagree(master, ward)
        merge(master, [ward], Options(PERSON, LATER))
        return [*_shoot(master, MASTER_SHOTS, folder, work), *of_ward]


def disagree(master: Path, ward: Path) -> None:
    """Let the ward and the city change the same amount of the ward's book to different values."""
    amount, line = "SO_TIEN", "_line"
    table = data_table(BY_CODE["QUY"])
    sheet = openpyxl.load_workbook(master, read_only=True)[table.tab]
    number = {code: n for n, code in enumerate(table.codes)}
    rows = enumerate(sheet.iter_rows(min_row=layouts.MASTER_FIRST_ROW, values_only=True), layouts.MASTER_FIRST_ROW)
    row, found = next((row, cells) for row, cells in rows if cells[number["_file"]] == ward.name)
    letters = next(column.letters for column in layouts.unit_columns(BY_CODE["QUY"]) if column.code == amount)
    sent = ward.stat().st_mtime
    type_number(ward, table.tab, f"{letters}{found[number[line]]}", int(found[number[amount]]) + 50_000)
    os.utime(ward, (sent, sent))
    type_number(master, table.tab, f"{table.letters(amount)}{row}", int(found[number[amount]]) + 500_000)


def type_number(path: Path, tab: str, cell: str, value: int) -> None:
    """Put another number into a cell that holds one, leaving every other byte of the sheet as it is."""

    def typed(xml: str) -> str:
        changed, count = re.subn(rf'(<c r="{cell}"[^>]*><v>)[^<]*(</v>)', rf"\g<1>{value}\g<2>", xml)
        if count != 1:
            raise ValueError(f"{path.name}: {tab}!{cell} holds no number")
        return changed

    _rewrite(path, path, {_part_of(path, tab): typed})


def _shoot(book: Path, shots: Iterable[Shot], folder: Path, work: Path) -> list[Path]:
    shots = tuple(shots)
    pages = _printed(book, [shot.tab for shot in shots], work)
    count = int(_found(r"Pages:\s+(\d+)", _run("pdfinfo", str(pages))))
    texts = [_run("pdftotext", "-f", str(n), "-l", str(n), "-layout", str(pages), "-") for n in range(1, count + 1)]
    return [_shot(shot, pages, _page_of(shot, texts), folder) for shot in shots]


def _page_of(shot: Shot, texts: list[str]) -> int:
    for number, text in enumerate(texts, 1):
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if any(line.startswith(shot.title) for line in lines[:3]):
            return number
    raise ValueError(f"no page begins with {shot.title!r}")


def _shot(shot: Shot, pages: Path, number: int, folder: Path) -> Path:
    picture = folder / f"{shot.name}.png"
    for dots in range(140, 60, -8):
        image = _without_edges(_page(pages, number, dots), dots)
        content = _png(replace(image, height=int(image.height * shot.height)))
        if len(content) <= LARGEST:
            picture.write_bytes(content)
            return picture
    raise ValueError(f"{picture.name} stays above {LARGEST} bytes")


@dataclass(frozen=True, slots=True)
class Image:
    """Points row by row, three bytes each."""

    width: int
    height: int
    points: bytes

    def row(self, number: int) -> bytes:
        return self.points[3 * number * self.width : 3 * (number + 1) * self.width]


def _page(pages: Path, number: int, dots: int) -> Image:
    command = ["pdftoppm", "-f", str(number), "-l", str(number), "-r", str(dots), str(pages)]
    _, size, _, points = subprocess.run(command, check=True, capture_output=True).stdout.split(b"\n", 3)
    width, height = map(int, size.split())
    return Image(width, height, points.translate(_STEPS))


_STEPS = bytes(level | 3 for level in range(256))
"""Letters have soft edges of very many colours; a quarter of the steps is enough and leaves fewer to fit a palette."""


def _without_edges(image: Image, dots: int) -> Image:
    """The part of a page that bears anything; its header and footer are left out."""
    first, last = int(HEADER / INCH * dots), image.height - int(FOOTER / INCH * dots)
    rows = {n: image.row(n) for n in range(first, last)}
    inked = [n for n, row in rows.items() if row.strip(b"\xff")]
    left = min(len(rows[n]) - len(rows[n].lstrip(b"\xff")) for n in inked) // 3
    right = max(len(rows[n].rstrip(b"\xff")) for n in inked) // 3 + 1
    edge = dots // 8
    left, right = max(left - edge, 0), min(right + edge, image.width)
    kept = range(max(inked[0] - edge, 0), min(inked[-1] + edge, image.height))
    return Image(right - left, len(kept), b"".join(image.row(n)[3 * left : 3 * right] for n in kept))


def _png(image: Image) -> bytes:
    """The image with a palette of its 256 commonest colours; a rarer colour becomes the nearest of them."""
    wanted = 3 * image.width * image.height
    points = [image.points[n : n + 3] for n in range(0, wanted, 3)]
    counted = Counter(points)
    palette = [colour for colour, _ in counted.most_common(256)]
    place = {colour: n for n, colour in enumerate(palette)}
    for rare in counted.keys() - place.keys():
        place[rare] = min(range(256), key=lambda n: sum((a - b) ** 2 for a, b in zip(palette[n], rare, strict=True)))
    indexes = bytes(map(place.__getitem__, points))
    lines = b"".join(b"\0" + indexes[n : n + image.width] for n in range(0, len(indexes), image.width))
    header = struct.pack(">IIBBBBB", image.width, image.height, 8, 3, 0, 0, 0)
    parts = ((b"IHDR", header), (b"PLTE", b"".join(palette)), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )


def _printed(book: Path, tabs: list[str], work: Path) -> Path:
    """The named sheets as LibreOffice prints them on a computer set to Vietnamese."""
    profile = work / "profile"
    (profile / "user").mkdir(parents=True, exist_ok=True)
    (profile / "user" / "registrymodifications.xcu").write_text(VIETNAMESE, "utf-8")
    copy = work / f"print-{book.name}"
    # LibreOffice leaves row heights alone in what it takes for Excel's own file, where Excel would find them itself.
    changes = {
        "xl/workbook.xml": lambda xml: _only(xml, tabs),
        "docProps/app.xml": lambda xml: xml.replace("Microsoft Excel", "XL-CTD"),
    }
    _rewrite(book, copy, changes)
    command = ["soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", "pdf"]
    subprocess.run([*command, "--outdir", str(work), str(copy)], check=True, capture_output=True, timeout=300)
    return copy.with_suffix(".pdf")


def _only(xml: str, tabs: list[str]) -> str:
    """The workbook's XML with every other sheet hidden: hidden sheets are not printed."""

    def hidden(match: re.Match[str]) -> str:
        kept = any(f'name="{tab}"' in match[0] for tab in tabs) or "state=" in match[0]
        return match[0] if kept else match[0].replace("<sheet ", '<sheet state="hidden" ')

    return re.sub(r"<sheet [^>]*>", hidden, xml)


def _part_of(path: Path, tab: str) -> str:
    with zipfile.ZipFile(path) as package:
        book = package.read("xl/workbook.xml").decode()
        links = package.read("xl/_rels/workbook.xml.rels").decode()
    sheet = _found(f'(<sheet [^>]*name="{tab}"[^>]*>)', book)
    key = _found(r'r:id="([^"]+)"', sheet)
    target = _found(r'Target="/?(?:xl/)?([^"]+)"', _found(f'(<Relationship [^>]*Id="{key}"[^>]*>)', links))
    return f"xl/{target}"


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    if match is None:
        raise ValueError(f"nothing like {pattern!r}")
    return match[1]


def _rewrite(source: Path, copy: Path, changes: dict[str, Callable[[str], str]]) -> None:
    with zipfile.ZipFile(source) as package:
        parts = [(item, package.read(item)) for item in package.infolist()]
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as package:
        for item, data in parts:
            change = changes.get(item.filename)
            package.writestr(item, change(data.decode()).encode() if change else data)


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    for made in make_pictures(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "hinh"):
        sys.stdout.write(f"{made} {made.stat().st_size // 1000} kB\n")
