#![allow(clippy::print_stdout, clippy::print_stderr)] // A command line talks to who typed it.
//! A real Asterisk with phones that answer, left running: `lab up`, `lab down`, `lab status`. `cargo xtask lab` runs it.

use std::{
    fs,
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{UnixListener, UnixStream},
};
use uncall_tests::lab::{BUSY_NUMBER, CUSTOMER, Lab, SILENT_NUMBER, SOON, folder, scenarios, until};

#[tokio::main]
async fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["up"] => up().await,
        ["down"] => down().await,
        ["status"] => status().await,
        ["call", number] => call(number).await,
        ["record", names @ ..] => scenarios::record(names).await,
        ["serve"] => serve().await,
        _ => bail!("usage: lab up | down | status | call NUMBER | record [NAME…]"),
    }
}

/// Where the running lab listens for `status`, `call` and `down`.
fn socket() -> Result<PathBuf> {
    Ok(folder()?.join("standing.sock"))
}

async fn up() -> Result<()> {
    if tell("status").await.is_err() {
        fs::create_dir_all(folder()?)?;
        let log = fs::File::create(folder()?.join("standing.log"))?;
        let mut child = Command::new(std::env::current_exe()?)
            .arg("serve")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0)
            .spawn()?;
        // The first time, the packages are fetched.
        let started = until("the lab is up", 20 * SOON, async || {
            ensure!(child.try_wait()?.is_none(), "it ended");
            Ok(tell("status").await.ok())
        });
        started.await.with_context(|| format!("see {}/standing.log", folder().unwrap_or_default().display()))?;
    }
    println!("{}", tell("status").await?);
    let configuration = folder()?.join("gateway.toml");
    println!("  check it:  uncall-gateway check --config {}", configuration.display());
    println!("  run on it: uncall-gateway --config {}", configuration.display());
    println!("  a customer calls 801: cargo run -p uncall-tests --bin lab call 801 (again: he hangs up)");
    println!("  end it:    cargo xtask lab down");
    Ok(())
}

async fn down() -> Result<()> {
    match tell("down").await {
        Ok(answer) => println!("{answer}"),
        Err(_) => println!("No lab is running."),
    }
    Ok(())
}

async fn status() -> Result<()> {
    println!("{}", tell("status").await.context("no lab is running")?);
    Ok(())
}

async fn call(number: &str) -> Result<()> {
    println!("{}", tell(&format!("call {number}")).await.context("no lab is running")?);
    Ok(())
}

async fn tell(word: &str) -> Result<String> {
    let mut stream = UnixStream::connect(socket()?).await?;
    stream.write_all(word.as_bytes()).await?;
    stream.shutdown().await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

/// Runs the lab until it is told to end.
async fn serve() -> Result<()> {
    let mut lab = Lab::start_standing().await?;
    let mut phones = Vec::new();
    for exten in lab.extensions() {
        let phone = lab.phone(exten).await?;
        phone.auto_answer(true);
        phones.push(phone);
    }
    let customer = lab.customer().await?;
    customer.auto_answer(true);
    let configuration = folder()?.join("gateway.toml");
    fs::write(&configuration, gateway(&lab)?)?;
    if socket()?.exists() {
        fs::remove_file(socket()?)?;
    }
    let listener = UnixListener::bind(socket()?)?;
    let mut last = loop {
        let (mut stream, _) = listener.accept().await?;
        let mut word = String::new();
        stream.read_to_string(&mut word).await?;
        let answer = match word.split(' ').collect::<Vec<_>>().as_slice() {
            ["down"] => break stream,
            ["call", number] if customer.calls().is_empty() => {
                customer.call(number).await.map(|()| format!("{CUSTOMER} calls {number}."))
            }
            ["call", _] => customer.hang_up().await.map(|()| format!("{CUSTOMER} hangs up.")),
            _ => Ok(format!(
                "Asterisk {}: phones 801 to 804 answer; outside numbers: {CUSTOMER} answers, {BUSY_NUMBER} is busy, {SILENT_NUMBER} \
                 does not answer.",
                lab.address()
            )),
        };
        stream.write_all(answer.unwrap_or_else(|error| format!("{error:#}")).as_bytes()).await?;
    };
    fs::remove_file(socket()?)?;
    fs::remove_file(configuration)?;
    drop((phones, customer));
    lab.stop().await?;
    Ok(last.write_all(b"The lab is down.").await?)
}

/// The gateway's configuration for this lab.
fn gateway(lab: &Lab) -> Result<String> {
    let secret = folder()?.join("ami.secret");
    fs::write(&secret, Lab::secret("uncall"))?;
    fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(format!(
        "# The gateway on the lab that `cargo xtask lab up` started.\n\
         pbx = \"asterisk\"\n\n\
         [asterisk]\naddress = \"{}:5038\"\nuser = \"uncall\"\nsecret_file = {secret:?}\ntls = false\n\
         technology = \"PJSIP\"\nextensions = [\"801-804\"]\ntransfer_rings = 15\nphone_rings = 15\nhold_reminder = 600\n\
         without_system = false\nprompts = {:?}\n\n[recordings]\nfolder = {:?}\n",
        lab.address(),
        lab.prompts(),
        lab.recordings(),
    ))
}
