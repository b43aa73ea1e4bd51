//! What the line tells, in the desk's words.

use std::{collections::BTreeMap, time::Duration};

use uncall_contract::Direction;
use uncall_desk::{
    line::{Device, Leg, LegEnd, LegState, Said, Sound},
    problem::Problem,
};
use uncall_phone::{self as own, DeviceChange, LineEvent, Quality, Refused, TroubleKind, Why};

/// What a line said last, for a desk that comes later.
#[derive(Debug, Default)]
pub(super) struct Told {
    legs: BTreeMap<u64, Said>,
    state: Option<Said>,
    /// Of microphone and headphones: a device is gone.
    gone: [bool; 2],
}

impl Told {
    pub(super) fn is_in_call(&self) -> bool {
        !self.legs.is_empty()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = Said> + '_ {
        self.legs.values().chain(&self.state).cloned()
    }

    /// What the desk is told of an event.
    pub(super) fn said(&mut self, event: LineEvent) -> Option<Said> {
        let said = match event {
            LineEvent::Registering => Said::Registering,
            LineEvent::Registered => Said::Registered,
            LineEvent::Lost { why, .. } => Said::Lost(Problem::new(trouble(why.kind), &why.detail)),
            LineEvent::Leg(leg) => {
                let (id, said) = (leg.id.0, Said::Leg(self::leg(*leg)));
                if matches!(&said, Said::Leg(leg) if leg.state.is_over()) {
                    self.legs.remove(&id);
                } else {
                    self.legs.insert(id, said.clone());
                }
                return Some(said);
            }
            LineEvent::Quality(quality) => return Some(Said::Sound { leg: quality.leg.0, sound: sound(&quality) }),
            // Nothing asks for an echo test yet.
            LineEvent::Echo { .. } => return None,
            LineEvent::Device(change) => return self.device(change).map(Said::Device),
        };
        self.state = Some(said.clone());
        Some(said)
    }

    /// Worth telling is what takes the place of a device that is gone, and that one's return.
    fn device(&mut self, change: DeviceChange) -> Option<Device> {
        let [headphones, microphone] = &mut self.gone;
        let gone = if change.microphone { microphone } else { headphones };
        if change.lost.is_some() {
            *gone = true;
            return None;
        }
        if !std::mem::replace(gone, *gone && !change.chosen) {
            return None;
        }
        Some(Device { name: change.device.unwrap_or_default(), gone: !change.chosen })
    }
}

const fn trouble(kind: TroubleKind) -> &'static str {
    match kind {
        TroubleKind::WrongSecret => "line_wrong_secret",
        TroubleKind::UnknownUser => "line_unknown_user",
        TroubleKind::Refused => "line_refused",
        TroubleKind::NoSuchHost => "line_no_host",
        TroubleKind::NoNetwork => "line_no_network",
        TroubleKind::Unreachable => "line_unreachable",
        TroubleKind::CertificateRefused => "line_certificate",
        TroubleKind::NoTls => "line_no_tls",
    }
}

pub(super) fn problem(refused: &Refused) -> Problem {
    let (code, detail) = match refused {
        Refused::NoSuchLeg => ("no_such_call", String::new()),
        Refused::WrongState => ("not_now", String::new()),
        Refused::OnHold => ("keys_on_hold", String::new()),
        Refused::NotRegistered => ("line_not_registered", String::new()),
        Refused::TooMany => ("line_too_many", String::new()),
        Refused::NoNumber => ("callee_unknown", String::new()),
        Refused::NoKeys => ("keys_invalid", String::new()),
        Refused::ByOther { code, detail } => ("line_said", format!("{code} {detail}")),
        Refused::Unknown => ("outcome_unknown", String::new()),
        Refused::System(why) => ("line_system", why.clone()),
        Refused::Gone => ("no_phone", String::new()),
    };
    Problem::new(code, &detail)
}

fn leg(leg: own::Leg) -> Leg {
    Leg {
        id: leg.id.0,
        call_id: leg.call_id,
        uid: leg.uid,
        action: leg.action,
        direction: match leg.direction {
            own::Direction::Incoming => Direction::Callin,
            own::Direction::Outgoing => Direction::Callout,
        },
        number: leg.number,
        name: leg.name.unwrap_or_default(),
        state: match leg.state {
            own::LegState::Calling | own::LegState::Ringing => LegState::Ringing,
            own::LegState::Early => LegState::Early,
            own::LegState::Talking => LegState::Talking,
            own::LegState::Held => LegState::Held,
            own::LegState::Ended => LegState::Ended(leg.ended.map_or(LegEnd::HungUp, |ended| end_of(ended.why))),
        },
        consults: leg.consults.map(|other| other.0),
        held_by_other: leg.held_by_other,
        muted: leg.muted,
        codec: leg.codec.map(str::to_owned),
        encrypted: leg.encrypted,
        digits: leg.sent,
    }
}

const fn end_of(why: Why) -> LegEnd {
    match why {
        Why::Here | Why::There => LegEnd::HungUp,
        Why::GaveUp => LegEnd::GaveUp,
        Why::AnsweredElsewhere => LegEnd::AnsweredElsewhere,
        Why::Busy => LegEnd::Busy,
        Why::Declined => LegEnd::Declined,
        Why::NoAnswer => LegEnd::NoAnswer,
        Why::NoSuchNumber => LegEnd::NoSuchNumber,
        Why::Moved | Why::Refused => LegEnd::Refused,
        Why::NoCommonSound => LegEnd::NoCommonSound,
        Why::Silence => LegEnd::Silence,
        Why::Lost => LegEnd::Lost,
        Why::Transferred => LegEnd::Transferred,
    }
}

/// In whole numbers, which is all that a screen shows.
fn sound(quality: &Quality) -> Sound {
    // Within its bounds by `clamp`; what is no number is 0.
    let whole = |value: f64, least: f64, most: f64| value.clamp(least, most).round() as u8;
    let millis = |time: Duration| u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
    Sound {
        mos: whole(quality.mos * 10.0, 10.0, 45.0),
        loss: whole(quality.loss * 100.0, 0.0, 100.0),
        jitter: millis(quality.jitter),
        delay: millis(quality.delay),
        nothing_arrives: quality.nothing_arrives,
        microphone_silent: quality.microphone_silent,
        level: whole(f64::from(quality.levels.0) * 100.0, 0.0, 100.0),
    }
}

#[cfg(test)]
mod tests {
    use uncall_phone::LegId;

    use super::*;

    fn change(device: &str, lost: bool, chosen: bool) -> DeviceChange {
        DeviceChange {
            microphone: false,
            device: Some(device.to_owned()),
            lost: lost.then(|| "gone".to_owned()),
            chosen,
        }
    }

    #[test]
    fn a_device_is_told_of_when_it_is_gone_and_when_it_is_back() {
        let mut told = Told::default();
        assert_eq!(told.device(change("headset", false, true)), None, "as ever");
        assert_eq!(told.device(change("headset", true, true)), None, "not before it is known what takes its place");
        let instead = Device { name: "speakers".to_owned(), gone: true };
        assert_eq!(told.device(change("speakers", false, false)), Some(instead));
        let back = Device { name: "headset".to_owned(), gone: false };
        assert_eq!(told.device(change("headset", false, true)), Some(back));
        assert_eq!(told.device(change("headset", false, true)), None);
    }

    #[test]
    fn every_trouble_has_a_sentence() {
        let kinds = [
            TroubleKind::WrongSecret,
            TroubleKind::UnknownUser,
            TroubleKind::Refused,
            TroubleKind::NoSuchHost,
            TroubleKind::NoNetwork,
            TroubleKind::Unreachable,
            TroubleKind::CertificateRefused,
            TroubleKind::NoTls,
        ];
        let refusals = [
            Refused::NoSuchLeg,
            Refused::WrongState,
            Refused::OnHold,
            Refused::NotRegistered,
            Refused::TooMany,
            Refused::NoNumber,
            Refused::NoKeys,
            Refused::ByOther { code: 488, detail: "Not Acceptable Here".to_owned() },
            Refused::Unknown,
            Refused::System("no port".to_owned()),
            Refused::Gone,
        ];
        let codes = kinds.into_iter().map(|kind| trouble(kind).to_owned());
        for code in codes.chain(refusals.iter().map(|refused| problem(refused).code)) {
            assert!(uncall_desk::problem::CODES.contains(&code.as_str()), "{code}");
        }
    }

    #[test]
    fn figures_are_whole_and_within_bounds() {
        let quality = Quality {
            leg: LegId(1),
            codec: "PCMU",
            mos: f64::NAN,
            loss: 7.0,
            loss_there: None,
            jitter: Duration::MAX,
            delay: Duration::from_millis(61),
            nothing_arrives: false,
            microphone_silent: true,
            levels: (0.5, 0.0),
        };
        let sound = sound(&quality);
        assert_eq!((sound.loss, sound.jitter, sound.delay, sound.level), (100, u32::MAX, 61, 50));
    }
}
