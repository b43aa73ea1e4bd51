//! Checks that queues spare busy agents: the right to pause members, and members that are agents' phones.

use std::collections::BTreeSet;

use super::finding::list;
use super::rights::Rights;
use super::{Finding, Link, printable, why};
use crate::action::Action;
use crate::link::LinkError;
use crate::model::Served;
use crate::options::Options;

pub(super) async fn look(link: &Link, rights: &Rights, options: &Options) -> Vec<Finding> {
    let items = match link.ask(Action::new("QueueStatus")).await {
        Ok(answer) => answer.items,
        Err(LinkError::Refused(_)) => return vec![Finding::ok("queues: this PBX has none (app_queue is not loaded)")],
        Err(error) => return vec![Finding::not_checked(format!("queues: QueueStatus: {}", why(&error)))],
    };
    let queues = items.iter().filter(|item| item.event() == "QueueParams").count();
    let right = rights.class(
        options,
        "agent",
        &["QueuePause", "QueueAdd", "QueueRemove"],
        "keeping a queue's calls from who is busy, and logging in to queues",
    );
    let served = Served::new(options);
    let (mut devices, mut ways, mut strangers) = (0, 0, BTreeSet::new());
    for item in items.iter().filter(|item| item.event() == "QueueMember") {
        let interface = item.get("Location");
        if served.member(interface, item.get("StateInterface")).is_none() {
            strangers.insert(printable(interface));
        } else if interface.starts_with("Local/") {
            ways += 1;
        } else {
            devices += 1;
        }
    }
    let mut text =
        format!("queues: {queues}; members that are agents' phones: {devices} by device, {ways} through the dialplan");
    if !strangers.is_empty() {
        let strangers: Vec<&String> = strangers.iter().collect();
        text.push_str(&format!(
            "; {} belong to no extension here, so nobody's busy keeps calls from them: {}",
            strangers.len(),
            list(&strangers)
        ));
    }
    vec![right, Finding::ok(text)]
}
