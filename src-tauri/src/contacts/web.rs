//! Names from a web service. Lookups return at once, and an answer that arrives in time is announced later.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use serde_json::Value;
use tokio::sync::Notify;
use uncall_client::WebService;
use uncall_desk::{names::Who, settings::contacts_url};
use uncall_directory::tidy;

use super::{MOST, locked};

/// A later answer is no use for a ringing call.
const WITHIN: Duration = Duration::from_millis(800);
/// The largest accepted answer, in bytes.
const LARGEST: usize = 64 * 1024;
/// Shorter numbers are extensions, which the service does not know.
const FEWEST_DIGITS: usize = 7;
/// How long to keep answers.
const KEPT: Duration = Duration::from_secs(60 * 60);
/// How long to wait after a failure before asking for the same number again.
const TIRED: Duration = Duration::from_secs(30);
/// How many numbers to remember.
const MOST_NUMBERS: usize = 1000;
const LONGEST: usize = 100;

/// The web service and its answers.
#[derive(Debug)]
pub(super) struct Web {
    template: String,
    service: WebService,
    said: Arc<Mutex<HashMap<String, Said>>>,
    bell: Arc<Notify>,
}

#[derive(Debug, Clone)]
enum Said {
    /// No answer yet.
    Nothing,
    /// An answer and its time.
    Who(Vec<Who>, Instant),
    /// No usable answer in time.
    Failed(Instant),
}

impl Web {
    /// A service at this address. Rings `bell` when it knows somebody new.
    pub(super) fn new(template: &str, bell: Arc<Notify>) -> Web {
        Web { template: template.to_owned(), service: WebService::new(WITHIN), said: Arc::default(), bell }
    }

    /// The address template.
    pub(super) fn template(&self) -> &str {
        &self.template
    }

    /// The cached answer for a number.
    pub(super) fn known(&self, number: &str) -> Option<Vec<Who>> {
        match locked(&self.said).get(number)? {
            Said::Who(who, at) if at.elapsed() < KEPT => Some(who.clone()),
            Said::Nothing | Said::Who(..) | Said::Failed(_) => None,
        }
    }

    /// The cached answer for a number. Asks the service if there is none.
    pub(super) fn ask(&self, number: &str) -> Vec<Who> {
        if number.chars().filter(char::is_ascii_digit).count() < FEWEST_DIGITS {
            return Vec::new();
        }
        let mut said = locked(&self.said);
        match said.get(number) {
            Some(Said::Nothing) => return Vec::new(),
            Some(Said::Who(who, at)) if at.elapsed() < KEPT => return who.clone(),
            Some(Said::Failed(at)) if at.elapsed() < TIRED => return Vec::new(),
            Some(Said::Who(..) | Said::Failed(_)) | None => {}
        }
        let Some(url) = contacts_url(&self.template, number) else { return Vec::new() };
        if said.len() >= MOST_NUMBERS {
            said.retain(|_, said| matches!(said, Said::Nothing));
        }
        said.insert(number.to_owned(), Said::Nothing);
        drop(said);
        let (service, all, bell, number) =
            (self.service.clone(), Arc::clone(&self.said), Arc::clone(&self.bell), number.to_owned());
        tauri::async_runtime::spawn(async move {
            let answer = service.get(url, LARGEST).await;
            let understood = match &answer {
                Ok(body) => understood(body),
                Err(error) => {
                    tracing::warn!(%error, "the web service does not say who calls");
                    None
                }
            };
            let news = understood.as_ref().is_some_and(|who| !who.is_empty());
            let now = Instant::now();
            locked(&all).insert(number, understood.map_or(Said::Failed(now), |who| Said::Who(who, now)));
            if news {
                bell.notify_one();
            }
        });
        Vec::new()
    }
}

/// Parses an object with `name` and optionally `company`, or a list of them. An empty answer means nobody.
fn understood(body: &[u8]) -> Option<Vec<Who>> {
    if body.trim_ascii().is_empty() {
        return Some(Vec::new());
    }
    let value: Value = serde_json::from_slice(body).ok().or_else(|| {
        tracing::warn!("the web service's answer is not JSON");
        None
    })?;
    let text = |of: &Value, name: &str| tidy(of.get(name).and_then(Value::as_str).unwrap_or_default(), LONGEST).into();
    let who = |of: &Value| Who { name: text(of, "name"), company: text(of, "company") };
    let all: Vec<Who> = match value.as_array() {
        Some(all) => all.iter().take(MOST).map(who).collect(),
        None => vec![who(&value)],
    };
    Some(all.into_iter().filter(|who| !who.name.is_empty()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_one_or_several_people_or_nobody() {
        let who = |name: &str, company: &str| Who { name: name.into(), company: company.into() };
        for (body, expected) in [
            (r#"{"name":" 李雷\u0000 ","company":"海淀科技","id":7}"#, Some(vec![who("李雷", "海淀科技")])),
            (r#"[{"name":"A"},{"name":"B","company":null},{"company":"C"},7]"#, Some(vec![who("A", ""), who("B", "")])),
            ("{}", Some(vec![])),
            ("null", Some(vec![])),
            ("[]", Some(vec![])),
            (" \n", Some(vec![])),
            ("<html>", None),
        ] {
            assert_eq!(understood(body.as_bytes()), expected, "{body}");
        }
        let long = serde_json::json!({"name": "x".repeat(10_000)}).to_string();
        assert_eq!(understood(long.as_bytes()).unwrap()[0].name.len(), LONGEST);
        let many = serde_json::json!(vec![serde_json::json!({"name": "x"}); 100]).to_string();
        assert_eq!(understood(many.as_bytes()).unwrap().len(), MOST);
    }
}
