//! A caller who is no phone: one SIP call over UDP, whose user name may hold anything, line breaks included.

use std::{fmt::Write as _, net::Ipv4Addr};

use anyhow::{Context, Result, bail, ensure};
use tokio::{net::UdpSocket, time::timeout};

use super::deadline::SOON;

/// A call that rings. Dropping it leaves it ringing; [`gives_up`](Stranger::gives_up) ends it.
#[derive(Debug)]
pub struct Stranger {
    socket: UdpSocket,
    pbx: Ipv4Addr,
    here: String,
    to: String,
    from: String,
    id: String,
}

impl Stranger {
    /// Calls `to` as `user`, from an address that the PBX takes for its trunk. Done when it rings.
    pub async fn calls(pbx: Ipv4Addr, user: &str, to: &str) -> Result<Stranger> {
        let socket = UdpSocket::bind((pbx, 0)).await?;
        socket.connect((pbx, 5060)).await?;
        let here = socket.local_addr()?.to_string();
        let mut name = String::new();
        for byte in user.bytes() {
            if byte.is_ascii_alphanumeric() {
                name.push(byte.into());
            } else {
                write!(name, "%{byte:02X}")?;
            }
        }
        let id = format!("stranger-{here}");
        let stranger = Stranger {
            here: here.clone(),
            to: to.to_owned(),
            from: format!("<sip:{name}@{here}>;tag=s"),
            id,
            socket,
            pbx,
        };
        let offer = format!(
            "v=0\r\no=- 1 1 IN IP4 {pbx}\r\ns=-\r\nc=IN IP4 {pbx}\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
        );
        let contact = format!("Contact: <sip:s@{here}>\r\nContent-Type: application/sdp\r\n");
        stranger.send("INVITE", &contact, &offer).await?;
        loop {
            let answer = stranger.hear().await?;
            match answer.split(' ').nth(1) {
                Some("100") => {}
                Some("180" | "183") => return Ok(stranger),
                _ => bail!("the call does not ring: {answer}"),
            }
        }
    }

    /// Hangs up before anybody has answered.
    pub async fn gives_up(&self) -> Result<()> {
        self.send("CANCEL", "", "").await?;
        while !self.hear().await?.starts_with("SIP/2.0 487") {}
        self.send("ACK", "", "").await
    }

    async fn send(&self, method: &str, headers: &str, body: &str) -> Result<()> {
        let Stranger { socket, pbx, here, to, from, id } = self;
        let text = format!(
            "{method} sip:{to}@{pbx} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{id}\r\nMax-Forwards: 70\r\nFrom: \
             {from}\r\nTo: <sip:{to}@{pbx}>\r\nCall-ID: {id}\r\nCSeq: 1 {method}\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        ensure!(socket.send(text.as_bytes()).await? == text.len());
        Ok(())
    }

    async fn hear(&self) -> Result<String> {
        let mut bytes = vec![0; 4096];
        let length = timeout(SOON, self.socket.recv(&mut bytes)).await;
        let length = length.context("the PBX says nothing")??;
        Ok(String::from_utf8_lossy(bytes.get(..length).unwrap_or_default()).into_owned())
    }
}
