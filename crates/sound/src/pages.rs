//! Ogg (RFC 3533): takes the packets of one stream out of a file's pages as they arrive. Leaves out a page with a wrong checksum
//! and looks for the next one.

use ogg::reading::{BasePacketReader, PageParser};

const MARK: &[u8] = b"OggS";
/// Bytes of a page's head, before the table of its segments.
const HEAD: usize = 27;
/// After this many bytes without a complete packet none is expected any more: an Opus packet has at most 61,440.
const MOST_BYTES: usize = 256 * 1024;

/// A place where something is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gap;

/// A complete packet.
pub(crate) struct Packet {
    pub(crate) bytes: Vec<u8>,
    /// The sound's position at the end of this packet, if it is the last one that ends on its page.
    pub(crate) position: Option<u64>,
    /// Whether the stream ends with it.
    pub(crate) last: bool,
}

/// The packets of one stream.
pub(crate) struct Pages {
    serial: u32,
    bytes: Vec<u8>,
    done: usize,
    packets: BasePacketReader,
    /// Bytes of pages since the last packet.
    fruitless: usize,
    /// Whether the stream's last page has come.
    ended: bool,
}

impl Pages {
    pub(crate) fn new(serial: u32) -> Pages {
        Pages { serial, bytes: Vec::new(), done: 0, packets: BasePacketReader::new(), fruitless: 0, ended: false }
    }

    /// Adds more of the file.
    pub(crate) fn push(&mut self, piece: &[u8]) {
        self.bytes.drain(..self.done);
        self.done = 0;
        self.bytes.extend_from_slice(piece);
    }

    /// The next packet, once it is complete.
    pub(crate) fn next(&mut self) -> Option<Result<Packet, Gap>> {
        loop {
            if let Some(packet) = self.packets.read_packet() {
                self.fruitless = 0;
                let position = packet.last_in_page().then_some(packet.absgp_page()).filter(|at| *at != u64::MAX);
                return Some(Ok(Packet { position, last: packet.last_in_stream(), bytes: packet.data }));
            }
            let rest = self.bytes.get(self.done..).unwrap_or_default();
            if !rest.starts_with(MARK) && !MARK.starts_with(rest) {
                // Skip to the next mark, or to where one may begin.
                let next = rest.windows(MARK.len()).position(|four| four == MARK);
                self.done += next.unwrap_or(rest.len().saturating_sub(MARK.len() - 1).max(1));
                return Some(Err(self.lost()));
            }
            let length = page_length(rest)?;
            let page = rest.get(..length)?.to_vec();
            if self.accept(&page).is_none() {
                // Skip only the mark, because a broken page may state a wrong length.
                self.done += MARK.len();
                return Some(Err(self.lost()));
            }
            self.done += length;
            self.fruitless += length;
            if self.fruitless > MOST_BYTES {
                self.fruitless = 0;
                return Some(Err(self.lost()));
            }
        }
    }

    /// Discards the packet that was begun.
    fn lost(&mut self) -> Gap {
        self.packets.update_after_seek();
        Gap
    }

    /// Takes a page of the stream, and ignores those of others. `None` if it is broken.
    fn accept(&mut self, page: &[u8]) -> Option<()> {
        let (head, rest) = page.split_first_chunk::<HEAD>()?;
        let (mut parser, segments) = PageParser::new(*head).ok()?;
        let (segments, body) = rest.split_at_checked(segments)?;
        parser.parse_segments(segments.to_vec());
        let parsed = parser.parse_packet_data(body.to_vec()).ok()?;
        if serial(head) == Some(self.serial) {
            self.ended |= head.get(5).is_some_and(|flags| flags & 4 != 0);
            self.packets.push_page(parsed).ok()
        } else {
            Some(())
        }
    }

    /// Whether the page marked as the stream's last one has arrived.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended
    }
}

/// The size in bytes of the page that begins here, once its head is there.
fn page_length(bytes: &[u8]) -> Option<usize> {
    let segments = usize::from(*bytes.get(HEAD - 1)?);
    let table = bytes.get(HEAD..HEAD + segments)?;
    Some(HEAD + segments + table.iter().map(|segment| usize::from(*segment)).sum::<usize>())
}

fn serial(head: &[u8]) -> Option<u32> {
    Some(u32::from_le_bytes(*head.get(14..)?.first_chunk()?))
}

/// The position at the end of this stream's last complete page in the tail of a file.
pub(crate) fn last_position(tail: &[u8], of: u32) -> Option<u64> {
    let begins = tail.windows(MARK.len()).enumerate().filter(|(_, four)| *four == MARK).map(|(at, _)| at);
    let pages =
        begins.rev().filter_map(|at| tail.get(at..).filter(|page| page_length(page).is_some_and(|n| n <= page.len())));
    pages
        .filter(|page| serial(page) == Some(of))
        .filter_map(|page| Some(u64::from_le_bytes(*page.get(6..)?.first_chunk()?)))
        .find(|position| *position != u64::MAX)
}
