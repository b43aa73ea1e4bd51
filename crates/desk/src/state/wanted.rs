//! The agent's wishes. They only become pending; the answer decides.

use uncall_contract::{Extension, Request};

use crate::input::Intent;
use crate::journal::Departure;
use crate::line::Command;
use crate::moment::Moment;
use crate::number;
use crate::problem::Problem;
use crate::snapshot::{Link, Verb};

use super::Desk;
use super::arbiter::Wish;

impl Desk {
    pub(super) fn wanted(&mut self, intent: Intent, now: Moment) {
        let own = self.extension.as_str().to_owned();
        let intent = intent.about(|uid| self.line.now_called(uid));
        match intent {
            Intent::Dial { number, sure } if self.line.is_registered() => self.dial_by_phone(&number, sure, now),
            Intent::Hold { uid } if self.is_by_phone(Verb::Hold, &uid) => self.phone_verb(Verb::Hold, &uid, now),
            Intent::Restore { uid } if self.is_by_phone(Verb::Restore, &uid) => {
                self.phone_verb(Verb::Restore, &uid, now);
            }
            Intent::HangUp { uid } if self.is_by_phone(Verb::HangUp, &uid) => self.phone_verb(Verb::HangUp, &uid, now),
            Intent::Transfer { uid, target, sure } if self.is_by_phone(Verb::Transfer, &uid) => {
                self.aim(Verb::Transfer, &uid, &target, sure, now);
            }
            Intent::Answer { uid } => self.phone_verb(Verb::Answer, &uid, now),
            Intent::Mute { uid, on } => {
                self.want_of_phone(Verb::Mute, &uid, now, |_, leg| Ok(Command::Mute { leg: leg.told.id, on }));
            }
            Intent::Dtmf { uid, digits } => self.press(&uid, digits, now),
            Intent::Consult { uid, target, sure } => self.aim(Verb::Consult, &uid, &target, sure, now),
            Intent::Complete { uid } => self.phone_verb(Verb::Complete, &uid, now),
            Intent::Swap { uid } => self.phone_verb(Verb::Swap, &uid, now),
            Intent::Back { uid } => self.phone_verb(Verb::Back, &uid, now),
            Intent::Idle => self.agent_wants(Wish::idle(), now),
            Intent::Busy { reason } => self.agent_wants(Wish::busy(reason.as_deref()), now),
            Intent::BusyAfter { on, reason } => self.busy_after(on, reason.as_deref(), now),
            Intent::WrapUpMore => self.wrap_up_longer(),
            Intent::WrapUpDone => self.wrap_up_done(now),
            Intent::Dial { number, sure } => {
                let numbers = self.options.numbers.clone();
                // The server rings the agent's phone first. Where that is the panel's own, it answers this INVITE by itself.
                let action_id = self.line.is_on().then(|| format!("panel-{:x}", now.at.as_nanosecond()));
                let mut rung = None;
                self.want(Verb::Dial, None, now, |_| {
                    let number = numbers.dialled(&number, sure, now.at)?.as_str().to_owned();
                    rung = action_id.clone().map(|action| (action, number.clone()));
                    Ok(Request::Dial { exten: own, number, action_id })
                });
                if let Some((action, number)) = rung {
                    self.line.expect(action, number, now);
                }
            }
            Intent::Listen { target } => self.want(Verb::Listen, Some(target.clone()), now, |extension| {
                Ok(Request::Listen { agent: own, target: number::target(&target, extension)? })
            }),
            Intent::Whisper { target } => self.want(Verb::Whisper, Some(target.clone()), now, |extension| {
                Ok(Request::Whisper { agent: own, target: number::target(&target, extension)? })
            }),
            Intent::Hold { uid } => {
                self.want_of_call(Verb::Hold, &uid, now, |_, _| Ok(Request::Hold { exten: own, uid: None }));
            }
            Intent::Restore { uid } => self.want_of_call(Verb::Restore, &uid, now, |_, channel| {
                // Without a channel, the agent's own extension stands for the call that it holds.
                let channel = channel.unwrap_or_else(|| own.clone());
                Ok(Request::Restore { agent: own, channel })
            }),
            Intent::Transfer { uid, target, sure } => {
                let numbers = self.options.numbers.clone();
                self.want_of_call(Verb::Transfer, &uid, now, |extension, _| {
                    let target = numbers.target(&target, extension, sure, now.at)?;
                    Ok(Request::Transfer { agent: own, target, uid: None })
                });
            }
            Intent::Survey { uid } => {
                self.want_of_call(Verb::Survey, &uid, now, |_, _| Ok(Request::Survey { agent: own, uid: None }));
            }
            Intent::HangUp { uid } => {
                self.want_of_call(Verb::HangUp, &uid, now, |_, _| Ok(Request::HangUp { agent: own, uid: None }));
            }
            Intent::ScreenPop { uid } => self.pop_by_hand(&uid),
            Intent::Dismiss { uid } => {
                self.close_popup(&uid);
            }
            // Any intent stops it.
            Intent::StopCountdown => {}
            Intent::Over { uid } => self.close(&uid, now),
        }
    }

    /// A verb that belongs to no call. Asked twice, the second is not heard; listen and whisper exclude each other, since both
    /// need the one phone.
    fn want(
        &mut self,
        verb: Verb,
        target: Option<String>,
        now: Moment,
        request: impl FnOnce(&Extension) -> Result<Request, Problem>,
    ) {
        let aimed = [Verb::Listen, Verb::Whisper];
        let excluded = if aimed.contains(&verb) { &aimed[..] } else { std::slice::from_ref(&verb) };
        if excluded.iter().any(|verb| self.asks.under_way(*verb, None)) {
            return;
        }
        self.notice = None;
        let request = request(&self.extension).and_then(|request| self.reachable().map(|()| request));
        match request {
            Ok(request) => {
                let ask = self.asks.add(verb, None, target, now);
                self.out.asks.push((ask, request));
            }
            Err(problem) => self.notify_aimed(verb, target, problem, now),
        }
    }

    /// A verb for a call. One at a time per call, except that a hang-up may overtake.
    fn want_of_call(
        &mut self,
        verb: Verb,
        uid: &str,
        now: Moment,
        request: impl FnOnce(&Extension, Option<String>) -> Result<Request, Problem>,
    ) {
        let Some(call) = self.call(uid) else {
            self.notice = None;
            return self.notify(verb, Some(uid), Problem::new("no_such_call", uid), now);
        };
        let another = self.asks.pending(uid).is_some() && verb != Verb::HangUp;
        if another || self.asks.under_way(verb, Some(uid)) {
            return;
        }
        let channel = call.channel.clone();
        let sensible = self.verbs(call).contains(&verb);
        self.notice = None;
        let request = self.reachable().and_then(|()| {
            if !sensible {
                return Err(Problem::new("not_now", ""));
            }
            request(&self.extension, channel)
        });
        match request {
            Ok(request) => {
                let ask = self.asks.add(verb, Some(uid), None, now);
                if let Request::Transfer { target, .. } = &request {
                    self.asks.hands_to(target);
                }
                if let Some(call) = self.call_mut(uid).filter(|_| verb == Verb::HangUp) {
                    call.hung_up = true;
                }
                let named = self.additions.uid.then(|| uid.to_owned());
                self.out.asks.push((ask, request.about(named)));
            }
            Err(problem) => self.notify(verb, Some(uid), problem, now),
        }
    }

    /// Whether verbs can be sent. During the first connection attempt they can: the client connects for them, too.
    pub(super) fn reachable(&self) -> Result<(), Problem> {
        match self.connection.state {
            Link::Connecting | Link::Push | Link::Poll => Ok(()),
            Link::Unconfigured | Link::Offline => Err(match &self.connection.problem {
                Some(problem) if problem.is_denial() => problem.clone(),
                Some(problem) => Problem::new("unreachable", &problem.detail),
                None => Problem::new("unreachable", ""),
            }),
        }
    }

    /// The agent closes a call as over. Not with the stream, which knows better; polls may go on naming a call for hours.
    fn close(&mut self, uid: &str, now: Moment) {
        if !self.streaming() && self.call(uid).is_some_and(|call| call.leg.is_none()) {
            self.end(uid, None, Departure::Closed, None, now);
        }
    }
}
