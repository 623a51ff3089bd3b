//! What is said of memory, against what the allocator was asked for.
//!
//! One test only, since the allocator counts for the whole process.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

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

/// What a service logs: numbers of every width side by side.
#[derive(Serialize)]
struct Sample {
    at: u64,
    host: u32,
    port: u16,
    kind: u8,
    ok: bool,
    load: f32,
    level: Level,
    retries: Option<u8>,
    code: Option<u32>,
}

#[derive(Serialize)]
enum Level {
    Low,
    High,
}

/// Texts that may be missing, one in the other.
#[derive(Serialize)]
struct Contact {
    name: Option<String>,
    mail: Option<String>,
    phone: Option<Box<str>>,
    initial: Option<char>,
    home: Option<Address>,
}

/// Maps and sets as fields, of a few entries each.
#[derive(Serialize)]
struct Labels {
    id: u64,
    hashed: HashMap<String, u64>,
    tree: BTreeMap<String, Option<String>>,
    indexed: IndexMap<u32, (f64, f64)>,
    names: BTreeSet<String>,
    numbers: Option<HashSet<u64>>,
}

/// Lists in lists, tuples, arrays.
#[derive(Serialize)]
struct Matrix {
    rows: Vec<Vec<f64>>,
    corner: [f32; 4],
    pairs: Vec<(u8, String)>,
    slice: Box<[u16]>,
    unit: (),
}

/// Structs around one value.
#[derive(Serialize)]
struct Wrapped(Id, Box<str>, Option<Id>);

#[derive(Serialize)]
struct Id(u64);

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

fn sample(n: usize) -> Sample {
    Sample {
        at: n as u64,
        host: 7,
        port: 80,
        kind: 1,
        ok: true,
        load: 0.5,
        level: if n.is_multiple_of(2) { Level::Low } else { Level::High },
        retries: n.is_multiple_of(3).then_some(3),
        code: n.is_multiple_of(5).then_some(404),
    }
}

fn contact(n: usize) -> Contact {
    let text = |what: &str| exact(format!("{what} of number {n}"));
    Contact {
        name: Some(text("the name")),
        mail: n.is_multiple_of(2).then(|| text("the mail")),
        phone: n.is_multiple_of(3).then(|| text("the phone").into()),
        initial: Some('x'),
        home: n.is_multiple_of(2).then(|| address(n)),
    }
}

/// Maps that have grown entry by entry, as they come from a parser.
fn labels(n: usize) -> Labels {
    let text = |n: usize| exact(format!("label {n}"));
    let mut labels = Labels {
        id: n as u64,
        hashed: HashMap::new(),
        tree: BTreeMap::new(),
        indexed: IndexMap::new(),
        names: BTreeSet::new(),
        numbers: n.is_multiple_of(2).then(HashSet::new),
    };
    for entry in 0..n % 12 {
        labels.hashed.insert(text(entry), 7);
        labels.tree.insert(text(entry), entry.is_multiple_of(2).then(|| text(entry)));
        labels.indexed.insert(7 * u32::try_from(entry).expect("a small number"), (0.5, 1.5));
        labels.names.insert(text(entry));
        if let Some(numbers) = &mut labels.numbers {
            numbers.insert(entry as u64);
        }
    }
    labels
}

fn matrix(n: usize) -> Matrix {
    Matrix {
        rows: (0..n % 5).map(|row| vec![1.5; row]).collect(),
        corner: [0.5; 4],
        pairs: (0..n % 3).map(|pair| (7, exact(format!("pair {pair}")))).collect(),
        slice: vec![7; n % 30].into(),
        unit: (),
    }
}

/// JSON texts of objects with up to 39 members.
fn texts() -> Vec<String> {
    let record = |n: usize| {
        let fields = (0..n % 40).map(|key| format!("\"key number {key}\": [null, {n}, \"x\"]"));
        let fields = fields.map(|field| field + ", ").collect::<String>();
        format!("{{\"id\": {n}, {fields}\"end\": true}}")
    };
    (0..2_000).map(record).collect()
}

/// The texts as dynamic values, in a list without spare room.
fn dynamic<T: serde::de::DeserializeOwned>(texts: &[String]) -> Vec<T> {
    let mut values = Vec::with_capacity(texts.len());
    values.extend(texts.iter().map(|text| serde_json::from_str::<T>(text).expect("JSON")));
    values
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
    let json = texts();
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
        percent("grown index map", || {
            let mut map = IndexMap::new();
            (0..ROWS).for_each(|n| drop(map.insert(text(n), vec![n; 4])));
            map
        }),
        percent("numbers of all widths", || (0..ROWS).map(sample).collect::<Vec<_>>()),
        percent("optional texts", || (0..ROWS).map(contact).collect::<Vec<_>>()),
        percent("small maps", || (0..ROWS).map(labels).collect::<Vec<_>>()),
        percent("lists in structs", || (0..ROWS).map(matrix).collect::<Vec<_>>()),
        percent("structs around one value", || {
            let wrapped = |n: usize| Wrapped(Id(7), text(n).into(), Some(Id(7)));
            (0..ROWS).map(wrapped).collect::<Vec<_>>()
        }),
        percent("a table just grown", || (0..29_000).map(|n| (n, n)).collect::<HashMap<_, _>>()),
        percent("a full table", || (0..28_000).map(|n| (n, n)).collect::<HashMap<_, _>>()),
        percent("a set", || (0..ROWS as u64).collect::<HashSet<_>>()),
        percent("values", || dynamic::<Value>(&json)),
        percent("values of serde_json", || dynamic::<serde_json::Value>(&json)),
    ];
    for (name, asked, said, percent) in said {
        println!("{name:20} {asked:10} bytes asked for, {said:10} said: {percent} %");
    }
    assert!(said.iter().all(|(.., percent)| (85..=115).contains(percent)), "{said:?}");
    values(&json);
}

/// Dynamic values, looked at themselves.
fn values(texts: &[String]) {
    let before = HEAP.current_usage();
    let values: Vec<Value> = dynamic(texts);
    let asked = (HEAP.current_usage() - before) as u64;
    let said: u64 = values.iter().map(value_bytes).sum();
    let percent = said * 100 / asked;
    assert!((95..=105).contains(&percent), "{said} of {asked} bytes: {percent} %");
}
