//! What an agent may do: every verb's preconditions, its documented refusals, and its plan.

use uncall_contract::event::{CallState, Presence};
use uncall_contract::{Channel, Extension, Operation, PhoneNumber, Reason, Refusal, Uid};

use super::line::{Line, View};
use super::meant::Company;
use super::plan::{Dial, HangUp, Pair, Restore, Spy, Survey, Target, Transfer};
use super::{Leg, Place, Purpose, Table};

impl Table {
    /// OnClickCall: the extension has to be registered and free. A held call is no obstacle (hold, then ask a colleague), nor is
    /// busy, which only concerns callers.
    pub fn dial(&self, exten: &str, number: &str) -> Result<Dial, Refusal> {
        let refuse = |reason| Refusal::new(Operation::Dial, reason);
        self.connected().map_err(refuse)?;
        let line = self.line(exten).filter(|line| line.registered).ok_or_else(|| refuse(Reason::Unavailable))?;
        // A listener's leg and one in the survey are not calls, but the receiver is off the hook.
        let aside = self.legs.of_exten(&line.exten).any(|(_, leg)| !leg.reported());
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

    /// setBuys, setIdle: the extension has to exist. Setting the present state again is not an error.
    pub fn presence(&self, exten: &str) -> Result<Extension, Reason> {
        self.connected()?;
        self.line(exten).map(|line| line.exten.clone()).ok_or(Reason::NotUpdated)
    }

    /// keepCalling: the call that is meant has to be talking with one other party. A ringing or held call is refused.
    pub fn hold(&self, agent: &str, uid: Option<&str>) -> Result<Pair, Reason> {
        self.connected()?;
        let line = self.line(agent).ok_or(Reason::AgentNotInUse)?;
        let view = self.meant(line, uid).filter(|view| view.state == CallState::Talking);
        self.pair(line, view.ok_or(Reason::AgentNotInUse)?, Reason::AgentNotInUse)
    }

    /// restoreCalling: the channel is the one that hold returned, or the agent's own, of a call that this agent holds.
    pub fn restore(&self, agent: &str, channel: &str) -> Result<Restore, Refusal> {
        let refuse = |reason| Refusal::new(Operation::Restore, reason);
        self.connected().map_err(refuse)?;
        let line = self.line(agent).ok_or_else(|| refuse(Reason::ChannelNotExist))?;
        let held = || self.holds.iter().filter(|hold| hold.by == line.exten);
        let named = Channel::parse(channel).ok();
        let named = named.and_then(|channel| held().find(|hold| hold.channel == channel || hold.own == channel));
        let Some(hold) = named else {
            return Err(self.phone_holds(line, channel).unwrap_or_else(|| refuse(Reason::ChannelNotExist)));
        };
        let own = self.legs.contains_key(&hold.own).then(|| hold.own.clone());
        if own.is_none() && !line.registered {
            // The held call still exists, so "Channel not exist" would be untrue: the phone cannot be rung.
            return Err(refuse(Reason::ConnectionFailed));
        }
        Ok(Restore { uid: hold.uid.clone(), agent: line.exten.clone(), own, held: hold.channel.clone() })
    }

    /// The refusal for a call that the agent's own phone holds: the PBX cannot take it back, but it is not gone. Such a call has
    /// no channel to restore, so clients name the extension.
    fn phone_holds(&self, line: &Line, channel: &str) -> Option<Refusal> {
        let named = |own: &Channel, other: &Channel| {
            [own.as_str(), other.as_str(), line.exten.as_str()].contains(&channel.trim())
        };
        let mut held = line.views.iter().filter(|view| view.state == CallState::Held && view.channel.is_none());
        held.find(|view| matches!(self.held_company(line, view), Company::One { own, other } if named(&own, &other)))?;
        let message = "Held by the phone".to_owned();
        Some(Refusal { reason: Reason::Other, response: "Error".to_owned(), message })
    }

    /// transferCall: the call has to be talking with one other party, and the target registered and idle. A target that is not an
    /// extension is only for those who may transfer there (`beyond`).
    pub fn transfer(&self, agent: &str, target: &str, uid: Option<&str>, beyond: bool) -> Result<Transfer, Reason> {
        self.connected()?;
        let line = self.line(agent).ok_or(Reason::AgentNotInUse)?;
        let view = self.meant(line, uid).ok_or(Reason::AgentNotInUse)?;
        let talking = Some(view).filter(|view| view.state == CallState::Talking).ok_or(Reason::NotInBridge)?;
        let pair = self.pair(line, talking, Reason::NotInBridge)?;
        let target = match self.line(target) {
            Some(line) if self.is_free(line) && line.presence() == Presence::Idle => {
                Target::Extension(line.exten.clone())
            }
            Some(_) => return Err(Reason::TargetNotIdle),
            None if beyond => Target::Number(PhoneNumber::from_typed(target).map_err(|_| Reason::TransferNotAllowed)?),
            None => return Err(Reason::TransferNotAllowed),
        };
        Ok(Transfer { pair, target })
    }

    /// feedBack: there has to be one customer: talking, in a transfer, or held.
    pub fn survey(&self, agent: &str, uid: Option<&str>) -> Result<Survey, Reason> {
        self.connected()?;
        let line = self.line(agent).ok_or(Reason::AgentNotInUse)?;
        let view = self.meant(line, uid).ok_or(Reason::AgentNotInUse)?;
        let other = match (view.state, &view.channel) {
            (CallState::Held, Some(channel)) => Some(channel.clone()),
            (CallState::Talking, _) => Some(self.pair(line, view, Reason::AgentNotInUse)?.other),
            (CallState::Held, None) => match self.held_company(line, view) {
                Company::One { other, .. } => Some(other),
                Company::Nobody => None,
                Company::Several => return Err(Reason::NotInBridge),
            },
            (CallState::Transferring, _) => self.waiting(line, &view.uid).next().cloned(),
            (CallState::Ringing | CallState::Ended, _) => None,
        };
        let other = other.ok_or(Reason::AgentNotInUse)?;
        Ok(Survey { uid: view.uid.clone(), agent: line.exten.clone(), other })
    }

    /// monitorExten, whisper: the listener has to be registered and free, the target connected.
    pub fn spy(&self, agent: &str, target: &str, whisper: bool) -> Result<Spy, Reason> {
        self.connected()?;
        let line = self.line(agent).filter(|line| self.is_free(line)).ok_or(Reason::AgentNotInUse)?;
        let target = self.line(target).ok_or(Reason::SpyFailed)?;
        let connected = target.in_state(CallState::Talking).or_else(|| target.in_state(CallState::Held));
        let view = connected.ok_or(Reason::SpyFailed)?;
        let own = self.own_legs(&target.exten, &view.uid);
        let talks = |leg: &&Channel| self.legs.get(leg).is_some_and(|it| self.others(leg, it).next().is_some());
        let own = own.iter().find(talks).or(own.first()).cloned().ok_or(Reason::SpyFailed)?;
        Ok(Spy { uid: view.uid.clone(), agent: line.exten.clone(), target: own, whisper })
    }

    /// hangUp: ends the call, or declines it. A listener without a call stops listening.
    pub fn hang_up(&self, agent: &str, uid: Option<&str>) -> Result<HangUp, Refusal> {
        let refuse = |reason| Refusal::new(Operation::HangUp, reason);
        self.connected().map_err(refuse)?;
        let line = self.line(agent).ok_or_else(Refusal::no_such_agent)?;
        if let Some(view) = self.meant(line, uid) {
            return Ok(self.ending(line, view));
        }
        let spies = self.spies(&line.exten).filter(|_| uid.is_none()).ok_or_else(|| refuse(Reason::NoChannels))?;
        Ok(HangUp { own: vec![spies.clone()], others: Vec::new() })
    }

    /// The legs to end. The other party is among them only if the agent holds it, transfers it, or began the call. In a
    /// conversation the PBX ends the other side, or sends it to the survey; and a caller whose call is declined goes where the
    /// PBX sends him.
    fn ending(&self, line: &Line, view: &View) -> HangUp {
        let own = self.own_legs(&line.exten, &view.uid);
        let of_call = |wanted: &dyn Fn(&Leg) -> bool| {
            let legs = self.legs.of_call(&view.uid).filter(|(name, leg)| !own.contains(name) && wanted(leg));
            let mut legs: Vec<_> = legs.collect();
            legs.sort_by_key(|(_, leg)| leg.order);
            legs.into_iter().map(|(name, _)| name.clone()).collect::<Vec<_>>()
        };
        let others = match view.state {
            CallState::Held => view.channel.iter().cloned().collect(),
            CallState::Transferring => {
                let waiting: Vec<_> = self.waiting(line, &view.uid).cloned().collect();
                waiting.into_iter().chain(of_call(&|leg| leg.rings)).collect()
            }
            CallState::Ringing if self.began(line, view) => of_call(&|_| true),
            CallState::Ringing => {
                let rings = |channel: &Channel| self.legs.get(channel).is_some_and(|leg| leg.rings);
                let ringing: Vec<_> = own.iter().filter(|channel| rings(channel)).cloned().collect();
                return HangUp { own: if ringing.is_empty() { own } else { ringing }, others: Vec::new() };
            }
            CallState::Talking | CallState::Ended => Vec::new(),
        };
        HangUp { own, others }
    }

    const fn connected(&self) -> Result<(), Reason> {
        if self.reachable { Ok(()) } else { Err(Reason::ConnectionFailed) }
    }

    fn line(&self, exten: &str) -> Option<&Line> {
        self.lines.get(exten.trim())
    }

    /// Whether the phone is registered, with no call and no listening.
    fn is_free(&self, line: &Line) -> bool {
        line.registered && line.views.is_empty() && self.legs.of_exten(&line.exten).next().is_none()
    }

    /// The two legs of a conversation with one other party, while no other party of the call waits elsewhere. `apart` is the reason if
    /// there is no conversation.
    fn pair(&self, line: &Line, view: &View, apart: Reason) -> Result<Pair, Reason> {
        match self.company(line, view) {
            Company::One { .. } if self.somebody_waits(&view.uid) => Err(Reason::NotInBridge),
            Company::One { own, other } => Ok(Pair { uid: view.uid.clone(), agent: line.exten.clone(), own, other }),
            Company::Nobody => Err(apart),
            Company::Several => Err(Reason::NotInBridge),
        }
    }

    /// The other party of this agent's transfer.
    fn waiting(&self, line: &Line, uid: &Uid) -> impl Iterator<Item = &Channel> {
        let waiting = self.legs.of_call(uid).filter(|(_, leg)| {
            let Place::Waiting(agent) = &leg.place else { return false };
            self.legs.get(agent).is_some_and(|agent| agent.is_of(&line.exten))
        });
        waiting.map(|(channel, _)| channel)
    }

    fn own_legs(&self, exten: &Extension, uid: &Uid) -> Vec<Channel> {
        let mut own: Vec<_> = self.legs.seen(exten, uid).collect();
        own.sort_by_key(|(_, leg)| leg.order);
        own.into_iter().map(|(channel, _)| channel.clone()).collect()
    }

    fn spies(&self, exten: &Extension) -> Option<&Channel> {
        self.legs.of_exten(exten).find(|(_, leg)| leg.purpose == Purpose::Spies).map(|(channel, _)| channel)
    }
}
