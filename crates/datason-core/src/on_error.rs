//! What becomes of bad records, and how many there may be.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind};

/// What becomes of a record that is bad: not JSON, too large, too deep, or not of the type
/// asked for.
///
/// Only records can be passed over. Where the text *around* the records is broken, or the input
/// cannot be read, the rest of it is out of reach, and that is an error under every policy.
///
/// # Example
/// ```
/// use datason_core::OnError;
///
/// assert_eq!("skip".parse::<OnError>()?, OnError::Skip);
/// // The names that Spark gives them.
/// assert_eq!("FAILFAST".parse::<OnError>()?, OnError::Fail);
/// assert_eq!("DROPMALFORMED".parse::<OnError>()?, OnError::Skip);
/// assert_eq!("PERMISSIVE".parse::<OnError>()?, OnError::Reject);
/// # Ok::<(), datason_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OnError {
    /// It is an error for whoever reads, who may go on behind it. Spark's `FAILFAST`.
    #[default]
    Fail,
    /// It is passed over and counted. Spark's `DROPMALFORMED`.
    Skip,
    /// It is passed over, counted, and kept with its place and text: see
    /// [`Rejects`](crate::Rejects). The nearest to Spark's `PERMISSIVE`, which keeps the text of
    /// a bad record in a column of its own.
    Reject,
}

impl OnError {
    /// Every policy.
    pub const ALL: [Self; 3] = [Self::Fail, Self::Skip, Self::Reject];

    /// The name that [`FromStr`] takes, in any case, as it takes Spark's.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Skip => "skip",
            Self::Reject => "reject",
        }
    }
}

impl fmt::Display for OnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for OnError {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.to_ascii_lowercase().as_str() {
            "fail" | "failfast" => Ok(Self::Fail),
            "skip" | "dropmalformed" => Ok(Self::Skip),
            "reject" | "permissive" => Ok(Self::Reject),
            _ => Err(Error::new(
                ErrorKind::Argument,
                format!("no policy for bad records is named `{text}`: fail, skip, reject"),
            )),
        }
    }
}

/// How many records may be bad before reading stops.
///
/// A count and a share, each a limit of its own: reading stops when either is exceeded. The
/// error is [`ErrorKind::TooManyErrors`], fatal, and has the bad record's own error behind it.
///
/// A share of the first few records says nothing, so it is judged from the
/// [1,000th](Self::SHARE_FROM) record on, and at the end of the input.
///
/// # Example
/// ```
/// use datason_core::MaxErrors;
///
/// let most: MaxErrors = "27".parse()?;
/// assert!(!most.is_exceeded(27, 2_000) && most.is_exceeded(28, 2_000));
/// let most: MaxErrors = "1%".parse()?;
/// assert!(!most.is_exceeded(20, 2_000) && most.is_exceeded(21, 2_000));
/// // The names of ClickHouse, and both limits at once.
/// let both: MaxErrors = "allow_errors_num=27,allow_errors_ratio=0.01".parse()?;
/// assert_eq!(both, MaxErrors::count(27).and_share(0.01)?);
/// # Ok::<(), datason_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MaxErrors {
    count: Option<u64>,
    share: Option<f64>,
}

impl MaxErrors {
    /// However many there are, reading goes on. The default.
    pub const UNLIMITED: Self = Self { count: None, share: None };

    /// A share is judged from this many records on.
    pub const SHARE_FROM: u64 = 1_000;

    /// At most `count` bad records.
    pub const fn count(count: u64) -> Self {
        Self { count: Some(count), share: None }
    }

    /// At most `share` of all records, from 0 (none) to 1 (all).
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for what is no share.
    pub fn share(share: f64) -> Result<Self, Error> {
        Self::UNLIMITED.and_share(share)
    }

    /// The same, and at most `share` of all records.
    ///
    /// # Errors
    /// As [`share`](Self::share).
    pub fn and_share(self, share: f64) -> Result<Self, Error> {
        if (0.0..=1.0).contains(&share) {
            return Ok(Self { share: Some(share), ..self });
        }
        let message = format!("{share} is no share of the records: it is between 0 and 1");
        Err(Error::new(ErrorKind::Argument, message))
    }

    /// Whether `bad` of `seen` records are more than allowed. `seen` counts the bad ones too.
    pub fn is_exceeded(&self, bad: u64, seen: u64) -> bool {
        self.count.is_some_and(|most| bad > most) || self.is_share_exceeded(bad, seen)
    }

    /// As [`is_exceeded`](Self::is_exceeded), where more records are to come.
    pub(crate) fn is_exceeded_so_far(&self, bad: u64, seen: u64) -> bool {
        match self.count {
            Some(most) if bad > most => true,
            _ => seen >= Self::SHARE_FROM && self.is_share_exceeded(bad, seen),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a share of 2^53 records is near enough")]
    fn is_share_exceeded(&self, bad: u64, seen: u64) -> bool {
        // 1.4 % of 2,000 are 28, though 0.014 is a little less than that in binary.
        let rounding = 1.0 + 4.0 * f64::EPSILON;
        self.share.is_some_and(|most| bad as f64 > most * seen as f64 * rounding)
    }
}

impl fmt::Display for MaxErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.count, self.share) {
            (None, None) => f.write_str("unlimited"),
            (Some(count), None) => write!(f, "{count}"),
            (None, Some(share)) => write!(f, "{}%", percent(share)),
            (Some(count), Some(share)) => write!(f, "{count},{}%", percent(share)),
        }
    }
}

/// `share` in percent, by the shortest number that is read as that share again.
fn percent(share: f64) -> String {
    let exact = || format!("{}", share * 100.0);
    let shorter = (0..17).map(|places| format!("{:.places$}", share * 100.0));
    let is_it = |text: &String| {
        text.parse::<f64>().is_ok_and(|percent| (percent / 100.0).to_bits() == share.to_bits())
    };
    shorter.into_iter().find(is_it).unwrap_or_else(exact)
}

impl TryFrom<String> for MaxErrors {
    type Error = Error;

    /// As [`FromStr`]; `unlimited` is [`UNLIMITED`](Self::UNLIMITED).
    fn try_from(text: String) -> Result<Self, Error> {
        if text == Self::UNLIMITED.to_string() { Ok(Self::UNLIMITED) } else { text.parse() }
    }
}

impl From<MaxErrors> for String {
    fn from(most: MaxErrors) -> Self {
        most.to_string()
    }
}

impl FromStr for MaxErrors {
    type Err = Error;

    /// Takes a count (`27`), a share (`1%`), or both with a comma between them; also by the
    /// names that `ClickHouse` has, where a share is a number up to 1.
    fn from_str(text: &str) -> Result<Self, Error> {
        let mut most = Self::UNLIMITED;
        for part in text.split(',').map(str::trim) {
            most = most.with(part).ok_or_else(|| {
                let message = format!("`{part}` is neither a number of records nor a share as 1%");
                Error::new(ErrorKind::Argument, message)
            })?;
        }
        Ok(most)
    }
}

impl MaxErrors {
    fn with(self, part: &str) -> Option<Self> {
        if let Some((name, value)) = part.split_once('=') {
            return match name.trim().trim_start_matches("input_format_") {
                "allow_errors_num" => self.with_count(value),
                "allow_errors_ratio" => self.and_share(value.trim().parse().ok()?).ok(),
                _ => None,
            };
        }
        match part.strip_suffix('%') {
            Some(percent) => self.and_share(percent.trim().parse::<f64>().ok()? / 100.0).ok(),
            None => self.with_count(part),
        }
    }

    fn with_count(self, text: &str) -> Option<Self> {
        let count = text.trim().replace('_', "").parse().ok()?;
        Some(Self { count: Some(count), ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_understood_in_any_case() {
        for policy in OnError::ALL {
            assert_eq!(policy.name().to_uppercase().parse::<OnError>().unwrap(), policy);
            let text = serde_json::to_string(&policy).unwrap();
            assert_eq!(text, format!("\"{policy}\""));
        }
        assert_eq!("ignore".parse::<OnError>().unwrap_err().kind(), ErrorKind::Argument);
    }

    #[test]
    fn what_is_no_limit_is_an_argument_error() {
        for text in ["", "x", "-1", "1.5", "101%", "-1%", "NaN%", "a=1", "1,", "%"] {
            let error = text.parse::<MaxErrors>().expect_err(text);
            assert_eq!(error.kind(), ErrorKind::Argument, "{text}");
        }
        assert!(MaxErrors::share(f64::NAN).is_err());
    }

    #[test]
    fn every_share_is_printed_as_it_was_written() {
        for per_mille in 0..=1_000 {
            let text = format!("{}.{}%", per_mille / 10, per_mille % 10).replace(".0%", "%");
            let most: MaxErrors = text.parse().unwrap();
            assert_eq!(most.to_string(), text);
            let json = serde_json::to_string(&most).unwrap();
            assert_eq!(json, format!("\"{text}\""));
            assert_eq!(serde_json::from_str::<MaxErrors>(&json).unwrap(), most);
        }
        assert!(serde_json::from_str::<MaxErrors>("\"700%\"").is_err());
        assert!(serde_json::from_str::<MaxErrors>("\"unlimited\"").is_ok());
    }

    #[test]
    fn what_is_printed_is_read_back() {
        for text in ["0", "1000", "5%", "0.5%", "100%", "3,50%"] {
            assert_eq!(text.parse::<MaxErrors>().unwrap().to_string(), text);
        }
        assert_eq!(MaxErrors::default().to_string(), "unlimited");
    }

    #[test]
    fn a_percentage_is_exact_where_people_would_check_it() {
        for permille in 0..=1000 {
            let most: MaxErrors = format!("{}.{}%", permille / 10, permille % 10).parse().unwrap();
            assert!(!most.is_exceeded(permille * 2, 2_000), "{permille}");
            assert!(most.is_exceeded(permille * 2 + 1, 2_000), "{permille}");
        }
    }

    #[test]
    fn a_share_waits_for_enough_records_and_a_count_does_not() {
        let most = MaxErrors::count(5).and_share(0.01).unwrap();
        assert!(!most.is_exceeded_so_far(1, 1), "the first record is bad");
        assert!(most.is_exceeded(1, 1), "and there is no other");
        assert!(most.is_exceeded_so_far(6, 6));
        assert!(!MaxErrors::share(0.01).unwrap().is_exceeded_so_far(10, 1_000));
        assert!(MaxErrors::share(0.01).unwrap().is_exceeded_so_far(11, 1_000));
        assert!(!MaxErrors::UNLIMITED.is_exceeded(u64::MAX, u64::MAX));
        assert!(MaxErrors::count(0).is_exceeded(1, 1));
        assert!(MaxErrors::share(0.0).unwrap().is_exceeded(1, u64::MAX));
    }
}
