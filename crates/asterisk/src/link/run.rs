//! Makes connection after connection.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::login::Login;
use super::pause::Pauses;
use super::pending::Pending;
use super::session::Session;
use super::stream::Stream;
use super::trouble::Trouble;
use super::{Ask, Ids, LinkError, News};

/// The pause after a refused login: somebody has to fix it, and the PBX may block an address that tries too often.
const REFUSED: Duration = Duration::from_secs(60);

/// Keeps a connection up until nobody needs it any more.
pub(super) async fn run<D, F>(
    dial: D,
    login: Login,
    mut asks: mpsc::UnboundedReceiver<Ask>,
    news: mpsc::UnboundedSender<News>,
    ids: Arc<Ids>,
) where
    D: Fn() -> F,
    F: Future<Output = Result<Stream, Trouble>>,
{
    let mut pauses = Pauses::new();
    let mut pending = Pending::new(ids.prefix.clone());
    let ping = format!("{}ping", ids.prefix);
    let mut told = None;
    loop {
        let open = async { Session::open(dial().await?, &login).await };
        let Some(opened) = refusing(&mut asks, &news, open).await else { return };
        let pause = match opened {
            Ok(mut session) => {
                tracing::info!(address = login.address, user = login.user, "connected to the PBX");
                let since = Instant::now();
                if news.send(News::Up).is_err() {
                    return;
                }
                let ended = session.run(&mut asks, &news, &mut pending, &ping).await;
                pending.lose_all();
                let Some(trouble) = ended else { return };
                if news.send(News::Down).is_err() {
                    return;
                }
                tracing::warn!(address = login.address, user = login.user, "the PBX {trouble}; connecting again");
                told = Some(trouble);
                pauses.lasted(since.elapsed());
                pauses.pause()
            }
            Err(trouble) => {
                let pause = if matches!(trouble, Trouble::Login(_)) { REFUSED } else { pauses.pause() };
                tell(&login, &trouble, told.as_ref());
                told = Some(trouble);
                pause
            }
        };
        if refusing(&mut asks, &news, tokio::time::sleep(pause)).await.is_none() {
            return;
        }
    }
}

/// Logs why there is no connection, but does not repeat itself.
fn tell(login: &Login, trouble: &Trouble, told: Option<&Trouble>) {
    let Login { address, user, secret: _ } = login;
    if told == Some(trouble) {
        tracing::debug!(address, user, "the PBX {trouble}");
    } else if let Trouble::Login(_) = trouble {
        tracing::error!(
            address,
            user,
            "the PBX {trouble}. Set user and secret as they stand in its manager.conf, and see that its permit and deny \
             lines let this machine in; the next attempt is in {} s",
            REFUSED.as_secs()
        );
    } else {
        tracing::warn!(address, user, "the PBX {trouble}; trying again");
    }
}

/// Waits for `other`, and refuses actions meanwhile. `None` if nobody needs the connection any more.
async fn refusing<T>(
    asks: &mut mpsc::UnboundedReceiver<Ask>,
    news: &mpsc::UnboundedSender<News>,
    other: impl Future<Output = T>,
) -> Option<T> {
    let mut other = std::pin::pin!(other);
    loop {
        tokio::select! {
            done = &mut other => return Some(done),
            ask = asks.recv() => {
                let _unread = ask?.answer.send(Err(LinkError::NotConnected));
            }
            () = news.closed() => return None,
        }
    }
}
