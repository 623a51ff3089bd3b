//! Templates out of samples.

use indexmap::IndexMap;

use super::{Extra, RecordTemplate, Template};
use crate::value::{Key, Map, Value};

impl Template {
    /// What `sample` looks like. Texts are texts, whatever they say; a map is a record of its
    /// fields if all keys are texts, else a map; an empty list may later hold anything.
    ///
    /// Collect several samples to learn which fields may be missing or null:
    ///
    /// # Example
    /// ```
    /// use datason_core::template::Template;
    /// use datason_core::Value;
    ///
    /// let samples = [br#"{"id": 1, "tags": []}"#.as_slice(), br#"{"id": 2.5, "tags": ["a"], "ok": true}"#];
    /// let samples = samples.map(|text| Value::from_json(text).unwrap());
    /// let template: Template = samples.iter().collect();
    /// assert_eq!(template, Template::record([
    ///     ("id", Template::Float),
    ///     ("tags", Template::Text.list()),
    ///     ("ok", Template::Bool.optional()),
    /// ]));
    /// // It can be kept as JSON.
    /// let text = serde_json::to_string(&template).unwrap();
    /// assert_eq!(serde_json::from_str::<Template>(&text).unwrap(), template);
    /// # Ok::<(), datason_core::Error>(())
    /// ```
    pub fn of(sample: &Value) -> Self {
        match sample {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Bool,
            Value::Int(_) => Self::Int,
            Value::Float(_) => Self::Float,
            Value::Text(_) => Self::Text,
            Value::Bytes(_) => Self::Bytes,
            Value::DateTime(_) => Self::DateTime,
            Value::Date(_) => Self::Date,
            Value::Time(_) => Self::Time,
            Value::Duration(_) => Self::Duration,
            Value::Decimal(_) => Self::Decimal,
            Value::Uuid(_) => Self::Uuid,
            Value::Complex(_) => Self::Complex,
            Value::Path(_) => Self::Path,
            Value::List(members) => Self::List(Box::new(members.iter().collect())),
            Value::Set(set) => Self::Set(Box::new(set.members().iter().collect())),
            Value::Tuple(members) => Self::Tuple(members.iter().map(Self::of).collect()),
            Value::Map(map) => Self::of_map(map),
        }
    }

    fn of_map(map: &Map) -> Self {
        let field =
            |(key, value): (&Key, &Value)| Some((key.as_str()?.to_owned(), Self::of(value)));
        match map.iter().map(field).collect::<Option<IndexMap<_, _>>>() {
            Some(fields) => Self::record(fields),
            None => Self::Map(Box::new(map.values().collect())),
        }
    }

    /// What takes all that either takes: fields that one of them lacks become optional, integers
    /// beside floats floats, and what cannot be told apart anything. The order of samples does
    /// not matter but for that of the fields.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        match (self, other) {
            (one, other) if one == other => one,
            (Self::Unknown, other) | (other, Self::Unknown) => other,
            (Self::Optional(one), Self::Optional(other)) => one.merge(*other).optional(),
            (Self::Optional(one), Self::Null) | (Self::Null, Self::Optional(one)) => one.optional(),
            (Self::Optional(one), other) | (other, Self::Optional(one)) => {
                one.merge(other).optional()
            }
            (Self::Null, other) | (other, Self::Null) => other.optional(),
            (Self::Int, Self::Float) | (Self::Float, Self::Int) => Self::Float,
            (Self::Int, Self::Decimal) | (Self::Decimal, Self::Int) => Self::Decimal,
            (Self::List(one), Self::List(other)) => one.merge(*other).list(),
            (Self::Set(one), Self::Set(other)) => Self::Set(Box::new(one.merge(*other))),
            (Self::Map(one), Self::Map(other)) => Self::Map(Box::new(one.merge(*other))),
            (Self::Tuple(one), Self::Tuple(other)) if one.len() == other.len() => {
                let pairs = one.into_iter().zip(other);
                Self::Tuple(pairs.map(|(one, other)| one.merge(other)).collect())
            }
            (Self::Record(one), Self::Record(other)) => Self::Record(one.merge(other)),
            _ => Self::Any,
        }
    }
}

impl RecordTemplate {
    fn merge(mut self, other: Self) -> Self {
        for (name, field) in &mut self.fields {
            if !other.fields.contains_key(name) {
                *field = std::mem::take(field).optional();
            }
        }
        for (name, field) in other.fields {
            match self.fields.get_mut(&name) {
                Some(known) => *known = std::mem::take(known).merge(field),
                None => {
                    self.fields.insert(name, field.optional());
                }
            }
        }
        let keeps = self.extra == Extra::Keep || other.extra == Extra::Keep;
        let extra = match (self.extra, other.extra) {
            (one, other) if one == other => one,
            _ if keeps => Extra::Keep,
            _ => Extra::Drop,
        };
        Self { extra, ..self }
    }
}

/// The template of all samples together; of none, [`Template::Unknown`].
impl<'v> FromIterator<&'v Value> for Template {
    fn from_iter<I: IntoIterator<Item = &'v Value>>(samples: I) -> Self {
        samples.into_iter().map(Self::of).fold(Self::Unknown, Self::merge)
    }
}
