Attribute VB_Name = "CTD_Setup"
' Help in the function wizard, from the hidden sheet ctd.help: name, description, category, then each argument.
Option Explicit

Private tries As Long

' Excel takes such texts only while a workbook is open, which is not yet so when Excel has just been started.
Public Sub RegisterWhenReady()
    If ActiveWorkbook Is Nothing And tries < 20 Then
        tries = tries + 1
        Application.OnTime Now + TimeSerial(0, 0, 3), "'" & ThisWorkbook.Name & "'!CTD_Setup.RegisterWhenReady"
    Else
        RegisterFunctionHelp
    End If
End Sub

Public Sub RegisterFunctionHelp()
    Dim line As Long, given As Long, i As Long, texts() As String
    On Error Resume Next
    With ThisWorkbook.Worksheets("ctd.help")
        line = 2
        Do While .Cells(line, 1).Value2 <> ""
            given = 0
            Do While .Cells(line, 4 + given).Value2 <> ""
                given = given + 1
            Loop
            ReDim texts(0 To given - 1)
            For i = 0 To given - 1
                texts(i) = .Cells(line, 4 + i).Value2
            Next i
            Application.MacroOptions Macro:="'" & ThisWorkbook.Name & "'!" & .Cells(line, 1).Value2, Description:=.Cells(line, 2).Value2, Category:=.Cells(line, 3).Value2, ArgumentDescriptions:=texts
            line = line + 1
        Loop
    End With
    ThisWorkbook.Saved = True
End Sub
