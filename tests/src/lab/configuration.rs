//! The configuration of the lab's Asterisk: the dialplan package as an administrator gets it, and around it what an existing
//! PBX has of its own. Prompts and music are single tones, so that what a phone hears can be told apart.

use std::{
    fmt::Write as _,
    fs,
    net::Ipv4Addr,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use super::{
    distribution::Distribution,
    tone::{self, Tone},
};

/// Files that Asterisk misses in its log when they are not there.
const EMPTY: [&str; 9] = [
    "acl.conf",
    "ccss.conf",
    "cel.conf",
    "codecs.conf",
    "dnsmgr.conf",
    "dsp.conf",
    "extconfig.conf",
    "sorcery.conf",
    "udptl.conf",
];

/// Lays everything out in `run`; what is there of the PBX's own state (its database) stays.
pub(super) fn write(run: &Path, address: Ipv4Addr, extensions: &[String], asterisk: &Distribution) -> Result<()> {
    for folder in ["etc", "lib", "spool/monitor", "run", "log/cdr-csv", "cache", "sounds", "music"] {
        fs::create_dir_all(run.join(folder))?;
    }
    let etc = run.join("etc");
    let fill = |text: &str| {
        text.replace("@RUN@", &run.to_string_lossy())
            .replace("@ADDRESS@", &address.to_string())
            .replace("@MODULES@", &asterisk.modules().to_string_lossy())
            .replace("@SHARE@", &asterisk.share().to_string_lossy())
    };
    for (name, text) in [
        ("asterisk.conf", include_str!("etc/asterisk.conf")),
        ("extensions.conf", include_str!("etc/extensions.conf")),
        ("features.conf", include_str!("etc/features.conf")),
        ("manager.conf", include_str!("etc/manager.conf")),
        ("modules.conf", include_str!("etc/modules.conf")),
        ("queues.conf", include_str!("etc/queues.conf")),
        ("res_parking.conf", include_str!("etc/res_parking.conf")),
    ] {
        fs::write(etc.join(name), fill(text))?;
    }
    fs::write(etc.join("pjsip.conf"), fill(include_str!("etc/pjsip.conf")) + &phones(extensions)?)?;
    fs::write(etc.join("musiconhold.conf"), classes(run)?)?;
    fs::write(
        etc.join("cdr.conf"),
        "[general]\nenable=yes\n[csv]\nloguniqueid=yes\nloguserfield=yes\nnewcdrcolumns=yes\n",
    )?;
    // Its profiles have defaults, the file has to be there.
    fs::write(etc.join("confbridge.conf"), "[general]\n")?;
    fs::write(etc.join("rtp.conf"), "[general]\nrtpstart=20000\nrtpend=20999\n")?;
    fs::write(etc.join("indications.conf"), "[general]\ncountry=cn\n[cn]\nringcadence=1000,4000\ndial=450\n")?;
    fs::write(etc.join("logger.conf"), "[logfiles]\nfull => notice,warning,error,verbose\n")?;
    for name in EMPTY {
        fs::write(etc.join(name), "")?;
    }
    dialplan(&etc.join("uncall"))?;
    sounds(run, asterisk)?;
    certificate(&etc, address)
}

/// The package's own files, unchanged.
fn dialplan(into: &Path) -> Result<()> {
    fs::create_dir_all(into)?;
    let package = crate::repository().join("dialplan");
    for name in ["uncall.conf", "uncall-globals.conf"] {
        fs::copy(package.join(name), into.join(name)).with_context(|| format!("dialplan/{name}"))?;
    }
    Ok(())
}

/// Endpoint, login and address of each phone.
fn phones(extensions: &[String]) -> Result<String> {
    let mut text = String::new();
    for exten in extensions {
        writeln!(text, "[{exten}](agent)\nauth={exten}\naors={exten}\ncallerid=Agent {exten} <{exten}>")?;
        writeln!(text, "[{exten}](auth)\nusername={exten}\npassword=pw{exten}\n[{exten}](aor)")?;
    }
    Ok(text)
}

/// A phone that is named otherwise than an extension, or registers from several places.
pub(super) fn endpoint(name: &str, contacts: u8) -> String {
    format!(
        "[{name}](agent)\nauth={name}\naors={name}\n[{name}](auth)\nusername={name}\npassword=pw{name}\n\
         [{name}](aor)\nmax_contacts={contacts}\nremove_existing=no\n"
    )
}

/// The package's music classes, played from the lab's tones.
fn classes(run: &Path) -> Result<String> {
    let mut text = String::new();
    for (class, tone) in [
        ("uncall-hold", Some(Tone::Music)),
        ("uncall-silence", None),
        ("uncall-transferring-en", Some(Tone::Transferring)),
    ] {
        let folder = run.join("music").join(class);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("tone.ulaw"), tone::ulaw(tone, 30_000))?;
        writeln!(text, "[{class}]\nmode=files\ndirectory={}", folder.display())?;
    }
    Ok(text)
}

fn sounds(run: &Path, asterisk: &Distribution) -> Result<()> {
    for (name, tone) in [("busy", Tone::BusyPrompt), ("survey", Tone::SurveyPrompt), ("thanks", Tone::ThanksPrompt)] {
        fs::write(run.join("sounds").join(format!("{name}.ulaw")), tone::ulaw(Some(tone), 2_000))?;
    }
    // The PBX's own transfer (*2) asks for the number by this one, and gives up without it.
    let own = asterisk.share().join("sounds/en");
    fs::create_dir_all(&own)?;
    let asks = own.join("pbx-transfer.ulaw");
    if !asks.exists() {
        fs::write(asks, tone::ulaw(Some(Tone::ThanksPrompt), 2_000))?;
    }
    Ok(())
}

/// Self-signed, for this address; kept over a restart.
fn certificate(etc: &Path, address: Ipv4Addr) -> Result<()> {
    let (certificate, key) = (authority(etc), etc.join("ami.key"));
    if !certificate.exists() {
        let made = rcgen::generate_simple_self_signed([address.to_string()])?;
        fs::write(key, made.signing_key.serialize_pem())?;
        fs::write(certificate, made.cert.pem())?;
    }
    Ok(())
}

/// The certificate of the manager's encrypted port.
pub(super) fn authority(etc: &Path) -> PathBuf {
    etc.join("ami.crt")
}
