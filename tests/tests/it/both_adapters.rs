//! One suite, two PBXs: what `docs/api.md` decides holds on the simulator and on a real Asterisk with real phones alike.

mod calling;
mod holding;
mod queues;
mod several_calls;
mod supervising;
mod transferring;
mod two_calls;
mod ways_back;

/// Runs each of these rows on both.
macro_rules! on_both {
    ($($row:ident),* $(,)?) => {
        mod on_the_simulator {
            use uncall_tests::floor::{Floor, Simulated};
            $(#[tokio::test]
            async fn $row() -> anyhow::Result<()> {
                super::$row(Floor::<Simulated>::start().await?).await
            })*
        }
        mod on_asterisk {
            use uncall_tests::floor::{Floor, Real};
            $(#[tokio::test]
            async fn $row() -> anyhow::Result<()> {
                super::$row(Floor::<Real>::start().await?).await
            })*
        }
    };
}
use on_both;
