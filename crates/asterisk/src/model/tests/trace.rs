//! Reads recorded traces: `> ` sent, `< ` received, `# ` a remark.

use std::path::{Path, PathBuf};

use crate::message::Message;

pub(in super::super) struct Trace {
    pub(in super::super) name: String,
    pub(in super::super) items: Vec<Item>,
}

pub(in super::super) enum Item {
    Remark(String),
    Sent(Message),
    Received(Message),
}

pub(in super::super) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

impl Trace {
    /// All that were recorded.
    pub(in super::super) fn all() -> Vec<Trace> {
        let mut traces = Trace::of("");
        traces.extend(Trace::of("asterisk-16"));
        assert!(traces.len() > 50);
        traces
    }

    /// Calls that were moved by what no list tells.
    pub(in super::super) fn moved() -> Vec<Trace> {
        Trace::of("moved")
    }

    fn of(folder: &str) -> Vec<Trace> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(fixtures().join("ami").join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
            .collect();
        files.sort();
        let mut traces: Vec<Trace> = files.iter().map(|path| Trace::read(path)).collect();
        for trace in &mut traces {
            trace.name = Path::new(folder).join(&trace.name).to_string_lossy().into_owned();
        }
        traces
    }

    pub(in super::super) fn named(name: &str) -> Trace {
        Trace::read(&fixtures().join("ami").join(format!("{name}.txt")))
    }

    fn read(path: &Path) -> Trace {
        let text = std::fs::read_to_string(path).unwrap();
        let mut items = Vec::new();
        for part in text.split("\n\n") {
            let mut headers: Vec<(String, String)> = Vec::new();
            let mut sent = false;
            for line in part.lines() {
                let (mark, rest) = line.split_at_checked(2).unwrap_or((line, ""));
                match mark.trim() {
                    "#" => items.push(Item::Remark(rest.to_owned())),
                    ">" | "<" => {
                        sent = mark.starts_with('>');
                        let (name, value) = rest.split_once(':').unwrap();
                        headers.push((name.to_owned(), value.trim().to_owned()));
                    }
                    other => assert!(other.is_empty(), "{}: {line:?}", path.display()),
                }
            }
            if !headers.is_empty() {
                let message = raw(&headers);
                items.push(if sent { Item::Sent(message) } else { Item::Received(message) });
            }
        }
        Trace { name: path.file_stem().unwrap().to_string_lossy().into_owned(), items }
    }

    /// The events that belong to no list.
    pub(in super::super) fn events(&self) -> Vec<&Message> {
        let received = self.items.iter().filter_map(|item| match item {
            Item::Received(message) => Some(message),
            Item::Remark(_) | Item::Sent(_) => None,
        });
        received.filter(|message| is_event(message)).collect()
    }
}

pub(in super::super) fn is_event(message: &Message) -> bool {
    let own = matches!(message.event(), "OriginateResponse" | "UserEvent");
    !message.event().is_empty() && (own || message.get("ActionID").is_empty())
}

fn raw(headers: &[(String, String)]) -> Message {
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    Message::of(&headers)
}

pub(in super::super) fn message(headers: &[(&str, &str)]) -> Message {
    Message::of(headers)
}
