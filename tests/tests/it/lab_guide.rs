//! docs/asterisk.md on a bare Asterisk: its own blocks are put into the files that they name, its commands are carried out, and calls are made.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};
use uncall_tests::{
    floor::*,
    lab::{Change, Lab, SOON, Stage, until},
};

/// The folder of the repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What a reader of the guide does.
#[derive(Debug, PartialEq)]
pub(crate) enum Step {
    /// The block goes into the file of that name.
    Write(String, String),
    /// A command of the block.
    Run(String),
}

/// The steps from section 1 to the one that begins with `end`, in their order. A block belongs to the file that the line before it names.
pub(crate) fn steps(guide: &str, end: &str) -> Vec<Step> {
    let lines = guide.lines().skip_while(|line| !line.starts_with("## 1.")).take_while(|line| !line.starts_with(end));
    let mut steps = Vec::new();
    let mut before = "";
    let mut block: Option<(&str, String)> = None;
    for line in lines {
        match (&mut block, line.strip_prefix("```")) {
            (None, Some(language)) => block = Some((language, String::new())),
            (None, None) if line.trim().is_empty() => {}
            (None, None) => before = line,
            (Some((language, text)), Some(_)) => {
                let file = before.strip_prefix('`').and_then(|rest| rest.split_once('`')).map(|(file, _)| file);
                if *language == "sh" {
                    steps.extend(text.lines().map(|line| Step::Run(line.to_owned())));
                } else if let Some(file) = file.filter(|file| file.starts_with("/etc/")) {
                    steps.push(Step::Write(file.to_owned(), std::mem::take(text)));
                }
                block = None;
            }
            (Some((_, text)), None) => text.extend([line, "\n"]),
        }
    }
    steps
}

/// A PBX that knows phones and a trunk, and nothing else but the lab's own user.
async fn bare() -> Result<Lab> {
    let empty: fn(String) -> String = |_| String::new();
    let admin: fn(String) -> String = |text| text.split("; As in").next().unwrap_or_default().to_owned();
    let changes: Vec<Change> = vec![("extensions.conf", empty), ("musiconhold.conf", empty), ("manager.conf", admin)];
    Lab::start_changed(changes).await
}

/// A reader on this PBX: where the guide says /etc, it is in the lab's folder.
struct Reader<'a> {
    lab: &'a Lab,
}

impl Reader<'_> {
    fn settings(&self) -> PathBuf {
        self.lab.folder().join("uncall")
    }

    /// With the lab's folders and addresses for those of the guide.
    fn here(&self, text: &str) -> String {
        let folder = |path: PathBuf| path.to_string_lossy().into_owned();
        text.replace("/etc/uncall", &folder(self.settings()))
            .replace("/etc/asterisk", &folder(self.lab.folder().join("etc")))
            .replace("/var/lib/uncall-gateway", &folder(self.lab.folder().join("state")))
            .replace("/var/spool/asterisk/monitor", &folder(self.lab.recordings()))
            .replace("127.0.0.1:5038", &format!("{}:5038", self.lab.address()))
            .replace("192.168.1.0/24", "127.0.0.0/8")
            .replace("bindaddr = 127.0.0.1", &format!("bindaddr = {}", self.lab.address()))
    }

    async fn follow(&self, step: &Step) -> Result<()> {
        match step {
            Step::Write(file, text) => {
                let file = PathBuf::from(self.here(file));
                let mut text = self.here(text);
                if file.ends_with("etc/manager.conf") {
                    // The lab's own user, without whom no command can be carried out.
                    text.push_str("[admin]\nsecret = labadmin\nread = all\nwrite = all\n");
                }
                fs::write(&file, text).with_context(|| file.display().to_string())
            }
            Step::Run(command) => match command.split_once(" -rx ") {
                Some(("asterisk", console)) => {
                    let said = self.lab.command(console.trim_matches('\'')).await?;
                    ensure!(!said.contains("No such command"), "{said}");
                    Ok(())
                }
                _ if command.starts_with("mkdir ") => {
                    ensure!(Command::new("sh").args(["-c", &self.here(command)]).status()?.success(), "{command}");
                    Ok(())
                }
                _ => self.copy_the_package(command),
            },
        }
    }

    /// `cp -r dialplan …`; its music becomes a tone that a phone can tell.
    fn copy_the_package(&self, command: &str) -> Result<()> {
        let package = self.lab.folder().join("etc/uncall");
        fs::remove_dir_all(&package)?;
        ensure!(command.starts_with("cp -r dialplan "), "what is to be done with: {command}");
        ensure!(Command::new("sh").args(["-c", &self.here(command)]).current_dir(repository()).status()?.success());
        for name in ["uncall-globals.conf", "musiconhold.conf"] {
            let file = package.join(name);
            fs::write(&file, self.here(&fs::read_to_string(&file)?))?;
        }
        for (class, tone) in [("hold", "uncall-hold"), ("transferring-zh", "uncall-transferring-en")] {
            let folder = package.join("music").join(class);
            fs::remove_dir_all(&folder)?;
            fs::create_dir(&folder)?;
            fs::copy(self.lab.folder().join("music").join(tone).join("tone.ulaw"), folder.join("tone.ulaw"))?;
        }
        Ok(())
    }
}

#[test]
fn a_block_belongs_to_the_file_before_it() {
    let guide = "## 1. One\n\n`/etc/asterisk/a.conf`:\n\n```ini\n[a]\nb = c\n```\n\nOr:\n\n```ini\nnothing\n```\n```sh\nls\n```\n## 4. Four\n\
                 `/etc/asterisk/b.conf`:\n```ini\nx\n```\n";
    let write = Step::Write("/etc/asterisk/a.conf".into(), "[a]\nb = c\n".into());
    assert_eq!(steps(guide, "## 4."), [write, Step::Run("ls".into())]);
}

#[tokio::test]
async fn who_follows_the_guide_has_a_gateway_that_does_all() -> Result<()> {
    let lab = bare().await?;
    let reader = Reader { lab: &lab };
    let steps = steps(&fs::read_to_string(repository().join("docs/asterisk.md"))?, "## 4.");
    let files: Vec<&str> = steps
        .iter()
        .filter_map(|step| if let Step::Write(file, _) = step { Some(file.as_str()) } else { None })
        .collect();
    assert_eq!(
        files,
        [
            "/etc/asterisk/extensions.conf",
            "/etc/asterisk/musiconhold.conf",
            "/etc/asterisk/manager.conf",
            "/etc/uncall/gateway.toml",
            "/etc/uncall/ami",
        ]
    );
    fs::create_dir_all(lab.folder().join("state"))?;
    for step in &steps {
        reader.follow(step).await.with_context(|| format!("{step:?}"))?;
    }
    let settings = reader.settings();
    let mut said = String::new();
    let content = until("the check is content", SOON, async || {
        let (status, text) = Process::check(&settings, &[]).await?;
        said = text;
        Ok((status == Some(0)).then_some(()))
    });
    content.await.with_context(|| said.clone())?;
    ensure!(said.contains("uncall-hold: a leg gets there") && said.contains("recordings: "), "{said}");
    let (status, lines) = Process::check(&settings, &["--lines"]).await?;
    assert_eq!((status, lines.as_str()), (Some(0), ""), "nothing is missing, so there is nothing to add");

    let process = Process::start_in(settings).await?;
    let gateway = process.gateway();
    let floor = Floor::with(Real::on(lab).await?, gateway).await?;
    // By the direct number, as the carrier sends it.
    floor.phones.tries(CALLER, "02161234567").await?;
    floor.phones.phone("801")?.at(Stage::Ringing).await?;
    let uid = floor.pops("801", CALLER, "801", "callin").await?;
    floor.phones.answers("801").await?;
    floor.hears(CALLER, &["801"]).await?;
    let channel = floor.ok(hold("801")).await?;
    floor.hears(CALLER, &["music"]).await?;
    floor.ok(restore("801", &channel)).await?;
    floor.hears(CALLER, &["801"]).await?;
    let asked = floor.begin(transfer("801", "802"));
    floor.phones.phone("802")?.at(Stage::Ringing).await?;
    floor.hears(CALLER, &["music"]).await?;
    floor.phones.answers("802").await?;
    ensure!(asked.await??.is_ok());
    floor.hears(CALLER, &["802"]).await?;
    floor.on_hook(&["801"]).await?;
    floor.phones.hangs_up(CALLER).await?;
    floor.on_hook(&["802"]).await?;
    floor.until("the recording is served", async |floor| Ok(floor.ask(recording(&uid)).await?.is_ok())).await?;

    // To the outside, and busy.
    floor.ok(dial("801", CALLER)).await?;
    floor.phones.answers("801").await?;
    floor.phones.phone(CALLER)?.at(Stage::Ringing).await?;
    floor.phones.answers(CALLER).await?;
    floor.hears(CALLER, &["801"]).await?;
    floor.ok(hang_up("801")).await?;
    floor.on_hook(&["801", CALLER]).await?;
    floor.ok(busy("801")).await?;
    floor.phones.tries(CALLER, "801").await?;
    floor.on_hook(&[CALLER, "801"]).await?;
    floor.ok(idle("801")).await.map(drop)
}

/// A PBX whose manager's user may only look, without the package's includes, with a second range of extensions.
#[tokio::test]
async fn the_lines_of_the_check_added_to_the_files_are_all_that_is_missing() -> Result<()> {
    let lab = bare().await?;
    let reader = Reader { lab: &lab };
    reader.follow(&Step::Run("cp -r dialplan /etc/asterisk/uncall".into())).await?;
    let user = "[uncall]\nsecret = hush\nread = call\nwrite = reporting\n";
    lab.configure("manager.conf", |text| text + user, "manager reload").await?;
    let settings = reader.settings();
    fs::create_dir_all(&settings)?;
    let file = format!(
        "pbx = \"asterisk\"\n[asterisk]\naddress = \"{}:5038\"\nuser = \"uncall\"\nsecret = \"hush\"\nextensions = [\"801-802\", \"1001\"]\n",
        lab.address()
    );
    fs::write(settings.join("gateway.toml"), file)?;
    let mut rounds = Vec::new();
    loop {
        let (status, lines) = Process::check(&settings, &["--lines"]).await?;
        if status == Some(0) {
            break;
        }
        ensure!(rounds.len() < 5, "it never ends: {rounds:#?}");
        for part in lines.split("; ---- ").filter(|part| !part.is_empty()) {
            let (head, text) = part.split_once('\n').with_context(|| lines.clone())?;
            let (name, then) = head.split_once("; then: ").with_context(|| lines.clone())?;
            let command = then.strip_prefix("asterisk -rx ").with_context(|| lines.clone())?.trim_matches('\'');
            // What the check cannot know.
            let text = text.replace("CHANGE-ME", "pw1001");
            lab.configure(name, |old| format!("{old}\n{text}"), command).await?;
        }
        rounds.push(lines);
    }
    ensure!(!rounds.is_empty(), "something was missing");
    let (caller, range) = (lab.phone("801").await?, lab.phone("1001").await?);
    caller.call("1001").await?;
    range.at(Stage::Ringing).await.map(drop)
}
