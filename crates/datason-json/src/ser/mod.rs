//! Values to JSON text, as a [`Config`] says.
//!
//! One serializer for everything: users' structs, [`datason_core::Value`], the cells of tables
//! and the elements of arrays. [`append`] is the usual way in; an [`Encoder`] keeps its buffers
//! from record to record, which helps where keys are sorted.
//!
//! # Example
//! ```
//! use datason_core::Config;
//! use datason_core::value::DateTime;
//! use datason_json::ser::{TextStyle, to_string};
//!
//! #[derive(serde::Serialize)]
//! struct Reading {
//!     taken: DateTime,
//!     celsius: f64,
//! }
//!
//! let reading = Reading { taken: "2024-01-02T03:04:05Z".parse()?, celsius: f64::NAN };
//! assert_eq!(
//!     to_string(&reading, &Config::DEFAULT, TextStyle::Python)?,
//!     r#"{"taken": "2024-01-02T03:04:05+00:00", "celsius": null}"#,
//! );
//! assert_eq!(
//!     to_string(&reading, &Config::ml(), TextStyle::Compact)?,
//!     r#"{"celsius":null,"taken":1704164645000}"#,
//! );
//! # Ok::<(), datason_core::Error>(())
//! ```
//!
//! # The text
//! - **Floats**: the shortest digits that read as the same double, always with a point or an
//!   exponent (`1.0`, `1e-05`, `1e+16`); `-0.0` keeps its sign. An `f32` is widened first, so it
//!   shows the digits that it really has (`0.10000000149011612`).
//! - **Integers** of any size, exact.
//! - **Texts**: `\" \\ \n \r \t \b \f`, other control characters as `\u001f`, the rest as it is;
//!   with [`ensure_ascii`](Config::ensure_ascii) everything outside `' '..='~'` as `\u` escapes.
//! - **Bytes** (serde's, not `Vec<u8>`): their text if they are UTF-8, else hexadecimal.
//! - **Enums** as serde_json writes them, under every configuration.
//! - **Raw JSON** (`serde_json::value::RawValue`) byte for byte, but that line breaks and the
//!   white space with them go where the style has a value a line. It is not looked into: no
//!   limit, order or NaN rule applies.
//!
//! # The configuration
//! - [`nan_handling`](Config::nan_handling): `Drop` leaves out list members and map entries;
//!   alone, or as the content of an enum's variant, such a float is `null`.
//! - [`sort_keys`](Config::sort_keys) orders maps and the fields of structs by code point, at
//!   every level. The spelled-out forms (`{"_type": "decimal", …}`) have a fixed order.
//! - [`max_depth`](Config::max_depth) counts the lists and maps around a value as they stand in
//!   the text, hint wrappers included, so what is written can be read under the same limit. A
//!   list in the outermost list is at level 2. Serializing takes stack in proportion to the
//!   depth, so a limit far above the default wants a thread with a larger stack.
//! - [`max_size`](Config::max_size) counts the members of one list or map, dropped ones too.
//! - [`max_string_length`](Config::max_string_length) holds for texts, bytes as text, paths,
//!   and keys. Dates, identifiers and numbers are not texts.
//! - [`include_type_hints`](Config::include_type_hints) concerns the types of
//!   [`datason_core::value`]; Rust's own tuples and arrays are lists.
//!
//! # Keys
//! Keys of maps are texts, numbers, booleans, `null` (as their JSON text; NaN and the infinities
//! as `NaN`, `Infinity`), and the special values that have a text. Anything else is
//! [`ErrorKind::Data`]; under the strict configuration also bytes, and decimals, UUIDs and
//! paths, which there are objects.
//!
//! Two keys of one map that are written alike (`1` and `"1"`) are an error, found where keys
//! are sorted, where the keys are not all of one kind, and in maps that do not tell their size,
//! such as structs with `#[serde(flatten)]`. Maps of one kind of key that tell their size are
//! taken at their word.
//!
//! # Errors
//! [`ErrorKind::Limit`] for what exceeds a limit; [`ErrorKind::Data`] for what has no JSON form,
//! is unknown under the strict configuration (a special value of a newer version), or refuses
//! to be serialized; [`ErrorKind::Argument`] for a date pattern or a zone that cannot be meant.
//! Each with the JSON pointer of the place in the value.
//!
//! [`ErrorKind::Argument`]: datason_core::ErrorKind::Argument
//! [`ErrorKind::Data`]: datason_core::ErrorKind::Data
//! [`ErrorKind::Limit`]: datason_core::ErrorKind::Limit

#![expect(
    clippy::inline_always,
    reason = "inlined, the name of a field is a constant that needs no check and no copy"
)]

mod failure;
mod inside;
mod integer;
mod key;
mod members;
mod number;
pub mod plain;
mod serializer;
mod short;
mod sort;
mod special;
mod text;

use std::io::Write;

use datason_core::chunkable::Spacing;
use datason_core::{Config, Error, Result};
use serde::Serialize;

pub use self::failure::Failure;
pub use self::members::{Entries, Items, Variant};
pub use self::serializer::Serializer;
use self::sort::Sorter;
pub(crate) use self::text::escaped_length;

/// How JSON text is spaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TextStyle {
    /// `{"a": [1, 2]}`, as the feature document's files have it.
    #[default]
    Python,
    /// `{"a":[1,2]}`.
    Compact,
    /// A member a line, each level indented by this many blanks. Empty lists and maps are `[]`
    /// and `{}`.
    Pretty {
        /// Blanks a level.
        indent: u8,
    },
}

impl TextStyle {
    /// [`TextStyle::Pretty`] with two blanks a level.
    pub const PRETTY: Self = Self::Pretty { indent: 2 };

    /// How a line of this style is spaced; `None` for the one that breaks lines.
    pub const fn spacing(self) -> Option<Spacing> {
        match self {
            Self::Python => Some(Spacing::Python),
            Self::Compact => Some(Spacing::Compact),
            Self::Pretty { .. } => None,
        }
    }
}

impl From<Spacing> for TextStyle {
    fn from(spacing: Spacing) -> Self {
        match spacing {
            Spacing::Python => Self::Python,
            Spacing::Compact => Self::Compact,
        }
    }
}

/// Appends `value` as JSON text to `out`, or leaves `out` as it was.
///
/// Allocates nothing but room in `out`, except for sorted keys and special values.
///
/// # Errors
/// See the [module](self#errors).
///
/// # Example
/// ```
/// use datason_core::{Config, ErrorKind};
/// use datason_json::ser::{TextStyle, append};
///
/// let mut out = b"kept ".to_vec();
/// append(&("a", 1), &Config::DEFAULT, TextStyle::Compact, &mut out)?;
/// let config = Config::DEFAULT.max_string_length(3);
/// let error = append(&["ok", "long"], &config, TextStyle::Compact, &mut out).unwrap_err();
/// assert_eq!((error.kind(), error.pointer()), (ErrorKind::Limit, Some("/1")));
/// assert_eq!(out, b"kept [\"a\",1]");
/// # Ok::<(), datason_core::Error>(())
/// ```
pub fn append(
    value: &(impl Serialize + ?Sized),
    config: &Config,
    style: TextStyle,
    out: &mut Vec<u8>,
) -> Result<()> {
    Ok(append_with(value, (config, style, 0), usize::MAX, &mut None, out)?)
}

/// `value` as JSON text.
///
/// # Errors
/// See the [module](self#errors).
pub fn to_vec(
    value: &(impl Serialize + ?Sized),
    config: &Config,
    style: TextStyle,
) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(128);
    append(value, config, style, &mut out)?;
    Ok(out)
}

/// `value` as JSON text.
///
/// # Errors
/// See the [module](self#errors).
pub fn to_string(
    value: &(impl Serialize + ?Sized),
    config: &Config,
    style: TextStyle,
) -> Result<String> {
    to_vec(value, config, style).map(into_text)
}

fn into_text(json: Vec<u8>) -> String {
    String::from_utf8(json).expect("texts are UTF-8, and what stands between them is ASCII")
}

/// Writes `value` as JSON text, whole or not at all as far as that lies with the value: its text
/// is in memory before the first byte goes out.
///
/// # Errors
/// See the [module](self#errors); [`ErrorKind::Io`](datason_core::ErrorKind::Io) if `writer`
/// fails.
pub fn to_writer(
    value: &(impl Serialize + ?Sized),
    config: &Config,
    style: TextStyle,
    mut writer: impl Write,
) -> Result<()> {
    let text = to_vec(value, config, style)?;
    writer.write_all(&text).map_err(|error| Error::io("cannot write", error))
}

/// Writes many values under one configuration, and keeps its buffers between them.
///
/// # Example
/// ```
/// use datason_core::Config;
/// use datason_json::ser::{Encoder, TextStyle};
///
/// let mut encoder = Encoder::new(Config::api(), TextStyle::Compact);
/// let mut out = Vec::new();
/// encoder.append(&serde_json::json!({"é": 1, "a": 2}), &mut out)?;
/// assert_eq!(out, br#"{"a":2,"\u00e9":1}"#);
/// # Ok::<(), datason_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Encoder {
    config: Config,
    style: TextStyle,
    level: usize,
    sorter: Option<Box<Sorter>>,
}

impl Encoder {
    /// An encoder for values that stand by themselves.
    pub fn new(config: Config, style: TextStyle) -> Self {
        Self { config, style, level: 0, sorter: None }
    }

    /// An encoder for values inside `level` lists or maps that somebody else writes: lines are
    /// indented as deep as that. Limits count from the value all the same. Default: 0.
    #[must_use]
    pub fn level(mut self, level: usize) -> Self {
        self.level = level;
        self
    }

    /// The configuration.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// The style.
    pub const fn style(&self) -> TextStyle {
        self.style
    }

    /// Appends `value` as JSON text to `out`, or leaves `out` as it was.
    ///
    /// # Errors
    /// See the [module](self#errors).
    pub fn append(&mut self, value: &(impl Serialize + ?Sized), out: &mut Vec<u8>) -> Result<()> {
        Ok(self.append_within(value, usize::MAX, out)?)
    }

    /// As [`append`](Self::append), of a text of at most `most` bytes. `out` grows little beyond
    /// that, whatever the text is: what can be long is looked at before it is written.
    pub(crate) fn append_within(
        &mut self,
        value: &(impl Serialize + ?Sized),
        most: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), Refused> {
        let Self { config, style, level, sorter } = self;
        append_with(value, (config, *style, *level), most, sorter, out)
    }
}

/// Why there is no text.
#[derive(Debug)]
pub(crate) enum Refused {
    /// It is longer than it may be. As many members of the outermost list did fit, if it is one.
    Full {
        fitting: Option<usize>,
    },
    Failed(Error),
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Failed(error) => error,
            Refused::Full { .. } => Failure::full().into(),
        }
    }
}

fn append_with(
    value: &(impl Serialize + ?Sized),
    (config, style, level): (&Config, TextStyle, usize),
    most: usize,
    sorter: &mut Option<Box<Sorter>>,
    out: &mut Vec<u8>,
) -> Result<(), Refused> {
    let start = out.len();
    let end = start.saturating_add(most);
    let mut serializer = Serializer::within(config, style, level, sorter.take(), out).at_most(end);
    let written = value.serialize(&mut serializer);
    let full = serializer.is_full();
    *sorter = serializer.into_sorter();
    let refused = match written {
        Ok(()) if full => Refused::Full { fitting: None },
        Ok(()) => return Ok(()),
        Err(failure) if failure.missed_room() => Refused::Full { fitting: failure.member() },
        Err(failure) => Refused::Failed(failure.into()),
    };
    out.truncate(start);
    if let Some(sorter) = sorter {
        sorter.clear();
    }
    Err(refused)
}

#[cfg(test)]
mod tests;
