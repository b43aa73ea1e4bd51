//! What an event of a call is for.

use std::path::PathBuf;

use jiff::Timestamp;
use url::Url;

use crate::event::Event;
use crate::facts::Facts;
use crate::misfit::Misfit;
use crate::parcel::Parcel;
use crate::post::Request;
use crate::rule::{Action, Rule};
use crate::schemes::Schemes;

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Open this in the system's browser.
    Open(Url),
    /// Start a program, without a shell.
    Run {
        /// Its whole path.
        program: PathBuf,
        /// Its arguments.
        arguments: Vec<String>,
    },
    /// Deliver a webhook.
    Post {
        /// For the courier.
        parcel: Box<Parcel>,
        /// As it would be sent now.
        request: Box<Request>,
    },
}

/// A rule that fires, and what to do or why nothing is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fired<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// What to do.
    pub deed: Result<Deed, Misfit>,
}

/// What this event of a call is for, in the order of the rules. `id` tells it from all other events; a webhook's has its
/// rule's place behind it. `windows`: this system is Windows.
pub fn fire<'a>(
    rules: &'a [Rule],
    schemes: &Schemes,
    (event, facts): (Event, &Facts),
    (id, now): (&str, Timestamp),
    windows: bool,
) -> Vec<Fired<'a>> {
    let fires = rules.iter().enumerate().filter(|(_, rule)| rule.fires(event, facts));
    fires.map(|(at, rule)| fired(rule, schemes, (event, facts), (&format!("{id}-{at}"), now), windows)).collect()
}

/// What each rule would do for the first of its events, whether it is for such calls or not.
pub fn try_out<'a>(
    rules: &'a [Rule],
    schemes: &Schemes,
    facts: &Facts,
    now: Timestamp,
    windows: bool,
) -> Vec<Fired<'a>> {
    let event = |rule: &Rule| rule.on.first().copied().unwrap_or(Event::Manual);
    rules.iter().map(|rule| fired(rule, schemes, (event(rule), facts), ("trial", now), windows)).collect()
}

fn fired<'a>(
    rule: &'a Rule,
    schemes: &Schemes,
    (event, facts): (Event, &Facts),
    (id, now): (&str, Timestamp),
    windows: bool,
) -> Fired<'a> {
    let deed = match &rule.action {
        Action::Open(address) => {
            schemes.allow(address.scheme()).and_then(|()| address.fill(event, facts)).map(Deed::Open)
        }
        Action::Run(program) => program
            .fill(event, facts, windows)
            .map(|arguments| Deed::Run { program: program.path().to_owned(), arguments }),
        Action::Post(post) => {
            let parcel = Parcel { id: id.to_owned(), rule: rule.name.clone(), event, at: now, facts: facts.clone() };
            let request = post.request(&parcel, now);
            request.map(|request| Deed::Post { parcel: Box::new(parcel), request: Box::new(request) })
        }
    };
    Fired { rule, deed }
}
