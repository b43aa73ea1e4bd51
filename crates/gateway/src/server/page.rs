//! `GET` of the endpoint: the WSDL, or a page for people.

use std::fmt::Write;
use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use uncall_contract::event::{ARGUMENTS_RELATION, EVENTS_PATH, LINK_RELATION, QUEUES_PATH, QUEUES_RELATION};
use uncall_contract::{Operation, wsdl};

use super::{App, ENDPOINT_PATH, Ends, address};

pub(super) async fn get(
    State(app): State<Arc<App>>,
    Extension(ends): Extension<Ends>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if !asks_for_wsdl(&uri) {
        let policy = (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'");
        return ([policy], Html(page())).into_response();
    }
    let address = address::endpoint(&headers, &uri, ends, &app.settings.trusted_proxies);
    let body = wsdl::write(&address);
    let mut response = ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], body).into_response();
    let arguments = format!("{ENDPOINT_PATH}#{ARGUMENTS}");
    // The stream first, because some clients may read only one line.
    let links =
        [(EVENTS_PATH, LINK_RELATION), (arguments.as_str(), ARGUMENTS_RELATION), (QUEUES_PATH, QUEUES_RELATION)];
    for (target, relation) in links {
        if let Ok(link) = HeaderValue::from_str(&format!("<{target}>; rel=\"{relation}\"")) {
            response.headers_mut().append(header::LINK, link);
        }
    }
    response
}

/// The anchor of the page's section about them.
const ARGUMENTS: &str = "arguments";

/// Whether the query has `wsdl`, in any letter case, with any value, among others.
fn asks_for_wsdl(uri: &Uri) -> bool {
    let mut keys = uri.query().unwrap_or_default().split('&').map(|pair| pair.split('=').next().unwrap_or_default());
    keys.any(|key| key.eq_ignore_ascii_case("wsdl"))
}

fn page() -> String {
    let named = [Operation::Hold, Operation::Transfer, Operation::Survey, Operation::HangUp].map(Operation::name);
    let named = named.map(|name| format!("<code>{name}</code>")).join(", ");
    let busy = Operation::Busy.name();
    let mut rows = String::new();
    for operation in Operation::ALL {
        let parameters = operation.parameters().iter().map(|name| match *name {
            "strActionID" => "string strActionID = \"\"".replace('"', "&quot;"),
            name => format!("string {name}"),
        });
        let parameters = parameters.collect::<Vec<_>>().join(", ");
        let _infallible = writeln!(rows, "<li><code>string <b>{}</b>({parameters})</code></li>", operation.name());
    }
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Uncall Webservices API</title>\n\
         <style>body{{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}}\
         li{{margin:.3rem 0}}</style>\n</head>\n<body>\n<h1>Uncall Webservices API</h1>\n\
         <p>This address takes SOAP requests (1.1 and 1.2). Its description is the <a href=\"?wsdl\">WSDL</a>.</p>\n\
         <ol>\n{rows}</ol>\n\
         <h2 id=\"{ARGUMENTS}\">Arguments that the WSDL does not name</h2>\n\
         <p><code>string <b>strUid</b></code>, behind the others of {named}: the call that is meant, by popEvent's uid. \
         It is that call or a refusal. Without it, it is the call that is heard; hangUp takes a held or a ringing one if \
         none is.</p>\n\
         <p><code>string <b>strReason</b></code>, behind the others of <code>{busy}</code>: why the extension is busy, in at most 32 \
         characters. Queues and streams show it.</p>\n</body>\n</html>\n"
    )
}
