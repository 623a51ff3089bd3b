//! Inputs that are made to hurt.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int8Type;
use arrow_array::{Array, StringArray};
use arrow_schema::{DataType, Field, Schema};
use datason_arrow::ColumnOptions;
use datason_core::{ByteSize, ChunkSize, ErrorKind, Rejects};
use datason_json::{Framer, ReaderBuilder};

fn options(fields: impl IntoIterator<Item = (&'static str, DataType)>) -> ColumnOptions {
    let fields = fields.into_iter().map(|(name, kind)| Field::new(name, kind, true));
    ColumnOptions::new(Arc::new(Schema::new(fields.collect::<Vec<_>>())))
}

#[test]
fn strings_of_bad_records_do_not_fill_a_dictionary() {
    let small = DataType::Dictionary(DataType::Int8.into(), DataType::Utf8.into());
    let bad = (0..300).map(|at| format!("{{\"d\":\"bad {at}\",\"n\":\"x\"}}\n"));
    let good = (0..200).map(|at| format!("{{\"d\":\"good {}\",\"n\":1}}\n", at % 100));
    let text: String = bad.chain(good).collect();
    for names in [["d", "n"], ["n", "d"]] {
        let kind = |name| if name == "d" { small.clone() } else { DataType::Int64 };
        let options = options(names.map(|name| (name, kind(name))));
        for by_column in [true, false] {
            let rejects = Rejects::in_memory(ByteSize::mib(1));
            let reader = ReaderBuilder::new().on_error(&rejects).from_slice(text.as_bytes());
            let batches = options.clone().by_column(by_column).batches(reader).unwrap();
            let batches: Vec<_> = batches.map(|batch| batch.unwrap().into_data()).collect();
            assert_eq!((batches.len(), batches[0].num_rows()), (1, 200));
            let column = batches[0]["d"].as_dictionary::<Int8Type>();
            assert_eq!(column.values().len(), 100, "and nothing of theirs is in it");
            let strings = column.downcast_dict::<StringArray>().unwrap();
            let found = strings.into_iter().flatten();
            assert!(found.eq((0..200).map(|at| format!("good {}", at % 100))));
        }
    }
}

#[test]
fn a_map_whose_keys_may_be_null_is_refused_before_a_record_is_read() {
    let member = |name, nullable| Field::new(name, DataType::Utf8, nullable);
    let map = |nullable| {
        let members = vec![member("key", nullable), member("value", true)];
        let entries = Field::new_struct("entries", members, false);
        options([("m", DataType::Map(Arc::new(entries), false))])
    };
    assert!(map(false).decoder(Framer::lines()).is_ok());
    let error = map(true).decoder(Framer::lines()).unwrap_err();
    assert_eq!((error.kind(), error.pointer()), (ErrorKind::Schema, Some("/m")));
}

/// The rows of each batch that `text`, cut into pieces, gives.
fn pushed(options: &ColumnOptions, framer: Framer, text: &[u8], piece: usize) -> Vec<usize> {
    let mut decoder = options.decoder(framer).expect("options");
    text.chunks(piece).for_each(|piece| decoder.decode(piece));
    decoder.finish();
    let batches = std::iter::from_fn(|| decoder.next_batch());
    batches.map(|batch| batch.expect("good records").data().num_rows()).collect()
}

#[test]
fn batches_of_so_many_bytes_are_those_of_a_reader_however_the_text_is_cut() {
    let options = options([("n", DataType::Int64)]);
    let rows: Vec<_> = (0..100).map(|n| format!("{{\"n\":{n}}}{}", " ".repeat(n % 90))).collect();
    let (lines, array) = (rows.join("\n"), format!("[{}]", rows.join(" , ")));
    for size in ["1B", "40B", "157B", "100000B"] {
        let size: ChunkSize = size.parse().unwrap();
        let options = options.clone().chunk_size(size);
        let reader = ReaderBuilder::new().chunk_size(size).from_slice(lines.as_bytes());
        let expected: Vec<_> = options
            .batches(reader)
            .unwrap()
            .map(|batch| batch.unwrap().data().num_rows())
            .collect();
        for piece in [1, 7, 100, 1_000, 1_000_000] {
            assert_eq!(pushed(&options, Framer::lines(), lines.as_bytes(), piece), expected);
            assert_eq!(pushed(&options, Framer::array(), array.as_bytes(), piece), expected);
        }
    }
}
