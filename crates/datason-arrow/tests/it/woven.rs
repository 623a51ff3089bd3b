//! Rows woven from columns have the text that the serializer makes of them.

use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::*;
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::Field;
use datason_arrow::Table;
use datason_core::config::{Config, LongStrings, NanHandling, TypeCoercion};
use datason_core::{ChunkSize, Chunkable, Spacing};
use datason_json::ser::to_vec;
use datason_json::{Layout, WriterBuilder};
use proptest::prelude::*;

use crate::tables::any_batch;

/// Compares the ways, and returns how many chunks were woven, and of how many.
pub(crate) fn check(table: &Table, config: &Config) -> (usize, usize) {
    let (mut woven, mut chunks) = (0, 0);
    for spacing in [Spacing::Python, Spacing::Compact] {
        for chunk in table.chunks(seven(), config) {
            let Ok(chunk) = chunk else { return (woven, chunks) };
            let mut out = b"before".to_vec();
            let appended = <&Table>::append_text(&chunk, config, spacing, &mut out);
            match to_vec(&chunk, config, spacing.into()) {
                Ok(expected) if appended => {
                    let (found, expected) = (out.escape_ascii(), expected.escape_ascii());
                    assert_eq!(found.to_string(), format!("before{expected}"));
                }
                _ => {
                    assert!(!appended, "the serializer refuses it");
                    assert_eq!(out, b"before");
                }
            }
            chunks += 1;
            woven += usize::from(appended);
        }
    }
    (woven, chunks)
}

/// Writes the rows in both ways, to lines and to an array.
fn check_written(table: &Table, config: &Config) {
    for layout in [Layout::Lines, Layout::Array] {
        let builder = WriterBuilder::new().layout(layout).config(config.clone());
        let [mut one, mut other] =
            [(); 2].map(|()| builder.to_writer(Vec::new()).expect("a writer"));
        for chunk in table.chunks(seven(), config) {
            let chunk = chunk.expect("a chunk");
            let records = chunk.records().expect("records");
            let error = |result: datason_core::Result<()>| result.err().map(|e| e.to_string());
            let written = error(records.write_to(&mut one));
            assert_eq!(written, error(other.write_rows(records.iter())));
        }
        assert_eq!(one.records(), other.records());
        assert_eq!(one.bytes(), other.bytes());
        let expected = other.into_inner().expect("an output");
        assert_eq!(one.into_inner().expect("an output"), expected);
        let mut whole = builder.to_writer(Vec::new()).expect("a writer");
        if table.write_to(&mut whole).is_ok() {
            let whole = whole.into_inner().expect("an output");
            assert_eq!(whole.escape_ascii().to_string(), expected.escape_ascii().to_string());
        }
    }
}

fn seven() -> ChunkSize {
    ChunkSize::records(7).expect("not zero")
}

fn configs() -> Vec<Config> {
    vec![
        Config::DEFAULT,
        Config::ml(),
        Config::api(),
        Config::research(),
        Config::DEFAULT.ensure_ascii(true),
        Config::DEFAULT.sort_keys(true),
        Config::DEFAULT.nan_handling(NanHandling::Drop),
        Config::DEFAULT.nan_handling(NanHandling::String),
        Config::DEFAULT.nan_handling(NanHandling::Keep),
        Config::DEFAULT.type_coercion(TypeCoercion::Strict),
        Config::DEFAULT.max_size(2),
        Config::DEFAULT.max_size(6),
        Config::DEFAULT.max_depth(3),
        Config::DEFAULT.max_string_length(3),
        Config::DEFAULT.max_string_length(3).long_strings(LongStrings::Truncate),
    ]
}

fn nested(batch: &RecordBatch) -> RecordBatch {
    let rows = Arc::new(StructArray::from(batch.clone())) as ArrayRef;
    let holes: Vec<bool> = (0..batch.num_rows()).map(|row| row % 3 != 1).collect();
    let (fields, columns, _) = StructArray::from(batch.clone()).into_parts();
    let nulls = NullBuffer::from(holes);
    let holed = StructArray::try_new(fields, columns, Some(nulls.clone())).expect("equal lengths");
    let item = Arc::new(Field::new("item", rows.data_type().clone(), true));
    let offsets: Vec<i32> = [0, 0].into_iter().chain((1..).take(batch.num_rows())).collect();
    let offsets = OffsetBuffer::new(offsets.into());
    let lists = ListArray::new(item.clone(), offsets.clone(), rows.clone(), None);
    let lists = lists.slice(1, batch.num_rows());
    // A list that is null may have members all the same.
    let holed_lists = ListArray::new(item, offsets.slice(1, batch.num_rows()), rows, Some(nulls));
    let names: DictionaryArray<Int32Type> =
        (0..batch.num_rows()).map(|row| ["a", "b\n"][row % 2]).collect();
    RecordBatch::try_from_iter([
        ("z", Arc::new(holed) as ArrayRef),
        ("lists", Arc::new(lists)),
        ("holed lists", Arc::new(holed_lists)),
        ("a \"name\" of more than thirty-two bytes", Arc::new(names)),
    ])
    .expect("equal lengths")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_rows_have_the_same_text(batch in any_batch(), cut in 0..30_usize) {
        let start = cut.min(batch.num_rows());
        let batch = batch.slice(start, batch.num_rows() - start);
        for batch in [nested(&batch), batch] {
            let table = Table::from(&batch);
            for config in configs() {
                let (woven, chunks) = check(&table, &config);
                let plain = config == Config::DEFAULT || config.ensure_ascii;
                prop_assert!(woven == chunks || !plain || config.sort_keys);
                check_written(&table, &config);
            }
        }
    }
}

#[test]
fn many_rows_cross_blocks() {
    let numbers: Int64Array = (0..5_000).map(|n| (n % 7 != 0).then_some(n * n)).collect();
    let texts = StringArray::from_iter_values((0..5_000).map(|n| "x".repeat(n % 90)));
    let floats = Float32Array::from_iter_values((0..5_000_u16).map(|n| f32::from(n) / 7.0));
    let vectors = FixedSizeListArray::from_iter_primitive::<arrow_array::types::Float64Type, _, _>(
        (0..5_000).map(|n| (n % 11 != 0).then(|| vec![Some(f64::from(n)), Some(f64::NAN)])),
        2,
    );
    let batch = RecordBatch::try_from_iter([
        ("n", Arc::new(numbers) as ArrayRef),
        ("t", Arc::new(texts)),
        ("f", Arc::new(floats)),
        ("v", Arc::new(vectors)),
    ])
    .unwrap();
    let table = Table::from(&batch);
    for config in [Config::DEFAULT, Config::DEFAULT.nan_handling(NanHandling::Keep)] {
        assert_eq!(check(&table, &config), (1_430, 1_430));
        check_written(&table, &config);
    }
    let whole = table.chunks(ChunkSize::records(5_000).unwrap(), &Config::DEFAULT).next();
    let (chunk, mut out) = (whole.unwrap().unwrap(), Vec::new());
    assert!(Table::append_text(&chunk, &Config::DEFAULT, Spacing::Python, &mut out));
    assert_eq!(out, to_vec(&chunk, &Config::DEFAULT, Spacing::Python.into()).unwrap());
}

/// Structs in a struct, both with nulls, and values of all kinds under them, some of them where
/// there is no struct.
fn structs_in_structs(rows: i32) -> RecordBatch {
    let every = |step: i32| (0..rows).map(|row| row % step != 1).collect::<NullBuffer>();
    let text = |row: i32| match row % 15 {
        0 => None,
        // The outer struct is null here.
        1 => Some("\"\n".to_owned()),
        _ => Some("é".repeat(usize::try_from(row % 50).expect("not negative"))),
    };
    let integers: Int64Array = (0..rows)
        .map(|row| match row % 6 {
            0 => None,
            1 => Some(i64::MIN),
            2 => Some(10_i64.pow(16)),
            _ => Some(i64::from(row) * -7_919),
        })
        .collect();
    let unsigned = UInt64Array::from_iter_values((0..rows).map(|row| u64::MAX >> (row % 64)));
    let texts: StringArray = (0..rows).map(text).collect();
    let clean = StringArray::from_iter_values((0..rows).map(|row| row.to_string()));
    let truths: BooleanArray = (0..rows).map(|row| (row % 4 > 0).then_some(row % 3 == 0)).collect();
    let inner: [(&str, ArrayRef); 5] = [
        ("i", Arc::new(integers)),
        ("u", Arc::new(unsigned)),
        ("t", Arc::new(texts)),
        ("c", Arc::new(clean.clone())),
        ("b", Arc::new(truths)),
    ];
    let structs = |columns: &[(&str, ArrayRef)], nulls| {
        let batch = RecordBatch::try_from_iter(columns.iter().cloned()).expect("equal lengths");
        let (fields, columns, _) = StructArray::from(batch).into_parts();
        Arc::new(StructArray::try_new(fields, columns, nulls).expect("equal lengths")) as ArrayRef
    };
    let inner = structs(&inner, Some(every(5)));
    let outer = structs(&[("inner", inner.clone()), ("c", Arc::new(clean))], Some(every(3)));
    RecordBatch::try_from_iter([("outer", outer), ("inner", inner)]).expect("equal lengths")
}

#[test]
fn structs_in_structs_cross_blocks_with_their_nulls() {
    let table = Table::from(structs_in_structs(5_000));
    for config in [Config::DEFAULT, Config::DEFAULT.ensure_ascii(true)] {
        let (woven, chunks) = check(&table, &config);
        assert_eq!(woven, chunks);
        check_written(&table, &config);
    }
}

#[test]
fn one_row_that_is_not_plain_costs_few_others_their_way() {
    let longest = 40;
    let texts = (0..9_000).map(|row| "x".repeat(if row == 4_321 { longest + 1 } else { row % 9 }));
    let batch = StructArray::from(structs_in_structs(9_000));
    let texts = Arc::new(StringArray::from_iter_values(texts)) as ArrayRef;
    let table = RecordBatch::try_from_iter([("s", Arc::new(batch) as _), ("t", texts)]).unwrap();
    let config = Config::DEFAULT.max_string_length(longest * 3).long_strings(LongStrings::Truncate);
    check_written(&Table::from(table.clone()), &config);
    check_written(&Table::from(table), &config.max_string_length(longest));
}

#[test]
fn quotes_that_change_where_rows_are_given_up_stand_right() {
    let texts = |escaped: usize, long: usize| {
        let text = move |row: usize| match row {
            row if row == long => "x".repeat(20),
            row if row >= escaped => "\n".to_owned(),
            row => row.to_string(),
        };
        Arc::new(StringArray::from_iter_values((0..900).map(text))) as ArrayRef
    };
    for (escaped, long) in [(100, 150), (65, 319), (300, 301), (0, 64)] {
        let columns = [("t", texts(escaped, 900)), ("u", texts(900, long)), ("v", texts(500, 900))];
        let table = Table::from(RecordBatch::try_from_iter(columns).unwrap());
        let config = Config::DEFAULT.max_string_length(19).long_strings(LongStrings::Truncate);
        check_written(&table, &config);
        check_written(&table, &Config::DEFAULT);
    }
}

#[test]
fn rows_as_records_are_asked_of_no_other_form() {
    let table = Table::from(structs_in_structs(3));
    let config = Config::DEFAULT.orient(datason_core::config::Orient::Values);
    let mut writer = WriterBuilder::new().config(config).to_writer(Vec::new()).unwrap();
    let error = table.write_to(&mut writer).unwrap_err();
    assert_eq!(error.kind(), datason_core::ErrorKind::Argument);
    let batches = table.batches().iter().cloned().map(Ok::<_, datason_core::Error>);
    let stream = datason_arrow::TableStream::new(table.schema().clone(), batches);
    let mut writer = WriterBuilder::new().to_writer(Vec::new()).unwrap();
    stream.write_to(&mut writer).unwrap();
    assert_eq!(writer.records(), 3);
}

#[test]
fn strings_with_and_without_escapes_stand_beside_each_other() {
    let text = |n: usize| match n % 5 {
        0 => None,
        1 => Some("x".repeat(n % 140)),
        2 => Some(format!("{}\"{}", "é".repeat(n % 70), "y".repeat(n % 30))),
        3 => Some("\u{1}\\\n".repeat(n % 50)),
        _ => Some(String::new()),
    };
    let texts: StringArray = (0..3_000).map(text).collect();
    let large: LargeStringArray = (0..3_000).rev().map(text).collect();
    let lists = ListArray::new(
        Arc::new(Field::new("item", texts.data_type().clone(), true)),
        OffsetBuffer::from_lengths((0..1_000).map(|n| [0, 6, 3][n % 3])),
        Arc::new(texts.clone()),
        None,
    );
    let batch = RecordBatch::try_from_iter([
        ("t", Arc::new(texts.slice(500, 1_000)) as ArrayRef),
        ("l", Arc::new(large.slice(7, 1_000))),
        ("lists", Arc::new(lists)),
    ]);
    let table = Table::from(batch.unwrap());
    for config in [Config::DEFAULT, Config::DEFAULT.ensure_ascii(true)] {
        let (woven, chunks) = check(&table, &config);
        assert_eq!(woven, chunks);
        check_written(&table, &config);
    }
}

#[test]
fn a_text_of_any_length_may_be_the_last_of_its_buffer() {
    for length in (0..200).chain([1_000]) {
        for last in ["a", "\"", "\u{1}"] {
            let text = "é".repeat(length / 2) + &"b".repeat(length % 2) + last;
            let texts = Arc::new(StringArray::from_iter_values(["", &text]));
            let row = [("t", texts as ArrayRef), ("n", Arc::new(Int8Array::from(vec![1, 2])))];
            let table = Table::from(RecordBatch::try_from_iter(row).unwrap());
            assert_eq!(check(&table, &Config::DEFAULT), (2, 2));
        }
    }
}

#[test]
fn lists_of_numbers_are_written_however_many_they_have() {
    // The first are written where they stand, the second are too many for that.
    for counts in [[1, 0, 5_000, 3], [2, 150_000, 0, 1]] {
        let all: usize = counts.iter().sum();
        let numbers = |start| (start..).map(|n: i32| (n % 7 != 0).then_some(n)).take(all);
        let small: Int16Array =
            numbers(0).map(|n| n.and_then(|n| i16::try_from(n % 30_000).ok())).collect();
        let floats: Float64Array = numbers(5).map(|n| n.map(|n| f64::from(n) / 8.0)).collect();
        let list = |members: ArrayRef| {
            let item = Arc::new(Field::new("item", members.data_type().clone(), true));
            let nulls = NullBuffer::from(vec![true, true, true, false]);
            Arc::new(ListArray::new(item, OffsetBuffer::from_lengths(counts), members, Some(nulls)))
        };
        let (small, floats) = (list(Arc::new(small)), list(Arc::new(floats)));
        let item = Arc::new(Field::new("item", small.data_type().clone(), true));
        let within =
            ListArray::new(item, OffsetBuffer::from_lengths([0, 1, 3, 0]), small.clone(), None);
        let columns = [("s", small as ArrayRef), ("f", floats), ("w", Arc::new(within))];
        let table = Table::from(RecordBatch::try_from_iter(columns).unwrap());
        let config = Config::DEFAULT.max_size(1 << 20);
        assert_eq!(check(&table, &config), (2, 2));
        check_written(&table, &config);
    }
}

#[test]
fn empty_and_long_named_structs_that_are_null_are_passed_over() {
    let rows = 40_usize;
    let nulls = |n: usize| Some((0..rows).map(|row| row % n != 1).collect::<NullBuffer>());
    let empty = Arc::new(StructArray::new_empty_fields(rows, nulls(2))) as ArrayRef;
    let numbers = Arc::new(Int32Array::from_iter_values(0..40)) as ArrayRef;
    let names = ["e", "a name of many more than thirty-two bytes", "b"];
    let columns = names.into_iter().zip([empty.clone(), numbers.clone(), empty.clone()]);
    let columns = RecordBatch::try_from_iter(columns).unwrap();
    let (fields, columns, _) = StructArray::from(columns).into_parts();
    let inner = Arc::new(StructArray::new(fields, columns, nulls(3))) as ArrayRef;
    let long = "another name of many more than thirty-two bytes";
    let outer = RecordBatch::try_from_iter([(long, inner.clone()), ("n", numbers)]).unwrap();
    let (fields, columns, _) = StructArray::from(outer).into_parts();
    let outer = Arc::new(StructArray::new(fields, columns, nulls(5))) as ArrayRef;
    let batch = RecordBatch::try_from_iter([(long, outer), ("e", empty), ("i", inner)]).unwrap();
    let table = Table::from(batch);
    assert_eq!(check(&table, &Config::DEFAULT), (12, 12));
    check_written(&table, &Config::DEFAULT);
}

#[test]
fn texts_of_megabytes_are_written_beside_others() {
    let large = |last: &str| "x".repeat(5 << 20) + last;
    let texts =
        StringArray::from(vec![Some("a"), None, Some(&large("")), Some(&large("\n")), Some("\"")]);
    let batch = RecordBatch::try_from_iter([
        ("t", Arc::new(texts) as ArrayRef),
        ("n", Arc::new(Int64Array::from(vec![1, 2, 3, 4, 5]))),
    ]);
    let config = Config::DEFAULT.max_string_length(10 << 20);
    let table = Table::from(batch.unwrap());
    assert_eq!(check(&table, &config), (2, 2));
    check_written(&table, &config);
}

/// The most that reaches the output at once, and all.
fn largest_write(column: ArrayRef) -> (usize, usize) {
    struct Largest(usize, usize);
    impl std::io::Write for Largest {
        fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
            *self = Self(self.0.max(text.len()), self.1 + text.len());
            Ok(text.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let rows = column.len();
    let table = Table::from(RecordBatch::try_from_iter([("t", column)]).expect("a batch"));
    let mut writer = WriterBuilder::new().to_writer(Largest(0, 0)).expect("a writer");
    let chunk_size = ChunkSize::records(rows).expect("not zero");
    for chunk in table.chunks(chunk_size, &Config::DEFAULT) {
        let chunk = chunk.expect("a chunk");
        chunk.records().expect("records").write_to(&mut writer).expect("an output");
    }
    let Largest(largest, all) = writer.into_inner().expect("an output");
    (largest, all)
}

#[test]
fn rows_that_grow_suddenly_are_not_woven_together() {
    let texts = (0..3_000).map(|n| "x".repeat(if n < 2_000 { 0 } else { 30_000 }));
    let (largest, all) = largest_write(Arc::new(StringArray::from_iter_values(texts)));
    assert_eq!(all, 3_000 * r#"{"t": ""}+"#.len() + 1_000 * 30_000);
    assert!(largest < 1 << 20, "{largest} bytes at once");
}

#[test]
fn rows_that_are_larger_as_text_than_in_memory_are_not_woven_together() {
    let text = "x".repeat(500);
    let names: DictionaryArray<Int32Type> = (0..100_000).map(|_| text.as_str()).collect();
    for column in [Arc::new(names) as ArrayRef, Arc::new(NullArray::new(800_000))] {
        let (largest, all) = largest_write(column);
        assert!(largest < 512 << 10, "{largest} of {all} bytes at once");
    }
}

#[test]
fn rows_that_are_much_larger_as_text_from_one_on_are_not_woven_together() {
    let long = "x".repeat(900_000);
    let names: DictionaryArray<Int32Type> =
        (0..30_100).map(|row| if row < 30_000 { "a" } else { long.as_str() }).collect();
    let controls = StringArray::from_iter_values(
        (0..12_000).map(|row| "\u{1}".repeat(if row < 8_000 { 1 } else { 1_000 })),
    );
    let truths: ArrayRef = Arc::new(BooleanArray::from(vec![false; 20_000]));
    let fields: Vec<_> = (0..100).map(|at| format!("a name of thirty letters, {at:04}")).collect();
    let columns = fields.iter().map(|name| (name, truths.clone()));
    let (fields, columns, _) =
        StructArray::from(RecordBatch::try_from_iter(columns).unwrap()).into_parts();
    let nulls = (0..20_000).map(|row| row > 16_000).collect::<NullBuffer>();
    let structs = StructArray::try_new(fields, columns, Some(nulls)).unwrap();
    for column in [Arc::new(names) as ArrayRef, Arc::new(controls), Arc::new(structs)] {
        let (largest, all) = largest_write(column);
        assert!(largest < 3 << 20, "{largest} of {all} bytes at once");
    }
}

#[test]
fn floats_without_text_stand_beside_others() {
    let float = |n: u32| match n % 7 {
        0 => None,
        1 => Some(f64::NAN),
        2 => Some(0.0),
        3 => Some(f64::from(n) * 1e-9),
        4 => Some(f64::NEG_INFINITY),
        _ => Some(f64::from(n) / 3.0),
    };
    let floats: Float64Array = (0..3_000).map(float).collect();
    let table = Table::from(RecordBatch::try_from_iter([("f", Arc::new(floats) as _)]).unwrap());
    for config in configs() {
        check(&table, &config);
    }
    check_written(&table, &Config::DEFAULT.nan_handling(NanHandling::String));
}

#[test]
fn a_table_without_columns_has_empty_objects() {
    let options = RecordBatchOptions::new().with_row_count(Some(3));
    let schema = Arc::new(arrow_schema::Schema::empty());
    let batch = RecordBatch::try_new_with_options(schema, vec![], &options).unwrap();
    assert_eq!(check(&Table::from(&batch), &Config::DEFAULT), (2, 2));
    check_written(&Table::from(&batch), &Config::DEFAULT);
}
