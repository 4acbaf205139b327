Attribute VB_Name = "CTD_Http"
' One request to the service. On Windows by the system's own HTTP; on a Mac by curl, because Excel has none there.
Option Explicit
Option Private Module

#If Mac Then
    Private Declare PtrSafe Function popen Lib "/usr/lib/libc.dylib" (ByVal command As String, ByVal mode As String) As LongPtr
    Private Declare PtrSafe Function pclose Lib "/usr/lib/libc.dylib" (ByVal stream As LongPtr) As Long
    Private Declare PtrSafe Function fread Lib "/usr/lib/libc.dylib" (ByVal buffer As String, ByVal size As LongPtr, ByVal items As LongPtr, ByVal stream As LongPtr) As Long
#Else
    Private connection As Object ' kept, so that the next request finds the line open
#End If

' The answer's text; status is 0 when the service cannot be reached.
Public Function Post(ByVal url As String, ByVal token As String, ByVal message As String, ByRef status As Long) As String
    #If Mac Then
        Post = PostByCurl(url, token, message, status)
    #Else
        Post = PostByWindows(url, token, message, status)
    #End If
End Function

#If Mac Then
Private Function PostByCurl(ByVal url As String, ByVal token As String, ByVal message As String, ByRef status As Long) As String
    Dim folder As String, answer As String, piece As String, stream As LongPtr, got As Long, number As Integer
    status = 0
    On Error GoTo failed
    folder = Environ$("HOME")
    number = FreeFile
    Open folder & "/ctd-request.txt" For Output As #number
    Print #number, message;
    Close #number
    number = FreeFile
    Open folder & "/ctd-headers.txt" For Output As #number ' the token is not put on a command line, where others see it
    Print #number, "Content-Type: text/plain"
    Print #number, "Authorization: Bearer " & token
    Print #number, "X-CTD-Version: " & CTD_VERSION
    Close #number
    stream = popen("cd '" & folder & "' && curl -s " & CurlTrust(url) & "-m 600 -H @ctd-headers.txt --data-binary @ctd-request.txt -w '\n%{http_code}' '" & url & "'; rm -f ctd-headers.txt ctd-request.txt", "r")
    Do
        piece = Space$(4096)
        got = CLng(fread(piece, 1, 4096, stream))
        answer = answer & Left$(piece, got)
    Loop While got > 0
    pclose stream
    status = Val(Mid$(answer, InStrRev(answer, vbLf) + 1))
    PostByCurl = Left$(answer, InStrRev(answer, vbLf) - 1)
    Exit Function
failed:
    status = 0
End Function

Private Function CurlTrust(ByVal url As String) As String
    If IsThisComputer(url) Then CurlTrust = "-k "
End Function
#Else
Private Function PostByWindows(ByVal url As String, ByVal token As String, ByVal message As String, ByRef status As Long) As String
    status = 0
    On Error GoTo failed
    If connection Is Nothing Then Set connection = CreateObject("MSXML2.ServerXMLHTTP.6.0")
    connection.setTimeouts 2000, 2000, 30000, 600000
    connection.Open "POST", url, False
    If IsThisComputer(url) Then connection.setOption 2, 13056
    connection.setRequestHeader "Content-Type", "text/plain"
    connection.setRequestHeader "Authorization", "Bearer " & token
    connection.setRequestHeader "X-CTD-Version", CTD_VERSION
    connection.send message
    PostByWindows = connection.responseText
    status = connection.status
    Exit Function
failed:
    Set connection = Nothing
End Function
#End If

' The service makes its own certificate when the office has none. What stays inside this computer may use it.
Private Function IsThisComputer(ByVal url As String) As Boolean
    IsThisComputer = url Like "https://localhost[:/]*" Or url Like "https://127.0.0.1[:/]*"
End Function
