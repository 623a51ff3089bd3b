//! What is the same for every chunk of a table.

use std::collections::HashSet;

use arrow_array::new_empty_array;
use arrow_schema::{DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit};
use datason_core::config::{Config, NanHandling, Orient};
use datason_core::{Error, ErrorKind, Result};

use super::column::Column;

/// How the chunks of one table are written.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) orient: Orient,
    pub(super) schema: SchemaRef,
    /// The column that has the row labels.
    pub(super) index: Option<usize>,
    /// The other columns, as they are written.
    pub(super) columns: Vec<usize>,
    /// Whether each chunk is wrapped in a type hint.
    pub(super) hints: bool,
    /// Whether a cell that is to be dropped is `null` instead.
    pub(super) blanks: bool,
    /// The same for a label: without it a row would stand under the label of another.
    pub(super) blank_labels: bool,
}

impl Plan {
    /// Checks all that can be known before the first row.
    ///
    /// # Errors
    /// [`ErrorKind::Data`] if two columns of one name would be entries of one map;
    /// [`ErrorKind::Unsupported`] for a type that cannot be written.
    pub(crate) fn new(schema: SchemaRef, index: Option<usize>, config: &Config) -> Result<Self> {
        let keyed = is_keyed(config.orient);
        let mut columns: Vec<usize> =
            (0..schema.fields().len()).filter(|column| Some(*column) != index).collect();
        if keyed {
            refuse_duplicate_names(&schema, &columns)?;
        }
        if keyed && config.sort_keys {
            // The serializer sorts too, but moves no text if it finds the order right.
            columns
                .sort_by(|left, right| schema.field(*left).name().cmp(schema.field(*right).name()));
        }
        refuse_unsupported(&schema)?;
        let drops = config.nan_handling == NanHandling::Drop;
        Ok(Self {
            orient: config.orient,
            schema,
            index,
            columns,
            hints: config.include_type_hints,
            blanks: drops && is_positional(config.orient),
            blank_labels: drops,
        })
    }

    /// How deep lists and maps can stand in each other in a row, the row itself included.
    pub(super) fn depth(&self) -> usize {
        let columns = self.columns.iter().map(|column| self.schema.field(*column).data_type());
        1 + columns.map(depth_of).max().unwrap_or(0)
    }

    /// Whether no column has maps within.
    pub(super) fn is_flat(&self) -> bool {
        let columns = self.columns.iter().map(|column| self.schema.field(*column).data_type());
        columns.map(depth_of).all(|depth| depth == 0)
    }

    pub(crate) const fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Fails unless rows can be written one by one.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for another form than [`Orient::Records`].
    pub(crate) fn check_rows(&self) -> Result<()> {
        if self.orient == Orient::Records {
            return Ok(());
        }
        let message = "rows one by one have the form records, and the configuration says another";
        Err(Error::new(ErrorKind::Argument, message))
    }

    /// The column of labels, if the rows are named by it in a map.
    pub(crate) fn label_key(&self) -> Option<usize> {
        let keyed = matches!(self.orient, Orient::Index | Orient::Dict | Orient::Series);
        self.index.filter(|_| keyed)
    }

    /// The names of the columns, as they are written.
    pub(super) fn names(&self) -> Vec<&str> {
        self.columns.iter().map(|column| self.schema.field(*column).name().as_str()).collect()
    }
}

/// Whether the names of columns are keys.
fn is_keyed(orient: Orient) -> bool {
    !matches!(orient, Orient::Split | Orient::Tight | Orient::Values)
}

/// Whether a cell is found by its place among others.
fn is_positional(orient: Orient) -> bool {
    matches!(orient, Orient::Split | Orient::Tight | Orient::Values | Orient::List)
}

fn refuse_duplicate_names(schema: &Schema, columns: &[usize]) -> Result<()> {
    let mut seen = HashSet::new();
    let name = |column: &&usize| schema.field(**column).name();
    match columns.iter().find(|column| !seen.insert(name(column))) {
        None => Ok(()),
        Some(column) => Err(Error::new(
            ErrorKind::Data,
            format!(
                "two columns are both named `{}`, and one of them would be lost; the forms split, \
                 tight and values keep both",
                datason_core::escape(name(&column).as_bytes())
            ),
        )),
    }
}

fn refuse_unsupported(schema: &Schema) -> Result<()> {
    let check = |field: &Field| {
        refuse_impossible(field.data_type())?;
        let empty = new_empty_array(field.data_type());
        Column::of(&empty, field).map(|_| ())
    };
    schema
        .fields()
        .iter()
        .try_for_each(|field| check(field).map_err(|error| error.below(field.name())))
}

/// Arrow has names for types of which there can be no array.
fn refuse_impossible(data_type: &DataType) -> Result<()> {
    use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
    match data_type {
        DataType::Time32(Microsecond | Nanosecond)
        | DataType::Time64(Second | Millisecond)
        | DataType::FixedSizeBinary(..0)
        | DataType::FixedSizeList(_, ..0) => {
            Err(Error::new(ErrorKind::Unsupported, format!("there are no arrays of {data_type}")))
        }
        DataType::List(field)
        | DataType::LargeList(field)
        | DataType::ListView(field)
        | DataType::LargeListView(field)
        | DataType::FixedSizeList(field, _)
        | DataType::Map(field, _)
        | DataType::RunEndEncoded(_, field) => refuse_impossible(field.data_type()),
        DataType::Struct(fields) => {
            fields.iter().try_for_each(|field| refuse_impossible(field.data_type()))
        }
        DataType::Union(fields, _) => {
            fields.iter().try_for_each(|(_, field)| refuse_impossible(field.data_type()))
        }
        DataType::Dictionary(_, values) => refuse_impossible(values),
        _ => Ok(()),
    }
}

/// How deep lists and maps can stand in each other in a value.
fn depth_of(data_type: &DataType) -> usize {
    let deepest = |fields: &mut dyn Iterator<Item = &FieldRef>| {
        fields.map(|field| depth_of(field.data_type())).max().unwrap_or(0)
    };
    match data_type {
        DataType::List(field)
        | DataType::LargeList(field)
        | DataType::ListView(field)
        | DataType::LargeListView(field)
        | DataType::FixedSizeList(field, _)
        | DataType::Map(field, _) => 1 + depth_of(field.data_type()),
        DataType::Struct(fields) => 1 + deepest(&mut fields.iter()),
        DataType::Union(fields, _) => deepest(&mut fields.iter().map(|(_, field)| field)),
        DataType::Dictionary(_, values) => depth_of(values),
        DataType::RunEndEncoded(_, values) => depth_of(values.data_type()),
        _ => 0,
    }
}
