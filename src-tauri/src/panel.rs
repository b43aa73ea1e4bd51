//! The panel's own state: the settings in use, and the desk that runs with them. The desk owns its state; here is only its last
//! snapshot, for windows that open later.

use std::{
    collections::VecDeque,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tauri::{AppHandle, Manager};
use tokio::sync::watch;
use uncall_client::Client;
use uncall_contract::{Extension, masked_on_screen};
use uncall_desk::{
    Handle, Moment, Options,
    hearing::Quality,
    input::{Absence, Intent},
    link::Presses,
    order::{Ended, Order},
    private::{self, Meant},
    problem::Problem,
    settings::Settings,
    snapshot::Snapshot,
};

use crate::{
    contacts::Contacts,
    journal::Pen,
    link::Link,
    phone::Phone,
    report::Observed,
    screenpop::ScreenPop,
    settings::{SettingsView, Trouble},
    shell::TauriShell,
    tray::Face,
    words::Words,
};

/// How many masked numbers of the journal are remembered.
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
    /// Numbers of the journal that pages show masked.
    listed: VecDeque<String>,
    link: Option<Link>,
    presses: Presses,
}

#[derive(Debug)]
struct Running {
    handle: Handle,
    /// `None` for a phone alone.
    client: Option<Client>,
}

impl Inner {
    /// Remembers a number that a page shows masked, because it may be clicked.
    fn remember(&mut self, number: &str) {
        if self.listed.iter().all(|known| known != number) {
            self.listed.push_back(number.to_owned());
            // A page shows a few hundred rows.
            if self.listed.len() > LISTED {
                self.listed.pop_front();
            }
        }
    }
}

impl Panel {
    /// A panel with these settings and no desk yet. The settings page shows `trouble`.
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

    /// Nothing panics while holding the lock, and if it did, the state would still be usable.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file for the settings. `None` for the demo, which saves none.
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

    /// Takes the problems found when the sources were read again.
    pub(crate) fn set_trouble(&self, trouble: Trouble) {
        self.inner().trouble = trouble;
    }

    /// The texts in the current language.
    pub(crate) fn words(&self) -> Arc<Words> {
        Arc::clone(&self.inner().words)
    }

    /// How long a hidden pop-up is kept.
    pub(crate) fn popup_warm(&self) -> Duration {
        Duration::from_secs(60 * u64::from(self.inner().settings.popup_warm_minutes))
    }

    /// The desk's last snapshot.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.inner().snapshot)
    }

    /// The snapshot for windows and tray, with numbers masked if the settings want that.
    pub(crate) fn shown(&self) -> Arc<Snapshot> {
        let inner = self.inner();
        if !inner.settings.mask_numbers {
            return Arc::clone(&inner.snapshot);
        }
        Arc::new(private::masked(&inner.snapshot))
    }

    /// The number that `typed` stands for: a masked number that is clicked stands for the number behind it. `None` if there are
    /// several.
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

    /// Masks a number if the settings want that, and remembers it, because it may be clicked.
    pub(crate) fn hide_number(&self, number: &mut String) {
        let mut inner = self.inner();
        if inner.settings.mask_numbers {
            inner.remember(number);
            *number = masked_on_screen(number).into_owned();
        }
    }

    /// Masks the numbers in a text if the settings want that.
    pub(crate) fn hide_text(&self, text: &mut String) {
        if self.inner().settings.mask_numbers {
            *text = masked_on_screen(text).into_owned();
        }
    }

    /// Masks numbers of the journal if the settings want that, and remembers them, because they may be clicked.
    pub(crate) fn hide<'a>(&self, calls: impl Iterator<Item = &'a mut uncall_journal::Call>) {
        let mut inner = self.inner();
        if !inner.settings.mask_numbers {
            return;
        }
        for call in calls {
            inner.remember(&call.other);
            let targets = call.transfers.iter_mut().map(|transfer| &mut transfer.target);
            for number in
                [&mut call.calla, &mut call.callb, &mut call.other].into_iter().chain(&mut call.name).chain(targets)
            {
                *number = masked_on_screen(number).into_owned();
            }
        }
    }

    /// Takes the desk's new snapshot.
    pub(crate) fn observed(&self, snapshot: Arc<Snapshot>) {
        self.inner().snapshot = snapshot;
    }

    /// The client of the server in use.
    pub(crate) fn client(&self) -> Option<Client> {
        self.inner().running.as_ref().and_then(|running| running.client.clone())
    }

    /// The running desk's recent inputs, the quality of its connection, and its server.
    pub(crate) fn observed_lately(&self) -> Option<Observed> {
        let inner = self.inner();
        let running = inner.running.as_ref()?;
        let recording = running.handle.recording();
        let (inputs, quality) = (recording.written(), recording.hearing().quality());
        Some(Observed { inputs, quality, client: running.client.clone() })
    }

    /// The quality of the running desk's connection.
    pub(crate) fn hearing(&self) -> Option<Quality> {
        self.inner().running.as_ref().map(|running| running.handle.recording().hearing().quality())
    }

    /// Passes a wish of the agent to the desk.
    pub(crate) fn want(&self, intent: Intent) {
        let intent = self.in_full(intent);
        match &self.inner().running {
            Some(running) => running.handle.want(intent),
            None => tracing::warn!("nothing can be done before a server is set"),
        }
    }

    /// Tells the desk that a link has put this number into the dial box.
    pub(crate) fn linked(&self, number: String) {
        if let Some(running) = &self.inner().running {
            running.handle.linked(number);
        }
    }

    /// Tells the desk that names have changed or become known.
    pub(crate) fn renamed(&self) {
        if let Some(running) = &self.inner().running {
            running.handle.renamed();
        }
    }

    /// Nobody is at the desk for this reason, or it is over.
    pub(crate) fn away(&self, why: Absence, on: bool) {
        if let Some(running) = &self.inner().running {
            running.handle.away(why, on);
        }
    }

    /// The agent has chosen a result for a call, or has taken it back.
    pub(crate) fn disposed(&self, uid: String, has_result: bool) {
        if let Some(running) = &self.inner().running {
            running.handle.disposed(uid, has_result);
        }
    }

    /// Passes an order to the desk and waits for its end.
    pub(crate) async fn order(&self, order: Order) -> Ended {
        let handle = self.inner().running.as_ref().map(|running| running.handle.clone());
        match handle {
            Some(handle) => handle.order(order).await,
            None => Ended::Unreachable(Problem::new("unreachable", "no server is set")),
        }
    }

    /// Replaces a masked number in an intent by the full one. Stars that stand for no known number must not be dialled like those
    /// of a feature code.
    fn in_full(&self, intent: Intent) -> Intent {
        let whole = |typed: String| self.meant(&typed).unwrap_or_else(|| typed.replace('*', "•"));
        match intent {
            Intent::Dial { number, sure } => Intent::Dial { number: whole(number), sure },
            Intent::Transfer { uid, target, sure } => Intent::Transfer { uid, target: whole(target), sure },
            Intent::Consult { uid, target, sure } => Intent::Consult { uid, target: whole(target), sure },
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
            | Intent::Answer { .. }
            | Intent::Mute { .. }
            | Intent::Dtmf { .. }
            | Intent::Complete { .. }
            | Intent::Swap { .. }
            | Intent::Back { .. }
            | Intent::Over { .. }
            | Intent::Dismiss { .. }
            | Intent::ScreenPop { .. }
            | Intent::StopCountdown => intent,
        }
    }

    /// Sets the number of unseen missed calls.
    pub(crate) fn set_missed(&self, calls: u32) {
        self.inner().missed = calls;
    }

    /// The number of unseen missed calls.
    pub(crate) fn missed(&self) -> u32 {
        self.inner().missed
    }

    /// Sets what the tray shows, and returns what it showed before.
    pub(crate) fn tray_painted(&self, face: Face) -> Option<Face> {
        self.inner().tray.replace(face)
    }

    /// What the tray shows.
    pub(crate) fn tray_face(&self) -> Option<Face> {
        self.inner().tray.clone()
    }

    /// Keeps a link for the page, replacing one that the page has not taken.
    pub(crate) fn keep_link(&self, link: Link) {
        self.inner().link = Some(link);
    }

    /// Whether a link at `now` may bring the window to the front.
    pub(crate) fn link_raises(&self, now: i64) -> bool {
        self.inner().presses.raises(now)
    }

    /// Takes the last link.
    pub(crate) fn take_link(&self) -> Option<Link> {
        self.inner().link.take()
    }

    /// Starts to use settings. With another server or extension, a new desk replaces the running one; with the same ones the desk
    /// stays, because it knows which calls the agent has seen. Needs the async runtime.
    pub(crate) async fn take_into_use(&self, app: &AppHandle, settings: Settings) -> Result<(), Problem> {
        let contacts = app.state::<Contacts>();
        contacts.set(&settings);
        app.state::<ScreenPop>().set(&settings);
        let options = Options { names: contacts.names(), ..settings.options() };
        if let Some(handle) = self.goes_on(&settings, &options) {
            app.state::<Phone>().attend(app, &settings, handle).await;
            return Ok(());
        }
        let client = settings.client().map(Client::new).transpose().map_err(|error| Problem::failed(&error))?;
        let before = {
            let mut inner = self.inner();
            inner.words = Arc::new(Words::new(settings.language));
            inner.settings = settings.clone();
            inner.running.take()
        };
        if let Some(running) = before {
            running.handle.stop().await;
        }
        if let Some(extension) = settings.desk_extension().filter(|_| settings.is_configured()) {
            self.run(app, client, extension, &settings, options).await;
        }
        Ok(())
    }

    /// The desk that goes on with these settings.
    fn goes_on(&self, settings: &Settings, options: &Options) -> Option<Handle> {
        let mut inner = self.inner();
        let handle = inner.running.as_ref()?.handle.clone();
        let stays = settings.client() == inner.settings.client()
            && settings.desk_extension() == inner.settings.desk_extension()
            && settings.is_configured();
        if !stays {
            return None;
        }
        handle.set_options(options.clone());
        inner.words = Arc::new(Words::new(settings.language));
        inner.settings = settings.clone();
        Some(handle)
    }

    /// Stops the desk, and closes its pop-up and notifications.
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

    /// The number of notifications on the screen. Whoever shows one counts it up and down.
    pub(crate) const fn toasts(&self) -> &watch::Sender<usize> {
        &self.toasts
    }

    async fn run(
        &self,
        app: &AppHandle,
        client: Option<Client>,
        extension: Extension,
        settings: &Settings,
        options: Options,
    ) {
        let handle = match &client {
            Some(client) => {
                tracing::info!(server = %client.settings().server, %extension, "the desk starts");
                if client.settings().login_travels_readable() {
                    tracing::warn!(
                        "the login travels as plain text over the network: use https where the server has it"
                    );
                }
                let pen = Pen::new(app, &client.settings().server, extension.as_str());
                let past = pen.past().await;
                let shell = TauriShell::new(app.clone(), pen);
                uncall_desk::spawn(client.clone(), extension, options, past, shell)
            }
            None => {
                tracing::info!(%extension, "the desk starts as a phone alone");
                let registrar = settings.phone.registrar.as_deref().unwrap_or_default();
                let pen = Pen::of_phone(app, registrar, extension.as_str());
                let past = pen.past().await;
                let shell = TauriShell::new(app.clone(), pen);
                uncall_desk::spawn_alone(extension, options, past, shell)
            }
        };
        self.inner().running = Some(Running { handle: handle.clone(), client });
        app.state::<Phone>().attend(app, settings, handle).await;
    }
}
