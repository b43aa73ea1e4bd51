//! What a webhook's receiver answers.

use serde_json::Value;
use url::Url;

use crate::misfit::{LONGEST_ADDRESS, Misfit};
use crate::post::Post;
use crate::schemes::Schemes;

/// The largest answer that is read, in bytes.
pub const LARGEST_ANSWER: usize = 64 * 1024;
/// The most characters of a name.
const LONGEST_NAME: usize = 100;
/// The most characters of a disposition, and how many there may be.
const DISPOSITIONS: (usize, usize) = (80, 200);

/// What an answer asks for: `{"open": "https://…", "name": "…", "company": "…", "dispositions": ["…"]}`, all of it optional.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// An address to open, or why it is not opened.
    pub open: Option<Result<Url, Misfit>>,
    /// The other party's name.
    pub name: Option<String>,
    /// Its firm.
    pub company: Option<String>,
    /// What may come of this call.
    pub dispositions: Vec<String>,
}

impl Answer {
    /// Reads an answer. What is not understood is left out.
    pub fn read(body: &[u8], post: &Post, schemes: &Schemes) -> Answer {
        let Some(Value::Object(said)) = serde_json::from_slice(body).ok().filter(|_| body.len() <= LARGEST_ANSWER)
        else {
            return Answer::default();
        };
        let text = |key: &str| said.get(key).and_then(Value::as_str);
        let name = |key| text(key).map(|text| tidy(text, LONGEST_NAME)).filter(|name| !name.is_empty());
        let list = said.get("dispositions").and_then(Value::as_array).into_iter().flatten();
        let (longest, most) = DISPOSITIONS;
        let list = list.filter_map(Value::as_str).map(|text| tidy(text, longest + 1));
        let fits = |text: &String| !text.is_empty() && text.chars().count() <= longest;
        Answer {
            open: text("open").map(|address| address_of(address, post, schemes)),
            name: name("name"),
            company: name("company"),
            dispositions: list.filter(fits).take(most).collect(),
        }
    }
}

/// The address, if it may be opened.
fn address_of(address: &str, post: &Post, schemes: &Schemes) -> Result<Url, Misfit> {
    if address.len() > LONGEST_ADDRESS {
        return Err(Misfit::TooLong);
    }
    let url = Url::parse(address).map_err(|_| Misfit::NoAddress)?;
    schemes.allow(url.scheme())?;
    let host = url.host_str().unwrap_or_default();
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Misfit::NoAddress);
    }
    if !post.answer_hosts().iter().any(|allowed| is_of(host, allowed)) {
        return Err(Misfit::Host(host.chars().take(100).collect()));
    }
    Ok(url)
}

/// Whether the host is the allowed one, or below it where that begins with `*.`.
fn is_of(host: &str, allowed: &str) -> bool {
    let allowed = allowed.trim().to_ascii_lowercase();
    let host = host.trim_end_matches('.');
    match allowed.strip_prefix("*.") {
        Some(domain) => host.strip_suffix(domain).is_some_and(|below| below.len() > 1 && below.ends_with('.')),
        None => !host.is_empty() && host == allowed,
    }
}

/// The text in one line, without what cannot be seen.
fn tidy(text: &str, longest: usize) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(longest).collect()
}
