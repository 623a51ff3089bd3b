//! Names of files that any value can have.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use super::{MANIFEST, MISSING};

/// Names that have been given, and that differ also where capitals do not count.
#[derive(Debug)]
pub(super) struct Names {
    taken: HashSet<String>,
    /// The next number for those that are otherwise alike: to count up anew for each would take
    /// time in the square of how many there are.
    next: HashMap<String, u64>,
    suffix: String,
}

/// Longer ones are cut. File systems take 255 bytes.
const LONGEST: usize = 120;

impl Names {
    /// Names that end in `suffix`.
    pub(super) fn new(suffix: String) -> Self {
        let taken = [MISSING, MANIFEST].map(str::to_owned);
        Self { taken: taken.into(), next: HashMap::new(), suffix }
    }

    /// The name of the records without a value.
    pub(super) fn of_missing(&self) -> String {
        format!("{MISSING}{}", self.suffix)
    }

    /// A name for `value`, a scalar as JSON, that no other value has.
    pub(super) fn give(&mut self, value: &str) -> String {
        let text = serde_json::from_str::<String>(value).unwrap_or_else(|_| value.to_owned());
        let whole = encoded(&text);
        // `~` stands in no encoded name.
        let plain = match whole.get(..LONGEST) {
            Some(start) if whole.len() > LONGEST => {
                let end = start.rfind('%').filter(|at| at + 3 > LONGEST).unwrap_or(LONGEST);
                format!("{}~", &start[..end])
            }
            _ => whole,
        };
        let next = self.next.entry(plain.to_ascii_lowercase()).or_insert(1);
        loop {
            let name = if *next == 1 { plain.clone() } else { format!("{plain}~{next}") };
            *next += 1;
            if self.taken.insert(name.to_ascii_lowercase()) {
                return name + &self.suffix;
            }
        }
    }
}

/// `text` in letters, digits, `-`, `_` and inner `.`; each other byte as `%` and two digits.
/// Different texts give different names, and none that means something to a system.
fn encoded(text: &str) -> String {
    if text.is_empty() {
        return "%".to_owned();
    }
    let last = text.len() - 1;
    let reserved = is_reserved(text);
    let mut name = String::with_capacity(text.len());
    for (at, byte) in text.bytes().enumerate() {
        let keeps = match byte {
            b'.' => at > 0 && at < last,
            b'-' => at > 0,
            _ => byte.is_ascii_alphanumeric() || byte == b'_',
        };
        if keeps && !(reserved && at == 0) {
            name.push(char::from(byte));
        } else {
            write!(name, "%{byte:02X}").expect("a string takes all");
        }
    }
    name
}

/// Whether Windows takes it for a device, whatever stands behind a point.
fn is_reserved(text: &str) -> bool {
    let stem = text.split('.').next().unwrap_or_default().to_ascii_uppercase();
    match stem.as_str() {
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" => true,
        _ => {
            let port = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT"));
            port.is_some_and(|port| {
                port.len() == 1 && port.bytes().all(|byte| byte.is_ascii_digit())
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_has_a_safe_name() {
        for (text, name) in [
            ("click", "click"),
            ("DE", "DE"),
            ("2024-01-31", "2024-01-31"),
            ("a.b", "a.b"),
            ("", "%"),
            (".", "%2E"),
            ("..", "%2E%2E"),
            ("../../x", "%2E.%2F..%2Fx"),
            ("/etc/x", "%2Fetc%2Fx"),
            ("a\0b", "a%00b"),
            ("a\\b", "a%5Cb"),
            ("-rf", "%2Drf"),
            ("~", "%7E"),
            ("%", "%25"),
            ("\u{1b}[31m", "%1B%5B31m"),
            ("x ", "x%20"),
            ("x.", "x%2E"),
            ("é", "%C3%A9"),
            ("e\u{301}", "e%CC%81"),
            ("CON", "%43ON"),
            ("nul.txt", "%6Eul.txt"),
            ("com1", "%63om1"),
            ("COM10", "COM10"),
            ("a:b", "a%3Ab"),
        ] {
            assert_eq!(encoded(text), name, "{text:?}");
        }
    }

    #[test]
    fn names_that_are_alike_at_first_are_counted_on() {
        let mut names = Names::new(String::new());
        let given = (0..20_000).map(|n| names.give(&format!("\"{}{n}\"", "x".repeat(130))));
        let last = given.last().unwrap();
        assert_eq!(last, format!("{}~~20000", "x".repeat(120)));
    }

    #[test]
    fn no_two_values_share_a_name() {
        let mut names = Names::new(".jsonl".to_owned());
        let (long, longer) = ("x".repeat(300), "x".repeat(301));
        let values = [
            "a",
            "A",
            "1",
            "null",
            "true",
            "",
            "_missing",
            "_MISSING",
            "_manifest",
            &long,
            &longer,
            "é",
            "e\u{301}",
        ];
        let mut given: Vec<_> =
            values.iter().map(|text| names.give(&serde_json::to_string(text).unwrap())).collect();
        given.extend(["1", "null", "true", "1.0", "-1", "1e5"].map(|value| names.give(value)));
        given.extend([names.of_missing(), format!("{MANIFEST}.jsonl")]);
        let folded: HashSet<_> = given.iter().map(|name| name.to_ascii_lowercase()).collect();
        assert_eq!(folded.len(), given.len(), "{given:?}");
        assert_eq!(given[..2], ["a.jsonl", "A~2.jsonl"]);
        assert!(given.iter().all(|name| name.len() < 200));
    }

    #[test]
    fn a_long_name_is_not_cut_inside_a_code() {
        let mut names = Names::new(String::new());
        for shift in 0..3 {
            let text = "x".repeat(shift) + &"é".repeat(100);
            let name = names.give(&serde_json::to_string(&text).unwrap());
            let codes = name.trim_start_matches('x').trim_end_matches('~');
            assert_eq!(codes.len() % 3, 0, "{name}");
            assert!(name.len() <= LONGEST + 1);
        }
    }
}
