//! What is said of memory, against what the allocator was asked for.
//!
//! One test only, since the allocator counts for the whole process.

use std::collections::{BTreeMap, HashMap};

use datason_core::Value;
use datason_memory::{Footprint, value_bytes};
use indexmap::IndexMap;
use peak_alloc::PeakAlloc;
use serde::Serialize;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

#[derive(Serialize)]
struct Customer {
    id: u64,
    name: String,
    tags: Vec<String>,
    address: Address,
    manager: Option<Box<Address>>,
    score: Option<f64>,
    active: bool,
}

#[derive(Serialize)]
struct Address {
    street: String,
    number: u16,
    at: (f64, f64),
}

#[derive(Serialize)]
enum Event {
    Opened { by: String, at: u64 },
    Closed(u64),
}

/// A text without spare capacity, which nobody can see from outside.
fn exact(text: String) -> String {
    text.into_boxed_str().into_string()
}

fn address(n: usize) -> Address {
    Address { street: exact(format!("{n} Long Street, Springfield")), number: 7, at: (1.5, 2.5) }
}

fn customer(n: usize) -> Customer {
    Customer {
        id: n as u64,
        name: exact(format!("customer number {n}")),
        tags: (0..n % 4).map(|tag| exact(format!("tag {tag}"))).collect(),
        address: address(n),
        manager: n.is_multiple_of(3).then(|| Box::new(address(n))),
        score: n.is_multiple_of(2).then_some(0.5),
        active: true,
    }
}

fn event(n: usize) -> Event {
    if n.is_multiple_of(5) {
        Event::Closed(7)
    } else {
        Event::Opened { by: exact(format!("user {n}")), at: 7 }
    }
}

/// What was asked for and what is said, and how many percent that is.
fn percent<T: Serialize>(
    name: &'static str,
    make: impl FnOnce() -> T,
) -> (&'static str, usize, u64, u64) {
    let before = HEAP.current_usage();
    let value = make();
    let asked = HEAP.current_usage() - before + size_of::<T>();
    let said = Footprint::of(&value).expect("a value that has a text").resident_bytes;
    (name, asked, said, said * 100 / asked as u64)
}

#[test]
fn what_is_said_is_within_15_percent_of_what_was_asked_for() {
    const ROWS: usize = 20_000;
    let text = |n: usize| exact(format!("value {n}"));
    let said = [
        percent("numbers", || (0..ROWS as u64).collect::<Vec<_>>()),
        percent("texts", || (0..ROWS).map(text).collect::<Vec<_>>()),
        percent("long texts", || (0..ROWS / 10).map(|n| text(n).repeat(100)).collect::<Vec<_>>()),
        percent("optional numbers", || {
            (0..ROWS).map(|n| n.is_multiple_of(2).then_some(1.5)).collect::<Vec<_>>()
        }),
        percent("structs", || (0..ROWS).map(customer).collect::<Vec<_>>()),
        percent("enums", || (0..ROWS).map(event).collect::<Vec<_>>()),
        percent("lists of lists", || (0..ROWS).map(|n| vec![n; 8]).collect::<Vec<_>>()),
        percent("boxes", || (0..ROWS).map(|n| (n, Box::new(customer(n)))).collect::<Vec<_>>()),
        percent("hash map", || {
            (0..ROWS).map(|n| (text(n), customer(n))).collect::<HashMap<_, _>>()
        }),
        percent("tree map", || {
            let mut map = BTreeMap::new();
            map.extend((0..ROWS).map(|n| (text(n * 7919 % ROWS), text(n))));
            map
        }),
        percent("index map", || {
            (0..ROWS).map(|n| (text(n), vec![n; 4])).collect::<IndexMap<_, _>>()
        }),
    ];
    for (name, asked, said, percent) in said {
        println!("{name:20} {asked:10} bytes asked for, {said:10} said: {percent} %");
    }
    assert!(said.iter().all(|(.., percent)| (85..=115).contains(percent)), "{said:?}");
    values();
}

/// Dynamic values out of JSON, with maps of many sizes.
fn values() {
    let record = |n: usize| {
        let fields = (0..n % 40).map(|key| format!("\"key number {key}\": [null, {n}, \"x\"]"));
        format!(
            "{{\"id\": {n}, {}\"end\": true}}",
            fields.map(|field| field + ", ").collect::<String>()
        )
    };
    let texts: Vec<String> = (0..2_000).map(record).collect();
    let before = HEAP.current_usage();
    let mut values: Vec<Value> = Vec::with_capacity(texts.len());
    values.extend(texts.iter().map(|text| serde_json::from_str::<Value>(text).expect("JSON")));
    let asked = (HEAP.current_usage() - before) as u64;
    let said: u64 = values.iter().map(value_bytes).sum();
    let percent = said * 100 / asked;
    assert!((95..=105).contains(&percent), "{said} of {asked} bytes: {percent} %");
}
