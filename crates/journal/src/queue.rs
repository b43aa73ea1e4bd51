//! The pending writes, bounded. A later update of a call replaces an earlier one, so a disk that hangs costs memory per call, not
//! per change.

use std::collections::VecDeque;

use crate::presence::{Change, Spell};
use crate::record::{Call, Rename};

/// The most pending writes: days of work for a disk that takes nothing. Beyond that the oldest are dropped and counted.
const MOST: usize = 4096;

/// Something to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Write {
    Call(Box<Call>),
    Rename(Box<Rename>),
    Note {
        id: i64,
        text: String,
    },
    Disposition {
        id: i64,
        first: Option<String>,
        second: Option<String>,
    },
    Seen {
        through: i64,
    },
    Spell(Box<Spell>),
    /// Writes nothing. It is done when everything before it is.
    Mark,
}

impl Write {
    /// Whether `later` makes this write obsolete.
    fn is_replaced_by(&self, later: &Write) -> bool {
        match (self, later) {
            (Write::Call(one), Write::Call(other)) => {
                one.uid == other.uid
                    && one.began == other.began
                    && one.extension == other.extension
                    && one.server == other.server
            }
            (Write::Note { id, .. }, Write::Note { id: other, .. }) => id == other,
            (Write::Disposition { id, .. }, Write::Disposition { id: other, .. }) => id == other,
            (Write::Seen { through }, Write::Seen { through: later }) => through <= later,
            (Write::Spell(one), Write::Spell(later)) => {
                let lasts = one.change == Change::Lasts && later.change == Change::Lasts;
                lasts && one.extension == later.extension && one.server == later.server
            }
            (Write::Call(_) | Write::Note { .. } | Write::Disposition { .. }, _) => false,
            (Write::Seen { .. } | Write::Rename(_) | Write::Spell(_) | Write::Mark, _) => false,
        }
    }
}

/// Called once with the outcome: true if the write is on the disk.
pub(crate) type Done = Box<dyn FnOnce(bool) + Send>;

/// A write and the callbacks that wait for it.
pub(crate) struct Waiting {
    pub(crate) write: Write,
    pub(crate) done: Vec<Done>,
}

#[derive(Default)]
pub(crate) struct Queue {
    waiting: VecDeque<Waiting>,
    /// Whether something was added since the last [`Queue::take`].
    pub(crate) news: bool,
    /// How many writes were dropped.
    pub(crate) lost: u64,
}

impl Queue {
    /// Adds a write, in the place of one that it makes obsolete.
    pub(crate) fn push(&mut self, write: Write, done: Option<Done>) {
        self.news = true;
        if let Some(known) = self.waiting.iter_mut().rev().find(|known| known.write.is_replaced_by(&write)) {
            known.write = write;
            known.done.extend(done);
            return;
        }
        self.waiting.push_back(Waiting { write, done: done.into_iter().collect() });
        self.bound();
    }

    /// Takes all writes.
    pub(crate) fn take(&mut self) -> Vec<Waiting> {
        self.news = false;
        self.waiting.drain(..).collect()
    }

    /// Puts failed writes back in front of newer ones. Their callbacks have been called already.
    pub(crate) fn put_back(&mut self, writes: Vec<Write>) {
        let since = std::mem::take(&mut self.waiting);
        self.waiting = writes.into_iter().map(|write| Waiting { write, done: Vec::new() }).collect();
        for Waiting { write, done } in since {
            match self.waiting.iter_mut().find(|known| known.write.is_replaced_by(&write)) {
                Some(known) => {
                    known.write = write;
                    known.done.extend(done);
                }
                None => self.waiting.push_back(Waiting { write, done }),
            }
        }
        self.bound();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    fn bound(&mut self) {
        while self.waiting.len() > MOST {
            if let Some(gone) = self.waiting.pop_front() {
                self.lost += 1;
                gone.done.into_iter().for_each(|done| done(false));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(id: i64, text: &str) -> Write {
        Write::Note { id, text: text.to_owned() }
    }

    #[test]
    fn the_last_news_counts_and_the_number_of_calls_is_bounded() {
        let mut queue = Queue::default();
        queue.push(note(1, "a"), None);
        queue.push(note(2, "b"), None);
        queue.push(note(1, "ab"), None);
        let writes: Vec<Write> = queue.take().into_iter().map(|waiting| waiting.write).collect();
        assert_eq!(writes, [note(1, "ab"), note(2, "b")]);
        queue.push(note(1, "abc"), None);
        queue.put_back(writes);
        let writes: Vec<Write> = queue.take().into_iter().map(|waiting| waiting.write).collect();
        assert_eq!(writes, [note(1, "abc"), note(2, "b")], "what came since is later");
        for id in 0..MOST as i64 + 7 {
            queue.push(note(id, ""), None);
        }
        assert_eq!((queue.lost, queue.take().len()), (7, MOST));
    }
}
