//! Crates that log more than anybody may read.

use tracing_subscriber::filter::{FilterFn, filter_fn};

/// Crates that log whole messages: numbers, SRTP keys and answers to challenges. `rsipstack` does so from `info` on.
const TALKATIVE: &[&str] = &["rsipstack"];

/// Keeps out what talkative crates log. Added beside the filter of `RUST_LOG`, whose settings cannot lift it.
pub fn discreet() -> FilterFn {
    filter_fn(|metadata| {
        let of = |name: &str| TALKATIVE.contains(&name.split("::").next().unwrap_or_default());
        !of(metadata.target()) && !metadata.module_path().is_some_and(of)
    })
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _};

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_others_log_passes_at_the_levels_that_are_set() {
        let kept = Kept::default();
        let place = kept.clone();
        let filter = EnvFilter::new("info,uncall_phone=debug,rsipstack=trace,rsipstack::transport::udp=trace");
        let lines = fmt::layer().with_writer(move || place.clone());
        let lines = tracing_subscriber::registry().with(filter).with(discreet()).with(lines);
        tracing::subscriber::with_default(lines, || {
            tracing::info!("one");
            tracing::debug!("never");
            tracing::debug!(target: "uncall_phone::line", "two");
            tracing::info!(target: "rsipstack_like", "three");
            tracing::error!(target: "rsipstack", "never");
            tracing::info!(target: "rsipstack::transport::udp", "never");
            tracing::info_span!(target: "rsipstack::transaction", "never").in_scope(|| tracing::info!("four"));
        });
        let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        assert!(["one", "two", "three", "four"].iter().all(|word| text.contains(word)), "{text}");
        assert!(!text.contains("never"), "{text}");
    }
}
