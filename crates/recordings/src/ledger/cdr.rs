//! The PBX's own call detail records, as Asterisk's `cdr_csv` writes them (`cdr-csv/Master.csv`): who talked while the gateway
//! was down.
//!
//! Sixteen fields come first (account, caller, called, context, caller's name, channel, other channel, application, its data, start,
//! answer, end, two durations, disposition, flags). The unique id follows with `loguniqueid=yes` in cdr.conf, the call's
//! `linkedid` with `newcdrcolumns=yes`; both are known by what they look like.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;

use uncall_contract::{Extension, Uid};

use super::{About, Note};

/// How many bytes at the end of the file to read the first time: some 250,000 records.
const FIRST: u64 = 64 * 1024 * 1024;
/// How many bytes to read at a time.
const PIECE: u64 = 1024 * 1024;
/// Indices of fields.
const CHANNELS: [usize; 2] = [5, 6];
const DISPOSITION: usize = 14;
const IDS: usize = 16;

/// The file.
pub(crate) struct Records {
    path: PathBuf,
    /// Whether the log already says that it cannot be read.
    told: bool,
}

/// The records that were read.
pub(super) struct Piece {
    pub(super) notes: Vec<Note>,
    /// Where to continue.
    pub(super) place: u64,
    pub(super) is_all: bool,
}

impl Records {
    pub(crate) fn new(path: PathBuf) -> Records {
        Records { path, told: false }
    }

    /// How many notes the last records give. For the check.
    pub(crate) fn sample(&mut self) -> io::Result<usize> {
        let end = std::fs::metadata(&self.path)?.len();
        Ok(self.read(Some(end.saturating_sub(PIECE)), 0)?.notes.len())
    }

    pub(super) fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// The next complete records from this place on; without a place, near the end. A file that has become shorter counts as a
    /// new one.
    pub(super) fn read(&mut self, place: Option<u64>, now: i64) -> io::Result<Piece> {
        let mut file = File::open(&self.path)?;
        let length = file.metadata()?.len();
        let (from, whole) = match place {
            Some(place) if place <= length => (place, true),
            Some(_) => (0, true),
            None => (length.saturating_sub(FIRST), length <= FIRST),
        };
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.take(PIECE).read_to_end(&mut bytes)?;
        self.told = false;
        let full = bytes.len() as u64 == PIECE;
        let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n').map(|at| at + 1) else {
            // Not yet a complete line; a million bytes without a line end are not a record.
            let place = if full { from + PIECE } else { from };
            return Ok(Piece { notes: Vec::new(), place, is_all: !full });
        };
        let lines = String::from_utf8_lossy(bytes.get(..end).unwrap_or_default());
        let notes = lines.lines().skip(usize::from(!whole)).flat_map(|line| notes(line, now)).collect();
        let place = from + end as u64;
        Ok(Piece { notes, place, is_all: place >= length || !full })
    }

    pub(super) fn unreadable(&mut self, error: &io::Error) {
        if !std::mem::replace(&mut self.told, true) {
            tracing::warn!("the PBX's call records cannot be read: {}: {error}", self.path.display());
        }
    }
}

/// The notes from a record of an answered call.
fn notes(line: &str, now: i64) -> Vec<Note> {
    let fields = fields(line);
    if fields.get(DISPOSITION).is_none_or(|disposition| disposition != "ANSWERED") {
        return Vec::new();
    }
    let mut ids = fields.iter().skip(IDS).filter(|field| looks_like_a_uid(field));
    let Some(unique) = ids.next() else { return Vec::new() };
    let uid = ids.next().unwrap_or(unique);
    let note = |about| Note { uid: uid.clone(), about, at: now };
    let mut notes: Vec<Note> = CHANNELS
        .iter()
        .filter_map(|at| device(fields.get(*at)?))
        .map(|exten| note(About::Talked(exten.to_owned())))
        .collect();
    if uid != unique {
        notes.push(note(About::Alias(unique.clone())));
    }
    notes
}

/// The name of a phone from its channel's: `801` from `PJSIP/801-0000002f`. Local channels are not phones.
fn device(channel: &str) -> Option<&str> {
    let (technology, name) = channel.split_once('/')?;
    let (name, _) = name.rsplit_once('-')?;
    (technology != "Local" && Extension::parse(name).is_ok()).then_some(name)
}

fn looks_like_a_uid(field: &str) -> bool {
    let last = field.rsplit('-').next().unwrap_or_default();
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    Uid::parse(field).is_ok()
        && last.split_once('.').is_some_and(|(seconds, number)| seconds.len() >= 9 && digits(seconds) && digits(number))
}

/// The fields of a line, separated by commas; in quoted fields two quotes mean one.
fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut characters = line.trim_end_matches('\r').chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field)),
            c => field.push(c),
        }
    }
    fields.push(field);
    fields
}
