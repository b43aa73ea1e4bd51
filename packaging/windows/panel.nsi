; The panel's installer. Built by `cargo xtask windows`, which gives VERSION, STAGE (folder with the files) and OUT.
;
; Silent: setup.exe /S [/AllUsers | /CurrentUser] [/SERVER=http://HOST/…] [/EXTENSION=801] [/AUTOSTART=0|1] [/HANDLERS=0|1] [/D=FOLDER]
; Uninstall silently: uninstall.exe /S [/PURGE=1]: with PURGE the settings of the user who runs it go, too.
; docs/windows.md says what each does.

Target amd64-unicode
ManifestDPIAware true
SetCompressor /SOLID lzma
; A file that cannot be written is a failure, also of a silent setup.
AllowSkipFiles off

!define NAME "Uncall Panel"
!define ID "net.uncall.panel"
!define EXE "uncall-panel.exe"
!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\UncallPanel"
!define SETTINGS_KEY "Software\Uncall\Panel"
!define RUN_KEY "Software\Microsoft\Windows\CurrentVersion\Run"
; The evergreen WebView2 runtime's own entry (Microsoft's "Detect if a WebView2 Runtime is already installed").
!define WEBVIEW2_CLIENT "Microsoft\EdgeUpdate\Clients\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}"

; An administrator installs for everybody, anybody else for himself.
!define MULTIUSER_EXECUTIONLEVEL Highest
!define MULTIUSER_MUI
!define MULTIUSER_INSTALLMODE_COMMANDLINE
!define MULTIUSER_USE_PROGRAMFILES64
!define MULTIUSER_INSTALLMODE_INSTDIR "${NAME}"
!define MULTIUSER_INSTALLMODE_INSTDIR_REGISTRY_KEY "${UNINSTALL_KEY}"
!define MULTIUSER_INSTALLMODE_INSTDIR_REGISTRY_VALUENAME "InstallLocation"
!define MULTIUSER_INSTALLMODE_DEFAULT_REGISTRY_KEY "${UNINSTALL_KEY}"
!define MULTIUSER_INSTALLMODE_DEFAULT_REGISTRY_VALUENAME "UninstallString"
!include MultiUser.nsh
!include MUI2.nsh
!include FileFunc.nsh
!include WordFunc.nsh
!include LogicLib.nsh
!include x64.nsh
!include WinVer.nsh
!include Sections.nsh
!include Win\COM.nsh
!include Win\Propkey.nsh

; The value of /OPTION=value, "/OPTION=a value" or /OPTION="a value" of the command line, into $R1; empty when it is not there. What
; looks like an option inside a value is none. (GetOptions of FileFunc takes every slash, as in http://, for the next option.)
!macro DefineValue PREFIX
Function ${PREFIX}Value
  Exch $0 ; the option, such as /SERVER=
  Push $1 ; what is not read yet
  Push $2 ; a character of it
  Push $3 ; the word so far, without quotes
  Push $4 ; 1 between quotes
  Push $5
  Push $6
  ${GetParameters} $1
  StrLen $5 $0
  StrCpy $R1 ""
  StrCpy $3 ""
  StrCpy $4 0
  next:
    StrCpy $2 $1 1
    StrCpy $1 $1 "" 1
    StrCmp $2 "" word
    StrCmp $2 '"' quote
    StrCmp $4 1 take
    StrCmp $2 " " word
    StrCmp $2 "$\t" word
  take:
    StrCpy $3 "$3$2"
    Goto next
  quote:
    IntOp $4 1 - $4
    Goto next
  word:
    StrCpy $6 $3 $5
    StrCmp $6 $0 0 another
    StrCpy $R1 $3 "" $5
  another:
    StrCpy $3 ""
    StrCmp $2 "" 0 next
  Pop $6
  Pop $5
  Pop $4
  Pop $3
  Pop $2
  Pop $1
  Pop $0
FunctionEnd
!macroend
!insertmacro DefineValue ""
!insertmacro DefineValue "un."

Name "${NAME}"
OutFile "${OUT}"
BrandingText "${NAME} ${VERSION}"
VIProductVersion "${VERSION}.0"
VIAddVersionKey ProductName "${NAME}"
VIAddVersionKey FileDescription "${NAME} Setup"
VIAddVersionKey FileVersion "${VERSION}"
VIAddVersionKey LegalCopyright "MIT OR Apache-2.0"

!define MUI_ICON "${STAGE}\icon.ico"
!define MUI_UNICON "${STAGE}\icon.ico"
!define MUI_FINISHPAGE_NOREBOOTSUPPORT
!define MUI_FINISHPAGE_RUN
!define MUI_FINISHPAGE_RUN_FUNCTION StartPanel
!insertmacro MUI_PAGE_WELCOME
!insertmacro MULTIUSER_PAGE_INSTALLMODE
!insertmacro MUI_PAGE_COMPONENTS
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_COMPONENTS
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "SimpChinese"

LangString PANEL ${LANG_ENGLISH} "${NAME}"
LangString PANEL ${LANG_SIMPCHINESE} "坐席面板"
LangString AUTOSTART ${LANG_ENGLISH} "Start with Windows"
LangString AUTOSTART ${LANG_SIMPCHINESE} "随 Windows 启动"
LangString HANDLERS ${LANG_ENGLISH} "Offer for tel:, callto: and sip: links"
LangString HANDLERS ${LANG_SIMPCHINESE} "可用于打开 tel:、callto:、sip: 链接"
LangString PURGE ${LANG_ENGLISH} "Also remove my settings and recordings kept here"
LangString PURGE ${LANG_SIMPCHINESE} "同时删除我的设置和缓存的录音"
LangString NO_WEBVIEW2 ${LANG_ENGLISH} "This PC has no Microsoft Edge WebView2 runtime. Without it the panel cannot open its window.$\r$\n$\r$\nPlease install the 'WebView2 Evergreen Runtime' from Microsoft: https://go.microsoft.com/fwlink/p/?LinkId=2124703"
LangString NO_WEBVIEW2 ${LANG_SIMPCHINESE} "本机没有 Microsoft Edge WebView2 运行时,面板将无法打开窗口。$\r$\n$\r$\n请从微软安装“WebView2 Evergreen Runtime”:https://go.microsoft.com/fwlink/p/?LinkId=2124703"
LangString NEEDS_X64 ${LANG_ENGLISH} "The panel needs a 64-bit Windows 10 or later."
LangString NEEDS_X64 ${LANG_SIMPCHINESE} "面板需要 64 位 Windows 10 或更高版本。"

; Whether the command of a scheme is ours, from this folder or another one of ours before: $1 is "1" then.
!macro IsOurs COMMAND
  StrCpy $1 ""
  ${WordFind} "${COMMAND}" "${EXE}$\"" "E+1" $2
  ${IfNot} ${Errors}
    StrCpy $1 "1"
  ${EndIf}
!macroend

; Writes under SHCTX: HKLM for everybody, HKCU for one user.
!macro Command KEY TITLE
  WriteRegStr SHCTX "Software\Classes\${KEY}" "" "${TITLE}"
  WriteRegStr SHCTX "Software\Classes\${KEY}" "URL Protocol" ""
  WriteRegStr SHCTX "Software\Classes\${KEY}\shell\open\command" "" '"$INSTDIR\${EXE}" -- "%1"'
!macroend

!macro Handler SCHEME
  WriteRegStr SHCTX "${SETTINGS_KEY}\Capabilities\URLAssociations" "${SCHEME}" "UncallPanel.link"
  ; Taken over only where nobody answers yet: a softphone that is there keeps its links until the user chooses otherwise.
  ReadRegStr $0 HKCR "${SCHEME}\shell\open\command" ""
  !insertmacro IsOurs "$0"
  ${If} $0 == ""
  ${OrIf} $1 == "1"
    !insertmacro Command "${SCHEME}" "URL:${SCHEME}"
  ${EndIf}
!macroend

!macro RemoveHandler SCHEME
  ReadRegStr $0 SHCTX "Software\Classes\${SCHEME}\shell\open\command" ""
  !insertmacro IsOurs "$0"
  ${If} $1 == "1"
    ; What others have put beside it stays.
    DeleteRegKey SHCTX "Software\Classes\${SCHEME}\shell\open\command"
    DeleteRegKey /ifnosubkeys SHCTX "Software\Classes\${SCHEME}\shell\open"
    DeleteRegKey /ifnosubkeys SHCTX "Software\Classes\${SCHEME}\shell"
    DeleteRegKey /ifnosubkeys SHCTX "Software\Classes\${SCHEME}"
  ${EndIf}
!macroend

!macro RemoveHandlers
  !insertmacro RemoveHandler "tel"
  !insertmacro RemoveHandler "callto"
  !insertmacro RemoveHandler "sip"
  DeleteRegKey SHCTX "Software\Classes\UncallPanel.link"
  DeleteRegKey SHCTX "${SETTINGS_KEY}\Capabilities"
  DeleteRegValue SHCTX "Software\RegisteredApplications" "${NAME}"
!macroend

; The shortcut carries the id that the panel's toasts and windows have, so that the taskbar takes them for one.
!macro NameShortcut FILE
  !insertmacro ComHlpr_CreateInProcInstance ${CLSID_ShellLink} ${IID_IShellLink} r0 ""
  ${If} $0 P<> 0
    ${IUnknown::QueryInterface} $0 '("${IID_IPersistFile}",.r1)'
    ${IUnknown::QueryInterface} $0 '("${IID_IPropertyStore}",.r2)'
    ${If} $1 P<> 0
    ${AndIf} $2 P<> 0
      ${IPersistFile::Load} $1 '("${FILE}",${STGM_READWRITE})'
      System::Call '*${SYSSTRUCT_PROPERTYKEY}(${PKEY_AppUserModel_ID})p.r3'
      System::Call '*(&w32 "${ID}")p.r4'
      System::Call '*${SYSSTRUCT_PROPVARIANT}(${VT_LPWSTR},,p r4)p.r5'
      ${IPropertyStore::SetValue} $2 '($3,$5)'
      ${IPropertyStore::Commit} $2 ""
      ${IPersistFile::Save} $1 '("${FILE}",1)'
      System::Free $3
      System::Free $5
      System::Free $4
    ${EndIf}
    ${If} $2 P<> 0
      ${IUnknown::Release} $2 ""
    ${EndIf}
    ${If} $1 P<> 0
      ${IUnknown::Release} $1 ""
    ${EndIf}
    ${IUnknown::Release} $0 ""
  ${EndIf}
!macroend

; The shell reads what opens which link anew.
!macro LinksChanged
  System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)' ; SHCNE_ASSOCCHANGED
!macroend

; A panel that runs keeps its file open. It is moved aside and goes on; the new one is used from the next start, and the
; next setup removes the old one.
!macro MoveAside FILE
  ${If} ${FileExists} "$INSTDIR\${FILE}"
    Delete "$INSTDIR\${FILE}"
    ${If} ${FileExists} "$INSTDIR\${FILE}"
      System::Call 'kernel32::GetTickCount()i.r0'
      Rename "$INSTDIR\${FILE}" "$INSTDIR\${FILE}.$0.old"
    ${EndIf}
  ${EndIf}
!macroend

Section "$(PANEL)" SecPanel
  SectionIn RO
  SetOutPath "$INSTDIR"
  Delete "$INSTDIR\*.old"
  !insertmacro MoveAside "${EXE}"
  !insertmacro MoveAside "WebView2Loader.dll"
  File "${STAGE}\${EXE}"
  File "${STAGE}\WebView2Loader.dll"
  File "${STAGE}\icon.ico"
  File "${STAGE}\LICENSE.txt"
  CreateShortcut "$SMPROGRAMS\${NAME}.lnk" "$INSTDIR\${EXE}" "" "$INSTDIR\icon.ico"
  !insertmacro NameShortcut "$SMPROGRAMS\${NAME}.lnk"

  ; Toasts show the name and the picture that stand here.
  WriteRegStr SHCTX "Software\Classes\AppUserModelId\${ID}" "DisplayName" "${NAME}"
  WriteRegStr SHCTX "Software\Classes\AppUserModelId\${ID}" "IconUri" "$INSTDIR\icon.ico"

  ; What the command line gave stands in for what a user has not set.
  Push "/SERVER="
  Call Value
  ${If} $R1 != ""
    WriteRegStr SHCTX "${SETTINGS_KEY}" "Server" "$R1"
  ${EndIf}
  Push "/EXTENSION="
  Call Value
  ${If} $R1 != ""
    WriteRegStr SHCTX "${SETTINGS_KEY}" "Extension" "$R1"
  ${EndIf}

  !insertmacro Command "uncall" "URL:uncall"

  WriteUninstaller "$INSTDIR\uninstall.exe"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "DisplayName" "${NAME}"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\icon.ico"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "Publisher" "Uncall"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\uninstall.exe" /$MultiUser.InstallMode'
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /$MultiUser.InstallMode /S'
  WriteRegDWORD SHCTX "${UNINSTALL_KEY}" "NoModify" 1
  WriteRegDWORD SHCTX "${UNINSTALL_KEY}" "NoRepair" 1
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  IntFmt $0 "0x%08X" $0
  WriteRegDWORD SHCTX "${UNINSTALL_KEY}" "EstimatedSize" "$0"
SectionEnd

Section "$(AUTOSTART)" SecAutostart
  WriteRegStr SHCTX "${RUN_KEY}" "UncallPanel" '"$INSTDIR\${EXE}" --tray'
SectionEnd

Section "$(HANDLERS)" SecHandlers
  !insertmacro Command "UncallPanel.link" "URL:${NAME}"
  WriteRegStr SHCTX "Software\Classes\UncallPanel.link\DefaultIcon" "" "$INSTDIR\icon.ico"
  WriteRegStr SHCTX "${SETTINGS_KEY}\Capabilities" "ApplicationName" "${NAME}"
  WriteRegStr SHCTX "${SETTINGS_KEY}\Capabilities" "ApplicationDescription" "Takes the number of a link to the dial box"
  WriteRegStr SHCTX "Software\RegisteredApplications" "${NAME}" "${SETTINGS_KEY}\Capabilities"
  !insertmacro Handler "tel"
  !insertmacro Handler "callto"
  !insertmacro Handler "sip"
SectionEnd

Section "-Choices"
  ; What was chosen stands here for the next upgrade.
  ${If} ${SectionIsSelected} ${SecAutostart}
    WriteRegStr SHCTX "${SETTINGS_KEY}" "Autostart" "1"
  ${Else}
    WriteRegStr SHCTX "${SETTINGS_KEY}" "Autostart" "0"
    DeleteRegValue SHCTX "${RUN_KEY}" "UncallPanel"
  ${EndIf}
  ${If} ${SectionIsSelected} ${SecHandlers}
    WriteRegStr SHCTX "${SETTINGS_KEY}" "Handlers" "1"
  ${Else}
    WriteRegStr SHCTX "${SETTINGS_KEY}" "Handlers" "0"
    !insertmacro RemoveHandlers
  ${EndIf}
  !insertmacro LinksChanged
SectionEnd

!macro Choose OPTION REMEMBERED SECTION
  Push "${OPTION}"
  Call Value
  ${If} $R1 == ""
    ReadRegStr $R1 SHCTX "${SETTINGS_KEY}" "${REMEMBERED}"
  ${EndIf}
  ${If} $R1 == "0"
    !insertmacro UnselectSection ${SECTION}
  ${EndIf}
!macroend

; MultiUser.nsh would show a message, and wait for somebody to press OK.
!macro RefuseSilently PREFIX
  ${If} ${Silent}
    ${GetParameters} $R0
    ${${PREFIX}StrStr} $R1 $R0 "/AllUsers"
    ${If} $R1 != ""
      UserInfo::GetAccountType
      Pop $R0
      ${If} $R0 != "Admin"
        SetErrorLevel 2
        Quit
      ${EndIf}
    ${EndIf}
  ${EndIf}
!macroend

Function .onInit
  ${IfNot} ${RunningX64}
  ${OrIfNot} ${AtLeastWin10}
    MessageBox MB_OK|MB_ICONSTOP "$(NEEDS_X64)" /SD IDOK
    SetErrorLevel 2
    Quit
  ${EndIf}
  SetRegView 64
  !insertmacro RefuseSilently ""
  !insertmacro MULTIUSER_INIT
  ; The command line decides, else what was chosen before, else both are on.
  !insertmacro Choose "/AUTOSTART=" "Autostart" ${SecAutostart}
  !insertmacro Choose "/HANDLERS=" "Handlers" ${SecHandlers}
FunctionEnd

; By the desktop, with the rights of whoever sits there: a panel with an administrator's would take no links from his browser.
Function StartPanel
  Exec '"$WINDIR\explorer.exe" "$INSTDIR\${EXE}"'
FunctionEnd

Function .onInstSuccess
  ReadRegStr $0 HKLM "SOFTWARE\WOW6432Node\${WEBVIEW2_CLIENT}" "pv"
  ${If} $0 == ""
    ReadRegStr $0 HKCU "Software\${WEBVIEW2_CLIENT}" "pv"
  ${EndIf}
  ${If} $0 == ""
  ${OrIf} $0 == "0.0.0.0"
    MessageBox MB_OK|MB_ICONEXCLAMATION "$(NO_WEBVIEW2)" /SD IDOK
  ${EndIf}
FunctionEnd

Function un.onInit
  SetRegView 64
  !insertmacro RefuseSilently "Un"
  !insertmacro MULTIUSER_UNINIT
  Push "/PURGE="
  Call un.Value
  ${If} $R1 == "1"
    Call un.SelectPurge
  ${EndIf}
FunctionEnd

Section "un.$(PANEL)" UnPanel
  SectionIn RO
  Delete "$INSTDIR\${EXE}"
  ${If} ${FileExists} "$INSTDIR\${EXE}"
    Call un.EndPanel
  ${EndIf}
  !insertmacro RemoveHandlers
  !insertmacro RemoveHandler "uncall"
  DeleteRegKey SHCTX "Software\Classes\AppUserModelId\${ID}"
  DeleteRegKey SHCTX "${SETTINGS_KEY}"
  DeleteRegKey /ifempty SHCTX "Software\Uncall"
  DeleteRegValue SHCTX "${RUN_KEY}" "UncallPanel"
  DeleteRegKey SHCTX "${UNINSTALL_KEY}"
  Delete "$SMPROGRAMS\${NAME}.lnk"
  !insertmacro MoveAside "${EXE}"
  !insertmacro MoveAside "WebView2Loader.dll"
  Delete "$INSTDIR\icon.ico"
  Delete "$INSTDIR\LICENSE.txt"
  Delete "$INSTDIR\*.old"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  !insertmacro LinksChanged
SectionEnd

; Its own user's, or with an administrator's rights everybody's.
Function un.EndPanel
  nsExec::Exec '"$SYSDIR\taskkill.exe" /F /IM "${EXE}"'
  Pop $0
  ; Windows lets go of the file a moment later.
  ${For} $1 1 20
    Delete "$INSTDIR\${EXE}"
    ${IfNot} ${FileExists} "$INSTDIR\${EXE}"
      ${ExitFor}
    ${EndIf}
    Sleep 250
  ${Next}
FunctionEnd

; Only what belongs to the user who runs this.
Section /o "un.$(PURGE)" UnPurge
  SetShellVarContext current
  RMDir /r "$APPDATA\uncall-panel"
  RMDir /r "$LOCALAPPDATA\uncall-panel"
  ; What the web view keeps, and holds for a moment after the panel's end.
  ${For} $1 1 20
    RMDir /r "$LOCALAPPDATA\${ID}"
    ${IfNot} ${FileExists} "$LOCALAPPDATA\${ID}\*.*"
      ${ExitFor}
    ${EndIf}
    Sleep 250
  ${Next}
  DeleteRegKey HKCU "${SETTINGS_KEY}"
  DeleteRegKey /ifempty HKCU "Software\Uncall"
  Call un.ForgetSecrets
SectionEnd

; The panel's entries of the Credential Manager are named ACCOUNT.Uncall Panel.
Function un.ForgetSecrets
  System::Call 'advapi32::CredEnumerateW(p 0, i 0, *i 0 r1, *p 0 r2)i.r0'
  ${If} $0 = 0
    Return
  ${EndIf}
  StrCpy $3 $2
  ${While} $1 > 0
    System::Call '*$3(p.r4)'
    System::Call '*$4(i, i.r5, w.r6)' ; CREDENTIALW begins with Flags, Type, TargetName
    StrCpy $7 $6 "" -13
    ${If} $7 == ".${NAME}"
      System::Call 'advapi32::CredDeleteW(w r6, i r5, i 0)'
    ${EndIf}
    IntPtrOp $3 $3 + ${NSIS_PTR_SIZE}
    IntOp $1 $1 - 1
  ${EndWhile}
  System::Call 'advapi32::CredFree(p r2)'
FunctionEnd

Function un.SelectPurge
  !insertmacro SelectSection ${UnPurge}
FunctionEnd
