//! Recordings as the port has them: what there is of a call's, and its bytes.

use std::io;
use std::ops::Range;
use std::time::SystemTime;

use bytes::Bytes;
use futures::stream::BoxStream;

/// What there is of a call's recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recording {
    /// Nothing: no such call, or it was never answered.
    Unknown,
    /// The call is still up.
    NotReady,
    /// There is a recording without a sound in it: nobody answered.
    Empty,
    /// The file's name, without `audio:`.
    Ready(String),
}

/// A recording's bytes, made or read piece by piece.
pub trait Sound: Send + Sync {
    /// Whole length in bytes.
    fn len(&self) -> u64;

    /// Whether there is nothing.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Which bytes these are.
    fn version(&self) -> &Version;

    /// The bytes of a range within the length, in pieces. Nothing is read before it is asked for, nor after the stream
    /// is dropped. A sound that has become shorter ends with an error.
    fn read(&self, range: Range<u64>) -> BoxStream<'static, io::Result<Bytes>>;
}

/// Tells the bytes of a sound from others under the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Another one for other bytes.
    pub tag: String,
    /// When they were written.
    pub modified: Option<SystemTime>,
}
