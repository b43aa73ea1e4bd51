//! Vital tasks, without which the gateway would go on reporting outdated state.

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// The task. Dropping this ends it.
#[derive(Debug)]
pub struct Vital {
    task: AbortHandle,
    ended: watch::Receiver<Option<String>>,
}

impl Drop for Vital {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Vital {
    /// Starts it. `what` describes it in the message about its end. Must be called within a tokio runtime.
    pub fn spawn(what: &'static str, work: impl Future<Output = ()> + Send + 'static) -> Vital {
        let (tell, ended) = watch::channel(None);
        let task = tokio::spawn(work);
        let abort = task.abort_handle();
        tokio::spawn(async move {
            let why = match task.await {
                Ok(()) => "it came to its end".to_owned(),
                Err(error) if error.is_panic() => "it panicked".to_owned(),
                // It is no longer needed.
                Err(_) => return,
            };
            tell.send_replace(Some(format!("the task that {what} has ended: {why}")));
        });
        Vital { task: abort, ended }
    }

    /// Completes with a message when the task has ended by itself.
    pub fn ended(&self) -> BoxFuture<'static, String> {
        let mut ended = self.ended.clone();
        async move {
            match ended.wait_for(Option::is_some).await.map(|why| why.clone().unwrap_or_default()) {
                Ok(why) => why,
                Err(_) => std::future::pending().await,
            }
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_end_is_told_however_it_comes_and_not_when_it_was_wanted() {
        let done = Vital::spawn("digs", async {});
        assert_eq!(done.ended().await, "the task that digs has ended: it came to its end");
        let broken = Vital::spawn("digs", async { panic!("a stone") });
        assert_eq!(broken.ended().await, "the task that digs has ended: it panicked");
        assert_eq!(broken.ended().await, "the task that digs has ended: it panicked", "to whoever asks later");
        let (working, ended) = tokio::sync::oneshot::channel::<()>();
        let unwanted = Vital::spawn("digs", async move {
            let _working = working;
            std::future::pending().await
        });
        let waits = unwanted.ended();
        drop(unwanted);
        assert!(ended.await.is_err(), "it ends with whoever had it");
        assert_eq!(waits.now_or_never(), None);
    }
}
