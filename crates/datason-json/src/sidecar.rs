//! What lines cannot say about themselves, in a small file beside them.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use datason_core::config::Preset;
use datason_core::{Config, Error, ErrorKind, Result, Strategy};
use serde::{Deserialize, Serialize};

use crate::beside::{Beside, check_free, failed, is_ours, publish};
use crate::chunked::Metadata;
use crate::format::Format;

/// What each record of a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RecordKind {
    /// An item of its own.
    Items,
    /// A chunk: a list of items, a map of pairs, rows of a table.
    Chunks,
    /// Some are items and some are chunks.
    Mixed,
}

/// The sidecar of a chunked file: `events.jsonl.meta.json` beside `events.jsonl`.
///
/// JSON Lines have no place for what a reader may want to know first: whether a line is an item
/// or a chunk of them, how many there are, which columns a table without rows has. A header line
/// would be a record to every other reader, so it stands in a file of its own, written on
/// request ([`ChunkedBuilder::sidecar`](crate::ChunkedBuilder::sidecar),
/// [`StreamBuilder::sidecar`](crate::StreamBuilder::sidecar)) and understood by
/// [`deserialize_chunked_file`](crate::deserialize_chunked_file). The data can always be read
/// without it.
///
/// It speaks of a file of exactly [`stored_bytes`](Self::stored_bytes) bytes. An old sidecar is
/// removed before its data changes, and the new one appears, whole, when the new data is in
/// place; so what a crash leaves is data without a sidecar, and never the sidecar of other data.
///
/// # Example
/// ```
/// use datason_json::{RecordKind, Sidecar, StreamBuilder};
///
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("items.jsonl");
/// let mut stream = StreamBuilder::new().sidecar(true).create(&path)?;
/// stream.write(&[1, 2])?; // an item that is a list
/// stream.finish()?;
///
/// let sidecar = Sidecar::of(&path)?.expect("it was asked for");
/// assert_eq!((sidecar.kind, sidecar.records), (RecordKind::Items, 1));
/// assert_eq!(
///     std::fs::read_to_string(Sidecar::path_of(&path))?,
///     "{\"datason_sidecar\":1,\"kind\":\"items\",\"format\":\"jsonl\",\"records\":1,\
///      \"items\":1,\"config\":\"default\",\"stored_bytes\":7}\n",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Sidecar {
    /// The version of this form: 1.
    #[serde(rename = "datason_sidecar")]
    pub version: u32,
    /// What each record is.
    pub kind: RecordKind,
    /// How the records stand in the file.
    pub format: Format,
    /// How many records there are: lines, or elements of the document's array.
    pub records: u64,
    /// How many items, rows or pairs are in them; `None` if nobody counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<u64>,
    /// Items in each chunk but the last, which may have fewer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chunk_size: Option<u64>,
    /// The type of the input, by its name in the feature document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_type: Option<String>,
    /// How the input was cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chunking_strategy: Option<Strategy>,
    /// The columns of a table, also of one without rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<String>>,
    /// The types of these columns, by Arrow's names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dtypes: Option<Vec<String>>,
    /// The shape of an n-d array.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<Vec<u64>>,
    /// The type of an n-d array's elements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dtype: Option<String>,
    /// The preset that the values were written by, or `custom`.
    pub config: String,
    /// The length of the file.
    pub stored_bytes: u64,
}

/// The version that is written, and the highest that is read.
const VERSION: u32 = 1;

/// The key that a sidecar is known by.
const MARK: &str = "datason_sidecar";

impl Sidecar {
    /// Where the sidecar of the file at `path` stands.
    pub fn path_of(path: impl AsRef<Path>) -> PathBuf {
        let mut name = OsString::from(path.as_ref());
        name.push(".meta.json");
        PathBuf::from(name)
    }

    /// Reads the sidecar of the file at `path`; `None` if it has none, or what stands under that
    /// name has not our mark, the key `datason_sidecar`.
    ///
    /// # Errors
    /// [`ErrorKind::Data`] if it is no sidecar, or the file has not the length that it says:
    /// then something else has changed the file, and the sidecar should be removed.
    /// [`ErrorKind::Unsupported`] if a later version wrote it, [`ErrorKind::Io`] if one of the
    /// two cannot be read.
    pub fn of(path: impl AsRef<Path>) -> Result<Option<Self>> {
        let path = path.as_ref();
        let place = Self::path_of(path);
        let Beside::Ours(text) = Beside::read(&place, MARK)? else { return Ok(None) };
        let sidecar: Self = serde_json::from_slice(&text).map_err(|cause| {
            let message = "the file is no sidecar of a chunked file";
            Error::new(ErrorKind::Data, message).in_file(&place).caused_by(cause).fatal()
        })?;
        if sidecar.version > VERSION {
            let message = format!("a sidecar of version {}, not {VERSION}", sidecar.version);
            return Err(Error::new(ErrorKind::Unsupported, message).in_file(&place).fatal());
        }
        let length = fs::metadata(path).map_err(|cause| failed("read", path, cause))?.len();
        sidecar.check_length(length).map_err(|error| error.in_file(&place))?;
        Ok(Some(sidecar))
    }

    fn publish(&self, data: &Path) -> Result<()> {
        publish(&Self::path_of(data), MARK, self)
    }

    fn check_length(&self, length: u64) -> Result<()> {
        if length == self.stored_bytes {
            return Ok(());
        }
        let then = self.stored_bytes;
        let message = format!(
            "the sidecar speaks of a file of {then} bytes, and the file has {length}: it was \
             changed since, so remove the sidecar"
        );
        Err(Error::new(ErrorKind::Data, message).fatal())
    }

    /// What is known of records without an input around them.
    pub(crate) fn of_records(kind: RecordKind, format: Format, config: &Config) -> Self {
        Self {
            version: VERSION,
            kind,
            format,
            records: 0,
            items: None,
            chunk_size: None,
            object_type: None,
            chunking_strategy: None,
            columns: None,
            dtypes: None,
            shape: None,
            dtype: None,
            config: name_of(config).to_owned(),
            stored_bytes: 0,
        }
    }

    /// What is known of an input that was saved in chunks.
    pub(crate) fn of_chunks(metadata: &Metadata, format: Format, config: &Config) -> Self {
        Self {
            records: metadata.total_chunks.unwrap_or(0),
            items: metadata.total_items,
            chunk_size: metadata.chunk_size,
            object_type: Some(metadata.object_type.clone()),
            chunking_strategy: Some(metadata.chunking_strategy),
            columns: metadata.columns.clone(),
            dtypes: metadata.dtypes.clone(),
            shape: metadata.shape.clone(),
            dtype: metadata.dtype.clone(),
            ..Self::of_records(RecordKind::Chunks, format, config)
        }
    }
}

fn name_of(config: &Config) -> &'static str {
    let preset = Preset::ALL.into_iter().find(|preset| preset.config() == *config);
    preset.map_or("custom", Preset::name)
}

/// The sidecar of a file that is being written: out of the way before the data changes, and back
/// if it has not changed in the end.
#[derive(Debug)]
pub(crate) struct Companion {
    data: PathBuf,
    old: Option<Sidecar>,
    /// Whether the old one has been removed, and nothing has come in its place.
    aside: bool,
}

impl Companion {
    /// The sidecar of a file that will be replaced. Whether it is right is no matter, but a
    /// wrong one will not come back. If a new one is `wanted`, its place must be free.
    pub(crate) fn of_replaced(data: &Path, wanted: bool) -> Result<Self> {
        if wanted {
            check_free(&Sidecar::path_of(data), MARK)?;
        }
        let old = Sidecar::of(data).unwrap_or_default();
        Ok(Self { data: data.to_owned(), old, aside: false })
    }

    /// The sidecar of a file that is added to, and what it says.
    pub(crate) fn of_continued(data: &Path, wanted: bool) -> Result<(Self, Option<Sidecar>)> {
        if wanted {
            check_free(&Sidecar::path_of(data), MARK)?;
        }
        let old = if data.exists() { Sidecar::of(data)? } else { None };
        Ok((Self { data: data.to_owned(), old: old.clone(), aside: false }, old))
    }

    /// Removes the sidecar, since the data is about to change.
    pub(crate) fn put_aside(&mut self) -> Result<()> {
        if self.aside {
            return Ok(());
        }
        let place = Sidecar::path_of(&self.data);
        if is_ours(&place, MARK)? {
            fs::remove_file(&place).map_err(|cause| failed("remove", &place, cause))?;
        }
        self.aside = true;
        Ok(())
    }

    /// Publishes `sidecar` beside the new data, if there is to be one.
    pub(crate) fn settle(mut self, sidecar: Option<&Sidecar>) -> Result<()> {
        self.aside = false;
        sidecar.map_or(Ok(()), |sidecar| sidecar.publish(&self.data))
    }
}

impl Drop for Companion {
    fn drop(&mut self) {
        let Some(old) = self.old.take().filter(|_| self.aside) else { return };
        let same = fs::metadata(&self.data).is_ok_and(|data| data.len() == old.stored_bytes);
        if same {
            // Nobody is left to be told, and the data is whole without it.
            old.publish(&self.data).unwrap_or_default();
        }
    }
}
