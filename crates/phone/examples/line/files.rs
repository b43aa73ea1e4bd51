//! A card that is none: it hears a file or a tone, and writes down what it plays, by this machine's clock.

use std::{
    f32::consts::TAU,
    fs::{self, File},
    io::{self, BufWriter, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::Sender,
    },
    thread,
    time::{Duration, Instant},
};

use uncall_headset::{CaptureEnd, Card, CardError, CardEvent, Device, FRAME, PlaybackEnd, RATE, Running, Wanted};

const TEN: Duration = Duration::from_millis(10);

pub(crate) struct Files {
    heard: Arc<Vec<f32>>,
    record: Option<PathBuf>,
}

impl Files {
    /// `tone:HERTZ` or `file:IN.wav`, both again and again.
    pub(crate) fn new(source: &str, record: Option<&str>) -> Files {
        let heard = match source.split_once(':') {
            Some(("file", path)) => samples(Path::new(path)),
            Some(("tone", hertz)) => tone(hertz.parse().unwrap_or(440.0)),
            _ => tone(440.0),
        };
        Files { heard: Arc::new(heard), record: record.map(PathBuf::from) }
    }
}

/// A second, which whole hertz fit into.
fn tone(hertz: f32) -> Vec<f32> {
    (0..RATE).map(|n| 0.25 * (n as f32 * hertz * TAU / RATE as f32).sin()).collect()
}

fn samples(path: &Path) -> Vec<f32> {
    let bytes = fs::read(path).expect("a WAV file");
    let data = bytes.get(44..).unwrap_or_default();
    data.as_chunks::<2>().0.iter().map(|pair| f32::from(i16::from_le_bytes(*pair)) / 32_768.0).collect()
}

impl Card for Files {
    fn devices(&self) -> Result<Vec<Device>, CardError> {
        Ok(Vec::new())
    }

    fn record(&self, _: Wanted, mut end: CaptureEnd, events: Sender<CardEvent>) -> Result<Running, CardError> {
        let _ = events.send(CardEvent::Runs { captures: true, device: None });
        let (heard, mut at) = (Arc::clone(&self.heard), 0);
        every(move || {
            let mut frame = [0f32; FRAME];
            for sample in &mut frame {
                *sample = heard.get(at % heard.len().max(1)).copied().unwrap_or(0.0);
                at += 1;
            }
            end.put(&frame);
        })
    }

    fn play(&self, _: Wanted, mut end: PlaybackEnd, events: Sender<CardEvent>) -> Result<Running, CardError> {
        let _ = events.send(CardEvent::Runs { captures: false, device: None });
        let mut file = self.record.as_deref().map(|path| Written::new(path).expect("a file"));
        every(move || {
            let mut frame = [0f32; FRAME];
            end.fill(&mut frame);
            if let Some(file) = &mut file {
                file.add(&frame).expect("written");
            }
        })
    }
}

/// Runs something every 10 ms until what is given is dropped.
fn every(mut what: impl FnMut() + Send + 'static) -> Result<Running, CardError> {
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let begun = Instant::now();
    thread::spawn(move || {
        let mut next = begun;
        while !stopped.load(Ordering::Relaxed) {
            what();
            next += TEN;
            thread::sleep(next.saturating_duration_since(Instant::now()));
        }
    });
    Ok(Running::until(Stop(stop)))
}

struct Stop(Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A WAV file whose head is right after every second.
struct Written {
    file: BufWriter<File>,
    bytes: u32,
}

impl Written {
    fn new(path: &Path) -> io::Result<Written> {
        let mut written = Written { file: BufWriter::new(File::create(path)?), bytes: 0 };
        written.head()?;
        Ok(written)
    }

    fn head(&mut self) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        let mut head = Vec::from(*b"RIFF");
        head.extend((36 + self.bytes).to_le_bytes());
        head.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
        head.extend(RATE.to_le_bytes());
        head.extend((RATE * 2).to_le_bytes());
        head.extend(b"\x02\0\x10\0data");
        head.extend(self.bytes.to_le_bytes());
        self.file.write_all(&head)?;
        self.file.seek(SeekFrom::End(0)).map(drop)
    }

    fn add(&mut self, frame: &[f32]) -> io::Result<()> {
        for sample in frame {
            self.file.write_all(&((sample * 32_767.0) as i16).to_le_bytes())?;
        }
        self.bytes += frame.len() as u32 * 2;
        if self.bytes.is_multiple_of(RATE * 2) { self.head() } else { Ok(()) }
    }
}
