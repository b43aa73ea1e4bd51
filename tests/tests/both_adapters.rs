//! One suite, two PBXs: what `docs/api.md` decides holds on the simulator and on a real Asterisk with real phones alike.

#[path = "both_adapters/calling.rs"]
mod calling;
#[path = "both_adapters/holding.rs"]
mod holding;
#[path = "both_adapters/several_calls.rs"]
mod several_calls;
#[path = "both_adapters/supervising.rs"]
mod supervising;
#[path = "both_adapters/transferring.rs"]
mod transferring;
#[path = "both_adapters/two_calls.rs"]
mod two_calls;
#[path = "both_adapters/ways_back.rs"]
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
