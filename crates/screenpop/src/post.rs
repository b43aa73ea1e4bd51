//! Webhooks: an HTTP POST with JSON, signed as Standard Webhooks has it
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderName;
use jiff::Timestamp;
use ring::hmac;
use serde::Serialize;
use uncall_files::Secret;
use url::Url;

use crate::address::Address;
use crate::event::{Direction, Event};
use crate::misfit::Misfit;
use crate::parcel::Parcel;
use crate::template::{Fault, Template, clipped};

/// The most characters of one value in a header.
const LONGEST_VALUE: usize = 256;
/// The most characters of a note.
const LONGEST_NOTE: usize = 10_000;
/// The most characters of any other text in the JSON.
const LONGEST_TEXT: usize = 1000;
/// What a secret begins with that is written in Base64.
const BASE64_SECRET: &str = "whsec_";

/// Headers that belong to the request itself.
const RESERVED: [&str; 9] =
    ["connection", "content-length", "content-type", "expect", "host", "te", "trailer", "transfer-encoding", "upgrade"];

/// Where a webhook goes, and how.
#[derive(Clone, PartialEq, Eq)]
pub struct Post {
    pub(crate) address: Address,
    pub(crate) headers: Vec<(String, Template)>,
    pub(crate) secret: Option<Secret>,
    /// The hosts whose addresses an answer may have opened: a name, or `*.` and a domain.
    pub(crate) answer_hosts: Vec<String>,
}

/// Headers hold logins.
impl fmt::Debug for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Post").field("address", &self.address).finish_non_exhaustive()
    }
}

/// A request to send.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// Where to.
    pub url: Url,
    /// Names and values, without line breaks. Values may have characters beyond ASCII.
    pub headers: Vec<(String, String)>,
    /// JSON.
    pub body: Vec<u8>,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("host", &self.url.host_str()).finish_non_exhaustive()
    }
}

/// The body. Its version changes only if a field changes its meaning; new fields may come at any time.
#[derive(Serialize)]
struct Body<'a> {
    version: u32,
    event: Event,
    at: Timestamp,
    extension: &'a str,
    call: Call<'a>,
}

#[derive(Serialize)]
struct Call<'a> {
    uid: &'a str,
    calla: &'a str,
    callb: &'a str,
    other: &'a str,
    direction: Direction,
    name: Option<&'a str>,
    company: Option<&'a str>,
    queue: Option<&'a str>,
    note: Option<&'a str>,
    disposition: Option<&'a str>,
    transferred_to: Option<&'a str>,
    began: Timestamp,
    answered: Option<Timestamp>,
    ended: Option<Timestamp>,
}

impl Post {
    /// Checks the headers of a webhook and puts it together.
    ///
    /// # Errors
    /// [`Fault::NotHttp`], [`Fault::Header`], and those of [`Template::parse`].
    pub(crate) fn new(
        address: Address,
        headers: Vec<(String, String)>,
        secret: Option<Secret>,
        answer_hosts: Vec<String>,
    ) -> Result<Post, Fault> {
        if !matches!(address.scheme(), "http" | "https") {
            return Err(Fault::NotHttp.at("post"));
        }
        let header = |(name, value): (String, String)| {
            let lower = name.to_ascii_lowercase();
            let is_ours = RESERVED.contains(&lower.as_str()) || lower.starts_with("webhook-");
            if is_ours || HeaderName::from_bytes(lower.as_bytes()).is_err() {
                return Err(Fault::Header(name.chars().take(40).collect()).at("headers"));
            }
            Ok((lower, Template::parse(&value, true).map_err(|fault| fault.at("headers"))?))
        };
        let headers = headers.into_iter().map(header).collect::<Result<_, _>>()?;
        Ok(Post { address, headers, secret, answer_hosts })
    }

    /// The address as written.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Whether something in it is for this receiver alone: a secret, or headers, which may hold a login.
    pub fn has_secrets(&self) -> bool {
        self.secret.is_some() || !self.headers.is_empty()
    }

    /// Which hosts an answer may have opened.
    pub fn answer_hosts(&self) -> &[String] {
        &self.answer_hosts
    }

    /// The request for a parcel, signed now.
    ///
    /// # Errors
    /// Those of [`Address::fill`].
    pub fn request(&self, parcel: &Parcel, now: Timestamp) -> Result<Request, Misfit> {
        let Parcel { id, rule: _, event, at, facts } = parcel;
        let url = self.address.fill(*event, facts)?;
        let body = serde_json::to_vec(&Body {
            version: 1,
            event: *event,
            at: *at,
            extension: cut(&facts.exten),
            call: Call {
                uid: cut(&facts.uid),
                calla: cut(&facts.calla),
                callb: cut(&facts.callb),
                other: cut(&facts.other),
                direction: facts.direction,
                name: facts.name.as_deref().map(cut),
                company: facts.company.as_deref().map(cut),
                queue: facts.queue.as_deref().map(cut),
                note: facts.note.as_deref().map(|note| clipped(note, LONGEST_NOTE)),
                disposition: facts.disposition.as_deref().map(cut),
                transferred_to: facts.transferred_to.as_deref().map(cut),
                began: facts.began,
                answered: facts.answered,
                ended: facts.ended,
            },
        })
        // Texts and times always have a JSON form.
        .unwrap_or_default();
        let mut headers = vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            ("webhook-id".to_owned(), id.clone()),
            ("webhook-timestamp".to_owned(), now.as_second().to_string()),
        ];
        if let Some(secret) = &self.secret {
            let signed = signature(secret, id, now.as_second(), &body);
            headers.push(("webhook-signature".to_owned(), signed));
        }
        let own = self.headers.iter();
        headers.extend(own.map(|(name, value)| (name.clone(), value.fill(*event, facts, LONGEST_VALUE))));
        Ok(Request { url, headers, body })
    }
}

fn cut(text: &str) -> &str {
    clipped(text, LONGEST_TEXT)
}

/// `v1,` and the Base64 of the HMAC-SHA256 of `id.seconds.body`. The key is the secret's bytes, or what the Base64 behind `whsec_`
/// stands for.
pub fn signature(secret: &Secret, id: &str, seconds: i64, body: &[u8]) -> String {
    let written = secret.expose();
    let decoded = written.strip_prefix(BASE64_SECRET).and_then(|base64| STANDARD.decode(base64).ok());
    let key = hmac::Key::new(hmac::HMAC_SHA256, decoded.as_deref().unwrap_or(written.as_bytes()));
    let mut signed = hmac::Context::with_key(&key);
    signed.update(format!("{id}.{seconds}.").as_bytes());
    signed.update(body);
    format!("v1,{}", STANDARD.encode(signed.sign()))
}
