//! Tables: every type and every form, and that cutting changes nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::builder::{
    FixedSizeBinaryBuilder, Int32Builder, ListBuilder, MapBuilder, StringBuilder, UnionBuilder,
};
use arrow_array::types::{Float64Type, Int8Type, Int32Type, Int64Type};
use arrow_array::*;
use arrow_buffer::{IntervalMonthDayNano, OffsetBuffer, ScalarBuffer, i256};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use datason_arrow::slice::{bytes_of, slices};
use datason_arrow::{Table, TableStream, Tensor};
use datason_core::config::{Config, DateFormat, NanHandling, Orient};
use datason_core::{ByteSize, ChunkSize, Error, ErrorKind, Result, Value};
use datason_json::ser::{TextStyle, append, to_string};
use datason_json::{ChunkedBuilder, deserialize_chunked_file};
use proptest::prelude::*;

const ORIENTS: [Orient; 8] = [
    Orient::Records,
    Orient::Split,
    Orient::Index,
    Orient::Dict,
    Orient::List,
    Orient::Tight,
    Orient::Values,
    Orient::Series,
];

fn table<const N: usize>(columns: [(&str, ArrayRef); N]) -> Table {
    Table::from(RecordBatch::try_from_iter(columns).expect("equal lengths"))
}

fn texts(table: &Table, rows: usize, config: &Config) -> Result<Vec<String>> {
    let chunks = table.chunks(ChunkSize::records(rows)?, config);
    chunks.map(|chunk| to_string(&chunk?, config, TextStyle::Compact)).collect()
}

fn text(table: &Table, config: &Config) -> Result<String> {
    texts(table, 1000, config).map(|texts| texts.concat())
}

/// The cells of one column, one after the other.
fn cells(column: ArrayRef, config: &Config) -> Result<String> {
    crate::woven::check(
        &table([("x", Arc::clone(&column)), ("y", column.slice(0, column.len()))]),
        config,
    );
    text(&table([("x", column)]), &config.clone().orient(Orient::List))
}

#[track_caller]
fn check(column: impl Array + 'static, expected: &str) {
    let found = cells(Arc::new(column), &Config::DEFAULT).expect("a column");
    assert_eq!(found, format!(r#"{{"x":[{expected}]}}"#));
}

#[test]
fn numbers_are_exact() {
    check(UInt64Array::from(vec![Some(u64::MAX), None]), "18446744073709551615,null");
    check(Int8Array::from(vec![-128, 127]), "-128,127");
    check(Float32Array::from(vec![0.1, f32::NAN]), "0.10000000149011612,null");
    check(Float64Array::from(vec![-0.0, f64::INFINITY]), "-0.0,null");
    check(BooleanArray::from(vec![Some(true), None, Some(false)]), "true,null,false");
    check(NullArray::new(2), "null,null");
    let half = Float16Array::from_iter_values([1.5_f32, -2.0].map(half::f16::from_f32));
    check(half, "1.5,-2.0");
}

#[test]
fn decimals_keep_their_digits_at_every_width() {
    let decimal = |value, digits, scale| {
        format!(r#"{{"_type":"decimal","value":"{value}","precision":{digits},"scale":{scale}}}"#)
    };
    let wide = Decimal128Array::from_iter_values([-5]).with_precision_and_scale(38, 2).unwrap();
    check(wide, &decimal("-0.05", 3, 2));
    let narrow = Decimal32Array::from_iter_values([1250]).with_precision_and_scale(9, 3).unwrap();
    check(narrow, &decimal("1.250", 4, 3));
    let negative = Decimal64Array::from_iter_values([12]).with_precision_and_scale(9, -2).unwrap();
    check(negative, &decimal("1.2E+3", 5, 0));
    let widest =
        Decimal256Array::from_iter_values([i256::MAX]).with_precision_and_scale(76, 10).unwrap();
    let digits = i256::MAX.to_string();
    let (whole, fraction) = digits.split_at(digits.len() - 10);
    check(widest, &decimal(&format!("{whole}.{fraction}"), 77, 10));
}

#[test]
fn times_are_written_in_every_unit_and_zone() {
    check(Date32Array::from(vec![Some(19_782), None]), r#""2024-02-29",null"#);
    check(Date64Array::from(vec![86_400_000, 1]), r#""1970-01-02","1970-01-01T00:00:00.001000""#);
    check(Time32SecondArray::from(vec![3661]), r#""01:01:01""#);
    check(Time32MillisecondArray::from(vec![1]), r#""00:00:00.001000""#);
    check(Time64MicrosecondArray::from(vec![1]), r#""00:00:00.000001""#);
    check(Time64NanosecondArray::from(vec![1]), r#""00:00:00.000000001""#);
    check(TimestampSecondArray::from(vec![-1]), r#""1969-12-31T23:59:59""#);
    check(TimestampMillisecondArray::from(vec![-1]), r#""1969-12-31T23:59:59.999000""#);
    check(TimestampMicrosecondArray::from(vec![1]), r#""1970-01-01T00:00:00.000001""#);
    check(TimestampNanosecondArray::from(vec![1]), r#""1970-01-01T00:00:00.000000001""#);
    check(
        TimestampSecondArray::from(vec![0]).with_timezone("+05:30"),
        r#""1970-01-01T05:30:00+05:30""#,
    );
    check(
        TimestampSecondArray::from(vec![0]).with_timezone("UTC"),
        r#""1970-01-01T00:00:00+00:00""#,
    );
    let summer = TimestampSecondArray::from(vec![1_720_000_000]).with_timezone("America/New_York");
    check(summer, r#""2024-07-03T05:46:40-04:00""#);
    check(DurationSecondArray::from(vec![86_402]), r#""1 day, 0:00:02""#);
    check(DurationNanosecondArray::from(vec![-1]), r#""-1 day, 23:59:59.999999999""#);
    check(IntervalYearMonthArray::from(vec![14]), r#""P1Y2M""#);
    let interval = IntervalMonthDayNano::new(0, 1, 500_000_000);
    check(IntervalMonthDayNanoArray::from(vec![interval]), r#""P1DT0.5S""#);
}

#[test]
fn times_obey_the_date_format() {
    let at: ArrayRef = Arc::new(TimestampMillisecondArray::from(vec![1_704_164_645_678]));
    let milliseconds = Config::DEFAULT.date_format(DateFormat::UnixMs);
    assert_eq!(cells(Arc::clone(&at), &milliseconds).unwrap(), r#"{"x":[1704164645678]}"#);
    let hours = Config::DEFAULT.date_format(DateFormat::Custom("%H".into()));
    assert_eq!(cells(at, &hours).unwrap(), r#"{"x":["03"]}"#);
}

#[test]
fn what_has_no_place_in_the_calendar_is_an_error_that_says_where() {
    let far: ArrayRef = Arc::new(TimestampSecondArray::from(vec![0, i64::MAX]));
    let error = text(&table([("at", far)]), &Config::DEFAULT).unwrap_err();
    assert_eq!((error.kind(), error.pointer()), (ErrorKind::Data, Some("/1/at")));
    let negative: ArrayRef = Arc::new(Time32SecondArray::from(vec![-1]));
    assert_eq!(cells(negative, &Config::DEFAULT).unwrap_err().kind(), ErrorKind::Data);
    let mars: ArrayRef = Arc::new(TimestampSecondArray::from(vec![0]).with_timezone("Mars/Base"));
    let error = cells(mars, &Config::DEFAULT).unwrap_err();
    assert_eq!((error.kind(), error.pointer()), (ErrorKind::Unsupported, Some("/x")));
}

#[test]
fn types_of_which_there_can_be_no_array_are_refused() {
    let inside = Arc::new(Field::new("item", DataType::Time64(TimeUnit::Second), true));
    for data_type in [DataType::Time32(TimeUnit::Nanosecond), DataType::List(inside)] {
        let schema = Arc::new(Schema::new(vec![Field::new("x", data_type, true)]));
        let none = std::iter::empty::<Result<RecordBatch>>();
        let stream = TableStream::new(schema, none);
        let mut chunks = stream.chunks(ChunkSize::DEFAULT, &Config::DEFAULT);
        assert_eq!(chunks.next().unwrap().unwrap_err().kind(), ErrorKind::Unsupported);
    }
}

#[test]
fn texts_and_bytes_are_written_from_every_layout() {
    check(StringArray::from(vec![Some("é\""), None]), r#""é\"",null"#);
    check(LargeStringArray::from(vec!["a"]), r#""a""#);
    check(
        StringViewArray::from(vec!["short", "longer than twelve bytes"]),
        r#""short","longer than twelve bytes""#,
    );
    check(BinaryArray::from(vec![b"ab".as_slice(), b"\xff\x00"]), r#""ab","ff00""#);
    check(LargeBinaryArray::from(vec![b"ab".as_slice()]), r#""ab""#);
    check(BinaryViewArray::from(vec![b"ab".as_slice()]), r#""ab""#);
    let mut fixed = FixedSizeBinaryBuilder::new(2);
    fixed.append_value(b"\xfe\x01").unwrap();
    check(fixed.finish(), r#""fe01""#);
}

#[test]
fn a_uuid_column_is_one_of_uuids() {
    let mut ids = FixedSizeBinaryBuilder::new(16);
    ids.append_value([0x12; 16]).unwrap();
    let ids: ArrayRef = Arc::new(ids.finish());
    let metadata = [("ARROW:extension:name".to_owned(), "arrow.uuid".to_owned())];
    let field =
        Field::new("id", DataType::FixedSizeBinary(16), false).with_metadata(metadata.into());
    let batch = RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![ids]).unwrap();
    let expected = r#"[["12121212-1212-1212-1212-121212121212"]]"#;
    assert_eq!(
        text(&Table::from(batch), &Config::DEFAULT.orient(Orient::Values)).unwrap(),
        expected
    );
}

#[test]
fn nested_columns_are_lists_and_maps() {
    let lists = || vec![Some(vec![Some(1), None]), None, Some(vec![])];
    check(ListArray::from_iter_primitive::<Int32Type, _, _>(lists()), "[1,null],null,[]");
    check(
        LargeListArray::from_iter_primitive::<Int64Type, _, _>(lists().map_i64()),
        "[1,null],null,[]",
    );
    let member = Arc::new(Field::new("item", DataType::Int32, true));
    let values: ArrayRef = Arc::new(Int32Array::from(vec![1, 2, 3]));
    let views = ListViewArray::new(
        Arc::clone(&member),
        ScalarBuffer::from(vec![1, 0]),
        ScalarBuffer::from(vec![2, 1]),
        Arc::clone(&values),
        None,
    );
    check(views, "[2,3],[1]");
    let fixed = vec![Some(vec![Some(1.5), Some(2.0)]), None];
    check(FixedSizeListArray::from_iter_primitive::<Float64Type, _, _>(fixed, 2), "[1.5,2.0],null");
    let field =
        |name, column: &ArrayRef| Arc::new(Field::new(name, column.data_type().clone(), true));
    let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None, Some("c")]));
    let rows = StructArray::from(vec![(field("n", &values), values), (field("t", &texts), texts)]);
    check(rows, r#"{"n":1,"t":"a"},{"n":2,"t":null},{"n":3,"t":"c"}"#);
}

/// Readies the same lists for another type.
trait MapI64 {
    fn map_i64(self) -> Vec<Option<Vec<Option<i64>>>>;
}

impl MapI64 for Vec<Option<Vec<Option<i32>>>> {
    fn map_i64(self) -> Vec<Option<Vec<Option<i64>>>> {
        let wide = |list: Vec<Option<i32>>| list.into_iter().map(|n| n.map(i64::from)).collect();
        self.into_iter().map(|list| list.map(wide)).collect()
    }
}

#[test]
fn maps_with_a_key_twice_are_refused() {
    let maps = |keys: [&str; 2]| {
        let mut maps = MapBuilder::new(None, StringBuilder::new(), Int32Builder::new());
        for (key, value) in keys.into_iter().zip([1, 2]) {
            maps.keys().append_value(key);
            maps.values().append_value(value);
        }
        maps.append(true).unwrap();
        maps.append(false).unwrap();
        Arc::new(maps.finish()) as ArrayRef
    };
    let found = cells(maps(["a", "b"]), &Config::DEFAULT).unwrap();
    assert_eq!(found, r#"{"x":[{"a":1,"b":2},null]}"#);
    assert_eq!(cells(maps(["a", "a"]), &Config::DEFAULT).unwrap_err().kind(), ErrorKind::Data);
}

#[test]
fn dictionaries_runs_and_unions_are_written_as_what_they_stand_for() {
    let dictionary: DictionaryArray<Int8Type> =
        [Some("a"), None, Some("b"), Some("a")].into_iter().collect();
    check(dictionary.clone(), r#""a",null,"b","a""#);
    check(dictionary.slice(2, 2), r#""b","a""#);
    let no_values = Int8Array::from(vec![None, None]);
    let empty = DictionaryArray::new(no_values, Arc::new(StringArray::from(Vec::<&str>::new())));
    check(empty, "null,null");
    let runs =
        RunArray::try_new(&Int32Array::from(vec![2, 5]), &StringArray::from(vec![Some("x"), None]))
            .unwrap();
    check(runs.clone(), r#""x","x",null,null,null"#);
    check(runs.slice(1, 2), r#""x",null"#);
    for mut union in [UnionBuilder::new_dense(), UnionBuilder::new_sparse()] {
        union.append::<Int32Type>("i", 7).unwrap();
        union.append::<Float64Type>("f", 0.5).unwrap();
        union.append_null::<Int32Type>("i").unwrap();
        check(union.build().unwrap(), "7,0.5,null");
    }
}

#[test]
fn structs_with_a_field_twice_are_refused() {
    let numbers: ArrayRef = Arc::new(Int32Array::from(vec![1]));
    let field = || Arc::new(Field::new("a", DataType::Int32, false));
    let rows = StructArray::from(vec![(field(), Arc::clone(&numbers)), (field(), numbers)]);
    assert_eq!(cells(Arc::new(rows), &Config::DEFAULT).unwrap_err().kind(), ErrorKind::Data);
}

fn small() -> Table {
    let ids: ArrayRef = Arc::new(StringArray::from(vec!["r1", "r2", "r3"]));
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
    let floats: ArrayRef = Arc::new(Float64Array::from(vec![0.5, f64::NAN, 2.0]));
    table([("id", ids), ("n", numbers), ("f", floats)])
}

#[test]
fn every_form_labels_its_rows_through_all_chunks() {
    let by_id = small().index_column("id").unwrap();
    let second =
        |table: &Table, orient| texts(table, 2, &Config::DEFAULT.orient(orient)).unwrap().remove(1);
    for (orient, plain, labelled) in [
        (Orient::Records, r#"[{"id":"r3","n":3,"f":2.0}]"#, r#"[{"n":3,"f":2.0}]"#),
        (Orient::Index, r#"{"2":{"id":"r3","n":3,"f":2.0}}"#, r#"{"r3":{"n":3,"f":2.0}}"#),
        (
            Orient::Dict,
            r#"{"id":{"2":"r3"},"n":{"2":3},"f":{"2":2.0}}"#,
            r#"{"n":{"r3":3},"f":{"r3":2.0}}"#,
        ),
        (
            Orient::Series,
            r#"{"id":{"2":"r3"},"n":{"2":3},"f":{"2":2.0}}"#,
            r#"{"n":{"r3":3},"f":{"r3":2.0}}"#,
        ),
        (Orient::List, r#"{"id":["r3"],"n":[3],"f":[2.0]}"#, r#"{"n":[3],"f":[2.0]}"#),
        (Orient::Values, r#"[["r3",3,2.0]]"#, "[[3,2.0]]"),
        (
            Orient::Split,
            r#"{"index":[2],"columns":["id","n","f"],"data":[["r3",3,2.0]]}"#,
            r#"{"index":["r3"],"columns":["n","f"],"data":[[3,2.0]]}"#,
        ),
        (
            Orient::Tight,
            r#"{"index":[2],"columns":["id","n","f"],"data":[["r3",3,2.0]],"index_names":[null],"column_names":[null]}"#,
            r#"{"index":["r3"],"columns":["n","f"],"data":[[3,2.0]],"index_names":["id"],"column_names":[null]}"#,
        ),
    ] {
        assert_eq!(second(&small(), orient), plain);
        assert_eq!(second(&by_id, orient), labelled);
    }
}

#[test]
fn dropping_moves_no_cell_into_another_place() {
    let written = |orient| {
        let config = Config::DEFAULT.orient(orient).nan_handling(NanHandling::Drop);
        text(&small().index_column("id").unwrap(), &config).unwrap()
    };
    assert_eq!(written(Orient::Records), r#"[{"n":1,"f":0.5},{"n":2},{"n":3,"f":2.0}]"#);
    assert_eq!(written(Orient::Dict), r#"{"n":{"r1":1,"r2":2,"r3":3},"f":{"r1":0.5,"r3":2.0}}"#);
    assert_eq!(written(Orient::Values), "[[1,0.5],[2,null],[3,2.0]]");
    assert_eq!(written(Orient::List), r#"{"n":[1,2,3],"f":[0.5,null,2.0]}"#);
}

#[test]
fn keys_are_sorted_where_columns_are_keys() {
    let config = |orient| Config::DEFAULT.sort_keys(true).orient(orient);
    assert_eq!(
        texts(&small(), 1, &config(Orient::Records)).unwrap()[0],
        r#"[{"f":0.5,"id":"r1","n":1}]"#
    );
    assert_eq!(texts(&small(), 1, &config(Orient::Values)).unwrap()[0], r#"[["r1",1,0.5]]"#);
}

#[test]
fn hints_name_the_table() {
    let config = Config::DEFAULT.include_type_hints(true).orient(Orient::Values);
    let expected = r#"{"__datason_type__":"pandas.DataFrame","__datason_value__":[["r1",1,0.5]]}"#;
    assert_eq!(texts(&small(), 1, &config).unwrap()[0], expected);
}

#[test]
fn names_and_labels_that_stand_twice_are_refused_where_one_would_be_lost() {
    let column: ArrayRef = Arc::new(Int32Array::from(vec![1, 1]));
    let twice = table([("a", Arc::clone(&column)), ("a", Arc::clone(&column))]);
    let repeated =
        table([("label", Arc::clone(&column)), ("b", column)]).index_column("label").unwrap();
    for orient in ORIENTS {
        let config = Config::DEFAULT.orient(orient);
        let kind = |table: &Table| text(table, &config).err().map(|error| error.kind());
        let keeps_names = matches!(orient, Orient::Split | Orient::Tight | Orient::Values);
        assert_eq!(kind(&twice), (!keeps_names).then_some(ErrorKind::Data), "{orient:?}");
        let needs_labels = matches!(orient, Orient::Index | Orient::Dict | Orient::Series);
        assert_eq!(kind(&repeated), needs_labels.then_some(ErrorKind::Data), "{orient:?}");
    }
    assert_eq!(twice.index_column("a").unwrap_err().kind(), ErrorKind::Argument);
    assert_eq!(small().index_column("x").unwrap_err().kind(), ErrorKind::Argument);
}

#[test]
fn good_rows_come_out_before_the_error_beside_them() {
    let batch = small().batches()[0].clone();
    let other =
        table([("n", Arc::new(Int64Array::from(vec![1])) as ArrayRef)]).batches()[0].clone();
    let broken = Error::new(ErrorKind::Io, "the pipe broke");
    for (failure, kind) in [(Err(broken), ErrorKind::Io), (Ok(other), ErrorKind::Schema)] {
        let batches = [
            Ok(batch.slice(0, 1)),
            Ok(batch.slice(0, 0)),
            Ok(batch.slice(1, 2)),
            failure,
            Ok(batch.clone()),
        ];
        let stream = TableStream::new(batch.schema(), batches);
        let mut chunks = stream.chunks(ChunkSize::records(2).unwrap(), &Config::DEFAULT);
        let first = chunks.next().unwrap().unwrap();
        assert_eq!((first.num_rows(), first.parts().len(), first.first_row()), (2, 2, 0));
        assert_eq!(first.batch().unwrap(), batch.slice(0, 2));
        assert_eq!(chunks.next().unwrap().unwrap().first_row(), 2);
        assert_eq!(chunks.next().unwrap().unwrap_err().kind(), kind);
        assert!(chunks.next().is_none());
    }
}

#[test]
fn errors_of_arrow_keep_their_kind_and_cause() {
    let schema = small().schema().clone();
    let failures = [arrow_schema::ArrowError::SchemaError("no".into())].map(Err::<RecordBatch, _>);
    let mut chunks =
        TableStream::new(schema, failures).chunks(ChunkSize::DEFAULT, &Config::DEFAULT);
    let error = chunks.next().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Schema);
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn a_table_without_rows_keeps_its_columns_in_a_sidecar() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("empty.jsonl");
    let empty = table([
        ("id", Arc::new(Int64Array::from(Vec::<i64>::new())) as ArrayRef),
        ("name", Arc::new(StringArray::from(Vec::<&str>::new()))),
    ]);
    let builder = ChunkedBuilder::new().sidecar(true);
    builder.serialize(&empty, 10).unwrap().save(&path).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"");
    let file = deserialize_chunked_file(&path).unwrap();
    let sidecar = file.sidecar().unwrap();
    assert_eq!((sidecar.records, sidecar.items), (0, Some(0)));
    assert_eq!(sidecar.columns.as_deref().unwrap(), ["id", "name"]);
    assert_eq!(sidecar.dtypes.as_deref().unwrap(), ["Int64", "Utf8"]);
    assert_eq!(file.count(), 0);
}

#[test]
fn a_table_without_columns_still_has_rows() {
    let options = RecordBatchOptions::new().with_row_count(Some(3));
    let batch =
        RecordBatch::try_new_with_options(Arc::new(Schema::empty()), vec![], &options).unwrap();
    assert_eq!(texts(&Table::from(batch), 2, &Config::DEFAULT).unwrap(), ["[{},{}]", "[{}]"]);
}

#[test]
fn bytes_limit_what_a_slice_holds() {
    let texts: ArrayRef = Arc::new(StringArray::from_iter_values((0..100).map(|n| "x".repeat(n))));
    let lists = ListArray::new(
        Arc::new(Field::new("item", DataType::Int32, false)),
        OffsetBuffer::from_lengths((0..100).map(|n| n % 7)),
        Arc::new(Int32Array::from_iter_values(0..(0..100).map(|n| n % 7).sum())),
        None,
    );
    let batch =
        RecordBatch::try_from_iter([("t", texts), ("l", Arc::new(lists) as ArrayRef)]).unwrap();
    let size = ChunkSize::bytes(ByteSize::b(500)).unwrap();
    let pieces: Vec<_> = slices(&batch, size).collect();
    assert_eq!(pieces.iter().map(RecordBatch::num_rows).sum::<usize>(), 100);
    for piece in &pieces {
        assert!(piece.num_rows() == 1 || bytes_of(piece, 0..piece.num_rows()) <= 500);
    }
    let rows: Vec<_> = Table::from(&batch)
        .chunks(size, &Config::DEFAULT)
        .map(|chunk| chunk.unwrap().num_rows())
        .collect();
    assert_eq!(rows, pieces.iter().map(RecordBatch::num_rows).collect::<Vec<_>>());
}

pub(crate) fn any_batch() -> impl Strategy<Value = RecordBatch> {
    let row = (
        any::<Option<i64>>(),
        any::<f64>(),
        any::<Option<String>>(),
        any::<Option<bool>>(),
        proptest::collection::vec(any::<Option<i32>>(), 0..3),
    );
    proptest::collection::vec(row, 0..30).prop_map(|rows| {
        let numbers: ArrayRef = Arc::new(rows.iter().map(|row| row.0).collect::<Int64Array>());
        let floats: ArrayRef =
            Arc::new(rows.iter().map(|row| Some(row.1)).collect::<Float64Array>());
        let texts: ArrayRef =
            Arc::new(rows.iter().map(|row| row.2.clone()).collect::<StringArray>());
        let truths: ArrayRef = Arc::new(rows.iter().map(|row| row.3).collect::<BooleanArray>());
        let mut lists = ListBuilder::new(Int32Builder::new());
        for row in &rows {
            lists.append_value(row.4.clone());
        }
        let moments = rows
            .iter()
            .map(|row| row.0.map(|n| n % 250_000_000_000))
            .collect::<TimestampSecondArray>();
        let moments: ArrayRef = Arc::new(
            moments.with_data_type(DataType::Timestamp(TimeUnit::Second, Some("UTC".into()))),
        );
        let columns = [
            ("n", numbers),
            ("f", floats),
            ("t", texts),
            ("b", truths),
            ("l", Arc::new(lists.finish()) as ArrayRef),
            ("at", moments),
        ];
        RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, true)))
            .expect("equal lengths")
    })
}

proptest! {
    #[test]
    fn a_slice_of_a_batch_is_the_slice_of_its_text(batch in any_batch(), size in 1..9_usize, cut in 0..30_usize) {
        let cut = cut.min(batch.num_rows());
        let parts = [batch.slice(0, cut), batch.slice(cut, batch.num_rows() - cut)];
        let whole = Table::from(&batch);
        let parted = Table::new(batch.schema(), parts.to_vec()).unwrap();
        let all = text(&whole, &Config::DEFAULT.orient(Orient::Values)).unwrap_or_default();
        let rows = Value::from_json(if all.is_empty() { b"[]" } else { all.as_bytes() }).unwrap();
        let chunks = texts(&parted, size, &Config::DEFAULT.orient(Orient::Values)).unwrap();
        let pieces = rows.as_list().unwrap().chunks(size);
        prop_assert_eq!(chunks.len(), pieces.len());
        for (chunk, piece) in chunks.iter().zip(pieces) {
            prop_assert_eq!(Value::from_json(chunk.as_bytes()).unwrap(), Value::from(piece.to_vec()));
        }
        for orient in ORIENTS {
            let config = Config::DEFAULT.orient(orient);
            prop_assert_eq!(texts(&parted, size, &config).unwrap(), texts(&whole, size, &config).unwrap());
        }
    }

    #[test]
    fn every_form_has_the_same_cells(batch in any_batch()) {
        prop_assume!(batch.num_rows() > 0);
        let read = |orient| {
            let mut out = Vec::new();
            let config = Config::DEFAULT.orient(orient);
            for chunk in Table::from(&batch).chunks(ChunkSize::records(100).unwrap(), &config) {
                append(&chunk.unwrap(), &config, TextStyle::Compact, &mut out).unwrap();
            }
            Value::from_json(&out).unwrap()
        };
        let values = read(Orient::Values);
        let forms = ORIENTS.map(|orient| (orient, read(orient)));
        for (row, cells) in values.as_list().unwrap().iter().enumerate() {
            for (column, field) in batch.schema().fields().iter().enumerate() {
                let (name, cell) = (field.name(), cells.pointer(&format!("/{column}")));
                for (orient, form) in &forms {
                    let pointer = match orient {
                        Orient::Records | Orient::Index => format!("/{row}/{name}"),
                        Orient::Dict | Orient::Series | Orient::List => format!("/{name}/{row}"),
                        Orient::Split | Orient::Tight => format!("/data/{row}/{column}"),
                        _ => format!("/{row}/{column}"),
                    };
                    prop_assert_eq!(form.pointer(&pointer), cell, "{:?} {}", orient, pointer);
                }
            }
        }
    }
}

#[test]
fn tables_and_arrays_are_cut_by_the_bytes_of_their_text() {
    let numbers = |from: i64| -> RecordBatch {
        let column: ArrayRef = Arc::new(Int64Array::from_iter_values(from..from + 150));
        RecordBatch::try_from_iter([("n", column)]).unwrap()
    };
    let size = ChunkSize::bytes(ByteSize::b(400)).unwrap();
    let builder = ChunkedBuilder::new().style(TextStyle::Compact);
    // Batches of which the third fails: its rows never come, those before all do.
    let failed = || arrow_schema::ArrowError::ComputeError("no more".to_owned());
    let batches = [Ok(numbers(1_000)), Ok(numbers(1_150)), Err(failed()), Ok(numbers(2_000))];
    let stream = TableStream::new(numbers(0).schema(), batches);
    let (mut rows, mut errors) = (Vec::new(), 0);
    for chunk in builder.serialize(stream, size).unwrap().into_chunks() {
        match chunk {
            Ok(chunk) => {
                assert!(chunk.as_bytes().len() <= 400, "{}", chunk.as_str());
                rows.extend(chunk.deserialize::<Vec<BTreeMap<String, i64>>>().unwrap());
            }
            Err(_) => errors += 1,
        }
    }
    let found: Vec<i64> = rows.iter().map(|row| row["n"]).collect();
    assert_eq!((found, errors), ((1_000..1_300).collect::<Vec<_>>(), 1));

    let tensor = Tensor::new(Arc::new(Int64Array::from_iter_values(0..600)), vec![200, 3]).unwrap();
    let chunks = builder.serialize(&tensor, size).unwrap().into_chunks();
    let texts: Vec<String> = chunks.map(|chunk| chunk.unwrap().into_string()).collect();
    assert!(texts.len() > 4 && texts.iter().all(|text| text.len() <= 400), "{texts:?}");
    let from_text = |text: &String| {
        let codec = datason_json::SerdeJson::new();
        codec.decode_borrowed::<Vec<[i64; 3]>>(text.as_bytes()).unwrap()
    };
    let rows = texts.iter().flat_map(from_text);
    assert_eq!(rows.flatten().collect::<Vec<_>>(), (0..600).collect::<Vec<_>>());
}
