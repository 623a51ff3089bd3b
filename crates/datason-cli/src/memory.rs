//! How a limit on the memory of a conversion is shared out.
//!
//! Fixed before anything is read, so that it does not depend on the run which record fits.

use datason_core::{ByteSize, Error, ErrorKind, Result};
use datason_io::Compression;
use datason_json::{ReaderBuilder, WriterBuilder};

/// What of a limit is whose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shares {
    pub(crate) reader: ByteSize,
    /// The longest record, where that is less than the reader's share allows.
    pub(crate) record: Option<ByteSize>,
    pub(crate) writer: ByteSize,
    pub(crate) columns: ByteSize,
    /// What may be held of an input that can be read once and is looked at before.
    pub(crate) sample: ByteSize,
}

impl Shares {
    /// The shares of a conversion to text. A record whose line breaks go is copied, which is the
    /// writer's share. Where records are written anew (`rewrites`) they are values in between,
    /// which take up to forty times their text.
    pub(crate) fn of_text(
        limit: ByteSize,
        compression: Compression,
        rewrites: bool,
    ) -> Result<Self> {
        const VALUE: u64 = 40;
        let (output, rest) = without_output(limit, compression)?;
        let (reader, record, text) = if rewrites {
            (rest / 2, Some(ByteSize(rest / 4 / VALUE)), rest / 4)
        } else {
            (rest / 16 * 13, None, rest / 16 * 3)
        };
        let (reader, writer) = (ByteSize(reader), ByteSize(output + text));
        check(limit, reader)?;
        Ok(Self { reader, record, writer, columns: ByteSize(0), sample: ByteSize(0) })
    }

    /// The shares of a conversion to columns. A batch that is written is copied once.
    pub(crate) fn of_columns(limit: ByteSize, compression: Compression) -> Result<Self> {
        let (output, rest) = without_output(limit, compression)?;
        let (reader, columns) = (ByteSize(rest / 2), ByteSize(rest / 8 * 3));
        check(limit, reader)?;
        let (writer, sample) = (ByteSize(output + rest / 8), ByteSize(rest / 32));
        Ok(Self { reader, record: None, writer, columns, sample })
    }
}

/// What the output takes whatever is written, and what that leaves.
fn without_output(limit: ByteSize, compression: Compression) -> Result<(u64, u64)> {
    let output = WriterBuilder::output_memory(compression).as_u64();
    let rest = limit.as_u64().saturating_sub(output);
    if rest < ReaderBuilder::LEAST_MEMORY.as_u64() {
        return Err(too_low(limit));
    }
    Ok((output, rest))
}

fn check(limit: ByteSize, reader: ByteSize) -> Result<()> {
    if reader < ReaderBuilder::LEAST_MEMORY { Err(too_low(limit)) } else { Ok(()) }
}

#[cold]
fn too_low(limit: ByteSize) -> Error {
    let message = format!(
        "`--memory-limit {limit}` is too low for this conversion: to text it takes 4MiB, with \
         `--config` or to columns 7MiB, and 5MiB more if zstd is written"
    );
    Error::new(ErrorKind::Argument, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_are_no_more_than_the_whole() {
        for mebibytes in [4, 7, 12, 64, 1 << 20] {
            let limit = ByteSize::mib(mebibytes);
            for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
                for rewrites in [false, true] {
                    let Ok(shares) = Shares::of_text(limit, compression, rewrites) else {
                        continue;
                    };
                    let values = shares.record.map_or(0, |record| record.as_u64() * 40);
                    let sum = shares.reader.as_u64() + shares.writer.as_u64() + values;
                    assert!(sum <= limit.as_u64(), "{limit} {shares:?}");
                }
                let Ok(shares) = Shares::of_columns(limit, compression) else { continue };
                let sum =
                    [shares.reader, shares.writer, shares.columns].map(|share| share.as_u64());
                assert!(sum.iter().sum::<u64>() <= limit.as_u64(), "{limit} {shares:?}");
            }
        }
    }

    #[test]
    fn what_is_said_of_the_least_is_true() {
        let (plain, zstd) = (Compression::None, Compression::Zstd);
        let mib = ByteSize::mib;
        assert!(Shares::of_text(mib(4), plain, false).is_ok());
        assert!(Shares::of_text(mib(3), plain, false).is_err());
        assert!(Shares::of_text(mib(7), plain, true).is_ok());
        assert!(Shares::of_columns(mib(7), plain).is_ok());
        assert!(Shares::of_columns(mib(12), zstd).is_ok());
        assert!(Shares::of_columns(mib(6), plain).is_err());
    }
}
