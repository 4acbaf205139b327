"""Contents of files through the Drive API: exports and uploads.

https://developers.google.com/workspace/drive/api/guides/ref-export-formats
"""

from __future__ import annotations

import csv
import io
import re

from openpyxl import Workbook

from sync.emulator.clock import stamp
from sync.emulator.drive_api import reached
from sync.emulator.errors import GoogleError
from sync.emulator.grid import JSON, Spreadsheet, new_tab
from sync.emulator.incoming import Incoming, Raw, Route
from sync.emulator.locales import Formula, from_serial
from sync.emulator.number_formats import MOMENTS
from sync.emulator.values import Reading, value_range, write_values
from sync.emulator.world import READS, WRITES, World

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EXPORT_LIMIT = 10 * 2**20


def files_export(incoming: Incoming) -> Raw:
    file, mime_type = reached(incoming, READS), incoming.one("mimeType")
    spreadsheet = incoming.world.spreadsheets.get(file.id)
    if spreadsheet is None:
        raise GoogleError(
            403, "Export only supports Docs Editors files.", "PERMISSION_DENIED", reason="fileNotExportable"
        )
    if mime_type in ("text/csv", "text/tab-separated-values"):
        content = _separated(incoming.world, spreadsheet, "," if mime_type == "text/csv" else "\t")
    elif mime_type == EXCEL:
        content = _excel(incoming.world, spreadsheet)
    elif mime_type == "application/pdf":
        content = b"%PDF-1.4\n% a picture of the spreadsheet, which nobody reads here\n%%EOF\n"
    else:
        raise GoogleError(400, "The requested conversion is not supported.", "INVALID_ARGUMENT", reason="badRequest")
    if len(content) > EXPORT_LIMIT:
        raise GoogleError(
            403, "This file is too large to be exported.", "PERMISSION_DENIED", reason="exportSizeLimitExceeded"
        )
    return Raw(content, str(mime_type))


def _separated(world: World, spreadsheet: Spreadsheet, delimiter: str) -> bytes:
    """The first tab as it is shown."""
    tab = spreadsheet.tabs[0]
    rows = value_range(spreadsheet, tab, tab.box, Reading(), world.calculator(spreadsheet)).get("values", [])
    width = max((len(row) for row in rows), default=0)
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(
        [*row, *[""] * (width - len(row))] for row in rows
    )
    return out.getvalue().removesuffix("\r\n").encode()


def _excel(world: World, spreadsheet: Spreadsheet) -> bytes:
    book = Workbook()
    for sheet in book.worksheets:
        book.remove(sheet)
    for tab in spreadsheet.tabs:
        sheet = book.create_sheet(tab.title[:31])
        sheet.sheet_state = "hidden" if tab.properties.get("hidden") else "visible"
        for row, column, cell in tab.filled():
            target = sheet.cell(row + 1, column + 1)
            number_format = cell.format.get("numberFormat") or {}
            if isinstance(cell.value, Formula):
                target.value = cell.value.text
            elif number_format.get("type") in MOMENTS and isinstance(cell.value, int | float):
                target.value = from_serial(cell.value)
            else:
                target.value = cell.value
                if isinstance(cell.value, str):
                    target.data_type = "s"
            if cell.is_text:
                target.number_format = "@"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def files_upload(incoming: Incoming) -> JSON:
    """A text of comma-separated values becomes the only tab of a spreadsheet."""
    world, file = incoming.world, reached(incoming, WRITES)
    spreadsheet = world.spreadsheets[file.id]
    rows = list(csv.reader(io.StringIO(incoming.content.decode())))
    tab = new_tab(world.new_id(), file.name, max(len(rows), 1000), max(26, *(len(row) for row in rows), 0))
    spreadsheet.tabs = [tab]
    spreadsheet.properties["timeZone"] = "America/Los_Angeles"  # as recorded
    write_values(spreadsheet, "A1", {"values": rows}, "USER_ENTERED", "", world.today(spreadsheet))
    world.touch(file.id, incoming.email)
    return {
        "kind": "drive#file",
        "id": file.id,
        "title": file.name,
        "mimeType": file.mime_type,
        "modifiedDate": stamp(world.clock.now()),
    }


ROUTES: tuple[Route, ...] = (
    Route("drive.files.export", "GET", re.compile("/drive/v3/files/([^/]+)/export"), "drive", files_export),
    Route("drive.files.upload", "PUT", re.compile("/upload/drive/v2/files/([^/]+)"), "drive", files_upload),
)
