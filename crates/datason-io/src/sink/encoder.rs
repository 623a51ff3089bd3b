//! Where the bytes of a sink go, and the compression before it.

use std::fs::File;
use std::io::{self, Write};
use std::mem;

use flate2::write::GzEncoder;
use zstd::stream::write::Encoder as ZstdEncoder;

use super::append::AppendFile;
use super::atomic::AtomicFile;
use super::partial::PartialFile;
use crate::retry::write_once;
use crate::sniff::Compression;

/// Levels that the tools themselves use unless told otherwise.
const GZIP_LEVEL: i32 = 6;
const ZSTD_LEVEL: i32 = 3;

/// The end of a sink: counts what arrives.
pub(super) struct Target {
    pub(super) outlet: Outlet,
    pub(super) stored: u64,
}

pub(super) enum Outlet {
    File(Box<AtomicFile>),
    Append(Box<AppendFile>),
    Partial(Box<PartialFile>),
    Device(File),
    Writer(Box<dyn Write + Send>),
    /// Taken away: whatever an encoder still has to say is lost.
    Closed,
}

impl Target {
    pub(super) const fn new(outlet: Outlet) -> Self {
        Self { outlet, stored: 0 }
    }
}

impl Outlet {
    fn writer(&mut self) -> Option<&mut dyn Write> {
        match self {
            Self::File(file) => Some(file),
            Self::Append(file) => Some(file),
            Self::Partial(file) => Some(file),
            Self::Device(file) => Some(file),
            Self::Writer(writer) => Some(writer),
            Self::Closed => None,
        }
    }
}

/// Repeats interrupted writes, which the encoders would take for failures.
impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = match self.outlet.writer() {
            Some(writer) => write_once(writer, bytes)?,
            None => bytes.len(),
        };
        self.stored += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.outlet.writer().map_or(Ok(()), Write::flush)
    }
}

pub(super) enum Encoder {
    Plain(Target),
    Gzip(GzEncoder<Target>),
    Zstd(ZstdEncoder<'static, Target>),
}

impl Encoder {
    /// `level` is one that the compression has.
    pub(super) fn new(
        target: Target,
        compression: Compression,
        level: Option<i32>,
    ) -> io::Result<Self> {
        Ok(match compression {
            Compression::None => Self::Plain(target),
            Compression::Gzip => {
                let level = flate2::Compression::new(level.unwrap_or(GZIP_LEVEL).unsigned_abs());
                Self::Gzip(GzEncoder::new(target, level))
            }
            Compression::Zstd => {
                let mut encoder = ZstdEncoder::new(target, level.unwrap_or(ZSTD_LEVEL))?;
                // As zstd(1) does: without it damage can go unnoticed.
                encoder.include_checksum(true)?;
                Self::Zstd(encoder)
            }
        })
    }

    /// Writes the end of the compressed data.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(_) => Ok(()),
            Self::Gzip(encoder) => encoder.try_finish(),
            Self::Zstd(encoder) => encoder.do_finish(),
        }
    }

    /// Ends the compressed data and begins anew behind it. Nothing to do without compression.
    pub(super) fn restart(
        &mut self,
        compression: Compression,
        level: Option<i32>,
    ) -> io::Result<()> {
        if matches!(self, Self::Plain(_)) {
            return Ok(());
        }
        self.finish()?;
        let target = self.take_target();
        *self = Self::new(target, compression, level)?;
        Ok(())
    }

    /// Brings to disk what has reached the target. Whether that is possible there.
    pub(super) fn sync(&mut self) -> io::Result<bool> {
        let target = self.target_mut();
        match &mut target.outlet {
            Outlet::File(file) => file.sync().map(|()| true),
            Outlet::Append(file) => file.commit().map(|()| true),
            Outlet::Partial(file) => file.commit().map(|()| true),
            Outlet::Device(_) | Outlet::Writer(_) => target.flush().map(|()| false),
            Outlet::Closed => Ok(false),
        }
    }

    /// Takes the target away: nothing the encoder does later reaches it.
    pub(super) fn take_target(&mut self) -> Target {
        mem::replace(self.target_mut(), Target::new(Outlet::Closed))
    }

    pub(super) fn stored_bytes(&self) -> u64 {
        self.target().stored
    }

    /// Counts what a partial file held before as written.
    pub(super) fn set_stored(&mut self, bytes: u64) {
        self.target_mut().stored = bytes;
    }

    /// What a file that is added to held before.
    pub(super) fn length_before(&self) -> u64 {
        let target = self.target();
        match &target.outlet {
            Outlet::Append(file) => file.length_to_keep() - target.stored,
            _ => 0,
        }
    }

    fn target(&self) -> &Target {
        match self {
            Self::Plain(target) => target,
            Self::Gzip(encoder) => encoder.get_ref(),
            Self::Zstd(encoder) => encoder.get_ref(),
        }
    }

    fn target_mut(&mut self) -> &mut Target {
        match self {
            Self::Plain(target) => target,
            Self::Gzip(encoder) => encoder.get_mut(),
            Self::Zstd(encoder) => encoder.get_mut(),
        }
    }
}

impl Write for Encoder {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(target) => target.write(bytes),
            Self::Gzip(encoder) => encoder.write(bytes),
            Self::Zstd(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(target) => target.flush(),
            Self::Gzip(encoder) => encoder.flush(),
            Self::Zstd(encoder) => encoder.flush(),
        }
    }
}
