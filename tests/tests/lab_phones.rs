//! The lab itself: a real Asterisk with the dialplan package, and real phones that hear each other.

use anyhow::Result;
use uncall_tests::lab::{CUSTOMER, Heard, Lab, Stage, Tone};

#[tokio::test]
async fn a_customer_and_an_agent_hear_each_other() -> Result<()> {
    let lab = Lab::start().await?;
    let (agent, customer) = tokio::try_join!(lab.phone("801"), lab.customer())?;
    customer.call("801").await?;
    assert_eq!(agent.at(Stage::Ringing).await?.number, CUSTOMER);
    agent.answer().await?;
    agent.until_hears(&Heard::tones([Tone::Customer])).await?;
    customer.until_hears(&Heard::tones([Tone::Phone801])).await?;
    customer.hang_up().await?;
    agent.idle().await?;
    Ok(())
}
