//! The request of an operation. Its values are unchecked text from the network; check them with the types of [`crate::text`]
//! before acting on them. An empty or invalid argument gets an answer in the API's own form, not an error here.

use serde::{Deserialize, Serialize};

use crate::Operation;

/// A call of one operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case")]
pub enum Request {
    /// `UncallWorld(text)`
    Ping {
        /// Any text; comes back after `UncallWorld:`.
        text: String,
    },
    /// `OnClickCall(strExten, strToTel, strActionID)`
    Dial {
        /// The agent's extension, rung first.
        exten: String,
        /// The number to call, rung second.
        number: String,
        /// An id of the client's choice, echoed; left out if `None`.
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
        /// The extension or number to transfer to.
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
        /// The extension that listens.
        agent: String,
        /// The extension whose call is listened to.
        target: String,
    },
    /// `whisper(strAgent, strExten)`
    Whisper {
        /// The extension that whispers.
        agent: String,
        /// The extension that hears it.
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
    /// The operation.
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

    /// The arguments in the order of [`Operation::parameters`]; `None` for one that is left out.
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

    /// The uid of the call to hold, transfer, survey or hang up. The vendor's operations know only extensions: the argument
    /// `strUid` is ours. It follows the vendor's arguments, is not in the WSDL, and is sent only to a server that announced it
    /// (`Link: …; rel="uncall-arguments"` on the WSDL answer). The server then acts on that call or refuses.
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

    /// Why the extension is busy: setBuys' argument `strReason`, which is ours like [`Request::uid`] and announced with it. At
    /// most 32 characters are kept, see [`crate::BusyReason`].
    pub fn reason(&self) -> Option<&str> {
        if let Request::Busy { reason, .. } = self { reason.as_deref() } else { None }
    }

    /// The same request without our own arguments, as the vendor's server knows it.
    #[must_use]
    pub fn as_the_vendor_has_it(mut self) -> Request {
        if let Request::Busy { reason, .. } = &mut self {
            *reason = None;
        }
        self.about(None)
    }

    /// The same request for this call. Operations without a call stay as they are.
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

    /// The inverse of [`Request::arguments`]. The error is the name of the first missing argument.
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
