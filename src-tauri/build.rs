//! Declares the page's commands, so that every window's capability file can name the few it may use.

fn main() {
    let commands = &[
        "act",
        "close_player",
        "explain_number",
        "keep_player_choice",
        "keep_position",
        "open_player",
        "painted",
        "player_choice",
        "quit",
        "save_recording",
        "save_settings",
        "settings",
        "snapshot",
        "test_settings",
    ];
    let manifest = tauri_build::AppManifest::new().commands(commands);
    if let Err(error) = tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest)) {
        println!("cargo::error={error:#}");
    }
}
