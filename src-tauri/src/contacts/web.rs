//! A web service that says whose a number is. Nobody waits for it: what it says within its deadline comes later.

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

/// What takes longer comes too late for a call.
const WITHIN: Duration = Duration::from_millis(800);
/// The largest answer, in bytes.
const LARGEST: usize = 64 * 1024;
/// Numbers of fewer digits are extensions, which are nobody else's business.
const FEWEST_DIGITS: usize = 7;
/// Answers are believed for so long.
const KEPT: Duration = Duration::from_secs(60 * 60);
/// After a failure the service is left alone for so long with this number.
const TIRED: Duration = Duration::from_secs(30);
/// The most numbers that are remembered.
const MOST_NUMBERS: usize = 1000;
const LONGEST: usize = 100;

/// Asks, and remembers what was said.
#[derive(Debug)]
pub(super) struct Web {
    template: String,
    service: WebService,
    said: Arc<Mutex<HashMap<String, Said>>>,
    bell: Arc<Notify>,
}

#[derive(Debug, Clone)]
enum Said {
    /// The answer has not come.
    Nothing,
    /// These.
    Who(Vec<Who>, Instant),
    /// It did not answer in time, or nothing that is understood.
    Failed(Instant),
}

impl Web {
    /// Asks at this address; `bell` is rung when somebody has become known.
    pub(super) fn new(template: &str, bell: Arc<Notify>) -> Web {
        Web { template: template.to_owned(), service: WebService::new(WITHIN), said: Arc::default(), bell }
    }

    /// The address.
    pub(super) fn template(&self) -> &str {
        &self.template
    }

    /// What is known of a number already.
    pub(super) fn known(&self, number: &str) -> Option<Vec<Who>> {
        match locked(&self.said).get(number)? {
            Said::Who(who, at) if at.elapsed() < KEPT => Some(who.clone()),
            Said::Nothing | Said::Who(..) | Said::Failed(_) => None,
        }
    }

    /// The same; what is not known is asked for.
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

/// An object with `name` and perhaps `company`, or a list of them; nothing at all is nobody.
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
    let all: Vec<Who> = match &value {
        Value::Array(all) => all.iter().take(MOST).map(who).collect(),
        one => vec![who(one)],
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
