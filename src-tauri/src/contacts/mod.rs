//! Names for numbers, from contact files and a web service, kept in memory. Files are reloaded when they change. Lookups wait for
//! neither.

mod favourites;
mod files;
mod import;
mod suggest;
mod web;

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::Duration,
};

use serde::Serialize;
use tauri::{AppHandle, Emitter, Manager};
use tokio::sync::Notify;
use uncall_desk::{
    names::{self, Names, Who, together},
    problem::Problem,
    settings::Settings,
};
use uncall_directory::{Directory, Home};
use uncall_journal::Call;

pub(crate) use self::{favourites::Favourite, import::Preview, suggest::Suggestion};
use self::{favourites::Favourites, files::Files, import::Waiting, web::Web};
use crate::{journal::beside, panel::Panel, state_file};

/// How often to check the files. Network folders do not report changes.
const LOOKS_EVERY: Duration = Duration::from_secs(2);
/// How many numbers' names of webhooks' receivers are remembered.
const MOST_TOLD: usize = 1000;
/// How many people to return for one number.
const MOST: usize = 5;

/// Managed by Tauri, reached through `app.state::<Contacts>()`. Clones share their state.
#[derive(Debug, Clone)]
pub(crate) struct Contacts(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    directory: RwLock<Arc<Directory>>,
    wanted: Mutex<Wanted>,
    files: Mutex<Files>,
    view: Mutex<ContactsView>,
    web: Mutex<Option<Web>>,
    told: Mutex<HashMap<String, Who>>,
    waiting: Waiting,
    favourites: Favourites,
    /// The file for imported contacts. `None` in the demo.
    own: Option<PathBuf>,
    /// Rung when the web service knows somebody new or the settings have changed.
    bell: Arc<Notify>,
}

/// What the settings ask for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Wanted {
    files: Vec<PathBuf>,
    home: Home,
}

/// What the settings page shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct ContactsView {
    /// Number of contacts.
    count: usize,
    /// Number of imported contacts among them.
    own: usize,
    /// The files in order, starting with the imported contacts if there are any.
    files: Vec<FileView>,
}

/// A contact file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct FileView {
    /// File name without the folder.
    file: String,
    /// Number of contacts when it was last readable.
    count: usize,
    /// Number of unusable rows.
    skipped: usize,
    /// Why it cannot be read at the moment.
    problem: Option<Problem>,
}

/// No code panics while holding one of these locks, so a poisoned one is intact.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Contacts {
    fn new(demo: bool) -> Contacts {
        let place = |name| state_file::path(name).filter(|_| !demo);
        Contacts(Arc::new(Inner {
            directory: RwLock::default(),
            wanted: Mutex::default(),
            files: Mutex::default(),
            view: Mutex::default(),
            web: Mutex::default(),
            told: Mutex::default(),
            waiting: Waiting::default(),
            favourites: Favourites::load(place("favourites.json")),
            own: place("contacts.csv"),
            bell: Arc::new(Notify::new()),
        }))
    }

    /// Reads the contacts of these settings at once, for commands without a window. Does not use the web service.
    pub(crate) fn at_once(settings: &Settings) -> Contacts {
        let contacts = Contacts::new(false);
        contacts.set(&Settings { contacts_url: None, ..settings.clone() });
        contacts.look();
        contacts
    }

    /// Applies these settings. Files are read soon after.
    pub(crate) fn set(&self, settings: &Settings) {
        let wanted = Wanted { files: settings.contacts.clone(), home: home(settings) };
        let own = self.0.own.iter().cloned();
        *locked(&self.0.wanted) = Wanted { files: own.chain(wanted.files).collect(), ..wanted };
        let mut web = locked(&self.0.web);
        if web.as_ref().map(Web::template) != settings.contacts_url.as_deref() {
            *web = settings.contacts_url.as_deref().map(|template| Web::new(template, Arc::clone(&self.0.bell)));
        }
        drop(web);
        self.0.bell.notify_one();
    }

    /// The desk's source of names.
    pub(crate) fn names(&self) -> Names {
        Names::of(Asked(self.clone()))
    }

    /// The current contacts.
    fn directory(&self) -> Arc<Directory> {
        Arc::clone(&self.0.directory.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Who a number may belong to, without asking the web service.
    pub(crate) fn known(&self, number: &str) -> Vec<Who> {
        let who = self.at_hand(number);
        if who.is_empty() {
            locked(&self.0.web).as_ref().and_then(|web| web.known(number)).unwrap_or_default()
        } else {
            who
        }
    }

    /// Whom the files name, or a webhook's receiver has.
    fn at_hand(&self, number: &str) -> Vec<Who> {
        let who = of_directory(&self.directory(), number);
        if who.is_empty() { locked(&self.0.told).get(number).cloned().into_iter().collect() } else { who }
    }

    /// A webhook's receiver has said whose number this is. The desk is told soon after.
    pub(crate) fn told(&self, number: &str, who: Who) {
        let mut told = locked(&self.0.told);
        if told.len() >= MOST_TOLD && !told.contains_key(number) {
            told.clear();
        }
        told.insert(number.to_owned(), who);
        drop(told);
        self.0.bell.notify_one();
    }

    /// Sets today's names in rows of the journal. Rows without one keep the stored name.
    pub(crate) fn name<'a>(&self, calls: impl Iterator<Item = &'a mut Call>) {
        for call in calls {
            let name = together(&self.known(&call.other));
            call.name = name.or(call.name.take());
        }
    }

    /// The numbers of contacts that match a search of the journal.
    pub(crate) fn numbers(&self, text: &str) -> Vec<String> {
        if !text.chars().any(char::is_alphabetic) {
            return Vec::new();
        }
        let directory = self.directory();
        let hits = directory.search(text, SEARCHED).into_iter();
        hits.flat_map(|hit| hit.contact.telephones.iter().map(|telephone| telephone.number.to_string())).collect()
    }

    /// What the settings page shows.
    pub(crate) fn view(&self) -> ContactsView {
        locked(&self.0.view).clone()
    }

    /// Reloads changed files. True if names may have changed. Blocks on the disk.
    fn look(&self) -> bool {
        let wanted = locked(&self.0.wanted).clone();
        let mut files = locked(&self.0.files);
        let Some(directory) = files.look(&wanted.files, self.0.own.as_deref(), wanted.home, &self.directory()) else {
            return false;
        };
        let view = files.view(self.0.own.as_deref());
        tracing::info!(contacts = directory.len(), "the contacts were read");
        *self.0.directory.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(directory);
        *locked(&self.0.view) = view;
        true
    }
}

/// How many contacts a search of the journal takes into account.
const SEARCHED: usize = 50;

/// Looks a number up. People in several files appear once.
fn of_directory(directory: &Directory, number: &str) -> Vec<Who> {
    let mut all: Vec<Who> = Vec::new();
    for caller in directory.callers(number, 4 * MOST) {
        let (name, company) = (&*caller.contact.name, &*caller.contact.company);
        if all.len() < MOST && all.iter().all(|known| known.name != name) {
            let company = if company == name { "" } else { company };
            all.push(Who { name: name.to_owned(), company: company.to_owned() });
        }
    }
    all
}

fn home(settings: &Settings) -> Home {
    Home {
        country: settings.number.country.map(|country| country.code().to_string()).unwrap_or_default(),
        area: settings.number.area.clone().unwrap_or_default(),
    }
}

/// Lookups for the desk. Only these ask the web service, so that listing old calls does not.
struct Asked(Contacts);

impl names::Directory for Asked {
    fn whose(&self, number: &str) -> Vec<Who> {
        let who = self.0.at_hand(number);
        if !who.is_empty() {
            return who;
        }
        locked(&self.0.0.web).as_ref().map(|web| web.ask(number)).unwrap_or_default()
    }
}

/// Starts reading contacts, and tells the desk and the pages whenever names may have changed.
pub(crate) fn start(app: &AppHandle, demo: bool, settings: &Settings) {
    let contacts = Contacts::new(demo);
    contacts.set(settings);
    app.manage(contacts.clone());
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        loop {
            let looking = contacts.clone();
            let read = beside(move || looking.look()).await;
            if read {
                tell(&app, &contacts);
            }
            let rung = async {
                contacts.0.bell.notified().await;
                true
            };
            // An answer of the web service changes no file.
            if tokio::time::timeout(LOOKS_EVERY, rung).await.unwrap_or(false) {
                tell(&app, &contacts);
            }
        }
    });
}

fn tell(app: &AppHandle, contacts: &Contacts) {
    app.state::<Panel>().renamed();
    if let Err(error) = app.emit("contacts_changed", contacts.view()) {
        tracing::error!("the windows could not be told of the contacts: {error}");
    }
}
