//! The metadata files of a Debian package.

use super::{Package, VERSION};

/// The maintainer of the packages. The domain is that of the application's id.
const MAINTAINER: &str = "Uncall contributors <packages@uncall.net>";

/// `control`.
pub(super) fn control(package: &Package, architecture: &str, libraries: &str, kilobytes: u64) -> String {
    let mut depends: Vec<&str> = libraries.split(", ").filter(|library| !library.is_empty()).collect();
    depends.extend(package.depends);
    let mut text = format!(
        "Package: {}\nVersion: {VERSION}\nArchitecture: {architecture}\nMaintainer: {MAINTAINER}\nInstalled-Size: {kilobytes}\nSection: \
         {}\nPriority: optional\n",
        package.name, package.section
    );
    text.push_str(&format!("Depends: {}\n", depends.join(", ")));
    if !package.recommends.is_empty() {
        text.push_str(&format!("Recommends: {}\n", package.recommends.join(", ")));
    }
    text.push_str(&format!("Description: {}\n", package.summary));
    for line in folded(package.about, 76) {
        text.push_str(&format!(" {line}\n"));
    }
    text
}

/// Wraps a text to lines of at most this many characters.
fn folded(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
}

/// `changelog`. It refers to CHANGELOG.md, which is in the package, too.
pub(super) fn changelog(package: &Package) -> String {
    format!(
        "{} ({VERSION}) unstable; urgency=medium\n\n  * What has changed stands in CHANGELOG.md.\n\n -- {MAINTAINER}  Mon, 30 Nov 2026 \
         00:00:00 +0000\n",
        package.name
    )
}

/// `copyright`.
pub(super) const COPYRIGHT: &str = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Uncall Panel
Upstream-Contact: Uncall contributors <packages@uncall.net>
Comment: The programs hold crates of others, all under licences that allow it without
 conditions on the whole (MIT, Apache-2.0, BSD, ISC, MPL-2.0 and their like);
 Cargo.lock in the sources names them.

Files: *
Copyright: The Uncall contributors
License: MIT or Apache-2.0

License: MIT
 Permission is hereby granted, free of charge, to any person obtaining a copy
 of this software and associated documentation files (the \"Software\"), to deal
 in the Software without restriction, including without limitation the rights
 to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
 copies of the Software, and to permit persons to whom the Software is
 furnished to do so, subject to the following conditions:
 .
 The above copyright notice and this permission notice shall be included in
 all copies or substantial portions of the Software.
 .
 THE SOFTWARE IS PROVIDED \"AS IS\", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
 IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
 FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
 AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
 LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
 OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
 SOFTWARE.

License: Apache-2.0
 On Debian systems the full text is in /usr/share/common-licenses/Apache-2.0.
";

/// The gateway's postinst: creates its user, and the folder of its configuration, readable by that user only.
pub(super) const GATEWAY_POSTINST: &str = "#!/bin/sh
set -e
if [ \"$1\" = configure ]; then
  systemd-sysusers uncall-gateway.conf
  [ -d /etc/uncall ] || install -d -m 0750 -o root -g uncall /etc/uncall
  if [ -d /run/systemd/system ]; then
    systemctl --system daemon-reload >/dev/null || true
    # An upgrade: one that runs is started anew, one that does not is left alone.
    [ -z \"$2\" ] || deb-systemd-invoke try-restart uncall-gateway.service >/dev/null || true
  fi
fi
";

pub(super) const GATEWAY_PRERM: &str = "#!/bin/sh
set -e
if [ \"$1\" = remove ] && [ -d /run/systemd/system ]; then
  deb-systemd-invoke stop uncall-gateway.service >/dev/null || true
fi
";

/// The gateway's postrm: purging removes what the gateway wrote. The configuration belongs to the administrator and stays.
pub(super) const GATEWAY_POSTRM: &str = "#!/bin/sh
set -e
if [ \"$1\" = remove ] && [ -d /run/systemd/system ]; then
  systemctl --system daemon-reload >/dev/null || true
fi
if [ \"$1\" = purge ]; then
  rm -rf /var/lib/uncall-gateway /var/log/uncall-gateway
  rmdir --ignore-fail-on-non-empty /etc/uncall 2>/dev/null || true
fi
";
