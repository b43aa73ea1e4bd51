; The panel's installer. Built by `cargo xtask windows`, which gives VERSION, STAGE (folder with the files) and OUT.
;
; Silent: setup.exe /S [/AllUsers | /CurrentUser] [/SERVER=http://HOST/...] [/EXTENSION=801] [/AUTOSTART=0|1] [/HANDLERS=0|1] [/D=FOLDER]
; Uninstall silently: uninstall.exe /S [/PURGE=1]: with PURGE the settings of the user who runs it go, too.
; docs/windows.md says what each does.

Target amd64-unicode
ManifestDPIAware true
SetCompressor /SOLID lzma

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
!include LogicLib.nsh
!include x64.nsh
!include Sections.nsh

; The value of /OPTION=value or /OPTION="a value" on the command line, into $R1; empty when it is not there. (GetOptions of
; FileFunc takes a slash inside the value, as in http://, for the next option.)
!macro DefineValue PREFIX
Function ${PREFIX}Value
  Exch $0 ; the option, such as /SERVER=
  Push $1
  Push $2
  Push $3
  ${GetParameters} $1
  StrLen $2 $0
  StrCpy $R1 ""
  find:
    StrCmp $1 "" done
    StrCpy $3 $1 $2
    StrCmp $3 $0 found
    StrCpy $1 $1 "" 1
    Goto find
  found:
    StrCpy $1 $1 "" $2
    StrCpy $2 " " ; what ends the value
    StrCpy $3 $1 1
    StrCmp $3 '"' 0 read
    StrCpy $2 '"'
    StrCpy $1 $1 "" 1
  read:
    StrCpy $3 $1 1
    StrCmp $3 "" done
    StrCmp $3 $2 done
    StrCpy $R1 "$R1$3"
    StrCpy $1 $1 "" 1
    Goto read
  done:
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
!define MUI_FINISHPAGE_RUN "$INSTDIR\${EXE}"
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

; Writes under SHCTX: HKLM for everybody, HKCU for one user.
!macro Handler SCHEME
  WriteRegStr SHCTX "Software\Uncall\Panel\Capabilities\URLAssociations" "${SCHEME}" "UncallPanel.link"
  ; Taken over only where nobody answers yet: a softphone that is there keeps its links until the user chooses otherwise.
  ReadRegStr $0 HKCR "${SCHEME}\shell\open\command" ""
  ${If} $0 == ""
    WriteRegStr SHCTX "Software\Classes\${SCHEME}" "" "URL:${SCHEME}"
    WriteRegStr SHCTX "Software\Classes\${SCHEME}" "URL Protocol" ""
    WriteRegStr SHCTX "Software\Classes\${SCHEME}\shell\open\command" "" '"$INSTDIR\${EXE}" "%1"'
  ${EndIf}
!macroend

!macro RemoveHandler SCHEME
  ReadRegStr $0 SHCTX "Software\Classes\${SCHEME}\shell\open\command" ""
  ${If} $0 == '"$INSTDIR\${EXE}" "%1"'
    DeleteRegKey SHCTX "Software\Classes\${SCHEME}"
  ${EndIf}
!macroend

; A panel that runs keeps its file open. It is moved aside and goes on; the new one is used from the next start.
!macro MoveAside FILE
  ${If} ${FileExists} "$INSTDIR\${FILE}"
    Delete "$INSTDIR\${FILE}"
    ${If} ${FileExists} "$INSTDIR\${FILE}"
      System::Call 'kernel32::GetTickCount()i.r0'
      Rename "$INSTDIR\${FILE}" "$INSTDIR\${FILE}.$0.old"
      Delete /REBOOTOK "$INSTDIR\${FILE}.$0.old"
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

  WriteRegStr SHCTX "Software\Classes\uncall" "" "URL:uncall"
  WriteRegStr SHCTX "Software\Classes\uncall" "URL Protocol" ""
  WriteRegStr SHCTX "Software\Classes\uncall\shell\open\command" "" '"$INSTDIR\${EXE}" "%1"'

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
  WriteRegStr SHCTX "Software\Classes\UncallPanel.link" "" "URL:${NAME}"
  WriteRegStr SHCTX "Software\Classes\UncallPanel.link" "URL Protocol" ""
  WriteRegStr SHCTX "Software\Classes\UncallPanel.link\DefaultIcon" "" "$INSTDIR\icon.ico"
  WriteRegStr SHCTX "Software\Classes\UncallPanel.link\shell\open\command" "" '"$INSTDIR\${EXE}" "%1"'
  WriteRegStr SHCTX "Software\Uncall\Panel\Capabilities" "ApplicationName" "${NAME}"
  WriteRegStr SHCTX "Software\Uncall\Panel\Capabilities" "ApplicationDescription" "Calls the number of a link from your extension"
  WriteRegStr SHCTX "Software\RegisteredApplications" "${NAME}" "Software\Uncall\Panel\Capabilities"
  !insertmacro Handler "tel"
  !insertmacro Handler "callto"
  !insertmacro Handler "sip"
SectionEnd

Function .onInit
  ${IfNot} ${RunningX64}
    MessageBox MB_OK|MB_ICONSTOP "$(NEEDS_X64)" /SD IDOK
    SetErrorLevel 2
    Quit
  ${EndIf}
  SetRegView 64
  !insertmacro MULTIUSER_INIT
  ; An upgrade keeps what was chosen before, unless the command line says otherwise.
  ReadRegStr $0 SHCTX "${UNINSTALL_KEY}" "DisplayVersion"
  ${If} $0 != ""
    ReadRegStr $0 SHCTX "${RUN_KEY}" "UncallPanel"
    ${If} $0 == ""
      !insertmacro UnselectSection ${SecAutostart}
    ${EndIf}
    ReadRegStr $0 SHCTX "Software\RegisteredApplications" "${NAME}"
    ${If} $0 == ""
      !insertmacro UnselectSection ${SecHandlers}
    ${EndIf}
  ${EndIf}
  Push "/AUTOSTART="
  Call Value
  ${If} $R1 == "1"
    !insertmacro SelectSection ${SecAutostart}
  ${EndIf}
  ${If} $R1 == "0"
    !insertmacro UnselectSection ${SecAutostart}
  ${EndIf}
  Push "/HANDLERS="
  Call Value
  ${If} $R1 == "1"
    !insertmacro SelectSection ${SecHandlers}
  ${EndIf}
  ${If} $R1 == "0"
    !insertmacro UnselectSection ${SecHandlers}
  ${EndIf}
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
  !insertmacro MULTIUSER_UNINIT
  Push "/PURGE="
  Call un.Value
  ${If} $R1 == "1"
    Call un.SelectPurge
  ${EndIf}
FunctionEnd

Section "un.$(PANEL)" UnPanel
  SectionIn RO
  !insertmacro RemoveHandler "tel"
  !insertmacro RemoveHandler "callto"
  !insertmacro RemoveHandler "sip"
  !insertmacro RemoveHandler "uncall"
  DeleteRegKey SHCTX "Software\Classes\UncallPanel.link"
  DeleteRegKey SHCTX "Software\Classes\AppUserModelId\${ID}"
  DeleteRegValue SHCTX "Software\RegisteredApplications" "${NAME}"
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
SectionEnd

Section /o "un.$(PURGE)" UnPurge
  SetShellVarContext current
  RMDir /r "$APPDATA\uncall-panel"
  RMDir /r "$LOCALAPPDATA\uncall-panel"
  RMDir /r "$LOCALAPPDATA\${ID}"
SectionEnd

Function un.SelectPurge
  !insertmacro SelectSection ${UnPurge}
FunctionEnd

!insertmacro MUI_FUNCTION_DESCRIPTION_BEGIN
!insertmacro MUI_FUNCTION_DESCRIPTION_END
