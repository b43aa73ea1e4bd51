//! A desk that is killed over and over loses no call. `figures kills 1000` kills it a thousand times.

use std::path::Path;

use anyhow::Result;
use uncall_tests::kills;

#[tokio::test]
async fn fifty_kills_lose_no_call_and_pop_none_twice() -> Result<()> {
    kills::kill(Path::new(env!("CARGO_BIN_EXE_figures")), 50).await.map(drop)
}
