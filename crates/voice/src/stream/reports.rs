//! Reports to the other side, and from it.

use std::{net::SocketAddr, time::Duration};

use super::{Datagram, Heard, MOST_BYTES, Stream};
use crate::{
    reception::{self, report_time},
    rtcp::{self, Report, Rtcp},
};

const EVERY: Duration = Duration::from_secs(5);

impl Stream {
    /// The report that is due, if any. Call it after each frame.
    pub fn due_report(&mut self, now: Duration) -> Option<Datagram> {
        if now < self.next_report {
            return None;
        }
        // Spread the reports of all calls: 0.5 to 1.5 times the interval, by a number that differs from call to call.
        let spread = u32::from(self.sending.chance()) + 128;
        self.next_report = now + EVERY * spread / 256;
        self.written_report(now, false)
    }

    /// The last report of a call, which says goodbye.
    pub fn bye(&mut self, now: Duration) -> Option<Datagram> {
        self.written_report(now, true)
    }

    fn written_report(&mut self, now: Duration, bye: bool) -> Option<Datagram> {
        let sent = self.sending.sent(report_time(now));
        let heard = self.source.as_mut().map(|source| source.reception.report(&source.sequence, now));
        let mut bytes = Vec::new();
        rtcp::write(self.beginning.ssrc, sent, heard, &self.name, &mut bytes);
        if bye {
            rtcp::write_bye(self.beginning.ssrc, &mut bytes);
        }
        let bytes = self.sending.sealed(bytes)?;
        let shared = self.agreed.peer == self.agreed.reports;
        let to = if shared { self.peer.address() } else { self.agreed.reports };
        Some(Datagram { to, sound: shared, bytes })
    }

    /// Takes a report. `None` if it is refused.
    pub(super) fn report(&mut self, from: SocketAddr, bytes: &[u8], now: Duration) -> Option<()> {
        // Reports have their own port, so only the address is checked.
        if bytes.len() > MOST_BYTES || from.ip() != self.peer.address().ip() && from.ip() != self.agreed.reports.ip() {
            return None;
        }
        let opened = match &mut self.opener {
            Some(opener) => Some(opener.rtcp(bytes)?),
            None => None,
        };
        for packet in rtcp::read(opened.as_deref().unwrap_or(bytes)) {
            match packet {
                Rtcp::Reports { ssrc, sent, reports } => {
                    if let (Some(sent), Some(source)) = (sent, &mut self.source)
                        && source.ssrc == ssrc
                    {
                        source.reception.sender(&sent, now);
                    }
                    let ours = self.beginning.ssrc;
                    reports.iter().filter(|report| report.ssrc == ours).for_each(|report| self.told(report, now));
                }
                Rtcp::Bye(sources) => {
                    if self.source.as_ref().is_some_and(|source| sources.contains(&source.ssrc)) {
                        self.tell(Heard::Bye);
                    }
                }
                Rtcp::Names(_) => {}
            }
        }
        Some(())
    }

    /// Takes the other side's report about this side's packets.
    fn told(&mut self, report: &Report, now: Duration) {
        let lost = f64::from(report.fraction) / 256.0;
        self.lost_there = Some(lost);
        self.sending.expect_loss(lost);
        if let Some(trip) = reception::round_trip(report, now) {
            self.round_trip = Some(trip);
        }
    }
}
