//! Whose numbers are: the contacts of files and of a web service, kept in memory. Files are read again when they change; whoever asks
//! for a name waits for neither.

mod favourites;
mod files;
mod import;
mod suggest;
mod web;

use std::{
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
use crate::{journal::beside, panel::Panel, shell, state_file};

/// How often files are looked at. Folders on a network tell nobody of their changes.
const LOOKS_EVERY: Duration = Duration::from_secs(2);
/// The most people that are told of one number.
const MOST: usize = 5;

/// Managed by Tauri, reached through `app.state::<Contacts>()`. Clones are one.
#[derive(Debug, Clone)]
pub(crate) struct Contacts(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    directory: RwLock<Arc<Directory>>,
    wanted: Mutex<Wanted>,
    files: Mutex<Files>,
    view: Mutex<ContactsView>,
    web: Mutex<Option<Web>>,
    waiting: Waiting,
    favourites: Favourites,
    /// Where imported contacts are kept; the demo keeps none.
    own: Option<PathBuf>,
    /// Somebody is known who was not, or the settings have changed.
    bell: Arc<Notify>,
}

/// What the settings say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Wanted {
    files: Vec<PathBuf>,
    home: Home,
}

/// What pages show of the contacts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct ContactsView {
    /// How many there are.
    count: usize,
    /// How many of them were imported.
    own: usize,
    /// The files, in order; the panel's own is the first, where there is one.
    files: Vec<FileView>,
}

/// A file of contacts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct FileView {
    /// Its name, without its folder.
    file: String,
    /// How many contacts it has, or had when it could be read.
    count: usize,
    /// Rows that cannot be used.
    skipped: usize,
    /// Why it cannot be read now.
    problem: Option<Problem>,
}

/// No code panics while it holds one of these locks; a poisoned one is still whole.
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
            waiting: Waiting::default(),
            favourites: Favourites::load(place("favourites.json")),
            own: place("contacts.csv"),
            bell: Arc::new(Notify::new()),
        }))
    }

    /// What these settings name, read now: for a program without windows. No web service is asked.
    pub(crate) fn at_once(settings: &Settings) -> Contacts {
        let contacts = Contacts::new(false);
        contacts.set(&Settings { contacts_url: None, ..settings.clone() });
        contacts.look();
        contacts
    }

    /// Takes these settings into use; files are read soon after.
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

    /// Whom the desk asks.
    pub(crate) fn names(&self) -> Names {
        Names::of(Asked(self.clone()))
    }

    /// The contacts that are known now.
    fn directory(&self) -> Arc<Directory> {
        Arc::clone(&self.0.directory.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whose a number is, as far as that is known already.
    pub(crate) fn known(&self, number: &str) -> Vec<Who> {
        let who = of_directory(&self.directory(), number);
        if who.is_empty() {
            locked(&self.0.web).as_ref().and_then(|web| web.known(number)).unwrap_or_default()
        } else {
            who
        }
    }

    /// Writes names into lines of the journal: those of today where there are any, else those that were known then.
    pub(crate) fn name<'a>(&self, calls: impl Iterator<Item = &'a mut Call>) {
        for call in calls {
            let name = together(&self.known(&call.other));
            call.name = name.or(call.name.take());
        }
    }

    /// Numbers of contacts that a search of the journal means by this text.
    pub(crate) fn numbers(&self, text: &str) -> Vec<String> {
        if !text.chars().any(char::is_alphabetic) {
            return Vec::new();
        }
        let directory = self.directory();
        let hits = directory.search(text, SEARCHED).into_iter();
        hits.flat_map(|hit| hit.contact.telephones.iter().map(|telephone| telephone.number.to_string())).collect()
    }

    /// What pages show.
    pub(crate) fn view(&self) -> ContactsView {
        locked(&self.0.view).clone()
    }

    /// Reads what has changed; true where somebody may have another name now. Waits for the disk.
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

/// Contacts that a search of the journal looks for.
const SEARCHED: usize = 50;

/// Whose a number is; people who are in several files once.
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

/// What the desk asks: it wants to know what can be known, so that a number that no file has goes to the web service.
struct Asked(Contacts);

impl names::Directory for Asked {
    fn whose(&self, number: &str) -> Vec<Who> {
        let who = of_directory(&self.0.directory(), number);
        if !who.is_empty() {
            return who;
        }
        locked(&self.0.0.web).as_ref().map(|web| web.ask(number)).unwrap_or_default()
    }
}

/// Begins to read contacts, and tells the desk and the pages whenever somebody may have another name.
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
            // Whoever the web service knows is known without a look.
            if tokio::time::timeout(LOOKS_EVERY, rung).await.unwrap_or(false) {
                tell(&app, &contacts);
            }
        }
    });
}

fn tell(app: &AppHandle, contacts: &Contacts) {
    app.state::<Panel>().renamed();
    shell::show(app);
    if let Err(error) = app.emit("contacts_changed", contacts.view()) {
        tracing::error!("the windows could not be told of the contacts: {error}");
    }
}
