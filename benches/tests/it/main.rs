//! Every benchmark once, on little data, without timing.

use std::collections::HashSet;

use datason_benches::{Definition, Group, Options, Role, SMALL, definitions};
use datason_core::ChunkSize;
use datason_json::CodecKind;

fn all(options: &Options) -> Vec<Definition> {
    Group::ALL.into_iter().flat_map(|group| definitions(group, options)).collect()
}

#[test]
fn every_engine_gives_the_expected_answer() {
    let mut wrong = Vec::new();
    for mut definition in all(&Options::default()) {
        let data = definition.fixture.data(SMALL).expect("data");
        let answer = definition.verify(&data).expect("engines that agree");
        if answer != definition.expected {
            wrong.push(format!("{}: {answer}", definition.name));
        }
    }
    assert!(wrong.is_empty(), "other answers than the definitions say:\n{}", wrong.join("\n"));
}

#[test]
fn chunks_of_any_size_give_the_same_rows() {
    for size in ["1", "7", "1KiB", "1GiB"] {
        let chunk_size = size.parse::<ChunkSize>().expect("a size");
        for mut definition in
            definitions(Group::Rows, &Options { chunk_size, ..Options::default() })
        {
            let data = definition.fixture.data(SMALL).expect("data");
            assert_eq!(definition.verify(&data).expect("engines that agree"), definition.expected);
        }
    }
}

#[test]
fn names_are_unique_and_one_engine_is_the_baseline() {
    let mut names = HashSet::new();
    for definition in all(&Options::default()) {
        assert!(names.insert((definition.group.name(), definition.name)), "{}", definition.name);
        let engines: HashSet<&str> =
            definition.engines.iter().map(|engine| engine.name.as_str()).collect();
        assert_eq!(engines.len(), definition.engines.len(), "{}", definition.name);
        let baselines =
            definition.engines.iter().filter(|engine| engine.role == Role::Baseline).count();
        assert_eq!(baselines, 1, "{}", definition.name);
    }
}

#[test]
fn a_codec_can_be_left_out() {
    let options = Options { codecs: vec![CodecKind::SerdeJson], ..Options::default() };
    for definition in definitions(Group::Rows, &options) {
        let names: Vec<&str> =
            definition.engines.iter().map(|engine| engine.name.as_str()).collect();
        assert!(names.contains(&"serde-json") && names.contains(&"Reader serde-json"));
        assert!(!names.iter().any(|name| name.contains("simd-json")), "{names:?}");
    }
}
