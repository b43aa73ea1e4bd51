//! Build script of gateway and command line: on Windows their files carry name, version and picture, as inventories and the
//! Explorer show them.

#![allow(clippy::print_stdout)] // That is how a build script speaks to cargo.

use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=../../packaging/windows/program.rs");
    if env::var("CARGO_CFG_TARGET_OS")? != "windows" {
        return Ok(());
    }
    let icon = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../../icons/icon.ico");
    let version = env::var("CARGO_PKG_VERSION")?;
    // The Task Manager names a process by it.
    let name = if env::var("CARGO_PKG_NAME")? == "uncall-gateway" { "Uncall Gateway" } else { "Uncall Command Line" };
    let numbers = version.split(['.', '-']).take(3).collect::<Vec<_>>().join(",");
    // Explorer and inventories read the texts for English (0409) in UTF-16 (1200).
    let resource = format!(
        r#"1 ICON "{icon}"
1 VERSIONINFO
FILEVERSION {numbers},0
PRODUCTVERSION {numbers},0
FILETYPE 1
{{
  BLOCK "StringFileInfo"
  {{
    BLOCK "040904b0"
    {{
      VALUE "CompanyName", "Uncall"
      VALUE "FileDescription", "{name}"
      VALUE "FileVersion", "{version}"
      VALUE "LegalCopyright", "MIT OR Apache-2.0"
      VALUE "ProductName", "{name}"
      VALUE "ProductVersion", "{version}"
    }}
  }}
  BLOCK "VarFileInfo"
  {{
    VALUE "Translation", 0x409, 1200
  }}
}}
"#,
        icon = icon.display().to_string().replace('\\', "/"),
    );
    let file = Path::new(&env::var("OUT_DIR")?).join("program.rc");
    fs::write(&file, resource)?;
    embed_resource::compile(&file, embed_resource::NONE).manifest_optional()?;
    Ok(())
}
