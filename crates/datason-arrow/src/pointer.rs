//! The place of a value inside its record, for messages.

use datason_core::pointer::escape;

/// The JSON pointer (RFC 6901) of the value that begins at byte `at` of `text`, or of that in
/// which `at` lies. For a key it is that of its value.
///
/// Goes through `text`, valid JSON, from its start; called when a record is refused, and never
/// before.
#[cold]
pub(crate) fn pointer_at(text: &[u8], at: usize) -> String {
    Pointers::new(text).at(at)
}

/// The pointers of several values, in one walk through the text.
pub(crate) struct Pointers<'a> {
    text: &'a [u8],
    offset: usize,
    path: Vec<Step>,
}

impl<'a> Pointers<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Self {
        Self { text, offset: 0, path: Vec::new() }
    }

    /// As [`pointer_at`]. Each `at` must be greater than the one before.
    pub(crate) fn at(&mut self, at: usize) -> String {
        self.walk_to(at);
        let tokens = self.path.iter().filter_map(Step::token);
        tokens.fold(String::new(), |pointer, token| pointer + "/" + &token)
    }

    fn walk_to(&mut self, at: usize) {
        let Self { text, offset, path } = self;
        while *offset < text.len() {
            match text[*offset] {
                b'"' => {
                    let end = string_end(text, *offset);
                    if let Some(Step::Member { key, expects_key: expects_key @ true }) =
                        path.last_mut()
                    {
                        *key = text[*offset..end].to_vec();
                        *expects_key = false;
                    }
                    if at < end {
                        break;
                    }
                    *offset = end;
                    continue;
                }
                _ if *offset >= at => break,
                b'{' => path.push(Step::Member { key: Vec::new(), expects_key: true }),
                b'[' => path.push(Step::Element(0)),
                b'}' | b']' => drop(path.pop()),
                b',' => path.last_mut().into_iter().for_each(Step::advance),
                _ => {}
            }
            *offset += 1;
        }
    }
}

enum Step {
    Element(usize),
    Member {
        /// With its quotes, as it stands.
        key: Vec<u8>,
        expects_key: bool,
    },
}

impl Step {
    fn advance(&mut self) {
        match self {
            Self::Element(index) => *index += 1,
            Self::Member { expects_key, .. } => *expects_key = true,
        }
    }

    fn token(&self) -> Option<String> {
        match self {
            Self::Element(index) => Some(index.to_string()),
            Self::Member { key, .. } => {
                let key: String = serde_json::from_slice(key).ok()?;
                Some(escape(&key).into_owned())
            }
        }
    }
}

/// The offset behind the string that begins at `start`.
pub(crate) fn string_end(text: &[u8], start: usize) -> usize {
    let mut offset = start + 1;
    while offset < text.len() {
        match text[offset] {
            b'"' => return offset + 1,
            b'\\' => offset += 2,
            _ => offset += 1,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value is the only `7` in the text.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        let at = text.find('7').expect("there is one");
        assert_eq!(pointer_at(text.as_bytes(), at), expected, "{text}");
    }

    #[test]
    fn several_in_one_walk() {
        let text = r#"{"a":{"7":1,"b":[7,{"c":7}]},"d":7,"7":7}"#;
        let mut pointers = Pointers::new(text.as_bytes());
        let found: Vec<_> = text.match_indices('7').map(|(at, _)| pointers.at(at)).collect();
        assert_eq!(found, ["/a/7", "/a/b/0", "/a/b/1/c", "/d", "/7", "/7"]);
    }

    #[test]
    fn cases() {
        check("7", "");
        check(r#"{"a":7}"#, "/a");
        check(r#"{"a":[1,{"b/c~":[0, 7]}]}"#, "/a/1/b~1c~0/1");
        check(r#"[[],{},{"x":"],"},7]"#, "/3");
        check(r#"{"a":{"b":1},"c\n\"":7}"#, "/c\n\"");
        check(r#"{"a":"x7"}"#, "/a");
        check(r#"{"a":1,"7":2}"#, "/7");
        check(r#"{"a":{"b":1,"c":2},"d":[7]}"#, "/d/0");
    }
}
