//! Holds events back until the PBX's own list has come, after somebody else's text appeared among them.
//!
//! A caller's number may contain line breaks, and Asterisk writes it unchanged. The message that contains it cannot be whole, and
//! the text after it may be the caller's. So after such a sign nothing is taken in before a list says who is there.

use std::time::Duration;

use tokio::time::Instant;

use super::message::Message;

/// The least time between two lists requested because of signs, however many signs there are.
const BETWEEN: Duration = Duration::from_secs(1);
/// The least time between two lines in the log.
const QUIET: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
pub(super) struct Doubt {
    /// The events since the first sign.
    held: Vec<Message>,
    /// Whether to request a list, because there was a sign since the last request.
    wanted: bool,
    /// Whether text after a list was taken for text before it; another list corrects that.
    again: bool,
    /// Whether a list is on its way, or wanted.
    open: bool,
    /// When a list was last requested because of signs.
    asked: Option<Instant>,
    told: Option<Instant>,
}

impl Doubt {
    /// Returns an event if it can be taken in now, else holds it back.
    pub(super) fn hold(&mut self, event: Message, now: Instant) -> Option<Message> {
        if !event.is_whole() {
            self.tell(&event, now);
            (self.wanted, self.open) = (true, true);
            return None;
        }
        if self.open {
            self.held.push(event);
            return None;
        }
        Some(event)
    }

    /// When to request a list.
    pub(super) fn due(&self) -> Option<Instant> {
        let due = self.asked.map_or_else(Instant::now, |asked| asked + BETWEEN);
        (self.wanted || self.again).then_some(due)
    }

    /// Notes that a list is being requested.
    pub(super) fn asks(&mut self, now: Instant) {
        if self.wanted || self.again {
            self.asked = Some(now);
            (self.wanted, self.again) = (false, false);
        }
    }

    /// Notes that the list has come. Returns the events held back until then, if there was a doubt.
    pub(super) fn settle(&mut self) -> Option<Vec<Message>> {
        if !self.open {
            return None;
        }
        (self.open, self.again) = (self.wanted, true);
        Some(std::mem::take(&mut self.held))
    }

    /// Forgets everything, because the connection is gone.
    pub(super) fn forget(&mut self) {
        *self = Doubt { asked: self.asked, told: self.told, ..Doubt::default() };
    }

    fn tell(&mut self, event: &Message, now: Instant) {
        if self.told.is_some_and(|told| told + QUIET > now) {
            return;
        }
        self.told = Some(now);
        let channel: String = event.get("Channel").chars().filter(|c| !c.is_control()).take(80).collect();
        tracing::warn!(
            event = event.event().chars().filter(|c| !c.is_control()).take(40).collect::<String>(),
            channel,
            "an event cannot be whole: a caller has probably sent a number or a name with line breaks. The PBX's own list decides \
             what is true; docs/asterisk.md, \"Hostile callers\", says how the dialplan keeps such callers out"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> Message {
        Message::of(&[("Event", "Newstate"), ("Uniqueid", "1.1")])
    }

    fn torn() -> Message {
        Message::of(&[("Event", "Newchannel"), ("Channel", "a"), ("ChannelState", "4"), ("CallerIDNum", "138")])
    }

    #[tokio::test(start_paused = true)]
    async fn a_list_a_second_at_most_and_nothing_before_it() {
        let mut doubt = Doubt::default();
        let begin = Instant::now();
        assert_eq!((doubt.hold(whole(), begin), doubt.due(), doubt.settle()), (Some(whole()), None, None));
        assert_eq!((doubt.hold(torn(), begin), doubt.hold(whole(), begin)), (None, None));
        assert_eq!(doubt.due(), Some(begin));
        doubt.asks(begin);
        assert_eq!(doubt.due(), None);
        // Another one while the list is on its way.
        assert_eq!(doubt.hold(torn(), begin), None);
        assert_eq!(doubt.settle(), Some(vec![whole()]));
        assert_eq!((doubt.hold(whole(), begin), doubt.due()), (None, Some(begin + BETWEEN)));
        doubt.asks(begin + BETWEEN);
        assert_eq!(doubt.settle(), Some(vec![whole()]));
        assert_eq!((doubt.hold(whole(), begin), doubt.settle()), (Some(whole()), None));
        assert_eq!(doubt.due(), Some(begin + BETWEEN + BETWEEN), "a last one, and nothing waits for it");
        doubt.asks(begin + BETWEEN + BETWEEN);
        assert_eq!((doubt.settle(), doubt.due()), (None, None));
        doubt.hold(torn(), begin);
        doubt.forget();
        assert_eq!((doubt.hold(whole(), begin), doubt.due()), (Some(whole()), None));
    }
}
