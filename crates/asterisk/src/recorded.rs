//! What the PBX tells of recordings, for the ledger: into which file a call is recorded, and by which legs a file may be named.

use jiff::Timestamp;
use uncall_contract::Uid;
use uncall_recordings::Ledger;

use super::message::Message;

/// Notes what an event says of recordings.
pub(super) fn note(ledger: &Ledger, event: &Message, at: Timestamp) {
    match event.event() {
        // The dialplan package's, or one of an own dialplan: `UserEvent(UncallRecording,Uid: …,File: …)`.
        "UserEvent" if event.get("UserEvent") == "UncallRecording" => {
            // A recorder's folder is not the gateway's: the last part is the name.
            let file = event.get("File").rsplit('/').next().unwrap_or_default();
            if let (Ok(uid), true) = (Uid::parse(event.get("Uid")), Ledger::takes(file)) {
                ledger.alias(uid.as_str(), file, at);
            }
        }
        // A PBX that records by the setting of an extension names the file after that leg: in a queue, a half of a Local channel.
        "BridgeEnter" if event.get("Uniqueid") != event.get("Linkedid") => {
            if let (Ok(uid), Ok(leg)) = (Uid::parse(event.get("Linkedid")), Uid::parse(event.get("Uniqueid"))) {
                ledger.alias(uid.as_str(), leg.as_str(), at);
            }
        }
        _ => {}
    }
}
