//! The machine on which the figures were measured.

use std::process::Command;

use jiff::Timestamp;

/// The machine, the versions and the time, a fact a line.
pub fn description() -> String {
    let facts = [
        ("date", Timestamp::now().strftime("%Y-%m-%d %H:%M UTC").to_string()),
        ("processor", processor()),
        ("memory", memory()),
        ("system", system()),
        ("load before", first_words("/proc/loadavg", 3)),
        ("web view", said("dpkg-query", &["-W", "-f=${Version}", "libwebkit2gtk-4.1-0"])),
        ("PHP", said("php", &["-r", "echo PHP_VERSION;"])),
        ("compiler", said("rustc", &["--version"])),
        ("environment", environment()),
    ];
    facts.iter().filter(|(_, fact)| !fact.is_empty()).map(|(name, fact)| format!("- {name}: {fact}\n")).collect()
}

fn processor() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!("{cores} cores, {}", field("/proc/cpuinfo", "model name").trim_start_matches([':', ' ']))
}

fn memory() -> String {
    let kibibytes: u64 = field("/proc/meminfo", "MemTotal:").trim_end_matches(" kB").parse().unwrap_or_default();
    format!("{} GB", kibibytes * 1024 / 1_000_000_000)
}

fn system() -> String {
    let debian = first_words("/etc/debian_version", 1);
    format!("Debian {debian}, Linux {}", first_words("/proc/sys/kernel/osrelease", 1))
}

/// The value after a name in a file of `/proc`.
fn field(file: &str, name: &str) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim().to_owned()
}

fn first_words(file: &str, count: usize) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.split_whitespace().take(count).collect::<Vec<_>>().join(" ")
}

fn said(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}

/// The switches of the web view that are set, which change what is measured.
fn environment() -> String {
    let set = std::env::vars().filter(|(name, _)| name.starts_with("WEBKIT_"));
    set.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}
