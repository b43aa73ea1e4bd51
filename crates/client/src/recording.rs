//! Where a recording is heard.

use url::Url;

use crate::{Error, client::Download};

/// What stands for the file name in a template.
const PLACE: &str = "{files}";
/// The vendor's listening address, on the server's own host.
const VENDOR: &str = "/outbound/index.php/RecordingAction/index.php?m=Public&a=record&uniqueid={files}";

/// The address of `files` by `template`, or by the vendor's path on the host of `server`.
pub(crate) fn address(server: &Url, template: Option<&str>, files: &str) -> Result<Url, Error> {
    let files = files.trim();
    if files.is_empty() {
        return Err(Error::NotUnderstood("the server names no recording".into()));
    }
    let vendor;
    let template = match template {
        Some(template) => template.trim(),
        None => {
            vendor = format!("{}{VENDOR}", server.origin().ascii_serialization());
            &vendor
        }
    };
    let (before, after) = template
        .split_once(PLACE)
        .ok_or_else(|| Error::NotUnderstood(format!("the address template of recordings lacks {PLACE}")))?;
    let in_query = before.contains('?');
    if !in_query && matches!(files, "." | "..") {
        return Err(Error::NotUnderstood("the server names no file as recording".into()));
    }
    let fill = |value: &str| Url::parse(&format!("{before}{value}{}", after.replace(PLACE, value)));
    let invalid = |error| Error::NotUnderstood(format!("the address template of recordings is no address: {error}"));
    let address = fill(&encoded(files, in_query)).map_err(invalid)?;
    // The name comes from the wire: it must not choose the host.
    let probe = fill("x").map_err(invalid)?;
    if !matches!(address.scheme(), "http" | "https") || address.origin() != probe.origin() {
        return Err(Error::NotUnderstood("the address template of recordings must fix an http host".into()));
    }
    Ok(address)
}

/// Percent-encodes all but what is legal in a query; `:` stays, and with it `audio:` as the vendor writes it. Encoded too
/// is what is legal but has a meaning of its own there (`&`, and `+`, which PHP reads as a space), and in a path the
/// separators.
fn encoded(files: &str, in_query: bool) -> String {
    let mut out = String::with_capacity(files.len());
    for &byte in files.as_bytes() {
        let stays = byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'-' | b'.' | b'_' | b'~' | b'!' | b'$' | b'(' | b')' | b'*' | b',' | b';' | b'=' | b':' | b'@'
            )
            || (in_query && matches!(byte, b'/' | b'?'));
        if stays {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

impl Download {
    /// Whether this is PCM in a RIFF WAVE container, told by content and never by name: Asterisk's upper-case `.WAV`
    /// has GSM (format tag 0x31) in the same container.
    pub fn is_pcm_wav(&self) -> bool {
        is_pcm(&self.bytes)
    }
}

/// Whether this is RIFF WAVE with format tag 1, PCM, wherever its `fmt ` chunk stands.
fn is_pcm(bytes: &[u8]) -> bool {
    let (Some(b"RIFF"), Some(b"WAVE"), Some(mut rest)) = (bytes.get(..4), bytes.get(8..12), bytes.get(12..)) else {
        return false;
    };
    while let Some((head, behind)) = rest.split_first_chunk::<8>() {
        let [a, b, c, d, size @ ..] = *head;
        if [a, b, c, d] == *b"fmt " {
            return behind.starts_with(&1u16.to_le_bytes());
        }
        // Chunks are padded to an even length.
        let size = u32::from_le_bytes(size) as usize;
        let Some(next) = behind.get(size.saturating_add(size % 2)..) else { return false };
        rest = next;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(template: Option<&str>, files: &str) -> Result<String, Error> {
        let server = Url::parse("http://192.168.160.211:8080/uncall_services_api/index.php?wsdl").unwrap();
        address(&server, template, files).map(String::from)
    }

    #[test]
    fn the_vendors_path_keeps_the_prefix_and_its_colon() {
        assert_eq!(
            by(None, "audio:808-13632510278-20130625-093138-1372123897.17.WAV").unwrap(),
            "http://192.168.160.211:8080/outbound/index.php/RecordingAction/index.php?m=Public&a=record&uniqueid=audio:808-13632510278-20130625-093138-1372123897.17.WAV"
        );
    }

    #[test]
    fn what_would_mean_something_else_is_encoded() {
        let address = by(None, "audio:a b&m=x#y%2F+8613/录音?.wav").unwrap();
        assert!(address.ends_with("uniqueid=audio:a%20b%26m=x%23y%252F%2B8613/%E5%BD%95%E9%9F%B3?.wav"), "{address}");
    }

    #[test]
    fn a_template_names_another_host() {
        assert_eq!(
            by(Some("https://rec.example/get/{files}?x=1"), "audio:a/b.wav").unwrap(),
            "https://rec.example/get/audio:a%2Fb.wav?x=1"
        );
        assert_eq!(
            by(Some("http://rec.example/?f={files}&g={files}"), "a.wav").unwrap(),
            "http://rec.example/?f=a.wav&g=a.wav"
        );
    }

    #[test]
    fn a_template_that_would_let_the_server_choose_the_host_is_refused() {
        for template in [
            "http://{files}/x",
            "http://rec.example{files}/",
            "ftp://rec.example/{files}",
            "rec/{files}",
            "http://rec.example/",
            "http://rec.example:{files}/",
        ] {
            assert!(matches!(by(Some(template), "evil.example"), Err(Error::NotUnderstood(_))), "{template}");
        }
        assert!(by(Some("http://rec.example/a/{files}"), "..").is_err());
        assert!(by(None, " ").is_err());
    }

    fn wave(chunk_before: &[u8], tag: u16) -> Vec<u8> {
        let mut bytes = b"RIFF\0\0\0\0WAVE".to_vec();
        bytes.extend_from_slice(chunk_before);
        bytes.extend_from_slice(b"fmt \x10\0\0\0");
        bytes.extend_from_slice(&tag.to_le_bytes());
        bytes.extend_from_slice(&[0; 14]);
        bytes
    }

    #[test]
    fn pcm_is_told_from_gsm_and_from_anything_else() {
        assert!(is_pcm(&wave(b"", 1)));
        assert!(is_pcm(&wave(b"LIST\x03\0\0\0abc\0", 1)));
        assert!(!is_pcm(&wave(b"", 0x31)));
        for bytes in [
            &b""[..],
            b"RIFF",
            b"RIFF\0\0\0\0WAVE",
            b"RIFF\0\0\0\0WAVEfmt \0",
            b"RIFF\0\0\0\0WAVELIST\xff\xff\xff\xffx",
        ] {
            assert!(!is_pcm(bytes), "{bytes:?}");
        }
    }
}
