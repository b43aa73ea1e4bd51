//! "Report a problem": writes one archive with everything needed to investigate, and without telephone numbers or secrets.

use std::{fs, path::Path, time::Duration};

use anyhow::Context;
use flate2::{Compression, write::GzEncoder};
use jiff::Timestamp;
use tauri::{AppHandle, Manager};
use uncall_client::Client;
use uncall_contract::masked;
use uncall_desk::{hearing::Quality, problem::Problem};

use crate::{log, panel::Panel, settings::Sources, window};

/// The time limit for the server's description.
const DESCRIBED_WITHIN: Duration = Duration::from_secs(5);

/// What only a running desk knows.
#[derive(Debug)]
pub(crate) struct Observed {
    /// Its last inputs, written by `uncall_desk::recording`.
    pub(crate) inputs: String,
    /// The quality of its connection.
    pub(crate) quality: Quality,
    /// Its server.
    pub(crate) client: Option<Client>,
}

/// Writes the archive atomically. Without a running desk it has only settings and logs.
///
/// # Errors
/// If the file cannot be written.
pub(crate) async fn write(file: &Path, config: Option<&Path>, observed: Option<Observed>) -> anyhow::Result<()> {
    let sources = Sources::read(config);
    let client = match &observed {
        Some(observed) => observed.client.clone(),
        None => sources.settings().client().and_then(|server| Client::new(server).ok()),
    };
    let server = match client {
        None => "no server is set\n".to_owned(),
        Some(client) => match client.description_within(DESCRIBED_WITHIN).await {
            Ok(told) => told,
            Err(error) => format!("{error}\n"),
        },
    };
    let mut parts = vec![
        ("about.txt".to_owned(), about(observed.is_some())),
        ("settings.txt".to_owned(), sources.explained(config)),
        ("server.txt".to_owned(), server),
    ];
    if let Some(observed) = observed {
        parts.push(("inputs.jsonl".to_owned(), observed.inputs));
        parts.push(("hearing.json".to_owned(), serde_json::to_string_pretty(&observed.quality)?));
    }
    parts.extend(logs());
    let bytes = packed(&parts).context("cannot pack the report")?;
    uncall_files::replace(file, &bytes).with_context(|| format!("cannot write {}", file.display()))
}

fn about(has_desk: bool) -> String {
    let variable = |name: &str| std::env::var(name).unwrap_or_else(|_| "-".to_owned());
    let system = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let system = system.lines().find_map(|line| line.strip_prefix("PRETTY_NAME=")).unwrap_or(std::env::consts::OS);
    let web_view = tauri::webview_version().unwrap_or_else(|error| error.to_string());
    let desk = if has_desk { "" } else { "no desk was asked: there are no inputs\n" };
    format!(
        "uncall-panel {}\n{} {}\nweb view {web_view}\ndesktop {} {}\nwritten {}\n{desk}",
        env!("CARGO_PKG_VERSION"),
        system.trim_matches('"'),
        std::env::consts::ARCH,
        variable("XDG_CURRENT_DESKTOP"),
        variable("XDG_SESSION_TYPE"),
        Timestamp::now(),
    )
}

/// The log files, with numbers masked in those of versions that logged them.
fn logs() -> Vec<(String, String)> {
    let Some(entries) = log::folder().and_then(|folder| fs::read_dir(folder).ok()) else { return Vec::new() };
    let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let logs = files.filter_map(|file| {
        let name = file.file_name()?.to_str()?.to_owned();
        let is_log = name.starts_with("uncall-panel.") && name.ends_with(".log");
        let bytes = is_log.then(|| fs::read(&file).ok()).flatten()?;
        Some((format!("logs/{name}"), masked(&String::from_utf8_lossy(&bytes)).into_owned()))
    });
    let mut logs: Vec<_> = logs.collect();
    logs.sort();
    logs
}

fn packed(parts: &[(String, String)]) -> anyhow::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    let written = u64::try_from(Timestamp::now().as_second())?;
    for (name, text) in parts {
        let mut header = tar::Header::new_gnu();
        header.set_size(u64::try_from(text.len())?);
        header.set_mode(0o600);
        header.set_mtime(written);
        archive.append_data(&mut header, name, text.as_bytes())?;
    }
    Ok(archive.into_inner()?.finish()?)
}

/// Asks for a file and writes the report there. Returns its name, or `None` if the user cancelled.
pub(crate) async fn ask(app: &AppHandle) -> Result<Option<String>, Problem> {
    let proposed = format!("uncall-report-{}.tar.gz", Timestamp::now().strftime("%Y-%m-%d-%H%M"));
    let title = app.state::<Panel>().words().get("settings.report").to_owned();
    let mut dialog = rfd::AsyncFileDialog::new().set_title(title).set_file_name(proposed);
    if let Some(window) = app.get_webview_window(window::main::LABEL) {
        dialog = dialog.set_parent(&window);
    }
    let Some(chosen) = dialog.save_file().await else { return Ok(None) };
    write_here(app, chosen.path()).await.map_err(|error| {
        tracing::error!("no report: {error:#}");
        Problem::new("report_not_written", &format!("{error:#}"))
    })?;
    Ok(Some(chosen.file_name()))
}

/// Writes a report from this panel.
///
/// # Errors
/// Those of [`write`].
pub(crate) async fn write_here(app: &AppHandle, file: &Path) -> anyhow::Result<()> {
    let panel = app.state::<Panel>();
    let (config, observed) = (panel.config().cloned(), panel.observed_lately());
    write(file, config.as_deref(), observed).await?;
    tracing::info!("a report of a problem is written");
    Ok(())
}

/// Waits until another panel has written the report.
///
/// # Errors
/// If that takes longer than half a minute.
#[cfg(target_os = "linux")]
pub(crate) async fn until_written(file: &Path) -> anyhow::Result<()> {
    let written = async {
        while !file.exists() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let within = Duration::from_secs(30);
    tokio::time::timeout(within, written)
        .await
        .with_context(|| format!("the panel that runs did not write {}", file.display()))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[tokio::test]
    async fn a_report_without_a_desk_has_settings_and_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config.toml");
        fs::write(&config, "extension = \"801\"\nuser = \"wang\"\npassword = \"sesame\"\n").unwrap();
        let file = folder.path().join("report.tar.gz");
        write(&file, Some(&config), None).await.unwrap();
        let file = flate2::read::GzDecoder::new(fs::File::open(&file).unwrap());
        let mut texts = String::new();
        for part in tar::Archive::new(file).entries().unwrap() {
            part.unwrap().read_to_string(&mut texts).unwrap();
        }
        assert!(texts.contains("\"801\"") && texts.contains("********") && !texts.contains("sesame"), "{texts}");
        assert!(texts.contains("no server is set") && texts.contains("there are no inputs"), "{texts}");
    }
}
