Attribute VB_Name = "CTD_Wire"
' How arguments and answers travel between a worksheet and Python, in plain ASCII. The same rules stand in Python:
' Chr(28) between messages, 29 between ranges, 30 between rows, 31 between cells; a cell is nothing (blank), n1.5,
' b1, s<text>, e#N/A|<reason>, m (an argument left out); ~0103 is one UTF-16 code unit.
Option Explicit
Option Private Module

' One argument of a worksheet function, with the separator that goes before it.
Public Function Argument(Optional ByVal given As Variant) As String
    If IsMissing(given) Then
        Argument = Chr$(29) & "m"
    ElseIf IsObject(given) Then
        Argument = Chr$(29) & EncodeRange(given)
    Else
        Argument = Chr$(29) & EncodeGrid(given)
    End If
End Function

' A range of cells. Of whole columns only the part in use travels, marked as whole.
Private Function EncodeRange(ByVal cells As Object) As String
    Dim lastUsed As Long, used As Long
    If TypeName(cells) <> "Range" Then
        EncodeRange = "e#VALUE!|"
        Exit Function
    End If
    If cells.Areas.Count > 1 Then
        EncodeRange = "e#VALUE!|"
        Exit Function
    End If
    If cells.Rows.Count < cells.Worksheet.Rows.Count Then
        EncodeRange = EncodeGrid(cells.Value2)
        Exit Function
    End If
    With cells.Worksheet.UsedRange
        lastUsed = .Row + .Rows.Count - 1
    End With
    used = lastUsed
    If used < 1 Then used = 1
    EncodeRange = EncodeGrid(cells.Resize(used).Value2) & Chr$(30) & "w"
End Function

' One value, or an array of one or two dimensions.
Public Function EncodeGrid(ByVal given As Variant) As String
    Dim i As Long, j As Long, rowTexts() As String, cellTexts() As String
    If Not IsArray(given) Then
        EncodeGrid = EncodeCell(given)
        Exit Function
    End If
    If Dimensions(given) = 1 Then
        ReDim cellTexts(LBound(given) To UBound(given))
        For j = LBound(given) To UBound(given)
            cellTexts(j) = EncodeCell(given(j))
        Next j
        EncodeGrid = Join(cellTexts, Chr$(31))
        Exit Function
    End If
    ReDim rowTexts(LBound(given, 1) To UBound(given, 1))
    ReDim cellTexts(LBound(given, 2) To UBound(given, 2))
    For i = LBound(given, 1) To UBound(given, 1)
        For j = LBound(given, 2) To UBound(given, 2)
            cellTexts(j) = EncodeCell(given(i, j))
        Next j
        rowTexts(i) = Join(cellTexts, Chr$(31))
    Next i
    EncodeGrid = Join(rowTexts, Chr$(30))
End Function

Private Function Dimensions(ByVal given As Variant) As Long
    Dim last As Long
    On Error GoTo single_
    last = UBound(given, 2)
    Dimensions = 2
    Exit Function
single_:
    Dimensions = 1
End Function

Public Function EncodeCell(ByVal cell As Variant) As String
    Select Case VarType(cell)
        Case vbEmpty, vbNull
            EncodeCell = ""
        Case vbBoolean
            If cell Then EncodeCell = "b1" Else EncodeCell = "b0"
        Case vbString
            EncodeCell = "s" & EncodeText(cell)
        Case vbError
            EncodeCell = "e" & ErrorName(cell) & "|"
        Case Else
            EncodeCell = EncodeNumber(CDbl(cell))
    End Select
End Function

' Str$ gives fifteen digits; what they miss of the number follows after a semicolon, so that nothing is lost.
Private Function EncodeNumber(ByVal number As Double) As String
    Dim digits As String, missed As Double
    digits = Trim$(Str$(number))
    EncodeNumber = "n" & digits
    On Error Resume Next
    missed = number - Val(digits)
    If Err.Number = 0 And missed <> 0 Then EncodeNumber = EncodeNumber & ";" & Trim$(Str$(missed))
End Function

Public Function EncodeText(ByVal text As String) As String
    Dim i As Long, unit As Long, safeFrom As Long
    safeFrom = 1
    For i = 1 To Len(text)
        unit = AscW(Mid$(text, i, 1))
        If unit < 0 Then unit = unit + 65536
        If unit < 32 Or unit > 125 Then
            EncodeText = EncodeText & Mid$(text, safeFrom, i - safeFrom) & "~" & Right$("000" & Hex$(unit), 4)
            safeFrom = i + 1
        End If
    Next i
    EncodeText = EncodeText & Mid$(text, safeFrom)
End Function

Public Function DecodeText(ByVal text As String) As String
    Dim at As Long, last As Long
    last = 1
    at = InStr(text, "~")
    Do While at > 0
        DecodeText = DecodeText & Mid$(text, last, at - last) & ChrW$(CodeUnit(Mid$(text, at + 1, 4)))
        last = at + 5
        at = InStr(last, text, "~")
    Loop
    DecodeText = DecodeText & Mid$(text, last)
End Function

Public Function CodeUnit(ByVal digits As String) As Long
    Dim i As Long
    For i = 1 To Len(digits)
        CodeUnit = CodeUnit * 16 + InStr("0123456789ABCDEF", UCase$(Mid$(digits, i, 1))) - 1
    Next i
End Function

Public Function DecodeCell(ByVal text As String) As Variant
    Dim content As String
    content = Mid$(text, 2)
    Select Case Left$(text, 1)
        Case "n": DecodeCell = Val(content)
        Case "b": DecodeCell = (content = "1")
        Case "s": DecodeCell = DecodeText(content)
        Case "e": DecodeCell = ErrorValue(Split(content & "|", "|")(0))
        Case Else: DecodeCell = ""
    End Select
End Function

' What a function gives back to its cell: one value, or a table.
Public Function DecodeGrid(ByVal text As String) As Variant
    Dim rowTexts As Variant, cellTexts As Variant, grid() As Variant, i As Long, j As Long
    If InStr(text, Chr$(30)) = 0 And InStr(text, Chr$(31)) = 0 Then
        DecodeGrid = DecodeCell(text)
        Exit Function
    End If
    rowTexts = Split(text, Chr$(30))
    cellTexts = Split(rowTexts(0), Chr$(31))
    ReDim grid(0 To UBound(rowTexts), 0 To UBound(cellTexts))
    For i = 0 To UBound(rowTexts)
        cellTexts = Split(rowTexts(i), Chr$(31))
        For j = 0 To UBound(grid, 2)
            If j <= UBound(cellTexts) Then grid(i, j) = DecodeCell(cellTexts(j)) Else grid(i, j) = ""
        Next j
    Next i
    DecodeGrid = grid
End Function

Private Function ErrorName(ByVal cell As Variant) As String
    Select Case CLng(cell)
        Case 2000: ErrorName = "#NULL!"
        Case 2007: ErrorName = "#DIV/0!"
        Case 2023: ErrorName = "#REF!"
        Case 2029: ErrorName = "#NAME?"
        Case 2036: ErrorName = "#NUM!"
        Case 2042: ErrorName = "#N/A"
        Case Else: ErrorName = "#VALUE!"
    End Select
End Function

Private Function ErrorValue(ByVal name As String) As Variant
    Select Case name
        Case "#DIV/0!": ErrorValue = CVErr(2007)
        Case "#REF!": ErrorValue = CVErr(2023)
        Case "#NAME?": ErrorValue = CVErr(2029)
        Case "#NUM!": ErrorValue = CVErr(2036)
        Case "#N/A": ErrorValue = CVErr(2042)
        Case Else: ErrorValue = CVErr(2015)
    End Select
End Function
