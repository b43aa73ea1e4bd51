//! A web service of somebody else's, which may be anything.

use std::time::Duration;

use uncall_client::{Error, WebService};

use crate::{
    AMPLE,
    server::{Answer, Server, http},
};

async fn said(answer: impl Fn() -> Answer + Send + Sync + 'static, within: Duration) -> Result<String, Error> {
    let server = Server::start(move |_| answer());
    let body = WebService::new(within).get(server.wsdl(), 1000).await?;
    Ok(String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn what_it_says_is_handed_on_and_nothing_is_nothing() {
    let answer = |status: &'static str, body: &'static str| move || Answer::Bytes(http(status, "", body));
    assert_eq!(said(answer("200 OK", r#"{"name":"x"}"#), AMPLE).await, Ok(r#"{"name":"x"}"#.to_owned()));
    assert_eq!(said(answer("404 Not Found", "<html>"), AMPLE).await, Ok(String::new()));
    assert_eq!(said(answer("204 No Content", ""), AMPLE).await, Ok(String::new()));
    assert_eq!(said(answer("500 Oops", ""), AMPLE).await, Err(Error::Http(500)));
    let long = || Answer::Bytes(http("200 OK", "", "x".repeat(2000)));
    assert!(matches!(said(long, AMPLE).await, Err(Error::Limit(_))));
    assert!(said(|| Answer::Reset, AMPLE).await.is_err());
}

#[tokio::test]
async fn one_that_is_silent_is_given_up() {
    let silent = said(|| Answer::Hold, Duration::from_millis(50)).await;
    assert!(matches!(silent, Err(Error::Timeout(_) | Error::Unreachable(_))), "{silent:?}");
}
