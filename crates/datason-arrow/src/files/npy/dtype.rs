//! The element types of `.npy` files.

use std::fmt;

use datason_core::{Error, ErrorKind, Result};

use super::literal::Literal;

/// An element type.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct DType {
    pub(super) kind: Kind,
    /// Bytes of an element.
    pub(super) size: usize,
    pub(super) big_endian: bool,
}

/// What the bytes of an element mean.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Bool,
    Int,
    UInt,
    Float,
    Complex,
    /// Characters of four bytes.
    Text,
    /// Bytes without the zeros at the end.
    Bytes,
    /// Bytes with them.
    Void,
    DateTime(Unit),
    Span(Unit),
    Record(Vec<Member>),
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) dtype: DType,
    /// Empty for a single element.
    pub(super) shape: Vec<usize>,
    /// Bytes before it in the record.
    pub(super) offset: usize,
}

/// A step of a clock: `count` times a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    pub(super) count: i64,
    pub(super) name: &'static str,
}

/// NumPy's names of the units that have a form in JSON.
const UNITS: [&str; 11] = ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps"];

impl DType {
    /// The type that a header describes.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] for one that is not read: Python objects, long doubles, steps
    /// of time below a nanosecond.
    pub(super) fn of(descr: &Literal) -> Result<Self> {
        let dtype = match descr {
            Literal::Text(text) => Self::simple(text),
            Literal::Items(fields) => Self::record(fields)?,
            _ => None,
        };
        dtype.ok_or_else(|| {
            let name = match descr {
                Literal::Text(text) => datason_core::escape(text.as_bytes()),
                other => format!("{other:?}"),
            };
            Error::new(ErrorKind::Unsupported, format!("arrays of type {name} are not read"))
        })
    }

    /// `<f8`, `|S5`, `>M8[ms]`.
    fn simple(text: &str) -> Option<Self> {
        let (order, rest) = text.split_at_checked(1)?;
        let (big_endian, rest) = match order {
            "<" | "|" => (false, rest),
            "=" => (cfg!(target_endian = "big"), rest),
            ">" => (true, rest),
            _ => (false, text),
        };
        let (letter, rest) = rest.split_at_checked(1)?;
        let (length, unit) = match rest.split_once('[') {
            Some((length, unit)) => (length, Some(unit.strip_suffix(']')?)),
            None => (rest, None),
        };
        let length: usize = length.parse().ok()?;
        let (kind, size) = kind_and_size(letter, length, unit)?;
        Some(Self { kind, size, big_endian: big_endian && size > 1 })
    }

    fn record(fields: &[Literal]) -> Result<Option<Self>> {
        let mut members: Vec<Member> = Vec::new();
        let mut size: usize = 0;
        for field in fields {
            let Some((name, descr, shape)) = field_parts(field) else { return Ok(None) };
            let dtype = Self::of(descr)?;
            let Some(bytes) =
                crate::tensor::count(&shape).and_then(|count| count.checked_mul(dtype.size))
            else {
                return Ok(None);
            };
            // A field without a name fills a gap.
            if !(name.is_empty() && dtype.kind == Kind::Void) {
                members.push(Member { name: name.to_owned(), dtype, shape, offset: size });
            }
            let Some(sum) = size.checked_add(bytes) else { return Ok(None) };
            size = sum;
        }
        Ok(Some(Self { kind: Kind::Record(members), size, big_endian: false }))
    }
}

fn kind_and_size(letter: &str, length: usize, unit: Option<&str>) -> Option<(Kind, usize)> {
    let kind = match (letter, length) {
        ("b", 1) => Kind::Bool,
        ("i", 1 | 2 | 4 | 8) => Kind::Int,
        ("u", 1 | 2 | 4 | 8) => Kind::UInt,
        ("f", 2 | 4 | 8) => Kind::Float,
        ("c", 8 | 16) => Kind::Complex,
        ("U", _) => return Some((Kind::Text, length.checked_mul(4)?)),
        ("S" | "a", _) => Kind::Bytes,
        ("V", _) => Kind::Void,
        ("M", 8) => Kind::DateTime(Unit::parse(unit?)?),
        ("m", 8) => Kind::Span(Unit::parse(unit?)?),
        _ => return None,
    };
    (unit.is_some() == matches!(kind, Kind::DateTime(_) | Kind::Span(_))).then_some((kind, length))
}

/// Name, type and shape of `('a', '<i4')`, `('a', '<i4', (2,))` or `(('title', 'a'), '<i4')`.
fn field_parts(field: &Literal) -> Option<(&str, &Literal, Vec<usize>)> {
    let (name, descr, shape) = match field.as_items()? {
        [name, descr] => (name, descr, Vec::new()),
        [name, descr, Literal::Integer(length)] => {
            (name, descr, vec![usize::try_from(*length).ok()?])
        }
        [name, descr, shape] => (name, descr, lengths(shape)?),
        _ => return None,
    };
    let name = match name {
        Literal::Items(title_and_name) => title_and_name.last()?,
        name => name,
    };
    Some((name.as_text()?, descr, shape))
}

/// The lengths that a shape lists.
pub(super) fn lengths(shape: &Literal) -> Option<Vec<usize>> {
    let length = |length: &Literal| usize::try_from(length.as_integer()?).ok();
    shape.as_items()?.iter().map(length).collect()
}

impl Unit {
    /// `ns`, `25s`.
    fn parse(text: &str) -> Option<Self> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (count, name) = text.split_at(digits);
        let count = if count.is_empty() { 1 } else { count.parse().ok()? };
        let name = UNITS.into_iter().find(|known| *known == name && name != "ps")?;
        Some(Self { count, name })
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.count {
            1 => f.write_str(self.name),
            count => write!(f, "{count}{}", self.name),
        }
    }
}

/// As NumPy prints it: `float64`, `>i4`, `<U3`, `datetime64[ns]`.
impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let native = self.big_endian == cfg!(target_endian = "big") || self.size == 1;
        let bits = self.size * 8;
        match &self.kind {
            Kind::Bool => f.write_str("bool"),
            Kind::Int if native => write!(f, "int{bits}"),
            Kind::UInt if native => write!(f, "uint{bits}"),
            Kind::Float if native => write!(f, "float{bits}"),
            Kind::Complex if native => write!(f, "complex{bits}"),
            Kind::DateTime(unit) if native => write!(f, "datetime64[{unit}]"),
            Kind::Span(unit) if native => write!(f, "timedelta64[{unit}]"),
            Kind::Record(members) => write_record(members, self.size, f),
            _ => f.write_str(&self.code()),
        }
    }
}

impl DType {
    /// The short form: `<f8`, `|b1`.
    fn code(&self) -> String {
        let order = match (self.size, self.big_endian) {
            (_, true) => ">",
            (0 | 1, false) if !matches!(self.kind, Kind::Text) => "|",
            _ => "<",
        };
        let (letter, length) = match &self.kind {
            Kind::Bool => ("b", self.size),
            Kind::Int => ("i", self.size),
            Kind::UInt => ("u", self.size),
            Kind::Float => ("f", self.size),
            Kind::Complex => ("c", self.size),
            Kind::Text => ("U", self.size / 4),
            Kind::Bytes => return format!("|S{}", self.size),
            Kind::Void | Kind::Record(_) => return format!("|V{}", self.size),
            Kind::DateTime(unit) => return format!("{order}M8[{unit}]"),
            Kind::Span(unit) => return format!("{order}m8[{unit}]"),
        };
        format!("{order}{letter}{length}")
    }
}

/// `[('a', '<i4'), ('b', 'S3', (2,))]`, or with gaps between the fields
/// `{'names': ['a'], 'formats': ['<i4'], 'offsets': [4], 'itemsize': 8}`.
fn write_record(members: &[Member], size: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let starts = members.iter().map(|member| member.offset).chain([size]);
    let ends = std::iter::once(0).chain(members.iter().map(Member::end));
    if ends.eq(starts) {
        return write!(f, "[{}]", joined(members, Member::descr));
    }
    write!(
        f,
        "{{'names': [{}], 'formats': [{}], 'offsets': [{}], 'itemsize': {size}}}",
        joined(members, |member| format!("'{}'", member.name)),
        joined(members, Member::format),
        joined(members, |member| member.offset.to_string()),
    )
}

fn joined(members: &[Member], text: impl Fn(&Member) -> String) -> String {
    members.iter().map(text).collect::<Vec<_>>().join(", ")
}

impl Member {
    /// Where it ends in the record.
    fn end(&self) -> usize {
        self.offset + self.shape.iter().product::<usize>() * self.dtype.size
    }

    /// `('a', '<i4', (2,))`.
    fn descr(&self) -> String {
        if self.shape.is_empty() {
            return format!("('{}', {})", self.name, self.type_text());
        }
        format!("('{}', {}, {})", self.name, self.type_text(), self.shape_text())
    }

    /// `'<i4'`, or `('<i4', (2,))`.
    fn format(&self) -> String {
        if self.shape.is_empty() {
            return self.type_text();
        }
        format!("({}, {})", self.type_text(), self.shape_text())
    }

    /// Inside a record types have no `|` and booleans are `?`.
    fn type_text(&self) -> String {
        match &self.dtype.kind {
            Kind::Record(_) => self.dtype.to_string(),
            Kind::Bool => "'?'".to_owned(),
            _ => format!("'{}'", self.dtype.code().trim_start_matches('|')),
        }
    }

    fn shape_text(&self) -> String {
        let lengths: Vec<_> = self.shape.iter().map(usize::to_string).collect();
        match lengths.as_slice() {
            [length] => format!("({length},)"),
            lengths => format!("({})", lengths.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::npy::literal::parse;

    fn dtype(text: &str) -> Result<DType> {
        DType::of(&parse(text).unwrap())
    }

    #[test]
    fn types_are_named_as_numpy_names_them() {
        for (descr, name, size) in [
            ("'|b1'", "bool", 1),
            ("'|i1'", "int8", 1),
            ("'<u8'", "uint64", 8),
            ("'>i4'", ">i4", 4),
            ("'<f2'", "float16", 2),
            ("'>c16'", ">c16", 16),
            ("'<U3'", "<U3", 12),
            ("'|S5'", "|S5", 5),
            ("'|V3'", "|V3", 3),
            ("'<M8[ns]'", "datetime64[ns]", 8),
            ("'>M8[25s]'", ">M8[25s]", 8),
            ("'<m8[h]'", "timedelta64[h]", 8),
            (
                "[('a', '<i4'), ('b', '>f8', (2,)), ('c', [('d', '|u1'), ('e', '|b1')])]",
                "[('a', '<i4'), ('b', '>f8', (2,)), ('c', [('d', 'u1'), ('e', '?')])]",
                22,
            ),
            (
                "[('a', '|u1'), ('', '|V7'), ('b', '|S3', (2, 2))]",
                "{'names': ['a', 'b'], 'formats': ['u1', ('S3', (2, 2))], 'offsets': [0, 8], 'itemsize': 20}",
                20,
            ),
        ] {
            let dtype = dtype(descr).unwrap();
            assert_eq!((dtype.to_string().as_str(), dtype.size), (name, size), "{descr}");
        }
    }

    #[test]
    fn types_that_are_not_read_are_named() {
        for descr in [
            "'|O'",
            "'<f16'",
            "'<M8[ps]'",
            "'<M8'",
            "'<i3'",
            "''",
            "'é8'",
            "7",
            "[('a',)]",
            "'<f8[s]'",
        ] {
            let error = dtype(descr).expect_err(descr);
            assert_eq!(error.kind(), ErrorKind::Unsupported);
        }
    }
}
