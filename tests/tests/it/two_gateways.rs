//! Two gateways on one PBX, of which one is killed: `cargo xtask kills` does it five hundred times.

use anyhow::Result;
use uncall_tests::twins;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_is_lost_or_told_twice_while_one_of_two_gateways_is_killed() -> Result<()> {
    let tally = twins::history(1, 12).await?;
    assert_eq!(tally.kills, 12);
    assert!(tally.offers > 12 && tally.meanwhile > 0, "{tally:?}");
    Ok(())
}
