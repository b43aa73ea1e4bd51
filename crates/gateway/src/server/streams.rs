//! The open event streams by extension. Their number is limited, so that neither a desk that reconnects on a bad line nor a
//! stranger with a login can fill the memory.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

#[derive(Debug, Default)]
pub(super) struct Streams {
    open: Arc<Mutex<Open>>,
}

#[derive(Debug, Default)]
struct Open {
    count: u64,
    by_extension: HashMap<String, VecDeque<(u64, CancellationToken)>>,
}

/// A stream's place among those of its extension.
#[derive(Debug)]
pub(super) struct Ticket {
    open: Arc<Mutex<Open>>,
    exten: String,
    number: u64,
    /// Cancelled when the stream has to make room.
    pub(super) over: CancellationToken,
}

impl Streams {
    /// A place for one more. If there are `most` already, the oldest ends, because that is more likely a dead connection than the
    /// new one.
    pub(super) fn join(&self, exten: &str, most: usize) -> Ticket {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.count += 1;
        let (number, over) = (open.count, CancellationToken::new());
        let streams = open.by_extension.entry(exten.to_owned()).or_default();
        streams.push_back((number, over.clone()));
        if streams.len() > most
            && let Some((_, oldest)) = streams.pop_front()
        {
            oldest.cancel();
        }
        Ticket { open: Arc::clone(&self.open), exten: exten.to_owned(), number, over }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(streams) = open.by_extension.get_mut(&self.exten) {
            streams.retain(|(number, _)| *number != self.number);
            if streams.is_empty() {
                open.by_extension.remove(&self.exten);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_makes_room_for_the_newest() {
        let streams = Streams::default();
        let (first, second) = (streams.join("801", 2), streams.join("801", 2));
        let other = streams.join("802", 2);
        let third = streams.join("801", 2);
        let over = |ticket: &Ticket| ticket.over.is_cancelled();
        assert_eq!([&first, &second, &third, &other].map(over), [true, false, false, false]);
        drop(second);
        let fourth = streams.join("801", 2);
        assert_eq!([&third, &fourth].map(over), [false, false]);
        drop((first, third, fourth, other));
        assert!(streams.open.lock().unwrap().by_extension.is_empty());
    }
}
