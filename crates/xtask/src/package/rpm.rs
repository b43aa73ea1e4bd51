//! Makes a .rpm of a staged tree with rpmbuild, on Debian. It has not been tried anywhere. rpmbuild derives the dependencies on
//! libraries from their file names.

use std::{fs, path::Path};

use super::{Package, VERSION, fresh};
use crate::run;

/// Makes `NAME-VERSION-1.ARCHITECTURE.rpm`.
pub(super) fn make(package: &Package, tree: &Path, dist: &Path) -> anyhow::Result<()> {
    let folder = fresh("rpm")?;
    let spec = folder.join("package.spec");
    let files = run::output(run::command("find", &[".", "-type", "f", "-printf", "/%P\\n"]).current_dir(tree))?;
    fs::write(&spec, text(package, tree, &files))?;
    let top = format!("_topdir {}", folder.display());
    let out = format!("_rpmdir {}", dist.display());
    let mut build = run::command("rpmbuild", &["-bb", "--quiet", "--define", &top, "--define", &out]);
    build.args([
        "--define",
        "_rpmfilename %{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}.rpm",
        "--define",
        "_build_id_links none",
    ]);
    run::run(build.arg(&spec))
}

fn text(package: &Package, tree: &Path, files: &str) -> String {
    let scripts = if package.name == "uncall-gateway" { SCRIPTS } else { "" };
    let mut files: Vec<&str> = files.lines().collect();
    files.sort_unstable();
    format!(
        "Name: {}\nVersion: {VERSION}\nRelease: 1\nSummary: {}\nLicense: MIT or Apache-2.0\n\n%description\n{}\n\n%install\ncp -a {}/. \
         %{{buildroot}}/\n\n{scripts}\n%files\n%defattr(-,root,root)\n{}\n",
        package.name,
        package.summary,
        package.about,
        tree.display(),
        files.join("\n")
    )
}

const SCRIPTS: &str = "%post
systemd-sysusers uncall-gateway.conf
[ -d /etc/uncall ] || install -d -m 0750 -o root -g uncall /etc/uncall
systemctl daemon-reload >/dev/null 2>&1 || :
if [ $1 -ge 2 ]; then systemctl try-restart uncall-gateway.service >/dev/null 2>&1 || :; fi

%preun
if [ $1 -eq 0 ]; then systemctl --no-reload disable --now uncall-gateway.service >/dev/null 2>&1 || :; fi

%postun
systemctl daemon-reload >/dev/null 2>&1 || :
";
