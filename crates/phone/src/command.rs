//! Commands to a line, and the answers to them.

use tokio::sync::{mpsc, oneshot};

use crate::{LegId, settings::Devices};

/// Why a command was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, serde::Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Refused {
    /// The call does not exist, or has ended.
    #[error("there is no such call")]
    NoSuchLeg,
    /// The call's state does not allow it.
    #[error("the call is in no state for this")]
    WrongState,
    /// The call is on hold, by this side or the other, so that nobody would hear it.
    #[error("the call is on hold")]
    OnHold,
    /// The line is not registered.
    #[error("the line is not registered")]
    NotRegistered,
    /// There are too many calls.
    #[error("there are too many calls")]
    TooMany,
    /// The text is not a telephone number.
    #[error("this is no number")]
    NoNumber,
    /// The text contains something else than telephone keys, or the other side accepts no keys.
    #[error("these keys cannot be sent")]
    NoKeys,
    /// The other side refused.
    #[error("the other side refused: {code} {detail}")]
    ByOther {
        /// The SIP status.
        code: u16,
        /// The reason phrase.
        detail: String,
    },
    /// No answer came. The command may or may not have taken effect.
    #[error("no answer came")]
    Unknown,
    /// This machine lacks a resource, such as a free port.
    #[error("this machine refused: {0}")]
    System(String),
    /// The line has ended.
    #[error("the line has ended")]
    Gone,
}

/// The result of a command.
pub type Answer = Result<(), Refused>;

/// A command.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Want {
    Answer(LegId),
    Decline {
        leg: LegId,
        busy: bool,
    },
    HangUp(LegId),
    Hold(LegId),
    Resume(LegId),
    Mute {
        leg: LegId,
        muted: bool,
    },
    Press {
        leg: LegId,
        keys: String,
    },
    Dial(String),
    Echo(String),
    Transfer {
        leg: LegId,
        number: String,
    },
    Consult {
        leg: LegId,
        number: String,
    },
    Complete(LegId),
    Swap(LegId),
    Back(LegId),
    Devices(Devices),
    /// Check the network now and register again.
    Refresh,
    /// Hang up, unregister and stop.
    End,
}

/// The result of a command; for a dialled call, with its leg.
pub(crate) type Done = Result<Option<LegId>, Refused>;

/// Receives the result.
pub(crate) type Asked = oneshot::Sender<Done>;

/// A handle to a running line. Clones control the same line, which ends with the last of them or by [`LineHandle::end`].
///
/// A command's result comes after the events that it caused.
#[derive(Debug, Clone)]
pub struct LineHandle(pub(crate) mpsc::Sender<(Want, Asked)>);

impl LineHandle {
    async fn ask(&self, want: Want) -> Done {
        let (reply, answer) = oneshot::channel();
        self.0.send((want, reply)).await.map_err(|_| Refused::Gone)?;
        answer.await.map_err(|_| Refused::Gone)?
    }

    async fn told(&self, want: Want) -> Answer {
        self.ask(want).await.map(drop)
    }

    async fn dialled(&self, want: Want) -> Result<LegId, Refused> {
        self.ask(want).await?.ok_or(Refused::Gone)
    }

    /// Answers a ringing call. A call in progress goes on hold.
    ///
    /// # Errors
    ///
    /// If the call is not ringing here.
    pub async fn answer(&self, leg: LegId) -> Answer {
        self.told(Want::Answer(leg)).await
    }

    /// Declines a ringing call: on all phones of this extension (603) or, with `busy`, on this one only (486).
    ///
    /// # Errors
    ///
    /// If the call is not ringing here.
    pub async fn decline(&self, leg: LegId, busy: bool) -> Answer {
        self.told(Want::Decline { leg, busy }).await
    }

    /// Ends a call in any state. A call that rings here is declined.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub async fn hang_up(&self, leg: LegId) -> Answer {
        self.told(Want::HangUp(leg)).await
    }

    /// Puts a talking call on hold.
    ///
    /// # Errors
    ///
    /// If the call is not answered, or the other side refuses.
    pub async fn hold(&self, leg: LegId) -> Answer {
        self.told(Want::Hold(leg)).await
    }

    /// Takes a call off hold. Another call in progress goes on hold.
    ///
    /// # Errors
    ///
    /// If the call is not answered, or the other side refuses.
    pub async fn resume(&self, leg: LegId) -> Answer {
        self.told(Want::Resume(leg)).await
    }

    /// Mutes or unmutes the microphone in a call.
    ///
    /// # Errors
    ///
    /// If there is no such call.
    pub async fn mute(&self, leg: LegId, muted: bool) -> Answer {
        self.told(Want::Mute { leg, muted }).await
    }

    /// Sends keys (RFC 4733): digits, `*`, `#`, `A` to `D`.
    ///
    /// # Errors
    ///
    /// If the keys are not valid, nothing can be heard in the call yet, it is on hold, or the other side accepts no keys.
    pub async fn press(&self, leg: LegId, keys: impl Into<String>) -> Answer {
        self.told(Want::Press { leg, keys: keys.into() }).await
    }

    /// Calls a number.
    ///
    /// # Errors
    ///
    /// If it is not a number, the line is not registered, or another call is in progress and not on hold.
    pub async fn dial(&self, number: impl Into<String>) -> Result<LegId, Refused> {
        self.dialled(Want::Dial(number.into())).await
    }

    /// Calls a number that plays back what is said, such as Asterisk's `Echo()`, for 20 seconds at most. [`LineEvent::Echo`] comes
    /// before the call's end, unless it never had a second of sound.
    ///
    /// [`LineEvent::Echo`]: crate::LineEvent::Echo
    ///
    /// # Errors
    ///
    /// As for [`LineHandle::dial`].
    pub async fn echo(&self, number: impl Into<String>) -> Result<LegId, Refused> {
        self.dialled(Want::Echo(number.into())).await
    }

    /// Transfers a call to a number without talking to it first (blind transfer).
    ///
    /// # Errors
    ///
    /// If the server refuses. The call stays as it was.
    pub async fn transfer(&self, leg: LegId, number: impl Into<String>) -> Answer {
        self.told(Want::Transfer { leg, number: number.into() }).await
    }

    /// Puts a call on hold and calls a number to ask about it.
    ///
    /// # Errors
    ///
    /// As for [`LineHandle::dial`].
    pub async fn consult(&self, leg: LegId, number: impl Into<String>) -> Result<LegId, Refused> {
        self.dialled(Want::Consult { leg, number: number.into() }).await
    }

    /// Connects both parties of a consultation and leaves the call (attended transfer). `consultation` is the leg that
    /// [`LineHandle::consult`] returned.
    ///
    /// # Errors
    ///
    /// If the consulted party has not answered, or the server refuses.
    pub async fn complete(&self, consultation: LegId) -> Answer {
        self.told(Want::Complete(consultation)).await
    }

    /// Switches between the call and its consultation.
    ///
    /// # Errors
    ///
    /// If the consulted party has not answered, or the other side refuses.
    pub async fn swap(&self, consultation: LegId) -> Answer {
        self.told(Want::Swap(consultation)).await
    }

    /// Ends a consultation and resumes the call.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub async fn back(&self, consultation: LegId) -> Answer {
        self.told(Want::Back(consultation)).await
    }

    /// Changes devices and volumes, also during a call.
    ///
    /// # Errors
    ///
    /// If the line has ended.
    pub async fn devices(&self, devices: Devices) -> Answer {
        self.told(Want::Devices(devices)).await
    }

    /// Checks the network and registers again now, for example after the machine has slept.
    ///
    /// # Errors
    ///
    /// If the line has ended.
    pub async fn refresh(&self) -> Answer {
        self.told(Want::Refresh).await
    }

    /// Hangs up all calls, unregisters and ends the line.
    ///
    /// # Errors
    ///
    /// If it has ended.
    pub async fn end(&self) -> Answer {
        self.told(Want::End).await
    }
}
