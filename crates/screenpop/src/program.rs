//! Programs with arguments. There is no shell between panel and program.

use std::path::{Path, PathBuf};

use crate::event::Event;
use crate::facts::Facts;
use crate::misfit::Misfit;
use crate::template::{Fault, Template};

/// The most characters of one value in an argument.
const LONGEST_VALUE: usize = 256;

/// Programs that would read arguments as commands.
const SHELLS: [&str; 16] = [
    "ash",
    "bash",
    "busybox",
    "cmd",
    "cscript",
    "csh",
    "dash",
    "fish",
    "ksh",
    "mshta",
    "powershell",
    "pwsh",
    "sh",
    "tcsh",
    "wscript",
    "zsh",
];

/// A program and its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    path: PathBuf,
    arguments: Vec<Template>,
}

impl Program {
    /// A program by its whole path, and its arguments.
    ///
    /// # Errors
    /// [`Fault::NoProgram`], [`Fault::Shell`], and those of [`Template::parse`].
    pub fn parse(words: &[String]) -> Result<Program, Fault> {
        let (path, arguments) = words.split_first().ok_or(Fault::NoProgram)?;
        let is_windows = is_of_windows(path);
        if path.contains(['{', '}']) || path.contains(char::is_control) || !(path.starts_with('/') || is_windows) {
            return Err(Fault::NoProgram);
        }
        let name = path.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
        let stem = name.strip_suffix(".exe").unwrap_or(&name);
        if stem.is_empty() {
            return Err(Fault::NoProgram);
        }
        let is_batch = |end: &&str| name.trim_end_matches([' ', '.']).ends_with(end);
        if SHELLS.contains(&stem) || [".bat", ".cmd"].iter().any(is_batch) {
            return Err(Fault::Shell(name));
        }
        if is_windows && !is_exe(path) {
            return Err(Fault::NoProgram);
        }
        let arguments = arguments.iter().map(|word| Template::parse(word, true)).collect::<Result<_, _>>()?;
        Ok(Program { path: PathBuf::from(path), arguments })
    }

    /// The program.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// As it was written.
    pub fn written(&self) -> impl Iterator<Item = &str> {
        self.path.to_str().into_iter().chain(self.arguments.iter().map(Template::written))
    }

    /// The arguments for a call. An argument that begins with a value does not begin with `-`, `/` or `@`, because programs take
    /// that for an option, a path or a file of arguments. `windows`: this system is Windows.
    ///
    /// # Errors
    /// [`Misfit::NotExe`] on Windows for anything but `….exe`: a batch file's arguments are a shell's words.
    pub fn fill(&self, event: Event, facts: &Facts, windows: bool) -> Result<Vec<String>, Misfit> {
        if windows && !self.path.to_str().is_some_and(is_exe) {
            return Err(Misfit::NotExe);
        }
        let filled = |argument: &Template| {
            let filled = argument.fill(event, facts, LONGEST_VALUE);
            if argument.head().is_empty() && argument.has_fields() {
                filled.trim_start_matches(|c: char| matches!(c, '-' | '/' | '@') || c.is_whitespace()).to_owned()
            } else {
                filled
            }
        };
        Ok(self.arguments.iter().map(filled).collect())
    }
}

/// Whether the path begins as on Windows: with a drive, or a share.
fn is_of_windows(path: &str) -> bool {
    let mut chars = path.chars();
    let drive = chars.next().is_some_and(|c| c.is_ascii_alphabetic()) && chars.next() == Some(':');
    (drive && chars.next().is_some_and(|c| matches!(c, '\\' | '/'))) || path.starts_with("\\\\")
}

/// Whether Windows starts it as a program itself. A second colon would be a stream of a file with another name.
fn is_exe(path: &str) -> bool {
    path.to_ascii_lowercase().ends_with(".exe") && path.matches(':').count() <= 1
}
