//! Requests to the server that are not answered yet.

use crate::moment::Moment;
use crate::snapshot::Verb;

#[derive(Debug)]
pub(super) struct Ask {
    id: u64,
    since: Moment,
    pub(super) verb: Verb,
    pub(super) uid: Option<String>,
    /// The other extension that the verb is for.
    pub(super) target: Option<String>,
    /// For a transfer: its target.
    pub(super) handed_to: Option<String>,
    /// Its call has ended, so the answer no longer matters.
    pub(super) abandoned: bool,
    /// The panel's own phone was asked, not the server.
    by_phone: bool,
    /// It is no state of the call: other verbs don't wait for it.
    quiet: bool,
    /// A hang-up was requested after it, so its refusal is not reported.
    pub(super) overtaken: bool,
}

#[derive(Debug, Default)]
pub(super) struct Asks {
    last: u64,
    open: Vec<Ask>,
}

impl Asks {
    pub(super) fn add(&mut self, verb: Verb, uid: Option<&str>, target: Option<String>, since: Moment) -> u64 {
        if uid.is_some() {
            self.open.iter_mut().filter(|ask| ask.uid.as_deref() == uid).for_each(|ask| ask.overtaken = true);
        }
        self.last += 1;
        let uid = uid.map(str::to_owned);
        self.open.push(Ask {
            id: self.last,
            since,
            verb,
            uid,
            target,
            handed_to: None,
            abandoned: false,
            by_phone: false,
            quiet: false,
            overtaken: false,
        });
        self.last
    }

    /// The last one was put to the panel's own phone.
    pub(super) fn by_phone(&mut self, quiet: bool) {
        self.open.last_mut().into_iter().for_each(|ask| (ask.by_phone, ask.quiet) = (true, quiet));
    }

    /// The phone is gone, and will not answer.
    pub(super) fn abandon_phone(&mut self) {
        self.open.retain(|ask| !ask.by_phone);
    }

    /// A call goes on under another uid.
    pub(super) fn rename(&mut self, was: &str, uid: &str) {
        for named in self.open.iter_mut().filter_map(|ask| ask.uid.as_mut()).filter(|named| *named == was) {
            uid.clone_into(named);
        }
    }

    /// Notes the target of the latest ask, a transfer.
    pub(super) fn hands_to(&mut self, target: &str) {
        self.open.last_mut().into_iter().for_each(|ask| ask.handed_to = Some(target.to_owned()));
    }

    pub(super) fn take(&mut self, id: u64) -> Option<Ask> {
        let at = self.open.iter().position(|ask| ask.id == id)?;
        Some(self.open.remove(at))
    }

    /// The verb shown as pending on a call: the latest one.
    pub(super) fn pending(&self, uid: &str) -> Option<Verb> {
        self.open
            .iter()
            .rev()
            .find(|ask| !ask.abandoned && !ask.quiet && ask.uid.as_deref() == Some(uid))
            .map(|ask| ask.verb)
    }

    /// Whether this verb is under way for this call, even for an earlier life of it.
    pub(super) fn under_way(&self, verb: Verb, uid: Option<&str>) -> bool {
        self.open.iter().any(|ask| !ask.quiet && ask.verb == verb && ask.uid.as_deref() == uid)
    }

    /// The verbs under way that belong to no call, oldest first.
    pub(super) fn of_the_desk(&self) -> Vec<Verb> {
        self.open.iter().filter(|ask| ask.uid.is_none() && !ask.quiet).map(|ask| ask.verb).collect()
    }

    /// The other extension that a verb under way is for.
    pub(super) fn aimed_at(&self, verb: Verb) -> Option<&str> {
        self.open.iter().find(|ask| ask.uid.is_none() && ask.verb == verb)?.target.as_deref()
    }

    /// When the oldest pending ask that a server answers at once was sent. Transfers do not count, because they are answered when
    /// the target has been rung; nor do dial, listen and whisper, which are answered when the agent's own phone has.
    pub(super) fn owed_since(&self) -> Option<Moment> {
        let at_once = |verb| match verb {
            Verb::Busy | Verb::Idle | Verb::Hold | Verb::Restore | Verb::Survey | Verb::HangUp => true,
            Verb::Dial | Verb::Transfer | Verb::Listen | Verb::Whisper | Verb::Play => false,
            Verb::Answer | Verb::Mute | Verb::Dtmf | Verb::Consult | Verb::Complete | Verb::Swap | Verb::Back => false,
        };
        self.open
            .iter()
            .filter(|ask| at_once(ask.verb) && !ask.by_phone)
            .map(|ask| ask.since)
            .min_by_key(|since| since.ms)
    }

    pub(super) fn abandon(&mut self, uid: &str) {
        self.open.iter_mut().filter(|ask| ask.uid.as_deref() == Some(uid)).for_each(|ask| ask.abandoned = true);
    }
}
