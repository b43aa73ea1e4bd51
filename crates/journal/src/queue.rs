//! What waits to be written, bounded: of a call only its last news counts, so a disk that hangs costs memory for calls and not for
//! every change of theirs.

use std::collections::VecDeque;

use crate::record::Call;

/// Calls and remarks that wait at most: days of work on a disk that takes none. Beyond that the oldest go, and are counted.
const MOST: usize = 4096;

/// Something to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Write {
    Call(Box<Call>),
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
    /// Nothing: whoever waits for it waits for all that came before.
    Mark,
}

impl Write {
    /// Whether `later` makes this one needless.
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
            (Write::Call(_) | Write::Note { .. } | Write::Disposition { .. }, _) => false,
            (Write::Seen { .. } | Write::Mark, _) => false,
        }
    }
}

/// Told once what became of a write: whether it is on the disk.
pub(crate) type Done = Box<dyn FnOnce(bool) + Send>;

/// A write and who waits for it.
pub(crate) struct Waiting {
    pub(crate) write: Write,
    pub(crate) done: Vec<Done>,
}

#[derive(Default)]
pub(crate) struct Queue {
    waiting: VecDeque<Waiting>,
    /// Something came since the last time that all was taken.
    pub(crate) news: bool,
    /// What went because too much waited.
    pub(crate) lost: u64,
}

impl Queue {
    /// Takes something in; it stands in for what it makes needless.
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

    /// Everything, to be written.
    pub(crate) fn take(&mut self) -> Vec<Waiting> {
        self.news = false;
        self.waiting.drain(..).collect()
    }

    /// What could not be written waits again, before what came since. Nobody waits for it any more.
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
