//! Group `frame`: where records begin and end.
//!
//! The text lies in memory; the framer gets it in blocks of 256 KiB, as the reader feeds it,
//! and one vector takes the spans of every block.

mod peers;

use std::ops::Range;

use datason_core::Position;
use datason_fixtures::{Layout, Shape};
use datason_json::Framer;
use datason_scan::Kernel;

use crate::answer::{Answer, Observer};
use crate::definition::{Definition, Engine, Group, Role};
use crate::fixture::Fixture;

/// How much the reader reads at a time unless told otherwise.
const BLOCK: usize = 256 << 10;

pub(crate) fn definitions() -> Vec<Definition> {
    vec![
        lines("lines flat", Shape::Flat, Answer::new(214, 0xf318_f4c3_f1c9_0abf)),
        lines("lines nested", Shape::Nested, Answer::new(31, 0x7303_2862_e468_2b5e)),
        lines("lines text", Shape::Text, Answer::new(16, 0x9bd7_04ea_adb8_377d)),
        array(
            "array flat",
            Fixture::Generated(Shape::Flat, Layout::Array),
            Answer::new(214, 0xf318_f4c3_f1c9_0abf),
        ),
        array(
            "array pretty",
            Fixture::Generated(Shape::Flat, Layout::PrettyArray),
            Answer::new(171, 0x4dd9_3447_7a54_48b4),
        ),
        array(
            "array nested",
            Fixture::Generated(Shape::Nested, Layout::Array),
            Answer::new(31, 0x7303_2862_e468_2b5e),
        ),
        array("array numbers", Fixture::Numbers, Answer::new(14_829, 0x76c4_3db3_98f0_138d)),
        pointer(Answer::new(213, 0x5628_e0e5_866e_8f40)),
        concatenated(Answer::new(214, 0xf318_f4c3_f1c9_0abf)),
    ]
}

fn lines(name: &'static str, shape: Shape, expected: Answer) -> Definition {
    let peers = [peers::count_newlines(), peers::memchr_lines(), peers::serde_json_stream()];
    Definition {
        group: Group::Frame,
        name,
        fixture: Fixture::Generated(shape, Layout::Lines),
        expected,
        oracle: peers::naive_lines,
        engines: ours(Framer::lines).chain(peers).collect(),
    }
}

fn array(name: &'static str, fixture: Fixture, expected: Answer) -> Definition {
    Definition {
        group: Group::Frame,
        name,
        fixture,
        expected,
        oracle: |data| peers::naive_elements(data, &[]),
        engines: ours(Framer::array).chain([peers::serde_json_elements(&[])]).collect(),
    }
}

fn pointer(expected: Answer) -> Definition {
    /// [`Layout::POINTER`], taken apart.
    const KEYS: &[&str] = &["data", "rows"];
    let framer = || {
        let framer = Framer::pointer(Layout::POINTER, datason_json::codec::DEFAULT_MAX_DEPTH);
        framer.expect("the generator's pointer is well formed")
    };
    Definition {
        group: Group::Frame,
        name: "pointer flat",
        fixture: Fixture::Generated(Shape::Flat, Layout::UnderPointer),
        expected,
        oracle: |data| peers::naive_elements(data, KEYS),
        engines: ours(framer).chain([peers::serde_json_elements(KEYS)]).collect(),
    }
}

fn concatenated(expected: Answer) -> Definition {
    Definition {
        group: Group::Frame,
        name: "concatenated flat",
        fixture: Fixture::Generated(Shape::Flat, Layout::Lines),
        expected,
        oracle: peers::naive_lines,
        engines: ours(Framer::concatenated).chain([peers::serde_json_stream()]).collect(),
    }
}

/// The framer on every kernel of this machine.
fn ours(framer: fn() -> Framer) -> impl Iterator<Item = Engine> {
    Kernel::available().map(move |kernel| {
        let mut spans = Vec::new();
        Engine::new(format!("datason {kernel}"), Role::Ours, move |data, seen| {
            frame(framer().with_kernel(kernel), &data.bytes, &mut spans, seen)
        })
    })
}

fn frame(
    mut framer: Framer,
    bytes: &[u8],
    spans: &mut Vec<Range<usize>>,
    seen: &mut dyn Observer,
) -> anyhow::Result<()> {
    let (mut start, mut end) = (0, 0);
    while end < bytes.len() {
        end = bytes.len().min(end + BLOCK);
        spans.clear();
        let held = &bytes[start..end];
        let framed = framer.frame(held, end == bytes.len(), spans);
        if let Some(fault) = framed.fault {
            return Err(fault.into_error(held, Position::START).into());
        }
        seen.records(held, spans);
        start += framed.consumed;
    }
    Ok(())
}
