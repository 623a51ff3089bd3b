//! Raw records and chunks, decoded.

use datason_core::{Chunk, Record, Records, Result};
use serde::Deserialize;

use crate::codec::SerdeJson;

/// What can be decoded as JSON: a record as a row, a raw chunk as a list of rows.
///
/// # Example
/// ```
/// use datason_json::{Decode, ReaderBuilder};
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Event<'a> { user: &'a str }
///
/// let mut reader = ReaderBuilder::new().from_slice(b"{\"user\":\"ann\"}\n{\"user\":\"bo\"}\n");
/// let mut users = String::new();
/// while let Some(record) = reader.next_record()? {
///     let event: Event<'_> = record.deserialize()?; // borrowed: no allocation a row
///     users += event.user;
/// }
/// assert_eq!(users, "annbo");
/// # Ok::<(), datason_core::Error>(())
/// ```
pub trait Decode<'a> {
    /// What `T` stands for: itself for a record, a list of it for a chunk.
    type Decoded<T>;

    /// Decodes with [`SerdeJson`], borrowing from the text where `T` does.
    ///
    /// A `&str` can be borrowed only from a text without escapes, and fails otherwise; a
    /// `Cow<str>` (with `#[serde(borrow)]`) always works.
    ///
    /// Allows 128 levels of nesting, whatever the reader allows; for another limit call
    /// [`SerdeJson::decode_borrowed`] on [`Record::as_bytes`].
    ///
    /// # Errors
    /// `Utf8`, `Syntax`, `Truncated`, `Data` or `Limit`, with the place in the input.
    fn deserialize<T: Deserialize<'a>>(&self) -> Result<Self::Decoded<T>>;
}

impl<'a> Decode<'a> for Record<'a> {
    type Decoded<T> = T;

    fn deserialize<T: Deserialize<'a>>(&self) -> Result<T> {
        SerdeJson::new().decode_borrowed(self.as_bytes()).map_err(|error| error.at(*self))
    }
}

impl<'a> Decode<'a> for &'a Records {
    type Decoded<T> = Vec<T>;

    fn deserialize<T: Deserialize<'a>>(&self) -> Result<Vec<T>> {
        self.iter().map(|record| record.deserialize()).collect()
    }
}

impl<'a> Decode<'a> for &'a Chunk<Records> {
    type Decoded<T> = Vec<T>;

    fn deserialize<T: Deserialize<'a>>(&self) -> Result<Vec<T>> {
        self.data().deserialize()
    }
}
