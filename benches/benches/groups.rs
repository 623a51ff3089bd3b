//! Each engine of each definition, with criterion.
//!
//! `cargo bench -p datason-benches` measures all, `cargo bench -p datason-benches -- rows/flat`
//! what the filter finds. For ratios between engines take `cargo xtask bench`: criterion measures
//! one engine after the other, minutes apart.

use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use datason_benches::{Definition, Group, Options, definitions};

/// Beyond the second-level cache, so that the text comes from where it does in real work.
const SIZE: u64 = 16 << 20;

fn frame(criterion: &mut Criterion) {
    group(criterion, Group::Frame);
}

fn rows(criterion: &mut Criterion) {
    group(criterion, Group::Rows);
}

fn columns(criterion: &mut Criterion) {
    group(criterion, Group::Columns);
}

fn write(criterion: &mut Criterion) {
    group(criterion, Group::Write);
}

fn group(criterion: &mut Criterion, group: Group) {
    for definition in definitions(group, &Options::default()) {
        bench(criterion, definition);
    }
}

fn bench(criterion: &mut Criterion, mut definition: Definition) {
    let data = definition.fixture.data(SIZE).expect("16 MiB fit in memory");
    definition.verify(&data).expect("every engine gives the right answer");
    let name = format!("{}/{}", definition.group, definition.name);
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Bytes(data.bytes.len() as u64));
    group.sample_size(20).measurement_time(Duration::from_secs(3));
    for engine in &mut definition.engines {
        group.bench_function(engine.name.clone(), |bencher| {
            bencher.iter(|| engine.pass(&data).expect("it could do it a moment ago"));
        });
    }
    group.finish();
}

criterion_group!(groups, frame, rows, columns, write);
criterion_main!(groups);
