//! 50,000 contacts: how long importing, finding and matching take. Aims: import 3 s, a search 16 ms.
#![allow(missing_docs, clippy::unwrap_used)]

use std::{fmt::Write as _, hint::black_box};

use criterion::{Criterion, criterion_group, criterion_main};
use uncall_directory::{Directory, import};
use uncall_number::Home;

const CONTACTS: u64 = 50_000;
const FAMILY: &[&str] = &["王", "李", "张", "刘", "陈", "单", "曾", "欧阳", "Smith ", "Müller "];
const GIVEN: &[&str] = &["伟", "芳", "娜", "秀英", "敏", "静", "强", "磊", "洋", "Ann", "雄信", "国藩"];
const COMPANY: &[&str] = &["海淀科技", "浦东贸易", "Acme", "重庆分公司", ""];

/// A sheet of names that repeat as names do, and numbers that do not.
fn sheet() -> String {
    let mut random = fastrand::Rng::with_seed(1);
    let mut pick = |from: &[&'static str]| *random.choice(from).unwrap();
    let mut text = "姓名,公司,手机,电话\n".to_owned();
    for at in 0..CONTACTS {
        let (family, given, more, company) = (pick(FAMILY), pick(GIVEN), pick(GIVEN), pick(COMPANY));
        writeln!(text, "{family}{given}{more},{company},138{at:08},010-6{at:07}").unwrap();
    }
    text
}

fn measure(criterion: &mut Criterion) {
    let sheet = sheet();
    let home = || Home { country: "86".into(), area: "010".into() };
    let mut slow = criterion.benchmark_group("50,000 contacts");
    slow.sample_size(10);
    slow.bench_function("import of a sheet", |bencher| bencher.iter(|| import::read(black_box(sheet.as_bytes()))));
    let contacts = import::read(sheet.as_bytes()).unwrap().contacts;
    slow.bench_function("index", |bencher| {
        bencher.iter_batched(
            || contacts.clone(),
            |contacts| Directory::new(contacts, home()),
            criterion::BatchSize::LargeInput,
        );
    });
    let directory = Directory::new(contacts, home());
    for typed in ["zhang", "zs", "ouyangguofan", "张伟", "13800012", "xyz", "a", "wang 138000"] {
        slow.bench_function(format!("search {typed:?}"), |bencher| {
            bencher.iter(|| directory.search(black_box(typed), 20))
        });
    }
    for number in ["13800012345", "+861060012345", "13999999999"] {
        slow.bench_function(format!("caller {number}"), |bencher| {
            bencher.iter(|| directory.callers(black_box(number), 5))
        });
    }
}

criterion_group!(benches, measure);
criterion_main!(benches);
