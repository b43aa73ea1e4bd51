//! The gateway as a service under Wine, with clients outside.

use std::{
    fs,
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::Path,
};

use anyhow::ensure;

use super::{
    build::Programs,
    machine::{Machine, wait},
};

/// Installs, starts, calls, stops and removes it.
pub(super) fn prove(programs: &Programs) -> anyhow::Result<()> {
    let mut machine = Machine::ready("service")?;
    let gateway = programs.file("uncall-gateway.exe");
    let folder = machine.place("ProgramData/Uncall Gateway 座席");
    fs::create_dir_all(&folder)?;
    let address = free()?;
    let config = "C:\\ProgramData\\Uncall Gateway 座席\\gateway.toml";
    let install = ["service", "install", "--config", config];

    fs::write(folder.join("gateway.toml"), "listen = 8088\n")?;
    let refused = machine.run(&gateway, &install)?;
    let words = refused.output;
    ensure!(!refused.status.success() && words.contains("line 1"), "a wrong configuration is installed: {words}");

    // The audit file's place is relative to the configuration's.
    fs::write(folder.join("gateway.toml"), format!("listen = \"{address}\"\naudit_file = 'audit.jsonl'\n"))?;
    machine.succeed(&gateway, &install)?;
    machine.succeed(&gateway, &install)?;
    let by_hand = machine.run(&gateway, &["service", "run"])?;
    let words = by_hand.output;
    ensure!(
        !by_hand.status.success() && words.contains("service control"),
        "`service run` in a terminal says: {words}"
    );

    let net = Path::new("net");
    for _again in 0..2 {
        machine.succeed(net, &["start", "uncall-gateway"])?;
        wait("the service's WSDL", || wsdl(address).is_ok_and(|answer| answer.contains("definitions")))?;
        machine.succeed(net, &["stop", "uncall-gateway"])?;
        wait("the service's end", || wsdl(address).is_err())?;
    }
    ensure!(folder.join("audit.jsonl").exists(), "relative paths do not start at the configuration's folder");
    let log = log(&machine.place("ProgramData/Uncall Gateway/logs"))?;
    ensure!(log.matches("WSDL at").count() == 2 && log.matches("stopped").count() == 2, "the log tells else:\n{log}");

    machine.wine.restart()?;
    wait("the service to start with Windows", || wsdl(address).is_ok())?;
    machine.succeed(net, &["stop", "uncall-gateway"])?;

    // An address that is taken: the service ends, and its log says why.
    let taken = TcpListener::bind(address)?;
    let started = machine.run(net, &["start", "uncall-gateway"])?;
    wait("the reason in the log", || {
        self::log(&machine.place("ProgramData/Uncall Gateway/logs")).is_ok_and(|log| log.contains("cannot listen"))
    })?;
    drop((taken, started));

    machine.succeed(&gateway, &["service", "uninstall"])?;
    let started = machine.run(net, &["start", "uncall-gateway"])?;
    ensure!(!started.status.success(), "the service is still there");
    let again = machine.run(&gateway, &["service", "uninstall"])?;
    ensure!(again.output.contains("not installed"), "removing what is not there says: {}", again.output);
    eprintln!(
        "the gateway runs as a service: started by hand and with Windows, called, stopped; a failure is in its log; removed"
    );
    Ok(())
}

fn free() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

fn wsdl(address: SocketAddr) -> std::io::Result<String> {
    let mut connection = TcpStream::connect(address)?;
    write!(
        connection,
        "GET /uncall_services_api/index.php?wsdl HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    Ok(answer)
}

/// All its files.
fn log(folder: &Path) -> anyhow::Result<String> {
    let mut log = String::new();
    for file in fs::read_dir(folder)? {
        log.push_str(&fs::read_to_string(file?.path())?);
    }
    Ok(log)
}
