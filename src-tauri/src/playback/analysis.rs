//! Follows a recording while it arrives, to find out its length, its waveform and whether it is complete.

use std::{
    pin::pin,
    time::{Duration, Instant},
};

use bytes::Bytes;
use tokio::time::timeout;
use uncall_client::{
    recording::{Error, Progress, Reader},
    sound::Stream,
};
use uncall_desk::problem::Problem;

use super::{
    picture::{Drawing, Picture},
    problem,
    session::Session,
};

/// How many bytes to decode at a time: five seconds of GSM.
const PIECE: usize = 8 * 1024;
/// The time between two pictures for the page. Nobody would see more.
const FRAME: Duration = Duration::from_millis(100);

/// Reads to the end and publishes what it finds. Reads a recording once more if it has changed.
///
/// # Errors
/// Why it cannot be played at all.
pub(crate) async fn follow(session: &Session, reader: &mut Reader) -> Result<(), Problem> {
    match once(session, reader).await {
        Err(Stopped::Changed) => {
            reader.restart();
            once(session, reader).await.map_err(|stopped| match stopped {
                Stopped::Changed => problem::fetched(&Error::Changed),
                Stopped::Problem(problem) => problem,
            })
        }
        Err(Stopped::Problem(problem)) => Err(problem),
        Ok(()) => Ok(()),
    }
}

enum Stopped {
    Changed,
    Problem(Problem),
}

impl From<uncall_client::sound::Error> for Stopped {
    fn from(error: uncall_client::sound::Error) -> Stopped {
        Stopped::Problem(problem::decoded(&error))
    }
}

async fn once(session: &Session, reader: &mut Reader) -> Result<(), Stopped> {
    let mut stream = Stream::new(session.named());
    let mut drawing = None;
    let mut samples = Vec::new();
    // The first time at once, because the page plays no further than it knows.
    let mut painted = None::<Instant>;
    // Whether there is anything unpublished.
    let mut unseen = false;
    let broke = loop {
        match next(reader, &mut unseen, || paint(session, drawing.as_ref(), |_| {})).await {
            Ok(Some(bytes)) => {
                for piece in bytes.chunks(PIECE) {
                    stream.push(piece, &mut samples)?;
                    draw(session, &stream, &reader.progress(), &mut drawing, &mut samples);
                    unseen = true;
                    if drawing.is_some() && painted.is_none_or(|painted| painted.elapsed() >= FRAME) {
                        (painted, unseen) = (Some(Instant::now()), false);
                        paint(session, drawing.as_ref(), |_| {});
                    }
                    // An hour takes seconds; others want to run, too.
                    tokio::task::yield_now().await;
                }
            }
            Ok(None) => break None,
            Err(Error::Changed) => return Err(Stopped::Changed),
            Err(error) => break Some(error),
        }
    };
    let finished = stream.finish(&mut samples);
    draw(session, &stream, &reader.progress(), &mut drawing, &mut samples);
    let (damaged_at, problem) = match (finished, broke) {
        (Ok(damaged_at), None) => (damaged_at, None),
        (Err(error), None) => return Err(error.into()),
        // The part before can be played.
        (Ok(_), Some(error)) if !stream.decoded().is_zero() => {
            // A damaged one is reported by its time.
            let damaged = matches!(error, Error::Damaged { .. });
            (Some(stream.decoded()), (!damaged).then(|| problem::fetched(&error)))
        }
        (_, Some(error)) => return Err(Stopped::Problem(problem::fetched(&error))),
    };
    if stream.decoded().is_zero() {
        return Err(Stopped::Problem(Problem::new("recording_unplayable", "damaged at its start")));
    }
    let problem = problem.or_else(|| damaged_at.map(problem::damaged));
    paint(session, drawing.as_ref(), |picture| {
        picture.ended = true;
        picture.damaged_at = damaged_at.map(|at| at.as_secs_f64());
        picture.length = Some(picture.ready);
        picture.problem = problem;
    });
    Ok(())
}

/// The next bytes. Where they let wait for them, what is there is painted.
async fn next(reader: &mut Reader, unseen: &mut bool, paint: impl Fn()) -> Result<Option<Bytes>, Error> {
    let mut read = pin!(reader.read());
    if *unseen && let Ok(read) = timeout(FRAME, read.as_mut()).await {
        return read;
    }
    if std::mem::take(unseen) {
        paint();
    }
    read.await
}

/// Takes the samples in, and tells as soon as it can be played.
fn draw(
    session: &Session,
    stream: &Stream,
    progress: &Progress,
    drawing: &mut Option<Drawing>,
    samples: &mut Vec<i16>,
) {
    if let Some(head) = stream.head() {
        let drawing = drawing.get_or_insert_with(|| {
            session.can_be_played(head, progress.total);
            Drawing::new(head.channels, head.rate)
        });
        drawing.push(samples);
    }
    samples.clear();
}

fn paint(session: &Session, drawing: Option<&Drawing>, more: impl FnOnce(&mut Picture)) {
    session.paint(|picture| {
        if let Some(drawing) = drawing {
            drawing.paint(picture);
        }
        more(picture);
    });
}
