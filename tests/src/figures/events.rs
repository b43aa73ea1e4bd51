//! What the PBX's events cost by themselves, from bytes to what agents would see: without sockets, on one core.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use uncall_asterisk::offline::Offline;

use super::ami::day::MIX;
use super::ami::extens;
use super::ami::trace::{Filling, Form, NUMBERS};
use super::load::f64_of;
use super::sample::{Sample, millis};
use super::table::Table;

const MEMBERS: [u32; 3] = [100, 200, 400];
const RUNS: usize = 9;
/// Calls of a run.
const CALLS: u64 = 2_000;
/// Aims.
const RING: Duration = Duration::from_millis(20);
const RING_LOCAL: Duration = Duration::from_millis(60);
const RATE: f64 = 50_000.0;
const ALLOCATIONS: f64 = 10.0;

/// Measures all of it.
pub fn measure(table: &mut Table) -> Result<()> {
    for members in MEMBERS {
        for local in [false, true] {
            let aim = if local { RING_LOCAL } else { RING };
            let mut runs = Vec::new();
            for _ in 0..RUNS {
                runs.push(ring(members, local)?);
            }
            let middle = runs.into_iter().collect::<Sample>().quantile(50);
            let how = if local { ", members as Local channels" } else { "" };
            let what = format!("a group rings {members} phones until one answers{how}");
            if members == 400 {
                table.aimed(&what, &format!("≤ {}", millis(aim)), millis(middle), middle <= aim);
            } else {
                table.plain(&what, millis(middle));
            }
        }
    }
    day(table)
}

/// Calls of every recorded kind, ten at a time.
fn day(table: &mut Table) -> Result<()> {
    let folder = crate::tests_folder().join("../crates/asterisk/fixtures/ami");
    let mut text = String::new();
    let mut events = 0_u64;
    let mut first = NUMBERS;
    let mut forms = Vec::new();
    for (name, count) in MIX {
        let form = Form::read(&std::fs::read_to_string(folder.join(format!("{name}.txt")))?)?;
        forms.push((form, count));
    }
    let turns = CALLS / 20;
    for _ in 0..turns {
        for (form, count) in &forms {
            for _ in 0..*count {
                let agents = extens(u32::try_from(form.agents)?);
                let filling = Filling { agents, first };
                first += NUMBERS;
                for event in form.sections.iter().flatten() {
                    event.write(&filling, &mut text)?;
                    events += 1;
                }
            }
        }
    }
    let mut rates = Vec::new();
    let mut allocations = 0;
    for _ in 0..RUNS {
        let mut bytes = text.as_bytes().into();
        let mut pbx = offline(2_000)?;
        let began = on_core()?;
        let mut result = Ok(Vec::new());
        let counted = allocation_counter::measure(|| result = pbx.read(&mut bytes, Timestamp::UNIX_EPOCH));
        rates.push(on_core()? - began);
        allocations = counted.count_total;
        ensure!(!result?.is_empty(), "nobody would have seen anything");
        pbx.check().ok().context("the model does not fit together")?;
    }
    let middle = rates.into_iter().collect::<Sample>().quantile(50);
    let rate = f64_of(events) / middle.as_secs_f64();
    table.aimed("events of the PBX on one core", "≥ 50 000 /s", format!("{rate:.0} /s"), rate >= RATE);
    let each = f64_of(allocations) / f64_of(events);
    table.aimed("… allocations of each", "≤ 10", format!("{each:.1}"), each <= ALLOCATIONS);
    Ok(())
}

/// A model that knows these phones.
fn offline(phones: u32) -> Result<Offline> {
    let mut devices = String::new();
    for exten in extens(phones) {
        write!(devices, "Event: DeviceStateChange\r\nDevice: PJSIP/{exten}\r\nState: NOT_INUSE\r\n\r\n")?;
    }
    let mut pbx = Offline::new()?;
    pbx.list(b"", &BTreeMap::new(), Some(devices.as_bytes()), Timestamp::UNIX_EPOCH)?;
    Ok(pbx)
}

/// One cycle of a group: all ring, one answers, the others stop, everybody hangs up.
fn ring(members: u32, local: bool) -> Result<Duration> {
    let extens = extens(members);
    let mut text = String::new();
    let trunk = Channel { name: "PJSIP/trunk-00000000", unique: "1800000000.0", number: "13421829060" };
    trunk.event(&mut text, "Newchannel", 4, "")?;
    let each: u64 = if local { 3 } else { 1 };
    let names: Vec<[(String, String); 3]> = extens
        .iter()
        .zip(0_u64..)
        .map(|(exten, at)| {
            let unique = |more: u64| format!("1800000000.{}", 1 + at * each + more);
            let phone = (format!("PJSIP/{exten}-{at:08x}"), unique(each - 1));
            let half = |end: u64| (format!("Local/{exten}@members-{at:08x};{end}"), unique(end - 1));
            [phone, half(1), half(2)]
        })
        .collect();
    for (exten, [phone, one, two]) in extens.iter().zip(&names) {
        let (phone, one, two) = (of(phone, exten), of(one, exten), of(two, exten));
        if local {
            one.event(&mut text, "Newchannel", 0, "")?;
            two.event(&mut text, "Newchannel", 4, "")?;
            trunk.dials(&mut text, "DialBegin", &one, 0, "")?;
            phone.event(&mut text, "Newchannel", 0, "")?;
            two.dials(&mut text, "DialBegin", &phone, 0, "")?;
            phone.event(&mut text, "Newstate", 5, "")?;
            one.event(&mut text, "Newstate", 5, "")?;
        } else {
            phone.event(&mut text, "Newchannel", 0, "")?;
            trunk.dials(&mut text, "DialBegin", &phone, 0, "")?;
            phone.event(&mut text, "Newstate", 5, "")?;
        }
    }
    for (at, (exten, [phone, one, two])) in extens.iter().zip(&names).enumerate() {
        let (phone, one, two) = (of(phone, exten), of(one, exten), of(two, exten));
        let dialler = if local { &two } else { &trunk };
        if at == 0 {
            phone.event(&mut text, "Newstate", 6, "")?;
            dialler.dials(&mut text, "DialEnd", &phone, 6, "DialStatus: ANSWER\r\n")?;
            if local {
                phone.event(&mut text, "BridgeEnter", 6, "BridgeUniqueid: b\r\nBridgeTechnology: simple_bridge\r\n")?;
                two.event(&mut text, "BridgeEnter", 6, "BridgeUniqueid: b\r\nBridgeTechnology: simple_bridge\r\n")?;
                trunk.dials(&mut text, "DialEnd", &one, 6, "DialStatus: ANSWER\r\n")?;
            }
            let entering = if local { &one } else { &phone };
            entering.event(&mut text, "BridgeEnter", 6, "BridgeUniqueid: c\r\nBridgeTechnology: simple_bridge\r\n")?;
            trunk.event(&mut text, "BridgeEnter", 6, "BridgeUniqueid: c\r\nBridgeTechnology: simple_bridge\r\n")?;
        } else {
            dialler.dials(&mut text, "DialEnd", &phone, 5, "DialStatus: CANCEL\r\n")?;
            phone.event(&mut text, "Hangup", 5, "Cause: 26\r\n")?;
            if local {
                one.event(&mut text, "Hangup", 5, "Cause: 26\r\n")?;
                two.event(&mut text, "Hangup", 4, "Cause: 26\r\n")?;
            }
        }
    }
    for (exten, [phone, one, two]) in extens.iter().zip(&names).take(1) {
        of(phone, exten).event(&mut text, "Hangup", 6, "Cause: 16\r\n")?;
        if local {
            of(one, exten).event(&mut text, "Hangup", 6, "Cause: 16\r\n")?;
            of(two, exten).event(&mut text, "Hangup", 6, "Cause: 16\r\n")?;
        }
    }
    trunk.event(&mut text, "Hangup", 6, "Cause: 16\r\n")?;

    let mut pbx = offline(members)?;
    let mut bytes = text.as_bytes().into();
    let began = on_core()?;
    let changes = pbx.read(&mut bytes, Timestamp::UNIX_EPOCH)?;
    let took = on_core()? - began;
    // Each rings and ends, and one talks meanwhile.
    let expected = usize::try_from(members)? * 2 + 1;
    ensure!(changes.len() == expected, "{} changes instead of {expected}", changes.len());
    ensure!(pbx.legs().is_empty(), "legs are left");
    Ok(took)
}

/// Processor time of this thread so far: others may use the machine too.
fn on_core() -> Result<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(Duration::from_nanos(text.split(' ').next().context("no processor time")?.parse()?))
}

/// A channel as events show it.
struct Channel<'a> {
    name: &'a str,
    unique: &'a str,
    number: &'a str,
}

fn of<'a>((name, unique): &'a (String, String), number: &'a str) -> Channel<'a> {
    Channel { name, unique, number }
}

impl Channel<'_> {
    fn event(&self, text: &mut String, event: &str, state: u8, more: &str) -> Result<()> {
        write!(text, "Event: {event}\r\nPrivilege: call,all\r\n")?;
        self.shown(text, "", state)?;
        write!(text, "{more}\r\n")?;
        Ok(())
    }

    fn dials(&self, text: &mut String, event: &str, dest: &Channel<'_>, state: u8, more: &str) -> Result<()> {
        write!(text, "Event: {event}\r\nPrivilege: call,all\r\n")?;
        self.shown(text, "", 4)?;
        dest.shown(text, "Dest", state)?;
        write!(text, "{more}DialString: x\r\n\r\n")?;
        Ok(())
    }

    fn shown(&self, text: &mut String, prefix: &str, state: u8) -> Result<()> {
        let Channel { name, unique, number } = self;
        for (header, value) in [
            ("Channel", *name),
            ("ChannelState", &state.to_string()),
            ("ChannelStateDesc", "Some"),
            ("CallerIDNum", number),
            ("CallerIDName", "<unknown>"),
            ("ConnectedLineNum", "13421829060"),
            ("ConnectedLineName", "<unknown>"),
            ("Language", "en"),
            ("AccountCode", ""),
            ("Context", "from-trunk"),
            ("Exten", "891"),
            ("Priority", "2"),
            ("Uniqueid", unique),
            ("Linkedid", "1800000000.0"),
        ] {
            write!(text, "{prefix}{header}: {value}\r\n")?;
        }
        Ok(())
    }
}
