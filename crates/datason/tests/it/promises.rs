//! The promises that the feature document makes and the original breaks, by their number: a test
//! for each, through the facade, named `d01_…` to `d36_…`.
//!
//! | promise | where it is shown |
//! |---|---|
//! | D1 to D5, D15 to D19, D34 | [`inputs`]: limits, iterators, columns, estimates, chunk sizes |
//! | D7 to D14, D31 to D33, D35, D36 | [`files`]: formats, streams, whole files, places of errors |
//! | D6, D20 to D30 | [`values`]: one conversion, the same in lists, tables and arrays |
//!
//! Some concern the original's form more than what it does:
//!
//! | promise | the original | here |
//! |---|---|---|
//! | D19 | its reference shows `chunk_size` as required, and a snippet lacks the module | every snippet of the guide is compiled and run; a default does not exist in Rust, the constant does |
//! | D23 | `check_if_serialized` and `numpy_output` do nothing | an option that does nothing is not there |
//! | D31 | files are in the locale's encoding | Rust's text is UTF-8; nothing reads the locale |
//! | D35 | its encoder is slow | no test measures time; `cargo xtask bench original` does, see `benches/record/original.md` |
//! | D36 | its changelog lists what does not exist | what is named there exists, or cannot be called: the compiler knows |

mod files;
mod inputs;
mod values;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datason::arrow_array::{ArrayRef, Int64Array, RecordBatch};
use datason::{ChunkedBuilder, Config, IntoChunkable, Result};
use tempfile::TempDir;

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("a file")
}

fn put(folder: &TempDir, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, text).expect("a file");
    path
}

fn is_empty(folder: &TempDir) -> bool {
    fs::read_dir(folder.path()).expect("a folder").next().is_none()
}

/// A table of one column `id`.
fn ids(ids: impl IntoIterator<Item = i64>) -> RecordBatch {
    let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(ids));
    RecordBatch::try_from_iter([("id", ids)]).expect("one column")
}

/// The text of each chunk of two items under `config`.
fn texts<Way>(input: impl IntoChunkable<Way>, config: Config) -> Result<Vec<String>> {
    let result = ChunkedBuilder::new().config(config).serialize(input, 2)?;
    result.into_chunks().map(|chunk| Ok(chunk?.into_string())).collect()
}
