//! The address of a recording.

use url::Url;

use crate::Error;

/// The vendor's path, after the server's origin.
const VENDOR: &str = "/outbound/index.php/RecordingAction/index.php?m=Public&a=record&uniqueid={files}";
/// The longest address in bytes; servers accept no more either.
const LONGEST: usize = 8000;

/// The values for a template's placeholders.
#[derive(Clone, Copy)]
pub(crate) struct Places<'a> {
    pub(crate) files: &'a str,
    pub(crate) uid: &'a str,
}

/// The address of a recording, from `template` or the vendor's path on the host of `server`.
///
/// In a template `{files}` stands for what getRecording answered, `{uid}` for the call's unique id and `{server}` for the
/// host of the server's address, without its port.
pub(crate) fn address(server: &Url, template: Option<&str>, places: Places<'_>) -> Result<Url, Error> {
    let places = Places { files: places.files.trim(), uid: places.uid.trim() };
    if places.files.is_empty() {
        return Err(not_understood("the server names no recording"));
    }
    let vendor;
    let template = match template {
        Some(template) => template.trim(),
        None => {
            vendor = format!("{}{VENDOR}", server.origin().ascii_serialization());
            &vendor
        }
    };
    let fill = |places| -> Result<Url, Error> {
        let text = filled(template, server.host_str().unwrap_or_default(), places)?;
        let mut address = Url::parse(&text)
            .map_err(|error| not_understood(&format!("the address template of recordings is no address: {error}")))?;
        address.set_fragment(None);
        Ok(address)
    };
    let address = fill(places)?;
    let (probe, other) = (fill(Places { files: "x", uid: "x" })?, fill(Places { files: "y", uid: "y" })?);
    if probe == other {
        return Err(not_understood("the address template of recordings lacks {files}"));
    }
    // The name comes from the network, so it must not change the host or leave the path.
    let depth = |url: &Url| url.path_segments().map_or(0, Iterator::count);
    if !matches!(address.scheme(), "http" | "https")
        || [&address, &other].iter().any(|url| url.origin() != probe.origin() || depth(url) != depth(&probe))
    {
        return Err(not_understood("the address template of recordings must fix an http host and the folder"));
    }
    if address.as_str().len() > LONGEST {
        return Err(not_understood("the name of the recording is too long for an address"));
    }
    Ok(address)
}

/// Whether this is a template for [`Settings::recordings`](crate::Settings::recordings).
///
/// # Errors
/// A sentence that says what is wrong with it.
pub fn check_template(template: &str) -> Result<(), Error> {
    let server = Url::parse("http://pbx.example/").map_err(|error| not_understood(&error.to_string()))?;
    address(&server, Some(template), Places { files: "audio:1.wav", uid: "1.1" }).map(drop)
}

fn filled(template: &str, host: &str, places: Places<'_>) -> Result<String, Error> {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let in_query = out.contains('?');
        let Some((name, after)) = after.split_once('}') else {
            return Err(not_understood("the address template of recordings opens a { and does not close it"));
        };
        match name {
            "files" => out.push_str(&encoded(places.files, in_query)),
            "uid" => out.push_str(&encoded(places.uid, in_query)),
            "server" => out.push_str(host),
            other => {
                return Err(not_understood(&format!(
                    "the address template of recordings knows {{files}}, {{uid}} and {{server}}, but not {{{other}}}"
                )));
            }
        }
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// Percent-encodes everything that is not legal in a query; `:` stays, so `audio:` is as the vendor writes it. Also encodes
/// characters that are legal but have a meaning there (`&`, and `+`, which PHP reads as a space), and the separators in a path.
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

fn not_understood(why: &str) -> Error {
    Error::NotUnderstood(why.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(template: Option<&str>, files: &str) -> Result<String, Error> {
        let server = Url::parse("http://192.168.160.211:8080/uncall_services_api/index.php?wsdl").unwrap();
        address(&server, template, Places { files, uid: "1372123897.17" }).map(String::from)
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
            "http://rec.example/#{files}",
            "http://rec.example/{server}",
        ] {
            assert!(matches!(by(Some(template), "evil.example"), Err(Error::NotUnderstood(_))), "{template}");
        }
        assert!(by(Some("http://rec.example/a/{files}"), "..").is_err());
        assert!(by(None, " ").is_err());
    }

    #[test]
    fn uid_and_server_have_places_too() {
        assert_eq!(
            by(Some("https://{server}:8443/{uid}/{files}"), "a.wav").unwrap(),
            "https://192.168.160.211:8443/1372123897.17/a.wav"
        );
        assert_eq!(by(Some("http://rec.example/?id={uid}"), "a.wav").unwrap(), "http://rec.example/?id=1372123897.17");
        let unknown = by(Some("http://rec.example/{file}"), "a.wav").unwrap_err().to_string();
        assert!(unknown.contains("{files}, {uid} and {server}, but not {file}"), "{unknown}");
        assert!(by(Some("http://rec.example/{files"), "a.wav").is_err());
    }

    #[test]
    fn hostile_names_stay_one_value() {
        for files in [
            "../../../etc/passwd",
            "..",
            ".",
            "%2e%2e/x",
            "a\r\nHost: evil",
            "@evil.example/",
            "\\\\evil\\x",
            "#",
            "\0",
        ] {
            for template in ["http://rec.example/get/{files}", "http://rec.example/get/{files}/raw"] {
                if let Ok(address) = by(Some(template), files) {
                    assert!(address.starts_with("http://rec.example/get/"), "{files:?}: {address}");
                    let value = address.trim_start_matches("http://rec.example/get/").trim_end_matches("/raw");
                    assert!(!value.contains(['/', '\\', '#', '?', '\r', '\n']), "{files:?}: {address}");
                }
            }
            let address = by(None, files).unwrap();
            assert!(address.starts_with("http://192.168.160.211:8080/outbound/index.php/"), "{address}");
            assert_eq!(address.matches('&').count(), 2, "{address}");
        }
        assert!(by(None, &"a".repeat(9000)).is_err());
    }
}
