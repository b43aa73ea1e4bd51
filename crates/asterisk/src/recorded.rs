//! Notes for the ledger what the PBX says about recordings: into which file a call is recorded, and after which legs a file may
//! be named.

use jiff::Timestamp;
use uncall_contract::Uid;
use uncall_recordings::Ledger;

use super::message::Message;

/// Notes what an event says of recordings.
pub(super) fn note(ledger: &Ledger, event: &Message, at: Timestamp) {
    match event.event() {
        // From the dialplan package or the PBX's own dialplan: `UserEvent(UncallRecording,Uid: …,File: …)`.
        "UserEvent" if event.get("UserEvent") == "UncallRecording" => {
            // The recorder's folder may differ from the gateway's, so take only the last part.
            let file = event.get("File").rsplit('/').next().unwrap_or_default();
            if let (Ok(uid), true) = (Uid::parse(event.get("Uid")), Ledger::takes(file)) {
                ledger.alias(uid.as_str(), file, at);
            }
        }
        // A PBX that records by an extension's setting names the file after that leg, which in a queue is a half of a Local
        // channel.
        "BridgeEnter" if event.get("Uniqueid") != event.get("Linkedid") => {
            if let (Ok(uid), Ok(leg)) = (Uid::parse(event.get("Linkedid")), Uid::parse(event.get("Uniqueid"))) {
                ledger.alias(uid.as_str(), leg.as_str(), at);
            }
        }
        _ => {}
    }
}
