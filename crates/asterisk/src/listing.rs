//! Requests lists from the PBX.

use std::collections::{BTreeSet, HashMap};

use futures::future::join_all;
use futures::{StreamExt, TryStreamExt};
use jiff::Timestamp;

use super::action::{Action, Unfit};
use super::link::LinkError;
use super::message::Message;
use super::model::Lists;
use super::state::Shared;
use super::version;

/// The most simultaneous queries to a PBX that has to be asked one by one.
const AT_ONCE: usize = 64;

/// How much to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Extent {
    /// Who is busy.
    Presences,
    /// The channels.
    Channels,
    /// Channels, devices, who is busy.
    All,
    /// After a (re)connect: the same, and release legs that nobody waits for any more.
    Everything,
}

/// The result.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) extent: Extent,
    pub(super) lists: Option<Lists>,
    /// Who is busy, and the count of settings at the time of the query.
    pub(super) busy: Option<(BTreeSet<String>, u64)>,
    /// `QueueStatus`, if it was asked for and the PBX has queues.
    pub(super) queues: Option<Vec<Message>>,
}

pub(super) async fn ask(shared: &Shared, extent: Extent) -> Result<Listed, LinkError> {
    if extent == Extent::Everything {
        look_at_version(shared).await;
    }
    let channels = extent >= Extent::Channels;
    if channels {
        shared.lock().model.lists_asked();
    }
    let lists = if channels { Some(lists(shared, extent).await?) } else { None };
    let devices = lists.as_ref().and_then(|lists| lists.devices.as_deref());
    let busy = if extent == Extent::Channels { None } else { busy(shared, devices).await? };
    let queues = queues(shared, extent).await?;
    Ok(Listed { extent, lists, busy, queues })
}

/// Members and callers of all queues. Listed rarely if events report them; without the right `agent`, as often as who is busy.
async fn queues(shared: &Shared, extent: Extent) -> Result<Option<Vec<Message>>, LinkError> {
    {
        let model = &mut shared.lock().model;
        if extent == Extent::Channels || (extent == Extent::Presences && model.hears_of_queues()) {
            return Ok(None);
        }
        model.queues_asked();
    }
    match shared.link.ask(Action::new("QueueStatus")).await {
        Ok(answer) => Ok(Some(answer.items)),
        // A PBX without app_queue.
        Err(LinkError::Refused(_)) => Ok(None),
        Err(LinkError::Lost) => {
            tracing::warn!("the PBX did not list its queues in time");
            Ok(None)
        }
        Err(error @ LinkError::NotConnected) => Err(error),
    }
}

/// Logs at once if this PBX is too old.
async fn look_at_version(shared: &Shared) {
    // Without the right to ask, the version is unknown.
    let Ok(answer) = shared.link.ask(Action::new("CoreSettings")).await else { return };
    if let Some(why) = version::too_old(answer.response.get("AsteriskVersion")) {
        tracing::error!("{why}");
    }
}

async fn lists(shared: &Shared, extent: Extent) -> Result<Lists, LinkError> {
    let channels = whole(shared, shared.link.ask(Action::new("CoreShowChannels")).await?.items).await?;
    let at = Some(Timestamp::now());
    let bridges = bridges(shared, &channels).await?;
    let devices = match extent {
        Extent::All | Extent::Everything => Some(shared.link.ask(Action::new("DeviceStateList")).await?.items),
        Extent::Presences | Extent::Channels => None,
    };
    let unheard = match &devices {
        Some(devices) => unheard(shared, devices).await?,
        None => Vec::new(),
    };
    let waiting = |contexts: &'static [&'static str]| {
        let waits = |item: &&Message| contexts.contains(&item.get("Context")) && item.get("BridgeId").is_empty();
        channels.iter().filter(waits).map(|item| item.get("Uniqueid").to_owned()).collect::<Vec<_>>()
    };
    let (held, transferred) = (waiting(&["uncall-hold"]), waiting(&["uncall-xfer", "uncall-xfer-out"]));
    let holders = variables(shared, "UNCALL_HOLDER", &held).await?;
    let peers = variables(shared, "UNCALL_PEER", &[held, transferred].concat()).await?;
    let mut phone_holds = HashMap::new();
    if extent == Extent::Everything {
        // Only while no verb can be in progress, because a hold that is about to begin has set the same mark.
        release(shared, &channels).await?;
        phone_holds = held_by_phones(shared, &channels).await?;
    }
    Ok(Lists { channels, peers, holders, bridges, devices, unheard, phone_holds, at })
}

/// Which calls agents' phones hold by their own key. With PJSIP the PBX knows it for each leg. Events report later changes.
async fn held_by_phones(shared: &Shared, channels: &[Message]) -> Result<HashMap<String, bool>, LinkError> {
    let legs: Vec<String> = {
        let model = &shared.lock().model;
        let phone = |item: &&Message| {
            let name = item.get("Channel");
            name.starts_with("PJSIP/") && item.get("ChannelState") == "6" && model.is_phone(name)
        };
        channels.iter().filter(phone).map(|item| item.get("Uniqueid").to_owned()).collect()
    };
    let held = variables(shared, "CHANNEL(rtp,hold)", &legs).await?;
    Ok(held.into_iter().filter(|(_, value)| !value.is_empty()).map(|(leg, value)| (leg, value == "1")).collect())
}

/// Replaces items torn by a caller's text with what the PBX says about each. A channel's name and state come before anything that
/// a caller may have written, its bridge after it; the rest is queried.
async fn whole(shared: &Shared, items: Vec<Message>) -> Result<Vec<Message>, LinkError> {
    let (mut whole, torn): (Vec<Message>, Vec<Message>) = items.into_iter().partition(Message::is_whole);
    let names: Vec<String> = torn.iter().map(|item| item.get("Channel").to_owned()).collect();
    let uniques = variables(shared, "UNIQUEID", &names).await?;
    let linkeds = variables(shared, "CHANNEL(linkedid)", &names).await?;
    let contexts = variables(shared, "CONTEXT", &names).await?;
    for item in &torn {
        let name = item.get("Channel");
        let said = |of: &HashMap<String, String>| of.get(name).cloned().unwrap_or_default();
        let (unique, linked, context) = (said(&uniques), said(&linkeds), said(&contexts));
        // It has ended meanwhile.
        if unique.is_empty() {
            continue;
        }
        whole.push(Message::of(&[
            ("Event", "CoreShowChannel"),
            ("Channel", name),
            ("ChannelState", item.get("ChannelState")),
            ("CallerIDNum", item.get("CallerIDNum")),
            ("CallerIDName", item.get("CallerIDName")),
            ("ConnectedLineNum", item.get("ConnectedLineNum")),
            ("Context", &context),
            ("Exten", item.get("Exten")),
            ("Uniqueid", &unique),
            ("Linkedid", if linked.is_empty() { &unique } else { &linked }),
            ("BridgeId", item.last("BridgeId")),
        ]));
    }
    Ok(whole)
}

/// The states of phones that the settings name but no list contains, because nothing has happened to them yet.
async fn unheard(shared: &Shared, devices: &[Message]) -> Result<Vec<(String, String)>, LinkError> {
    let unheard = shared.lock().model.unheard(devices);
    let asks = unheard.iter().map(|device| async move {
        let Ok(action) = global(&format!("DEVICE_STATE({})", device.key())) else { return Ok(None) };
        match shared.link.ask(action).await {
            Ok(answer) => Ok(Some((device.key().to_owned(), answer.response.get("Value").to_owned()))),
            Err(error) => absent(error).map(|()| None),
        }
    });
    let asked: Result<Vec<_>, LinkError> = join_all(asks).await.into_iter().collect();
    Ok(asked?.into_iter().flatten().collect())
}

/// Releases legs that were brought back together while the gateway was away: the agent's leg no longer waits for them. (If it
/// still waits, because another program has moved its party, the mark remains to end it.)
async fn release(shared: &Shared, channels: &[Message]) -> Result<(), LinkError> {
    let back = channels.iter().filter(|item| item.get("Context") == "uncall-hold" && !item.get("BridgeId").is_empty());
    let bridges: HashMap<String, &str> =
        back.map(|item| (item.get("Uniqueid").to_owned(), item.get("BridgeId"))).collect();
    let legs: Vec<String> = bridges.keys().cloned().collect();
    for (unique, peer) in variables(shared, "UNCALL_PEER", &legs).await? {
        let together = channels.iter().any(|item| {
            item.get("Channel") == peer && bridges.get(&unique).is_some_and(|bridge| *bridge == item.get("BridgeId"))
        });
        if together && let Ok(action) = set(&unique, "UNCALL_PEER", "") {
            shared.link.ask(action).await.map(drop).or_else(absent)?;
        }
    }
    Ok(())
}

/// The technology of each bridge, because parked callers and waiting rooms are in bridges, too, but not in a conversation.
async fn bridges(shared: &Shared, channels: &[Message]) -> Result<HashMap<String, String>, LinkError> {
    if channels.iter().all(|item| item.get("BridgeId").is_empty()) {
        return Ok(HashMap::new());
    }
    match shared.link.ask(Action::new("BridgeList")).await {
        Ok(answer) => {
            let items = answer.items.iter();
            let technology =
                |item: &Message| (item.get("BridgeUniqueid").to_owned(), item.get("BridgeTechnology").to_owned());
            Ok(items.map(technology).collect())
        }
        Err(error) => absent(error).map(|()| HashMap::new()),
    }
}

/// A variable of each of these legs, without legs that have gone meanwhile.
async fn variables(shared: &Shared, name: &str, legs: &[String]) -> Result<HashMap<String, String>, LinkError> {
    let asks = futures::stream::iter(legs.to_vec()).map(|unique| async move {
        let Ok(action) = get(&unique, name) else { return Ok(None) };
        match shared.link.ask(action).await {
            Ok(answer) => Ok(Some((unique, answer.response.get("Value").to_owned()))),
            Err(error) => absent(error).map(|()| None),
        }
    });
    asks.buffer_unordered(AT_ONCE).try_filter_map(async |variable| Ok(variable)).try_collect().await
}

/// The value of a global variable or of a function.
pub(super) fn global(variable: &str) -> Result<Action, Unfit> {
    Action::new("Getvar").with("Variable", variable)
}

pub(super) fn get(channel: &str, variable: &str) -> Result<Action, Unfit> {
    Action::new("Getvar").with("Channel", channel)?.with("Variable", variable)
}

pub(super) fn set(channel: &str, variable: &str, value: &str) -> Result<Action, Unfit> {
    Action::new("Setvar").with("Channel", channel)?.with("Variable", variable)?.with("Value", value)
}

/// Ignores a refusal, which means that the object does not exist, but passes on a lost connection.
fn absent(error: LinkError) -> Result<(), LinkError> {
    match error {
        LinkError::Refused(_) => Ok(()),
        LinkError::NotConnected | LinkError::Lost => Err(error),
    }
}

/// The keys of the database's family `DND`.
async fn busy(shared: &Shared, devices: Option<&[Message]>) -> Result<Option<(BTreeSet<String>, u64)>, LinkError> {
    let asked = shared.lock().model.settings();
    let Ok(tree) = Action::new("DBGetTree").with("Family", "DND") else { return Ok(None) };
    match shared.link.ask(tree).await {
        Ok(answer) => {
            let keys = answer.items.iter().filter_map(|item| item.get("Key").rsplit_once('/'));
            Ok(Some((keys.map(|(_, exten)| exten.to_owned()).collect(), asked)))
        }
        // An older Asterisk without DBGetTree: one by one, and only when everything is listed.
        Err(LinkError::Refused(_)) => match devices {
            Some(devices) => Ok(Some((one_by_one(shared, devices).await?, asked))),
            None => Ok(None),
        },
        Err(error @ (LinkError::NotConnected | LinkError::Lost)) => Err(error),
    }
}

/// Asks for each extension's key, some at a time: of thousands at once the last would be answered after their deadline.
async fn one_by_one(shared: &Shared, devices: &[Message]) -> Result<BTreeSet<String>, LinkError> {
    let extens = shared.lock().model.extensions(devices);
    let asks = futures::stream::iter(extens).map(|exten| async move {
        let action = Action::new("DBGet").with("Family", "DND").and_then(|action| action.with("Key", exten.as_str()));
        let Ok(action) = action else { return Ok(None) };
        match shared.link.ask(action).await {
            Ok(_) => Ok(Some(exten.as_str().to_owned())),
            Err(error) => absent(error).map(|()| None),
        }
    });
    asks.buffer_unordered(AT_ONCE).try_filter_map(async |exten| Ok(exten)).try_collect().await
}
