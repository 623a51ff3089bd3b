//! What values should look like: found in a sample or written by hand, then held against others.

mod convert;
mod infer;
#[cfg(test)]
mod tests;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result, escape};
use crate::records::Record;
use crate::value::{Key, Map, Value};

/// What a [`Value`] should look like: its kind, and of a record the fields and theirs.
///
/// For data whose type is known only at run time; where it is known at compile time, derive
/// serde's `Deserialize` for a struct. A template is made from samples ([`of`](Self::of)), by
/// hand ([`record`](Self::record)), or read as JSON, as which it can be kept. [`coerce`](Self::coerce)
/// holds it against a value and turns what JSON cannot say back into what it was.
///
/// # What is taken for what
/// Nothing is converted that would lose something.
///
/// | template | value |
/// |---|---|
/// | `Bool` | the texts `true` and `false` |
/// | `Int` | a float or decimal without fraction; the text of one as JSON writes it (`"42"`, but not `"007"`) |
/// | `Float` | an integer that a float holds exactly; the text of a number |
/// | `Decimal` | an integer, a float by its shortest digits, the text of one; what [`Config`](crate::Config) writes |
/// | `DateTime`, `Date`, `Time`, `Duration`, `Uuid` | its text; what `Config` writes with type hints |
/// | `Path` | a text |
/// | `Complex` | a list of two numbers; what `Config` writes |
/// | `Bytes` | what the strict configuration writes: a text may mean two things |
/// | `List`, `Tuple` | each other, a tuple if there are as many members |
/// | `Set` | a list or tuple in which nothing stands twice |
/// | `Text`, `Null` | nothing else |
///
/// # Example
/// ```
/// use datason_core::template::Template;
/// use datason_core::value::{DateTime, Map};
/// use datason_core::Value;
///
/// // From a sample:
/// let mut sample = Map::new();
/// sample.insert("at", "2024-01-02T03:04:05Z".parse::<DateTime>()?);
/// sample.insert("amount", 9.5);
/// let template = Template::of(&Value::from(sample));
///
/// // or by hand:
/// let by_hand = Template::record([("at", Template::DateTime), ("amount", Template::Float)]);
/// assert_eq!(template, by_hand);
///
/// let read = Value::from_json(br#"{"at": "2024-05-06T07:08:09Z", "amount": 7}"#)?;
/// let event = template.coerce(read)?;
/// assert_eq!(event.get("at").map(Value::kind), Some("date-time"));
/// assert_eq!(event.get("amount"), Some(&Value::Float(7.0)));
///
/// let wrong = Value::from_json(br#"{"at": "yesterday", "amount": 7}"#)?;
/// let error = template.coerce(wrong).unwrap_err();
/// assert_eq!(error.pointer(), Some("/at"));
/// assert_eq!(error.message(), "expected a date-time, found the text `yesterday`");
/// # Ok::<(), datason_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Template {
    /// Anything, because nothing has been seen. What is [merged](Self::merge) with it stays as
    /// it is.
    #[default]
    Unknown,
    /// Anything, because several kinds have been seen, or on purpose.
    Any,
    /// Nothing but null.
    Null,
    /// True or false.
    Bool,
    /// A whole number of any size.
    Int,
    /// A double.
    Float,
    /// Text.
    Text,
    /// Raw bytes.
    Bytes,
    /// A day and a time of day.
    DateTime,
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// A span of time.
    Duration,
    /// A decimal number with its digits.
    Decimal,
    /// A universally unique identifier.
    Uuid,
    /// A complex number.
    Complex,
    /// The path of a file.
    Path,
    /// Null, or what the other says; as a field of a record it may also be missing.
    Optional(Box<Template>),
    /// Any number of values alike.
    List(Box<Template>),
    /// So many values, each with a template of its own.
    Tuple(Vec<Template>),
    /// Values alike, without repetition.
    Set(Box<Template>),
    /// Any keys with values alike.
    Map(Box<Template>),
    /// Fields, each with a template of its own.
    Record(RecordTemplate),
}

/// The fields of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct RecordTemplate {
    /// The fields. One that is [`Optional`](Template::Optional) may be missing.
    pub fields: IndexMap<String, Template>,
    /// What becomes of a field that is not among them. Default: [`Extra::Error`].
    pub extra: Extra,
}

/// What becomes of a field that a template does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Extra {
    /// The record is an error. The default: nothing is lost in silence.
    #[default]
    Error,
    /// It stays as it is.
    Keep,
    /// It is left out.
    Drop,
}

impl Template {
    /// A record of these fields, and no others.
    ///
    /// # Example
    /// ```
    /// use datason_core::template::Template;
    /// use datason_core::Value;
    ///
    /// let template = Template::record([
    ///     ("id", Template::Int),
    ///     ("note", Template::Text.optional()),
    /// ]);
    /// assert!(template.coerce(Value::from_json(br#"{"id": 7}"#)?).is_ok());
    /// let error = template.coerce(Value::from_json(br#"{"note": null}"#)?).unwrap_err();
    /// assert_eq!((error.message(), error.pointer()), ("a field is missing", Some("/id")));
    /// # Ok::<(), datason_core::Error>(())
    /// ```
    pub fn record<N: Into<String>>(fields: impl IntoIterator<Item = (N, Self)>) -> Self {
        let fields = fields.into_iter().map(|(name, template)| (name.into(), template)).collect();
        Self::Record(RecordTemplate { fields, extra: Extra::Error })
    }

    /// A list of any number of these.
    #[must_use]
    pub fn list(self) -> Self {
        Self::List(Box::new(self))
    }

    /// The same, or null; a field that may be missing.
    #[must_use]
    pub fn optional(self) -> Self {
        match self {
            Self::Optional(_) => self,
            other => Self::Optional(Box::new(other)),
        }
    }

    /// The same with another answer to fields that records do not have here; in records within
    /// records, too.
    #[must_use]
    pub fn extra(self, extra: Extra) -> Self {
        let boxed = |inner: Box<Self>| Box::new(inner.extra(extra));
        match self {
            Self::Optional(inner) => Self::Optional(boxed(inner)),
            Self::List(inner) => Self::List(boxed(inner)),
            Self::Set(inner) => Self::Set(boxed(inner)),
            Self::Map(inner) => Self::Map(boxed(inner)),
            Self::Tuple(inner) => {
                Self::Tuple(inner.into_iter().map(|member| member.extra(extra)).collect())
            }
            Self::Record(RecordTemplate { fields, .. }) => {
                let fields = fields.into_iter().map(|(name, field)| (name, field.extra(extra)));
                Self::Record(RecordTemplate { fields: fields.collect(), extra })
            }
            scalar => scalar,
        }
    }

    /// `value`, converted where that loses nothing: see the table above. Maps keep their order.
    ///
    /// # Errors
    /// [`ErrorKind::Data`] if it does not fit, with the [pointer](Error::pointer) of the first
    /// part that does not.
    pub fn coerce(&self, mut value: Value) -> Result<Value> {
        self.fit(&mut value)?;
        Ok(value)
    }

    /// The value that `record` is, as [`coerce`](Self::coerce) makes it.
    ///
    /// # Errors
    /// As [`Value::from_json`] and [`coerce`](Self::coerce), at the place of the record.
    ///
    /// # Example
    /// ```
    /// use datason_core::template::Template;
    /// use datason_core::{Position, Record};
    ///
    /// let template = Template::Int.list();
    /// let second = Position::START.advanced(b"[1]\n").with_record(1);
    /// let error = template.read(Record::new(b"[1, \"x\"]", b"", second)).unwrap_err();
    /// assert_eq!(error.pointer(), Some("/1"));
    /// assert_eq!(error.position().map(|place| (place.line(), place.record())), Some((2, 1)));
    /// # Ok::<(), datason_core::Error>(())
    /// ```
    pub fn read(&self, record: Record<'_>) -> Result<Value> {
        let value = Value::from_json(record.as_bytes()).map_err(|error| {
            let offset = error.position().map_or(0, |place| place.byte());
            let place = record.position_at(usize::try_from(offset).unwrap_or(usize::MAX));
            error.at(place)
        })?;
        self.coerce(value).map_err(|error| error.at(record.position()))
    }

    /// The kind with its article, as error messages say it: `an integer`.
    const fn wanted(&self) -> &'static str {
        match self {
            Self::Unknown | Self::Any => "anything",
            Self::Null => "null",
            Self::Bool => "a boolean",
            Self::Int => "an integer",
            Self::Float => "a float",
            Self::Text => "a text",
            Self::Bytes => "bytes",
            Self::DateTime => "a date-time",
            Self::Date => "a date",
            Self::Time => "a time",
            Self::Duration => "a duration",
            Self::Decimal => "a decimal",
            Self::Uuid => "a uuid",
            Self::Complex => "a complex number",
            Self::Path => "a path",
            Self::Optional(inner) => inner.wanted(),
            Self::List(_) => "a list",
            Self::Tuple(_) => "a tuple",
            Self::Set(_) => "a set",
            Self::Map(_) => "a map",
            Self::Record(_) => "a record",
        }
    }

    fn fit(&self, value: &mut Value) -> Result<()> {
        match (self, &mut *value) {
            (Self::Unknown | Self::Any, _) | (Self::Optional(_), Value::Null) => return Ok(()),
            (Self::Optional(inner), _) => return inner.fit(value),
            (Self::Record(record), Value::Map(map)) => return record.fit(map),
            (Self::Map(inner), Value::Map(map)) => return fit_entries(inner, map),
            (Self::List(_) | Self::Tuple(_) | Self::Set(_), _) => {
                if let Some(members) = take_members(value) {
                    *value = self.fit_members(members)?;
                    return Ok(());
                }
            }
            (_, scalar) if self.is_kind_of(scalar) => return Ok(()),
            (_, other) => {
                if let Some(converted) = self.convert(other) {
                    *other = converted;
                    return Ok(());
                }
            }
        }
        Err(unfit(self, value))
    }

    /// The list, tuple or set that `members` make.
    fn fit_members(&self, mut members: Vec<Value>) -> Result<Value> {
        let count = members.len();
        let fit = |index: usize, template: &Self, member: &mut Value| {
            template.fit(member).map_err(|error| error.below(&index.to_string()))
        };
        match self {
            Self::Tuple(templates) if templates.len() != count => {
                let message = format!("expected {} members, found {count}", templates.len());
                Err(Error::new(ErrorKind::Data, message))
            }
            Self::Tuple(templates) => {
                let pairs = templates.iter().zip(&mut members).enumerate();
                for (index, (template, member)) in pairs {
                    fit(index, template, member)?;
                }
                Ok(Value::Tuple(members))
            }
            Self::List(inner) | Self::Set(inner) => {
                let mut members_of = members.iter_mut().enumerate();
                members_of.try_for_each(|(index, member)| fit(index, inner, member))?;
                if matches!(self, Self::List(_)) {
                    return Ok(Value::List(members));
                }
                let set: crate::value::Set = members.into_iter().collect();
                if set.len() < count {
                    let message = "a member of a set stands there twice";
                    return Err(Error::new(ErrorKind::Data, message));
                }
                Ok(Value::Set(set))
            }
            _ => unreachable!("only what has members is asked"),
        }
    }
}

impl RecordTemplate {
    fn fit(&self, map: &mut Map) -> Result<()> {
        for (name, template) in &self.fields {
            match map.get_mut(name) {
                Some(value) => template.fit(value).map_err(|error| error.below(name))?,
                None if matches!(template, Template::Optional(_)) => {}
                None => {
                    let missing = Error::new(ErrorKind::Data, "a field is missing");
                    return Err(missing.below(name));
                }
            }
        }
        let known = |key: &Key| key.as_str().is_some_and(|name| self.fields.contains_key(name));
        match self.extra {
            Extra::Keep => {}
            Extra::Drop => {
                let all = std::mem::take(map).into_iter();
                *map = all.filter(|(key, _)| known(key)).collect();
            }
            Extra::Error => {
                if let Some(extra) = map.keys().find(|key| !known(key)) {
                    let error = Error::new(ErrorKind::Data, "a field that the template lacks");
                    return Err(error.below(&key_text(extra)));
                }
            }
        }
        Ok(())
    }
}

fn fit_entries(template: &Template, map: &mut Map) -> Result<()> {
    map.iter_mut().try_for_each(|(key, value)| {
        template.fit(value).map_err(|error| error.below(&key_text(key)))
    })
}

/// The members of a list, tuple or set.
fn take_members(value: &mut Value) -> Option<Vec<Value>> {
    match value {
        Value::List(members) | Value::Tuple(members) => Some(std::mem::take(members)),
        Value::Set(set) => Some(std::mem::take(set).into_vec()),
        _ => None,
    }
}

/// The key as JSON writes it.
fn key_text(key: &Key) -> String {
    match key {
        Key::Text(text) => text.clone(),
        Key::Int(integer) => integer.to_string(),
        Key::Float(float) => format!("{float:?}"),
        Key::Bool(truth) => truth.to_string(),
        Key::Null => "null".to_owned(),
    }
}

#[cold]
fn unfit(template: &Template, value: &Value) -> Error {
    const SHOWN: usize = 40;
    let found = match value {
        Value::Text(text) => {
            let shown: String = text.chars().take(SHOWN).collect();
            let more = if shown.len() < text.len() { "…" } else { "" };
            format!("the text `{}{more}`", escape(shown.as_bytes()))
        }
        Value::Int(_) | Value::Float(_) | Value::Bool(_) => {
            format!("the {} {}", value.kind(), scalar_text(value))
        }
        Value::Null | Value::Bytes(_) => value.kind().to_owned(),
        other => format!("a {}", other.kind()),
    };
    Error::new(ErrorKind::Data, format!("expected {}, found {found}", template.wanted()))
}

fn scalar_text(value: &Value) -> String {
    match value {
        Value::Int(integer) => integer.to_string(),
        Value::Float(float) => format!("{float:?}"),
        other => (other == &Value::Bool(true)).to_string(),
    }
}
