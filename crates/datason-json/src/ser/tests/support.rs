//! Cases that were made by running the original: where they are, and how they are read.

use std::fs;
use std::path::{Path, PathBuf};

use datason_core::Config;
use datason_core::config::{DateFormat, NanHandling, Preset};
use datason_core::value::{
    Bytes, Complex, DateTime, Decimal, Duration, FilePath, Key, Map, Set, Uuid, Value,
};

/// One case: a folder with an input and what the original made of it.
pub(super) struct Case {
    folder: PathBuf,
    facts: Value,
}

impl Case {
    pub(super) fn name(&self) -> &str {
        self.fact("name").unwrap()
    }

    pub(super) fn fact(&self, key: &str) -> Option<&str> {
        self.facts.get(key).and_then(Value::as_str)
    }

    pub(super) fn is_quirk(&self) -> bool {
        self.facts.get("quirk").and_then(Value::as_bool).unwrap()
    }

    pub(super) fn chunk_size(&self) -> usize {
        let size = self.facts.get("chunk_size").and_then(Value::as_u64).unwrap_or(1000);
        usize::try_from(size).unwrap()
    }

    pub(super) fn config(&self) -> Config {
        let mut config = self.fact("config").unwrap().parse::<Preset>().unwrap().config();
        let overrides = self.facts.get("config_overrides");
        let over = |key: &str| overrides?.get(key)?.as_str();
        config.nan_handling = match over("nan_handling") {
            Some("drop") => NanHandling::Drop,
            Some("keep") => NanHandling::Keep,
            None => config.nan_handling,
            Some(other) => panic!("the policy `{other}` is not known here"),
        };
        config.date_format = match over("date_format") {
            Some("string") => DateFormat::String,
            Some("custom") => {
                DateFormat::Custom(over("custom_date_format").unwrap().to_owned().into())
            }
            None => config.date_format,
            Some(other) => panic!("the format `{other}` is not known here"),
        };
        config
    }

    pub(super) fn input(&self) -> Value {
        let input = self.fact("input").unwrap();
        let value = Value::from_json(&fs::read(self.folder.join(input)).unwrap()).unwrap();
        if input == "input.tagged.json" { untag(value) } else { value }
    }

    pub(super) fn file(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.folder.join(name)).ok()
    }
}

/// The cases whose names begin with one of `groups`, in the order of their names.
pub(super) fn cases(folder: &Path, groups: &[&str]) -> Vec<Case> {
    let mut folders: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| groups.iter().any(|group| name_of(path).starts_with(group)))
        .collect();
    folders.sort();
    folders
        .into_iter()
        .map(|folder| {
            let facts = Value::from_json(&fs::read(folder.join("case.json")).unwrap()).unwrap();
            Case { folder, facts }
        })
        .collect()
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The cases that come with the sources.
pub(super) fn own_folder() -> PathBuf {
    workspace().join("fixtures/golden")
}

/// All cases, where somebody has them.
pub(super) fn full_folder() -> Option<PathBuf> {
    let shared = std::env::var_os("DATASON_SHARED").map(PathBuf::from);
    let folder = shared.unwrap_or_else(|| workspace().join("../shared")).join("golden");
    folder.is_dir().then_some(folder)
}

/// Replaces each one-key map that stands for a value that JSON lacks.
fn untag(value: Value) -> Value {
    match value {
        Value::List(members) => members.into_iter().map(untag).collect(),
        Value::Map(map) => match tagged(&map) {
            Some(special) => special,
            None => Value::Map(map.into_iter().map(|(key, value)| (key, untag(value))).collect()),
        },
        other => other,
    }
}

fn tagged(map: &Map) -> Option<Value> {
    let (key, value) = map.iter().next().filter(|_| map.len() == 1)?;
    let tag = key.as_str()?.strip_prefix('$')?;
    let text = || value.as_str().unwrap();
    let members = || value.as_list().unwrap().iter().cloned().map(untag);
    Some(match tag {
        "dt" => text().parse::<DateTime>().unwrap().into(),
        "date" => Value::Date(text().parse().unwrap()),
        "time" => Value::Time(text().parse().unwrap()),
        "timedelta_us" => Duration::from_microseconds(value.as_i64().unwrap()).into(),
        "decimal" => text().parse::<Decimal>().unwrap().into(),
        "uuid" => text().parse::<Uuid>().unwrap().into(),
        "complex" => {
            let parts: Vec<_> = members().map(|part| part.as_f64().unwrap()).collect();
            Complex::new(parts[0], parts[1]).into()
        }
        "bytes_hex" => Bytes::from_hex(text()).unwrap().into(),
        "tuple" => Value::Tuple(members().collect()),
        "set" => members().collect::<Set>().into(),
        "path" => FilePath::from(text()).into(),
        "f" => text().parse::<f64>().unwrap().into(),
        "map" => Value::Map(members().map(|pair| key_and_value(&pair)).collect()),
        other => panic!("the tag `${other}` is not known here"),
    })
}

fn key_and_value(pair: &Value) -> (Key, Value) {
    let [key, value] = pair.as_list().unwrap() else { panic!("a pair has two members") };
    let key = match key {
        Value::Null => Key::Null,
        Value::Int(integer) => Key::from(integer.clone()),
        Value::Float(float) => Key::from(*float),
        Value::Text(text) => Key::from(text.as_str()),
        other => panic!("{} as a key is not known here", other.kind()),
    };
    (key, value.clone())
}
