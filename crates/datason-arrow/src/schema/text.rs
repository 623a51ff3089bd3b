//! Schemas as text that people read and write, and as JSON.

use std::collections::BTreeMap;
use std::fmt;
use std::iter::Peekable;
use std::str::{FromStr, Lines};
use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields, Schema, SchemaRef};
use datason_core::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

use super::Inferred;
use crate::column::{EXTENSION, json_field};
use crate::decoder::{ColumnOptions, RecordShape};

/// A schema that can be printed and read: a line a field, or JSON.
///
/// A line is the name, a colon, the type as Arrow writes it (`Int64`, `Decimal128(10, 2)`,
/// `Timestamp(µs, "UTC")`), and `not null` where that holds. A name that is not made of letters,
/// digits, `_`, `-`, `.` and `$` is a JSON string. `Struct`, `List`, `LargeList`,
/// `FixedSizeList(3)` and `Map` have their fields on the lines below, two blanks further in. `Json`
/// and `LargeJson` are text that holds JSON (`arrow.json`). Other metadata stands behind, as a JSON
/// object. Blank lines, and those that begin with `#`, say nothing. `@values` on the first line
/// says that records are the values of the only field, and `@metadata` is followed by that of the
/// schema.
///
/// As JSON it is `{"records": "objects", "fields": [{"name", "type", "nullable", "fields",
/// "metadata"}], "metadata": {}}` with the same types; all but `fields`, `name` and `type` may be
/// left out. [`FromStr`] takes both forms.
///
/// # Example
/// ```
/// use datason_arrow::{SchemaInference, SchemaText};
/// use datason_json::ReaderBuilder;
///
/// let text = br#"{"id":1,"user":{"name":"ann","tags":["a"]}}"#;
/// let mut inference = SchemaInference::new();
/// inference.observe(&mut ReaderBuilder::new().from_slice(text), None)?;
/// let schema = SchemaText::from(&inference.schema()?);
/// assert_eq!(schema.to_string(), "\
/// id: Int64
/// user: Struct
///   name: Utf8
///   tags: List
///     item: Utf8
/// ");
/// assert_eq!(schema.to_string().parse::<SchemaText>()?, schema);
/// assert_eq!(schema.to_json().parse::<SchemaText>()?, schema);
/// # Ok::<(), datason_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SchemaText {
    /// The schema.
    pub schema: SchemaRef,
    /// What records are: objects with its fields, or values of its only field.
    pub shape: RecordShape,
}

impl SchemaText {
    /// The schema of objects.
    pub fn new(schema: impl Into<SchemaRef>) -> Self {
        Self { schema: schema.into(), shape: RecordShape::Object }
    }

    /// The options that decode records of this schema.
    pub fn options(&self) -> ColumnOptions {
        ColumnOptions::new(self.schema.clone()).shape(self.shape)
    }

    /// The schema as JSON, on several lines.
    pub fn to_json(&self) -> String {
        let records = if self.shape == RecordShape::Value { Shape::Values } else { Shape::Objects };
        let document = Document {
            records,
            fields: self.schema.fields().iter().map(|field| Node::of(field)).collect(),
            metadata: sorted(self.schema.metadata()),
        };
        document.to_json()
    }

    fn of(document: &Document) -> Result<Self> {
        let fields = document.fields.iter().map(Node::field).collect::<Result<Vec<_>>>()?;
        let metadata = document.metadata.clone().into_iter().collect();
        let shape = match document.records {
            Shape::Objects => RecordShape::Object,
            Shape::Values => RecordShape::Value,
        };
        Ok(Self { schema: Arc::new(Schema::new_with_metadata(fields, metadata)), shape })
    }
}

impl From<&Inferred> for SchemaText {
    fn from(inferred: &Inferred) -> Self {
        Self { schema: inferred.schema.clone(), shape: inferred.shape }
    }
}

impl fmt::Display for SchemaText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.shape == RecordShape::Value {
            writeln!(f, "{VALUES}")?;
        }
        if !self.schema.metadata().is_empty() {
            writeln!(f, "{METADATA} {}", json(&sorted(self.schema.metadata())))?;
        }
        self.schema.fields().iter().try_for_each(|field| Node::of(field).write(f, 0))
    }
}

impl FromStr for SchemaText {
    type Err = Error;

    /// # Errors
    /// [`ErrorKind::Schema`] for what is no schema; the message has the line.
    fn from_str(text: &str) -> Result<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.trim_start().starts_with('{') {
            let document = serde_json::from_str(text);
            return Self::of(&document.map_err(|cause| refused("this is no schema", cause))?);
        }
        Self::of(&Parser::new(text).document()?)
    }
}

const VALUES: &str = "@values";
const METADATA: &str = "@metadata";

/// A schema, as it stands in JSON.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    records: Shape,
    fields: Vec<Node>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<String, String>,
}

impl Document {
    fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("strings and lists are JSON")
    }
}

#[derive(Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Shape {
    #[default]
    Objects,
    Values,
}

/// A field, as it stands in JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Node {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default = "yes")]
    nullable: bool,
    /// Those in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    fields: Vec<Node>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<String, String>,
}

const fn yes() -> bool {
    true
}

impl Node {
    fn of(field: &Field) -> Self {
        let mut metadata = sorted(field.metadata());
        let is_json = field.metadata().get(EXTENSION.0).is_some_and(|name| name == EXTENSION.1);
        let (kind, inner): (String, Vec<&Field>) = match field.data_type() {
            DataType::Utf8 if is_json => ("Json".into(), Vec::new()),
            DataType::LargeUtf8 if is_json => ("LargeJson".into(), Vec::new()),
            DataType::Struct(fields) => {
                ("Struct".into(), fields.iter().map(AsRef::as_ref).collect())
            }
            DataType::List(item) => ("List".into(), vec![item]),
            DataType::LargeList(item) => ("LargeList".into(), vec![item]),
            DataType::FixedSizeList(item, size) => (format!("FixedSizeList({size})"), vec![item]),
            DataType::Map(entries, false) => ("Map".into(), vec![entries]),
            DataType::Map(entries, true) => ("Map(sorted)".into(), vec![entries]),
            leaf => (leaf.to_string(), Vec::new()),
        };
        if kind.ends_with("Json") {
            metadata.remove(EXTENSION.0);
        }
        let fields = inner.into_iter().map(Self::of).collect();
        Self { name: field.name().clone(), kind, nullable: field.is_nullable(), fields, metadata }
    }

    fn field(&self) -> Result<Field> {
        let inner = self.fields.iter().map(Self::field).collect::<Result<Vec<_>>>();
        let field = inner
            .and_then(|inner| self.with_inner(inner))
            .map_err(|error| error.below(&self.name))?;
        let mut metadata = field.metadata().clone();
        metadata.extend(self.metadata.clone());
        Ok(field.with_metadata(metadata))
    }

    fn with_inner(&self, inner: Vec<Field>) -> Result<Field> {
        let (name, nullable) = (self.name.as_str(), self.nullable);
        let count = inner.len();
        let only = || -> Result<Arc<Field>> {
            let one = <[Field; 1]>::try_from(inner.clone());
            one.map(|[field]| Arc::new(field)).map_err(|_| self.wrong_count("one field", count))
        };
        let kind = match self.kind.as_str() {
            "Struct" => DataType::Struct(Fields::from(inner)),
            "List" => DataType::List(only()?),
            "LargeList" => DataType::LargeList(only()?),
            "Map" => DataType::Map(only()?, false),
            "Map(sorted)" => DataType::Map(only()?, true),
            kind if count > 0 => match fixed_size(kind) {
                Some(size) => DataType::FixedSizeList(only()?, size),
                None => return Err(self.wrong_count("no fields", count)),
            },
            "Json" => return Ok(json_field(name, nullable)),
            "LargeJson" => {
                let text = json_field(name, nullable);
                return Ok(text.with_data_type(DataType::LargeUtf8));
            }
            leaf => DataType::from_str(leaf)
                .map_err(|cause| refused(&format!("there is no type `{leaf}`"), cause))?,
        };
        Ok(Field::new(name, kind, nullable))
    }

    #[cold]
    fn wrong_count(&self, expected: &str, found: usize) -> Error {
        let message = format!("a column of type `{}` has {expected} in it, not {found}", self.kind);
        Error::new(ErrorKind::Schema, message)
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        write!(f, "{:indent$}{}: {}", "", shown(&self.name), self.kind, indent = 2 * depth)?;
        if !self.nullable {
            write!(f, "{NOT_NULL}")?;
        }
        if !self.metadata.is_empty() {
            write!(f, " {}", json(&self.metadata))?;
        }
        writeln!(f)?;
        self.fields.iter().try_for_each(|field| field.write(f, depth + 1))
    }
}

const NOT_NULL: &str = " not null";

/// `3` of `FixedSizeList(3)`
fn fixed_size(kind: &str) -> Option<i32> {
    kind.strip_prefix("FixedSizeList(")?.strip_suffix(')')?.parse().ok()
}

fn is_plain(name: &str) -> bool {
    let plain = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.' | '$');
    !name.is_empty() && name.chars().all(plain)
}

fn shown(name: &str) -> String {
    if is_plain(name) { name.to_owned() } else { json(&name) }
}

fn json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).expect("strings are JSON")
}

fn sorted(metadata: &std::collections::HashMap<String, String>) -> BTreeMap<String, String> {
    metadata.clone().into_iter().collect()
}

#[cold]
fn refused(message: &str, cause: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Schema, format!("{message}: {cause}"))
}

/// Reads the text form.
struct Parser<'a> {
    /// Lines that say something, with their numbers and how far in they begin.
    lines: Peekable<Box<dyn Iterator<Item = (usize, usize, &'a str)> + 'a>>,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        let lines: std::iter::Enumerate<Lines<'a>> = text.lines().enumerate();
        let lines = lines.filter_map(|(at, line)| {
            let content = line.trim();
            let indent = line.len() - line.trim_start().len();
            (!content.is_empty() && !content.starts_with('#')).then_some((at + 1, indent, content))
        });
        Self { lines: (Box::new(lines) as Box<dyn Iterator<Item = _>>).peekable() }
    }

    fn document(mut self) -> Result<Document> {
        let mut document = Document::default();
        while let Some((at, _, line)) = self.lines.next_if(|(_, _, line)| line.starts_with('@')) {
            if line == VALUES {
                document.records = Shape::Values;
            } else if let Some(metadata) = line.strip_prefix(METADATA) {
                document.metadata = on_line(at, serde_json::from_str(metadata))?;
            } else {
                return Err(wrong_line(at, "expected `@values` or `@metadata`"));
            }
        }
        document.fields = self.fields(0)?;
        match self.lines.next() {
            Some((at, ..)) => Err(wrong_line(at, "this line begins farther in than it may")),
            None => Ok(document),
        }
    }

    /// The fields that begin `indent` bytes in.
    fn fields(&mut self, indent: usize) -> Result<Vec<Node>> {
        let mut fields = Vec::new();
        while let Some((at, _, line)) = self.lines.next_if(|(_, found, _)| *found == indent) {
            let mut field = field(at, line)?;
            if let Some((_, inner, _)) = self.lines.peek().copied()
                && inner > indent
            {
                if inner > MOST_INDENT {
                    return Err(wrong_line(at, "the fields are nested too deeply"));
                }
                field.fields = self.fields(inner)?;
            }
            fields.push(field);
        }
        Ok(fields)
    }
}

/// Deeper than records may be nested, and far from exhausting the stack.
const MOST_INDENT: usize = 1024;

/// `name: Type not null {"key": "value"}`
fn field(at: usize, line: &str) -> Result<Node> {
    let (name, rest) = if line.starts_with('"') {
        let mut strings = serde_json::Deserializer::from_str(line).into_iter::<String>();
        let name = strings.next().ok_or_else(|| wrong_line(at, "expected a name"))?;
        (on_line(at, name)?, &line[strings.byte_offset()..])
    } else {
        let end = line.find(':').unwrap_or(line.len());
        let (name, rest) = line.split_at(end);
        (name.trim_end().to_owned(), rest)
    };
    if name.is_empty() && !line.starts_with('"') {
        return Err(wrong_line(at, "expected a name"));
    }
    let rest = rest.trim_start().strip_prefix(':');
    let rest = rest.ok_or_else(|| wrong_line(at, "expected `name: Type`"))?.trim();
    let (rest, metadata) = match rest.find(" {") {
        Some(brace) => {
            (rest[..brace].trim_end(), on_line(at, serde_json::from_str(&rest[brace..]))?)
        }
        None => (rest, BTreeMap::new()),
    };
    let kind = rest.strip_suffix(NOT_NULL);
    let nullable = kind.is_none();
    let kind = kind.unwrap_or(rest).trim().to_owned();
    Ok(Node { name, kind, nullable, fields: Vec::new(), metadata })
}

fn on_line<T>(at: usize, parsed: serde_json::Result<T>) -> Result<T> {
    parsed.map_err(|cause| refused(&format!("line {at} of the schema"), cause))
}

#[cold]
fn wrong_line(at: usize, message: &str) -> Error {
    Error::new(ErrorKind::Schema, format!("line {at} of the schema: {message}"))
}
