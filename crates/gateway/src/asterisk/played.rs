//! Runs the adapter on what a real Asterisk sent while strangers called it (`fixtures/ami/strange`): the recorded bytes,
//! including forged line breaks, and the recorded answers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::model::tests::options;
use super::tests::{SOON, Seen};
use super::{Asterisk, Options};
use crate::pbx::{Pbx as _, Sink};

/// A recorded trace, line by line.
struct Trace {
    parts: Vec<Part>,
}

/// The lines between two empty ones.
#[derive(Debug)]
enum Part {
    Remark(String),
    Sent(Vec<String>),
    Received(Vec<String>),
}

impl Trace {
    fn read(name: &str) -> Trace {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/ami/strange").join(name);
        let text = std::fs::read_to_string(path).unwrap();
        let mut parts = Vec::new();
        for part in text.split("\n\n").filter(|part| !part.trim().is_empty()) {
            let lines = |mark: &str| -> Vec<String> {
                part.lines().filter_map(|line| line.strip_prefix(mark)).map(str::to_owned).collect()
            };
            parts.push(match part.trim_start().chars().next() {
                Some('#') => Part::Remark(part.trim_start_matches(['#', ' ', '\n']).to_owned()),
                Some('>') => Part::Sent(lines("> ")),
                _ => Part::Received(lines("< ")),
            });
        }
        Trace { parts }
    }
}

fn value<'a>(lines: &'a [String], name: &str) -> &'a str {
    let mut values = lines.iter().filter_map(|line| line.split_once(':'));
    values.find(|(known, _)| *known == name).map_or("", |(_, value)| value.trim())
}

fn wire(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\r\n")).chain(["\r\n".to_owned()]).collect()
}

/// The PBX's answers: the recorded ones, for the channels that exist so far.
#[derive(Default)]
struct Answers {
    /// By action: the items of the list, each with what a stranger has added to it.
    lists: BTreeMap<String, Vec<Vec<Vec<String>>>>,
    /// By channel and variable.
    variables: BTreeMap<(String, String), String>,
    there: BTreeSet<String>,
}

impl Answers {
    fn of(trace: &Trace) -> Answers {
        let mut answers = Answers::default();
        let mut parts = trace.parts.iter().peekable();
        while let Some(part) = parts.next() {
            let Part::Sent(sent) = part else { continue };
            let id = value(sent, "ActionID").to_owned();
            let mut items: Vec<Vec<Vec<String>>> = Vec::new();
            while let Some(Part::Received(lines)) = parts.next_if(|part| matches!(part, Part::Received(_))) {
                let is_ours = value(lines, "ActionID") == id;
                match value(lines, "Response") {
                    "" if is_ours && value(lines, "EventList").eq_ignore_ascii_case("complete") => break,
                    "" if is_ours => items.push(vec![lines.clone()]),
                    "" => items.last_mut().into_iter().for_each(|item| item.push(lines.clone())),
                    _ if value(sent, "Action") == "Getvar" => {
                        let about = (value(sent, "Channel").to_owned(), value(sent, "Variable").to_owned());
                        answers.variables.insert(about, value(lines, "Value").to_owned());
                        break;
                    }
                    _ => {}
                }
            }
            answers.lists.insert(value(sent, "Action").to_owned(), items);
        }
        answers
    }

    fn answer(&self, asked: &[String]) -> String {
        let id = value(asked, "ActionID");
        let action = value(asked, "Action");
        if action == "Getvar" {
            let about = (value(asked, "Channel").to_owned(), value(asked, "Variable").to_owned());
            return match self.variables.get(&about).filter(|_| self.there.contains(&about.0)) {
                Some(value) => format!("Response: Success\r\nActionID: {id}\r\nValue: {value}\r\n\r\n"),
                None => format!("Response: Error\r\nActionID: {id}\r\nMessage: No such channel\r\n\r\n"),
            };
        }
        let Some(items) = self.lists.get(action) else {
            return format!("Response: Success\r\nActionID: {id}\r\n\r\n");
        };
        let mut text = format!("Response: Success\r\nActionID: {id}\r\nEventList: start\r\n\r\n");
        for item in items {
            let channel = item.first().map_or("", |head| value(head, "Channel"));
            if channel.is_empty() || self.there.contains(channel) {
                let ours = |line: &String| {
                    if line.starts_with("ActionID:") { format!("ActionID: {id}") } else { line.clone() }
                };
                text.extend(item.iter().map(|lines| wire(&lines.iter().map(ours).collect::<Vec<_>>())));
            }
        }
        text + &format!("Event: {action}Complete\r\nActionID: {id}\r\nEventList: Complete\r\n\r\n")
    }
}

type Pbx = Arc<Mutex<Answers>>;

async fn serve(answers: Pbx, listener: TcpListener, mut said: mpsc::UnboundedReceiver<String>) {
    let (reader, mut writer) = listener.accept().await.unwrap().0.into_split();
    writer.write_all(b"Asterisk Call Manager/11.0.0\r\n").await.unwrap();
    let mut lines = BufReader::new(reader).lines();
    let mut asked = Vec::new();
    loop {
        let text = tokio::select! {
            line = lines.next_line() => match line {
                Ok(Some(line)) if line.is_empty() => answers.lock().unwrap().answer(&std::mem::take(&mut asked)),
                Ok(Some(line)) => {
                    asked.push(line);
                    continue;
                }
                _ => return,
            },
            Some(text) = said.recv() => text,
        };
        if writer.write_all(text.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn plays(name: &str) {
    let trace = Trace::read(name);
    let answers: Pbx = Arc::new(Mutex::new(Answers::of(&trace)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (say, said) = mpsc::unbounded_channel::<String>();
    tokio::spawn(serve(Arc::clone(&answers), listener, said));
    let asterisk = Asterisk::start(Options { address, ..options() }, None);
    let seen = Arc::new(Seen::default());
    let sink: Arc<dyn Sink> = Arc::clone(&seen) as Arc<dyn Sink>;
    asterisk.attach(Arc::downgrade(&sink));
    asterisk.ready(SOON).await;

    let mut stranger = false;
    let mut parts = trace.parts.iter().peekable();
    while let Some(part) = parts.next() {
        match part {
            Part::Remark(remark) if remark.starts_with("a stranger calls") => {
                seen.until("801 talks", |seen| seen.talks("801")).await;
                stranger = true;
            }
            Part::Remark(remark) if remark.starts_with("the stranger gives up") => {
                seen.until("802 rings", |seen| seen.call("802").is_some_and(|call| call.0 == "138")).await;
                assert!(seen.talks("801") && seen.ends("801") == 0, "{name}: his call is not over");
            }
            Part::Remark(remark) if remark.ends_with("hangs up") => {
                seen.until("802 rings no more", |seen| seen.call("802").is_none() && seen.ends("802") == 1).await;
                assert!(seen.talks("801") && seen.ends("801") == 0, "{name}: his call is not over");
            }
            Part::Remark(_) => {}
            // The recorder's own requests and their answers.
            Part::Sent(sent) => {
                let id = value(sent, "ActionID").to_owned();
                let ends = |lines: &[String]| {
                    let ours = value(lines, "ActionID") == id;
                    let list = value(lines, "EventList");
                    ours && (list.eq_ignore_ascii_case("complete")
                        || (list.is_empty() && !value(lines, "Response").is_empty()))
                };
                while let Some(Part::Received(lines)) = parts.next_if(|part| matches!(part, Part::Received(_))) {
                    if ends(lines) {
                        break;
                    }
                }
            }
            Part::Received(lines) => {
                let channel = value(lines, "Channel").to_owned();
                // A stranger's text has no channel.
                match value(lines, "Event") {
                    "Newchannel" => drop(answers.lock().unwrap().there.insert(channel)),
                    "Hangup" => drop(answers.lock().unwrap().there.remove(&channel)),
                    _ => {}
                }
                say.send(wire(lines)).unwrap();
            }
        }
    }
    assert!(stranger, "{name} has a stranger");
    seen.until("nothing is left", |seen| seen.call("801").is_none() && seen.call("802").is_none()).await;
    assert_eq!((seen.ends("801"), seen.ends("802")), (1, 1), "{name}");
}

#[tokio::test]
async fn a_stranger_who_writes_an_event_ends_nobodys_call() {
    plays("strange-event.txt").await;
}

#[tokio::test]
async fn a_stranger_who_writes_lines_ends_nobodys_call() {
    plays("strange-lines.txt").await;
}
