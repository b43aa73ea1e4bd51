//! Masks telephone numbers in log lines.

use std::io;

use tracing_subscriber::fmt::MakeWriter;

/// Writes log lines with every telephone number masked by [`uncall_contract::masked`]. `tracing_subscriber` writes each event in
/// one call, so no number is split in two.
#[derive(Debug, Clone)]
pub struct Masked<M>(pub M);

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for Masked<M> {
    type Writer = Lines<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        Lines(self.0.make_writer())
    }
}

/// A writer that masks what passes through it.
#[derive(Debug)]
pub struct Lines<W>(W);

impl<W: io::Write> io::Write for Lines<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        self.0.write_all(uncall_contract::masked(&text).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn no_line_has_a_number_whatever_its_field_and_the_times_stay() {
        let kept = Kept::default();
        let place = kept.clone();
        let lines = tracing_subscriber::fmt().with_writer(Masked(move || place.clone())).with_ansi(true);
        let lines = lines.with_max_level(tracing::Level::TRACE).finish();
        tracing::subscriber::with_default(lines, || {
            let span = tracing::info_span!("call", from = "13421829060");
            let _inside = span.enter();
            tracing::trace!(calla = ?"13421829060", uid = "1372123897.17", "{{\"callb\":\"13421829060\"}}");
            tracing::error!(bytes = ?b"<calla>13421829060</calla>".as_slice().escape_ascii().to_string(), "at 13421829060");
        });
        let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        assert!(!text.contains("13421829060") && text.matches("********060").count() == 6, "{text}");
        assert!(text.contains("1372123897.17"), "{text}");
        let today = jiff::Timestamp::now().strftime("%Y-%m-").to_string();
        assert_eq!(text.matches(&today).count(), 2, "{text}");
    }
}
