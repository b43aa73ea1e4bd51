//! What a folder and a bucket have in common: what is listed in them, and a file that can be read.

use std::fmt;
use std::io;
use std::ops::Range;
use std::time::SystemTime;

use bytes::Bytes;
use futures::stream::BoxStream;
use uncall_switch::{Sound, Version};

/// Something in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Listed {
    Folder(String),
    File(String),
}

/// What a folder is and when it was changed last, so that it need not be listed in vain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Device and number, where the system has such: another one is another folder in the same place.
    pub(super) identity: Option<(u64, u64)>,
    pub(super) modified: SystemTime,
}

/// A file that can be read.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) length: u64,
    pub(super) version: Version,
    pub(super) bytes: Box<dyn Source>,
}

/// Where its bytes come from.
pub(super) trait Source: fmt::Debug + Send + Sync {
    /// The bytes of a range within the length, in pieces.
    fn read(&self, range: Range<u64>) -> BoxStream<'static, io::Result<Bytes>>;
}

impl Sound for Opened {
    fn len(&self) -> u64 {
        self.length
    }

    fn version(&self) -> &Version {
        &self.version
    }

    fn read(&self, range: Range<u64>) -> BoxStream<'static, io::Result<Bytes>> {
        self.bytes.read(range)
    }
}
