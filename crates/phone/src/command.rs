//! What a line can be asked for.

use tokio::sync::{mpsc, oneshot};

use crate::{LegId, settings::Devices};

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, serde::Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Refused {
    /// There is no such call, or no longer.
    #[error("there is no such call")]
    NoSuchLeg,
    /// The call is in no state for it.
    #[error("the call is in no state for this")]
    WrongState,
    /// The line is not registered.
    #[error("the line is not registered")]
    NotRegistered,
    /// There are too many calls.
    #[error("there are too many calls")]
    TooMany,
    /// It is no number.
    #[error("this is no number")]
    NoNumber,
    /// These are no keys of a telephone, or the other side understands none.
    #[error("these keys cannot be sent")]
    NoKeys,
    /// The other side said no.
    #[error("the other side refused: {code} {detail}")]
    ByOther {
        /// SIP's status.
        code: u16,
        /// Its words.
        detail: String,
    },
    /// No answer came; it may have been done.
    #[error("no answer came")]
    Unknown,
    /// This machine refused: no port, no thread.
    #[error("this machine refused: {0}")]
    System(String),
    /// The line has been given up.
    #[error("the line has ended")]
    Gone,
}

/// Done, or why not.
pub type Answer = Result<(), Refused>;

/// What a line is asked for.
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
    /// The network may have changed: look, and register anew.
    Refresh,
    /// Leave the register, hang up, end.
    End,
}

/// Where an answer goes. The leg is the new one of a dialled call.
pub(crate) type Reply = oneshot::Sender<Result<Option<LegId>, Refused>>;

/// A line in use. Copies are the same line; it ends when the last is dropped, or by [`LineHandle::end`].
#[derive(Debug, Clone)]
pub struct LineHandle(pub(crate) mpsc::Sender<(Want, Reply)>);

impl LineHandle {
    async fn ask(&self, want: Want) -> Result<Option<LegId>, Refused> {
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

    /// Answers a ringing call. The one that is talking goes on hold.
    ///
    /// # Errors
    ///
    /// If it does not ring here.
    pub async fn answer(&self, leg: LegId) -> Answer {
        self.told(Want::Answer(leg)).await
    }

    /// Declines a ringing call: for all phones of this extension (603), or, `busy`, for this one (486).
    ///
    /// # Errors
    ///
    /// If it does not ring here.
    pub async fn decline(&self, leg: LegId, busy: bool) -> Answer {
        self.told(Want::Decline { leg, busy }).await
    }

    /// Ends a call, in whatever state it is; one that rings here is declined.
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
    /// If nobody talks there, or the other side refuses.
    pub async fn hold(&self, leg: LegId) -> Answer {
        self.told(Want::Hold(leg)).await
    }

    /// Takes a call off hold; another one that is talking goes on hold.
    ///
    /// # Errors
    ///
    /// If it is not on hold, or the other side refuses.
    pub async fn resume(&self, leg: LegId) -> Answer {
        self.told(Want::Resume(leg)).await
    }

    /// Turns the microphone off or on in a call.
    ///
    /// # Errors
    ///
    /// If there is no such call.
    pub async fn mute(&self, leg: LegId, muted: bool) -> Answer {
        self.told(Want::Mute { leg, muted }).await
    }

    /// Presses keys in a talking call: digits, `*`, `#`, `A` to `D`.
    ///
    /// # Errors
    ///
    /// If these are no keys, nobody talks there, or the other side understands no keys.
    pub async fn press(&self, leg: LegId, keys: impl Into<String>) -> Answer {
        self.told(Want::Press { leg, keys: keys.into() }).await
    }

    /// Calls a number.
    ///
    /// # Errors
    ///
    /// If it is none, the line is not registered, or somebody is talking.
    pub async fn dial(&self, number: impl Into<String>) -> Result<LegId, Refused> {
        self.dialled(Want::Dial(number.into())).await
    }

    /// Hands a call on to a number without talking to it first.
    ///
    /// # Errors
    ///
    /// If the server refuses; the call is still there then.
    pub async fn transfer(&self, leg: LegId, number: impl Into<String>) -> Answer {
        self.told(Want::Transfer { leg, number: number.into() }).await
    }

    /// Puts a call on hold and calls a number for its sake.
    ///
    /// # Errors
    ///
    /// As for [`LineHandle::dial`].
    pub async fn consult(&self, leg: LegId, number: impl Into<String>) -> Result<LegId, Refused> {
        self.dialled(Want::Consult { leg, number: number.into() }).await
    }

    /// Brings both sides of a consultation together, and leaves both. `consultation` is the leg that [`LineHandle::consult`] gave.
    ///
    /// # Errors
    ///
    /// If the consulted one has not answered, or the server refuses.
    pub async fn complete(&self, consultation: LegId) -> Answer {
        self.told(Want::Complete(consultation)).await
    }

    /// Talks to the other side of a consultation, whichever that is now.
    ///
    /// # Errors
    ///
    /// If the consulted one has not answered, or the other side refuses.
    pub async fn swap(&self, consultation: LegId) -> Answer {
        self.told(Want::Swap(consultation)).await
    }

    /// Ends a consultation and goes back to the call.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub async fn back(&self, consultation: LegId) -> Answer {
        self.told(Want::Back(consultation)).await
    }

    /// Other devices and volumes, from now on.
    ///
    /// # Errors
    ///
    /// If the line has ended.
    pub async fn devices(&self, devices: Devices) -> Answer {
        self.told(Want::Devices(devices)).await
    }

    /// The machine has slept, or its network has changed: looks now instead of soon.
    ///
    /// # Errors
    ///
    /// If the line has ended.
    pub async fn refresh(&self) -> Answer {
        self.told(Want::Refresh).await
    }

    /// Hangs up, leaves the register and ends.
    ///
    /// # Errors
    ///
    /// If it has ended.
    pub async fn end(&self) -> Answer {
        self.told(Want::End).await
    }
}
