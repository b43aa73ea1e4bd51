//! Decodes a file while it arrives.

use std::time::Duration;

use crate::{Decoder, Error, Head, Named};

/// Decodes a file from its first byte on: reads its head as soon as that has arrived, and passes the rest to the [`Decoder`].
#[derive(Debug, Default)]
pub struct Stream {
    named: Named,
    /// The bytes received until the head is known.
    start: Vec<u8>,
    decoder: Option<Decoder>,
    /// Whether any of the data has arrived.
    sounding: bool,
}

impl Stream {
    /// A stream for a file with this name.
    pub fn new(named: Named) -> Stream {
        Stream { named, ..Stream::default() }
    }

    /// Adds the samples of the next piece to `out`, as [`Decoder::decode`] does.
    ///
    /// # Errors
    /// Those of [`Head::read`], and [`Error::Limit`] for sound longer than [`MOST_LENGTH`](crate::MOST_LENGTH). Pushing more is
    /// useless then.
    pub fn push(&mut self, piece: &[u8], out: &mut Vec<i16>) -> Result<(), Error> {
        if let Some(decoder) = &mut self.decoder {
            self.sounding |= !piece.is_empty();
            decoder.decode(piece, out);
            let too_long = decoder.is_too_long();
            return if too_long { Err(Error::Limit("it is longer than a day")) } else { Ok(()) };
        }
        self.start.extend_from_slice(piece);
        match Head::read(&self.start, self.named)? {
            Some(head) => self.begin(head, out),
            None => Ok(()),
        }
    }

    /// Ends the file: adds the rest of the samples. Returns where the sound is damaged for the first time, like
    /// [`Decoder::finish`].
    ///
    /// # Errors
    /// Those of [`Head::of_whole`], and [`Error::NotReady`] or [`Error::Empty`] for a head without sound.
    pub fn finish(&mut self, out: &mut Vec<i16>) -> Result<Option<Duration>, Error> {
        if self.decoder.is_none() {
            let head = Head::of_whole(&self.start, self.named)?;
            self.begin(head, out)?;
        }
        let Some(decoder) = &mut self.decoder else { return Err(Error::NotReady) };
        let damaged = decoder.finish(out);
        let promised = decoder.head().data_bytes.is_some();
        let silent = decoder.decoded().is_zero();
        if silent && damaged.is_none() && decoder.head().is_closed() {
            return Err(Error::Empty);
        }
        if silent && !promised && (damaged.is_none() || !self.sounding) { Err(Error::NotReady) } else { Ok(damaged) }
    }

    /// The file's head, once it has arrived.
    pub fn head(&self) -> Option<&Head> {
        self.decoder.as_ref().map(Decoder::head)
    }

    /// The length of the sound decoded so far.
    pub fn decoded(&self) -> Duration {
        self.decoder.as_ref().map_or(Duration::ZERO, Decoder::decoded)
    }

    fn begin(&mut self, head: Head, out: &mut Vec<i16>) -> Result<(), Error> {
        let start = std::mem::take(&mut self.start);
        let data = start.get(head.data_at..).unwrap_or_default();
        self.decoder = Some(Decoder::new(head));
        self.push(data, out)
    }
}
