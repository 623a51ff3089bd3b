//! Which format an output gets.

use std::path::Path;

use datason_core::{Error, ErrorKind, Result, escape};

use crate::format::Format;

/// The format that was told, or that the extension of `path` says, or JSON Lines; an error if
/// both are there and differ, unless `any_extension` says that this is meant.
pub(crate) fn settle(path: &Path, told: Option<Format>, any_extension: bool) -> Result<Format> {
    let named = Format::from_path(path);
    match (told, named) {
        (Some(Format::Concatenated), _) => {
            let message = "concatenated values are read, but not written: jsonl, json";
            Err(Error::new(ErrorKind::Argument, message))
        }
        (Some(told), Some(named)) if told != named && !any_extension => {
            let name = escape(path.as_os_str().as_encoded_bytes());
            let message = format!("the name `{name}` says {named}, and {told} is asked for");
            Err(Error::new(ErrorKind::Argument, message).in_file(path))
        }
        (told, named) => Ok(told.or(named).unwrap_or(Format::Jsonl)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_decides_where_nothing_is_told() {
        for (name, format) in [
            ("a.json", Format::Json),
            ("a.jsonl.gz", Format::Jsonl),
            ("a", Format::Jsonl),
            ("a.gz", Format::Jsonl),
        ] {
            assert_eq!(settle(name.as_ref(), None, false).unwrap(), format, "{name}");
        }
    }

    #[test]
    fn a_name_that_says_otherwise_is_an_error_unless_meant() {
        let path = Path::new("a.json.gz");
        let error = settle(path, Some(Format::Jsonl), false).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument);
        assert_eq!(error.message(), "the name `a.json.gz` says json, and jsonl is asked for");
        assert_eq!(settle(path, Some(Format::Jsonl), true).unwrap(), Format::Jsonl);
        assert!(settle("a.log".as_ref(), Some(Format::Concatenated), true).is_err());
    }
}
