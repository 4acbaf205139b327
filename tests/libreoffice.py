"""LibreOffice as another program that opens, calculates, edits and saves workbooks: one start for many files."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

XLSX, ODS = "Calc MS Excel 2007 XML", "calc8"

SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>{mode}</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>0</value></prop></item>
</oor:items>"""
ALWAYS, NEVER = 0, 1


def converted(
    files: Mapping[str, Path], folder: Path, *, recalculate: bool = True, kind: str = "xlsx"
) -> dict[str, Path]:
    """Each workbook as LibreOffice saves it after opening it; by name, because files may have one name in two folders.

    ``recalculate``: every formula anew on opening. Without it, results that stand in the file are believed, as on an
    ordinary desk.
    """
    here = folder / ("anew" if recalculate else "believed")
    came, went = here / "in", here / "out"
    came.mkdir(parents=True)
    copies = [Path(shutil.copyfile(path, came / f"{name}{path.suffix}")) for name, path in files.items()]
    told = f"xlsx:{XLSX}" if kind == "xlsx" else kind
    _run(here, ALWAYS if recalculate else NEVER, "--convert-to", told, "--outdir", str(went), *map(str, copies))
    return {name: went / f"{name}.{kind}" for name in files}


def _run(folder: Path, mode: int, *arguments: str) -> None:
    user = folder / "profile" / "user"
    user.mkdir(parents=True, exist_ok=True)
    settings = user / "registrymodifications.xcu"
    if not settings.exists():  # afterwards it also says that the first start is over
        settings.write_text(SETTINGS.format(mode=mode), "utf-8")
    command = ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--norestore", *arguments]
    run_to_its_end(command, folder / "profile")


PATIENCE = (150, 300)
"""Seconds. Once in a great while LibreOffice stands still while it starts, for ever; then it is started once more."""


def run_to_its_end(command: Sequence[str], profile: Path, environment: Mapping[str, str] | None = None) -> None:
    """LibreOffice doing what its command says. Raises ``CalledProcessError``, and ``TimeoutError`` when it stood still
    twice."""
    for patience in PATIENCE:
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True, env=environment
        ) as process:
            try:
                _, said = process.communicate(timeout=patience)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)  # the program is a child of what was started
                process.wait()
                (profile / ".lock").unlink(missing_ok=True)
                continue
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command, stderr=said)
        return
    raise TimeoutError(f"LibreOffice stood still twice: {' '.join(command)}")


Step = tuple[str, ...]
"""``open`` path · ``number``/``text`` tab, cell, value · ``save`` path, filter · ``close``."""

MODULE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1" script:language="StarBasic">
Sub Work(steps As String)
  Dim files As Object, reader As Object, doc As Object, f As Variant
  Dim unseen(0) As New com.sun.star.beans.PropertyValue
  Dim kind(0) As New com.sun.star.beans.PropertyValue
  unseen(0).Name = "Hidden"
  unseen(0).Value = True
  kind(0).Name = "FilterName"
  files = createUnoService("com.sun.star.ucb.SimpleFileAccess")
  reader = createUnoService("com.sun.star.io.TextInputStream")
  reader.setInputStream(files.openFileRead(ConvertToURL(steps)))
  reader.setEncoding("UTF-8")
  While Not reader.isEOF()
    f = Split(reader.readLine(), Chr(9))
    Select Case f(0)
    Case "open"
      doc = StarDesktop.loadComponentFromURL(ConvertToURL(f(1)), "_blank", 0, unseen())
    Case "number"
      doc.Sheets.getByName(f(1)).getCellRangeByName(f(2)).setValue(CDbl(f(3)))
    Case "text"
      doc.Sheets.getByName(f(1)).getCellRangeByName(f(2)).setString(f(3))
    Case "save"
      kind(0).Value = f(2)
      doc.storeToURL(ConvertToURL(f(1)), kind())
    Case "close"
      doc.close(True)
    End Select
  Wend
  reader.closeInput()
  StarDesktop.terminate()
End Sub
</script:module>"""


def work(steps: Sequence[Step], folder: Path) -> None:
    """Do at LibreOffice's desk what a person would do, by a macro."""
    told = folder / "steps.txt"
    told.write_text("\n".join("\t".join(step) for step in steps), "utf-8")
    # A first start puts an empty module into the profile, over whatever stands there; ours takes its place.
    _run(folder, NEVER, "--convert-to", "csv", "--outdir", str(folder / "first"), str(told))
    (folder / "profile/user/basic/Standard/Module1.xba").write_text(MODULE, "utf-8")
    _run(folder, NEVER, f"macro:///Standard.Module1.Work({told})")
