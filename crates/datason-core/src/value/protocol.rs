//! How special values travel through serde.
//!
//! A special value serializes as a newtype struct whose *name* is one of these constants. A
//! serializer that does not know them writes what is inside, which is always something plain:
//! a text, or for complex numbers a pair of floats, or for sets and tuples a sequence. datason's
//! own serializer looks at the name and applies the configuration.
//!
//! | name | inside |
//! |---|---|
//! | [`DATE_TIME`] | text, `2024-01-02T03:04:05.678901+05:30` |
//! | [`DATE`], [`TIME`] | text, `2024-01-02`, `03:04:05.000600` |
//! | [`DURATION`] | text, `1 day, 0:00:02.000003` |
//! | [`DECIMAL`] | text, `123.450` |
//! | [`UUID`] | text, `12345678-1234-4678-9234-567812345678` |
//! | [`COMPLEX`] | a tuple of two `f64` |
//! | [`PATH`] | text |
//! | [`INTEGER`] | text, the digits; only for integers beyond 128 bits |
//! | [`SET`], [`TUPLE`] | a sequence |
//!
//! Bytes need no name: serde has them. So does every integer up to 128 bits.
//!
//! A type of yours that wraps one of these (`#[serde(transparent)]`, or a newtype struct) passes
//! it on unchanged. A type that serializes as a newtype struct under one of these names with
//! something else inside is an error in datason's serializer.

/// What every name of the protocol begins with.
pub const PREFIX: &str = "$datason::";
/// The name of a [`DateTime`](super::DateTime).
pub const DATE_TIME: &str = "$datason::DateTime";
/// The name of a [`Date`](super::Date).
pub const DATE: &str = "$datason::Date";
/// The name of a [`Time`](super::Time).
pub const TIME: &str = "$datason::Time";
/// The name of a [`Duration`](super::Duration).
pub const DURATION: &str = "$datason::Duration";
/// The name of a [`Decimal`](super::Decimal).
pub const DECIMAL: &str = "$datason::Decimal";
/// The name of a [`Uuid`](super::Uuid).
pub const UUID: &str = "$datason::Uuid";
/// The name of a [`Complex`](super::Complex).
pub const COMPLEX: &str = "$datason::Complex";
/// The name of a [`FilePath`](super::FilePath).
pub const PATH: &str = "$datason::Path";
/// The name of an [`Integer`](super::Integer) beyond 128 bits.
pub const INTEGER: &str = "$datason::Integer";
/// The name of a [`Set`](super::Set).
pub const SET: &str = "$datason::Set";
/// The name of a [`Value::Tuple`](super::Value::Tuple).
pub const TUPLE: &str = "$datason::Tuple";
