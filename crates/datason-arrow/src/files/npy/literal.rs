//! Python literals, as far as headers of `.npy` files have them.

/// A literal.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    Text(String),
    Integer(u64),
    Bool(bool),
    None,
    /// A tuple or a list.
    Items(Vec<Literal>),
    Dict(Vec<(Literal, Literal)>),
}

impl Literal {
    /// The value of a dictionary's key.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let Self::Dict(entries) = self else { return None };
        let found = entries.iter().find(|(name, _)| name.as_text() == Some(key));
        found.map(|(_, value)| value)
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn as_items(&self) -> Option<&[Self]> {
        match self {
            Self::Items(items) => Some(items),
            _ => None,
        }
    }

    pub(super) fn as_integer(&self) -> Option<u64> {
        match self {
            Self::Integer(integer) => Some(*integer),
            _ => None,
        }
    }
}

/// Reads the one literal that `text` holds; `None` if it is none.
pub(super) fn parse(text: &str) -> Option<Literal> {
    let mut parser = Parser { rest: text, depth: 0 };
    let literal = parser.literal()?;
    parser.blanks();
    parser.rest.is_empty().then_some(literal)
}

struct Parser<'t> {
    rest: &'t str,
    depth: u8,
}

impl Parser<'_> {
    /// No header that NumPy writes is nested deeper.
    const DEEPEST: u8 = 32;

    fn blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, token: &str) -> Option<()> {
        self.blanks();
        self.rest = self.rest.strip_prefix(token)?;
        Some(())
    }

    fn literal(&mut self) -> Option<Literal> {
        self.blanks();
        self.depth += 1;
        if self.depth > Self::DEEPEST {
            return None;
        }
        let literal = match self.rest.bytes().next()? {
            b'{' => self.dict(),
            b'(' => self.items("(", ")"),
            b'[' => self.items("[", "]"),
            b'0'..=b'9' => self.integer(),
            b'\'' | b'"' | b'u' | b'b' => self.text(),
            _ => self.word(),
        };
        self.depth -= 1;
        literal
    }

    fn dict(&mut self) -> Option<Literal> {
        self.take("{")?;
        let mut entries = Vec::new();
        while self.take("}").is_none() {
            let key = self.literal()?;
            self.take(":")?;
            entries.push((key, self.literal()?));
            self.comma_before("}")?;
        }
        Some(Literal::Dict(entries))
    }

    fn items(&mut self, open: &str, close: &str) -> Option<Literal> {
        self.take(open)?;
        let mut items = Vec::new();
        while self.take(close).is_none() {
            items.push(self.literal()?);
            self.comma_before(close)?;
        }
        Some(Literal::Items(items))
    }

    /// A comma, or the end of the collection, which stays.
    fn comma_before(&mut self, close: &str) -> Option<()> {
        if self.take(",").is_some() || self.rest.starts_with(close) { Some(()) } else { None }
    }

    /// Python 2 wrote `10L`.
    fn integer(&mut self) -> Option<Literal> {
        let end = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest.strip_prefix('L').unwrap_or(rest);
        digits.parse().ok().map(Literal::Integer)
    }

    fn text(&mut self) -> Option<Literal> {
        self.rest = self.rest.trim_start_matches(['u', 'b']);
        let quote = self.rest.chars().next().filter(|letter| matches!(letter, '\'' | '"'))?;
        let mut text = String::new();
        let mut letters = self.rest[1..].chars();
        loop {
            match letters.next()? {
                letter if letter == quote => break,
                '\\' => text.push(escaped(&mut letters)?),
                letter => text.push(letter),
            }
        }
        self.rest = letters.as_str();
        Some(Literal::Text(text))
    }

    fn word(&mut self) -> Option<Literal> {
        let words = [
            ("True", Literal::Bool(true)),
            ("False", Literal::Bool(false)),
            ("None", Literal::None),
        ];
        words.into_iter().find_map(|(word, literal)| self.take(word).map(|()| literal))
    }
}

/// The escapes of Python's `repr`.
fn escaped(letters: &mut std::str::Chars<'_>) -> Option<char> {
    let digits = match letters.next()? {
        'n' => return Some('\n'),
        'r' => return Some('\r'),
        't' => return Some('\t'),
        'x' => 2,
        'u' => 4,
        'U' => 8,
        letter @ ('\\' | '\'' | '"') => return Some(letter),
        _ => return None,
    };
    let (code, rest) = letters.as_str().split_at_checked(digits)?;
    *letters = rest.chars();
    u32::from_str_radix(code, 16).ok().and_then(char::from_u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read() {
        let text = "{'descr': [('a', '<i4'), (\"b\", '|S3', (2,))], 'fortran_order': False, 'shape': (3L, 2), } \n";
        let header = parse(text).unwrap();
        assert_eq!(header.get("fortran_order"), Some(&Literal::Bool(false)));
        let shape = header.get("shape").and_then(Literal::as_items).unwrap();
        assert_eq!(shape, [Literal::Integer(3), Literal::Integer(2)]);
        let fields = header.get("descr").and_then(Literal::as_items).unwrap();
        assert_eq!(fields[1].as_items().unwrap()[1].as_text(), Some("|S3"));
        assert_eq!(parse("()"), Some(Literal::Items(vec![])));
    }

    #[test]
    fn escapes_in_names_are_read() {
        assert_eq!(parse(r"'a\'\x41\u00e9\U0001f600\n'").unwrap().as_text(), Some("a'Aé😀\n"));
    }

    #[test]
    fn what_is_no_literal_is_refused() {
        for text in
            ["", "{", "(1 2)", "(,)", "{'a' 1}", "'a", "1 2", "-1", "eval()", "'\\x4'", "'\\xé'"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(&"(".repeat(100_000)), None);
    }
}
