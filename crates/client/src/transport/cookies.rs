//! Cookies, each used by one request at a time.
//!
//! PHP's `session_start()` makes requests of one session wait for each other: a poll with the cookie of a running transfer would
//! be answered only after the transfer. So a request goes without a cookie that another one carries. If it is given a new one,
//! that is kept beside the first, for the next request that has to go without. Requests one after the other always carry the same
//! cookie, so a login or a load balancer's choice is kept.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use reqwest::{
    cookie::{CookieStore as _, Jar},
    header::{HeaderMap, HeaderValue, SET_COOKIE},
};
use url::Url;

/// How many values of one cookie to keep, so that this many simultaneous requests have one each.
const JARS: usize = 8;
/// How many cookies of abandoned requests to remember.
const ABANDONED: usize = 16;

/// The cookies of a client.
#[derive(Default)]
pub(super) struct Cookies(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    /// Requests that run alone use the first.
    jars: Vec<Jar>,
    in_flight: Vec<Pair>,
    /// Cookies of abandoned requests. The server may still be working for these, so they are used last.
    abandoned: VecDeque<Pair>,
}

/// A cookie as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pair {
    name: String,
    value: String,
}

impl Pair {
    fn read(text: &str) -> Option<Pair> {
        let (name, value) = text.split_once('=')?;
        Some(Pair { name: name.trim().to_owned(), value: value.trim().to_owned() })
    }
}

impl Cookies {
    /// The cookies for a request to `url`. No other request gets them until the lease is dropped.
    pub(super) fn lease(self: &Arc<Cookies>, url: &Url) -> Lease {
        let mut inner = self.inner();
        let mut carried: Vec<(usize, Pair)> = Vec::new();
        for takes_abandoned in [false, true] {
            for (at, jar) in inner.jars.iter().enumerate() {
                for pair in pairs(jar, url) {
                    let has_it = carried.iter().any(|(from, other)| other.name == pair.name && *from != at)
                        || carried.iter().any(|(_, other)| *other == pair);
                    let is_free = !inner.in_flight.contains(&pair);
                    if !has_it && is_free && (takes_abandoned || !inner.abandoned.contains(&pair)) {
                        carried.push((at, pair));
                    }
                }
            }
        }
        inner.in_flight.extend(carried.iter().map(|(_, pair)| pair.clone()));
        Lease { cookies: Arc::clone(self), carried, given: Vec::new(), is_over: false }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The cookies of one request, from before it is sent until its answer has been read.
pub(super) struct Lease {
    cookies: Arc<Cookies>,
    /// Each with the index of its jar.
    carried: Vec<(usize, Pair)>,
    /// Cookies set by the answer. The server holds that session until the answer is complete.
    given: Vec<Pair>,
    is_over: bool,
}

impl Lease {
    /// The request's `Cookie` header.
    pub(super) fn header(&self) -> Option<HeaderValue> {
        let text: Vec<String> =
            self.carried.iter().map(|(_, Pair { name, value })| format!("{name}={value}")).collect();
        if text.is_empty() { None } else { HeaderValue::from_str(&text.join("; ")).ok() }
    }

    /// Stores the cookies that the answer sets: in place of those that the request carried, else beside the ones it had to go
    /// without.
    pub(super) fn keep(&mut self, headers: &HeaderMap, url: &Url) {
        let mut inner = self.cookies.inner();
        for value in headers.get_all(SET_COOKIE) {
            let text = String::from_utf8_lossy(value.as_bytes());
            let Some(pair) = text.split(';').next().and_then(Pair::read) else { continue };
            let carried_from = self.carried.iter().find(|(_, other)| other.name == pair.name).map(|(from, _)| *from);
            let is_new_to = |jar: &Jar| pairs(jar, url).iter().all(|other| other.name != pair.name);
            let at = carried_from.or_else(|| inner.jars.iter().position(is_new_to)).unwrap_or(inner.jars.len());
            if at >= JARS {
                continue;
            }
            if at == inner.jars.len() {
                inner.jars.push(Jar::default());
            }
            if let Some(jar) = inner.jars.get(at) {
                jar.set_cookies(&mut std::iter::once(value), url);
            }
            if !inner.in_flight.contains(&pair) {
                inner.in_flight.push(pair.clone());
                self.given.push(pair);
            }
        }
    }

    /// Notes that the whole answer was read, so the server is done with this request.
    pub(super) fn over(&mut self) {
        self.is_over = true;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut inner = self.cookies.inner();
        for pair in self.carried.drain(..).map(|(_, pair)| pair).chain(self.given.drain(..)) {
            inner.in_flight.retain(|other| *other != pair);
            inner.abandoned.retain(|other| *other != pair);
            if !self.is_over {
                inner.abandoned.push_back(pair);
            }
        }
        while inner.abandoned.len() > ABANDONED {
            inner.abandoned.pop_front();
        }
    }
}

/// The cookies of a jar for this address.
fn pairs(jar: &Jar, url: &Url) -> Vec<Pair> {
    let header = jar.cookies(url);
    let text = header.as_ref().map(|header| String::from_utf8_lossy(header.as_bytes()));
    text.iter().flat_map(|text| text.split("; ")).filter_map(Pair::read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url() -> Url {
        Url::parse("http://pbx.example/uncall_services_api/index.php").unwrap()
    }

    fn carried(lease: &Lease) -> String {
        let text = lease.header().map_or_else(String::new, |header| header.to_str().unwrap().to_owned());
        let mut pairs: Vec<&str> = text.split("; ").collect();
        pairs.sort_unstable();
        pairs.join("; ")
    }

    /// A request that carries `carries` and was given `given`, still in flight.
    fn sent(cookies: &Arc<Cookies>, carries: &str, given: &[&str]) -> Lease {
        let mut lease = cookies.lease(&url());
        assert_eq!(carried(&lease), carries);
        let headers = given.iter().map(|given| (SET_COOKIE, HeaderValue::from_str(given).unwrap())).collect();
        lease.keep(&headers, &url());
        lease
    }

    fn done(mut lease: Lease) {
        lease.over();
    }

    #[test]
    fn requests_one_after_the_other_carry_what_was_set() {
        let cookies = Arc::default();
        done(sent(&cookies, "", &["PHPSESSID=a; path=/", "SERVERID=n1"]));
        done(sent(&cookies, "PHPSESSID=a; SERVERID=n1", &[]));
        done(sent(&cookies, "PHPSESSID=a; SERVERID=n1", &["PHPSESSID=b; path=/"]));
        done(sent(&cookies, "PHPSESSID=b; SERVERID=n1", &["SERVERID=; Max-Age=0"]));
        done(sent(&cookies, "PHPSESSID=b", &[]));
    }

    #[test]
    fn a_cookie_in_flight_is_not_carried_again_and_comes_back() {
        let cookies = Arc::default();
        done(sent(&cookies, "", &["PHPSESSID=a; path=/"]));
        let transfer = sent(&cookies, "PHPSESSID=a", &[]);
        let poll = sent(&cookies, "", &["PHPSESSID=b; path=/", "SERVERID=n1"]);
        let third = sent(&cookies, "", &["PHPSESSID=c; path=/"]);
        done(poll);
        done(sent(&cookies, "PHPSESSID=b; SERVERID=n1", &[]));
        done(third);
        done(sent(&cookies, "PHPSESSID=b; SERVERID=n1", &[]));
        done(transfer);
        // The first session may be logged in.
        done(sent(&cookies, "PHPSESSID=a; SERVERID=n1", &[]));
    }

    #[test]
    fn what_an_answer_sets_is_in_flight_until_it_has_been_read() {
        let cookies = Arc::default();
        let recording = sent(&cookies, "", &["PHPSESSID=a; path=/"]);
        let poll = sent(&cookies, "", &["PHPSESSID=b; path=/"]);
        done(recording);
        done(sent(&cookies, "PHPSESSID=a", &[]));
        done(poll);
        done(sent(&cookies, "PHPSESSID=a", &[]));
    }

    #[test]
    fn the_cookie_of_a_request_that_was_given_up_is_taken_last() {
        let cookies = Arc::default();
        done(sent(&cookies, "", &["PHPSESSID=a; path=/"]));
        let transfer = sent(&cookies, "PHPSESSID=a", &[]);
        done(sent(&cookies, "", &["PHPSESSID=b; path=/"]));
        drop(transfer);
        let poll = sent(&cookies, "PHPSESSID=b", &[]);
        // Better this cookie than none: a login may be bound to it.
        done(sent(&cookies, "PHPSESSID=a", &[]));
        done(poll);
        done(sent(&cookies, "PHPSESSID=a", &[]));
    }

    #[test]
    fn many_at_once_are_bounded() {
        let cookies = Arc::default();
        let leases: Vec<Lease> =
            (0..50).map(|n| sent(&cookies, "", &[format!("PHPSESSID={n}; path=/").as_str()])).collect();
        assert_eq!(cookies.inner().jars.len(), JARS);
        drop(leases);
        assert!(cookies.inner().in_flight.is_empty());
        assert_eq!(cookies.inner().abandoned.len(), JARS);
    }
}
