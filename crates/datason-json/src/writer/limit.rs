//! What a writer may take of memory.

use datason_core::{Budget, ByteSize, Error, ErrorKind, Held, Result};
use datason_io::Compression;

use crate::ser::Refused;

/// The serializer's output grows by this much before it is cut to size, and a record has what
/// separates it from others.
pub(super) const SLACK: usize = 128;

/// What a limit on memory leaves for the text of a record.
#[derive(Debug)]
pub(super) struct TextLimit {
    pub(super) limit: ByteSize,
    /// How long the text of a record may be.
    pub(super) text: usize,
    /// What the writer holds of a budget as long as it lives.
    _held: Option<Held>,
}

impl TextLimit {
    /// Shares out `limit`: what the output takes, and text. `sorts`: half of that is for sorting.
    ///
    /// # Errors
    /// `Argument` for a limit that is too low, `Limit` if others have taken too much of `budget`.
    pub(super) fn new(
        limit: ByteSize,
        budget: Option<&Budget>,
        output: ByteSize,
        sorts: bool,
    ) -> Result<Self> {
        /// Room for records worth the name.
        const LEAST_TEXT: u64 = 16 << 10;
        let shares = if sorts { 2 } else { 1 };
        let text = limit.as_u64().saturating_sub(output.as_u64()) / shares;
        if text < LEAST_TEXT {
            let least = ByteSize(output.as_u64() + shares * LEAST_TEXT);
            let message = format!("a memory limit of {limit}; this output takes at least {least}");
            return Err(Error::new(ErrorKind::Argument, message));
        }
        let bytes = usize::try_from(limit.as_u64()).unwrap_or(usize::MAX);
        let held = budget.map(|budget| budget.try_hold(bytes)).transpose()?;
        let text = usize::try_from(text).unwrap_or(usize::MAX).saturating_sub(SLACK);
        Ok(Self { limit, text, _held: held })
    }

    /// How much text is gathered where `asked` for: so little that a record of the largest size
    /// can follow.
    pub(super) fn buffer_size(&self, asked: usize) -> usize {
        asked.min(self.text / 4)
    }

    /// The error for a record of `length` or more.
    #[cold]
    pub(super) fn exceeded(&self, record: u64, length: usize) -> Error {
        let (limit, length) = (self.limit, ByteSize(length as u64));
        let left = ByteSize(self.text as u64);
        let message = format!(
            "record {record} of the output takes at least {length} of text, and the memory limit \
             of {limit} leaves {left} for it"
        );
        Error::new(ErrorKind::Limit, message)
    }
}

/// The most memory that an output takes which is compressed so, at the usual level: a block that
/// is being filled, and the compressor.
pub(super) const fn output_memory(compression: Compression) -> ByteSize {
    match compression {
        Compression::None => ByteSize::kib(64),
        Compression::Gzip => ByteSize::kib(512),
        _ => ByteSize::mib(5),
    }
}

/// The error of a record that is longer than it may be.
pub(super) fn is_full(outcome: &Result<(), Refused>) -> bool {
    matches!(outcome, Err(Refused::Full { .. }))
}
