//! Signatures, checked by OpenSSL.

use std::io::Write as _;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::json;
use uncall_files::Secret;
use uncall_screenpop::{Facts, signature};

use super::{call, post_of, rule};

/// What `openssl dgst -sha256 -mac HMAC` says of these bytes.
fn openssl(key: &[u8], signed: &[u8]) -> String {
    let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut child = Command::new("openssl")
        .args(["dgst", "-sha256", "-mac", "HMAC", "-macopt", &format!("hexkey:{hex}"), "-binary"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("openssl");
    child.stdin.take().unwrap().write_all(signed).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    format!("v1,{}", STANDARD.encode(output.stdout))
}

#[test]
fn openssl_makes_the_same_signature() {
    let of_base64 = STANDARD.encode([0_u8, 1, 254, 255].repeat(8));
    for (secret, key) in [
        ("kept between the two".to_owned(), b"kept between the two".to_vec()),
        ("密钥".to_owned(), "密钥".as_bytes().to_vec()),
        (format!("whsec_{of_base64}"), [0_u8, 1, 254, 255].repeat(8)),
        ("whsec_not base64!".to_owned(), b"whsec_not base64!".to_vec()),
    ] {
        let table = json!({"on": "end", "post": "https://c.example/{uid}", "secret": secret});
        let rule = rule(table);
        let note = Some("one\r\ntwo \"three\" 李".to_owned());
        let parcel = super::webhooks::parcel("msg-1", &rule, Facts { note, ..call() });
        let now = Timestamp::from_second(1_796_083_200).unwrap();
        let request = post_of(&rule).request(&parcel, now).unwrap();
        let header = |name: &str| {
            request.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap()
        };
        let (id, at) = (header("webhook-id"), header("webhook-timestamp"));
        assert_eq!((id.as_str(), at.as_str()), ("msg-1", "1796083200"));
        let signed = [format!("{id}.{at}.").as_bytes(), &request.body].concat();
        assert_eq!(header("webhook-signature"), openssl(&key, &signed), "{secret}");
    }
}

/// The example of the Standard Webhooks' own libraries.
#[test]
fn the_published_example_holds() {
    let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let body = br#"{"test": 2432232314}"#;
    let signed = signature(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
    assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

#[test]
fn without_a_secret_there_is_no_signature() {
    let rule = rule(json!({"on": "end", "post": "https://c.example/", "secret": ""}));
    let parcel = super::webhooks::parcel("p", &rule, call());
    let request = post_of(&rule).request(&parcel, parcel.at).unwrap();
    assert!(request.headers.iter().all(|(name, _)| name != "webhook-signature"));
}
