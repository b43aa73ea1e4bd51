//! Recordings on an S3-compatible store that others wrote.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures::TryStreamExt;
use tokio::time::{Instant, sleep};
use uncall_contract::Uid;
use uncall_files::Secret;
use uncall_recordings::{BucketOptions, Key, Ledger, LedgerOptions, Options, Recordings, Status, check};
use uncall_switch::{Failure, Recording, Sound};
use uncall_tests::bucket::Bucket;

const PATIENCE: Duration = Duration::from_secs(60);
const NAME: &str = "801-+8613632510278-20130625-093138-1372123897.17.WAV";

async fn until(recordings: &Recordings, wanted: impl Fn(&Status) -> bool) -> Result<()> {
    let began = Instant::now();
    while !wanted(&recordings.status()) {
        ensure!(began.elapsed() < PATIENCE, "{:?}", recordings.status());
        sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

async fn bytes(sound: &dyn Sound, range: std::ops::Range<u64>) -> Result<Vec<u8>> {
    let pieces: Vec<_> = sound.read(range).try_collect().await?;
    Ok(pieces.concat())
}

fn uid(text: &str) -> Result<Uid> {
    Ok(Uid::parse(text)?)
}

#[tokio::test]
async fn found_heard_and_gone() -> Result<()> {
    let mut bucket = Bucket::start().await?;
    let began = jiff::Timestamp::from_second(1_372_123_897)?.to_zoned(jiff::tz::TimeZone::system());
    let day = began.strftime("calls/%Y/%m/%d").to_string();
    // "0123456789" again and again; and more keys than a page of a listing has.
    bucket.put(&format!("{day}/{NAME}"), &"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5".repeat(100)).await?;
    let many: Vec<String> = (0..1100).map(|at| format!("calls/2014/01/02/802-5-20140102-093138-{at}.1.wav")).collect();
    for some in many.chunks(100) {
        bucket.put_small(some).await?;
    }
    bucket.put_small(&["elsewhere/801-5-20130625-093138-7.7.wav".to_owned()]).await?;
    bucket.put(&format!("{day}/801-5-20130625-093138-8.8.WAV"), "AAAA").await?;
    let options = Options::Bucket(bucket.options("/calls/"));
    let recordings = Recordings::open(&options)?;
    until(&recordings, |status| status.complete).await?;
    assert_eq!(recordings.status().indexed, 1102);
    assert_eq!(recordings.status().errors, 0);
    assert_eq!(recordings.recording(&uid("1372123897.17")?).await, Recording::Ready(NAME.into()));
    assert_eq!(
        recordings.recording(&uid("1099.1")?).await,
        Recording::Ready("802-5-20140102-093138-1099.1.wav".into())
    );
    assert_eq!(recordings.recording(&uid("7.7")?).await, Recording::Unknown, "below another prefix");
    assert_eq!(recordings.recording(&uid("8.8")?).await, Recording::NotReady, "three bytes are no sound");

    let sound = recordings.sound("802-5-20140102-093138-5.1.wav").await.map_err(anyhow::Error::from)?;
    let sound = sound.context("it is there")?;
    assert_eq!((sound.len(), bytes(&*sound, 0..100).await?), (100, vec![b's'; 100]));
    assert_eq!(bytes(&*sound, 99..100).await?, b"s");
    assert!(bytes(&*sound, 50..50).await?.is_empty());
    assert!(sound.version().modified.is_some() && !sound.version().tag.contains('"'));
    let digits = recordings.sound(NAME).await.map_err(anyhow::Error::from)?.context("it is there")?;
    assert_eq!(bytes(&*digits, 3..7).await?, b"3456");
    for hostile in ["../elsewhere/801-5-20130625-093138-7.7.wav", "801-5-20130625-093138-7.7.wav", "calls", "", "\0"] {
        assert!(recordings.sound(hostile).await.map_err(anyhow::Error::from)?.is_none(), "{hostile:?}");
    }

    // What is written while somebody listens is another recording: never half of each.
    bucket.put("calls/2014/01/02/802-5-20140102-093138-5.1.wav", "AAAA").await?;
    assert!(bytes(&*sound, 0..100).await.is_err());
    bucket.delete("calls/2014/01/02/802-5-20140102-093138-9.1.wav").await?;
    assert_eq!(recordings.recording(&uid("9.1")?).await, Recording::Unknown);
    // A new one, of today, whose folder nobody has listed.
    let today = jiff::Zoned::now();
    let new = format!("803-5-{}-{}.42.wav", today.strftime("%Y%m%d-%H%M%S"), today.timestamp().as_second());
    bucket.put_small(&[format!("calls/{}/{new}", today.strftime("%Y/%m/%d"))]).await?;
    let call = uid(&format!("{}.42", today.timestamp().as_second()))?;
    assert_eq!(recordings.recording(&call).await, Recording::Ready(new));

    let found = check(&options).await;
    assert!(found.iter().all(|finding| finding.good), "{found:?}");
    // And the store goes away.
    bucket.stop().await?;
    assert_eq!(recordings.recording(&call).await, Recording::NotReady);
    assert_eq!(recordings.sound(NAME).await.err(), Some(Failure::Unreachable));
    assert!(recordings.status().errors >= 2);
    let found = check(&options).await;
    assert!(found.iter().any(|finding| !finding.good), "{found:?}");
    Ok(())
}

#[tokio::test]
async fn a_wrong_key_is_told_and_nothing_is_thought_to_be_empty() -> Result<()> {
    let mut bucket = Bucket::start().await?;
    bucket.put_small(&["801-5-20130625-093138-7.7.wav".to_owned()]).await?;
    let good = bucket.options("");
    let key = good.key.clone().map(|key| Key { secret: Secret::new("wrong"), ..key });
    let wrong = Options::Bucket(BucketOptions { key, ..good.clone() });
    let recordings = Recordings::open(&wrong)?;
    until(&recordings, |status| status.unavailable.is_some()).await?;
    assert_eq!(recordings.recording(&uid("7.7")?).await, Recording::NotReady);
    assert!(recordings.sound("801-5-20130625-093138-7.7.wav").await.is_err());
    let found = check(&wrong).await;
    assert!(found.iter().any(|finding| !finding.good && !finding.text.contains("wrong")), "{found:?}");
    let found = check(&Options::Bucket(BucketOptions { bucket: "no-such".to_owned(), ..good })).await;
    assert!(found.iter().any(|finding| !finding.good), "{found:?}");
    Ok(())
}

/// A store in which all names lie in one place, two pages of them.
#[tokio::test]
async fn flat_names_cost_no_listing_for_each_question() -> Result<()> {
    let mut bucket = Bucket::start().await?;
    let many: Vec<String> = (0..1100).map(|at| format!("802-5-20140102-093138-{}.1.wav", 1_388_655_098 + at)).collect();
    for some in many.chunks(100) {
        bucket.put_small(some).await?;
    }
    let ledger = Ledger::open(LedgerOptions::default());
    let recordings = Recordings::keeping(&Options::Bucket(bucket.options("")), ledger.clone())?;
    until(&recordings, |status| status.complete).await?;
    assert_eq!((recordings.status().indexed, recordings.status().cut_off), (1100, 0));

    let before = bucket.requests().await?;
    for unknown in ["1388655098.2", "1000000000.1", "1.1", "nonsense", "99999999999.1"] {
        assert_eq!(recordings.recording(&uid(unknown)?).await, Recording::Unknown, "{unknown}");
        assert!(
            recordings
                .sound(&format!("801-5-20140102-093138-{unknown}.wav"))
                .await
                .map_err(anyhow::Error::from)?
                .is_none()
        );
    }
    assert_eq!(bucket.requests().await?, before, "what is long ago was listed");

    // A call of now, of which nothing has told: it may be carried there any moment.
    let now = jiff::Zoned::now().timestamp();
    let second = now.as_second();
    for _ in 0..10 {
        assert_eq!(recordings.recording(&uid(&format!("{second}.1"))?).await, Recording::NotReady);
    }
    let spent = bucket.requests().await? - before;
    assert!(spent < 30, "{spent} requests for ten questions, of which each would be 5");

    // One that the PBX has told of, under a name of its own: not there yet, and then there, without a listing.
    let call = uid(&format!("{second}.2"))?;
    ledger.alias(call.as_str(), "客户 & co.mp3", now);
    assert_eq!(recordings.recording(&call).await, Recording::NotReady);
    bucket.put("客户 & co.mp3", &"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5".repeat(400)).await?;
    let before = bucket.requests().await?;
    assert_eq!(recordings.recording(&call).await, Recording::Ready("客户 & co.mp3".into()));
    let spent = bucket.requests().await? - before;
    assert!(spent <= 3, "{spent} requests");
    let sound = recordings.sound("客户 & co.mp3").await.map_err(anyhow::Error::from)?.context("it is there")?;
    assert_eq!(bytes(&*sound, 3..7).await?, b"3456");

    // A store that goes away in the middle is told, and nothing is final then.
    bucket.stop().await?;
    assert_eq!(recordings.recording(&uid(&format!("{second}.3"))?).await, Recording::NotReady);
    Ok(())
}
