//! Actions without an answer so far, and which message belongs to which. No I/O.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::{Answer, LinkError};
use crate::message::Message;

/// The time limit for an answer.
pub(super) const ANSWER: Duration = Duration::from_secs(3);
/// The time limit for the end of a list, from its beginning.
pub(super) const LIST: Duration = Duration::from_secs(10);

/// Waiting actions, by `ActionID`.
#[derive(Debug)]
pub(super) struct Pending {
    /// The prefix of this link's ids. A late message with one of them has nobody waiting for it.
    own: String,
    waiting: HashMap<String, Waiting>,
    /// The list whose last item is incomplete: what follows is the rest of it.
    torn: Option<String>,
}

#[derive(Debug)]
struct Waiting {
    deadline: Instant,
    response: Option<Message>,
    items: Vec<Message>,
    answer: oneshot::Sender<Result<Answer, LinkError>>,
}

impl Waiting {
    fn end(self, outcome: Result<Answer, LinkError>) {
        // The receiver may be gone.
        let _unread = self.answer.send(outcome);
    }
}

impl Pending {
    pub(super) fn new(own: String) -> Pending {
        Pending { own, waiting: HashMap::new(), torn: None }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Notes that an action was sent with `id`. An older one with the same id is lost, because its answer could not be told from
    /// this one's.
    pub(super) fn add(&mut self, id: String, answer: oneshot::Sender<Result<Answer, LinkError>>, now: Instant) {
        let waiting = Waiting { deadline: now + ANSWER, response: None, items: Vec::new(), answer };
        if let Some(older) = self.waiting.insert(id, waiting) {
            older.end(Err(LinkError::Lost));
        }
    }

    /// Handles a message. Returns it if it is an event that does not belong to a list.
    pub(super) fn take(&mut self, message: Message, now: Instant) -> Option<Message> {
        if let Some(id) = &self.torn {
            // A caller's text in a list can end the item and begin messages of its own, but cannot know the id.
            if message.get("ActionID") != id
                && let Some(item) = self.waiting.get_mut(id).and_then(|waiting| waiting.items.last_mut())
            {
                item.tear(&message);
                return None;
            }
            self.torn = None;
        }
        match message.event() {
            "" if message.get("Response").is_empty() => self.rest(message),
            "" => {
                self.answered(message, now);
                None
            }
            // These have the id of the action that caused them, possibly another manager's, and are never in a list.
            "OriginateResponse" | "UserEvent" => Some(message),
            _ => self.item(message),
        }
    }

    /// Handles something that is not a message. While a list is on its way, it is the rest of an item, however complete that
    /// looked.
    fn rest(&mut self, message: Message) -> Option<Message> {
        let mut lists = self.waiting.values_mut().filter(|waiting| waiting.response.is_some());
        match lists.find_map(|list| list.items.last_mut()) {
            Some(item) => {
                item.tear(&message);
                None
            }
            None => Some(message),
        }
    }

    fn answered(&mut self, message: Message, now: Instant) {
        let id = message.get("ActionID");
        let Some(waiting) = self.waiting.get_mut(id) else {
            if message.get("Response").eq_ignore_ascii_case("Error") {
                // Too late, or the PBX could not even read the action's id.
                tracing::warn!(id, reason = message.get("Message"), "the PBX refused something that nobody waits for");
            }
            return;
        };
        let refused = message.get("Response").eq_ignore_ascii_case("Error");
        if !refused && message.get("EventList").eq_ignore_ascii_case("start") {
            waiting.deadline = now + LIST;
            waiting.response = Some(message);
            return;
        }
        let Some(waiting) = self.waiting.remove(id) else { return };
        waiting.end(if refused {
            Err(LinkError::Refused(message.get("Message").to_owned()))
        } else {
            Ok(Answer { response: message, items: Vec::new() })
        });
    }

    fn item(&mut self, message: Message) -> Option<Message> {
        let id = message.get("ActionID");
        let Some(waiting) = self.waiting.get_mut(id) else {
            return (id.is_empty() || !id.starts_with(&self.own)).then_some(message);
        };
        // "Complete", or "cancelled".
        if message.get("EventList").is_empty() {
            self.torn = (!message.is_whole()).then(|| id.to_owned());
            waiting.items.push(message);
        } else if let Some(mut waiting) = self.waiting.remove(id) {
            let items = std::mem::take(&mut waiting.items);
            let outcome = waiting.response.take().map(|response| Answer { response, items });
            waiting.end(outcome.ok_or(LinkError::Lost));
        }
        None
    }

    /// Ends actions that have waited too long, and forgets those that nobody waits for.
    pub(super) fn expire(&mut self, now: Instant) {
        let late = self.waiting.extract_if(|_, waiting| waiting.deadline <= now || waiting.answer.is_closed());
        for (id, waiting) in late {
            tracing::warn!(id, "the PBX has not answered in time");
            waiting.end(Err(LinkError::Lost));
        }
    }

    /// Fails all actions, because the connection is gone.
    pub(super) fn lose_all(&mut self) {
        for (_, waiting) in self.waiting.drain() {
            waiting.end(Err(LinkError::Lost));
        }
    }
}
