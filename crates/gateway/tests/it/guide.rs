//! The script of docs/access.md that writes the list of agents, carried out as it stands there.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Command;

use uncall_gateway::access::RosterFile;

/// The first shell block behind this sentence, for this folder in place of /etc/uncall.
fn script(folder: &str) -> String {
    let guide = include_str!("../../../../docs/access.md");
    let (_, rest) = guide.split_once("**The agents file is read again**").unwrap();
    let block = rest.split("```").find_map(|block| block.strip_prefix("sh\n")).unwrap();
    assert!(block.contains("/etc/uncall/agents.toml"), "{block}");
    block.replace("/etc/uncall", folder)
}

#[test]
fn the_new_list_of_agents_is_for_the_same_readers_as_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("agents.toml");
    std::fs::write(
        folder.path().join("agents.csv"),
        "li.na,801,$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4\n",
    )
    .unwrap();
    std::fs::write(&list, "[agents]\n").unwrap();
    for mode in [0o640, 0o600, 0o440] {
        std::fs::set_permissions(&list, PermissionsExt::from_mode(mode)).unwrap();
        let before = std::fs::metadata(&list).unwrap();
        let mut bash = Command::new("bash");
        let done = bash.args(["-ec", &script(folder.path().to_str().unwrap())]).current_dir(&folder).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let after = std::fs::metadata(&list).unwrap();
        let readers = |file: &std::fs::Metadata| (file.mode() & 0o7777, file.uid(), file.gid());
        assert_eq!(readers(&after), readers(&before));
        let agents: RosterFile = toml::from_str(&std::fs::read_to_string(&list).unwrap()).unwrap();
        assert!(format!("{agents:?}").contains("li.na"));
    }
}
