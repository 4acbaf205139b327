Attribute VB_Name = "CTD_Ribbon"
' Every button of the tab: ask Python what would happen, show it, ask the person, then do it.
Option Explicit

Private isBusy As Boolean ' Excel hears clicks while an action is under way

Public Sub CTD_OnAction(control As IRibbonControl)
    If isBusy Then Exit Sub
    isBusy = True
    PerformAction control.ID, control.Tag
    isBusy = False
End Sub

' The button of Google Sheets is there when the user's file says GOOGLE.
Public Sub CTD_GetVisible(control As IRibbonControl, ByRef visible As Variant)
    visible = (CTD_Desk.Setting("GOOGLE", "") <> "")
End Sub

' first: what a click runs before anything is changed; the same action when it changes nothing.
Private Sub PerformAction(ByVal action As String, ByVal first As String)
    Dim arguments As String, reply As String, asked As String, title As String, said As String, reason As String
    On Error GoTo failed
    CTD_Desk.ReadSettings
    CTD_Service.Forget
    If action = "nguon_so_lieu" And Not ActiveCell Is Nothing Then
        reason = CTD_Desk.ReasonOf(ActiveCell)
        If reason <> "" Then
            CTD_Desk.Tell ActiveCell.Address(False, False), reason
            Exit Sub
        End If
    End If
    arguments = Place()
    asked = first
    Do While asked <> ""
        Application.Cursor = xlWait
        If Not Finish("actions/" & asked, arguments, reply) Then
            Rest
            CTD_Desk.Tell CTD_Desk.Sentence("title"), reply
            Exit Sub
        End If
        Rest
        asked = Show(reply, title, said)
        If asked = "" Then
            CTD_Desk.Tell title, said
        ElseIf Not CTD_Desk.Agrees(title, said & vbLf & vbLf & CTD_Desk.Sentence("agree")) Then
            asked = ""
        End If
    Loop
    CTD_Service.Forget
    Exit Sub
failed:
    Rest
    CTD_Desk.Tell CTD_Desk.Sentence("title"), CTD_Desk.Sentence("failed") & vbLf & Err.Description
End Sub

' Ask, and ask again until the action is over. Between two questions Excel hears Python writing into the workbook.
Private Function Finish(ByVal path As String, ByVal arguments As String, ByRef reply As String) As Boolean
    Dim parts As Variant, began As Single
    Finish = CTD_Service.Ask(path, arguments, reply)
    Do While Finish And Left$(reply, 1) = "w"
        parts = Split(reply, Chr$(31))
        Application.StatusBar = CTD_Desk.Sentence("working") & " " & parts(1) & "/" & parts(2)
        began = Timer
        Do While Timer < began + 0.3 And Timer >= began
            DoEvents
        Loop
        Finish = CTD_Service.Ask("runs/" & Mid$(parts(0), 2), "", reply)
    Loop
End Function

Private Sub Rest()
    Application.Cursor = xlDefault
    Application.StatusBar = False
End Sub

' Where the person stands: the workbook, and the cell with its sheet.
Private Function Place() As String
    If ActiveWorkbook Is Nothing Then Exit Function
    Place = Pair("book", ActiveWorkbook.FullName)
    If Not ActiveCell Is Nothing Then Place = Place & Chr$(30) & Pair("cell", ActiveSheet.Name & "!" & ActiveCell.Address(False, False))
End Function

Private Function Pair(ByVal name As String, ByVal value As String) As String
    Pair = "s" & name & Chr$(31) & "s" & CTD_Wire.EncodeText(value)
End Function

' Lay the tables of an answer into a new workbook; gives the action that is asked for, title and sentence.
Private Function Show(ByVal reply As String, ByRef title As String, ByRef said As String) As String
    Dim grids As Variant, head As Variant, sheet As Object, i As Long, line As Long
    grids = Split(reply, Chr$(29))
    head = Split(grids(0), Chr$(31))
    title = CTD_Wire.DecodeCell(head(0))
    said = CTD_Wire.DecodeCell(head(1))
    Show = CTD_Wire.DecodeCell(head(2))
    If UBound(grids) = 0 Then Exit Function
    Set sheet = Workbooks.Add(xlWBATWorksheet).Worksheets(1)
    sheet.Cells(1, 1).Value = title
    sheet.Cells(1, 1).Font.Bold = True
    sheet.Cells(1, 1).Font.Size = 14
    sheet.Cells(2, 1).Value = said
    line = 4
    For i = 1 To UBound(grids)
        line = LayTable(sheet, line, CStr(grids(i))) + 1
    Next i
    sheet.Columns.ColumnWidth = 18
    sheet.Parent.Saved = True
End Function

Private Function LayTable(ByVal sheet As Object, ByVal line As Long, ByVal grid As String) As Long
    Dim lines As Variant, cells As Variant, i As Long, j As Long, isFindings As Boolean
    lines = Split(grid, Chr$(30))
    isFindings = (lines(0) = "")
    If Not isFindings Then
        sheet.Cells(line, 1).Value = CTD_Wire.DecodeCell(lines(0))
        sheet.Cells(line, 1).Font.Bold = True
        line = line + 1
    End If
    For i = 1 To UBound(lines)
        cells = Split(lines(i), Chr$(31))
        For j = 0 To UBound(cells)
            With sheet.Cells(line, j + 1)
                .NumberFormat = "@"
                .Value = CTD_Wire.DecodeCell(cells(j))
                .Font.Bold = (i = 1)
            End With
        Next j
        If isFindings And i > 1 And UBound(cells) >= 4 Then LinkPlace sheet.Cells(line, 5), CTD_Wire.DecodeCell(cells(2)), CTD_Wire.DecodeCell(cells(3)), CTD_Wire.DecodeCell(cells(4))
        line = line + 1
    Next i
    LayTable = line
End Function

' A click on the place of a finding jumps to its cell, when that workbook is open.
Private Sub LinkPlace(ByVal at As Object, ByVal file As String, ByVal tab_ As String, ByVal cell As String)
    Dim book As Object
    If cell = "" Or tab_ = "" Then Exit Sub
    For Each book In Workbooks
        If LCase$(book.Name) = LCase$(file) Then
            at.Worksheet.Hyperlinks.Add at, book.FullName, "'" & Replace(tab_, "'", "''") & "'!" & cell, , cell
            Exit Sub
        End If
    Next book
End Sub
