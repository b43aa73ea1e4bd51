//! How long the panel's most frequent work takes: one popEvent answer, from bytes to a call.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use uncall_contract::{
    Operation, inner,
    soap::{self, Answer},
};

const REPLY: &[u8] = include_bytes!("../tests/wire/rpc-encoded/09-popEvent-event.response.http");

fn decode(criterion: &mut Criterion) {
    let headers_end = REPLY.windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |at| at + 4);
    let body = REPLY.get(headers_end..).unwrap_or_default();
    criterion.bench_function("decode a popEvent reply", |bencher| {
        bencher.iter(|| match soap::read_answer(black_box(body), Some("text/xml; charset=utf-8")) {
            Ok(Answer::Return(text)) => inner::read(Operation::Current, text.as_deref()).ok(),
            Ok(Answer::Fault(_)) | Err(_) => None,
        });
    });
}

criterion_group!(benches, decode);
criterion_main!(benches);
