"""The script people would write instead: every sheet of every file, one below the other. No checks at all.

python bench/naive.py FOLDER OUT.xlsx
"""

from __future__ import annotations

import glob
import os
import sys
import warnings

import pandas as pd

warnings.filterwarnings("ignore")

HEADER = 5
SHEETS = [
    "Cơ quan, đơn vị",
    "Địa chỉ nhân đạo",
    "Hỗ trợ",
    "Hoạt động",
    "Hiến máu",
    "Hiến mô, tạng",
    "Sổ quỹ",
    "Đội, mô hình",
    "Nhiệm vụ",
]

folder, out = sys.argv[1], sys.argv[2]
frames = {sheet: [] for sheet in SHEETS}
for path in sorted(glob.glob(f"{folder}/*.xlsx")):  # noqa: PTH207 - as people write it
    for sheet in SHEETS:
        frame = pd.read_excel(path, sheet_name=sheet, header=HEADER)
        frame = frame.dropna(how="all", subset=frame.columns[:-1])
        frame["Tệp nguồn"] = os.path.basename(path)  # noqa: PTH119
        frames[sheet].append(frame)
with pd.ExcelWriter(out) as book:
    for sheet, parts in frames.items():
        pd.concat(parts).to_excel(book, sheet_name=sheet, index=False)
