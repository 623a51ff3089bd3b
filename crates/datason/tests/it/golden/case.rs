//! One folder of the vectors.

use std::fs;
use std::path::{Path, PathBuf};

use arrow_ipc::reader::FileReader;
use datason::config::{DateFormat, NanHandling, Orient, Preset};
use datason::{Config, Table, Value};

use super::tagged::untagged;
use crate::shared::shared;

pub(super) struct Case {
    pub(super) folder: PathBuf,
    pub(super) name: String,
    about: Value,
}

impl Case {
    /// All there are beside the checkout, or the few that come with the sources.
    pub(super) fn all() -> Vec<Self> {
        let own = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/golden");
        let root = shared("golden").unwrap_or_else(own);
        let mut cases: Vec<Self> = fs::read_dir(root)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.join("case.json").is_file())
            .map(Self::open)
            .collect();
        cases.sort_by(|left, right| left.name.cmp(&right.name));
        cases
    }

    fn open(folder: PathBuf) -> Self {
        let about = Value::from_json(&fs::read(folder.join("case.json")).expect("a file"));
        let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
        Self { folder, name, about: about.expect("JSON") }
    }

    pub(super) fn text(&self, key: &str) -> &str {
        self.about.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn number(&self, key: &str) -> Option<u64> {
        self.about.get(key).and_then(Value::as_u64)
    }

    pub(super) fn is_quirk(&self) -> bool {
        self.about.get("quirk").and_then(Value::as_bool) == Some(true)
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.join(self.text("input"))
    }

    pub(super) fn file(&self, name: &str) -> Option<Vec<u8>> {
        fs::read(self.folder.join(name)).ok()
    }

    pub(super) fn chunk_size(&self) -> usize {
        let size = self.number("chunk_size");
        size.map_or(1_000, |size| usize::try_from(size).expect("a small number"))
    }

    pub(super) fn config(&self) -> Config {
        let mut config = self.text("config").parse::<Preset>().expect("a preset").config();
        let overrides = self.about.get("config_overrides").and_then(Value::as_map);
        let get = |key: &str| overrides?.get(key)?.as_str();
        if let Some(handling) = get("nan_handling") {
            config.nan_handling = match handling {
                "drop" => NanHandling::Drop,
                "keep" => NanHandling::Keep,
                other => panic!("an unknown way to handle NaN: {other}"),
            };
        }
        match (get("date_format"), get("custom_date_format")) {
            (None, _) => {}
            (Some("string"), _) => config.date_format = DateFormat::String,
            (Some("custom"), Some(pattern)) => {
                config.date_format = DateFormat::Custom(pattern.to_owned().into());
            }
            other => panic!("an unknown date format: {other:?}"),
        }
        match get("dataframe_orient") {
            None => config,
            Some("index") => config.orient(Orient::Index),
            Some("records") => config.orient(Orient::Records),
            Some("split") => config.orient(Orient::Split),
            Some("tight") => config.orient(Orient::Tight),
            Some("values") => config.orient(Orient::Values),
            Some(other) => panic!("an unknown orient: {other}"),
        }
    }

    pub(super) fn value(&self) -> Value {
        let value = Value::from_json(&fs::read(self.path()).expect("an input")).expect("JSON");
        if self.text("input").contains("tagged") { untagged(value) } else { value }
    }

    pub(super) fn table(&self) -> Table {
        let file = fs::File::open(self.path()).expect("a file");
        let reader = FileReader::try_new(file, None).expect("an IPC file");
        let schema = reader.schema();
        let batches = reader.collect::<Result<Vec<_>, _>>().expect("batches");
        let table = Table::new(schema, batches).expect("one schema");
        match self.text("index_column") {
            "" => table,
            name => table.index_column(name).expect("a column"),
        }
    }
}
