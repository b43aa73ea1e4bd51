//! A cache for popEvent, which every desk sends every few seconds with exactly the same bytes: a request is parsed once, and an
//! answer written again only when it changes. Entries depend only on the bytes of request and outcome, so they cannot become
//! stale.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use uncall_contract::soap::{self, Incoming};
use uncall_contract::{Operation, Outcome, inner};

/// How many requests to keep, about one for each polling agent; when there are more, all are forgotten.
const KEPT: usize = 4096;
/// Longer ones are not kept.
const LONGEST: usize = 2048;

#[derive(Default)]
pub(super) struct Polls {
    known: Mutex<HashMap<Bytes, Arc<Poll>>>,
}

/// A request that was read before.
pub(super) struct Poll {
    content_type: Option<String>,
    pub(super) incoming: Incoming,
    written: Mutex<Option<Written>>,
}

struct Written {
    outcome: Outcome,
    content_type: HeaderValue,
    body: Bytes,
}

impl Polls {
    pub(super) fn find(&self, body: &[u8], content_type: Option<&str>) -> Option<Arc<Poll>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(body).filter(|poll| poll.content_type.as_deref() == content_type).cloned()
    }

    /// Keeps a popEvent that was read.
    pub(super) fn keep(&self, body: &[u8], content_type: Option<&str>, incoming: &Incoming) {
        if incoming.request.operation() != Operation::Current || body.len() > LONGEST {
            return;
        }
        let content_type = content_type.map(str::to_owned);
        let poll = Poll { content_type, incoming: incoming.clone(), written: Mutex::new(None) };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(Bytes::copy_from_slice(body), Arc::new(poll));
    }
}

impl Poll {
    pub(super) fn response(&self, outcome: Outcome) -> Response {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let written = match written.take_if(|written| written.outcome == outcome) {
            Some(same) => written.insert(same),
            None => written.insert(self.write(outcome)),
        };
        let content_type = (header::CONTENT_TYPE, written.content_type.clone());
        (StatusCode::OK, [content_type], written.body.clone()).into_response()
    }

    fn write(&self, outcome: Outcome) -> Written {
        let Incoming { request, dialect } = &self.incoming;
        let message = soap::write_answer(dialect, request.operation(), &inner::answer(request, &outcome));
        Written { outcome, content_type: super::soap::content_type(&message), body: message.body.into() }
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;
    use uncall_contract::{Call, Direction, Reply};

    use super::*;

    fn envelope(operation: &str, arguments: &str) -> String {
        format!(
            "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><u:{operation} xmlns:u=\"urn:uncall\">\
             {arguments}</u:{operation}></s:Body></s:Envelope>"
        )
    }

    fn kept(polls: &Polls, body: &str) -> Option<Arc<Poll>> {
        let incoming = soap::read_request(body.as_bytes(), None).unwrap();
        polls.keep(body.as_bytes(), Some("text/xml"), &incoming);
        polls.find(body.as_bytes(), Some("text/xml"))
    }

    async fn text(poll: &Poll, uid: Option<&str>) -> String {
        let call =
            uid.map(|uid| Call { calla: "1".into(), callb: "801".into(), uid: uid.into(), status: Direction::Callin });
        let body = poll.response(Ok(Reply::Current { call })).into_body().collect().await.unwrap();
        String::from_utf8(body.to_bytes().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn every_answer_is_that_of_its_outcome() {
        let polls = Polls::default();
        let poll = kept(&polls, &envelope("popEvent", "<u:strExten>801</u:strExten>")).unwrap();
        for uid in [None, Some("1.1"), Some("1.1"), Some("1.2"), None, Some("1.1")] {
            let text = text(&poll, uid).await;
            assert_eq!(text.contains("&lt;uid&gt;"), uid.is_some(), "{text}");
            assert!(uid.is_none_or(|uid| text.contains(&format!("&lt;uid&gt;{uid}&lt;"))), "{text}");
        }
    }

    #[test]
    fn only_popevent_in_the_same_bytes_and_content_type_is_known() {
        let polls = Polls::default();
        let body = envelope("popEvent", "<u:strExten>801</u:strExten>");
        assert!(kept(&polls, &body).is_some());
        assert!(polls.find(body.as_bytes(), None).is_none());
        assert!(polls.find(body.replace("801", "802").as_bytes(), Some("text/xml")).is_none());
        assert!(kept(&polls, &envelope("hangUp", "<u:strAgent>801</u:strAgent>")).is_none());
        assert!(kept(&polls, &(body + &" ".repeat(LONGEST))).is_none());
    }

    #[test]
    fn not_more_than_so_many_are_kept() {
        let polls = Polls::default();
        for at in 0..KEPT + 10 {
            assert!(kept(&polls, &envelope("popEvent", &format!("<u:strExten>{at}</u:strExten>"))).is_some());
        }
        assert_eq!(polls.known.lock().unwrap().len(), 10);
    }
}
