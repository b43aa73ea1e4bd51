//! Processes a PBX's output without a PBX: bytes go in, and what agents would see comes out. For benchmarks and fuzzing.

use std::collections::BTreeMap;

use bytes::BytesMut;
use jiff::Timestamp;
use tokio_util::codec::Decoder;
use uncall_files::Secret;
use uncall_switch::calls::{Change, Table};

use super::file::{AsteriskFile, Unset};
use super::link::Frames;
use super::message::Message;
use super::model::{Lists, Model, Served};

/// A model and a call table, fed by hand.
pub struct Offline {
    frames: Frames,
    model: Model,
    table: Table,
    held: Vec<Message>,
    doubts: bool,
}

/// Why the bytes are not a manager interface's.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotUnderstood(String);

impl Offline {
    /// A PBX about which nothing is known. Every PJSIP endpoint whose name is a number is an agent's phone.
    ///
    /// # Errors
    /// None: these settings are complete.
    pub fn new() -> Result<Offline, Unset> {
        let given = |text: &str| Some(text.to_owned());
        let secret = Some(Secret::new("none"));
        let file = AsteriskFile { address: given("pbx:5038"), user: given("none"), secret, ..AsteriskFile::default() };
        let options = file.options(|_name| None)?;
        Ok(Offline {
            frames: Frames::greeted(),
            model: Model::new(Served::new(&options)),
            table: Table::default(),
            held: Vec::new(),
            doubts: false,
        })
    }

    /// Takes in the PBX's output. An incomplete event raises a doubt, and everything after it waits for [`list`](Offline::list).
    ///
    /// # Errors
    /// With bytes that are no manager interface's.
    pub fn read(&mut self, bytes: &mut BytesMut, at: Timestamp) -> Result<Vec<Change>, NotUnderstood> {
        let mut changes = Vec::new();
        while let Some(message) = self.frames.decode(bytes).map_err(|error| NotUnderstood(error.to_string()))? {
            if !message.is_whole() {
                self.doubts = true;
            } else if self.doubts {
                self.held.push(message);
            } else {
                let facts = self.model.take(&message);
                if !facts.is_empty() {
                    changes.extend(self.table.apply(&facts, at));
                }
            }
        }
        Ok(changes)
    }

    /// Notes that a list of channels is about to be requested.
    pub fn asks(&mut self) {
        self.model.lists_asked();
    }

    /// Takes in the list: `CoreShowChannel` items, each bridge's technology and, if requested, devices.
    ///
    /// # Errors
    /// With bytes that are no manager interface's.
    pub fn list(
        &mut self,
        channels: &[u8],
        bridges: &BTreeMap<String, &str>,
        devices: Option<&[u8]>,
        at: Timestamp,
    ) -> Result<Vec<Change>, NotUnderstood> {
        let lists = Lists {
            channels: items(channels)?,
            bridges: bridges.iter().map(|(unique, technology)| (unique.clone(), (*technology).to_owned())).collect(),
            devices: devices.map(items).transpose()?,
            ..Lists::default()
        };
        let held = std::mem::take(&mut self.held);
        let facts = if std::mem::take(&mut self.doubts) {
            self.model.settle(&held, &lists)
        } else {
            self.model.rebuild(&lists)
        };
        Ok(self.table.apply(&facts, at))
    }

    /// The call table.
    pub const fn table(&self) -> &Table {
        &self.table
    }

    /// Every leg that the model knows: unique id and channel name, the oldest first.
    pub fn legs(&self) -> Vec<(String, String)> {
        self.model.every_leg()
    }

    /// Checks that the model is consistent.
    ///
    /// # Errors
    /// A sentence that says what is inconsistent.
    pub fn check(&self) -> Result<(), String> {
        self.model.check()?;
        self.table.check()
    }
}

fn items(bytes: &[u8]) -> Result<Vec<Message>, NotUnderstood> {
    let (mut bytes, mut frames, mut items) = (BytesMut::from(bytes), Frames::greeted(), Vec::new());
    while let Some(item) = frames.decode(&mut bytes).map_err(|error| NotUnderstood(error.to_string()))? {
        items.extend(Some(item).filter(Message::is_whole));
    }
    Ok(items)
}
