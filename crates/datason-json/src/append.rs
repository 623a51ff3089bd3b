//! Files of JSON Lines that are added to, also behind a tail that a crash has torn.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use datason_core::{ByteSize, Error, ErrorKind, Result, escape};
use datason_io::{AppendFile, Compression, Encoding, Sink, SinkOptions, Source, SourceOptions};
use memchr::{memchr, memrchr};

use crate::codec::{Codec, MAX_DEPTH_CEILING, SerdeJson};
use crate::format::Format;
use crate::frame::trimmed;

/// What becomes of a last line that is no whole record, when a file is added to.
///
/// Such a tail is what a killed process or a power cut leaves: half a record, half a character,
/// or zeros that the file system put where data was to come. A new record must not be glued to
/// it, and it must not go unmentioned: [`Tail`] tells what was found and done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TornTail {
    /// It is cut off.
    #[default]
    Cut,
    /// It gets a line end and stays, as a bad record on a line of its own.
    Isolate,
    /// It is an error, and the file stays as it is.
    Refuse,
}

impl TornTail {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::Cut, Self::Isolate, Self::Refuse];

    /// The name that [`FromStr`] takes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cut => "cut",
            Self::Isolate => "isolate",
            Self::Refuse => "refuse",
        }
    }
}

impl FromStr for TornTail {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|way| way.name() == text).ok_or_else(|| {
            let message = format!("a torn tail is not treated by `{text}`: cut, isolate, refuse");
            Error::new(ErrorKind::Argument, message)
        })
    }
}

/// What stood at the end of a file that is added to, and what becomes of it. Bytes are counted
/// in the text; in a compressed file that is the decompressed one.
///
/// Done with the first record that goes to the file, or when it is finished: a stream that is
/// dropped before has changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tail {
    /// Nothing, or a line end: there is nothing to mend.
    Whole,
    /// A whole record that lacked its line end, and gets one.
    ///
    /// Half a number cannot be told from a whole one; half of anything else can.
    Ended {
        /// Where the record begins.
        start: u64,
        /// Its length.
        bytes: u64,
    },
    /// A torn record, which is cut off.
    CutOff {
        /// Where it begins, and where the file goes on.
        start: u64,
        /// How much is cut off.
        bytes: u64,
        /// What is wrong with it.
        torn: Torn,
    },
    /// A torn record, which gets a line end and stays.
    Isolated {
        /// Where it begins.
        start: u64,
        /// Its length, without the line end.
        bytes: u64,
        /// What is wrong with it.
        torn: Torn,
    },
}

/// How one sees that a last line is torn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Torn {
    /// There are zeros in it.
    Zeros,
    /// It is not UTF-8; it may end inside a character.
    NotUtf8,
    /// It is not JSON; mostly its end is missing.
    NotJson,
    /// It is longer than 256 MiB, and was not looked at.
    TooLong,
}

impl Tail {
    /// A name for programs: `whole`, `ended`, `cut_off`, `isolated`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Ended { .. } => "ended",
            Self::CutOff { .. } => "cut_off",
            Self::Isolated { .. } => "isolated",
        }
    }

    /// Where the last record begins and its length; `None` if there is nothing to mend.
    pub const fn place(&self) -> Option<(u64, u64)> {
        match *self {
            Self::Whole => None,
            Self::Ended { start, bytes }
            | Self::CutOff { start, bytes, .. }
            | Self::Isolated { start, bytes, .. } => Some((start, bytes)),
        }
    }

    /// What is wrong with it, if it is torn.
    pub const fn torn(&self) -> Option<Torn> {
        match *self {
            Self::Whole | Self::Ended { .. } => None,
            Self::CutOff { torn, .. } | Self::Isolated { torn, .. } => Some(torn),
        }
    }
}

impl Torn {
    /// A name for programs: `zeros`, `not_utf8`, `not_json`, `too_long`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Zeros => "zeros",
            Self::NotUtf8 => "not_utf8",
            Self::NotJson => "not_json",
            Self::TooLong => "too_long",
        }
    }
}

impl fmt::Display for Torn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Zeros => "zero bytes",
            Self::NotUtf8 => "broken UTF-8",
            Self::NotJson => "half a record",
            Self::TooLong => "a line of more than 256 MiB",
        })
    }
}

/// As in "appending: …".
impl fmt::Display for Tail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => f.write_str("the file ended with a whole record"),
            Self::Ended { start, .. } => {
                write!(f, "the last record, at byte {start}, had no line end and got one")
            }
            Self::CutOff { start, bytes, torn } => {
                write!(f, "{torn} at the end, {bytes} bytes from byte {start} on, was cut off")
            }
            Self::Isolated { start, bytes, torn } => {
                write!(f, "{torn} at the end, {bytes} bytes from byte {start} on, got a line end")
            }
        }
    }
}

/// A last line longer than this is not looked at.
const LONGEST: ByteSize = ByteSize::mib(256);

/// A last line that lacks its end.
struct LastLine {
    start: u64,
    bytes: u64,
    /// What is wrong with it; `None` if it is a record.
    torn: Option<Torn>,
}

impl LastLine {
    /// `None` if there is nothing but blanks, which a new record may stand behind.
    fn judged(start: u64, text: &[u8]) -> Result<Option<Self>> {
        let bytes = text.len() as u64;
        // Only here may a byte order mark stand.
        let mark = if start == 0 { Encoding::from_prefix(text).bom_len() } else { 0 };
        // What JSON takes for white space: no reader passes over a form feed.
        let text = &text[trimmed(text, mark..text.len())];
        let torn = if text.is_empty() {
            return Ok(None);
        } else if memchr(0, text).is_some() {
            Some(Torn::Zeros)
        } else if simdutf8::basic::from_utf8(text).is_err() {
            Some(Torn::NotUtf8)
        } else {
            let judged = SerdeJson::with_max_depth(MAX_DEPTH_CEILING)?.validate(text);
            judged.is_err().then_some(Torn::NotJson)
        };
        Ok(Some(Self { start, bytes, torn }))
    }

    fn too_long(start: u64, bytes: u64) -> Self {
        Self { start, bytes, torn: Some(Torn::TooLong) }
    }
}

/// A sink behind the last record of the file at `path`, which is made if it is missing.
pub(crate) fn open(path: &Path, options: &SinkOptions, way: TornTail) -> Result<(Sink, Tail)> {
    let mut file = AppendFile::open(path)?;
    let compression = options.compression.unwrap_or_else(|| Compression::from_path(path));
    let last = match compression {
        _ if file.length() == 0 => None,
        Compression::None => plain(&mut file, path)?,
        compression => compressed(path, compression)?,
    };
    let tail = match last {
        None => Tail::Whole,
        Some(last) => treat(&last, way, compression).map_err(|error| error.in_file(path))?,
    };
    if let Tail::CutOff { start, .. } = tail {
        file.cut_to(start);
    }
    let mut sink = Sink::append(file, options)?;
    if let Tail::Ended { .. } | Tail::Isolated { .. } = tail {
        sink.put(b"\n")?;
    }
    Ok((sink, tail))
}

fn treat(last: &LastLine, way: TornTail, compression: Compression) -> Result<Tail> {
    let LastLine { start, bytes, torn } = *last;
    let Some(torn) = torn else { return Ok(Tail::Ended { start, bytes }) };
    let found = format!("the file ends in {torn}, {bytes} bytes from byte {start} on");
    match way {
        TornTail::Isolate => Ok(Tail::Isolated { start, bytes, torn }),
        TornTail::Cut if compression == Compression::None => {
            Ok(Tail::CutOff { start, bytes, torn })
        }
        TornTail::Cut => {
            let message = format!("{found}, inside {compression} data that cannot be cut there");
            Err(Error::new(ErrorKind::Truncated, message).fatal())
        }
        TornTail::Refuse => Err(Error::new(ErrorKind::Truncated, found).fatal()),
    }
}

fn plain(file: &mut AppendFile, path: &Path) -> Result<Option<LastLine>> {
    let front = file.read_at(0, file.length().min(Format::SNIFFED_BYTES as u64))?;
    if let found @ (Compression::Gzip | Compression::Zstd) = Compression::from_magic(&front) {
        return Err(holds(path, found.name(), "plain text"));
    }
    check_lines(&front, front.len() as u64 == file.length(), path)?;
    let start = file.last_line()?;
    match file.length() - start {
        0 => Ok(None),
        bytes if bytes > LONGEST.as_u64() => Ok(Some(LastLine::too_long(start, bytes))),
        bytes => LastLine::judged(start, &file.read_at(start, bytes)?),
    }
}

/// Lines can follow lines only.
fn check_lines(front: &[u8], at_end: bool, path: &Path) -> Result<()> {
    // One byte and zeros behind it are a torn record, and no UTF-32.
    let written = front.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let encoding = Encoding::from_prefix(&front[..written]);
    if !encoding.is_utf8() {
        return Err(holds(path, encoding.name(), "UTF-8"));
    }
    match Format::sniff(front, at_end, Some(Format::Jsonl)) {
        Format::Jsonl => Ok(()),
        other => Err(holds(path, other.name(), "jsonl")),
    }
}

/// Reads all of it, which tells whether another member or frame can follow.
fn compressed(path: &Path, compression: Compression) -> Result<Option<LastLine>> {
    let mut source = Source::open(path, &SourceOptions::new())?;
    if source.compression() != compression {
        return Err(holds(path, source.compression().name(), compression.name()));
    }
    let mut block = vec![0; 64 << 10];
    let (mut line, mut start, mut text) = (Vec::new(), 0, 0);
    loop {
        let read = match source.fill(&mut block) {
            Ok(0) => break,
            Ok(read) => &block[..read],
            Err(error) => return Err(torn_frame(&error, source.whole_frames_len())),
        };
        if text == 0 {
            check_lines(read, false, path)?;
        }
        let end = memrchr(b'\n', read).map_or(0, |newline| newline + 1);
        if end > 0 {
            line.clear();
            start = text + end as u64;
        }
        text += read.len() as u64;
        if text - start <= LONGEST.as_u64() {
            line.extend_from_slice(&read[end..]);
        }
    }
    match text - start {
        0 => Ok(None),
        bytes if bytes > LONGEST.as_u64() => Ok(Some(LastLine::too_long(start, bytes))),
        _ => LastLine::judged(start, &line),
    }
}

#[cold]
fn holds(path: &Path, found: &str, wanted: &str) -> Error {
    let name = escape(path.as_os_str().as_encoded_bytes());
    let message = format!("`{name}` holds {found}, to which {wanted} cannot be added");
    Error::new(ErrorKind::Data, message).in_file(path).fatal()
}

/// What is behind the last whole frame would make what follows unreadable.
#[cold]
fn torn_frame(error: &Error, whole: u64) -> Error {
    let message = format!(
        "{}: nothing can be added behind that; the file is whole up to byte {whole}",
        error.message()
    );
    let named = Error::new(error.kind(), message).fatal();
    match error.path() {
        Some(path) => named.in_file(path),
        None => named,
    }
}
