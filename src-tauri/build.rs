//! Declares the page's commands, so that each window's capability file can list those it may use.

fn main() {
    let commands = &[
        "act",
        "caller",
        "close_player",
        "contacts",
        "dispose_call",
        "explain_number",
        "favour",
        "forget_contacts",
        "hearing",
        "import_contacts",
        "journal",
        "keep_player_choice",
        "keep_position",
        "keep_tab",
        "note_call",
        "open_player",
        "painted",
        "pick_contacts",
        "player_choice",
        "popup_size",
        "quit",
        "report",
        "recent",
        "save_recording",
        "save_settings",
        "see_missed",
        "settings",
        "snapshot",
        "sound_devices",
        "suggest",
        "tab",
        "take_link",
        "test_settings",
        "totals",
        "try_screen_pop",
    ];
    let manifest = tauri_build::AppManifest::new().commands(commands);
    println!("cargo::rerun-if-changed=windows.manifest");
    // Tauri's manifest, plus paths longer than 260 characters.
    let windows = tauri_build::WindowsAttributes::new().app_manifest(include_str!("windows.manifest"));
    let attributes = tauri_build::Attributes::new().app_manifest(manifest).windows_attributes(windows);
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo::error={error:#}");
    }
}
