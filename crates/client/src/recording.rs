//! Where a recording is heard.

use url::Url;

use crate::{Error, client::Download, sound};

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
    /// The recording as WAV with 16-bit PCM, which every player takes. What it is tells its content, never its name.
    ///
    /// # Errors
    /// What is no recording, or one that cannot be decoded.
    pub fn to_pcm_wav(&self) -> Result<sound::Decoded<'_>, sound::Error> {
        sound::to_pcm_wav(&self.bytes)
    }
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

    #[test]
    fn the_content_tells_what_a_download_is() {
        let download = |bytes: Vec<u8>| Download { content_type: Some("audio/x-wav".into()), bytes: bytes.into() };
        let mut gsm = b"RIFF\0\0\0\0WAVEfmt \x14\0\0\0".to_vec();
        gsm.extend([0x31, 0, 1, 0, 0x40, 0x1F, 0, 0, 0x59, 6, 0, 0, 65, 0, 0, 0, 2, 0, 0x40, 1]);
        gsm.extend(b"data\x41\0\0\0");
        gsm.extend([0; 65]);
        let gsm = download(gsm);
        let decoded = gsm.to_pcm_wav().unwrap();
        assert_eq!((decoded.format, decoded.wav.len()), (sound::Format::Wav49, 44 + 640));
        let page = download(b"<html>log in</html>".to_vec());
        assert_eq!(page.to_pcm_wav(), Err(sound::Error::NotSound("an HTML page")));
    }
}
