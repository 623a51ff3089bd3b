//! The schema that records have.

use std::fmt;
use std::io::Read;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};
use datason_core::pointer::escape;
use datason_core::{Error, ErrorKind, Position, RawChunk, Record, Records, Result};
use datason_json::codec::{Codec, DEFAULT_MAX_DEPTH};
use datason_json::{Reader, SerdeJson};
use datason_scan::{Kernel, Text, ValueIndex};

use super::merge::{Integers, Members, Node, Watch, text_of, too_many};
use crate::column::cursor::{Cursor, Notes};
use crate::column::json_field;
use crate::column::located::Pass;
use crate::decoder::{ColumnOptions, RecordShape};

/// A kind of JSON value, integers and floats told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum JsonKind {
    /// `null`.
    Null,
    /// `true` and `false`.
    Boolean,
    /// A number without fraction and exponent, `-0` left out.
    Integer,
    /// Any other number.
    Float,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl JsonKind {
    pub(super) const COUNT: usize = 7;
    pub(super) const ALL: [Self; Self::COUNT] = [
        Self::Null,
        Self::Boolean,
        Self::Integer,
        Self::Float,
        Self::String,
        Self::Array,
        Self::Object,
    ];

    /// The kind's name, in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Float => "float",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
        }
    }
}

/// Values at one place that no one type holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conflict {
    /// Where in a record, as a JSON pointer; the items of an array are `-`.
    pub pointer: String,
    /// The kinds there, each with the first record that has it.
    pub kinds: Vec<(JsonKind, Position)>,
}

impl Conflict {
    fn into_error(self) -> Error {
        Error::new(ErrorKind::Schema, self.to_string()).with_pointer(self.pointer)
    }
}

/// The kinds, each with its first record; the pointer is left to the caller.
impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kinds.len() {
            1 => "no column type holds all of the values: ",
            _ => "values of several kinds: ",
        })?;
        for (at, (kind, first)) in self.kinds.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{} (first in record {})", kind.name(), first.record())?;
        }
        Ok(())
    }
}

/// What becomes of a place whose values no one type holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnConflict {
    /// There is no schema. The default.
    #[default]
    Error,
    /// The column holds the values' text, marked `arrow.json`.
    RawJson,
}

/// Which columns may hold nulls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Nullability {
    /// All of them: what was seen may be a sample. The default.
    #[default]
    Always,
    /// Those in which a value was null or missing.
    AsSeen,
}

/// A schema, and how it came about.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Inferred {
    /// The schema, for [`ColumnOptions::new`](crate::ColumnOptions::new).
    pub schema: SchemaRef,
    /// What the records are: if not objects, the schema has one column called `value`.
    pub shape: RecordShape,
    /// The places that became raw JSON.
    pub conflicts: Vec<Conflict>,
}

/// Finds the schema of records by looking at them, in one pass and bounded memory.
///
/// The schema does not depend on the order of the records, nor on how they are spread over
/// several inferences that are [merged](Self::merge). Fields stand in the order in which they
/// stand in records: by the foremost place each ever had, then by name.
///
/// Booleans are `Boolean`; integers `Int64`, or `UInt64` if that holds them and `Int64` does
/// not; floats, and integers beside them that `f64` holds exactly, `Float64`; strings `Utf8`,
/// whatever they look like; arrays `List`; objects `Struct`; nothing but nulls `Null`. Anything
/// else is a [`Conflict`].
///
/// # Example
/// ```
/// use datason_arrow::SchemaInference;
/// use datason_json::ReaderBuilder;
///
/// let text = b"{\"id\":1,\"tags\":[]}\n{\"id\":2.5,\"tags\":[\"a\"],\"ok\":true}\n";
/// let mut inference = SchemaInference::new();
/// inference.observe(&mut ReaderBuilder::new().from_slice(text), None)?;
/// let fields: Vec<_> = inference.schema()?.schema.fields().iter().map(|field| {
///     format!("{} {}", field.name(), field.data_type())
/// }).collect();
/// assert_eq!(fields, ["id Float64", "tags List(Utf8)", "ok Boolean"]);
/// # Ok::<(), datason_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SchemaInference {
    root: Node,
    conflict: OnConflict,
    nullability: Nullability,
    max_depth: usize,
    max_fields: usize,
    records: u64,
}

impl SchemaInference {
    /// The defaults, and nothing seen yet.
    pub fn new() -> Self {
        Self {
            root: Node::default(),
            conflict: OnConflict::Error,
            nullability: Nullability::Always,
            max_depth: DEFAULT_MAX_DEPTH,
            max_fields: 10_000,
            records: 0,
        }
    }

    /// What becomes of values that no one type holds. Default: [`OnConflict::Error`].
    #[must_use]
    pub const fn on_conflict(mut self, policy: OnConflict) -> Self {
        self.conflict = policy;
        self
    }

    /// Which columns may hold nulls. Default: [`Nullability::Always`].
    #[must_use]
    pub const fn nullability(mut self, nullability: Nullability) -> Self {
        self.nullability = nullability;
        self
    }

    /// How many levels of nesting a record may have. Default: 128.
    #[must_use]
    pub const fn max_depth(mut self, levels: usize) -> Self {
        self.max_depth = levels;
        self
    }

    /// How many different fields the records may have, at all depths: what bounds the memory.
    /// Default: 10,000. More are [`ErrorKind::Limit`].
    #[must_use]
    pub const fn max_fields(mut self, fields: usize) -> Self {
        self.max_fields = fields;
        self
    }

    /// How many records have been seen.
    pub const fn records(&self) -> u64 {
        self.records
    }

    /// Looks at the next records of `reader`: `limit` of them at most, or all. With a limit it
    /// stops at the end of the chunk that reaches it, and what that chunk has beyond is read
    /// and not looked at.
    ///
    /// # Errors
    /// Those of the reader, and of the first bad record, as a decoder finds them, unless the
    /// reader's [policy](Reader::rejects) passes over it; [`ErrorKind::Limit`], fatal, for more
    /// fields than allowed. What came before has been seen.
    pub fn observe<R: Read>(&mut self, reader: &mut Reader<R>, limit: Option<u64>) -> Result<()> {
        let (mut chunk, mut rest) = (RawChunk::default(), limit.unwrap_or(u64::MAX));
        while rest > 0 && reader.read_chunk(&mut chunk)? {
            let rejects = reader.rejects();
            rest -= self.observe_some(chunk.data(), rest, |error, record| {
                rejects.take(error, Some(record))
            })?;
        }
        Ok(())
    }

    /// Looks at the first `limit` of `records`, and tells how many there were.
    ///
    /// # Errors
    /// That of the first bad record, and [`ErrorKind::Limit`], fatal, for more fields than
    /// allowed. What came before has been seen.
    pub fn observe_records(&mut self, records: &Records, limit: u64) -> Result<u64> {
        self.observe_some(records, limit, |error, _record| Err(error))
    }

    /// As [`observe_records`](Self::observe_records), with `on_bad` to say whether to go on
    /// behind a bad record. They count.
    ///
    /// # Errors
    /// Those of `on_bad`, and [`ErrorKind::Limit`], fatal, for more fields than allowed.
    pub fn observe_some(
        &mut self,
        records: &Records,
        limit: u64,
        mut on_bad: impl FnMut(Error, Record<'_>) -> Result<()>,
    ) -> Result<u64> {
        let bytes = records.as_bytes();
        let mut index = ValueIndex::new();
        index.fill(Kernel::active(), bytes);
        let block = Text::new(bytes, &index);
        let room = self.max_fields.saturating_sub(self.root.size());
        let Some(first) = records.get(0) else { return Ok(0) };
        let mut watch = Watch { record: first, scratch: Vec::new(), room };
        let mut count = 0;
        for record in records.iter().take(usize::try_from(limit).unwrap_or(usize::MAX)) {
            watch.record = record;
            match self.observe_record(block, &mut watch) {
                Err(error) if !error.is_fatal() => on_bad(error, record)?,
                outcome => outcome?,
            }
            count += 1;
        }
        Ok(count)
    }

    fn observe_record(&mut self, block: Text<'_>, watch: &mut Watch<'_>) -> Result<()> {
        let record = watch.record;
        let text = record.as_bytes();
        let start = text.as_ptr().addr() - block.bytes().as_ptr().addr();
        let mut unused = Notes::default();
        let span = start..start + text.len();
        let mut cursor = Cursor::new(block, span, self.max_depth, Pass::Append, &mut unused);
        cursor.space();
        let mark = cursor.mark();
        // Checked before anything is added, so that a bad record leaves no trace.
        let valid = simdutf8::basic::from_utf8(text).is_ok()
            && cursor.skip().and_then(|()| cursor.finish()).is_ok();
        if !valid {
            SerdeJson::with_max_depth(self.max_depth)?
                .validate(text)
                .map_err(|error| error.at(record))?;
        }
        cursor.rewind(mark);
        if self.root.observe(&mut cursor, watch).is_err() {
            return Err(too_many(self.max_fields).at(record.position()).fatal());
        }
        self.records += 1;
        Ok(())
    }

    /// Adds what `other` has seen. The options stay.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`] for more fields than allowed.
    pub fn merge(&mut self, other: Self) -> Result<()> {
        self.records += other.records;
        self.root.merge(other.root);
        if self.root.size() > self.max_fields {
            return Err(too_many(self.max_fields));
        }
        Ok(())
    }

    /// The schema of what has been seen.
    ///
    /// # Errors
    /// [`ErrorKind::Schema`] for the first conflict, unless conflicts become raw JSON.
    pub fn schema(&self) -> Result<Inferred> {
        let mut resolution = Resolution { inference: self, conflicts: Vec::new() };
        let kinds: Vec<_> = self.root.kinds().collect();
        let objects = kinds.iter().all(|(kind, _)| *kind == JsonKind::Object);
        let (fields, shape) = if objects && !self.root.has(JsonKind::Null) {
            (resolution.members("", self.root.members.as_deref())?, RecordShape::Object)
        } else {
            let value = resolution.field("value", "", &self.root, false)?;
            (vec![value], RecordShape::Value)
        };
        let schema = Arc::new(Schema::new(fields));
        Ok(Inferred { schema, shape, conflicts: resolution.conflicts })
    }
}

impl Inferred {
    /// The options that decode what was seen.
    ///
    /// # Example
    /// ```
    /// use datason_arrow::SchemaInference;
    /// use datason_json::ReaderBuilder;
    ///
    /// let text = b"[1,2]\n[3]\n";
    /// let mut inference = SchemaInference::new();
    /// inference.observe(&mut ReaderBuilder::new().from_slice(text), None)?;
    /// let options = inference.schema()?.options();
    /// let mut batches = options.batches(ReaderBuilder::new().from_slice(text))?;
    /// assert_eq!(batches.next().unwrap()?.data().num_rows(), 2);
    /// # Ok::<(), datason_core::Error>(())
    /// ```
    pub fn options(&self) -> ColumnOptions {
        ColumnOptions::new(self.schema.clone()).shape(self.shape)
    }
}

impl Default for SchemaInference {
    fn default() -> Self {
        Self::new()
    }
}

/// Chooses types.
struct Resolution<'a> {
    inference: &'a SchemaInference,
    conflicts: Vec<Conflict>,
}

impl Resolution<'_> {
    fn members(&mut self, pointer: &str, members: Option<&Members>) -> Result<Vec<Field>> {
        let Some(members) = members else { return Ok(Vec::new()) };
        let mut list: Vec<_> = members.list.iter().collect();
        list.sort_by_key(|member| (member.place, &member.name));
        list.into_iter()
            .map(|member| {
                let name = text_of(&member.name)?;
                let token = escape(name);
                let missing = member.objects < members.objects;
                self.field(name, &format!("{pointer}/{token}"), &member.node, missing)
            })
            .collect()
    }

    fn field(&mut self, name: &str, pointer: &str, node: &Node, missing: bool) -> Result<Field> {
        let always = self.inference.nullability == Nullability::Always;
        let nullable = always || missing || node.has(JsonKind::Null) || node.count == 0;
        match self.kind(pointer, node)? {
            Some(kind) => Ok(Field::new(name, kind, nullable)),
            None => Ok(json_field(name, nullable)),
        }
    }

    /// The type that holds all values of `node`; `None` for their text.
    fn kind(&mut self, pointer: &str, node: &Node) -> Result<Option<DataType>> {
        let kinds: Vec<_> = node.kinds().map(|(kind, _)| kind).collect();
        let found = match kinds.as_slice() {
            [] => Some(DataType::Null),
            [JsonKind::Boolean] => Some(DataType::Boolean),
            [JsonKind::Integer] => integer(node.integers),
            [JsonKind::Float] => Some(DataType::Float64),
            [JsonKind::Integer, JsonKind::Float] if !node.integers.beyond_f64 => {
                Some(DataType::Float64)
            }
            [JsonKind::String] => Some(DataType::Utf8),
            [JsonKind::Array] => {
                let none = Node::default();
                let items = node.items.as_deref().unwrap_or(&none);
                let item = self.field("item", &format!("{pointer}/-"), items, false)?;
                Some(DataType::List(Arc::new(item)))
            }
            [JsonKind::Object] => {
                let members = self.members(pointer, node.members.as_deref())?;
                Some(DataType::Struct(members.into()))
            }
            _ => None,
        };
        if found.is_none() {
            let conflict = Conflict { pointer: pointer.to_owned(), kinds: node.kinds().collect() };
            match self.inference.conflict {
                OnConflict::Error => return Err(conflict.into_error()),
                OnConflict::RawJson => self.conflicts.push(conflict),
            }
        }
        Ok(found)
    }
}

fn integer(seen: Integers) -> Option<DataType> {
    match seen {
        Integers { beyond_64: true, .. } | Integers { above_i64: true, negative: true, .. } => None,
        Integers { above_i64: true, .. } => Some(DataType::UInt64),
        _ => Some(DataType::Int64),
    }
}
