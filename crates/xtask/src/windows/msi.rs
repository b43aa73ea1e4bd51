//! The panel as MSI, made by wixl. msibuild writes into its tables what wixl does not support.

use std::{fs, path::Path};

use super::{build::copy, file_version};
use crate::run;

/// What msiexec's command line may set, and the name under which it is written into `Software\Uncall\Panel` and found there again by
/// an upgrade.
const CHOICES: [(&str, &str); 5] = [
    ("SERVER", "Server"),
    ("EXTENSION", "Extension"),
    ("AUTOSTART", "Autostart"),
    ("HANDLERS", "Handlers"),
    ("INSTALLDIR", "Folder"),
];
/// The files that carry a version, by their names in the table `File`.
const VERSIONED: [(&str, &str); 2] = [("PanelExe", "uncall-panel.exe"), ("WebView2Loader", "WebView2Loader.dll")];
/// What all versions have in common: `UpgradeCode` of panel.wxs.
const FAMILY: &str = "{7C1E9A0B-52C3-4B8E-9A35-3C8D4C0B5E11}";
/// Schemes that another program may answer already.
const SCHEMES: [&str; 3] = ["tel", "callto", "sip"];
/// Where they are remembered: by whom, the registry's root as RegLocator numbers it, and when it counts.
const SCOPES: [(&str, u8, &str); 2] = [("MACHINE", 2, "ALLUSERS = 1"), ("USER", 1, "ALLUSERS <> 1")];

/// Makes `uncall-panel-VERSION.msi` of the files in `stage`.
pub(super) fn make(stage: &Path, dist: &Path, version: &str) -> anyhow::Result<()> {
    // wixl knows relative paths only: it runs among the files.
    copy(&run::root().join("packaging/windows/panel.wxs"), &stage.join("panel.wxs"))?;
    let out = dist.join(format!("uncall-panel-{version}.msi"));
    let mut wixl = run::command("wixl", &["-a", "x64", "-D", &format!("Version={version}"), "-o"]);
    run::run(wixl.arg(&out).arg("panel.wxs").current_dir(stage))?;
    let mut edit = run::command("msibuild", &[]);
    run::output(edit.arg(&out).arg("-q").args(statements(stage, version)?))?;
    // Windows Installer 5.0: the taskbar takes shortcut and windows for one program, because both carry this id.
    let table = stage.join("MsiShortcutProperty.idt");
    fs::write(
        &table,
        "MsiShortcutProperty\tShortcut_\tPropertyKey\tPropVariantValue\r\ns72\ts72\ts255\ts255\r\n\
         MsiShortcutProperty\tMsiShortcutProperty\r\n\
         StartMenuId\tStartMenu\tSystem.AppUserModel.ID\tnet.uncall.panel\r\n",
    )?;
    run::output(run::command("msibuild", &[]).arg(&out).arg("-i").arg(table))?;
    Ok(())
}

/// The changes, in the SQL of Windows Installer.
fn statements(stage: &Path, version: &str) -> anyhow::Result<Vec<String>> {
    // HKMU (the machine's half of the registry or the user's, as the installation goes) is -1; wixl writes 4.
    let mut sql = vec!["UPDATE `Registry` SET `Root` = -1 WHERE `Root` = 4".to_owned()];
    // 1: features go along; 512: the same version counts as older, so that one built anew replaces itself.
    sql.push("DELETE FROM `Upgrade` WHERE `ActionProperty` = 'WIX_UPGRADE_DETECTED'".to_owned());
    sql.push(format!(
        "INSERT INTO `Upgrade` (`UpgradeCode`, `VersionMax`, `Attributes`, `ActionProperty`) \
         VALUES ('{FAMILY}', '{version}', 513, 'WIX_UPGRADE_DETECTED')"
    ));
    // wixl makes this property itself, of what it knows.
    let secure =
        format!("WIX_UPGRADE_DETECTED;WIX_DOWNGRADE_DETECTED;{}", CHOICES.map(|(property, _)| property).join(";"));
    sql.push(format!("UPDATE `Property` SET `Value` = '{secure}' WHERE `Property` = 'SecureCustomProperties'"));
    conditions(&mut sql);
    searches(&mut sql);
    versions(stage, &mut sql)?;
    // There are no dialogs: the folder is settled where the rest is, and not by a double click before that.
    for action in ["CostInitialize", "FileCost", "CostFinalize", "MigrateFeatureStates"] {
        sql.push(format!("DELETE FROM `InstallUISequence` WHERE `Action` = '{action}'"));
    }
    Ok(sql)
}

/// Without them the package's files count as older than those of an installed version: the upgrade would leave these in place, and
/// then remove them with the old version (Windows Installer, "File Versioning Rules").
fn versions(stage: &Path, sql: &mut Vec<String>) -> anyhow::Result<()> {
    for (id, name) in VERSIONED {
        let version = file_version::read(&stage.join(name))?;
        sql.push(format!("UPDATE `File` SET `Version` = '{version}' WHERE `File` = '{id}'"));
        sql.push(format!("DELETE FROM `MsiFileHash` WHERE `File_` = '{id}'"));
    }
    Ok(())
}

/// When a component is installed; looked at again by a repair (64), so that a choice can change.
fn conditions(sql: &mut Vec<String>) {
    let mut condition = |component: &str, when: &str| {
        sql.push(format!(
            "UPDATE `Component` SET `Condition` = '{when}', `Attributes` = 324 WHERE `Component` = '{component}'"
        ));
    };
    condition("Server", "SERVER");
    condition("Extension", "EXTENSION");
    condition("Autostart", "AUTOSTART = 1");
    condition("Handlers", "HANDLERS = 1");
    for scheme in SCHEMES {
        // A softphone that answers keeps its links until the user chooses otherwise.
        let (component, taken) = (capital(scheme), taken(scheme));
        condition(&component, &format!("HANDLERS = 1 AND (NOT {taken} OR {taken} ~>< \"uncall-panel.exe\")"));
    }
}

/// The command line decides, else what was chosen before, else the default.
fn searches(sql: &mut Vec<String>) {
    let mut actions = Vec::new();
    for scheme in SCHEMES {
        let key = format!("{scheme}\\shell\\open\\command");
        search(sql, &taken(scheme), 0, &key, None);
    }
    search(sql, "NEW_WINDOWS", 2, "Software\\Microsoft\\Windows NT\\CurrentVersion", Some("CurrentMajorVersionNumber"));
    for (choice, name) in CHOICES {
        for (scope, root, when) in SCOPES {
            let found = format!("{scope}_{choice}");
            search(sql, &found, root, "Software\\Uncall\\Panel", Some(name));
            actions.push((choice, format!("[{found}]"), format!("NOT {choice} AND {found} AND {when}")));
        }
    }
    for choice in ["AUTOSTART", "HANDLERS"] {
        actions.push((choice, "1".to_owned(), format!("NOT {choice}")));
    }
    // Where Windows itself leads one user's programs to.
    let folder = "[LocalAppDataFolder]Programs\\Uncall Panel\\".to_owned();
    actions.push(("INSTALLDIR", folder, "NOT INSTALLDIR AND ALLUSERS <> 1".to_owned()));
    sql.push("INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('AppSearch', 50)".to_owned());
    // 19 ends the installation with these words. The value is there since Windows 10; VersionNT says 6.3 of that, too.
    sql.push("INSERT INTO `CustomAction` (`Action`, `Type`, `Target`) VALUES ('TooOld', 19, 'The panel needs a 64-bit Windows 10 or later.')".to_owned());
    sql.push("INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('TooOld', 'NOT NEW_WINDOWS AND NOT Installed', 99)".to_owned());
    for ((property, value, when), sequence) in actions.into_iter().zip(51..) {
        let action = format!("Set{sequence}");
        // 51 sets a property.
        sql.push(format!(
            "INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('{action}', 51, '{property}', '{value}')"
        ));
        sql.push(format!(
            "INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('{action}', '{when}', {sequence})"
        ));
    }
}

/// Reads a raw value (2) of the 64-bit registry (16) into a property.
fn search(sql: &mut Vec<String>, property: &str, root: u8, key: &str, name: Option<&str>) {
    let (column, value) =
        name.map_or((String::new(), String::new()), |name| (", `Name`".into(), format!(", '{name}'")));
    sql.push(format!(
        "INSERT INTO `RegLocator` (`Signature_`, `Root`, `Key`, `Type`{column}) VALUES ('{property}', {root}, '{key}', 18{value})"
    ));
    sql.push(format!("INSERT INTO `AppSearch` (`Property`, `Signature_`) VALUES ('{property}', '{property}')"));
}

fn taken(scheme: &str) -> String {
    format!("TAKEN_{}", scheme.to_uppercase())
}

/// `SERVER` and `server` as `Server`.
fn capital(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_uppercase() + &rest.to_lowercase()
}
