//! A rule: when to do what.

use serde_json::Value;

use crate::address::Address;
use crate::event::{Direction, Event};
use crate::facts::Facts;
use crate::pattern::Pattern;
use crate::post::Post;
use crate::program::Program;
use crate::template::Fault;
use crate::written::Written;

/// One `[[screen_pop]]` table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What it is called: what its author wrote, or where it leads.
    pub name: String,
    /// The events for which it fires.
    pub on: Vec<Event>,
    /// The direction of the calls; both if none is given.
    pub direction: Option<Direction>,
    /// The numbers of the other party; all if empty.
    pub numbers: Vec<Pattern>,
    /// The queues; if any are given, a call must be known to come from one of them.
    pub queues: Vec<String>,
    /// What it does.
    pub action: Action,
}

/// What a rule does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Opens an address in the system's browser.
    Open(Address),
    /// Starts a program.
    Run(Program),
    /// Posts a webhook.
    Post(Post),
}

impl Rule {
    /// Reads a rule from the JSON form of its table.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence that begins with its key.
    pub fn read(table: Value) -> Result<Rule, Fault> {
        let Written { name, on, direction, numbers, queues, open, run, post, headers, secret, answer_hosts } =
            Written::read(table)?;
        if on.is_empty() {
            return Err(Fault::Rule("`on` names no event".to_owned()));
        }
        let of_post = !headers.is_empty() || secret.is_some() || !answer_hosts.is_empty();
        let action = match (open, run, post) {
            (Some(open), None, None) => Action::Open(Address::parse(&open).map_err(|fault| fault.at("open"))?),
            (None, Some(run), None) => Action::Run(Program::parse(&run).map_err(|fault| fault.at("run"))?),
            (None, None, Some(post)) => {
                let address = Address::parse(&post).map_err(|fault| fault.at("post"))?;
                Action::Post(Post::new(address, headers.into_iter().collect(), secret, answer_hosts)?)
            }
            _ => return Err(Fault::Rule("takes one of `open`, `run` and `post`".to_owned())),
        };
        if of_post && !matches!(action, Action::Post(_)) {
            return Err(Fault::Rule("`headers`, `secret` and `answer_hosts` belong to `post`".to_owned()));
        }
        let name = name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
        let name = name.unwrap_or_else(|| action.leads_to());
        let numbers = numbers.iter().map(|number| Pattern::new(number)).collect();
        Ok(Rule { name, on, direction, numbers, queues, action })
    }

    /// Whether it fires for this event of this call.
    pub fn fires(&self, event: Event, facts: &Facts) -> bool {
        self.on.contains(&event)
            && self.direction.is_none_or(|only| only == facts.direction)
            && (self.numbers.is_empty() || self.numbers.iter().any(|pattern| pattern.fits(&facts.other)))
            && (self.queues.is_empty() || facts.queue.as_ref().is_some_and(|queue| self.queues.contains(queue)))
    }

    /// One line for people, without secrets: `CRM: ring, answer → https://crm.example/…`.
    pub fn shown(&self) -> String {
        let on: Vec<&str> = self.on.iter().map(|event| event.name()).collect();
        format!("{}: {} → {}", self.name, on.join(", "), self.action.leads_to())
    }
}

impl Action {
    /// Where it leads: scheme and host, or the program. Paths and parameters may hold secrets.
    pub fn leads_to(&self) -> String {
        let place = |address: &Address| {
            let written = address.written();
            let end = written.find("://").map_or(0, |at| at + 3);
            let (scheme, rest) = written.split_at_checked(end).unwrap_or_default();
            let host = rest.find(['/', '?', '#', '\\']).and_then(|at| rest.get(..at)).unwrap_or(rest);
            if end == 0 { format!("{}:", address.scheme()) } else { format!("{scheme}{host}") }
        };
        match self {
            Action::Open(address) => place(address),
            Action::Post(post) => format!("POST {}", place(post.address())),
            Action::Run(program) => program.path().display().to_string(),
        }
    }
}
