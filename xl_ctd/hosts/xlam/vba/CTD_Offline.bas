Attribute VB_Name = "CTD_Offline"
' Python on this computer through xlwings and COM, for when the service is not there. Windows only.
Option Explicit
Option Private Module

Private Const HOST As String = "xl_ctd.hosts.desktop_udfs"

' "+" and the answer, "-" and a sentence, or nothing when Python could not be started.
Public Function AskPython(ByVal path As String, ByVal message As String) As String
    #If Not Mac Then
        Dim said As Variant
        On Error GoTo failed
        If TypeName(Application.Caller) = "Range" Then
            said = XLPy.CallUDF(HOST, "ask", Array(path, message), ActiveWorkbook, Application.Caller)
        Else
            said = XLPy.CallUDF(HOST, "ask", Array(path, message), ActiveWorkbook, ActiveCell)
        End If
        Do While IsArray(said)
            said = FirstOf(said)
        Loop
        AskPython = CStr(said)
failed:
    #End If
End Function

Private Function FirstOf(ByVal many As Variant) As Variant
    Dim one As Variant
    For Each one In many
        FirstOf = one
        Exit Function
    Next one
End Function
