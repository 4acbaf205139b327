"""The add-in at LibreOffice's desk: its own VBA runs there, where LibreOffice's Basic can run it.

What only Excel on Windows has (HTTP, message boxes, COM) is replaced by modules for this desk.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from libreoffice import NEVER, SETTINGS

ONLY_IN_EXCEL = ("xlwings", "Dictionary", "CTD_Ribbon", "CTD_Offline", "CTD_Setup", "CTD_Http", "CTD_Desk")

HTTP = """Option Explicit
Public Function Post(ByVal url As String, ByVal token As String, ByVal message As String, ByRef status As Long) _
    As String
    Dim number As Integer, line As String, folder As String, files As Object, writer As Object
    folder = "{folder}"
    files = createUnoService("com.sun.star.ucb.SimpleFileAccess")
    If files.exists(folder & "/request.txt") Then files.kill(folder & "/request.txt")
    If files.exists(folder & "/head.txt") Then files.kill(folder & "/head.txt")
    writer = createUnoService("com.sun.star.io.TextOutputStream")
    writer.setOutputStream(files.openFileWrite(folder & "/request.txt"))
    writer.setEncoding("US-ASCII")
    writer.writeString(message)
    writer.closeOutput()
    Shell "/usr/bin/curl", 0, "-s -o " & folder & "/answer.txt -D " & folder & "/head.txt -H @" & folder & _
        "/headers.txt --data-binary @" & folder & "/request.txt " & url, True
    status = 0
    If Not files.exists(folder & "/head.txt") Then Exit Function
    If files.getSize(folder & "/head.txt") = 0 Then Exit Function
    number = FreeFile
    Open folder & "/head.txt" For Input As #number
    Line Input #number, line
    Close #number
    status = CLng(Mid(line, 10, 3))
    number = FreeFile
    Open folder & "/answer.txt" For Input As #number
    Line Input #number, line
    Close #number
    Post = line
End Function
"""

DESK = """Option Compatible
Option Explicit
Public Function NewDictionary() As Object
    Set NewDictionary = New Shelf
End Function
Public Function Setting(ByVal name As String, ByVal otherwise As String) As String
    If name = "SERVICE_URL" Then Setting = "{url}" Else Setting = ""
End Function
Public Function Sentence(ByVal code As String) As String
    Sentence = code
End Function
Public Sub KeepReason(ByVal wire As String)
End Sub
"""

SHELF = """Option Compatible
Option ClassModule
Option Explicit
Private keys(100) As String
Private values(100) As String
Private used As Long
Private Function Place(ByVal key As String) As Long
    Dim i As Long
    Place = -1
    For i = 0 To used - 1
        If keys(i) = key Then Place = i
    Next i
End Function
Public Function Exists(ByVal key As String) As Boolean
    Exists = Place(key) >= 0
End Function
Public Property Get Count() As Long
    Count = used
End Property
Public Function Kept(ByVal key As String) As String
    Kept = values(Place(key))
End Function
Public Sub Keep(ByVal key As String, ByVal value As String)
    keys(used) = key
    values(used) = value
    used = used + 1
End Sub
Public Sub RemoveAll()
    used = 0
End Sub
"""
"""What Windows calls a dictionary, as far as the add-in uses one."""

MACRO = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1" script:language="StarBasic">
Function TextOf(path As String) As String
  Dim files As Object, reader As Object
  files = createUnoService("com.sun.star.ucb.SimpleFileAccess")
  reader = createUnoService("com.sun.star.io.TextInputStream")
  reader.setInputStream(files.openFileRead(ConvertToURL(path)))
  reader.setEncoding("UTF-8")
  TextOf = reader.readString(Array(), False)
  reader.closeInput()
End Function
Sub Work(folder As String)
  Dim unseen(2) As New com.sun.star.beans.PropertyValue
  Dim doc As Object, library As Object, sheet As Object, cell As Object, files As Object, writer As Object
  Dim f As Variant, line As Variant, out As String
  On Error GoTo failed
  unseen(0).Name = "Hidden"
  unseen(0).Value = True
  unseen(1).Name = "FilterName"
  unseen(1).Value = "Calc MS Excel 2007 VBA XML"
  unseen(2).Name = "MacroExecutionMode"
  unseen(2).Value = 4
  doc = StarDesktop.loadComponentFromURL(ConvertToURL(folder &amp; "/ctd.xlam"), "_blank", 0, unseen())
  library = doc.BasicLibraries.getByName("CTDAddin")
  sheet = doc.Sheets.getByIndex(0)
  For Each line In Split(TextOf(folder &amp; "/steps.txt"), Chr(10))
    f = Split(line, Chr(9))
    Select Case f(0)
    Case "drop"
      library.removeByName(f(1))
    Case "module"
      library.insertByName(f(1), TextOf(f(2)))
    Case "swap"
      library.replaceByName(f(1), Join(Split(library.getByName(f(1)), f(2)), f(3)))
    Case "text"
      sheet.getCellRangeByName(f(1)).setString(f(2))
    Case "number"
      sheet.getCellRangeByName(f(1)).setValue(CDbl(f(2)))
    Case "formula"
      sheet.getCellRangeByName(f(1)).setFormula(f(2))
    Case "array"
      sheet.getCellRangeByName(f(1)).setArrayFormula(f(2))
    Case "read"
      doc.calculateAll()
      cell = sheet.getCellRangeByName(f(1))
      out = out &amp; Join(Array(f(1), cell.getError(), cell.getString()), Chr(9)) &amp; Chr(10)
    End Select
  Next
  doc.close(True)
finish:
  files = createUnoService("com.sun.star.ucb.SimpleFileAccess")
  writer = createUnoService("com.sun.star.io.TextOutputStream")
  writer.setOutputStream(files.openFileWrite(ConvertToURL(folder &amp; "/read.txt")))
  writer.setEncoding("UTF-8")
  writer.writeString(out)
  writer.closeOutput()
  StarDesktop.terminate()
  Exit Sub
failed:
  out = out &amp; Join(Array("macro", Err, Error &amp; " in line " &amp; Erl &amp; " after " &amp; line), Chr(9))
  Resume finish
End Sub
</script:module>"""

Step = tuple[str, ...]
"""``text``/``number``/``formula``/``array`` cell, content · ``read`` cell."""


def calculated(addin: bytes, steps: list[Step], folder: Path, *, url: str = "", token: str = "") -> dict[str, str]:
    """What cells show, by address, after the steps in the add-in's first sheet; an error is ``Err:`` and a number."""
    folder.mkdir(parents=True)
    (folder / "ctd.xlam").write_bytes(addin)
    desk = {"Shelf": SHELF, "CTD_Http": HTTP.format(folder=folder), "CTD_Desk": DESK.format(url=url)}
    for name, source in desk.items():
        (folder / f"{name}.bas").write_text(source, "utf-8")
    headers = {"Content-Type": "text/plain", "Authorization": f"Bearer {token}", "X-CTD-Version": "0.1.0"}
    (folder / "headers.txt").write_text("".join(f"{name}: {value}\n" for name, value in headers.items()), "ascii")
    prepared = [
        *(("drop", name) for name in ONLY_IN_EXCEL),
        ("swap", "CTD_Wire", ".Value2", ".Value"),  # LibreOffice knows no Value2, nor properties with arguments
        ("swap", "CTD_Service", "shelf.Item(message) = reply", "shelf.Keep message, reply"),
        ("swap", "CTD_Service", "shelf.Item(message)", "shelf.Kept(message)"),
        *(("module", name, str(folder / f"{name}.bas")) for name in desk),
    ]
    (folder / "steps.txt").write_text("\n".join("\t".join(step) for step in (*prepared, *steps)), "utf-8")
    _start(folder, "--convert-to", "csv", "--outdir", str(folder / "first"), str(folder / "steps.txt"))
    (folder / "profile/user/basic/Standard/Module1.xba").write_text(MACRO, "utf-8")
    _start(folder, f"macro:///Standard.Module1.Work({folder})")
    lines = (folder / "read.txt").read_text("utf-8").rstrip("\n").split("\n")
    assert not lines[-1].startswith("macro"), lines[-1]
    read = [line.split("\t") for line in lines]
    return {cell: shown if error == "0" else f"Err:{error}" for cell, error, shown in read}


def _start(folder: Path, *arguments: str) -> None:
    user = folder / "profile" / "user"
    user.mkdir(parents=True, exist_ok=True)
    settings = user / "registrymodifications.xcu"
    if not settings.exists():
        settings.write_text(SETTINGS.format(mode=NEVER), "utf-8")
    command = ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--norestore", *arguments]
    subprocess.run(command, check=True, capture_output=True, timeout=60)


__all__ = ["Step", "calculated"]
