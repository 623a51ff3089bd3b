//! What values mean when they become JSON, and the presets.

use std::borrow::Cow;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind};

/// How values are written: dates, numbers that JSON lacks, key order, limits.
///
/// Plain data: read and write the fields, or chain the setters, which are `const` so that a
/// configuration can be a constant. How to *stream* (chunk size, codec, threads, memory) is not
/// here but on the builders of readers and writers.
///
/// # Example
/// ```
/// use datason_core::config::{Config, DateFormat, NanHandling};
///
/// const TRADES: Config = Config::financial().nan_handling(NanHandling::String);
/// assert_eq!(TRADES.date_format, DateFormat::UnixMs);
/// assert!(TRADES.ensure_ascii);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "independent switches, as users name them")]
pub struct Config {
    /// How a point in time is written. Default: [`DateFormat::Iso`].
    pub date_format: DateFormat,
    /// The zone of date-times that carry none, where a format needs one. Default: UTC.
    pub naive_zone: NaiveZone,
    /// The shape of a chunk of a table. Default: [`Orient::Records`].
    pub orient: Orient,
    /// What becomes of NaN and the infinities. Default: [`NanHandling::Null`].
    pub nan_handling: NanHandling,
    /// How far values that JSON lacks are converted. Default: [`TypeCoercion::Safe`].
    pub type_coercion: TypeCoercion,
    /// Whether a decimal keeps its digits (as an object that says so) or becomes a float.
    /// Default: `true`.
    pub preserve_decimals: bool,
    /// Whether a complex number is an object with two parts or a text or list. Default: `true`.
    pub preserve_complex: bool,
    /// Levels of nesting allowed in one chunk or item; deeper is [`ErrorKind::Limit`].
    /// Default: 1,000.
    pub max_depth: usize,
    /// Members allowed in one list or map, elements in one array; more is
    /// [`ErrorKind::Limit`]. Default: 10,000,000.
    pub max_size: usize,
    /// Characters (code points) allowed in one text. Default: 1,000,000.
    pub max_string_length: usize,
    /// What becomes of a longer text. Default: [`LongStrings::Error`].
    pub long_strings: LongStrings,
    /// Whether the keys of each map are written in code-point order. Default: `false`, the
    /// order in which they come.
    pub sort_keys: bool,
    /// Whether everything but ASCII is written as `\u` escapes. Default: `false`.
    pub ensure_ascii: bool,
    /// Whether types that JSON lacks are wrapped so that reading can restore them.
    /// Default: `false`.
    pub include_type_hints: bool,
}

impl Config {
    /// The defaults of the feature document.
    pub const DEFAULT: Self = Self {
        date_format: DateFormat::Iso,
        naive_zone: NaiveZone::Utc,
        orient: Orient::Records,
        nan_handling: NanHandling::Null,
        type_coercion: TypeCoercion::Safe,
        preserve_decimals: true,
        preserve_complex: true,
        max_depth: 1_000,
        max_size: 10_000_000,
        max_string_length: 1_000_000,
        long_strings: LongStrings::Error,
        sort_keys: false,
        ensure_ascii: false,
        include_type_hints: false,
    };

    /// For machine learning: milliseconds, plain numbers, sorted keys.
    pub const fn ml() -> Self {
        Self {
            date_format: DateFormat::UnixMs,
            type_coercion: TypeCoercion::Aggressive,
            preserve_decimals: false,
            preserve_complex: false,
            sort_keys: true,
            ..Self::DEFAULT
        }
    }

    /// For web interfaces: ISO dates, sorted keys, ASCII only.
    pub const fn api() -> Self {
        Self { sort_keys: true, ensure_ascii: true, ..Self::DEFAULT }
    }

    /// For exchange where nothing may be guessed: every special type is spelled out, an
    /// unknown one is an error.
    pub const fn strict() -> Self {
        Self { type_coercion: TypeCoercion::Strict, ..Self::DEFAULT }
    }

    /// For speed: numbers for dates, rows without column names.
    pub const fn performance() -> Self {
        Self {
            date_format: DateFormat::Unix,
            orient: Orient::Values,
            preserve_decimals: false,
            preserve_complex: false,
            ..Self::DEFAULT
        }
    }

    /// For money: decimals kept, milliseconds, sorted keys, ASCII only.
    pub const fn financial() -> Self {
        Self {
            date_format: DateFormat::UnixMs,
            preserve_complex: false,
            sort_keys: true,
            ensure_ascii: true,
            ..Self::DEFAULT
        }
    }

    /// For time series: ISO dates, tables split into index, columns and data.
    pub const fn time_series() -> Self {
        Self { orient: Orient::Split, preserve_complex: false, sort_keys: true, ..Self::DEFAULT }
    }

    /// For serving models: numbers for dates, rows without column names.
    pub const fn inference() -> Self {
        Self::performance().type_coercion(TypeCoercion::Aggressive)
    }

    /// For reproducible research: types restorable, sorted keys.
    pub const fn research() -> Self {
        Self { sort_keys: true, include_type_hints: true, ..Self::DEFAULT }
    }

    /// For log files: nothing is an error that can be written somehow, long texts are cut.
    pub const fn logging() -> Self {
        Self {
            nan_handling: NanHandling::String,
            preserve_decimals: false,
            preserve_complex: false,
            sort_keys: true,
            ensure_ascii: true,
            max_string_length: 1_000,
            long_strings: LongStrings::Truncate,
            ..Self::DEFAULT
        }
    }

    /// Sets [`Config::date_format`].
    #[must_use]
    pub fn date_format(self, date_format: DateFormat) -> Self {
        Self { date_format, ..self }
    }

    /// Sets [`Config::naive_zone`].
    #[must_use]
    pub const fn naive_zone(mut self, zone: NaiveZone) -> Self {
        self.naive_zone = zone;
        self
    }

    /// Sets [`Config::orient`].
    #[must_use]
    pub const fn orient(mut self, orient: Orient) -> Self {
        self.orient = orient;
        self
    }

    /// Sets [`Config::nan_handling`].
    #[must_use]
    pub const fn nan_handling(mut self, handling: NanHandling) -> Self {
        self.nan_handling = handling;
        self
    }

    /// Sets [`Config::type_coercion`].
    #[must_use]
    pub const fn type_coercion(mut self, coercion: TypeCoercion) -> Self {
        self.type_coercion = coercion;
        self
    }

    /// Sets [`Config::preserve_decimals`].
    #[must_use]
    pub const fn preserve_decimals(mut self, yes: bool) -> Self {
        self.preserve_decimals = yes;
        self
    }

    /// Sets [`Config::preserve_complex`].
    #[must_use]
    pub const fn preserve_complex(mut self, yes: bool) -> Self {
        self.preserve_complex = yes;
        self
    }

    /// Sets [`Config::max_depth`].
    #[must_use]
    pub const fn max_depth(mut self, levels: usize) -> Self {
        self.max_depth = levels;
        self
    }

    /// Sets [`Config::max_size`].
    #[must_use]
    pub const fn max_size(mut self, members: usize) -> Self {
        self.max_size = members;
        self
    }

    /// Sets [`Config::max_string_length`].
    #[must_use]
    pub const fn max_string_length(mut self, characters: usize) -> Self {
        self.max_string_length = characters;
        self
    }

    /// Sets [`Config::long_strings`].
    #[must_use]
    pub const fn long_strings(mut self, policy: LongStrings) -> Self {
        self.long_strings = policy;
        self
    }

    /// Sets [`Config::sort_keys`].
    #[must_use]
    pub const fn sort_keys(mut self, yes: bool) -> Self {
        self.sort_keys = yes;
        self
    }

    /// Sets [`Config::ensure_ascii`].
    #[must_use]
    pub const fn ensure_ascii(mut self, yes: bool) -> Self {
        self.ensure_ascii = yes;
        self
    }

    /// Sets [`Config::include_type_hints`].
    #[must_use]
    pub const fn include_type_hints(mut self, yes: bool) -> Self {
        self.include_type_hints = yes;
        self
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// A named configuration, for command lines and configuration files.
///
/// # Example
/// ```
/// use datason_core::config::{Config, Preset};
///
/// let preset: Preset = "time-series".parse()?;
/// assert_eq!(preset.config(), Config::time_series());
/// # Ok::<(), datason_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is documented at the function of `Config` it names")]
#[non_exhaustive]
pub enum Preset {
    Default,
    Ml,
    Api,
    Strict,
    Performance,
    Financial,
    TimeSeries,
    Inference,
    Research,
    Logging,
}

impl Preset {
    /// Every preset, in the order of the feature document.
    pub const ALL: [Self; 10] = [
        Self::Default,
        Self::Ml,
        Self::Api,
        Self::Strict,
        Self::Performance,
        Self::Financial,
        Self::TimeSeries,
        Self::Inference,
        Self::Research,
        Self::Logging,
    ];

    /// The name that [`FromStr`] takes; it also takes `_` for `-`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Ml => "ml",
            Self::Api => "api",
            Self::Strict => "strict",
            Self::Performance => "performance",
            Self::Financial => "financial",
            Self::TimeSeries => "time-series",
            Self::Inference => "inference",
            Self::Research => "research",
            Self::Logging => "logging",
        }
    }

    /// The configuration.
    pub const fn config(self) -> Config {
        match self {
            Self::Default => Config::DEFAULT,
            Self::Ml => Config::ml(),
            Self::Api => Config::api(),
            Self::Strict => Config::strict(),
            Self::Performance => Config::performance(),
            Self::Financial => Config::financial(),
            Self::TimeSeries => Config::time_series(),
            Self::Inference => Config::inference(),
            Self::Research => Config::research(),
            Self::Logging => Config::logging(),
        }
    }
}

impl FromStr for Preset {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let name = text.replace('_', "-");
        Self::ALL.into_iter().find(|preset| preset.name() == name).ok_or_else(|| {
            let known = Self::ALL.map(Self::name).join(", ");
            Error::new(ErrorKind::Argument, format!("no preset is named `{text}`: {known}"))
        })
    }
}

/// How a point in time is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DateFormat {
    /// `2024-01-02T03:04:05.678901+05:30`.
    #[default]
    Iso,
    /// Seconds since 1970 as a float.
    Unix,
    /// Milliseconds since 1970 as an integer, exact.
    UnixMs,
    /// As ISO, with a blank for the `T`.
    String,
    /// As this `strftime` pattern says.
    Custom(Cow<'static, str>),
}

/// The zone in which a date-time without one is meant, where a format needs a zone.
///
/// Never the zone of the machine: the same input gives the same bytes everywhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NaiveZone {
    /// Coordinated universal time.
    #[default]
    Utc,
    /// A fixed offset east of UTC, in seconds.
    Offset(i32),
    /// An error: a date-time without a zone has no place on the time line.
    Error,
}

/// The shape of a chunk of a table, for a table with columns `a` and `b`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Orient {
    /// `[{"a": 1, "b": 2}, …]`
    #[default]
    Records,
    /// `{"index": […], "columns": ["a", "b"], "data": [[1, 2], …]}`
    Split,
    /// `{"0": {"a": 1, "b": 2}, …}`
    Index,
    /// `{"a": {"0": 1, …}, "b": {"0": 2, …}}`
    Dict,
    /// `{"a": [1, …], "b": [2, …]}`
    List,
    /// As split, with the names of index and columns.
    Tight,
    /// `[[1, 2], …]`
    Values,
    /// As dict: a map from column to its values by label.
    Series,
}

/// What becomes of NaN and the infinities, which JSON cannot say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NanHandling {
    /// `null`.
    #[default]
    Null,
    /// `"nan"`, `"inf"`, `"-inf"`.
    String,
    /// The bare words `NaN`, `Infinity`, `-Infinity`. **Not JSON**: most readers refuse it.
    Keep,
    /// Left out of the list or map that holds it; `null` where it stands alone.
    Drop,
}

/// How far values that JSON lacks (uuid, path, complex, bytes …) are converted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TypeCoercion {
    /// Spelled out as objects that name their type; an unknown type is an error.
    Strict,
    /// The usual text of each type.
    #[default]
    Safe,
    /// As plain as possible: complex numbers become pairs.
    Aggressive,
}

/// What becomes of a text that is longer than [`Config::max_string_length`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LongStrings {
    /// [`ErrorKind::Limit`].
    #[default]
    Error,
    /// Cut, and marked with `...[TRUNCATED]`.
    Truncate,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_found_by_its_name() {
        for preset in Preset::ALL {
            assert_eq!(preset.name().parse::<Preset>().unwrap(), preset);
            assert_eq!(preset.name().replace('-', "_").parse::<Preset>().unwrap(), preset);
        }
        assert_eq!("x".parse::<Preset>().unwrap_err().kind(), ErrorKind::Argument);
    }

    #[test]
    fn a_configuration_survives_its_own_text() {
        for preset in Preset::ALL {
            let text = serde_json::to_string(&preset.config()).unwrap();
            assert_eq!(serde_json::from_str::<Config>(&text).unwrap(), preset.config());
        }
    }

    #[test]
    fn fields_left_out_have_their_defaults() {
        let config: Config = serde_json::from_str(r#"{"sort_keys":true}"#).unwrap();
        assert_eq!(config, Config::DEFAULT.sort_keys(true));
    }
}
