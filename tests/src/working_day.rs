//! All thirteen operations through one foreign client, on phones that really ring: what an agent's day is made of.

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::{
    foreign::{Answered, ForeignClient},
    gateway::Gateway,
    wire,
};

const CUSTOMER: &str = "13421829060";
const CALLED: &str = "13800138000";

/// An answer in which the verb was done.
pub fn success(operation: &str, message: &str) -> Value {
    json!({"result": "1", operation: {"Response": "Success", "Message": message}})
}

/// An answer in which the verb was refused.
pub fn refusal(operation: &str, message: &str) -> Value {
    json!({"result": "0", operation: {"Response": "Error", "Message": message}})
}

/// An answer of OnClickCall.
pub fn dialled(result: &str, response: &str, action_id: &str, message: &str) -> Value {
    json!({"result": result, "OnClickCall": {"Response": response, "ActionID": action_id, "Message": message}})
}

/// An answer of popEvent with a call.
pub fn call(calla: &str, callb: &str, uid: &str, status: &str) -> Value {
    json!({"result": "1", "popEvent": {"calla": calla, "callb": callb, "uid": uid, "status": status}})
}

/// An answer of popEvent without a call.
pub fn no_call() -> Value {
    json!({"result": "0", "popEvent": ""})
}

/// An agent's tools: a foreign client on a gateway.
#[derive(Debug)]
pub struct Day<'a> {
    client: &'a mut ForeignClient,
    gateway: &'a Gateway,
}

impl<'a> Day<'a> {
    /// A day that has not begun.
    pub fn new(client: &'a mut ForeignClient, gateway: &'a Gateway) -> Day<'a> {
        Day { client, gateway }
    }

    /// All of it.
    pub async fn whole(mut self) -> Result<()> {
        self.quiet().await.context("before any call")?;
        let uid = self.incoming().await.context("a call comes in")?;
        self.supervised().await.context("a supervisor")?;
        self.handed_on(&uid).await.context("a transfer")?;
        self.recorded(&uid).await.context("the recording")?;
        self.outgoing().await.context("click to dial")?;
        self.presence().await.context("busy and idle")?;
        self.nonsense().await.context("arguments without sense")
    }

    /// Nothing rings: what needs a call is refused, and the connection test works.
    async fn quiet(&mut self) -> Result<()> {
        for text in ["hello", "你好，世界 <b>R&D</b> \"]]>\" 'é'"] {
            let echo = json!({"UncallWorld": {"Response": format!("UncallWorld:{text}")}});
            self.answers("UncallWorld", &[text], echo).await?;
        }
        self.answers("popEvent", &["801"], no_call()).await?;
        self.refuses("keepCalling", &["801"], "Agent not in use").await?;
        self.refuses("restoreCalling", &["801", "SIP/801-00000001"], "Channel not exist").await?;
        self.refuses("transferCall", &["801", "802"], "Agent not in use").await?;
        self.refuses("feedBack", &["801"], "Agent not in use").await?;
        self.refuses("monitorExten", &["803", "801"], "Spy or whisper failed").await?;
        self.refuses("whisper", &["803", "801"], "Spy or whisper failed").await?;
        self.refuses("hangUp", &["801"], "No Channels").await?;
        self.refuses("hangUp", &["899"], "agent not in use").await
    }

    /// A customer calls, is answered, held and taken back.
    async fn incoming(&mut self) -> Result<String> {
        let uid = self.gateway.ring(CUSTOMER, "801").await?;
        let callin = || call(CUSTOMER, "801", &uid, "callin");
        self.answers("popEvent", &["801"], callin()).await?;
        self.refuses("keepCalling", &["801"], "Agent not in use").await?;
        self.refuses("transferCall", &["801", "802"], "Agent not in bridge").await?;
        self.gateway.phone("extensions/801/answer").await?;
        self.answers("popEvent", &["801"], callin()).await?;
        let not_ready = json!({"result": "0", "getRecording": {"files": "", "Message": "Recording not ready"}});
        self.answers("getRecording", &[&uid], not_ready).await?;

        let channel = self.held("801").await?;
        self.refuses("keepCalling", &["801"], "Agent not in use").await?;
        self.answers("popEvent", &["801"], callin()).await?;
        self.refuses("restoreCalling", &["801", "SIP/899-ffffffff"], "Channel not exist").await?;
        self.succeeds("restoreCalling", &["801", &channel], "Restorepark successful").await?;
        self.answers("popEvent", &["801"], callin()).await?;
        Ok(uid)
    }

    /// Holds an extension's call; gives the channel to restore.
    async fn held(&mut self, exten: &str) -> Result<String> {
        let held = self.document("keepCalling", &[exten]).await?;
        let channel = held.pointer("/keepCalling/Message").and_then(Value::as_str).unwrap_or_default().to_owned();
        // The customer comes in over the simulator's trunk, and it is the customer who hears the music.
        let number = channel.strip_prefix("SIP/trunk-").with_context(|| format!("no channel: {held}"))?;
        let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        ensure!(number.len() == 8 && number.chars().all(is_hex), "no channel of the simulator: {channel}");
        ensure!(held == success("keepCalling", &channel), "{held}");
        Ok(channel)
    }

    /// 803 listens to 801's call and whispers into it.
    async fn supervised(&mut self) -> Result<()> {
        for operation in ["monitorExten", "whisper"] {
            self.refuses(operation, &["899", "801"], "Agent not in use").await?;
            self.refuses(operation, &["803", "804"], "Spy or whisper failed").await?;
            self.succeeds(operation, &["803", "801"], "Spy or whisper success").await?;
            self.gateway.phone("extensions/803/answer").await?;
            self.answers("popEvent", &["803"], no_call()).await?;
            self.refuses(operation, &["803", "801"], "Agent not in use").await?;
            self.gateway.phone("extensions/803/hangup").await?;
        }
        Ok(())
    }

    /// 801 hands the customer on: not to a busy phone, not to one that declines, but to one that answers.
    async fn handed_on(&mut self, uid: &str) -> Result<()> {
        self.succeeds("setBuys", &["804"], "Updated database successfully").await?;
        self.refuses("transferCall", &["801", "804"], "Exten is not idle").await?;
        self.refuses("transferCall", &["801", "899"], "Transfer not allowed").await?;
        let declined = self.gateway.phone_when_ready("extensions/805/decline");
        let answered = self.client.call_while("transferCall", &["801", "805"], declined).await?;
        expect("transferCall", answered, refusal("transferCall", "Exten is not idle"))?;
        self.answers("popEvent", &["801"], call(CUSTOMER, "801", uid, "callin")).await?;

        let taken = self.gateway.phone_when_ready("extensions/802/answer");
        let answered = self.client.call_while("transferCall", &["801", "802"], taken).await?;
        expect("transferCall", answered, success("transferCall", "Transfer successful"))?;
        self.answers("popEvent", &["801"], no_call()).await?;
        self.answers("popEvent", &["802"], call(CUSTOMER, "802", uid, "callin")).await?;
        self.succeeds("hangUp", &["802"], "Channel Hungup success").await?;
        self.answers("popEvent", &["802"], no_call()).await?;
        self.refuses("hangUp", &["802"], "No Channels").await
    }

    /// The finished call has left a recording, and it can be fetched where the vendor's document says.
    async fn recorded(&mut self, uid: &str) -> Result<()> {
        let nothing = json!({"result": "0", "getRecording": {"files": ""}});
        self.answers("getRecording", &["1.1"], nothing).await?;
        let found = self.document("getRecording", &[uid]).await?;
        let files = found.pointer("/getRecording/files").and_then(Value::as_str).unwrap_or_default().to_owned();
        ensure!(found == json!({"result": "1", "getRecording": {"files": files}}), "{found}");
        let of_call = files.starts_with("audio:80") && files.ends_with(&format!("-{uid}.wav"));
        ensure!(of_call && files.contains(&format!("-{CUSTOMER}-")), "not this call's file: {files}");

        let vendor = "/outbound/index.php/RecordingAction/index.php?m=Public&a=record&uniqueid=";
        let sound = wire::get(self.gateway.address, &format!("{vendor}{files}")).await?;
        ensure!(sound.head.status == 200, "the recording: {:?}", sound.head);
        ensure!(sound.body.starts_with(b"RIFF") && sound.body.get(8..12) == Some(b"WAVE"), "not a WAV file");
        Ok(())
    }

    /// 801 calls a number, with and without an id, and asks for a rating.
    async fn outgoing(&mut self) -> Result<()> {
        let queued = "Originate successfully queued";
        let id = "客户 #7 <&>";
        self.answers("OnClickCall", &["801", CALLED, id], dialled("1", "Success", id, queued)).await?;
        let rings = self.document("popEvent", &["801"]).await?;
        let uid = rings.pointer("/popEvent/uid").and_then(Value::as_str).unwrap_or_default().to_owned();
        ensure!(rings == call("801", CALLED, &uid, "callout"), "{rings}");
        self.answers("OnClickCall", &["801", CALLED, "8"], dialled("0", "Busy", "8", "Busy")).await?;
        self.gateway.phone("extensions/801/answer").await?;
        self.gateway.phone_when_ready(&format!("numbers/{CALLED}/answer")).await?;
        self.answers("popEvent", &["801"], rings).await?;
        self.succeeds("feedBack", &["801"], "Feedback successful").await?;
        self.succeeds("hangUp", &["801"], "Channel Hungup success").await?;
        self.answers("popEvent", &["801"], no_call()).await?;

        // The vendor's signature has strActionID="" at the end: left out or empty, the call goes out.
        let absent = self.client.call_with("OnClickCall", &[Some("806"), Some(CALLED), None]).await?;
        expect("OnClickCall", absent, dialled("1", "Success", "", queued))?;
        self.succeeds("hangUp", &["806"], "Channel Hungup success").await?;
        self.answers("OnClickCall", &["806", CALLED, ""], dialled("1", "Success", "", queued)).await?;
        self.succeeds("hangUp", &["806"], "Channel Hungup success").await?;
        self.answers("OnClickCall", &["899", CALLED, "9"], dialled("0", "Busy", "9", "Busy")).await
    }

    /// Busy and idle, each twice. 804 has been busy since the transfer.
    async fn presence(&mut self) -> Result<()> {
        self.succeeds("setBuys", &["804"], "Updated database successfully").await?;
        self.succeeds("setIdle", &["804"], "Key deleted successfully").await?;
        self.succeeds("setIdle", &["804"], "Key deleted successfully").await
    }

    /// An argument that is there but empty or senseless is refused in the API's own form, never with a fault.
    async fn nonsense(&mut self) -> Result<()> {
        for exten in ["", "8 0 1", "801&802", "../801", "八零一", "899"] {
            self.answers("popEvent", &[exten], no_call()).await?;
            self.refuses("keepCalling", &[exten], "Agent not in use").await?;
            self.refuses("hangUp", &[exten], "agent not in use").await?;
            self.refuses("feedBack", &[exten], "Agent not in use").await?;
            self.refuses("setBuys", &[exten], "Failed to update entry").await?;
            self.refuses("setIdle", &[exten], "Failed to update entry").await?;
        }
        for number in ["", "1;2", "$(1)", "一二三"] {
            let refused = self.document("OnClickCall", &["801", number, "id"]).await?;
            let message = refused.pointer("/OnClickCall/Message").and_then(Value::as_str).unwrap_or_default();
            ensure!(!message.is_empty() && refused == dialled("0", "Error", "id", message), "{number:?}: {refused}");
        }
        self.answers("popEvent", &["801"], no_call()).await
    }

    async fn succeeds(&mut self, operation: &str, arguments: &[&str], message: &str) -> Result<()> {
        self.answers(operation, arguments, success(operation, message)).await
    }

    async fn refuses(&mut self, operation: &str, arguments: &[&str], message: &str) -> Result<()> {
        self.answers(operation, arguments, refusal(operation, message)).await
    }

    async fn answers(&mut self, operation: &str, arguments: &[&str], expected: Value) -> Result<()> {
        let answered = self.client.call(operation, arguments).await?;
        expect(&format!("{operation}{arguments:?}"), answered, expected)
    }

    async fn document(&mut self, operation: &str, arguments: &[&str]) -> Result<Value> {
        match self.client.call(operation, arguments).await? {
            Answered::Document(document) => Ok(document),
            other @ (Answered::Fault { .. } | Answered::Unsent(_)) => bail!("{operation}{arguments:?}: {other:?}"),
        }
    }
}

/// The answer has to be exactly this document.
pub fn expect(asked: &str, answered: Answered, expected: Value) -> Result<()> {
    ensure!(answered == Answered::Document(expected.clone()), "{asked}: {answered:?}, not {expected}");
    Ok(())
}
