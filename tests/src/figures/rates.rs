//! popEvent calls a second: the gateway, the PHP server, and a bare handler that returns the same bytes.
//!
//! The servers take turns in short rounds, so that what else the machine does meets all of them. The generator runs on the
//! same machine: the rates are those of both together.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, Result, ensure};

use super::{
    bare,
    load::{self, Connections, Request, Round, f64_of},
    processes,
    program::Server,
    sample::median,
    table::Table,
};
use crate::{
    panel::desk,
    php::{Flavour, PhpServer},
    wire,
};

/// Where calls go; the vendor's.
pub const PATH: &str = "/uncall_services_api/index.php";
/// Rounds for every server, after one to warm up.
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(1);

/// One of the servers, and what it has done so far.
struct Contender<'a> {
    address: SocketAddr,
    /// Asked anew for each round: PHP's workers are children of a child.
    processes: Box<dyn Fn() -> Vec<u32> + 'a>,
    rates: Vec<f64>,
    calls: u64,
    worked: Duration,
}

impl<'a> Contender<'a> {
    fn new(address: SocketAddr, processes: impl Fn() -> Vec<u32> + 'a) -> Contender<'a> {
        Contender { address, processes: Box::new(processes), rates: Vec::new(), calls: 0, worked: Duration::ZERO }
    }

    fn of(server: &'a Server) -> Contender<'a> {
        Contender::new(server.address, || server.process().into_iter().collect())
    }

    fn round(&mut self, request: &Request, connections: Connections) -> Result<()> {
        let processes = (self.processes)();
        let before = processes::processor_time(&processes);
        let round: Round = load::round(self.address, request, connections, ROUND)?;
        self.worked += processes::processor_time(&processes).saturating_sub(before);
        self.calls += round.calls;
        self.rates.push(round.rate());
        Ok(())
    }

    fn rate(&self) -> f64 {
        median(self.rates.clone())
    }

    /// Processor time of a call, in microseconds: what the rate would be made of if the generator cost nothing.
    fn each(&self) -> f64 {
        self.worked.as_secs_f64() * 1e6 / f64_of(self.calls.max(1))
    }

    /// `41000 /s (35 µs of processor time each)`.
    fn said(&self) -> String {
        format!("{:.0} /s ({:.0} µs of processor time each)", self.rate(), self.each())
    }

    fn forget(&mut self) {
        self.rates.clear();
        (self.calls, self.worked) = (0, Duration::ZERO);
    }
}

/// Measures all three.
pub async fn measure(table: &mut Table) -> Result<()> {
    let gateway = Server::gateway().await?;
    let request = request();
    let body = answer(gateway.address, &request).await?;
    let bare = bare::start(&body).await?;
    ensure!(answer(bare.address, &request).await? == body, "the bare handler answers something else");
    let php = PhpServer::start(Flavour::DOCUMENT_LITERAL).await?;
    let php_address = php.wsdl().split('/').nth(2).context("no address")?.parse()?;
    tokio::task::block_in_place(|| {
        let contenders = [
            Contender::of(&gateway),
            Contender::of(&bare),
            Contender::new(php_address, || {
                let all = processes::tree(std::process::id());
                all.into_iter().filter(|process| processes::name(*process) == "php").collect()
            }),
        ];
        compare(table, &request, contenders)
    })
}

fn compare(table: &mut Table, request: &Request, contenders: [Contender<'_>; 3]) -> Result<()> {
    let [mut gateway, mut bare, mut php] = contenders;
    in_turns(&mut [&mut gateway, &mut bare, &mut php], request, Connections::Closed)?;
    table.plain("popEvent, a connection for each call: PHP server (4 workers)", php.said());
    table.plain("popEvent, a connection for each call: bare axum handler", bare.said());
    table.plain("popEvent, a connection for each call: gateway", gateway.said());
    let (by_php, by_bare) = (gateway.rate() / php.rate(), gateway.rate() / bare.rate());
    table.aimed("… the gateway beside PHP", "≥ 10", format!("{by_php:.1}"), by_php >= 10.0);
    table.aimed("… the gateway beside the bare handler", "≥ 0.7", format!("{by_bare:.2}"), by_bare >= 0.7);
    let each = php.each() / gateway.each().max(f64::EPSILON);
    table.plain("… PHP's processor time beside the gateway's", format!("{each:.1}"));
    let php_rate = php.rate();
    in_turns(&mut [&mut gateway, &mut bare], request, Connections::Kept)?;
    table.plain("popEvent, connections kept: bare axum handler", bare.said());
    table.plain("popEvent, connections kept: gateway", gateway.said());
    let (by_php, by_bare) = (gateway.rate() / php_rate, gateway.rate() / bare.rate());
    table.aimed("… the gateway beside PHP, which keeps no connection", "≥ 10", format!("{by_php:.1}"), by_php >= 10.0);
    table.aimed("… the gateway beside the bare handler", "≥ 0.7", format!("{by_bare:.2}"), by_bare >= 0.7);
    Ok(())
}

fn in_turns(contenders: &mut [&mut Contender<'_>], request: &Request, connections: Connections) -> Result<()> {
    for contender in contenders.iter_mut() {
        contender.round(request, connections)?;
        contender.forget();
    }
    for _ in 0..ROUNDS {
        for contender in contenders.iter_mut() {
            contender.round(request, connections)?;
        }
    }
    Ok(())
}

/// What a PHP or C# client sends to a document/literal server; all three servers take it.
fn request() -> Request {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<SOAP-ENV:Envelope \
         xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:ns1=\"http://tempuri.org/\"><SOAP-ENV:Body>\
         <ns1:popEvent><ns1:strExten>{}</ns1:strExten></ns1:popEvent></SOAP-ENV:Body></SOAP-ENV:Envelope>\n",
        desk::EXTENSION
    );
    let action = "http://tempuri.org/popEvent".into();
    Request { path: PATH.into(), action, body, wanted: desk::CUSTOMER.into() }
}

async fn answer(address: SocketAddr, request: &Request) -> Result<Vec<u8>> {
    let headers = format!("Content-Type: text/xml; charset=utf-8\r\nSOAPAction: \"{}\"\r\n", request.action);
    let answer = wire::post(address, PATH, &headers, request.body.as_bytes()).await?;
    ensure!(answer.head.status == 200 && answer.text()?.contains(&request.wanted), "not the answer: {answer:?}");
    Ok(answer.body)
}
