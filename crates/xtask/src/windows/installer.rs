//! The panel's installer with a window, by NSIS.

use std::path::Path;

use super::VERSION;
use crate::run;

/// Makes `uncall-panel-VERSION-setup.exe` of the files in `stage`.
pub(super) fn make(stage: &Path, dist: &Path) -> anyhow::Result<()> {
    let out = dist.join(format!("uncall-panel-{VERSION}-setup.exe"));
    let mut makensis = run::command("makensis", &["-V2", "-WX", "-INPUTCHARSET", "UTF8"]);
    makensis.arg(format!("-DVERSION={VERSION}"));
    makensis.arg(format!("-DSTAGE={}", stage.display())).arg(format!("-DOUT={}", out.display()));
    run::run(makensis.arg("packaging/windows/panel.nsi"))
}
