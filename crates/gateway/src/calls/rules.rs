//! What an agent may do: the preconditions of every verb, its documented refusals, and the plan when it may.

use uncall_contract::event::{CallState, Presence};
use uncall_contract::{Channel, Extension, Operation, PhoneNumber, Reason, Refusal, Uid};

use super::line::{Line, View};
use super::plan::{Dial, HangUp, Pair, Restore, Spy, Survey, Transfer};
use super::{Place, Purpose, Table};

impl Table {
    /// OnClickCall: the extension has to be there and free. A held call does not hinder (hold, then ask a colleague),
    /// and neither does busy: that is about callers.
    pub fn dial(&self, exten: &str, number: &str) -> Result<Dial, Refusal> {
        let refuse = |reason| Refusal::new(Operation::Dial, reason);
        self.connected().map_err(refuse)?;
        let line = self.line(exten).filter(|line| line.registered).ok_or_else(|| refuse(Reason::Unavailable))?;
        // A listener's leg and one in the survey are no calls, but the receiver is in somebody's hand.
        let aside = self.legs.values().any(|leg| leg.is_of(&line.exten) && !leg.reported());
        let engaged = aside || line.views.iter().any(|view| view.state != CallState::Held);
        if engaged {
            return Err(refuse(Reason::Unavailable));
        }
        let number = PhoneNumber::from_typed(number).map_err(|invalid| {
            let message = format!("The number {invalid}");
            Refusal { reason: Reason::Other, response: "Error".to_owned(), message }
        })?;
        Ok(Dial { exten: line.exten.clone(), number })
    }

    /// setBuys, setIdle: the extension has to be there; to set what is set already is no mistake.
    pub fn presence(&self, exten: &str) -> Result<Extension, Reason> {
        self.connected()?;
        self.line(exten).map(|line| line.exten.clone()).ok_or(Reason::NotUpdated)
    }

    /// keepCalling: the agent has to be talking. A ringing or held call is refused.
    pub fn hold(&self, agent: &str) -> Result<Pair, Reason> {
        self.connected()?;
        let line = self.line(agent).ok_or(Reason::AgentNotInUse)?;
        self.talking(line).ok_or(Reason::AgentNotInUse)
    }

    /// restoreCalling: the channel is the one that hold returned, or the agent's own, of a call that this agent holds.
    pub fn restore(&self, agent: &str, channel: &str) -> Result<Restore, Reason> {
        self.connected()?;
        let line = self.line(agent).ok_or(Reason::ChannelNotExist)?;
        let channel = Channel::parse(channel).map_err(|_| Reason::ChannelNotExist)?;
        let mut held = self.holds.iter().filter(|hold| hold.by == line.exten);
        let hold = held.find(|hold| hold.channel == channel || hold.own == channel).ok_or(Reason::ChannelNotExist)?;
        let own = self.legs.contains_key(&hold.own).then(|| hold.own.clone());
        if own.is_none() && !line.registered {
            // The held call is still there, so "Channel not exist" would be untrue: it is the phone that cannot be rung.
            return Err(Reason::ConnectionFailed);
        }
        Ok(Restore { uid: hold.uid.clone(), agent: line.exten.clone(), own, held: hold.channel.clone() })
    }

    /// transferCall: the agent has to be talking, the target there and idle.
    pub fn transfer(&self, agent: &str, target: &str) -> Result<Transfer, Reason> {
        self.connected()?;
        let line = self.line(agent).filter(|line| !line.views.is_empty()).ok_or(Reason::AgentNotInUse)?;
        let pair = self.talking(line).ok_or(Reason::NotInBridge)?;
        let target = self.line(target).filter(|line| self.is_free(line)).ok_or(Reason::TargetNotIdle)?;
        if target.presence == Presence::Busy {
            return Err(Reason::TargetNotIdle);
        }
        Ok(Transfer { pair, target: target.exten.clone() })
    }

    /// feedBack: there has to be a customer: talking, in a transfer, or held.
    pub fn survey(&self, agent: &str) -> Result<Survey, Reason> {
        self.connected()?;
        let line = self.line(agent).ok_or(Reason::AgentNotInUse)?;
        let talking = self.talking(line).map(|pair| (pair.uid, pair.other));
        let (uid, other) = talking
            .or_else(|| self.waiting(line))
            .or_else(|| line.in_state(CallState::Held).and_then(|view| Some((view.uid.clone(), view.channel.clone()?))))
            .ok_or(Reason::AgentNotInUse)?;
        Ok(Survey { uid, agent: line.exten.clone(), other })
    }

    /// monitorExten, whisper: the listener has to be there and free, the target connected.
    pub fn spy(&self, agent: &str, target: &str, whisper: bool) -> Result<Spy, Reason> {
        self.connected()?;
        let line = self.line(agent).filter(|line| self.is_free(line)).ok_or(Reason::AgentNotInUse)?;
        let target = self.line(target).ok_or(Reason::SpyFailed)?;
        let connected = target.in_state(CallState::Talking).or_else(|| target.in_state(CallState::Held));
        let view = connected.ok_or(Reason::SpyFailed)?;
        let own = self.own_legs(&target.exten, &view.uid).into_iter().next().ok_or(Reason::SpyFailed)?;
        Ok(Spy { uid: view.uid.clone(), agent: line.exten.clone(), target: own, whisper })
    }

    /// hangUp: ends the call that popEvent would report, both sides. A listener who has no call stops listening.
    pub fn hang_up(&self, agent: &str) -> Result<HangUp, Refusal> {
        self.connected().map_err(|reason| Refusal::new(Operation::HangUp, reason))?;
        let line = self.line(agent).ok_or_else(Refusal::no_such_agent)?;
        if let Some(view) = line.current() {
            return Ok(self.ending(line, view));
        }
        let spies = self.spies(&line.exten).ok_or_else(|| Refusal::new(Operation::HangUp, Reason::NoChannels))?;
        Ok(HangUp { own: vec![spies.clone()], others: Vec::new() })
    }

    fn ending(&self, line: &Line, view: &View) -> HangUp {
        let own = self.own_legs(&line.exten, &view.uid);
        let alone = match view.state {
            CallState::Talking => true,
            // Somebody waits for this phone in a transfer: to decline is all that the target can do. And a caller whom other
            // phones ring for as well is theirs.
            CallState::Ringing => self.legs.values().filter(|leg| leg.uid == view.uid).any(|leg| {
                let theirs = leg.rings && leg.party.extension().is_some_and(|other| *other != line.exten);
                theirs || matches!(leg.place, Place::Waiting(_))
            }),
            CallState::Held | CallState::Transferring | CallState::Ended => false,
        };
        if alone {
            return HangUp { own, others: Vec::new() };
        }
        let mut others: Vec<_> =
            self.legs.iter().filter(|(name, leg)| leg.uid == view.uid && !own.contains(name)).collect();
        others.sort_by_key(|(_, leg)| leg.order);
        HangUp { own, others: others.into_iter().map(|(name, _)| name.clone()).collect() }
    }

    const fn connected(&self) -> Result<(), Reason> {
        if self.reachable { Ok(()) } else { Err(Reason::ConnectionFailed) }
    }

    fn line(&self, exten: &str) -> Option<&Line> {
        self.lines.get(exten.trim())
    }

    /// A phone that is there, with no call and no listening.
    fn is_free(&self, line: &Line) -> bool {
        line.registered && line.views.is_empty() && !self.legs.values().any(|leg| leg.is_of(&line.exten))
    }

    fn talking(&self, line: &Line) -> Option<Pair> {
        let mut own = self.legs.iter().filter(|(_, leg)| leg.is_of(&line.exten) && leg.reported());
        own.find_map(|(channel, leg)| {
            let other = self.peer(channel, leg)?.clone();
            Some(Pair { uid: leg.uid.clone(), agent: line.exten.clone(), own: channel.clone(), other })
        })
    }

    /// The other party of this agent's transfer.
    fn waiting(&self, line: &Line) -> Option<(Uid, Channel)> {
        self.legs.iter().find_map(|(channel, leg)| {
            let Place::Waiting(agent) = &leg.place else { return None };
            self.legs.get(agent).filter(|agent| agent.is_of(&line.exten))?;
            Some((leg.uid.clone(), channel.clone()))
        })
    }

    fn own_legs(&self, exten: &Extension, uid: &Uid) -> Vec<Channel> {
        let mut own: Vec<_> =
            self.legs.iter().filter(|(_, leg)| leg.is_of(exten) && leg.uid == *uid && leg.reported()).collect();
        own.sort_by_key(|(_, leg)| leg.order);
        own.into_iter().map(|(channel, _)| channel.clone()).collect()
    }

    fn spies(&self, exten: &Extension) -> Option<&Channel> {
        let mut legs = self.legs.iter().filter(|(_, leg)| leg.is_of(exten));
        legs.find(|(_, leg)| leg.purpose == Purpose::Spies).map(|(channel, _)| channel)
    }
}
