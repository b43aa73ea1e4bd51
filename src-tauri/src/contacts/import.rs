//! Importing a file that the agent picks, with a preview.

use std::{path::PathBuf, sync::Mutex};

use serde::Serialize;
use tauri::{AppHandle, Manager};
use uncall_contract::masked_on_screen;
use uncall_desk::problem::Problem;
use uncall_directory::{
    Contact,
    import::{Column, Encoding, Import, Kind, Skipped, write},
};

use super::{Contacts, files, locked};
use crate::{journal::beside, panel::Panel};

/// How many contacts the preview shows.
const SHOWN: usize = 5;
/// How many unusable rows the preview lists.
const NAMED: usize = 20;

/// The contacts in the preview.
#[derive(Debug, Default)]
pub(super) struct Waiting(Mutex<Option<Vec<Contact>>>);

/// The preview of an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Preview {
    /// File name.
    file: String,
    kind: Kind,
    encoding: Encoding,
    /// Number of contacts in the file.
    count: usize,
    /// Number of earlier imported contacts that it replaces.
    replaces: usize,
    /// The recognised columns of a sheet.
    columns: Vec<Column>,
    /// The first contacts.
    first: Vec<Contact>,
    /// The first unusable rows.
    skipped: Vec<Skipped>,
    /// Number of unusable rows.
    skipped_in_all: usize,
}

impl Preview {
    fn of(file: String, import: &Import, replaces: usize, masked: bool) -> Preview {
        let mut first: Vec<Contact> = import.contacts.iter().take(SHOWN).cloned().collect();
        if masked {
            for contact in &mut first {
                let numbers = contact.telephones.iter_mut().map(|telephone| &mut telephone.number);
                [&mut contact.name, &mut contact.company]
                    .into_iter()
                    .chain(numbers)
                    .for_each(|text| *text = masked_on_screen(text).into());
            }
        }
        Preview {
            file,
            kind: import.kind,
            encoding: import.encoding,
            count: import.contacts.len(),
            replaces,
            columns: import.columns.clone(),
            first,
            skipped: import.skipped.iter().take(NAMED).cloned().collect(),
            skipped_in_all: import.skipped_in_all,
        }
    }
}

impl Contacts {
    /// Opens a file dialog and previews the picked file. `None` if none was picked.
    ///
    /// # Errors
    /// If the file has no contacts.
    pub(crate) async fn pick(&self, app: &AppHandle) -> Result<Option<Preview>, Problem> {
        let words = app.state::<Panel>().words();
        let dialog = rfd::AsyncFileDialog::new()
            .set_title(words.get("contacts.pick"))
            .add_filter(words.get("contacts.kinds"), &["csv", "txt", "tsv", "vcf", "vcard", "CSV", "TXT", "VCF"]);
        let Some(picked) = dialog.pick_file().await else { return Ok(None) };
        self.look_into(app, picked.path().to_owned()).await.map(Some)
    }

    /// Previews a file, and keeps its contacts for [`Contacts::import`].
    async fn look_into(&self, app: &AppHandle, path: PathBuf) -> Result<Preview, Problem> {
        let from = path.clone();
        let read = beside(move || Some(files::read(&from))).await;
        let import = match read {
            Some(Ok(Ok(import))) => import,
            Some(Ok(Err(problem))) => return Err(files::has_none(&path, problem)),
            Some(Err(error)) => return Err(files::unreadable(&path, &error)),
            None => return Err(Problem::new("contacts_unreadable", &files::name(&path))),
        };
        let masked = app.state::<Panel>().settings().mask_numbers;
        let preview = Preview::of(files::name(&path), &import, self.view().own, masked);
        *locked(&self.0.waiting.0) = Some(import.contacts);
        Ok(preview)
    }

    /// Saves the contacts in the preview in place of those imported before.
    ///
    /// # Errors
    /// If they cannot be written.
    pub(crate) async fn import(&self) -> Result<(), Problem> {
        let Some(contacts) = locked(&self.0.waiting.0).take() else { return Ok(()) };
        let Some(own) = self.0.own.clone() else { return Ok(()) };
        let written = beside(move || Some(uncall_files::replace(&own, &write(&contacts)))).await;
        self.ended(written)
    }

    /// Removes the imported contacts.
    ///
    /// # Errors
    /// If the file cannot be removed.
    pub(crate) async fn forget(&self) -> Result<(), Problem> {
        let Some(own) = self.0.own.clone() else { return Ok(()) };
        let removed = beside(move || Some(std::fs::remove_file(own))).await;
        self.ended(removed)
    }

    fn ended(&self, done: Option<std::io::Result<()>>) -> Result<(), Problem> {
        self.0.bell.notify_one();
        match done {
            Some(Ok(())) => Ok(()),
            Some(Err(error)) => Err(Problem::new("contacts_not_written", &error.to_string())),
            None => Err(Problem::new("contacts_not_written", "")),
        }
    }
}
