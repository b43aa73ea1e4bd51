//! How many requests there were of each operation, how they ended and how long they took.

use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use uncall_contract::Operation;

/// Counters by operation, in the order of [`Operation::ALL`].
pub(crate) struct Requests([OfOperation; Operation::ALL.len()]);

/// Counters of one operation, at hand: looking them up by their labels costs more than counting.
struct OfOperation {
    done: Counter,
    refused: Counter,
    duration: Histogram,
}

/// A word of a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Name(pub(crate) &'static str);

impl EncodeLabelValue for Name {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> std::fmt::Result {
        EncodeLabelValue::encode(&self.0, encoder)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    operation: Name,
    outcome: Name,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OperationLabel {
    operation: Name,
}

/// Seconds: from a popEvent to a transfer that nobody takes.
const BUCKETS: [f64; 12] = [0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1.0, 5.0, 15.0];

impl Requests {
    /// New ones, as the registry tells them.
    pub(crate) fn registered(registry: &mut Registry) -> Requests {
        let requests = Family::<RequestLabels, Counter>::default();
        let durations = Family::<OperationLabel, Histogram, _>::new_with_constructor(
            (|| Histogram::new(BUCKETS)) as fn() -> Histogram,
        );
        registry.register("requests", "Operations by outcome", requests.clone());
        registry.register("request_duration_seconds", "Time to an operation's outcome", durations.clone());
        Requests(Operation::ALL.map(|operation| {
            let operation = Name(operation.name());
            let count = |outcome| requests.get_or_create_owned(&RequestLabels { operation, outcome: Name(outcome) });
            let duration = durations.get_or_create_owned(&OperationLabel { operation });
            OfOperation { done: count("done"), refused: count("refused"), duration }
        }))
    }

    /// Counts one that was understood, and done or refused.
    pub(crate) fn count(&self, operation: Operation, done: bool, took: Duration) {
        let mut known = Operation::ALL.iter().zip(&self.0);
        let Some((_, of)) = known.find(|(known, _)| **known == operation) else { return };
        if done {
            of.done.inc()
        } else {
            of.refused.inc()
        };
        of.duration.observe(took.as_secs_f64());
    }
}
