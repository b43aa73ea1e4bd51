//! What an operation is asked with. The values are text as it came over the wire; whoever acts on one checks it first
//! with the types of [`crate::text`], because an empty or senseless argument is answered in the API's own form.

use serde::{Deserialize, Serialize};

use crate::Operation;

/// A call of one operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case")]
pub enum Request {
    /// `UncallWorld(text)`
    Ping {
        /// Any text; comes back behind `UncallWorld:`.
        text: String,
    },
    /// `OnClickCall(strExten, strToTel, strActionID)`
    Dial {
        /// The agent's extension, rung first.
        exten: String,
        /// The number to call, rung second.
        number: String,
        /// An id of the caller's choice, echoed; left out when `None`.
        action_id: Option<String>,
    },
    /// `popEvent(strExten)`
    Current {
        /// The extension whose call is asked for.
        exten: String,
    },
    /// `getRecording(uid)`
    Recording {
        /// The call's uid.
        uid: String,
    },
    /// `setBuys(strExten)`
    Busy {
        /// The extension to make busy.
        exten: String,
        /// Why (`strReason`, ours); see [`Request::reason`].
        reason: Option<String>,
    },
    /// `setIdle(strExten)`
    Idle {
        /// The extension to make idle.
        exten: String,
    },
    /// `keepCalling(strExten)`
    Hold {
        /// The extension whose call is held.
        exten: String,
        /// Which of the extension's calls (`strUid`, ours); see [`Request::uid`].
        uid: Option<String>,
    },
    /// `restoreCalling(strAgent, strExten)`
    Restore {
        /// The agent that takes the call back.
        agent: String,
        /// The channel that hold returned.
        channel: String,
    },
    /// `transferCall(strAgent, strExten)`
    Transfer {
        /// The agent that hands the call on.
        agent: String,
        /// Where to.
        target: String,
        /// Which of the extension's calls (`strUid`, ours); see [`Request::uid`].
        uid: Option<String>,
    },
    /// `feedBack(strAgent)`
    Survey {
        /// The agent whose customer will be asked.
        agent: String,
        /// Which of the extension's calls (`strUid`, ours); see [`Request::uid`].
        uid: Option<String>,
    },
    /// `monitorExten(strAgent, strExten)`
    Listen {
        /// Who listens.
        agent: String,
        /// Whose call.
        target: String,
    },
    /// `whisper(strAgent, strExten)`
    Whisper {
        /// Who whispers.
        agent: String,
        /// To whom.
        target: String,
    },
    /// `hangUp(strAgent)`
    HangUp {
        /// The extension whose call ends.
        agent: String,
        /// Which of the extension's calls (`strUid`, ours); see [`Request::uid`].
        uid: Option<String>,
    },
}

impl Request {
    /// Which operation this calls.
    pub const fn operation(&self) -> Operation {
        match self {
            Request::Ping { .. } => Operation::Ping,
            Request::Dial { .. } => Operation::Dial,
            Request::Current { .. } => Operation::Current,
            Request::Recording { .. } => Operation::Recording,
            Request::Busy { .. } => Operation::Busy,
            Request::Idle { .. } => Operation::Idle,
            Request::Hold { .. } => Operation::Hold,
            Request::Restore { .. } => Operation::Restore,
            Request::Transfer { .. } => Operation::Transfer,
            Request::Survey { .. } => Operation::Survey,
            Request::Listen { .. } => Operation::Listen,
            Request::Whisper { .. } => Operation::Whisper,
            Request::HangUp { .. } => Operation::HangUp,
        }
    }

    /// The arguments in the order of [`Operation::parameters`]; `None` is an argument left out.
    pub fn arguments(&self) -> Vec<Option<&str>> {
        match self {
            Request::Ping { text: only }
            | Request::Current { exten: only }
            | Request::Recording { uid: only }
            | Request::Busy { exten: only, .. }
            | Request::Idle { exten: only }
            | Request::Hold { exten: only, .. }
            | Request::Survey { agent: only, .. }
            | Request::HangUp { agent: only, .. } => vec![Some(only)],
            Request::Dial { exten, number, action_id } => vec![Some(exten), Some(number), action_id.as_deref()],
            Request::Restore { agent: first, channel: second }
            | Request::Transfer { agent: first, target: second, .. }
            | Request::Listen { agent: first, target: second }
            | Request::Whisper { agent: first, target: second } => vec![Some(first), Some(second)],
        }
    }

    /// The call that hold, transfer, survey or hang-up is about, by its uid. The vendor's operations know only extensions:
    /// the argument `strUid` is ours. It follows the known ones, is not in the WSDL, and is sent only to a server that
    /// announced it (`Link: …; rel="uncall-arguments"` on the WSDL answer). Then it is that call or a refusal.
    pub fn uid(&self) -> Option<&str> {
        match self {
            Request::Hold { uid, .. }
            | Request::Transfer { uid, .. }
            | Request::Survey { uid, .. }
            | Request::HangUp { uid, .. } => uid.as_deref(),
            Request::Ping { .. } | Request::Dial { .. } | Request::Current { .. } | Request::Recording { .. } => None,
            Request::Busy { .. } | Request::Idle { .. } | Request::Restore { .. } => None,
            Request::Listen { .. } | Request::Whisper { .. } => None,
        }
    }

    /// Why the extension is busy: setBuys' argument `strReason`, ours as [`Request::uid`] is and announced with it. At most
    /// 32 characters are kept, see [`crate::BusyReason`].
    pub fn reason(&self) -> Option<&str> {
        if let Request::Busy { reason, .. } = self { reason.as_deref() } else { None }
    }

    /// The same request without the arguments that are ours, as a server of the vendor's knows it.
    #[must_use]
    pub fn as_the_vendor_has_it(mut self) -> Request {
        if let Request::Busy { reason, .. } = &mut self {
            *reason = None;
        }
        self.about(None)
    }

    /// The same request about this call; an operation that is about no call stays as it is.
    #[must_use]
    pub fn about(mut self, call: Option<String>) -> Request {
        match &mut self {
            Request::Hold { uid, .. }
            | Request::Transfer { uid, .. }
            | Request::Survey { uid, .. }
            | Request::HangUp { uid, .. } => *uid = call,
            Request::Ping { .. } | Request::Dial { .. } | Request::Current { .. } | Request::Recording { .. } => {}
            Request::Busy { .. } | Request::Idle { .. } | Request::Restore { .. } => {}
            Request::Listen { .. } | Request::Whisper { .. } => {}
        }
        self
    }

    /// The inverse of [`Request::arguments`]. The error is the name of the first argument that is missing.
    pub fn from_arguments(operation: Operation, arguments: &[Option<&str>]) -> Result<Request, &'static str> {
        let get = |at: usize| -> Result<String, &'static str> {
            let value = arguments.get(at).copied().flatten();
            value.map(str::to_owned).ok_or_else(|| operation.parameters().get(at).copied().unwrap_or("argument"))
        };
        Ok(match operation {
            Operation::Ping => Request::Ping { text: get(0)? },
            Operation::Dial => Request::Dial { exten: get(0)?, number: get(1)?, action_id: get(2).ok() },
            Operation::Current => Request::Current { exten: get(0)? },
            Operation::Recording => Request::Recording { uid: get(0)? },
            Operation::Busy => Request::Busy { exten: get(0)?, reason: None },
            Operation::Idle => Request::Idle { exten: get(0)? },
            Operation::Hold => Request::Hold { exten: get(0)?, uid: None },
            Operation::Restore => Request::Restore { agent: get(0)?, channel: get(1)? },
            Operation::Transfer => Request::Transfer { agent: get(0)?, target: get(1)?, uid: None },
            Operation::Survey => Request::Survey { agent: get(0)?, uid: None },
            Operation::Listen => Request::Listen { agent: get(0)?, target: get(1)? },
            Operation::Whisper => Request::Whisper { agent: get(0)?, target: get(1)? },
            Operation::HangUp => Request::HangUp { agent: get(0)?, uid: None },
        })
    }
}
