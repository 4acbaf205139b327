Attribute VB_Name = "CTD_Desk"
' What this user's computer knows: settings from the user's own file, sentences from the hidden sheet of the add-in,
' message boxes with Vietnamese letters, and the reasons behind error cells.
Option Explicit
Option Private Module

#If Not Mac Then
    #If VBA7 Then
        Private Declare PtrSafe Function MessageBoxW Lib "user32" (ByVal window As LongPtr, ByVal text As LongPtr, ByVal caption As LongPtr, ByVal style As Long) As Long
    #Else
        Private Declare Function MessageBoxW Lib "user32" (ByVal window As Long, ByVal text As Long, ByVal caption As Long, ByVal style As Long) As Long
    #End If
#End If

Private Const YES_NO As Long = 4
Private Const QUESTION As Long = 32
Private Const INFORMATION As Long = 64
Private Const IN_FRONT As Long = 65536
Private Const YES As Long = 6

Private settings As Object
Private reasons As Object

Public Function NewDictionary() As Object
    #If Mac Then
        Set NewDictionary = New Dictionary
    #Else
        Set NewDictionary = CreateObject("Scripting.Dictionary")
    #End If
End Function

' A line "NAME","value" of the user's own file; a file that is missing has no settings.
Public Function Setting(ByVal name As String, ByVal otherwise As String) As String
    If settings Is Nothing Then ReadSettings
    If settings.Exists(name) Then Setting = settings.Item(name) Else Setting = otherwise
End Function

Public Sub ReadSettings()
    Dim line As Variant, parts As Variant
    Set settings = NewDictionary()
    On Error GoTo none
    For Each line In Split(Replace(SettingsText(), vbCr, ""), vbLf)
        parts = Split(line, """,""")
        If UBound(parts) = 1 Then settings.Item(Mid$(parts(0), 2)) = Left$(parts(1), Len(parts(1)) - 1)
    Next line
none:
End Sub

#If Mac Then
Private Function SettingsText() As String
    Dim number As Integer
    number = FreeFile
    Open Environ$("HOME") & "/ctd.conf" For Input As #number
    SettingsText = Input$(LOF(number), #number)
    Close #number
End Function
#Else
Private Function SettingsText() As String
    Dim path As String
    ' Environ$ would mutilate a user name with Vietnamese letters.
    path = CreateObject("WScript.Shell").ExpandEnvironmentStrings("%USERPROFILE%\.ctd\ctd.conf")
    SettingsText = CreateObject("Scripting.FileSystemObject").OpenTextFile(path, 1).ReadAll
End Function
#End If

' A sentence of the add-in's own, in Vietnamese: VBA source cannot hold it.
Public Function Sentence(ByVal code As String) As String
    Dim line As Long
    On Error GoTo missing
    With ThisWorkbook.Worksheets("ctd.text")
        line = 1
        Do While .Cells(line, 1).Value2 <> ""
            If .Cells(line, 1).Value2 = code Then
                Sentence = .Cells(line, 2).Value2
                Exit Function
            End If
            line = line + 1
        Loop
    End With
missing:
    Sentence = code
End Function

Public Sub Tell(ByVal title As String, ByVal text As String)
    Box title, text, INFORMATION
End Sub

Public Function Agrees(ByVal title As String, ByVal text As String) As Boolean
    Agrees = (Box(title, text, YES_NO + QUESTION) = YES)
End Function

Private Function Box(ByVal title As String, ByVal text As String, ByVal style As Long) As Long
    #If Mac Then
        Box = MsgBox(text, style, title)
    #Else
        Box = MessageBoxW(Application.hwnd, StrPtr(text), StrPtr(title), style + IN_FRONT)
    #End If
End Function

' The reason behind an error is kept for its cell; the button "Nguon so lieu" shows it.
Public Sub KeepReason(ByVal wire As String)
    On Error GoTo nowhere
    If reasons Is Nothing Then Set reasons = NewDictionary()
    If reasons.Count > 5000 Then reasons.RemoveAll
    reasons.Item(Application.Caller.Address(External:=True)) = CTD_Wire.DecodeText(wire)
nowhere:
End Sub

Public Function ReasonOf(ByVal cell As Object) As String
    On Error GoTo nowhere
    If Not IsError(cell.Value2) Or reasons Is Nothing Then Exit Function
    If reasons.Exists(cell.Address(External:=True)) Then ReasonOf = reasons.Item(cell.Address(External:=True))
nowhere:
End Function
