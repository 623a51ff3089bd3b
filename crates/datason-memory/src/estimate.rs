//! The figures of the feature document, and the advice drawn from them.

use std::fmt;

use datason_core::ByteSize;
use serde::Serialize;

use crate::footprint::Footprint;

/// How much memory an object takes, how long its text is, and how to cut it.
///
/// Serializes to the keys of the feature document, in its order. A megabyte is 1,024 × 1,024
/// bytes.
///
/// # Example
/// ```
/// use datason_core::ByteSize;
/// use datason_memory::{Footprint, MemoryEstimate};
///
/// // 5,000 texts of 10,000 letters.
/// let texts = vec!["x".repeat(10_000); 5_000];
/// let estimate = MemoryEstimate::new("list", &Footprint::of(&texts)?).target(ByteSize::mib(1));
/// assert_eq!(estimate.recommended_chunk_size, 104, "104 texts are a mebibyte");
/// assert_eq!(estimate.recommended_chunks, 49, "rounded up, so that no text is left over");
/// assert!((47.0..49.0).contains(&estimate.object_size_mb));
/// # Ok::<(), datason_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct MemoryEstimate {
    /// The type, by its name in the feature document.
    pub object_type: String,
    /// The object in memory with everything it owns, in megabytes.
    pub object_size_mb: f64,
    /// Its text, in megabytes.
    pub estimated_serialized_mb: f64,
    /// Items, rows or pairs; 1 for a single object.
    pub item_count: u64,
    /// The share of one item in the object, in bytes of memory.
    pub estimated_item_size_bytes: f64,
    /// How many items make a chunk whose text is about as long as the target; at least 1.
    pub recommended_chunk_size: u64,
    /// How many such chunks there are, the last one included; 0 if there are no items.
    pub recommended_chunks: u64,
    #[serde(skip)]
    footprint: Footprint,
}

/// `pandas.DataFrame of 1000 items: 0.4 MB in memory, 0.6 MB of text; 2 chunks of 500`.
impl fmt::Display for MemoryEstimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { object_type, item_count, recommended_chunks, recommended_chunk_size, .. } = self;
        let (object, text) = (self.object_size_mb, self.estimated_serialized_mb);
        let plural = |count: u64| if count == 1 { "" } else { "s" };
        write!(f, "{object_type} of {item_count} item{}: ", plural(*item_count))?;
        write!(f, "{object:.1} MB in memory, {text:.1} MB of text; ")?;
        write!(f, "{recommended_chunks} chunk{} ", plural(*recommended_chunks))?;
        write!(f, "of {recommended_chunk_size}")
    }
}

impl MemoryEstimate {
    /// How long the text of a chunk should be unless told otherwise: 50 MiB, as in the original.
    pub const TARGET: ByteSize = ByteSize::mib(50);

    /// What follows from `footprint`.
    pub fn new(object_type: impl Into<String>, footprint: &Footprint) -> Self {
        let items = footprint.items;
        Self {
            object_type: object_type.into(),
            object_size_mb: megabytes(footprint.resident_bytes),
            estimated_serialized_mb: megabytes(footprint.serialized_bytes),
            item_count: items,
            estimated_item_size_bytes: ratio(footprint.resident_bytes, items.max(1)),
            recommended_chunk_size: 1,
            recommended_chunks: items,
            footprint: *footprint,
        }
        .target(Self::TARGET)
    }

    /// The same estimate with chunks whose text is about `target` long.
    #[must_use]
    pub fn target(mut self, target: ByteSize) -> Self {
        let Footprint { serialized_bytes, items, .. } = self.footprint;
        let text = serialized_bytes.max(1);
        let fitting = u128::from(target.as_u64()) * u128::from(items.max(1)) / u128::from(text);
        self.recommended_chunk_size = u64::try_from(fitting).unwrap_or(u64::MAX).max(1);
        self.recommended_chunks = items.div_ceil(self.recommended_chunk_size);
        self
    }

    /// The figures in bytes.
    pub fn footprint(&self) -> &Footprint {
        &self.footprint
    }
}

fn megabytes(bytes: u64) -> f64 {
    ratio(bytes, 1 << 20)
}

#[expect(clippy::cast_precision_loss, reason = "figures to look at")]
fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn footprint(items: u64, serialized_bytes: u64) -> Footprint {
        Footprint { serialized_bytes, resident_bytes: 3 << 20, items }
    }

    #[test]
    fn the_keys_are_those_of_the_feature_document() {
        let estimate = MemoryEstimate::new("list", &footprint(4, 1 << 20));
        assert_eq!(
            serde_json::to_string(&estimate).unwrap(),
            r#"{"object_type":"list","object_size_mb":3.0,"estimated_serialized_mb":1.0,"item_count":4,"estimated_item_size_bytes":786432.0,"recommended_chunk_size":200,"recommended_chunks":1}"#
        );
    }

    #[test]
    fn an_estimate_reads_as_a_sentence() {
        let text = MemoryEstimate::new("list", &footprint(4, 1 << 20)).to_string();
        assert_eq!(text, "list of 4 items: 3.0 MB in memory, 1.0 MB of text; 1 chunk of 200");
    }

    #[test]
    fn chunks_are_counted_up() {
        let estimate = MemoryEstimate::new("list", &footprint(5_000_000, 51 << 20));
        assert_eq!(estimate.recommended_chunks, 2);
        let covered = estimate.recommended_chunk_size * estimate.recommended_chunks;
        assert!(covered >= 5_000_000);
    }

    #[test]
    fn nothing_and_giants_have_sound_figures() {
        let nothing = MemoryEstimate::new("list", &footprint(0, 2));
        assert_eq!((nothing.recommended_chunks, nothing.item_count), (0, 0));
        assert!(nothing.recommended_chunk_size > 0);
        let giant = MemoryEstimate::new("Blob", &footprint(1, u64::MAX)).target(ByteSize(0));
        assert_eq!((giant.recommended_chunk_size, giant.recommended_chunks), (1, 1));
    }
}
