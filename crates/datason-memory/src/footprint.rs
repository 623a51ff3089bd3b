//! Bytes in memory and bytes of JSON, from one walk over a value.

mod kind;
mod text;
mod walk;

use datason_core::{Error, ErrorKind, Result};
use serde::Serialize;

use self::walk::Weight;

/// What a value takes in memory, and as JSON.
///
/// Found by one walk over what the value serializes, without building a text: costs about as
/// much as serializing, and no memory to speak of.
///
/// # What is exact, and what is a model
/// **`serialized_bytes`** is the length of the compact JSON text under the default
/// configuration. It is exact but for floats in exponent form, which may be off by two bytes.
///
/// **`resident_bytes`** is the value itself with everything it owns on the heap, as requested
/// from the allocator (which rounds up each piece to 16 bytes or so). Serializing shows values,
/// not how they lie in memory, so this follows a model:
///
/// | what | counted as | off where |
/// |---|---|---|
/// | numbers, `char`, fields of structs, members of tuples | their size | – |
/// | texts | 24 bytes and their length | there is spare capacity |
/// | lists | 24 bytes, and for each member what the largest of them takes where it lies | there is spare capacity, as after pushing: up to twice |
/// | maps and sets | themselves, and the table or tree that so many entries have (see [`room`](datason_core::chunkable::room)) | more room was asked for than entries came; a tree was built at once from sorted pairs: up to 1.4 times |
/// | maps of other crates | 48 bytes, and per entry 1.5 times key and value | by how full their tables are |
/// | dynamic values (`serde_json`'s and ours) | what their type takes where it lies; lists as parsers leave them, which push | they were not parsed |
/// | enums | the largest variant seen, and a tag where no member leaves room for it | variants are larger that were not seen |
/// | what is behind a reference, `Rc` or `Box` | as if owned | it is shared |
/// | fields that are not serialized | not at all | – |
///
/// Maps and dynamic values are known by the names of their types, which is the most that a
/// serializer can ask for. A test of this crate keeps rows, maps and dynamic values of a dozen
/// shapes within 15 % of what the allocator was asked for.
///
/// # Example
/// ```
/// use datason_memory::Footprint;
///
/// #[derive(serde::Serialize)]
/// struct Trade { id: u64, symbol: String, price: f64 }
///
/// let trades: Vec<Trade> = (0..100)
///     .map(|id| Trade { id, symbol: "ACME".to_owned(), price: 12.5 })
///     .collect();
/// let footprint = Footprint::of(&trades)?;
/// assert_eq!(footprint.items, 100);
/// assert_eq!(footprint.resident_bytes, 24 + 100 * (8 + 24 + 4 + 8));
/// # Ok::<(), datason_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Footprint {
    /// Bytes of compact JSON.
    pub serialized_bytes: u64,
    /// Bytes of memory.
    pub resident_bytes: u64,
    /// Members of a list, entries of a map; 1 for anything else.
    pub items: u64,
}

impl Footprint {
    /// The footprint of `value`.
    ///
    /// # Errors
    /// [`ErrorKind::Data`] if it refuses to be serialized.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Result<Self> {
        let weight = weigh(value)?;
        Ok(Self {
            serialized_bytes: weight.text,
            resident_bytes: weight.placed(size_of_val(value)),
            items: weight.members.unwrap_or(1),
        })
    }

    /// The footprint of the items in `list`, without the list around them, where each takes
    /// `item_bytes` where it lies; `None` if that is not known.
    ///
    /// For pieces of a larger whole: lists of references, runs of a map.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    ///
    /// # Example
    /// ```
    /// use datason_memory::Footprint;
    ///
    /// let numbers: [&Option<u8>; 3] = [&Some(1), &None, &None];
    /// let footprint = Footprint::of_items(numbers.as_slice(), Some(size_of::<Option<u8>>()))?;
    /// assert_eq!((footprint.items, footprint.resident_bytes), (3, 6));
    /// # Ok::<(), datason_core::Error>(())
    /// ```
    pub fn of_items<T: Serialize + ?Sized>(list: &T, item_bytes: Option<usize>) -> Result<Self> {
        let weight = weigh(list)?;
        Ok(Self {
            serialized_bytes: weight.text,
            resident_bytes: weight.contents(item_bytes),
            items: weight.members.unwrap_or(1),
        })
    }

    /// What is known from figures that were found by other means.
    pub const fn from_parts(serialized_bytes: u64, resident_bytes: u64, items: u64) -> Self {
        Self { serialized_bytes, resident_bytes, items }
    }
}

fn weigh<T: Serialize + ?Sized>(value: &T) -> Result<Weight> {
    walk::weigh(value).map_err(|refused| Error::new(ErrorKind::Data, refused.0))
}
