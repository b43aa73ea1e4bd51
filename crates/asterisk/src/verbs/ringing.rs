//! Rings an agent: one phone, or all of them, and the first to answer gets the call.

use std::time::Duration;

use uncall_contract::Extension;
use uncall_switch::Failure;

use super::Sent;
use crate::action::{Action, Unfit};
use crate::device::Device;
use crate::link::LinkError;
use crate::listing;
use crate::model::Standing;
use crate::state::Shared;

/// The time limit for a registered phone to report that it rings.
const RINGS: Duration = Duration::from_secs(4);

/// What the agent's leg does after answering.
pub(super) enum Then {
    /// It goes to this context and extension, with these variables.
    Goes(&'static str, String, Vec<(&'static str, String)>),
    /// It listens to this leg, with these options of `ChanSpy`.
    Spies(String, &'static str),
}

impl Shared {
    /// Rings an agent with this unique id. Done when one of the phones rings. Its display shows `shows`.
    pub(super) async fn ring(&self, exten: &Extension, unique: &str, shows: &str, then: Then) -> Result<(), Failure> {
        let phones = self.lock().model.phones(exten);
        let result = match self.ends(&phones).await {
            Ok(ends) => {
                let action = match phones.as_slice() {
                    [phone] if ends < 2 => alone(phone, then),
                    phones => together(phones, then),
                };
                let timeout = self.options.phone_rings.as_millis().to_string();
                let action = action.and_then(|action| {
                    let action = action.with("ChannelId", unique)?.with("CallerID", shows)?;
                    action.with("Timeout", timeout)?.with("Async", "true")
                });
                self.ringing(unique, action).await
            }
            Err(failure) => Err(failure),
        };
        if result.is_err() {
            self.lock().model.forget_dial(unique);
        }
        result
    }

    /// All phones of an agent, as the dialplan dials them.
    pub(super) fn dialled(&self, exten: &Extension) -> String {
        let phones = self.lock().model.phones(exten);
        join(if phones.is_empty() { self.lock().model.all_phones(exten) } else { phones }.as_slice())
    }

    /// How many ends ring: a PJSIP phone may be registered from several places.
    async fn ends(&self, phones: &[Device]) -> Result<usize, Failure> {
        let [phone] = phones else {
            return if phones.is_empty() { Err(self.absent()) } else { Ok(phones.len()) };
        };
        let Some(endpoint) = phone.endpoint() else { return Ok(1) };
        let Ok(action) = listing::global(&format!("PJSIP_DIAL_CONTACTS({endpoint})")) else { return Ok(1) };
        match self.link.ask(action).await {
            Ok(answer) => Ok(answer.response.get("Value").split('&').count()),
            // A PBX without that function has no such phones.
            Err(LinkError::Refused(_)) => Ok(1),
            Err(LinkError::NotConnected | LinkError::Lost) => Err(Failure::Unreachable),
        }
    }

    fn absent(&self) -> Failure {
        if self.is_up() { Failure::Unavailable } else { Failure::Unreachable }
    }

    /// Sends an Originate and waits until its phone rings.
    async fn ringing(&self, unique: &str, action: Result<Action, Unfit>) -> Result<(), Failure> {
        if !self.is_up() {
            return Err(Failure::Unreachable);
        }
        self.lock().model.expect_originated(unique);
        let result = self.rings(unique, action).await;
        self.lock().model.forget_originated(unique);
        result
    }

    async fn rings(&self, unique: &str, action: Result<Action, Unfit>) -> Result<(), Failure> {
        let id = unique.to_owned();
        let told = self.when(move |model| {
            if model.has_rung(&id) {
                return Some(Ok(()));
            }
            model.originated(&id).map(|done| if done { Ok(()) } else { Err(Failure::Unavailable) })
        });
        // A refusal here is about a missing context or application; "not available" is what the agent can be told.
        let sent = self.settle(unique, action).await.map_err(|failure| match failure {
            Failure::Gone => Failure::Unavailable,
            Failure::Unreachable | Failure::Unavailable => failure,
        })?;
        self.outcome(told, RINGS, |model| match (model.standing(unique), sent) {
            (Standing::Gone, Sent::Unknown) => Err(Failure::Unreachable),
            (Standing::Gone, Sent::Accepted) => Err(Failure::Unavailable),
            // It was sent to the phone, which has not reported that it rings.
            (_, _) => Ok(()),
        })
        .await
    }
}

/// For one phone: its leg is the Originate's own.
fn alone(phone: &Device, then: Then) -> Result<Action, Unfit> {
    let action = Action::new("Originate").with("Channel", phone.as_str())?;
    match then {
        Then::Goes(context, exten, variables) => {
            let action = action.with("Context", context)?.with("Exten", exten)?.with("Priority", "1")?;
            set(action, variables)
        }
        Then::Spies(leg, options) => action.with("Application", "ChanSpy")?.with("Data", format!("{leg},{options}")),
    }
}

/// For several: the dialplan rings them, and the leg that answers goes on by itself.
fn together(phones: &[Device], then: Then) -> Result<Action, Unfit> {
    let action = Action::new("Originate").with("Channel", "Local/s@uncall-ring/n")?;
    let action = action.with("Application", "NoOp")?.with("Variable", format!("UNCALL_DIAL={}", join(phones)))?;
    let (context, exten, variables) = match then {
        Then::Goes(context, exten, variables) => (context, exten, variables),
        Then::Spies(leg, options) => {
            let variables = vec![("UNCALL_SPY", leg), ("UNCALL_SPY_HOW", options.to_owned())];
            ("uncall-spy", "s".to_owned(), variables)
        }
    };
    let place = [("UNCALL_PLACE", context.to_owned()), ("UNCALL_TO", exten)];
    set(action, place.into_iter().chain(variables))
}

/// Sets variables for the leg, wherever it is dialled from. No value has a comma, which would begin another one.
fn set(action: Action, variables: impl IntoIterator<Item = (&'static str, String)>) -> Result<Action, Unfit> {
    variables.into_iter().try_fold(action, |action, (name, value)| action.with("Variable", format!("__{name}={value}")))
}

fn join(phones: &[Device]) -> String {
    phones.iter().map(Device::as_str).collect::<Vec<_>>().join("&")
}
