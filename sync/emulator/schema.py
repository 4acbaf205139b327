"""The names and words that Google's messages know; anything else in a body or a field mask is refused, as there.

From https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets and .../spreadsheets/request.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sync.emulator.errors import GoogleError, invalid
from sync.emulator.masks import Mask

# One message a line: its name, then its fields; ``field:Message`` where the field is a message described here.
_MESSAGES = """
Spreadsheet spreadsheetId properties:SpreadsheetProperties sheets:Sheet namedRanges:NamedRange spreadsheetUrl \
 developerMetadata:DeveloperMetadata dataSources dataSourceSchedules
SpreadsheetProperties title locale autoRecalc timeZone defaultFormat:CellFormat iterativeCalculationSettings \
 spreadsheetTheme importFunctionsExternalUrlAccessAllowed
Sheet properties:SheetProperties data:GridData merges:GridRange conditionalFormats:ConditionalFormatRule filterViews \
 protectedRanges:ProtectedRange basicFilter:BasicFilter charts bandedRanges developerMetadata:DeveloperMetadata \
 rowGroups columnGroups slicers tables
SheetProperties sheetId title index sheetType gridProperties:GridProperties hidden tabColor:Color \
 tabColorStyle:ColorStyle rightToLeft dataSourceSheetProperties
GridProperties rowCount columnCount frozenRowCount frozenColumnCount hideGridlines rowGroupControlAfter \
 columnGroupControlAfter
GridData startRow startColumn rowData:RowData rowMetadata:DimensionProperties columnMetadata:DimensionProperties
RowData values:CellData
CellData userEnteredValue:ExtendedValue effectiveValue:ExtendedValue formattedValue userEnteredFormat:CellFormat \
 effectiveFormat:CellFormat hyperlink note textFormatRuns dataValidation:DataValidationRule pivotTable \
 dataSourceTable dataSourceFormula chipRuns
ExtendedValue numberValue stringValue boolValue formulaValue errorValue
CellFormat numberFormat:NumberFormat backgroundColor:Color backgroundColorStyle:ColorStyle borders padding \
 horizontalAlignment verticalAlignment wrapStrategy textDirection textFormat:TextFormat hyperlinkDisplayType \
 textRotation
NumberFormat type pattern
TextFormat foregroundColor:Color foregroundColorStyle:ColorStyle fontFamily fontSize bold italic strikethrough \
 underline link
Color red green blue alpha
ColorStyle rgbColor:Color themeColor
DataValidationRule condition:BooleanCondition inputMessage strict showCustomUi
BooleanCondition type values:ConditionValue
ConditionValue relativeDate userEnteredValue
DimensionProperties hiddenByFilter hiddenByUser pixelSize developerMetadata:DeveloperMetadata \
 dataSourceColumnReference
GridRange sheetId startRowIndex endRowIndex startColumnIndex endColumnIndex
GridCoordinate sheetId rowIndex columnIndex
DimensionRange sheetId dimension startIndex endIndex
NamedRange namedRangeId name range:GridRange
ProtectedRange protectedRangeId range:GridRange namedRangeId tableId description warningOnly requestingUserCanEdit \
 unprotectedRanges:GridRange editors:Editors
Editors users groups domainUsersCanEdit
ConditionalFormatRule ranges:GridRange booleanRule:BooleanRule gradientRule
BooleanRule condition:BooleanCondition format:CellFormat
BasicFilter range:GridRange tableId sortSpecs criteria filterSpecs
DeveloperMetadata metadataId metadataKey metadataValue location:DeveloperMetadataLocation visibility
DeveloperMetadataLocation locationType spreadsheet sheetId dimensionRange:DimensionRange
DataFilter developerMetadataLookup a1Range gridRange:GridRange
updateSpreadsheetProperties properties:SpreadsheetProperties fields
addSheet properties:SheetProperties
deleteSheet sheetId
duplicateSheet sourceSheetId insertSheetIndex newSheetId newSheetName
updateSheetProperties properties:SheetProperties fields
updateCells rows:RowData fields start:GridCoordinate range:GridRange
repeatCell range:GridRange cell:CellData fields
appendCells sheetId rows:RowData fields tableId
setDataValidation range:GridRange rule:DataValidationRule filteredRowsIncluded
updateBorders range:GridRange top bottom left right innerHorizontal innerVertical
mergeCells range:GridRange mergeType
unmergeCells range:GridRange
copyPaste source:GridRange destination:GridRange pasteType pasteOrientation
cutPaste source:GridRange destination:GridCoordinate pasteType
sortRange range:GridRange sortSpecs
findReplace find replacement matchCase matchEntireCell searchByRegex includeFormulas range:GridRange sheetId allSheets
insertDimension range:DimensionRange inheritFromBefore
appendDimension sheetId dimension length tableId
deleteDimension range:DimensionRange
moveDimension source:DimensionRange destinationIndex
updateDimensionProperties properties:DimensionProperties fields range:DimensionRange dataSourceSheetRange
autoResizeDimensions dimensions:DimensionRange dataSourceSheetDimensions
addDimensionGroup range:DimensionRange
deleteDimensionGroup range:DimensionRange
addNamedRange namedRange:NamedRange
updateNamedRange namedRange:NamedRange fields
deleteNamedRange namedRangeId
addProtectedRange protectedRange:ProtectedRange
updateProtectedRange protectedRange:ProtectedRange fields
deleteProtectedRange protectedRangeId
setBasicFilter filter:BasicFilter
clearBasicFilter sheetId
addConditionalFormatRule rule:ConditionalFormatRule index
updateConditionalFormatRule index sheetId rule:ConditionalFormatRule newIndex
deleteConditionalFormatRule index sheetId
addBanding bandedRange
deleteBanding bandedRangeId
addTable table
createDeveloperMetadata developerMetadata:DeveloperMetadata
updateDeveloperMetadata dataFilters:DataFilter developerMetadata:DeveloperMetadata fields
deleteDeveloperMetadata dataFilter:DataFilter
insertComment coordinate:GridCoordinate content
"""
_MASKED: Mapping[str, str] = {
    "updateSpreadsheetProperties": "SpreadsheetProperties",
    "updateSheetProperties": "SheetProperties",
    "updateCells": "CellData",
    "repeatCell": "CellData",
    "appendCells": "CellData",
    "updateDimensionProperties": "DimensionProperties",
    "updateNamedRange": "NamedRange",
    "updateProtectedRange": "ProtectedRange",
    "updateDeveloperMetadata": "DeveloperMetadata",
}
"""The message that the ``fields`` of a request name parts of."""
_NUMBERS = "EQ NOT_EQ GREATER GREATER_THAN_EQ LESS LESS_THAN_EQ BETWEEN NOT_BETWEEN"
_DATES = "EQ BEFORE AFTER ON_OR_BEFORE ON_OR_AFTER BETWEEN NOT_BETWEEN IS_VALID NOT_EQ"
_TEXTS = "CONTAINS NOT_CONTAINS STARTS_WITH ENDS_WITH EQ IS_EMAIL IS_URL NOT_EQ"
_WORDS: Mapping[tuple[str, str], frozenset[str]] = {
    ("BooleanCondition", "type"): frozenset(
        [
            *(f"NUMBER_{word}" for word in _NUMBERS.split()),
            *(f"DATE_{word}" for word in _DATES.split()),
            *(f"TEXT_{word}" for word in _TEXTS.split()),
            *["ONE_OF_RANGE", "ONE_OF_LIST", "BLANK", "NOT_BLANK", "CUSTOM_FORMULA", "BOOLEAN", "FILTER_EXPRESSION"],
        ]
    ),
    ("NumberFormat", "type"): frozenset(
        ["TEXT", "NUMBER", "PERCENT", "CURRENCY", "DATE", "TIME", "DATE_TIME", "SCIENTIFIC"]
    ),
    ("CellFormat", "horizontalAlignment"): frozenset(["LEFT", "CENTER", "RIGHT"]),
    ("CellFormat", "verticalAlignment"): frozenset(["TOP", "MIDDLE", "BOTTOM"]),
    ("CellFormat", "wrapStrategy"): frozenset(["OVERFLOW_CELL", "LEGACY_WRAP", "CLIP", "WRAP"]),
    ("DeveloperMetadata", "visibility"): frozenset(["DOCUMENT", "PROJECT"]),
    ("DimensionRange", "dimension"): frozenset(["ROWS", "COLUMNS"]),
    ("SheetProperties", "sheetType"): frozenset(["GRID", "OBJECT", "DATA_SOURCE"]),
}


def _parsed() -> Mapping[str, Mapping[str, str]]:
    messages: dict[str, dict[str, str]] = {}
    for line in _MESSAGES.strip().splitlines():
        name, *fields = line.split()
        messages[name] = {field.partition(":")[0]: field.partition(":")[2] for field in fields}
    return messages


MESSAGES = _parsed()


def check_mask(mask: Mask, message: str) -> None:
    """Raise when a mask names a field that the message does not have."""
    _check_names(mask, message, "fields", "")


def check_request(name: str, body: object, place: str, mask: Mask | None) -> None:
    """Raise when a request of a batch has a field, a word or a field of its mask that Google does not know."""
    if not isinstance(body, Mapping):
        raise invalid(f"Invalid value at '{place}': a message is expected.")
    _check_message(body, name, place)
    if mask is not None and name in _MASKED:
        _check_names(mask, _MASKED[name], f"{place}.fields", "")


def _check_names(mask: Mask, message: str, place: str, path: str) -> None:
    known = MESSAGES.get(message)
    for name, below in mask.items():
        if name == "*" or known is None:
            continue
        if name not in known:
            raise invalid(
                f"Invalid value at '{place}' (type.googleapis.com/google.protobuf.FieldMask), "
                f"Field '{path}{name}' could not be found in request message."
            )
        _check_names(below, known[name], place, f"{path}{name}.")


def _check_message(body: Mapping[str, Any], message: str, place: str) -> None:
    known = MESSAGES[message]
    for name, value in body.items():
        if name not in known:
            raise _unknown(name, place)
        if (allowed := _WORDS.get((message, name))) is not None and value not in allowed:
            raise invalid(f"Invalid value at '{place}.{name}' (type.googleapis.com/google.apps.sheets.v4), \"{value}\"")
        if below := known[name]:
            for index, one in enumerate(value if isinstance(value, list) else [value]):
                if not isinstance(one, Mapping):
                    raise invalid(f"Invalid value at '{place}.{name}': a message is expected.")
                where = f"{place}.{name}[{index}]" if isinstance(value, list) else f"{place}.{name}"
                _check_message(one, below, where)


def _unknown(name: str, place: str) -> GoogleError:
    return invalid(f"Invalid JSON payload received. Unknown name \"{name}\" at '{place}': Cannot find field.")
