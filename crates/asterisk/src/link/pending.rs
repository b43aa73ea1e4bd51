//! What was asked and is not answered yet, and which message belongs to it. No I/O.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::{Answer, LinkError};
use crate::message::Message;

/// For an answer.
pub(super) const ANSWER: Duration = Duration::from_secs(3);
/// For the end of a list, from its beginning.
pub(super) const LIST: Duration = Duration::from_secs(10);

/// Asks that wait, by `ActionID`.
#[derive(Debug)]
pub(super) struct Pending {
    /// Ids that begin like this are this link's: what comes late for one of them is nobody's any more.
    own: String,
    waiting: HashMap<String, Waiting>,
    /// The list whose last item cannot be whole: what follows is the rest of it.
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
        // Whoever asked may have gone away.
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

    /// Something was sent under `id`. An older ask under the same id is lost: its answer could not be told from this one's.
    pub(super) fn add(&mut self, id: String, answer: oneshot::Sender<Result<Answer, LinkError>>, now: Instant) {
        let waiting = Waiting { deadline: now + ANSWER, response: None, items: Vec::new(), answer };
        if let Some(older) = self.waiting.insert(id, waiting) {
            older.end(Err(LinkError::Lost));
        }
    }

    /// A message has come. Gives it back if it is an event that belongs to no list.
    pub(super) fn take(&mut self, message: Message, now: Instant) -> Option<Message> {
        if let Some(id) = &self.torn {
            // A caller's text in a list can end the item and begin messages of its own, but it knows no id.
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
            // These have the id of whatever caused them, also of other managers' actions, and are in no list.
            "OriginateResponse" | "UserEvent" => Some(message),
            _ => self.item(message),
        }
    }

    /// What is no message at all. While a list is on its way it is the rest of an item, however whole that looked.
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
                // Too late, or the PBX could not even read the id of what it was sent.
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

    /// Ends what has waited too long, and forgets what nobody waits for.
    pub(super) fn expire(&mut self, now: Instant) {
        let late = self.waiting.extract_if(|_, waiting| waiting.deadline <= now || waiting.answer.is_closed());
        for (id, waiting) in late {
            tracing::warn!(id, "the PBX has not answered in time");
            waiting.end(Err(LinkError::Lost));
        }
    }

    /// The connection is gone.
    pub(super) fn lose_all(&mut self) {
        for (_, waiting) in self.waiting.drain() {
            waiting.end(Err(LinkError::Lost));
        }
    }
}
