//! Where the recordings are, and `[recordings]` of the configuration file.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use uncall_files::Secret;

/// Where the recordings are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Options {
    /// In a folder of this machine: the PBX's monitor spool. In folders by date below it, or in itself.
    Folder(PathBuf),
    /// On an S3-compatible store.
    Bucket(BucketOptions),
}

/// A bucket of an S3-compatible store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketOptions {
    /// The bucket's name.
    pub bucket: String,
    /// The region, such as `eu-central-1`; stores without regions accept `us-east-1`.
    pub region: String,
    /// The store's address, such as `https://minio.example:9000`. Default: Amazon's for the region.
    pub endpoint: Option<String>,
    /// The prefix of the recordings in the bucket; empty for all of it.
    pub prefix: String,
    /// Whether the bucket's name is the first part of the host's, and is already in `endpoint`.
    pub virtual_host: bool,
    /// The key. Default: the machine's role (Amazon's instance metadata).
    pub key: Option<Key>,
}

/// The key of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its public part.
    pub id: String,
    /// Its secret part.
    pub secret: Secret,
    /// For temporary keys.
    pub token: Option<Secret>,
}

/// `[recordings]`: `folder` or `s3`, and `cdr`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RecordingsFile {
    /// See [`Options::Folder`].
    pub folder: Option<PathBuf>,
    /// See [`Options::Bucket`].
    pub s3: Option<BucketFile>,
    /// See [`LedgerOptions::cdr`](super::LedgerOptions::cdr).
    pub cdr: Option<PathBuf>,
}

/// `[recordings.s3]`. The account's key comes from the environment (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
/// `AWS_SESSION_TOKEN`), or its secret part from a file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BucketFile {
    /// See [`BucketOptions::bucket`].
    pub bucket: String,
    /// See [`BucketOptions::region`]; `us-east-1` unless told otherwise.
    pub region: Option<String>,
    /// See [`BucketOptions::endpoint`].
    pub endpoint: Option<String>,
    /// See [`BucketOptions::prefix`].
    #[serde(default)]
    pub prefix: String,
    /// See [`BucketOptions::virtual_host`].
    #[serde(default)]
    pub virtual_host: bool,
    /// The public part of the key.
    pub access_key_id: Option<String>,
    /// A file with nothing but the key's secret part, readable by the gateway alone.
    pub secret_file: Option<PathBuf>,
}

/// Why `[recordings]` was rejected.
#[derive(Debug, thiserror::Error)]
pub enum RecordingsError {
    /// A folder and a bucket.
    #[error("[recordings] names a folder and an S3 store: recordings come from one of them")]
    Both,
    /// Half of a key.
    #[error("the S3 store's key is not whole: {0}")]
    Key(&'static str),
    /// The secret cannot be read.
    #[error("cannot read the S3 secret from {0}: {1}")]
    Secret(String, std::io::Error),
    /// The S3 library's error for the options.
    #[error("the S3 store cannot be set up: {0}")]
    Bucket(std::io::Error),
}

impl RecordingsFile {
    /// Where the recordings are, if the file says so. `variable` returns the value of an environment variable.
    ///
    /// # Errors
    /// If something is missing, or a secret cannot be read.
    pub fn options(&self, variable: impl Fn(&str) -> Option<String>) -> Result<Option<Options>, RecordingsError> {
        match (&self.folder, &self.s3) {
            (None, None) => Ok(None),
            (Some(_), Some(_)) => Err(RecordingsError::Both),
            (Some(folder), None) => Ok(Some(Options::Folder(folder.clone()))),
            (None, Some(bucket)) => bucket.options(variable).map(Some),
        }
    }
}

impl BucketFile {
    fn options(&self, variable: impl Fn(&str) -> Option<String>) -> Result<Options, RecordingsError> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let id = self.access_key_id.clone().or_else(|| variable("AWS_ACCESS_KEY_ID"));
        let secret = match &self.secret_file {
            Some(file) => Some(read_secret(file)?),
            None => variable("AWS_SECRET_ACCESS_KEY").map(Secret::new),
        };
        let key = match (id, secret) {
            (None, None) => None,
            (Some(id), Some(secret)) => Some(Key { id, secret, token: variable("AWS_SESSION_TOKEN").map(Secret::new) }),
            (Some(_), None) => {
                return Err(RecordingsError::Key("set secret_file, or AWS_SECRET_ACCESS_KEY in the environment"));
            }
            (None, Some(_)) => {
                return Err(RecordingsError::Key("set access_key_id, or AWS_ACCESS_KEY_ID in the environment"));
            }
        };
        Ok(Options::Bucket(BucketOptions {
            bucket: self.bucket.clone(),
            region: self.region.clone().unwrap_or_else(|| "us-east-1".to_owned()),
            endpoint: self.endpoint.clone(),
            prefix: self.prefix.clone(),
            virtual_host: self.virtual_host,
            key,
        }))
    }
}

fn read_secret(file: &Path) -> Result<Secret, RecordingsError> {
    let told = |error| RecordingsError::Secret(file.display().to_string(), error);
    let secret = std::fs::read_to_string(file).map_err(told)?;
    // Windows' editors write a BOM at the start.
    let secret = secret.trim_start_matches('\u{feff}').trim();
    if secret.is_empty() {
        return Err(told(std::io::Error::other("the file is empty")));
    }
    Ok(Secret::new(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, environment: &[(&str, &str)]) -> Result<Option<Options>, RecordingsError> {
        let file: RecordingsFile = toml::from_str(text).unwrap();
        file.options(|name| environment.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn nothing_a_folder_or_both() {
        assert_eq!(read("", &[]).unwrap(), None);
        let folder = read("folder = \"/var/spool/asterisk/monitor\"", &[]).unwrap();
        assert_eq!(folder, Some(Options::Folder("/var/spool/asterisk/monitor".into())));
        assert!(matches!(read("folder = \"/x\"\ns3 = { bucket = \"b\" }", &[]), Err(RecordingsError::Both)));
        for text in ["folders = \"/x\"", "s3 = {}", "s3 = { bucket = \"b\", secret = \"no\" }"] {
            assert!(toml::from_str::<RecordingsFile>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_key_is_whole_and_its_secret_never_stands_in_the_file() {
        let bucket = |text: &str, environment: &[(&str, &str)]| match read(text, environment).map(Option::unwrap) {
            Ok(Options::Bucket(bucket)) => Ok(bucket),
            Ok(Options::Folder(_)) => panic!("a folder"),
            Err(error) => Err(error.to_string()),
        };
        let plain = bucket("s3 = { bucket = \"calls\" }", &[("AWS_ACCESS_KEY_ID", "")]).unwrap();
        assert_eq!((plain.region.as_str(), plain.key), ("us-east-1", None));
        let both = [("AWS_ACCESS_KEY_ID", "AK"), ("AWS_SECRET_ACCESS_KEY", "hush"), ("AWS_SESSION_TOKEN", "t")];
        let key = bucket("s3 = { bucket = \"calls\" }", &both).unwrap().key.unwrap();
        assert_eq!((key.id.as_str(), key.secret.expose()), ("AK", "hush"));
        assert_eq!(key.token.as_ref().map(Secret::expose), Some("t"));
        assert!(!format!("{key:?}").contains("hush"));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        std::fs::write(&file, "hush\n").unwrap();
        let text = format!("s3 = {{ bucket = \"c\", access_key_id = \"AK\", secret_file = {file:?}, prefix = \"x\" }}");
        assert_eq!(bucket(&text, &[]).unwrap().key.unwrap().secret.expose(), "hush");
        std::fs::write(&file, "\n").unwrap();
        assert!(bucket(&text, &[]).unwrap_err().contains("empty"));
        assert!(bucket("s3 = { bucket = \"c\", access_key_id = \"AK\" }", &[]).unwrap_err().contains("secret_file"));
        assert!(bucket("s3 = { bucket = \"c\" }", &both[1..]).unwrap_err().contains("access_key_id"));
        assert!(bucket("s3 = { bucket = \"c\", secret_file = \"no/such\" }", &[]).unwrap_err().contains("no/such"));
    }
}
