//! Windows and macOS: a named pipe, or a socket in the data folder, through which another process of this user asks the panel and
//! gets an answer, which the single-instance plugin does not support. One line of JSON in each direction.
//!
//! A pipe with the default security descriptor can be written only by its owner, the system and administrators; the socket's
//! folder is private to its owner.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use tauri::AppHandle;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};

use super::{Answer, Ask};
use crate::second::NoAnswer;

/// The time limit for answers: longer than the client's for any verb.
const ANSWERED_WITHIN: Duration = Duration::from_secs(100);
/// The time limit for a question after connecting.
const ASKED_WITHIN: Duration = Duration::from_secs(5);
/// The longest line, in bytes. A snapshot with a team is far smaller.
const LONGEST: u64 = 4 * 1024 * 1024;

/// Answers other processes for as long as the panel runs.
pub(crate) async fn listen(app: AppHandle, config: Option<PathBuf>) {
    if let Err(error) = system::listen(&app, &key(config.as_deref())).await {
        tracing::warn!("other processes cannot ask this panel: {error}");
    }
}

/// Asks the panel that runs with these settings.
///
/// # Errors
/// The reason why there is no answer.
pub(crate) async fn ask(config: Option<&Path>, ask: Ask) -> Result<Answer, NoAnswer> {
    let connection = system::connect(&key(config)).await.map_err(|error| {
        tracing::debug!("no panel to be asked: {error}");
        NoAnswer::NoPanel
    })?;
    let asking = async {
        let (reader, mut writer) = tokio::io::split(connection);
        write(&mut writer, &ask).await?;
        read::<Answer>(reader).await
    };
    match tokio::time::timeout(ANSWERED_WITHIN, asking).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) if error.kind() == io::ErrorKind::InvalidData => Err(NoAnswer::Old),
        Ok(Err(_)) | Err(_) => Err(NoAnswer::Lost),
    }
}

/// A key that tells panels with different settings files apart.
fn key(config: Option<&Path>) -> String {
    let Some(config) = config else { return "default".into() };
    let mut hasher = DefaultHasher::new();
    std::path::absolute(config).unwrap_or_else(|_| config.to_owned()).hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

async fn serve(app: AppHandle, connection: impl AsyncRead + AsyncWrite) {
    let (reader, mut writer) = tokio::io::split(connection);
    let asked = tokio::time::timeout(ASKED_WITHIN, read::<Ask>(reader)).await;
    let Ok(Ok(ask)) = asked else { return };
    let answer = super::ask::answer(&app, ask).await;
    if let Err(error) = write(&mut writer, &answer).await {
        tracing::debug!("nobody waits for the answer any more: {error}");
    }
}

async fn write(writer: &mut (impl AsyncWrite + Unpin), value: &impl serde::Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    writer.write_all(&line).await?;
    writer.flush().await
}

async fn read<T: serde::de::DeserializeOwned>(reader: impl AsyncRead + Unpin) -> io::Result<T> {
    let mut line = String::new();
    BufReader::new(reader.take(LONGEST)).read_line(&mut line).await?;
    if line.is_empty() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    serde_json::from_str(&line).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

#[cfg(windows)]
mod system {
    use std::{io, time::Duration};

    use tauri::AppHandle;
    use tokio::net::windows::named_pipe::{ClientOptions, NamedPipeClient, ServerOptions};

    /// The error code when all instances of the pipe are busy.
    const PIPE_BUSY: i32 = 231;
    const TRIES: u32 = 50;

    fn name(key: &str) -> String {
        let user: String =
            std::env::var("USERNAME").unwrap_or_default().chars().filter(|c| c.is_alphanumeric()).collect();
        format!(r"\\.\pipe\uncall-panel-{user}-{key}")
    }

    pub(super) async fn listen(app: &AppHandle, key: &str) -> io::Result<()> {
        let name = name(key);
        let mut waiting = ServerOptions::new().first_pipe_instance(true).create(&name)?;
        loop {
            waiting.connect().await?;
            // Create the next instance before serving this one, so that there always is one to connect to.
            let connection = std::mem::replace(&mut waiting, ServerOptions::new().create(&name)?);
            tauri::async_runtime::spawn(super::serve(app.clone(), connection));
        }
    }

    pub(super) async fn connect(key: &str) -> io::Result<NamedPipeClient> {
        let name = name(key);
        for _ in 0..TRIES {
            let opened = ClientOptions::new().open(&name);
            if !opened.as_ref().is_err_and(|error| error.raw_os_error() == Some(PIPE_BUSY)) {
                return opened;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err(io::ErrorKind::TimedOut.into())
    }
}

#[cfg(unix)]
mod system {
    use std::{fs, io, path::PathBuf};

    use tauri::AppHandle;
    use tokio::net::{UnixListener, UnixStream};

    fn path(key: &str) -> io::Result<PathBuf> {
        crate::state_file::path(&format!("{key}.sock")).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    pub(super) async fn listen(app: &AppHandle, key: &str) -> io::Result<()> {
        use std::os::unix::fs::PermissionsExt as _;
        let path = path(key)?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
            fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
        }
        // A killed panel may have left its socket. The plugin has made sure that no other panel is running.
        let _ = fs::remove_file(&path);
        let listener = UnixListener::bind(&path)?;
        loop {
            let (connection, _) = listener.accept().await?;
            tauri::async_runtime::spawn(super::serve(app.clone(), connection));
        }
    }

    pub(super) async fn connect(key: &str) -> io::Result<UnixStream> {
        UnixStream::connect(path(key)?).await
    }
}
