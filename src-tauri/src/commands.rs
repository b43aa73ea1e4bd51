//! The commands for the pages, each a single call into the panel. `capabilities/` says which window may use which.

use tauri::{AppHandle, State, WebviewWindow};
use uncall_desk::{
    Moment,
    hearing::Quality,
    input::Intent,
    number::{Explanation, Fault},
    problem::Problem,
    settings::Settings,
};
use uncall_journal::{Caller, Filter, Journal, Page, Totals};

use crate::{
    app,
    contacts::{Contacts, ContactsView, Preview, Suggestion},
    day,
    journal::{self, JournalView},
    link::Link,
    panel::Panel,
    phone::{self, SoundDevice},
    playback::{Choice, Opened, Playback, SaveFormat, Saved},
    report,
    screenpop::{self, Tried},
    sent::Sent,
    settings::{self, LoginForm, SettingsView, Typed},
    window::{
        self,
        memory::{PageSize, WindowMemory},
        popup::{Event, Popup},
    },
};

/// The whole state, for a page that has just subscribed to `desk_changed`.
#[tauri::command]
pub(crate) fn snapshot(panel: State<'_, Panel>) -> Sent {
    Sent::now(panel.shown())
}

/// Passes on a wish of the agent. The result arrives with `desk_changed`.
#[tauri::command]
pub(crate) fn act(panel: State<'_, Panel>, intent: Intent) {
    panel.want(intent);
}

/// The settings as the page shows them.
#[tauri::command]
pub(crate) fn settings(panel: State<'_, Panel>) -> SettingsView {
    panel.shown_settings()
}

/// Tests a server and an extension without saving them.
#[tauri::command]
pub(crate) async fn test_settings(
    panel: State<'_, Panel>,
    server: String,
    extension: String,
    follow_wsdl_host: bool,
    login: LoginForm,
) -> Result<settings::Tested, Problem> {
    settings::test(&server, &extension, login, Settings { follow_wsdl_host, ..panel.settings() }).await
}

/// Writes a problem report to a file the agent chooses. Returns its name, or `None` if the agent cancelled.
#[tauri::command]
pub(crate) async fn report(app: AppHandle) -> Result<Option<String>, Problem> {
    report::ask(&app).await
}

/// The microphones and loudspeakers of this computer.
#[tauri::command]
pub(crate) async fn sound_devices() -> Result<Vec<SoundDevice>, Problem> {
    phone::devices().await
}

/// The quality of the connection.
#[tauri::command]
pub(crate) fn hearing(panel: State<'_, Panel>) -> Option<Quality> {
    panel.hearing()
}

/// Ends the panel, for desktops without a tray.
#[tauri::command]
pub(crate) fn quit(app: AppHandle) {
    app::quit_asked(&app);
}

/// Tests and saves the settings, and starts to use them.
#[tauri::command]
pub(crate) async fn save_settings(app: AppHandle, wish: Typed) -> Result<(), Problem> {
    settings::save(&app, wish).await
}

/// Starts to fetch a call's recording. News about it arrive with `playback_changed`.
#[tauri::command]
pub(crate) fn open_player(
    app: AppHandle,
    panel: State<'_, Panel>,
    playback: State<'_, Playback>,
    uid: &str,
) -> Result<Opened, Problem> {
    let client = panel.client().ok_or_else(|| Problem::new("unreachable", "no server is set"))?;
    playback.open(&app, client, uid)
}

/// Closes the recording.
#[tauri::command]
pub(crate) fn close_player(playback: State<'_, Playback>, player: &str) {
    playback.close(player);
}

/// Remembers the position in the recording, in seconds. Zero forgets it.
#[tauri::command(async)]
pub(crate) fn keep_position(playback: State<'_, Playback>, player: &str, at: f64) {
    playback.remember(player, at);
}

/// The agent's player settings.
#[tauri::command]
pub(crate) fn player_choice(playback: State<'_, Playback>) -> Choice {
    playback.choice()
}

/// Saves the agent's player settings.
#[tauri::command(async)]
pub(crate) fn keep_player_choice(playback: State<'_, Playback>, choice: Choice) {
    playback.choose(choice);
}

/// Saves the open recording to a file the agent chooses. Nothing happens if the agent cancels.
#[tauri::command]
pub(crate) async fn save_recording(
    app: AppHandle,
    playback: State<'_, Playback>,
    player: String,
    kind: SaveFormat,
) -> Result<Option<Saved>, Problem> {
    playback.save(&app, &player, kind).await
}

/// Takes the link that waits for the dial box.
#[tauri::command]
pub(crate) fn take_link(panel: State<'_, Panel>) -> Option<Link> {
    panel.take_link()
}

/// Explains a number or a transfer target while it is being typed. The first call may have to unpack the numbering plans, so the
/// windows do not wait for it.
#[tauri::command(async)]
pub(crate) fn explain_number(panel: State<'_, Panel>, typed: &str, target: bool) -> Explanation {
    let Some(meant) = panel.meant(typed) else {
        let problem = Some(Fault { code: "number_masked".to_owned(), detail: String::new() });
        return Explanation { problem, ..Explanation::default() };
    };
    let settings = panel.settings();
    let (numbers, now) = (settings.numbers(), Moment::now().at);
    let mut explained = match target {
        true => numbers.explain_target(&meant, settings.extension.as_ref(), now),
        false => numbers.explain(&meant, now),
    };
    if meant != typed {
        explained.dialled = Some(typed.trim().to_owned());
    }
    explained
}

/// A page has painted, for the first time or, in the pop-up, a call. A page that never does counts as dead.
#[tauri::command]
pub(crate) fn painted(window: WebviewWindow, popup: State<'_, Popup>, uid: Option<String>) {
    match uid {
        Some(uid) => {
            tracing::info!(uid, "painted in the pop-up");
            popup.tell(Event::Painted(uid));
        }
        None => {
            tracing::info!(window = window.label(), "painted");
            window::main::painted();
        }
    }
}

/// The size that the pop-up's page needs for its calls, in its own pixels.
#[tauri::command]
pub(crate) fn popup_size(popup: State<'_, Popup>, width: f64, height: f64) {
    let sane = |length: f64| (1.0..100_000.0).contains(&length);
    if sane(width) && sane(height) {
        popup.tell(Event::PageNeeds(PageSize { width, height }));
    }
}

/// The tab that was last open, if any.
#[tauri::command]
pub(crate) fn tab(memory: State<'_, WindowMemory>) -> Option<String> {
    memory.tab()
}

/// Remembers which tab is open.
#[tauri::command]
pub(crate) fn keep_tab(app: AppHandle, memory: State<'_, WindowMemory>, tab: String) {
    memory.keep_tab(&app, tab);
}

/// The state of the journal, for a page that has just subscribed to `journal_changed`.
#[tauri::command]
pub(crate) async fn journal(app: AppHandle, journal: State<'_, Journal>) -> Result<JournalView, Problem> {
    Ok(journal::view(&app, journal.inner().clone()).await)
}

/// The calls that match a filter, newest first.
#[tauri::command]
pub(crate) async fn recent(
    panel: State<'_, Panel>,
    contacts: State<'_, Contacts>,
    journal: State<'_, Journal>,
    filter: Filter,
) -> Result<Page, Problem> {
    let (journal, named) = (journal.inner().clone(), contacts.inner().clone());
    let asked = journal::beside(move || {
        let numbers = named.numbers(&filter.text);
        let mut page = journal.list(&Filter { numbers, ..filter });
        named.name(page.rows.iter_mut().map(|row| &mut row.call));
        page
    });
    let mut page = asked.await;
    panel.hide(page.rows.iter_mut().map(|row| &mut row.call));
    Ok(page)
}

/// What is known about the other party of a call.
#[tauri::command]
pub(crate) async fn caller(
    panel: State<'_, Panel>,
    contacts: State<'_, Contacts>,
    journal: State<'_, Journal>,
    uid: String,
    other: String,
) -> Result<Caller, Problem> {
    let journal = journal.inner().clone();
    let other = panel.meant(&other).unwrap_or(other);
    let mut caller = journal::beside(move || journal.caller(&uid, &other, journal::midnight())).await;
    let Caller { this, earlier, noted, .. } = &mut caller;
    contacts.name(this.iter_mut().chain(&mut *earlier).chain(&mut *noted).map(|row| &mut row.call));
    panel.hide(this.iter_mut().chain(earlier).chain(noted).map(|row| &mut row.call));
    Ok(caller)
}

/// Sets the note of a call.
#[tauri::command]
pub(crate) fn note_call(journal: State<'_, Journal>, id: i64, text: &str) {
    journal.note(id, text);
}

/// Sets the disposition of a call. The desk hears of it, since it may be waiting for it.
#[tauri::command]
pub(crate) async fn dispose_call(
    panel: State<'_, Panel>,
    journal: State<'_, Journal>,
    id: i64,
    first: Option<String>,
    second: Option<String>,
) -> Result<(), Problem> {
    let has_result = first.is_some();
    journal.dispose(id, first, second);
    let journal = journal.inner().clone();
    if let Some(uid) = journal::beside(move || journal.uid(id)).await {
        panel.disposed(uid, has_result);
    }
    Ok(())
}

/// What today was made of until now.
#[tauri::command]
pub(crate) async fn totals(app: AppHandle) -> Result<Totals, Problem> {
    Ok(day::totals(&app).await)
}

/// Marks the missed calls up to this row as seen.
#[tauri::command]
pub(crate) fn see_missed(journal: State<'_, Journal>, through: i64) {
    journal.see(through);
}

/// The state of the contacts, for a page that has just subscribed to `contacts_changed`.
#[tauri::command]
pub(crate) fn contacts(contacts: State<'_, Contacts>) -> ContactsView {
    contacts.view()
}

/// Suggestions for a typed text. Without text, favourites and recent calls.
#[tauri::command]
pub(crate) async fn suggest(
    panel: State<'_, Panel>,
    contacts: State<'_, Contacts>,
    journal: State<'_, Journal>,
    typed: String,
) -> Result<Vec<Suggestion>, Problem> {
    let (contacts, journal, snapshot) = (contacts.inner().clone(), journal.inner().clone(), panel.snapshot());
    let mut all = journal::beside(move || contacts.suggest(&typed, &journal, &snapshot)).await;
    for one in &mut all {
        panel.hide_number(&mut one.number);
        panel.hide_text(&mut one.name);
    }
    Ok(all)
}

/// Adds or removes a favourite number.
#[tauri::command(async)]
pub(crate) fn favour(panel: State<'_, Panel>, contacts: State<'_, Contacts>, number: &str, on: bool) {
    if let Some(number) = panel.meant(number) {
        contacts.favour(number, on);
    }
}

/// What each rule of the screen pop would do for the last call, or for sample values.
#[tauri::command]
pub(crate) async fn try_screen_pop(app: AppHandle, last: bool) -> Result<Vec<Tried>, Problem> {
    Ok(screenpop::tried(&app, last).await)
}

/// Opens a file dialog and previews the contacts in the picked file. `None` if none was picked.
#[tauri::command]
pub(crate) async fn pick_contacts(app: AppHandle, contacts: State<'_, Contacts>) -> Result<Option<Preview>, Problem> {
    contacts.pick(&app).await
}

/// Saves the contacts in the preview.
#[tauri::command]
pub(crate) async fn import_contacts(contacts: State<'_, Contacts>) -> Result<(), Problem> {
    contacts.import().await
}

/// Removes the imported contacts.
#[tauri::command]
pub(crate) async fn forget_contacts(contacts: State<'_, Contacts>) -> Result<(), Problem> {
    contacts.forget().await
}
