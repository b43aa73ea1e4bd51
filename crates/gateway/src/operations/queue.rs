//! Logging in to queues, and out of them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing::Instrument;
use uncall_contract::event::{QueueAct, QueueAnswer, QueueChange, QueueRefusal};

use super::{Operations, RequestId};
use crate::access::{Caller, Denied};

/// Characters of a queue's name; Asterisk keeps 79.
const LONGEST_NAME: usize = 79;

impl Operations {
    /// Makes an extension a member of a queue, or no more, if the caller may. It is carried through even when he goes away meanwhile.
    pub(crate) async fn change_queue(
        self: &Arc<Self>,
        id: RequestId,
        caller: &Caller,
        change: &QueueChange,
    ) -> Result<QueueAnswer, Denied> {
        let QueueChange { exten, queue, act } = change;
        let operation = match act {
            QueueAct::Login => "queueLogin",
            QueueAct::Logout => "queueLogout",
        };
        let arguments = vec![Some(exten.as_str()), Some(queue.as_str())];
        if let Err(denied) = caller.may_act_for(exten) {
            self.write(caller, (operation, arguments), "403", Duration::ZERO);
            return Err(denied);
        }
        let begun = Instant::now();
        let answer = if is_name(queue) {
            let (operations, change) = (Arc::clone(self), change.clone());
            let changed = async move {
                let QueueChange { exten, queue, act } = change;
                operations.site.queue(exten.trim(), &queue, act).await
            };
            let span = tracing::info_span!("request", %id, operation);
            let done = self.verbs.spawn(changed.instrument(span)).await;
            done.unwrap_or_else(|_| QueueAnswer::refused(QueueRefusal::ConnectionFailed))
        } else {
            QueueAnswer::refused(QueueRefusal::NoSuchQueue)
        };
        let outcome = if answer.ok { "done" } else { answer.message.as_deref().unwrap_or_default() };
        self.write(caller, (operation, arguments), outcome, begun.elapsed());
        Ok(answer)
    }
}

/// A name that can stand in a line for the PBX; which queues there are, the PBX knows.
fn is_name(queue: &str) -> bool {
    !queue.trim().is_empty() && queue.chars().count() <= LONGEST_NAME && !queue.chars().any(char::is_control)
}
