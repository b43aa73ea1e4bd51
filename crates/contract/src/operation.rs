//! The thirteen operations of the API, named in the industry's terms; the vendor's names are only in [`Operation::name`].

use serde::{Deserialize, Serialize};

/// One operation of the Uncall Webservices API (vendor's document, sections 3.1 to 3.13).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// 3.1 `UncallWorld(text)`: connection test.
    Ping,
    /// 3.2 `OnClickCall(strExten, strToTel, strActionID="")`: click to dial.
    Dial,
    /// 3.3 `popEvent(strExten)`: the current call of an extension.
    Current,
    /// 3.4 `getRecording(uid)`: the file name of a call's recording.
    Recording,
    /// 3.5 `setBuys(strExten)`, the vendor's spelling: callers hear that the extension is busy.
    Busy,
    /// 3.6 `setIdle(strExten)`: reachable again.
    Idle,
    /// 3.7 `keepCalling(strExten)`: hold.
    Hold,
    /// 3.8 `restoreCalling(strAgent, strExten)`: take a held call back; `strExten` is the channel that hold returned.
    Restore,
    /// 3.9 `transferCall(strAgent, strExten)`: hand the other party to another extension.
    Transfer,
    /// 3.10 `feedBack(strAgent)`: arm the satisfaction survey.
    Survey,
    /// 3.11 `monitorExten(strAgent, strExten)`: listen to another extension's call.
    Listen,
    /// 3.12 `whisper(strAgent, strExten)`: speak to the agent of a call, unheard by the other party.
    Whisper,
    /// 3.13 `hangUp(strAgent)`: end the call this extension is in.
    HangUp,
}

impl Operation {
    /// All operations in the order of the vendor's document.
    pub const ALL: [Operation; 13] = [
        Operation::Ping,
        Operation::Dial,
        Operation::Current,
        Operation::Recording,
        Operation::Busy,
        Operation::Idle,
        Operation::Hold,
        Operation::Restore,
        Operation::Transfer,
        Operation::Survey,
        Operation::Listen,
        Operation::Whisper,
        Operation::HangUp,
    ];

    /// The name on the wire, misspellings included.
    pub const fn name(self) -> &'static str {
        match self {
            Operation::Ping => "UncallWorld",
            Operation::Dial => "OnClickCall",
            Operation::Current => "popEvent",
            Operation::Recording => "getRecording",
            Operation::Busy => "setBuys",
            Operation::Idle => "setIdle",
            Operation::Hold => "keepCalling",
            Operation::Restore => "restoreCalling",
            Operation::Transfer => "transferCall",
            Operation::Survey => "feedBack",
            Operation::Listen => "monitorExten",
            Operation::Whisper => "whisper",
            Operation::HangUp => "hangUp",
        }
    }

    /// The parameters on the wire, in order. Only `strActionID` may be left out.
    pub const fn parameters(self) -> &'static [&'static str] {
        match self {
            Operation::Ping => &["text"],
            Operation::Dial => &["strExten", "strToTel", "strActionID"],
            Operation::Current | Operation::Busy | Operation::Idle | Operation::Hold => &["strExten"],
            Operation::Recording => &["uid"],
            Operation::Restore | Operation::Transfer | Operation::Listen | Operation::Whisper => {
                &["strAgent", "strExten"]
            }
            Operation::Survey | Operation::HangUp => &["strAgent"],
        }
    }

    /// The operation with exactly this wire name.
    pub fn from_name(name: &str) -> Option<Operation> {
        Operation::ALL.into_iter().find(|operation| operation.name() == name)
    }

    /// Whether it only reads. Reads may be retried, verbs that act on a call never are.
    pub const fn is_read(self) -> bool {
        matches!(self, Operation::Ping | Operation::Current | Operation::Recording)
    }
}
