//! The running verbs. Each is completed even if the client is gone, and the server waits for them when it stops.

use tokio::sync::watch;
use tokio::task::JoinHandle;

#[derive(Debug, Default)]
pub(crate) struct Verbs(watch::Sender<usize>);

/// Counts as one of them until dropped.
struct UnderWay(watch::Sender<usize>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}

impl Verbs {
    /// Starts a verb.
    pub(crate) fn spawn<T: Send + 'static>(&self, verb: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.0.send_modify(|count| *count += 1);
        let under_way = UnderWay(self.0.clone());
        tokio::spawn(async move {
            let _under_way = under_way;
            verb.await
        })
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        *self.0.borrow()
    }

    /// Waits until there are none.
    pub(crate) async fn all_over(&self) {
        let mut count = self.0.subscribe();
        // Cannot fail: the sender is in `self`.
        let _over = count.wait_for(|count| *count == 0).await.is_ok();
    }
}
