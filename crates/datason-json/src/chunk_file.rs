//! Files of chunks, read back one chunk at a time.

mod shape;
mod typed;

use std::fs;
use std::io::{self, Read};
use std::iter::FusedIterator;
use std::path::Path;
use std::sync::Arc;

use datason_core::{
    ByteSize, Config, Error, ErrorKind, Position, Record, Rejects, Result, Value, escape,
};
use datason_io::{Compression, Source, SourceOptions};

use self::shape::{Shape, Survey};
pub use self::typed::{Items, Processed, Typed};
use crate::builder::ReaderBuilder;
use crate::chunked::ChunkText;
use crate::codec::{AnyCodec, CodecKind};
use crate::format::Format;
use crate::reader::Reader;
use crate::sidecar::Sidecar;

/// Opens the file at `path` and reads its chunks one at a time.
///
/// What the file is, is found out by its content, its extension only where content leaves room:
/// - **JSON Lines**: each line is a chunk. What `serialize_chunked` and streams save.
/// - **`{"chunks": […], "metadata": {…}}`** and **`{"data": […], …}`**: each element is a chunk.
///   What they save as JSON. The members may come in any order, and if both are there, `chunks`
///   is read.
/// - **An array**: each element is a chunk.
/// - **Values one behind the other**: each is a chunk.
///
/// gzip and zstd are recognised. One chunk is in memory at a time, also of a JSON document; a
/// file that is one object is read twice, first to see what members it has, which is quick.
///
/// A file does not say whether what it holds are chunks or single records, so the caller does:
/// iterate for what was written, chunk by chunk, or call [`ChunkFile::items`] for the items in
/// all chunks. A [`Sidecar`] beside the file does say so; if there is one it is read, checked
/// against the file, and believed.
///
/// # Errors
/// [`ErrorKind::Io`] if the file cannot be opened or read, [`ErrorKind::Data`] if it is an
/// object with neither `chunks` nor `data`, or has a sidecar that does not fit.
///
/// # Example
/// ```
/// use datason_json::{Format, deserialize_chunked_file, serialize_chunked};
///
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("words.json.gz");
/// serialize_chunked(&["a", "b", "c"], 2)?.save_to_file(&path, Format::Json)?;
///
/// let mut sizes = Vec::new();
/// for chunk in deserialize_chunked_file(&path)? {
///     sizes.push(chunk?.deserialize::<Vec<String>>()?.len());
/// }
/// assert_eq!(sizes, [2, 1]);
///
/// let words: Vec<String> = deserialize_chunked_file(&path)?.items().collect::<Result<_, _>>()?;
/// assert_eq!(words, ["a", "b", "c"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn deserialize_chunked_file(path: impl AsRef<Path>) -> Result<ChunkFile<Source>> {
    ChunkFileBuilder::new().open(path)
}

/// Options for reading chunked files.
///
/// # Example
/// ```
/// use datason_json::ChunkFileBuilder;
///
/// let text = br#"{"page": 1, "rows": [[1, 2], [3]]}"#;
/// let file = ChunkFileBuilder::new().pointer("/rows").from_reader(&text[..])?;
/// let rows: Vec<Vec<u8>> = file.typed().collect::<Result<_, _>>()?;
/// assert_eq!(rows, [vec![1, 2], vec![3]]);
/// # Ok::<(), datason_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ChunkFileBuilder {
    format: Option<Format>,
    pointer: Option<String>,
    compression: Option<Compression>,
    max_chunk_size: ByteSize,
    max_depth: usize,
    codec: CodecKind,
    sidecar: bool,
    rejects: Rejects,
}

impl ChunkFileBuilder {
    /// The defaults.
    pub const fn new() -> Self {
        Self {
            format: None,
            pointer: None,
            compression: None,
            max_chunk_size: ByteSize::mib(256),
            max_depth: Config::DEFAULT.max_depth,
            codec: CodecKind::SimdJson,
            sidecar: true,
            rejects: Rejects::FAIL,
        }
    }

    /// How the file is to be read, whatever it looks like. Default: found out. Under
    /// [`Format::Json`] an object must have `chunks` or `data`.
    #[must_use]
    pub fn format(mut self, format: Format) -> Self {
        self.format = Some(format);
        self
    }

    /// Where in the document the array of chunks stands, as a JSON pointer (RFC 6901).
    /// Default: `/chunks`, or else `/data`.
    #[must_use]
    pub fn pointer(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = Some(pointer.into());
        self
    }

    /// How the file is compressed. Default: found out by its first bytes.
    #[must_use]
    pub fn compression(mut self, compression: Compression) -> Self {
        self.compression = Some(compression);
        self
    }

    /// How large the text of a chunk may be. Default: 256 MiB. A larger one is
    /// [`ErrorKind::Limit`] with its place, and reading goes on behind it.
    #[must_use]
    pub fn max_chunk_size(mut self, size: ByteSize) -> Self {
        self.max_chunk_size = size;
        self
    }

    /// How many levels of nesting a chunk may have. Default: 1,000, as many as are written
    /// by default; at most 1,024.
    #[must_use]
    pub fn max_depth(mut self, levels: usize) -> Self {
        self.max_depth = levels;
        self
    }

    /// Which parser [`typed`](ChunkFile::typed) and [`items`](ChunkFile::items) use. Default:
    /// [`CodecKind::SimdJson`].
    #[must_use]
    pub fn codec(mut self, codec: CodecKind) -> Self {
        self.codec = codec;
        self
    }

    /// Whether a [`Sidecar`] beside the file is looked for and verified. Default: `true`.
    #[must_use]
    pub fn sidecar(mut self, yes: bool) -> Self {
        self.sidecar = yes;
        self
    }

    /// What becomes of bad chunks, as [`ReaderBuilder::on_error`] says it of records: those too
    /// large or not UTF-8, and those that [`typed`](ChunkFile::typed) and
    /// [`items`](ChunkFile::items) cannot decode. Default: each is an error.
    ///
    /// # Example
    /// ```
    /// use datason_core::OnError;
    /// use datason_json::ChunkFileBuilder;
    ///
    /// let text = "[1, 2]\n[3,\n[4]\n".as_bytes();
    /// let file = ChunkFileBuilder::new().on_error(OnError::Skip).from_reader(text)?;
    /// assert_eq!(file.items::<u8>().collect::<Result<Vec<_>, _>>()?, [1, 2, 4]);
    /// # Ok::<(), datason_core::Error>(())
    /// ```
    #[must_use]
    pub fn on_error(mut self, policy: impl Into<Rejects>) -> Self {
        self.rejects = policy.into();
        self
    }

    /// Opens the file at `path`: see [`deserialize_chunked_file`].
    ///
    /// # Errors
    /// As [`deserialize_chunked_file`], and [`ErrorKind::Argument`] for options that contradict
    /// each other.
    pub fn open(&self, path: impl AsRef<Path>) -> Result<ChunkFile<Source>> {
        let path = path.as_ref();
        let source = || Source::open(path, &self.source_options());
        // A pipe can be opened, but not twice.
        if !fs::metadata(path).is_ok_and(|about| about.is_file()) {
            return self.read_once(source()?, Some(path));
        }
        let sidecar = if self.sidecar { Sidecar::of(path)? } else { None };
        let survey =
            if self.is_told() { Survey::default() } else { Survey::of(source()?, usize::MAX)? };
        let shape = self.shape(&survey, Format::from_path(path));
        let reader = Rewound { front: io::Cursor::new(Vec::new()), rest: source()? };
        let file = self.read(reader, shape, survey.metadata, Some(path))?;
        Ok(ChunkFile { sidecar, ..file })
    }

    /// Reads `input`, which must be uncompressed and is read once.
    ///
    /// Of an object, whichever of `chunks` and `data` comes first is read, and it must begin
    /// within the first 64 KiB; name the place by [`pointer`](Self::pointer) if it does not.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn from_reader<R: Read>(&self, input: R) -> Result<ChunkFile<R>> {
        self.read_once(input, None)
    }

    fn read_once<R: Read>(&self, mut input: R, path: Option<&Path>) -> Result<ChunkFile<R>> {
        let mut front = Vec::new();
        let mut survey = Survey::default();
        if !self.is_told() {
            let most = Format::SNIFFED_BYTES as u64;
            let read = input.by_ref().take(most).read_to_end(&mut front);
            read.map_err(|error| datason_io::into_error(error, "cannot read"))?;
            survey =
                Survey::of(front.as_slice(), front.len())?.read_once(front.len() as u64 == most);
        }
        let shape = self.shape(&survey, path.and_then(Format::from_path));
        let reader = Rewound { front: io::Cursor::new(front), rest: input };
        self.read(reader, shape, survey.metadata, path)
    }

    /// Whether nothing is left to find out by looking at the members of an object.
    fn is_told(&self) -> bool {
        self.pointer.is_some() || matches!(self.format, Some(Format::Jsonl | Format::Concatenated))
    }

    fn shape(&self, survey: &Survey, named: Option<Format>) -> Shape {
        match &self.pointer {
            Some(pointer) => Shape::Document(pointer.clone()),
            None if self.is_told() => Shape::Stream,
            None => survey.shape(self.format == Some(Format::Json), named),
        }
    }

    fn read<R: Read>(
        &self,
        reader: Rewound<R>,
        shape: Shape,
        metadata: Option<Vec<u8>>,
        path: Option<&Path>,
    ) -> Result<ChunkFile<R>> {
        let mut options = ReaderBuilder::new()
            .max_record_size(self.max_chunk_size)
            .max_depth(self.max_depth)
            .codec(self.codec)
            .on_error(&self.rejects);
        match (shape, self.format) {
            (Shape::Neither(members), _) => return Err(neither(&members, path)),
            (Shape::Document(pointer), _) => options = options.pointer(pointer),
            (Shape::Stream, Some(format)) => options = options.format(format),
            (Shape::Stream, None) => {}
        }
        let codec = AnyCodec::new(self.codec, self.max_depth)?;
        let owned = path.map(Path::to_owned);
        let reader =
            Reader::new(reader, owned, Position::START, codec, options, Compression::None)?;
        let path = path.map(Into::into);
        Ok(ChunkFile { reader, path, metadata, sidecar: None, ended: false, builder: self.clone() })
    }

    fn source_options(&self) -> SourceOptions {
        match self.compression {
            Some(compression) => SourceOptions::new().compression(compression),
            None => SourceOptions::new(),
        }
    }
}

impl Default for ChunkFileBuilder {
    fn default() -> Self {
        Self::new()
    }
}

#[cold]
fn neither(members: &[String], path: Option<&Path>) -> Error {
    let members: Vec<String> =
        members.iter().map(|name| format!("`{}`", escape(name.as_bytes()))).collect();
    let found = match members.as_slice() {
        [] => "no member at all".to_owned(),
        members => members.join(", "),
    };
    let message = format!(
        "the document has neither `chunks` nor `data`, but {found}: say where its chunks stand, \
         or that it is jsonl"
    );
    in_file(Error::new(ErrorKind::Data, message).fatal(), path)
}

/// An input of which the front has been read already.
#[derive(Debug)]
struct Rewound<R> {
    front: io::Cursor<Vec<u8>>,
    rest: R,
}

impl<R: Read> Read for Rewound<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.front.read(buffer)? {
            0 => self.rest.read(buffer),
            read => Ok(read),
        }
    }
}

/// The chunks of a file, in order: see [`deserialize_chunked_file`].
///
/// The chunks before a fault come out first. After a fatal error (a document that ends too
/// early, a disk that fails) the iterator is at its end; after one that is not, such as a chunk
/// that is too large, it goes on. A chunk is cut out but not parsed: text that is no JSON is an
/// error of [`ChunkText::deserialize`], with its place in the file, and the next chunk is read
/// all the same.
#[derive(Debug)]
pub struct ChunkFile<R> {
    reader: Reader<Rewound<R>>,
    path: Option<Arc<Path>>,
    metadata: Option<Vec<u8>>,
    sidecar: Option<Sidecar>,
    /// Whether the number of records has been compared with the sidecar's.
    ended: bool,
    builder: ChunkFileBuilder,
}

impl<R: Read> ChunkFile<R> {
    /// The chunks as they are: the iterator itself, for reading aloud beside
    /// [`items`](Self::items).
    #[must_use]
    pub fn chunks(self) -> Self {
        self
    }

    /// Every chunk, decoded as `T` where it lies with the codec of the
    /// [builder](ChunkFileBuilder::codec), without a copy of its text: the fast way for a `T`
    /// that owns what it holds.
    ///
    /// A chunk that does not fit is an `Err` item, and the next one follows.
    pub fn typed<T>(self) -> Typed<R, T> {
        Typed::new(self)
    }

    /// The items in all chunks: the members of each chunk that is a list, and each chunk that
    /// is none as an item itself. So it gives the items of a file however they were chunked,
    /// and also those that were written one by one, unless they are lists themselves; with a
    /// [`sidecar`](Self::sidecar) that says so, lists that are items come out whole.
    ///
    /// One chunk is decoded at a time. A chunk that does not fit is an `Err` item, and the next
    /// one follows.
    pub fn items<T>(self) -> Items<R, T> {
        Items::new(self)
    }

    /// Hands every chunk to `processor` and yields what it makes of it. Its errors come out as
    /// they are, and so do those of reading.
    ///
    /// # Example
    /// ```
    /// use datason_json::ChunkFileBuilder;
    ///
    /// let text = "[\"a\", \"b\"]\n[\"c\"]\n".as_bytes();
    /// let upper = ChunkFileBuilder::new().from_reader(text)?.process(|chunk| {
    ///     let words: Vec<String> = chunk.deserialize()?;
    ///     Ok(words.into_iter().map(|word| word.to_uppercase()).collect::<Vec<_>>())
    /// });
    /// assert_eq!(upper.collect::<Result<Vec<_>, _>>()?, [vec!["A", "B"], vec!["C"]]);
    /// # Ok::<(), datason_core::Error>(())
    /// ```
    pub fn process<U, F: FnMut(ChunkText) -> Result<U>>(self, processor: F) -> Processed<R, F> {
        Processed::new(self, processor)
    }

    /// The `metadata` of the document, if it has some and was looked at before reading. A file
    /// of JSON Lines has none, and of an input that is read once only what stands at the front
    /// is known.
    ///
    /// # Errors
    /// [`ErrorKind::Syntax`] if it is no JSON.
    pub fn metadata(&self) -> Result<Option<Value>> {
        let Some(text) = &self.metadata else { return Ok(None) };
        let value = Value::from_json_within(text, self.builder.max_depth);
        value.map(Some).map_err(|error| {
            let message = format!("in `metadata`: {}", error.message());
            self.reader.located(Error::new(error.kind(), message))
        })
    }

    /// The sidecar of the file, if it has one: totals, columns and types, and whether its records
    /// are items or chunks. It has been checked against the file's length; the number of records
    /// is compared when the last of them has been read.
    pub fn sidecar(&self) -> Option<&Sidecar> {
        self.sidecar.as_ref()
    }

    /// What is wrong at the end: as many records were read as the sidecar says, or it lies.
    fn end(&mut self) -> Option<Error> {
        let told = self.sidecar.as_ref().filter(|_| !self.ended)?.records;
        self.ended = true;
        let read = self.reader.position().record();
        if read == told {
            return None;
        }
        let message = format!("the sidecar says {told} records, and the file has {read}");
        Some(self.reader.located(Error::new(ErrorKind::Data, message).fatal()))
    }

    /// The format of the file; `None` until something has been read.
    pub fn format(&self) -> Option<Format> {
        self.reader.format()
    }

    fn chunk(&self, text: String, start: Position) -> ChunkText {
        ChunkText {
            text,
            index: start.record(),
            items: None,
            start,
            path: self.path.clone(),
            max_depth: self.builder.max_depth,
        }
    }

    fn text_of(record: Record<'_>) -> Result<(String, Position)> {
        match std::str::from_utf8(record.as_bytes()) {
            Ok(text) => Ok((text.to_owned(), record.position())),
            Err(error) => {
                let offset = error.valid_up_to();
                let byte = record.as_bytes()[offset];
                Err(Error::new(ErrorKind::Utf8, format!("byte 0x{byte:02x} is not UTF-8"))
                    .at(record.position_at(offset))
                    .with_snippet(record.as_bytes(), offset))
            }
        }
    }
}

impl<R: Read> Iterator for ChunkFile<R> {
    type Item = Result<ChunkText>;

    fn next(&mut self) -> Option<Self::Item> {
        let rejects = self.reader.rejects().clone();
        loop {
            let record = match self.reader.next_record() {
                Ok(Some(record)) => record,
                Ok(None) => return self.end().map(Err),
                Err(error) => {
                    self.ended |= error.is_fatal();
                    return Some(Err(self.reader.located(error)));
                }
            };
            let taken = match Self::text_of(record) {
                Ok((text, start)) => return Some(Ok(self.chunk(text, start))),
                Err(error) => rejects.take(in_file(error, self.path.as_deref()), Some(record)),
            };
            if let Err(error) = taken {
                self.ended |= error.is_fatal();
                return Some(Err(self.reader.ended_by(error)));
            }
        }
    }
}

fn in_file(error: Error, path: Option<&Path>) -> Error {
    match path {
        Some(path) => error.in_file(path),
        None => error,
    }
}

impl<R: Read> FusedIterator for ChunkFile<R> {}
