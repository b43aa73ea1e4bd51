//! Checks for `uncall-gateway check` that the settings find recordings.

use futures::StreamExt;

use super::bucket::Bucket;
use super::catalogue::join;
use super::folder::Folder;
use super::ledger::{LedgerOptions, Records};
use super::name::Name;
use super::opened::Listed;
use super::options::Options;
use super::store::Store;

/// The most entries of a folder to examine.
const SAMPLE: usize = 10_000;
/// The depth of nested folders.
const DEPTH: usize = 8;

/// A line of the check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Whether it is fine.
    pub good: bool,
    /// What was found, and what to do about it: a sentence.
    pub text: String,
}

/// Checks that the recordings can be read and have usable names. Examines only the newest folders.
pub async fn check(options: &Options) -> Vec<Finding> {
    let store = match options {
        Options::Folder(root) => Store::Folder(Folder::new(root.clone(), None)),
        Options::Bucket(options) => match Bucket::new(options) {
            Ok(bucket) => Store::Bucket(bucket),
            Err(error) => return vec![bad(format!("The S3 store cannot be set up: {error}."))],
        },
    };
    vec![look(&store).await]
}

/// Checks that the ledger of whose recordings are can be written, and completed from the PBX's call records. Changes nothing.
pub fn check_ledger(options: &LedgerOptions) -> Vec<Finding> {
    let state = options.state.as_ref().and_then(|folder| match std::fs::metadata(folder) {
        Ok(metadata) if metadata.is_dir() && !metadata.permissions().readonly() => None,
        Ok(_) => Some(bad(format!("Whose they are cannot be kept: {} is no folder to write into.", folder.display()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => Some(bad(format!("Whose they are cannot be kept: {}: {error}.", folder.display()))),
    });
    let cdr = options.cdr.as_ref().map(|file| match Records::new(file.clone()).sample() {
        Err(error) => bad(format!(
            "The PBX's call records cannot be read: {}: {error}. Let the gateway's account read them, or change `cdr`.",
            file.display()
        )),
        Ok(0) => bad(format!(
            "No answered call with its unique id stands in {}: set loguniqueid=yes in [csv] of cdr.conf.",
            file.display()
        )),
        Ok(_) => Finding { good: true, text: format!("The PBX's call records can be read: {}.", file.display()) },
    });
    state.into_iter().chain(cdr).collect()
}

async fn look(store: &Store) -> Finding {
    let described = store.described();
    if let Err(error) = store.stamp("").await {
        return bad(format!(
            "The recordings are not there: {described}: {error}. Create it, mount it, or change [recordings]."
        ));
    }
    let (mut path, mut others) = (String::new(), 0);
    for _ in 0..DEPTH {
        let (mut named, mut folders, mut looked_at) = (0, Vec::new(), 0);
        let mut listed = store.list(&path);
        while let Some(batch) = listed.next().await {
            let batch = match batch {
                Ok(batch) => batch,
                Err(error) => {
                    return bad(format!(
                        "The recordings cannot be read: {described}, /{path}: {error}. Let the gateway's account read it."
                    ));
                }
            };
            looked_at += batch.len();
            for listed in batch {
                match listed {
                    Listed::Folder(name) => folders.push(name),
                    Listed::File(name) if Name::read(&name).is_some() => named += 1,
                    Listed::File(_) => others += 1,
                }
            }
            if looked_at >= SAMPLE {
                break;
            }
        }
        if named > 0 {
            return Finding {
                good: true,
                text: format!("Recordings are there: {described}, {named} or more in /{path}."),
            };
        }
        match folders.into_iter().filter(|name| !name.starts_with('.')).max() {
            Some(newest) => path = join(&path, &newest),
            None => break,
        }
    }
    if others > 0 {
        return bad(format!(
            "Files are there, but none has a recording's name ending in -UID.wav (or .WAV, .gsm, .mp3 and so on): {described}, /{path}."
        ));
    }
    Finding { good: true, text: format!("The recordings can be read, and there is none yet: {described}.") }
}

fn bad(text: String) -> Finding {
    Finding { good: false, text }
}
