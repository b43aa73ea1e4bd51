// The host's JSON, as crates/desk (snapshot, input, problem) and the panel's commands define it; tests/tests/it/page/shapes.rs
// compares the two.

/** RFC 3339, for showing the time of day. */
export type Timestamp = string;

/** An instant: on the wall clock, and in ms on the panel's clock, which nobody sets. Durations are counted on the latter. */
export interface Moment {
  at: Timestamp;
  ms: number;
}

export type Link = "unconfigured" | "connecting" | "push" | "poll" | "offline";
export type Presence = "idle" | "busy";
export type Direction = "callin" | "callout";
export type CallState = "ringing" | "talking" | "in_call" | "held" | "hold_unknown" | "transferring";
export type Missed = "no" | "yes" | "probably";
export type EndReason = "hangup" | "transferred" | "answered_elsewhere" | "no_answer";
export type Mood = "offline" | "idle" | "ringing" | "talking" | "held" | "busy";
export type Verb =
  | "dial" | "busy" | "idle" | "hold" | "restore" | "transfer"
  | "survey" | "listen" | "whisper" | "hang_up" | "play"
  | "answer" | "mute" | "dtmf" | "consult" | "complete" | "swap" | "back";

export type LineState = "registering" | "registered" | "lost";

/** The panel's own phone. */
export interface LineView {
  state: LineState;
  since: Moment;
  problem: Problem | null;
  /** Within the last half minute a device came or went: the phone goes on by this one. */
  device: { name: string; gone: boolean; at: Moment } | null;
}

/** How a call sounds: MOS in tenths, loss and level in per cent, times in ms. */
export interface Sound {
  mos: number;
  loss: number;
  jitter: number;
  delay: number;
  nothing_arrives: boolean;
  microphone_silent: boolean;
  level: number;
}

/** What the panel's own phone knows of a call. */
export interface PhoneView {
  name: string;
  muted: boolean;
  held_by_other: boolean;
  digits: string;
  /** Of a colleague who is asked: the call that it is about. */
  consults: string | null;
  codec: string | null;
  encrypted: boolean;
  sound: Sound | null;
}

export interface Problem {
  code: string;
  detail: string;
}

export interface Connection {
  state: Link;
  since: Moment;
  problem: Problem | null;
  /** How often the server is asked, where it cannot push. */
  poll_seconds: number | null;
  /** Since when the server has owed an answer, once that is longer than answers take. */
  silent_since: Moment | null;
}

export interface PresenceView {
  value: Presence | null;
  since: Moment | null;
  pending: Presence | null;
  /** What the desk will set by itself once the server can be reached again. */
  owed: Presence | null;
  reason: string | null;
  detail: "do_not_disturb" | "paused" | "partly_paused" | null;
  /** Set by somebody else, against what this panel had set. */
  elsewhere: boolean;
  /** Busy when the last call is over. */
  after_call: boolean;
  /** Busy because nobody was at the desk, and somebody is back. */
  back: boolean;
  wrap_up: WrapUp | null;
  /** The call whose result has to be chosen before the extension is idle again. */
  missing: { uid: string; other: string } | null;
  /** The reasons that are offered; none for the page's own. */
  reasons: string[];
}

/** The time after a call. */
export interface WrapUp {
  uid: string;
  other: string;
  since: Moment;
  until: Moment;
}

/** Somebody whose number it may be. */
export interface Who {
  name: string;
  company: string;
}

export interface CallView {
  uid: string;
  calla: string;
  callb: string;
  other: string;
  /** Who that may be, the surest first. */
  who: Who[];
  direction: Direction;
  state: CallState;
  since: Moment;
  began: Moment;
  answered: Moment | null;
  /** The server did not name it the last time. */
  unconfirmed: boolean;
  /** The agent may say that it is over. */
  closable: boolean;
  /** The call, perhaps over, that the server may take in place of this one: until it is said to be over, verbs could meet it. */
  behind: string | null;
  survey: boolean;
  /** The panel's own phone has it. */
  phone: PhoneView | null;
  /** It has been on hold for longer than the settings have it. */
  held_long: boolean;
  pending: Verb | null;
  verbs: Verb[];
}

export interface Notice {
  verb: Verb;
  uid: string | null;
  target: string | null;
  problem: Problem;
  at: Moment;
}

/** The call that a verb means when none is named: with keys and in the tray. */
export interface Targets {
  hold: string | null;
  restore: string | null;
  transfer: string | null;
  survey: string | null;
  hang_up: string | null;
  answer: string | null;
  mute: string | null;
}

export interface Member {
  exten: string;
  name: string | null;
  presence: Presence;
  state: "unavailable" | "free" | "ringing" | "talking" | "held" | "transferring";
  since: Moment;
  pending: "listen" | "whisper" | null;
}

/** A line of the journal. */
/** What today was made of, in seconds. */
export interface Totals {
  /** Missed ones included. */
  incoming: number;
  outgoing: number;
  missed: number;
  /** Connected and not on hold. */
  talk: number;
  hold: number;
  idle: number;
  /** By reason, longest first. */
  busy: { reason: string | null; seconds: number }[];
}

export interface Row {
  id: number;
  /** Which life of its uid it is. */
  life: number;
  server: string;
  extension: string;
  uid: string;
  calla: string;
  callb: string;
  other: string;
  /** Who that is, where it was known. */
  name: string | null;
  direction: Direction;
  began: Timestamp;
  rings_since: Timestamp | null;
  answered: Timestamp | null;
  holds: Hold[];
  transfers: Transfer[];
  /** Nothing while it is up. */
  ended: Timestamp | null;
  /** Nobody saw the end: the call was seen until `ended`. */
  end_seen: boolean;
  departure: Departure | null;
  talked_seconds: number | null;
  reason: EndReason | null;
  missed: Missed;
  /** How often it was offered, as by a queue in rounds. */
  offers: number;
  survey: boolean;
  recording: string | null;
  popped: boolean;
  note: string;
  disposition: string | null;
  second: string | null;
  seen: boolean;
  /** Missed, and nobody has called back. */
  owed: boolean;
}

export interface Hold {
  from: Timestamp;
  to: Timestamp | null;
}

export interface Transfer {
  at: Timestamp;
  target: string;
}

export type Departure = "ended" | "by_verb" | "vanished" | "disproved" | "closed";

export type Kind = "in" | "out" | "missed" | "owed" | "noted";

/** Which lines of the journal are wanted. */
export interface Filter {
  text: string;
  from: Timestamp | null;
  to: Timestamp | null;
  kind: Kind | null;
  disposition: string | null;
  before: number | null;
  limit: number | null;
}

export interface Page {
  rows: Row[];
  more: boolean;
}

/** What is known of who is at the other end of a call. */
export interface Caller {
  this: Row | null;
  /** Calls before this one today. */
  today: number;
  earlier: Row[];
  noted: Row | null;
}

export interface Disposition {
  name: string;
  seconds: string[];
}

/** How many contacts there are, and where from. */
export interface ContactsView {
  count: number;
  /** Those that were imported. */
  own: number;
  files: ContactsFile[];
}

export interface ContactsFile {
  file: string;
  count: number;
  skipped: number;
  problem: Problem | null;
}

/** Somebody who may be meant by what is typed. */
export interface Suggestion {
  number: string;
  name: string;
  company: string;
  label: string;
  of: "favourites" | "recent" | "team" | "contacts";
  favourite: boolean;
}

/** What a file of contacts would bring. */
export interface Preview {
  file: string;
  kind: "csv" | "v_card";
  encoding: "utf8" | "utf16" | "gbk";
  count: number;
  replaces: number;
  columns: { at: number; heading: string; meaning: "name" | "family" | "given" | "company" | "number" | "label" }[];
  first: { name: string; company: string; telephones: { number: string; label: string }[] }[];
  skipped: { line: number; why: "no_name" | "no_number" | "not_a_number" | "broken" }[];
  skipped_in_all: number;
}

/** How the journal stands. */
export interface JournalView {
  unseen: number;
  last: Row | null;
  problem: Problem | null;
  dispositions: Disposition[];
}

export interface Snapshot {
  /** The panel's clock when this was sent, in ms. */
  clock: number;
  extension: string;
  /** Who sits at it, where that is known. */
  name: string | null;
  connection: Connection;
  /** The panel's own phone, where it is switched on. */
  line: LineView | null;
  presence: PresenceView;
  calls: CallView[];
  targets: Targets;
  team: Member[] | null;
  pending: Verb[];
  notice: Notice | null;
  popups: string[];
  /** The link's number that is about to dial itself. */
  countdown: { dialled: string; until: Moment } | null;
  mood: Mood;
}

export type Intent =
  | { do: "idle" | "busy" | "stop_countdown" | "wrap_up_more" | "wrap_up_done" }
  | { do: "busy"; reason: string }
  | { do: "busy_after"; on: boolean }
  | { do: "dial"; number: string; sure: boolean }
  | { do: "hold" | "restore" | "survey" | "hang_up" | "dismiss" | "over" | "screen_pop"; uid: string }
  | { do: "answer" | "complete" | "swap" | "back"; uid: string }
  | { do: "mute"; uid: string; on: boolean }
  | { do: "dtmf"; uid: string; digits: string }
  | { do: "consult"; uid: string; target: string; sure: boolean }
  | { do: "transfer"; uid: string; target: string; sure: boolean }
  | { do: "listen" | "whisper"; target: string };

/** What a rule of the screen pop would do. */
export interface Tried {
  /** The rule, in one line. */
  rule: string;
  does: string | null;
  /** Why nothing would come of it. */
  problem: Problem | null;
}

export type Language = "zh-CN" | "en";

export type LoginKind = "none" | "password" | "token";

export type Notify = "always" | "hidden" | "never";

export type SettingKey =
  | "server" | "extension" | "login" | "language" | "follow_wsdl_host" | "recordings"
  | "popup_callout" | "popup_warm_minutes" | "popup_place" | "poll_seconds" | "notify" | "letter_keys" | "mask_numbers" | "popup_private" | "contacts" | "contacts_url" | "screen_pop" | "screen_pop_schemes"
  | "phone.enabled" | "phone.registrar" | "phone.user" | "phone.secret" | "phone.input" | "phone.output" | "phone.ring_on"
  | "phone.echo" | "phone.noise" | "phone.gain"
  | "busy_reasons" | "busy_when_locked" | "busy_when_idle_minutes" | "wrap_up_seconds" | "wrap_up_after" | "hold_alert_seconds" | "dispositions" | "dispositions_required" | "journal_days"
  | "link_countdown" | "number.country" | "number.area" | "number.outside_prefix" | "number.mobile_zero" | "number.local_mobiles" | "number.internal"
  | "number.replace" | "number.block" | "number.ask" | "number.hours";

/** Where a value comes from, the strongest first. */
export type Source = "locked_policy" | "user" | "environment" | "system" | "default_policy" | "default";

export interface Settings {
  server: string;
  extension: string;
  login: LoginKind;
  user: string;
  secret_set: boolean;
  in_keyring: boolean;
  language: Language;
  language_choice: "system" | Language;
  popup_callout: boolean;
  follow_wsdl_host: boolean;
  poll_seconds: number;
  notify: Notify;
  /** `pointer`, a corner like `top-left`, or a corner and a screen: `top-left on primary`, `top-left on HDMI-1`. */
  popup_place: string;
  letter_keys: boolean;
  mask_numbers: boolean;
  popup_private: boolean;
  phone: PhoneSettings;
  busy_reasons: string[];
  busy_when_locked: boolean;
  busy_when_idle_minutes: number;
  wrap_up_seconds: number;
  wrap_up_after: "all" | "callin" | "callout";
  hold_alert_seconds: number;
  dispositions: string[];
  dispositions_required: "never" | "in" | "out" | "both";
  link_countdown: boolean;
  journal_days: number;
  /** Whether this system can leave the pop-up out of its pictures. */
  can_hide_popup: boolean;
  /** Of the values that are neither the user's nor the panel's own. */
  sources: Partial<Record<SettingKey, Source>>;
  /** Where what is locked is written. */
  policy: string;
  configured: boolean;
  demo: boolean;
  problem: Problem | null;
  /** Name under which a save keeps the settings file, when that cannot be read. */
  kept_as: string | null;
  version: string;
}

/** How well the desk hears its server; times in milliseconds. */
export interface Quality {
  polls: number;
  late_p50: number;
  late_p95: number;
  longest_gap: number;
  missed: number;
  events: number;
  event_p50: number;
  event_p95: number;
  losses: number;
}

/** The panel as the phone. Devices by name; empty is the system's choice. */
export interface PhoneSettings {
  /** Whether the panel can be a phone on this system. */
  available: boolean;
  enabled: boolean;
  registrar: string;
  user: string;
  secret_set: boolean;
  input: string;
  output: string;
  ring_on: string[];
}

export interface PhoneWish {
  enabled: boolean;
  registrar: string;
  user: string;
  /** Empty keeps the known one. */
  secret: string;
  input: string;
  output: string;
  ring_on: string[];
}

/** A microphone or a loudspeaker. */
export interface SoundDevice {
  name: string;
  description: string;
  captures: boolean;
  default: boolean;
}

export interface LoginForm {
  kind: LoginKind;
  user: string;
  secret: string;
}

export interface Trial {
  server: string;
  extension: string;
  login: LoginForm;
  followWsdlHost: boolean;
}

export interface Wish {
  server: string;
  extension: string;
  login: LoginForm;
  language: "system" | Language;
  popup_callout: boolean;
  follow_wsdl_host: boolean;
  poll_seconds: number;
  notify: Notify;
  popup_place: string;
  letter_keys: boolean;
  mask_numbers: boolean;
  popup_private: boolean;
  phone: PhoneWish;
  busy_reasons: string[];
  busy_when_locked: boolean;
  busy_when_idle_minutes: number;
  wrap_up_seconds: number;
  wrap_up_after: "all" | "callin" | "callout";
  hold_alert_seconds: number;
  dispositions: string[];
  dispositions_required: "never" | "in" | "out" | "both";
  link_countdown: boolean;
  journal_days: number;
}

/** What the desk makes of a typed number. */
export interface Explained {
  dialled: string | null;
  /** The extension part, which nothing sends yet. */
  then: string | null;
  /** Words beside the number that were left out. */
  left_out: string | null;
  rules: string[];
  /** The number rules that were taken. */
  steps: string[];
  /** The prefix for which the agent is asked first. */
  ask: string | null;
  choices: Choice[];
  problem: Problem | null;
}

/** One of the numbers that a text could be. */
export interface Choice {
  dialled: string;
  then: string | null;
}

/** A verb that a link asks the agent for. */
export type LinkWish = { do: "hold" | "restore" | "hang_up" | "busy" | "idle" } | { do: "transfer"; target: string };

/** What a link puts into the dial box, or asks for. */
export interface DialLink {
  number: string | null;
  wish: LinkWish | null;
  problem: Problem | null;
}

/** Of a recording; times are seconds from its start. */
export interface Picture {
  player: string;
  length: number | null;
  ready: number;
  ended: boolean;
  step: number;
  lanes: number[][];
  silences: [number, number][];
  damaged_at: number | null;
  problem: Problem | null;
}

export interface PlayerChoice {
  speed: number;
  volume: number;
  skipSilence: boolean;
  output: string;
}

declare global {
  interface Window {
    __TAURI__: {
      core: { invoke(name: string, args?: Record<string, unknown>): Promise<any> };
      event: { listen(name: string, heard: (event: { payload: any }) => void): Promise<() => void> };
    };
  }
}
