//! Checks which crate may depend on which, as in ARCHITECTURE.md.

use anyhow::bail;

use crate::metadata::Metadata;

/// A crate, and the crates it must not depend on, directly or indirectly.
const FORBIDDEN: &[(&str, &[&str])] = &[
    (
        "uncall-contract",
        &["tokio", "reqwest", "axum", "hyper", "mio", "tauri", "uncall-client", "uncall-gateway", "uncall-desk"],
    ),
    (
        "uncall-sound",
        &[
            "tokio",
            "reqwest",
            "axum",
            "hyper",
            "mio",
            "tauri",
            "uncall-contract",
            "uncall-client",
            "uncall-gateway",
            "uncall-desk",
        ],
    ),
    (
        "uncall-number",
        &[
            "tokio",
            "reqwest",
            "axum",
            "hyper",
            "mio",
            "tauri",
            "uncall-contract",
            "uncall-client",
            "uncall-gateway",
            "uncall-desk",
        ],
    ),
    (
        "uncall-directory",
        &[
            "tokio",
            "reqwest",
            "axum",
            "hyper",
            "mio",
            "tauri",
            "uncall-contract",
            "uncall-client",
            "uncall-gateway",
            "uncall-desk",
        ],
    ),
    (
        "uncall-trust",
        &[
            "tokio",
            "reqwest",
            "axum",
            "hyper",
            "tauri",
            "uncall-contract",
            "uncall-client",
            "uncall-phone",
            "uncall-desk",
        ],
    ),
    (
        "uncall-screenpop",
        &[
            "reqwest",
            "axum",
            "hyper",
            "tauri",
            "open",
            "uncall-contract",
            "uncall-client",
            "uncall-journal",
            "uncall-gateway",
            "uncall-desk",
        ],
    ),
    ("uncall-log", &["tokio", "tauri", "uncall-client", "uncall-gateway", "uncall-desk"]),
    (
        "uncall-journal",
        &[
            "tokio",
            "reqwest",
            "axum",
            "hyper",
            "mio",
            "tauri",
            "uncall-contract",
            "uncall-client",
            "uncall-number",
            "uncall-gateway",
            "uncall-desk",
        ],
    ),
    (
        "uncall-voice",
        &["tokio", "reqwest", "axum", "hyper", "mio", "tauri", "cpal", "alsa", "rsipstack", "uncall-desk"],
    ),
    ("uncall-headset", &["tokio", "reqwest", "axum", "hyper", "tauri", "rsipstack", "uncall-voice", "uncall-desk"]),
    (
        "uncall-phone",
        &["reqwest", "axum", "hyper", "tauri", "uncall-contract", "uncall-client", "uncall-gateway", "uncall-desk"],
    ),
    ("uncall-client", &["tauri", "axum", "uncall-gateway", "uncall-desk"]),
    (
        "uncall-desk",
        &[
            "tauri",
            "wry",
            "gtk",
            "notify-rust",
            "axum",
            "uncall-gateway",
            "uncall-journal",
            "uncall-directory",
            "uncall-voice",
            "uncall-phone",
        ],
    ),
    (
        "uncall-switch",
        &[
            "axum",
            "hyper",
            "reqwest",
            "tauri",
            "uncall-asterisk",
            "uncall-simulator",
            "uncall-recordings",
            "uncall-client",
        ],
    ),
    ("uncall-recordings", &["axum", "reqwest", "tauri", "uncall-asterisk", "uncall-simulator", "uncall-client"]),
    ("uncall-simulator", &["axum", "hyper", "tauri", "uncall-asterisk", "uncall-recordings", "uncall-client"]),
    ("uncall-asterisk", &["axum", "reqwest", "tauri", "uncall-simulator", "uncall-gateway", "uncall-client"]),
    ("uncall-gateway", &["tauri", "reqwest", "uncall-client", "uncall-desk"]),
    ("uncall-cli", &["tauri", "axum", "uncall-gateway", "uncall-desk"]),
];

/// Fails with a list of all forbidden dependencies.
pub(crate) fn check(metadata: &Metadata) -> anyhow::Result<()> {
    let mut found = Vec::new();
    for (package, forbidden) in FORBIDDEN {
        let reach = metadata.reach(package);
        if !metadata.packages.values().any(|known| known.name == *package) {
            found.push(format!("{package} is not in the workspace: the check itself is wrong"));
        }
        found.extend(forbidden.iter().filter(|name| reach.contains(**name)).map(|name| format!("{package} -> {name}")));
    }
    if found.is_empty() {
        return Ok(());
    }
    bail!("forbidden arrows between crates:\n  {}", found.join("\n  "))
}
