"""The page on which staff look up worksheet functions: ``python -m tools.function_table`` writes it anew.

Every example is worked out while the page is written, so what it shows is what a cell shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from xl_ctd.calling import Cell, CellError, NoFacts, call
from xl_ctd.core.formats import format_number
from xl_ctd.registry import FUNCTIONS, WorksheetFunction

PAGE = Path(__file__).resolve().parent.parent / "docs" / "ham.md"

Argument = Cell | list[Cell]

EXAMPLES: Mapping[str, tuple[Argument, ...]] = {
    "GIATRI": ("TS-02", 2024),
    "MUCTIEU": ("TS-08", 2024, None, "U"),
    "TYLE": ([8, 15, 3], [10, 20, 3]),
    "DAT": (0.8, "TYLE", 0.8),
    "MUCDAT": (760, "KHOANG", 800, 1400),
    "TRANGTHAI": (760, "KHOANG", 800, 1400),
    "TRANGTHAI_KHOANG": (0.825, 0.925, "TYLE", 0.8),
    "CONTHIEU": (0.7995, "TYLE", 0.8, 2000),
    "LOTRINH": (0.6, 2023, 2.5, 2033, 2026),
    "NHIP": (800, "15/12/2025", "14/12/2026", "30/6/2026"),
    "DEN": (420, 433.97),
    "CAGR": (0.6, 2.5, 10),
    "DUBAO": ([2023, 2024, 2025, 2026], [0.6, 0.75, 0.9, 1.05], 2033),
    "SAN": ([25_000_000, 19_999_999, None], 20_000_000, "THIEU"),
    "DAYDU": (10, 12),
    "DUNGHAN": (["1/7/2026", "3/7/2026", None], "2/7/2026"),
    "DUYNHAT": (["Đồng Kỵ", "ĐỒNG KỴ", "Tam Sơn"],),
    "SO": ("1.234.567,89",),
    "TIEN": ("2 tỷ rưỡi",),
    "NGAY": ("ngày 30 tháng 3 năm 2023",),
    "CHUAN": ("Hôị Chữ thâp̣ đỏ",),
    "KHONGDAU": ("Phường Đồng Kỵ",),
    "BANGCHU": (20_000_000,),
    "KY": ("2026-6T1", "HC", "HAN"),
    "NGUON": ("Chỉ tiêu!D6",),
    "DONVI": ("09367", "1/7/2025"),
    "NHIEMVU": ("TS-N19",),
    "BANGCHITIEU": (2024,),
}
DAYS = frozenset({"NGAY", "KY"})
"""Functions whose answer is a day."""

HEAD = """# Các hàm CTD

Gõ `=CTD.` trong một ô rồi chọn hàm, trong Excel cũng như LibreOffice Calc; ở Excel cũ, nếu `CTD.` không nhận thì gõ
`CTD_`, ví dụ `=CTD_TYLE(…)`. Dấu ngăn đối số là `;` hoặc `,` tuỳ máy. Đối số trong ngoặc vuông có thể bỏ trống.

- Ô trống không phải là số 0: hàm cần số liệu mà ô trống thì trả `#N/A`.
- Số gõ dạng chữ được đọc theo cách viết Việt Nam (`1.250`, `12,5`, `80%`); hiểu được hai cách thì báo `#VALUE!`.
- Hàm tính từng ô nhận cả vùng và trả kết quả cùng hình dạng với vùng ấy; chọn cả cột cũng được.
- Ô đang báo lỗi thì hàm báo lại chính lỗi đó, trừ các hàm trả lời bằng chữ (ghi *không báo lỗi*).
- Hàm ghi *sổ tổng hợp* đọc lần hợp nhất mới nhất của sổ; số vừa gõ vào sổ được tính từ lần hợp nhất sau.

| Lỗi | Nghĩa |
|---|---|
| `#N/A` | chưa có số liệu, hoặc máy chưa biết sổ tổng hợp |
| `#VALUE!` | không đọc được một đối số, hoặc các vùng không cùng kích thước |
| `#REF!` | không có mã hoặc ô đó |
| `#DIV/0!` | mẫu số bằng 0: không có gì để chia |
| `#NUM!` | các con số không hợp lẽ với nhau |
| `#NAME?` | không có hàm đó |

| Hàm | Trả lời | Đối số | Ví dụ |
|---|---|---|---|
"""


def page() -> str:
    """The whole page, one line a function, in the order of declaration."""
    return HEAD + "".join(map(_line, FUNCTIONS.values()))


def _line(one: WorksheetFunction) -> str:
    traits = {
        "từng ô": one.elementwise,
        "cả vùng": not one.elementwise and not one.spills,
        "tràn bảng": one.spills,
        "sổ tổng hợp": one.reads_master,
        "không báo lỗi": not one.fails,
    }
    said = ", ".join(words for words, has in traits.items() if has)
    arguments = "<br>".join(f"**{argument.label}**: {one.help_of(argument)}" for argument in one.parameters)
    cells = (f"`{one.spelling}`", f"{one.help()} *({said})*", arguments, _example(one))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _example(one: WorksheetFunction) -> str:
    typed: list[str] = []
    filled: list[str] = []
    for argument in EXAMPLES[one.name]:
        if isinstance(argument, list):
            letter = "BCDE"[len(filled)]
            area = f"{letter}2:{letter}{len(argument) + 1}"
            typed.append(area)
            filled.append(f"{area} là {', '.join(_shown(cell) or '(trống)' for cell in argument)}")
        else:
            typed.append(_typed(argument))
    formula = f"`=CTD.{one.name}({';'.join(typed)})`"
    return formula + ("" if one.reads_master else f" → {_answer(one)}") + "".join(f"<br>{words}" for words in filled)


def _answer(one: WorksheetFunction) -> str:
    grids = [
        [[cell] for cell in argument] if isinstance(argument, list) else [[argument]] for argument in EXAMPLES[one.name]
    ]
    answer = call(one.name, grids, NoFacts())[0][0]
    if one.name in DAYS and isinstance(answer, int):
        return f"{date(1899, 12, 30) + timedelta(days=answer):%d/%m/%Y}"
    return _shown(answer)


def _typed(cell: Cell) -> str:
    return f'"{cell}"' if isinstance(cell, str) else _shown(cell).replace(".", "")


def _shown(cell: Cell) -> str:
    if isinstance(cell, CellError):
        return f"`{cell.code}`"
    if cell is None or isinstance(cell, str | bool):
        return "" if cell is None else str(cell).upper() if isinstance(cell, bool) else cell
    return format_number(Decimal(f"{cell:.6g}" if isinstance(cell, float) and abs(cell) < 1000 else str(cell)))


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
