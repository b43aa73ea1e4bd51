//! An Asterisk before 16.29 or 18.15: it has no `DBGetTree`, and answers one question after the other.

use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use jiff::Timestamp;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use uncall_asterisk::Asterisk;
use uncall_asterisk::file::AsteriskFile;
use uncall_contract::event::Presence;
use uncall_switch::calls::Fact;
use uncall_switch::{Pbx, Sink};

/// Extensions from 10000 on; every hundredth is busy.
const EXTENSIONS: u32 = 4000;
/// For one look into its database: four seconds for all, when an answer is waited for three.
const LOOK: Duration = Duration::from_millis(1);

async fn serve(stream: TcpStream) -> std::io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    writer.write_all(b"Asterisk Call Manager/5.0.2\r\n").await?;
    let mut lines = BufReader::new(reader).lines();
    let (mut action, mut id, mut key) = (String::new(), String::new(), String::new());
    while let Some(line) = lines.next_line().await? {
        match line.split_once(": ") {
            Some(("Action", value)) => action = value.to_owned(),
            Some(("ActionID", value)) => id = value.to_owned(),
            Some(("Key", value)) => key = value.to_owned(),
            Some(_) => {}
            None if action.is_empty() => {}
            None => {
                writer.write_all(answer(&action, &id, &key).await.as_bytes()).await?;
                action.clear();
            }
        }
    }
    Ok(())
}

async fn answer(action: &str, id: &str, key: &str) -> String {
    let done = format!("Response: Success\r\nActionID: {id}\r\n");
    let no = |why: &str| format!("Response: Error\r\nActionID: {id}\r\nMessage: {why}\r\n\r\n");
    let list = |items: String| {
        format!("{done}EventList: start\r\n\r\n{items}Event: End\r\nActionID: {id}\r\nEventList: Complete\r\n\r\n")
    };
    match action {
        "DBGetTree" => no("Invalid/unknown command: DBGetTree. Use Action: ListCommands to show available commands."),
        "DBGet" => {
            tokio::time::sleep(LOOK).await;
            if key.ends_with("00") { list(String::new()) } else { no("Database entry not found") }
        }
        "DeviceStateList" => {
            let device = |exten: u32| {
                format!(
                    "Event: DeviceStateChange\r\nActionID: {id}\r\nDevice: PJSIP/{exten}\r\nState: NOT_INUSE\r\n\r\n"
                )
            };
            list((10_000..10_000 + EXTENSIONS).map(device).collect())
        }
        "CoreShowChannels" | "QueueStatus" => list(String::new()),
        _login_and_others => format!("{done}\r\n"),
    }
}

#[derive(Default)]
struct Told(Mutex<(bool, u32)>);

impl Sink for Told {
    fn facts(&self, facts: &[Fact], _at: Timestamp) {
        let mut told = self.0.lock().unwrap();
        for fact in facts {
            if let Fact::Reachable(reachable) = fact {
                told.0 = *reachable;
            } else if matches!(fact, Fact::Presence { presence: Presence::Busy, .. }) {
                told.1 += 1;
            }
        }
    }
}

#[tokio::test]
async fn thousands_of_extensions_are_asked_for_one_by_one_and_it_comes_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _peer)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    let text = format!("address = \"{address}\"\nuser = \"uncall\"\nsecret = \"hush hush\"\n");
    let file: AsteriskFile = toml::from_str(&text).unwrap();
    let asterisk = Asterisk::start(file.options(|_| None).unwrap(), None);
    let told: Arc<Told> = Arc::default();
    let sink: Arc<dyn Sink> = told.clone();
    let sink: Weak<dyn Sink> = Arc::downgrade(&sink);
    asterisk.attach(sink);
    // Four thousand questions and answers, one after the other: under Wine beside other work they have taken a minute and more.
    asterisk.ready(Duration::from_secs(200)).await;
    assert_eq!(*told.0.lock().unwrap(), (true, EXTENSIONS / 100));
}
