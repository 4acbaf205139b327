"""Pictures of LibreOffice with the extension, for the documentation and for whoever changes the dialog.

Run by hand: ``PYTHONPATH=.:tests:tests/calc python tests/calc/calc_pictures.py FOLDER``.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from calc_office import Calc, Desk
from demos import Demo, xl_ctd
from office import UNITS, new_office, ward_tables

from xl_ctd.messages import message

AGREE, CLOSE = message("calc-agree"), message("calc-close")
SECONDS_TO_PAINT = 2


def main(pictures: Path) -> None:
    pictures.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        calc = Calc.installed(Path(folder) / "calc")

        def keep(name: str) -> None:
            time.sleep(SECONDS_TO_PAINT)
            calc.picture(pictures / f"libreoffice-{name}.png")

        with calc.desk(screen=True) as desk:
            desk.open(str(_demonstration(Path(folder))))
            desk.click(message("action-hop_nhat"))
            desk.dialog()
            desk.turn_to(message("pane-findings"))
            keep("xem-truoc")
            desk.answer(AGREE)
            desk.dialog()
            desk.answer(CLOSE)
            keep("thanh-cong-cu")
            desk.close()

            _show_conflicts(desk, Path(folder) / "office")
            keep("xung-dot")


def _demonstration(folder: Path) -> Path:
    xl_ctd("demo", folder / "demo", "--year", 2024, "--seed", 1)
    return Demo(folder / "demo", 2024, 1, False).before_its_merge(folder / "before").master


def _show_conflicts(desk: Desk, folder: Path) -> None:
    """Three amounts that ward and city changed differently; two are decided."""
    office = new_office(folder, units=UNITS[:2])
    office.merge()
    tables = ward_tables(UNITS[0])
    for row in tables["HO_TRO"][:3]:
        row["GIA_TRI"] += 200_000
    office.send(UNITS[0], tables)
    desk.open(str(office.master))
    for row in (5, 6, 7):
        desk.put(f"Hỗ trợ!H{row}", 600_000)
    desk.press("hop_nhat")
    desk.dialog()
    desk.answer(AGREE)
    desk.dialog()
    desk.turn_to(message("action-xung_dot"))
    desk.choose(0, 1)
    desk.push(message("calc-take-ward"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
