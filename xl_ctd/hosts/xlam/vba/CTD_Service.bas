Attribute VB_Name = "CTD_Service"
' Asking Python: the service by HTTP, or Python on this computer (COM) when the service is not there.
Option Explicit
Option Private Module

Private Const REMEMBERED As Long = 50000
Private Const MASTER_SECONDS As Long = 5   ' how long an answer from the master counts as new
Private Const DAY_SECONDS As Double = 86400
Private Const DOWN_SECONDS As Long = 15    ' how long a service that was not there is not asked again

Private lasting As Object   ' answers that depend on the arguments alone
Private passing As Object   ' answers that depend on the master
Private passingSince As Date
Private downSince As Date
Private downReason As String

' What a worksheet function answers in its cell.
Public Function Answer(ByVal name As String, ByVal arguments As String, ByVal readsMaster As Boolean) As Variant
    Dim message As String, reply As String, shelf As Object
    message = name & arguments
    Set shelf = ShelfFor(readsMaster)
    If shelf.Exists(message) Then
        reply = shelf.Item(message)
    Else
        If Not Ask("functions", message, reply) Then
            Explain "e#N/A|" & CTD_Wire.EncodeText(reply)
            Answer = CVErr(2042)
            Exit Function
        End If
        If shelf.Count >= REMEMBERED Then shelf.RemoveAll
        shelf.Item(message) = reply
    End If
    Explain reply
    Answer = CTD_Wire.DecodeGrid(reply)
End Function

Private Function ShelfFor(ByVal readsMaster As Boolean) As Object
    If lasting Is Nothing Then
        Set lasting = CTD_Desk.NewDictionary()
        Set passing = CTD_Desk.NewDictionary()
    End If
    If Not readsMaster Then
        Set ShelfFor = lasting
        Exit Function
    End If
    If Now - passingSince >= MASTER_SECONDS / DAY_SECONDS Then
        passing.RemoveAll
        passingSince = Now
    End If
    Set ShelfFor = passing
End Function

' An action may have changed the master: what functions said of it is asked anew.
Public Sub Forget()
    If Not passing Is Nothing Then passing.RemoveAll
    downReason = ""
End Sub

Private Sub Explain(ByVal reply As String)
    If Left$(reply, 1) = "e" Then CTD_Desk.KeepReason Mid$(reply, InStr(reply & "|", "|") + 1)
End Sub

' True: reply is what was asked for. False: reply is the sentence that says why not.
Public Function Ask(ByVal path As String, ByVal message As String, ByRef reply As String) As Boolean
    Dim status As Long
    If downReason <> "" Then
        If Now - downSince < DOWN_SECONDS / DAY_SECONDS Then
            Ask = AskHere(path, message, reply)
            Exit Function
        End If
    End If
    downReason = ""
    reply = CTD_Http.Post(CTD_Desk.Setting("SERVICE_URL", CTD_URL) & "/api/desktop/" & path, CTD_Desk.Setting("SERVICE_TOKEN", ""), message, status)
    Select Case status
        Case 200, 202
            Ask = True
        Case 0
            downSince = Now
            downReason = CTD_Desk.Sentence("service-down")
            Ask = AskHere(path, message, reply)
        Case Else
            reply = SentenceIn(reply)
            If reply = "" Then reply = CTD_Desk.Sentence("service-strange")
    End Select
End Function

Private Function AskHere(ByVal path As String, ByVal message As String, ByRef reply As String) As Boolean
    If CTD_Desk.Setting("INTERPRETER_WIN", "") <> "" Then
        reply = CTD_Offline.AskPython(path, message)
    Else
        reply = ""
    End If
    If Left$(reply, 1) = "+" Then
        reply = Mid$(reply, 2)
        AskHere = True
    ElseIf Left$(reply, 1) = "-" Then
        reply = CTD_Wire.DecodeText(Mid$(reply, 2))
    Else
        reply = downReason
    End If
End Function

' The value of "sentence" in the service's refusal, which is JSON in plain ASCII.
Public Function SentenceIn(ByVal json As String) As String
    Dim at As Long, mark As String
    at = InStr(json, """sentence"": """)
    If at = 0 Then Exit Function
    at = at + 13
    Do While at <= Len(json)
        mark = Mid$(json, at, 1)
        If mark = """" Then Exit Do
        If mark = "\" Then
            at = at + 1
            mark = Mid$(json, at, 1)
            If mark = "u" Then
                mark = ChrW$(CTD_Wire.CodeUnit(Mid$(json, at + 1, 4)))
                at = at + 4
            ElseIf mark = "n" Then
                mark = vbLf
            End If
        End If
        SentenceIn = SentenceIn & mark
        at = at + 1
    Loop
End Function
