"""The page on which staff look up a code they heard on the phone: ``python -m tools.error_codes`` writes it anew."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from pathlib import Path

from xl_ctd.messages import catalogue

PAGE = Path(__file__).resolve().parent.parent / "docs" / "ma-loi.md"
NO_FINDINGS = ("part-", "caveat-")
"""Names of parts of a figure and what a reader of it must know: they stand in no list of findings."""

HEAD = """# Bảng mã lỗi

Mã đứng đầu mỗi dòng ở trang *Lỗi* của sổ tổng hợp và trong kết quả của lệnh `xl-ctd check`, `xl-ctd merge`. Dấu … là
chỗ chương trình ghi nội dung cụ thể. Cách xử lý chung: mở đúng tệp, trang tính và ô ghi cạnh mã, sửa, gửi lại cả tệp.

| Mã | Điều chương trình nói |
|---|---|
"""


def page() -> str:
    """The whole page, one line a code, in the order of the numbers."""
    spoken = tomllib.loads(files("xl_ctd.messages").joinpath("spoken.toml").read_text("utf-8"))
    sentences = catalogue("vi")
    codes = [code for code in spoken if not code.startswith(NO_FINDINGS)]
    lines = (
        f"| {spoken[code]} | {_general(sentences[code])} |\n"
        for code in sorted(codes, key=lambda c: _number(spoken[c]))
    )
    return HEAD + "".join(lines)


def _number(name: str) -> int:
    return int(name.removeprefix("E-"))


def _general(sentence: str) -> str:
    sentence = sentence.replace("{let_pass}", catalogue("vi")["let-pass-button"])
    return re.sub(r"\{\w+\}", "…", sentence).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
