//! The system tells what changes.

use crate::catalogue::{Catalogue, Eager};
use crate::folder::Folder;
use crate::store::Store;
use std::ops::Range;
use uncall_switch::Recording;

use super::*;

fn name(at: usize) -> String {
    format!("801-555-20130625-093138-{at}.1.WAV")
}

#[tokio::test(flavor = "multi_thread")]
async fn files_and_folders_come_and_go() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(&root.join("2013/06/25").join(name(1)), SOUND);
    let recordings = opened(root).await;
    let count = |wanted: usize| {
        let recordings = &recordings;
        async move { until(recordings, |status| status.indexed == wanted).await }
    };
    write(&root.join(name(2)), SOUND);
    count(2).await;
    // A new folder with new folders in it, filled at once.
    for at in 3..103 {
        write(&root.join("2013/07/01/late").join(name(at)), SOUND);
    }
    count(102).await;
    // A recorder that moves its file into place when it is done, and one that takes it away.
    write(&root.join("2013/07/.part"), SOUND);
    std::fs::rename(root.join("2013/07/.part"), root.join("2013/07").join(name(103))).unwrap();
    count(103).await;
    std::fs::rename(root.join("2013/07").join(name(103)), root.join("2013/07/x.txt")).unwrap();
    count(102).await;
    std::fs::remove_file(root.join(name(2))).unwrap();
    count(101).await;
    std::fs::rename(root.join("2013/07/01"), root.join("2013/08")).unwrap();
    count(101).await;
    stands_in(&recordings, &name(50), "2013/08/late").await;
    // The retention job.
    std::fs::remove_dir_all(root.join("2013/08")).unwrap();
    count(1).await;
    assert_eq!(recordings.recording(&uid("50.1")).await, Recording::Unknown);
    assert_eq!(recordings.recording(&uid("1.1")).await, Recording::Ready(name(1)));
}

/// Waits until this recording is known to be in this folder.
async fn stands_in(recordings: &Recordings, name: &str, folder: &str) {
    let there = async {
        while recordings.catalogue.index().named(name).is_none_or(|place| place.folder != folder) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, there).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_was_moved_is_followed_at_its_new_place() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(&root.join("2013/07/late").join(name(1)), SOUND);
    let recordings = opened(root).await;
    std::fs::rename(root.join("2013/07"), root.join("2013/08")).unwrap();
    stands_in(&recordings, &name(1), "2013/08/late").await;
    write(&root.join("2013/08/late").join(name(2)), SOUND);
    until(&recordings, |status| status.indexed == 2).await;
}

/// As on a network file system, which tells nothing.
fn untold(root: &Path) -> Catalogue {
    Catalogue::new(Store::Folder(Folder::new(root.to_path_buf(), None)))
}

#[tokio::test]
async fn without_being_told_a_new_recording_is_found_by_looking() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(&root.join("2013/06/24").join(name(1)), SOUND);
    let catalogue = untold(root);
    catalogue.look_through(Eager::Always).await;
    tokio::time::pause();
    write(&root.join("2013/06/25").join(name(2)), SOUND);
    catalogue.look_for("2.1").await;
    assert_eq!(catalogue.index().of_call("2.1"), [], "everything was listed just now");
    tokio::time::advance(Duration::from_secs(60)).await;
    catalogue.look_for("2.1").await;
    assert_eq!(catalogue.index().of_call("2.1").len(), 1);
}

#[tokio::test]
async fn before_all_is_looked_through_the_day_of_the_call_is() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let began = jiff::Timestamp::from_second(1_372_123_897).unwrap().to_zoned(jiff::tz::TimeZone::system());
    let day = began.strftime("%Y/%m/%d").to_string();
    let recording = "801-555-20130625-093138-1372123897.17.WAV";
    write(&root.join(day).join(recording), SOUND);
    write(&root.join("2026/11/22").join(name(1)), SOUND);
    let catalogue = untold(root);
    catalogue.look_for("1372123897.17").await;
    assert_eq!(catalogue.index().of_call("1372123897.17").len(), 1);
    assert!(!catalogue.is_complete());
    // The newest was looked at on the way, and nothing hostile is made a folder.
    assert_eq!(catalogue.index().of_call("1.1").len(), 1);
    for hostile in ["", "-", ".", "99999999999999999999.1", "-9223372036854775808.1", "../../etc.1"] {
        catalogue.look_for(hostile).await;
    }
    assert_eq!(catalogue.index().len(), 2);
}

/// Makes up to a thousand recordings. Links take no blocks; Windows has no more than 1,023 of a file.
fn fill(folder: &Path, numbers: Range<usize>) {
    let first = folder.join(name(numbers.start));
    write(&first, SOUND);
    for at in numbers.skip(1) {
        std::fs::hard_link(&first, folder.join(name(at))).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_files() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for day in 0..100 {
        fill(&root.join(format!("2013/06/{day:02}")), day * 1000..day * 1000 + 1000);
    }
    let recordings = opened(root).await;
    assert_eq!(recordings.status().indexed, 100_000);
    for at in [0, 1, 999, 1000, 54_321, 99_999] {
        assert_eq!(recordings.recording(&uid(&format!("{at}.1"))).await, Recording::Ready(name(at)));
    }
    assert_eq!(recordings.recording(&uid("100000.1")).await, Recording::Unknown);
    // Listed again as a whole, while somebody asks.
    let (looked, ()) = tokio::join!(recordings.catalogue.look_through(Eager::Always), async {
        assert_eq!(recordings.recording(&uid("77.1")).await, Recording::Ready(name(77)));
    });
    let () = looked;
    assert_eq!(recordings.status().indexed, 100_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_that_is_too_much_to_be_told_is_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(&root.join("day").join(name(0)), SOUND);
    let recordings = opened(root).await;
    // More than the system keeps of what is to be told, and more than waits here.
    for thousand in 0..50 {
        fill(&root.join("day"), thousand * 1000..thousand * 1000 + 1000);
    }
    until(&recordings, |status| status.indexed == 50_000).await;
    std::fs::remove_dir_all(root.join("day")).unwrap();
    until(&recordings, |status| status.indexed == 0).await;
}
