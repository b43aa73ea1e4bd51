//! The panel's own state: which settings are in use, and the desk that runs on them. What happens on the desk is the
//! desk's; here is only the last snapshot of it, for windows that open later.

use std::{
    collections::VecDeque,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tauri::AppHandle;
use tokio::sync::watch;
use uncall_client::Client;
use uncall_contract::{Extension, masked_on_screen};
use uncall_desk::{
    Handle, Moment,
    hearing::Quality,
    input::Intent,
    link::Presses,
    order::{Ended, Order},
    private::{self, Meant},
    problem::Problem,
    settings::Settings,
    snapshot::Snapshot,
};

use crate::{
    journal::Pen,
    link::Link,
    report::Observed,
    settings::{SettingsView, Trouble},
    shell::TauriShell,
    tray::Face,
    words::Words,
};

/// The numbers of the journal that are remembered while they are shown in part.
const LISTED: usize = 1000;

/// Managed by Tauri, reached through `app.state::<Panel>()`.
#[derive(Debug)]
pub(crate) struct Panel {
    config: Option<PathBuf>,
    demo: bool,
    toasts: watch::Sender<usize>,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    settings: Settings,
    trouble: Trouble,
    words: Arc<Words>,
    running: Option<Running>,
    snapshot: Arc<Snapshot>,
    tray: Option<Face>,
    missed: u32,
    /// Numbers of the journal that pages show in part.
    listed: VecDeque<String>,
    link: Option<Link>,
    presses: Presses,
}

#[derive(Debug)]
struct Running {
    handle: Handle,
    client: Client,
}

impl Panel {
    /// A panel with these settings; no desk runs yet. `trouble` is told where the settings are shown.
    pub(crate) fn new(config: Option<PathBuf>, demo: bool, settings: Settings, trouble: Trouble) -> Panel {
        let words = Arc::new(Words::new(settings.language));
        let snapshot = Arc::new(Snapshot::unconfigured(Moment::now()));
        let inner = Inner {
            settings,
            trouble,
            words,
            running: None,
            snapshot,
            tray: None,
            missed: 0,
            listed: VecDeque::new(),
            link: None,
            presses: Presses::default(),
        };
        Panel { config, demo, toasts: watch::Sender::new(0), inner: Mutex::new(inner) }
    }

    /// No code panics while it holds the lock; a poisoned one is still whole.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file the settings are saved in; the demo saves none.
    pub(crate) const fn config(&self) -> Option<&PathBuf> {
        self.config.as_ref()
    }

    /// The settings in use.
    pub(crate) fn settings(&self) -> Settings {
        self.inner().settings.clone()
    }

    /// The settings as the page shows them.
    pub(crate) fn shown_settings(&self) -> SettingsView {
        let inner = self.inner();
        SettingsView::new(&inner.settings, &inner.words, self.demo, inner.trouble.clone())
    }

    /// The settings' sources were read again.
    pub(crate) fn set_trouble(&self, trouble: Trouble) {
        self.inner().trouble = trouble;
    }

    /// The sentences in the language in use.
    pub(crate) fn words(&self) -> Arc<Words> {
        Arc::clone(&self.inner().words)
    }

    /// How long a hidden pop-up is kept.
    pub(crate) fn popup_warm(&self) -> Duration {
        Duration::from_secs(60 * u64::from(self.inner().settings.popup_warm_minutes))
    }

    /// What the desk last published.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.inner().snapshot)
    }

    /// What windows and tray show of it: where numbers are masked, in part.
    pub(crate) fn shown(&self) -> Arc<Snapshot> {
        let inner = self.inner();
        if !inner.settings.mask_numbers {
            return Arc::clone(&inner.snapshot);
        }
        Arc::new(private::masked(&inner.snapshot))
    }

    /// What `typed` means: a number that is shown in part and pressed on is that number. `None` where it could be several.
    pub(crate) fn meant(&self, typed: &str) -> Option<String> {
        let inner = self.inner();
        if !inner.settings.mask_numbers {
            return Some(typed.to_owned());
        }
        let of_calls = inner.snapshot.calls.iter().map(|call| call.other.as_str());
        match private::meant(typed, of_calls.chain(inner.listed.iter().map(String::as_str))) {
            Meant::Itself => Some(typed.to_owned()),
            Meant::Number(number) => Some(number.to_owned()),
            Meant::Nobody => None,
        }
    }

    /// Shows numbers of the journal in part, where that is wanted, and remembers which they are: they may be pressed on.
    pub(crate) fn hide<'a>(&self, calls: impl Iterator<Item = &'a mut uncall_journal::Call>) {
        let mut inner = self.inner();
        if !inner.settings.mask_numbers {
            return;
        }
        for call in calls {
            if !inner.listed.contains(&call.other) {
                inner.listed.push_back(call.other.clone());
                // A page shows some hundred lines.
                if inner.listed.len() > LISTED {
                    inner.listed.pop_front();
                }
            }
            let targets = call.transfers.iter_mut().map(|transfer| &mut transfer.target);
            for number in [&mut call.calla, &mut call.callb, &mut call.other].into_iter().chain(targets) {
                *number = masked_on_screen(number).into_owned();
            }
        }
    }

    /// The desk published.
    pub(crate) fn observed(&self, snapshot: Arc<Snapshot>) {
        self.inner().snapshot = snapshot;
    }

    /// The client of the server in use.
    pub(crate) fn client(&self) -> Option<Client> {
        self.inner().running.as_ref().map(|running| running.client.clone())
    }

    /// What the desk that runs was told, how well it hears its server, and that server.
    pub(crate) fn observed_lately(&self) -> Option<Observed> {
        let inner = self.inner();
        let running = inner.running.as_ref()?;
        let recording = running.handle.recording();
        let (inputs, quality) = (recording.written(), recording.hearing().quality());
        Some(Observed { inputs, quality, client: running.client.clone() })
    }

    /// How well the desk hears its server, where one runs.
    pub(crate) fn hearing(&self) -> Option<Quality> {
        self.inner().running.as_ref().map(|running| running.handle.recording().hearing().quality())
    }

    /// Hands the agent's wish to the desk.
    pub(crate) fn want(&self, intent: Intent) {
        let intent = self.in_full(intent);
        match &self.inner().running {
            Some(running) => running.handle.want(intent),
            None => tracing::warn!("nothing can be done before a server is set"),
        }
    }

    /// A link has put this number into the dial box.
    pub(crate) fn linked(&self, number: String) {
        if let Some(running) = &self.inner().running {
            running.handle.linked(number);
        }
    }

    /// The screen was locked, or is open again.
    pub(crate) fn locked(&self, locked: bool) {
        if let Some(running) = &self.inner().running {
            running.handle.locked(locked);
        }
    }

    /// Hands an order to the desk, and waits for its end.
    pub(crate) async fn order(&self, order: Order) -> Ended {
        let handle = self.inner().running.as_ref().map(|running| running.handle.clone());
        match handle {
            Some(handle) => handle.order(order).await,
            None => Ended::Unreachable(Problem::new("unreachable", "no server is set")),
        }
    }

    /// With the whole number where one was shown in part. Stars that stand for nobody are no digits, and must not be dialled
    /// like those of a feature code.
    fn in_full(&self, intent: Intent) -> Intent {
        let whole = |typed: String| self.meant(&typed).unwrap_or_else(|| typed.replace('*', "•"));
        match intent {
            Intent::Dial { number, sure } => Intent::Dial { number: whole(number), sure },
            Intent::Transfer { uid, target, sure } => Intent::Transfer { uid, target: whole(target), sure },
            Intent::Listen { target } => Intent::Listen { target: whole(target) },
            Intent::Whisper { target } => Intent::Whisper { target: whole(target) },
            Intent::Idle
            | Intent::Busy { .. }
            | Intent::BusyAfter { .. }
            | Intent::WrapUpMore
            | Intent::WrapUpDone
            | Intent::Hold { .. }
            | Intent::Restore { .. }
            | Intent::Survey { .. }
            | Intent::HangUp { .. }
            | Intent::Over { .. }
            | Intent::Dismiss { .. }
            | Intent::StopCountdown => intent,
        }
    }

    /// So many missed calls have not been seen.
    pub(crate) fn set_missed(&self, calls: u32) {
        self.inner().missed = calls;
    }

    /// How many missed calls have not been seen.
    pub(crate) fn missed(&self) -> u32 {
        self.inner().missed
    }

    /// Keeps what the tray shows; gives what it showed before.
    pub(crate) fn tray_painted(&self, face: Face) -> Option<Face> {
        self.inner().tray.replace(face)
    }

    /// What the tray shows.
    pub(crate) fn tray_face(&self) -> Option<Face> {
        self.inner().tray.clone()
    }

    /// Keeps a link for the page, in place of one that it has not taken.
    pub(crate) fn keep_link(&self, link: Link) {
        self.inner().link = Some(link);
    }

    /// Whether the link that comes now may bring the window to the front.
    pub(crate) fn link_raises(&self, now: i64) -> bool {
        self.inner().presses.raises(now)
    }

    /// The link that came last, once.
    pub(crate) fn take_link(&self) -> Option<Link> {
        self.inner().link.take()
    }

    /// Takes settings into use. A desk on another server or extension takes over from the one that runs; with the same
    /// ones it goes on, since it knows which calls the agent has seen. Needs the async runtime.
    pub(crate) async fn take_into_use(&self, app: &AppHandle, settings: Settings) -> Result<(), Problem> {
        if self.goes_on(&settings) {
            return Ok(());
        }
        let wanted = match (settings.client(), settings.extension.clone()) {
            (Some(server), Some(extension)) => {
                Some((Client::new(server).map_err(|error| Problem::failed(&error))?, extension))
            }
            _ => None,
        };
        let before = {
            let mut inner = self.inner();
            inner.words = Arc::new(Words::new(settings.language));
            inner.settings = settings.clone();
            inner.running.take()
        };
        if let Some(running) = before {
            running.handle.stop().await;
        }
        if let Some((client, extension)) = wanted {
            self.run(app, client, extension, &settings).await;
        }
        Ok(())
    }

    fn goes_on(&self, settings: &Settings) -> bool {
        let mut inner = self.inner();
        let Some(running) = &inner.running else { return false };
        if settings.client() != inner.settings.client() || settings.extension != inner.settings.extension {
            return false;
        }
        running.handle.set_options(settings.options());
        inner.words = Arc::new(Words::new(settings.language));
        inner.settings = settings.clone();
        true
    }

    /// Ends the desk, its pop-up and its notifications.
    pub(crate) async fn stop(&self) {
        let running = self.inner().running.take();
        if let Some(running) = running {
            running.handle.stop().await;
        }
        let mut toasts = self.toasts.subscribe();
        let closed = toasts.wait_for(|shown| *shown == 0);
        if tokio::time::timeout(Duration::from_secs(1), closed).await.is_err() {
            tracing::warn!("the notification daemon did not close our notifications in time");
        }
    }

    /// How many notifications are being shown, to be counted up and down by who shows them.
    pub(crate) const fn toasts(&self) -> &watch::Sender<usize> {
        &self.toasts
    }

    async fn run(&self, app: &AppHandle, client: Client, extension: Extension, settings: &Settings) {
        tracing::info!(server = %client.settings().server, %extension, "the desk starts");
        if client.settings().login_travels_readable() {
            tracing::warn!("the login travels as plain text over the network: use https where the server has it");
        }
        let pen = Pen::new(app, &client.settings().server, extension.as_str());
        let past = pen.past().await;
        let shell = TauriShell::new(app.clone(), pen);
        let handle = uncall_desk::spawn(client.clone(), extension, settings.options(), past, shell);
        self.inner().running = Some(Running { handle, client });
    }
}
