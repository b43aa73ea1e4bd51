//! A channel of the PBX, as AMI shows it.

use jiff::Timestamp;
use uncall_contract::Extension;

use super::served::Served;
use crate::message::Message;

/// Numbers legs in order of appearance.
pub(super) type Id = u64;

#[derive(Debug)]
pub(super) struct Leg {
    pub(super) unique: String,
    pub(super) linked: String,
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) state: State,
    /// The number first dialled, or where the leg was when it was found.
    pub(super) exten: String,
    pub(super) caller: String,
    pub(super) caller_name: String,
    pub(super) connected: String,
    pub(super) connected_name: String,
    pub(super) dialled: Dialled,
    pub(super) bridge: Option<String>,
    pub(super) place: Place,
    /// The name of the leg it last talked with.
    pub(super) mate: Option<String>,
    /// Whether its caller was told that it rings, or already hears something (183), which its own state does not show.
    pub(super) alerts: bool,
    /// The count of legs and bridges when it was answered.
    pub(super) answered: Option<u64>,
    /// Whether its own phone holds the call.
    pub(super) on_hold: bool,
    /// From a list: for whom it asks somebody else by the PBX's own transfer; see [`super::consulting`].
    pub(super) asks_for: Option<Id>,
    /// Whether it has ever been in a conversation.
    pub(super) talked: bool,
    /// Whether it listens or whispers.
    pub(super) spies: bool,
    /// Whether it has transferred its party, by the gateway's dialplan, its phone (REFER) or a feature code.
    pub(super) transferred: bool,
    /// Whether another phone has picked up its call.
    pub(super) picked_up: bool,
    /// The `Linkedid` before it picked up a call, which events show for a while longer.
    pub(super) stale: Option<String>,
    /// For a leg made by another program: the number it calls, once known.
    pub(super) reached: Option<String>,
    /// Whether its former party has transferred it, so that its new party has to be shown.
    pub(super) handed: bool,
    /// From a list: whether the dialplan rings somebody for it, rather than talking with it.
    pub(super) dials: bool,
    /// From a list: whether the dialplan talks with it.
    pub(super) hears_dialplan: bool,
    /// Whether its agent has requested its end.
    pub(super) put_down: bool,
    /// For an agent's silent leg: whether the party that it waits for has gone elsewhere.
    pub(super) left: bool,
    /// Whether a transfer that it waited for has failed, until it is in a bridge again.
    pub(super) turned_back: bool,
    /// Whether the target of the transfer that it waited for has answered.
    pub(super) handed_on: bool,
    /// How dialling it ended, in AMI's word.
    pub(super) dial_status: Option<String>,
    /// How its own dialling of others ended, in AMI's word.
    pub(super) outcome: Option<String>,
    /// For a leg found in a list: when it was made.
    pub(super) since: Option<Timestamp>,
    /// Changes by events since the last list was requested, which are newer than the list.
    pub(super) fresh: Fresh,
    pub(super) filed: Filed,
}

/// Its keys in the model's indices.
#[derive(Debug, Default)]
pub(super) struct Filed {
    pub(super) name: String,
    pub(super) linked: String,
}

/// What events have changed since the last list was requested.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Fresh {
    pub(super) began: bool,
    pub(super) bridge: bool,
    pub(super) place: bool,
    pub(super) phone_hold: bool,
}

/// The kind of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// An agent's phone.
    Phone(Extension),
    /// A trunk, or a phone that is not served.
    Outside,
    /// Half of a channel that leads from one place in the dialplan to another, so not a party. With the name of the other half.
    Local(String),
    /// A channel for the PBX's own use.
    Inner,
}

/// The relevant channel states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Just created.
    Down,
    /// It is calling.
    Calling,
    /// It is called, and its phone rings.
    Ringing,
    Up,
}

/// Who called it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Dialled {
    /// Not known to be called.
    No,
    /// By this leg.
    By(Id),
    /// By nobody: `Originate`.
    Originated,
    /// Found in a list.
    Found,
}

/// A waiting place of the dialplan package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Nowhere,
    /// On hold with music, held by this extension.
    Hold(Option<Extension>),
    HoldAgent,
    /// Sent from hold to another place of the dialplan.
    LeftHold,
    /// Waiting for a transfer's target.
    Transfer,
    TransferAgent,
    Survey,
}

impl Leg {
    pub(super) fn new(unique: &str, served: &Served, message: &Message, prefix: &'static str) -> Leg {
        let mut leg = Leg {
            unique: unique.to_owned(),
            linked: unique.to_owned(),
            name: String::new(),
            kind: Kind::Inner,
            state: State::Down,
            exten: message.get_of(prefix, "Exten").to_owned(),
            caller: String::new(),
            caller_name: String::new(),
            connected: String::new(),
            connected_name: String::new(),
            dialled: Dialled::No,
            bridge: None,
            place: Place::Nowhere,
            mate: None,
            alerts: false,
            answered: None,
            on_hold: false,
            asks_for: None,
            talked: false,
            spies: false,
            transferred: false,
            picked_up: false,
            stale: None,
            reached: None,
            handed: false,
            dials: false,
            hears_dialplan: false,
            put_down: false,
            left: false,
            turned_back: false,
            handed_on: false,
            dial_status: None,
            outcome: None,
            since: None,
            fresh: Fresh::default(),
            filed: Filed::default(),
        };
        leg.note(served, message, prefix);
        leg
    }

    /// Takes over what a message says about the channel; `prefix` is `Dest` and the like.
    pub(super) fn note(&mut self, served: &Served, message: &Message, prefix: &'static str) {
        let take = |field: &mut String, name: &str| {
            let value = message.get_of(prefix, name);
            if !value.is_empty() {
                value.clone_into(field);
            }
        };
        if self.stale.as_deref() != Some(message.get_of(prefix, "Linkedid")) {
            take(&mut self.linked, "Linkedid");
        }
        take(&mut self.caller, "CallerIDNum");
        take(&mut self.caller_name, "CallerIDName");
        take(&mut self.connected, "ConnectedLineNum");
        take(&mut self.connected_name, "ConnectedLineName");
        self.state = match message.get_of(prefix, "ChannelState") {
            "0" | "1" | "2" => State::Down,
            "3" | "4" | "8" => State::Calling,
            "5" => State::Ringing,
            "6" => State::Up,
            _ => self.state,
        };
        let name = match message.get_of(prefix, "Channel") {
            // Spyer, Spyee and the like.
            "" if !prefix.is_empty() => message.get_of(prefix, ""),
            name => name,
        };
        if !name.is_empty() && name != self.name {
            self.rename(served, name);
        }
    }

    pub(super) fn rename(&mut self, served: &Served, name: &str) {
        name.clone_into(&mut self.name);
        self.kind = kind(served, name);
    }

    pub(super) const fn phone(&self) -> Option<&Extension> {
        match &self.kind {
            Kind::Phone(exten) => Some(exten),
            Kind::Outside | Kind::Local(_) | Kind::Inner => None,
        }
    }

    /// Whether its phone rings.
    pub(super) const fn rings(&self) -> bool {
        matches!(self.state, State::Ringing) || (self.alerts && matches!(self.state, State::Down))
    }

    /// Whether it is a party's end of a call.
    pub(super) const fn is_party(&self) -> bool {
        matches!(self.kind, Kind::Phone(_) | Kind::Outside)
    }

    /// The call's first leg.
    pub(super) fn is_first(&self) -> bool {
        self.unique == self.linked
    }
}

fn kind(served: &Served, name: &str) -> Kind {
    let Some((technology, rest)) = name.split_once('/') else { return Kind::Inner };
    // Left over from a masquerade.
    if name.contains(['<', '>']) {
        return Kind::Inner;
    }
    match technology {
        // An agent may have a phone that is dialled through the dialplan. Then the near half is the agent's leg, and everything
        // behind it is ignored.
        "Local" if served.channel(name).is_some() => match (rest.ends_with(";1"), served.channel(name)) {
            (true, Some(exten)) => Kind::Phone(exten),
            (_, _) => Kind::Inner,
        },
        "Local" => match rest.rsplit_once(';') {
            Some((_, "1")) => Kind::Local(format!("{}2", name.strip_suffix('1').unwrap_or(name))),
            Some((_, "2")) => Kind::Local(format!("{}1", name.strip_suffix('2').unwrap_or(name))),
            Some(_) | None => Kind::Inner,
        },
        "Announcer"
        | "AsyncGoto"
        | "Bridge"
        | "CBAnn"
        | "CBRec"
        | "Message"
        | "MulticastRTP"
        | "OutgoingSpoolFailed"
        | "Parked"
        | "Recorder"
        | "Snoop"
        | "Surrogate"
        | "UnicastRTP" => Kind::Inner,
        _ => served.channel(name).map_or(Kind::Outside, Kind::Phone),
    }
}
