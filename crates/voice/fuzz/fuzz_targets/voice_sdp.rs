//! Arbitrary text as a session description, both as an offer to answer and as an answer.
#![no_main]

use libfuzzer_sys::fuzz_target;
use uncall_voice::{
    Codec, MasterKey,
    sdp::{Description, Direction, Side},
};

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let Ok(description) = Description::read(&text) else { return };
    let side = Side {
        address: ([10, 0, 0, 2], 4000).into(),
        session: 1,
        version: 1,
        codecs: Codec::ALL.to_vec(),
        key: Some(MasterKey::new([3; 30])),
        secure: false,
    };
    assert!(Description::read(&description.to_string()).is_ok());
    if let Ok((answer, _)) = side.answer(&description, Direction::SendRecv) {
        assert!(Description::read(&answer.to_string()).is_ok());
    }
    let _ = side.conclude(&side.offer(Direction::SendRecv), &description);
});
