//! Chunks into files.

use std::io::Write;
use std::path::Path;

use datason_core::{Chunkable, Config, Error, ErrorKind, Result};
use datason_io::{Receipt, Sink, SinkOptions, into_error};

use super::ChunkedSerialization;
use super::chunker::Chunker;
use super::encoder::ChunkEncoder;
use super::metadata::Metadata;
use crate::format::Format;
use crate::ser::{Encoder, TextStyle};
use crate::sidecar::{Companion, Sidecar};
use crate::target;

/// What saving has come to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Saved {
    /// What is known of the input now, every total counted.
    pub metadata: Metadata,
    /// Bytes of text and of the file.
    pub receipt: Receipt,
}

impl<C: Chunkable> ChunkedSerialization<C> {
    /// Saves the chunks to the file at `path`, which appears whole, replacing what is there, or
    /// not at all.
    ///
    /// [`Format::Jsonl`] writes a chunk a line, [`Format::Json`] the object `{"chunks": […],
    /// "metadata": {…}}`, indented by two blanks unless another style is set. Both stream: one
    /// chunk is in memory at a time. A name that ends in `.gz` or `.zst` is compressed.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for an extension that says another format (unless
    /// [`any_extension`](super::ChunkedBuilder::any_extension) allows it), for
    /// [`Format::Concatenated`], which is only read, and for an indented style in lines; before
    /// anything is done. [`ErrorKind::Io`] if the file cannot be written, and whatever the input
    /// or its values fail with. Nothing is published then.
    ///
    /// # Example
    /// ```
    /// use datason_json::{Format, serialize_chunked};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("squares.jsonl");
    /// let squares: Vec<u32> = (0..5).map(|n| n * n).collect();
    /// let saved = serialize_chunked(&squares, 2)?.save_to_file(&path, Format::Jsonl)?;
    /// assert_eq!(saved.metadata.total_chunks, Some(3));
    /// assert_eq!(std::fs::read_to_string(&path)?, "[0, 1]\n[4, 9]\n[16]\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn save_to_file(self, path: impl AsRef<Path>, format: Format) -> Result<Saved> {
        self.publish(path.as_ref(), Some(format))
    }

    /// As [`save_to_file`](Self::save_to_file), in the format that the extension says: JSON for
    /// `.json`, else JSON Lines.
    ///
    /// # Errors
    /// As [`save_to_file`](Self::save_to_file).
    pub fn save(self, path: impl AsRef<Path>) -> Result<Saved> {
        self.publish(path.as_ref(), None)
    }

    /// Writes the chunks to `output`, uncompressed, as [`save_to_file`](Self::save_to_file)
    /// does. Returns the metadata with every total counted.
    ///
    /// # Errors
    /// As [`save_to_file`](Self::save_to_file); what has been written before an error is there.
    pub fn write_to(self, mut output: impl Write, format: Format) -> Result<Metadata> {
        let format = target::settle(Path::new(""), Some(format), false)?;
        let frame = Frame::new(format, self.builder.style)?;
        let metadata = self.write(&mut output, &frame)?;
        output.flush().map_err(|error| into_error(error, "cannot write"))?;
        Ok(metadata)
    }

    fn publish(self, path: &Path, format: Option<Format>) -> Result<Saved> {
        let format = target::settle(path, format, self.builder.any_extension)?;
        let frame = Frame::new(format, self.builder.style)?;
        let options = match self.builder.compression {
            Some(compression) => SinkOptions::new().compression(compression),
            None => SinkOptions::new(),
        };
        let (config, wanted) = (self.builder.config.clone(), self.builder.sidecar);
        let mut companion = Companion::of_replaced(path, wanted)?;
        let mut sink = Sink::create(path, &options)?;
        let metadata = self.write(&mut sink, &frame)?;
        companion.put_aside()?;
        let receipt = sink.finish()?;
        let mut sidecar = Sidecar::of_chunks(&metadata, format, &config);
        sidecar.stored_bytes = receipt.stored_bytes;
        companion.settle(Some(&sidecar).filter(|_| wanted && receipt.durable))?;
        Ok(Saved { metadata, receipt })
    }

    fn write(self, output: &mut impl Write, frame: &Frame) -> Result<Metadata> {
        let Self { input, size, mut metadata, builder, budget } = self;
        let mut put =
            |text: &[u8]| output.write_all(text).map_err(|error| into_error(error, "cannot write"));
        let config = builder.config.clone();
        let encoder = ChunkEncoder::new(builder.config, frame.style, frame.level, budget);
        let mut chunker = Chunker::new(input, size, encoder);
        let (mut index, mut items) = (0, Some(0));
        let mut buffer = Vec::new();
        put(frame.before.as_bytes())?;
        while let Some(count) = chunker.next(Some(&metadata), &mut buffer) {
            let count = count?;
            items = items.zip(count).map(|(before, more): (u64, u64)| before + more);
            put(if index == 0 { &frame.first } else { &frame.between }.as_bytes())?;
            put(&buffer)?;
            put(frame.behind.as_bytes())?;
            index += 1;
        }
        metadata.complete(index, items);
        put(&frame.end(&metadata, index == 0, &config)?)?;
        Ok(metadata)
    }
}

/// What stands around the chunks in a file.
struct Frame {
    format: Format,
    style: TextStyle,
    /// The lists and maps around a chunk.
    level: usize,
    before: String,
    first: String,
    between: String,
    behind: String,
}

impl Frame {
    /// # Errors
    /// [`ErrorKind::Argument`] for a style that breaks lines, where a chunk is a line.
    fn new(format: Format, style: Option<TextStyle>) -> Result<Self> {
        if format == Format::Json {
            let style = style.unwrap_or(TextStyle::PRETTY);
            let before = format!("{{{}\"chunks\"{}[", line(style, 1), colon(style));
            return Ok(Self {
                format,
                style,
                level: 2,
                before,
                first: line(style, 2),
                between: comma(style, 2),
                behind: String::new(),
            });
        }
        let style = style.unwrap_or(TextStyle::Python);
        if matches!(style, TextStyle::Pretty { .. }) {
            let message = "indented text does not fit on the one line that a chunk has in jsonl";
            return Err(Error::new(ErrorKind::Argument, message));
        }
        let [before, first, between] = [const { String::new() }; 3];
        Ok(Self { format, style, level: 0, before, first, between, behind: "\n".to_owned() })
    }

    /// What stands behind the last chunk.
    fn end(&self, metadata: &Metadata, empty: bool, config: &Config) -> Result<Vec<u8>> {
        if self.format != Format::Json {
            return Ok(Vec::new());
        }
        let Self { style, .. } = *self;
        let mut end = if empty { String::new() } else { line(style, 1) }.into_bytes();
        end.extend_from_slice(b"]");
        end.extend_from_slice(comma(style, 1).as_bytes());
        end.extend_from_slice(b"\"metadata\"");
        end.extend_from_slice(colon(style).as_bytes());
        // The order of the keys and the limits are not the user's here, the alphabet is.
        let plain = Config::DEFAULT.ensure_ascii(config.ensure_ascii).max_size(usize::MAX);
        Encoder::new(plain, style).level(1).append(metadata, &mut end)?;
        end.extend_from_slice(line(style, 0).as_bytes());
        end.push(b'}');
        Ok(end)
    }
}

/// A line end and the blanks before what stands on `level`; nothing where lines are no matter.
fn line(style: TextStyle, level: usize) -> String {
    match style {
        TextStyle::Pretty { indent } => format!("\n{}", " ".repeat(usize::from(indent) * level)),
        _ => String::new(),
    }
}

fn comma(style: TextStyle, level: usize) -> String {
    match style {
        TextStyle::Python => ", ".to_owned(),
        _ => ",".to_owned() + &line(style, level),
    }
}

fn colon(style: TextStyle) -> &'static str {
    if style == TextStyle::Compact { ":" } else { ": " }
}
