//! Screen pop from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test's helpers are tests.

mod answers;
mod hostile;
mod kept;
mod rules;
mod signed;
mod templates;
mod webhooks;

use serde_json::Value;
use uncall_screenpop::{Action, Facts, Fault, Post, Rule, Schemes};

/// A rule from its table.
fn rule(table: Value) -> Rule {
    Rule::read(table).expect("a good rule")
}

/// What is wrong with a table.
fn fault(table: Value) -> Fault {
    Rule::read(table).expect_err("a bad rule")
}

/// The webhook of a rule.
fn post_of(rule: &Rule) -> &Post {
    let Action::Post(post) = &rule.action else { panic!("no webhook: {rule:?}") };
    post
}

/// A call from 13421829060 to 801.
fn call() -> Facts {
    Facts {
        uid: "1372123897.17".into(),
        calla: "13421829060".into(),
        other: "13421829060".into(),
        name: Some("李雷 & Co".into()),
        ..Facts::sample("801")
    }
}

/// Http and https alone.
fn plain() -> Schemes {
    Schemes::default()
}
