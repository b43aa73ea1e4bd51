//! Sleep, the end of the session, and empty chairs. Written, and not yet seen on a real Windows.

use std::{ptr, sync::OnceLock, time::Duration};

use tokio::sync::mpsc;
use uncall_desk::input::Absence;
use windows_sys::{
    Win32::{
        Foundation::{HWND, LPARAM, LRESULT, WPARAM},
        System::SystemInformation::GetTickCount,
        UI::{
            Input::KeyboardAndMouse::{GetLastInputInfo, LASTINPUTINFO},
            Shell::{DefSubclassProc, SetWindowSubclass},
            WindowsAndMessaging::{
                CreateWindowExW, DispatchMessageW, GetMessageW, MSG, PBT_APMRESUMEAUTOMATIC, PBT_APMSUSPEND,
                WM_ENDSESSION, WM_POWERBROADCAST, WM_QUERYENDSESSION,
            },
        },
    },
    w,
};

/// How long sleep and the end of the session wait for the server to hear of it; the system allows 2 s.
const TOLD_WITHIN: Duration = Duration::from_secs(1);

/// What the window's thread heard.
static HEARD: OnceLock<mpsc::UnboundedSender<(Absence, bool)>> = OnceLock::new();

/// Tells of sleep and the end of the session for as long as the program runs. `tell` says whether anybody heeds it.
pub(crate) async fn watch_power(tell: impl Fn(Absence, bool) -> bool + Send + 'static) {
    let (hear, mut heard) = mpsc::unbounded_channel();
    if HEARD.set(hear).is_err() {
        return;
    }
    if let Err(error) = std::thread::Builder::new().name("power".to_owned()).spawn(listen) {
        tracing::info!("sleep and the end of the session are not noticed in advance: {error}");
    }
    while let Some((why, on)) = heard.recv().await {
        let _heeded = tell(why, on);
    }
}

/// Both are told to top-level windows, and the panel's own come and go: this one is never shown.
#[allow(unsafe_code)]
fn listen() {
    let (class, name) = (w!("STATIC"), w!("Uncall Panel power"));
    // SAFETY: texts that end with a zero and live as long as the program; no parent, menu or module is given.
    let window = unsafe {
        CreateWindowExW(0, class, name, 0, 0, 0, 0, 0, ptr::null_mut(), ptr::null_mut(), ptr::null_mut(), ptr::null())
    };
    // SAFETY: a window of this thread; the procedure lives as long as the program and uses no data of its own.
    if window.is_null() || unsafe { SetWindowSubclass(window, Some(on_message), 1, 0) } == 0 {
        let error = std::io::Error::last_os_error();
        tracing::info!("sleep and the end of the session are not noticed in advance: {error}");
        return;
    }
    let mut message = MSG::default();
    // SAFETY: `message` is written by the one and read by the other, on this thread.
    unsafe {
        while GetMessageW(&raw mut message, ptr::null_mut(), 0, 0) > 0 {
            DispatchMessageW(&raw const message);
        }
    }
}

#[allow(unsafe_code)]
unsafe extern "system" fn on_message(
    window: HWND,
    message: u32,
    with: WPARAM,
    more: LPARAM,
    _id: usize,
    _data: usize,
) -> LRESULT {
    let heard = match (message, u32::try_from(with).unwrap_or_default()) {
        (WM_POWERBROADCAST, PBT_APMSUSPEND) => Some((Absence::Asleep, true)),
        (WM_POWERBROADCAST, PBT_APMRESUMEAUTOMATIC) => Some((Absence::Asleep, false)),
        (WM_QUERYENDSESSION, _) => Some((Absence::Leaving, true)),
        // The user has thought better of it.
        (WM_ENDSESSION, 0) => Some((Absence::Leaving, false)),
        (WM_ENDSESSION, _) => {
            // The process ends when this returns.
            std::thread::sleep(TOLD_WITHIN);
            None
        }
        _ => None,
    };
    if let Some((why, on)) = heard {
        // Fails only while the program ends.
        let _ = HEARD.get().map(|hear| hear.send((why, on)));
        if (why, on) == (Absence::Asleep, true) {
            std::thread::sleep(TOLD_WITHIN);
        }
    }
    // SAFETY: what the system gave us, passed on.
    unsafe { DefSubclassProc(window, message, with, more) }
}

/// How long neither keyboard nor mouse has been touched.
#[allow(unsafe_code)]
pub(crate) async fn untouched_for() -> Option<Duration> {
    let size = u32::try_from(size_of::<LASTINPUTINFO>()).ok()?;
    let mut last = LASTINPUTINFO { cbSize: size, dwTime: 0 };
    // SAFETY: the size is told, and `last` lives through the call.
    let known = unsafe { GetLastInputInfo(&raw mut last) } != 0;
    // SAFETY: takes nothing. Both count milliseconds, and begin again after 49 days.
    let now = unsafe { GetTickCount() };
    known.then(|| Duration::from_millis(u64::from(now.wrapping_sub(last.dwTime))))
}
