//! What comes packed, of a server that packs in its own way; `tests/it/php_packing.rs` has PHP pack.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use uncall_client::Error;
use uncall_contract::{Operation, Reply};

use crate::{
    client, dial, ping,
    server::{Answer, Server, envelope, healthy, http, success},
    ways::gzip,
};

/// Packs with Python's zlib: -15 is raw deflate, 15 zlib's wrapping, 31 gzip's.
fn packed(bytes: &[u8], window: i32) -> Vec<u8> {
    let script = "import sys,zlib\nz=zlib.compressobj(9,zlib.DEFLATED,int(sys.argv[1]))\nd=sys.stdin.buffer.read()\n\
                  sys.stdout.buffer.write(z.compress(d)+z.flush())";
    let mut python = Command::new("python3")
        .args(["-c", script, &window.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    python.stdin.take().unwrap().write_all(bytes).unwrap();
    python.wait_with_output().unwrap().stdout
}

/// How a body is packed.
type Packer = fn(&[u8]) -> Vec<u8>;

const RAW: i32 = -15;
const ZLIB: i32 = 15;
const GZIP: i32 = 31;

/// Answers everything with the body packed and the coding named so.
fn packing(coding: &'static str, pack: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static) -> Server {
    Server::start(move |seen| {
        let headers = format!("Content-Type: text/xml\r\nContent-Encoding: {coding}\r\n");
        let body = match seen.operation() {
            Some(operation) => envelope(operation, &success(operation)).into_bytes(),
            None if seen.is_wsdl() => uncall_contract::wsdl::write("/uncall_services_api/index.php").into_bytes(),
            None => return healthy(seen),
        };
        Answer::Bytes(http("200 OK", &headers, pack(&body)))
    })
}

#[tokio::test]
async fn wsdl_and_answers_are_unpacked_whatever_the_coding_is_called() {
    let ways: [(&str, Packer); 10] = [
        ("gzip", |bytes| packed(bytes, GZIP)),
        ("x-gzip", |bytes| packed(bytes, GZIP)),
        ("GZIP", |bytes| packed(bytes, GZIP)),
        ("gzip", |bytes| [packed(&bytes[..50], GZIP), packed(&bytes[50..], GZIP)].concat()),
        ("deflate", |bytes| packed(bytes, ZLIB)),
        ("Deflate", |bytes| packed(bytes, RAW)),
        ("deflate, gzip", |bytes| packed(&packed(bytes, ZLIB), GZIP)),
        ("gzip,deflate", |bytes| packed(&packed(bytes, GZIP), RAW)),
        ("identity", <[u8]>::to_vec),
        ("gzip, identity", |bytes| packed(bytes, GZIP)),
    ];
    for (coding, pack) in ways {
        let server = packing(coding, pack);
        let reply = client(server.wsdl()).call(&ping()).await;
        assert_eq!(reply, Ok(Ok(Reply::Pong { text: "hello".into() })), "{coding}");
    }
}

#[tokio::test]
async fn what_cannot_be_unpacked_is_an_error() {
    for coding in ["br", "zstd", "compress", "gzip, br"] {
        let server = packing(coding, <[u8]>::to_vec);
        let error = client(server.wsdl()).call(&ping()).await.unwrap_err();
        let named = coding.rsplit(' ').next().unwrap();
        assert!(matches!(&error, Error::NotUnderstood(why) if why.contains(named)), "{error:?}");
        assert_eq!(server.wsdls(), 1, "{coding}");
    }
    // Cut, and no such thing: the answer of a verb is lost.
    let bad: [(&str, Packer); 5] = [
        ("gzip", |bytes| packed(bytes, GZIP)[..100].to_vec()),
        ("deflate", |bytes| packed(bytes, ZLIB)[..100].to_vec()),
        ("deflate", |bytes| packed(bytes, RAW)[..100].to_vec()),
        ("deflate", <[u8]>::to_vec),
        ("gzip", <[u8]>::to_vec),
    ];
    for (coding, pack) in bad {
        let server = Server::start(move |seen| match seen.operation() {
            Some(operation) => {
                let body = pack(envelope(operation, &success(operation)).as_bytes());
                Answer::Bytes(http("200 OK", &format!("Content-Encoding: {coding}\r\n"), body))
            }
            None => healthy(seen),
        });
        let error = client(server.wsdl()).call(&dial()).await.unwrap_err();
        assert!(matches!(error, Error::OutcomeUnknown(_)), "{coding}: {error:?}");
        assert_eq!(server.calls(Operation::Dial), 1, "{coding}");
    }
}

#[tokio::test]
async fn bombs_stop_at_the_limit_whatever_they_are_packed_in() {
    let bomb = vec![b' '; 50 << 20];
    for (coding, body) in
        [("deflate", packed(&bomb, ZLIB)), ("deflate", packed(&bomb, RAW)), ("gzip, gzip", gzip(&packed(&bomb, GZIP)))]
    {
        let server = packing(coding, move |_| body.clone());
        let error = client(server.wsdl()).call(&ping()).await.unwrap_err();
        assert!(matches!(error, Error::Limit(_)), "{coding}: {error:?}");
    }
}

/// An answer without a body, or with a status that says enough, needs no unpacking.
#[tokio::test]
async fn nothing_packed_is_nothing() {
    for (status, coding) in [("404 Not Found", "gzip"), ("404 Not Found", "br")] {
        for body in ["", "not packed"] {
            let server = Server::start(move |seen| match seen.operation() {
                Some(_) => Answer::Bytes(http(status, &format!("Content-Encoding: {coding}\r\n"), body)),
                None => healthy(seen),
            });
            let error = client(server.wsdl()).call(&ping()).await.unwrap_err();
            assert!(matches!(error, Error::Http(404)), "{coding} {body:?}: {error:?}");
        }
    }
}
