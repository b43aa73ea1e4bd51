use crate::check;
use uncall_switch::{Failure, Recording};

use super::*;

const OLD: &str = "801-555-20130625-093138-1372123897.17.WAV";
const NEW: &str = "802-555-20130625-094500-1372123897.17.WAV";

#[tokio::test]
async fn flat_by_date_and_newest_first() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join(OLD), SOUND);
    write(&folder.path().join("2013/06/25").join(NEW), &[1; 200_000]);
    write(&folder.path().join("2013/06/25/in-801-1363-20130625-093138-1372123897.18.wav"), SOUND);
    write(&folder.path().join("2013/06/25/note.txt"), SOUND);
    let recordings = opened(folder.path()).await;
    assert_eq!(recordings.status().indexed, 3);
    assert_eq!(recordings.recording(&uid("1372123897.17")).await, Recording::Ready(NEW.into()));
    assert_eq!(
        recordings.recording(&uid("1372123897.18")).await,
        Recording::Ready("in-801-1363-20130625-093138-1372123897.18.wav".into())
    );
    for unknown in ["1372123897.1", "1372123897.171", "372123897.17", "17", "20130625", "801", "1.1"] {
        assert_eq!(recordings.recording(&uid(unknown)).await, Recording::Unknown, "{unknown}");
    }
    let sound = recordings.sound(NEW).await.unwrap().unwrap();
    assert_eq!((sound.len(), bytes(&*sound).await), (200_000, vec![1; 200_000]));
    let part: Vec<_> = sound.read(65_530..65_540).try_collect().await.unwrap();
    assert_eq!(part.concat(), [1; 10]);
}

#[tokio::test]
async fn names_from_the_wire_are_only_compared() {
    let outside = tempfile::tempdir().unwrap();
    write(&outside.path().join("secret-1372123897.1.wav"), SOUND);
    let folder = outside.path().join("monitor");
    write(&folder.join(OLD), SOUND);
    let recordings = opened(&folder).await;
    let long = format!("{}{OLD}", "8".repeat(100_000));
    for hostile in [
        "",
        ".",
        "..",
        "/",
        "../secret-1372123897.1.wav",
        "..\\secret-1372123897.1.wav",
        "%2e%2e%2fsecret-1372123897.1.wav",
        "secret-1372123897.1.wav",
        "*-1372123897.17.WAV",
        "?01-555-20130625-093138-1372123897.17.WAV",
        "801-555-20130625-093138-1372123897.17.WAV\0",
        "\0801-555-20130625-093138-1372123897.17.WAV",
        "./801-555-20130625-093138-1372123897.17.WAV",
        "801-555-20130625-093138-1372123897.17.WAV/",
        "audio:801-555-20130625-093138-1372123897.17.WAV",
        "801-555-20130625-093138-1372123897.17.wav",
        long.as_str(),
    ] {
        assert!(recordings.sound(hostile).await.unwrap().is_none(), "{hostile:?}");
    }
    assert!(recordings.sound(OLD).await.unwrap().is_some());
}

#[cfg(unix)]
#[tokio::test]
async fn nothing_leads_out_of_the_folder() {
    use std::os::unix::fs::symlink;
    let outside = tempfile::tempdir().unwrap();
    let folder = outside.path().join("monitor");
    write(&outside.path().join("2014/801-555-20140625-093138-1.1.wav"), SOUND);
    write(&folder.join("2013/801-555-20130625-093138-2.1.wav"), SOUND);
    symlink(outside.path().join("2014"), folder.join("2014")).unwrap();
    symlink(
        outside.path().join("2014/801-555-20140625-093138-1.1.wav"),
        folder.join("801-555-20140625-093138-3.1.wav"),
    )
    .unwrap();
    let recordings = opened(&folder).await;
    assert_eq!(recordings.status().indexed, 1);
    // Swapped after it was indexed: the file, and the folder on the way to it.
    let known = folder.join("2013/801-555-20130625-093138-2.1.wav");
    std::fs::remove_file(&known).unwrap();
    symlink(outside.path().join("2014/801-555-20140625-093138-1.1.wav"), &known).unwrap();
    recordings.catalogue.change().add("2013", "801-555-20130625-093138-2.1.wav");
    assert!(recordings.sound("801-555-20130625-093138-2.1.wav").await.unwrap().is_none());
    recordings.catalogue.change().add("2014", "801-555-20140625-093138-1.1.wav");
    assert!(recordings.sound("801-555-20140625-093138-1.1.wav").await.unwrap().is_none());
    // The folder itself may be reached by one.
    symlink(&folder, outside.path().join("link")).unwrap();
    write(&folder.join(OLD), SOUND);
    let recordings = opened(&outside.path().join("link")).await;
    assert!(recordings.sound(OLD).await.unwrap().is_some());
}

#[tokio::test]
async fn a_file_with_only_its_head_is_not_ready_and_then_empty() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join(OLD), &[0; 60]);
    let recordings = opened(folder.path()).await;
    let call = uid("1372123897.17");
    assert_eq!(recordings.recording(&call).await, Recording::NotReady);
    let now = tokio::time::Instant::now();
    assert!(recordings.may_be_written(&call, now + Duration::from_secs(4)));
    assert!(!recordings.may_be_written(&call, now + Duration::from_secs(6)));
    // It was written after all.
    write(&folder.path().join(OLD), SOUND);
    assert_eq!(recordings.recording(&call).await, Recording::Ready(OLD.into()));
    // A newer leg that nobody answered does not hide an older one that was.
    write(&folder.path().join(NEW), &[0; 44]);
    recordings.catalogue.look_through(crate::catalogue::Eager::Always).await;
    assert_eq!(recordings.recording(&call).await, Recording::Ready(OLD.into()));
    // However many are asked for, little is remembered.
    for at in 0..5000 {
        recordings.may_be_written(&uid(&format!("{at}.1")), now);
    }
    assert!(recordings.waiting.len() <= crate::since::MOST);
}

#[tokio::test]
async fn another_content_is_another_version() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(OLD);
    write(&path, SOUND);
    let recordings = opened(folder.path()).await;
    let version = async || recordings.sound(OLD).await.unwrap().unwrap().version().clone();
    let first = version().await;
    assert_eq!(first, version().await);
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(first.modified.unwrap() + Duration::from_nanos(1_000)).unwrap();
    assert_ne!(first.tag, version().await.tag);
    // An open file that is cut ends with an error instead of silence.
    let sound = recordings.sound(OLD).await.unwrap().unwrap();
    file.set_len(10).unwrap();
    assert!(sound.read(0..sound.len()).try_collect::<Vec<_>>().await.is_err());
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_told_and_found_when_it_comes() {
    let parent = tempfile::tempdir().unwrap();
    let (folder, away) = (parent.path().join("monitor"), parent.path().join("away"));
    let recordings = open(&folder);
    until(&recordings, |status| status.unavailable.is_some()).await;
    assert_eq!(recordings.recording(&uid("1372123897.17")).await, Recording::NotReady);
    assert_eq!(recordings.sound(OLD).await.err(), Some(Failure::Unreachable));
    write(&folder.join("2013").join(OLD), SOUND);
    assert!(recordings.catalogue.needs_a_look().await);
    let look = async || recordings.catalogue.look_through(crate::catalogue::Eager::Changed).await;
    look().await;
    assert_eq!(recordings.recording(&uid("1372123897.17")).await, Recording::Ready(OLD.into()));
    assert!(!recordings.catalogue.needs_a_look().await);
    // Unmounted: the place is empty, or not there at all. Nothing is forgotten by asking.
    std::fs::rename(&folder, &away).unwrap();
    assert_eq!(recordings.recording(&uid("1372123897.17")).await, Recording::NotReady);
    assert_eq!(recordings.sound(OLD).await.err(), Some(Failure::Unreachable));
    assert!(!recordings.catalogue.needs_a_look().await);
    assert!(recordings.status().errors >= 3 && recordings.status().unavailable.is_some());
    std::fs::create_dir(&folder).unwrap();
    look().await;
    assert_eq!((recordings.status().indexed, recordings.status().unavailable), (0, None));
    assert_eq!(recordings.recording(&uid("1372123897.17")).await, Recording::Unknown);
    // And mounted again, unchanged as it is.
    std::fs::remove_dir(&folder).unwrap();
    std::fs::rename(&away, &folder).unwrap();
    assert!(recordings.catalogue.needs_a_look().await);
    look().await;
    assert_eq!(recordings.recording(&uid("1372123897.17")).await, Recording::Ready(OLD.into()));
}

#[tokio::test]
async fn the_check_says_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_path_buf();
    let found = async |path: &Path| check(&Options::Folder(path.to_path_buf())).await.remove(0);
    let missing = found(&path.join("no")).await;
    assert!(!missing.good && missing.text.contains("no") && missing.text.contains("[recordings]"), "{missing:?}");
    assert!(found(&path).await.good, "none yet");
    write(&path.join("2013/music.wav.bak"), SOUND);
    let others = found(&path).await;
    assert!(!others.good && others.text.contains("UID.wav"), "{others:?}");
    write(&path.join("2014/06").join(OLD), SOUND);
    let good = found(&path).await;
    assert!(good.good && good.text.contains("2014/06"), "{good:?}");
    write(&path.join("file"), SOUND);
    assert!(!found(&path.join("file")).await.good);
}

#[cfg(unix)]
#[tokio::test]
async fn names_and_folders_in_gbk_are_found_and_played() {
    use std::os::unix::ffi::OsStrExt;

    let folder = tempfile::tempdir().unwrap();
    // 客服, and 张三.
    let queue = folder.path().join(std::ffi::OsStr::from_bytes(b"\xbf\xcd\xb7\xfe"));
    let name = b"801-\xd5\xc5\xc8\xfd-20130625-093138-1372123897.17.WAV";
    write(&queue.join(std::ffi::OsStr::from_bytes(name)), SOUND);
    let recordings = opened(folder.path()).await;
    let shown = "801-张三-20130625-093138-1372123897.17.WAV";
    assert_eq!(recordings.recording(&uid("1372123897.17")).await, Recording::Ready(shown.into()));
    let sound = recordings.sound(shown).await.unwrap().unwrap();
    assert_eq!(bytes(&*sound).await, SOUND);
}
