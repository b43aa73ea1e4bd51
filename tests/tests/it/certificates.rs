//! Certificates as administrators make them, with openssl, on a real TLS server: `uncall` takes what curl takes, and says
//! once what is wrong with the others.

use std::{fs, path::Path};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;
use tokio::process::Command;
use uncall_gateway::{Settings, access::Tls};
use uncall_tests::{gateway::Gateway, program};

const RSA: &[&str] = &["-newkey", "rsa:2048"];
const P256: &[&str] = &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
const HERE: &str = "subjectAltName=IP:127.0.0.1,DNS:localhost";
const ELSEWHERE: &str = "subjectAltName=DNS:other.example";

async fn openssl(folder: &Path, arguments: &[&str]) -> Result<()> {
    let output = Command::new("openssl").args(arguments).current_dir(folder).output().await.context("openssl")?;
    ensure!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// A folder with `crt` and `key` of a certificate that `openssl req -x509` made.
async fn made(key: &[&str], names: &str) -> Result<TempDir> {
    let folder = TempDir::new()?;
    let plain = ["req", "-x509", "-nodes", "-subj", "/CN=127.0.0.1", "-keyout", "key", "-out", "crt", "-addext"];
    openssl(folder.path(), &[&plain, &[names, "-days", "10"][..], key].concat()).await?;
    Ok(folder)
}

/// The same of one that is over: `openssl req` makes none.
async fn expired() -> Result<TempDir> {
    const SETTINGS: &str = "[ca]\ndefault_ca = own\n[own]\ndatabase = index\nserial = serial\nnew_certs_dir = .\n\
        default_md = sha256\npolicy = any\nx509_extensions = v3\n[any]\ncommonName = supplied\n[v3]\n\
        basicConstraints = critical,CA:TRUE\nsubjectAltName = IP:127.0.0.1,DNS:localhost\n";
    let folder = TempDir::new()?;
    for (name, text) in [("settings", SETTINGS), ("index", ""), ("serial", "01\n")] {
        fs::write(folder.path().join(name), text)?;
    }
    let asking = ["req", "-new", "-nodes", "-subj", "/CN=127.0.0.1", "-keyout", "key", "-out", "csr"];
    openssl(folder.path(), &[&asking, P256].concat()).await?;
    let signing =
        ["ca", "-batch", "-selfsign", "-notext", "-config", "settings", "-keyfile", "key", "-in", "csr", "-out", "crt"];
    let dates = ["-startdate", "20200101000000Z", "-enddate", "20210101000000Z"];
    openssl(folder.path(), &[&signing[..], &dates].concat()).await?;
    Ok(folder)
}

async fn gateway(own: &Path) -> Result<Gateway> {
    let tls = Tls { certificate: own.join("crt"), key: own.join("key") };
    Gateway::start_with(Settings { tls: Some(tls), ..Settings::default() }).await
}

/// Exit status and complaint of `uncall ping` on a system that trusts these certificates only, and whether curl goes there.
async fn asked(gateway: &Gateway, trusted: &Path) -> Result<(i32, String, bool)> {
    let address = gateway.wsdl().replace("http://", "https://");
    let mut command = program::command(&["--server", &address, "ping"]).await?;
    let output =
        command.env("SSL_CERT_FILE", trusted).env_remove("SSL_CERT_DIR").env_remove("RUST_LOG").output().await?;
    let curl = Command::new("curl")
        .args(["--silent", "--output", "/dev/null", "--noproxy", "*", "--cacert"])
        .arg(trusted)
        .arg(&address)
        .status()
        .await?;
    Ok((output.status.code().context("killed")?, String::from_utf8(output.stderr)?, curl.success()))
}

#[tokio::test]
async fn a_certificate_of_openssl_that_the_system_trusts_is_taken() -> Result<()> {
    for key in [RSA, P256] {
        let own = made(key, HERE).await?;
        let gateway = gateway(own.path()).await?;
        let asked = asked(&gateway, &own.path().join("crt")).await?;
        assert_eq!(asked, (0, String::new(), true), "{key:?}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_with_a_certificate_is_said_once_and_in_words() -> Result<()> {
    let good = made(P256, HERE).await?;
    let trusted = good.path().join("crt");
    let other_bytes = TempDir::new()?;
    fs::copy(good.path().join("key"), other_bytes.path().join("key"))?;
    let again =
        ["req", "-x509", "-key", "key", "-subj", "/CN=127.0.0.1", "-addext", HERE, "-days", "10", "-out", "crt"];
    openssl(other_bytes.path(), &again).await?;
    let (wrong_name, expired) = (made(P256, ELSEWHERE).await?, expired().await?);
    let stranger = made(RSA, HERE).await?;
    for (own, trusted, words) in [
        (&wrong_name, wrong_name.path().join("crt"), "it is for other names: other.example"),
        (&expired, expired.path().join("crt"), "it has expired"),
        (&stranger, trusted.clone(), "this system"),
        (&other_bytes, trusted, "this server"),
    ] {
        let gateway = gateway(own.path()).await?;
        let (status, complaint, curl) = asked(&gateway, &trusted).await?;
        ensure!(status == 3 && complaint.lines().count() == 1, "{words}: {status} {complaint}");
        ensure!(complaint.contains("certificate is not accepted"), "{complaint}");
        ensure!(complaint.contains(words) || words == "this server", "{complaint}");
        // curl takes the same key in other bytes, since it looks for an issuer of that name and key.
        ensure!(!curl || words == "this server", "{words}: curl goes there");
    }
    Ok(())
}
