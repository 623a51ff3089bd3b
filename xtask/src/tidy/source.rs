//! A Rust file as its tokens, so that no rule is fooled by comments or text.

use std::ops::Range;
use std::str::FromStr;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A Rust file of the workspace.
pub(super) struct Source {
    /// The path below the workspace's root, with `/` between the parts.
    pub(super) path: String,
    /// The lines, for the rules that read comments, which are no tokens.
    pub(super) lines: Vec<String>,
    /// All tokens in order, brackets among them.
    pub(super) tokens: Vec<Token>,
}

/// A token and the lines it stands on, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) line: usize,
    pub(super) last_line: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Word(String),
    Sign(char),
    /// A number or a text, as it is written; a doc comment is the text of a `doc` attribute.
    Literal(String),
    /// An opening bracket and where in the tokens the closing one is.
    Open(char, usize),
    /// A closing bracket and where in the tokens the opening one is.
    Close(char, usize),
}

impl Source {
    /// Reads `text` as Rust; the error says where it is none.
    pub(super) fn parse(path: &str, text: &str) -> Result<Self, String> {
        let stream = TokenStream::from_str(text)
            .map_err(|error| format!("line {}: {error}", error.span().start().line))?;
        let mut tokens = Vec::new();
        flatten(stream, &mut tokens);
        Ok(Self { path: path.to_owned(), lines: text.lines().map(str::to_owned).collect(), tokens })
    }

    /// Whether the whole file holds tests.
    pub(super) fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs") || self.path.split('/').any(|part| part == "tests")
    }

    /// Where in the tokens the modules of tests stand, their `#[cfg(test)]` included.
    pub(super) fn test_modules(&self) -> impl Iterator<Item = Range<usize>> {
        (0..self.tokens.len()).filter_map(|start| self.test_module_at(start))
    }

    fn test_module_at(&self, start: usize) -> Option<Range<usize>> {
        let attribute = self.attribute_at(start)?;
        let names = |wanted| self.tokens[attribute.clone()].iter().any(|token| token.is(wanted));
        if !names("cfg") || !names("test") || names("not") {
            return None;
        }
        let mut place = attribute.end + 1;
        while let Some(next) = self.attribute_at(place) {
            place = next.end + 1;
        }
        let module = (place..=place + 1).find(|&at| self.word_at(at) == Some("mod"))?;
        match self.tokens.get(module + 2)?.kind {
            Kind::Open('{', end) => Some(start..end),
            _ => Some(start..module + 2),
        }
    }

    /// Returns where in the tokens the inside of the attribute is that starts at `place`.
    pub(super) fn attribute_at(&self, place: usize) -> Option<Range<usize>> {
        if !self.tokens.get(place)?.is_sign('#') {
            return None;
        }
        let inner = usize::from(self.tokens.get(place + 1)?.is_sign('!'));
        match self.tokens.get(place + 1 + inner)?.kind {
            Kind::Open('[', end) => Some(place + 2 + inner..end),
            _ => None,
        }
    }

    /// Returns the word that is the token at `place`, if it is one.
    pub(super) fn word_at(&self, place: usize) -> Option<&str> {
        match &self.tokens.get(place)?.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }

    /// Returns the places of all tokens that are `word`.
    pub(super) fn places_of<'a>(&'a self, word: &'a str) -> impl Iterator<Item = usize> + 'a {
        (0..self.tokens.len()).filter(move |&place| self.tokens[place].is(word))
    }
}

impl Token {
    pub(super) fn is(&self, word: &str) -> bool {
        matches!(&self.kind, Kind::Word(own) if own == word)
    }

    pub(super) fn is_sign(&self, sign: char) -> bool {
        self.kind == Kind::Sign(sign)
    }

    /// Returns what is between the quotes, if the token is a text.
    pub(super) fn text(&self) -> Option<&str> {
        let Kind::Literal(literal) = &self.kind else { return None };
        let inner = literal.trim_start_matches(['r', 'b', 'c']).trim_matches('#');
        inner.strip_prefix('"')?.strip_suffix('"')
    }
}

fn flatten(stream: TokenStream, tokens: &mut Vec<Token>) {
    for tree in stream {
        let span = tree.span();
        let (line, last_line) = (span.start().line, span.end().line);
        let kind = match tree {
            TokenTree::Ident(word) => Kind::Word(word.to_string()),
            TokenTree::Punct(sign) => Kind::Sign(sign.as_char()),
            TokenTree::Literal(literal) => Kind::Literal(literal.to_string()),
            TokenTree::Group(group) => {
                let (open, close) = brackets(group.delimiter());
                let start = tokens.len();
                tokens.push(Token { kind: Kind::Open(open, 0), line, last_line: line });
                flatten(group.stream(), tokens);
                let end = tokens.len();
                tokens[start].kind = Kind::Open(open, end);
                let kind = Kind::Close(close, start);
                tokens.push(Token { kind, line: last_line, last_line });
                continue;
            }
        };
        tokens.push(Token { kind, line, last_line });
    }
}

/// `Delimiter::None` occurs only in what macros made, never in a file.
fn brackets(delimiter: Delimiter) -> (char, char) {
    match delimiter {
        Delimiter::Parenthesis => ('(', ')'),
        Delimiter::Bracket => ('[', ']'),
        Delimiter::Brace | Delimiter::None => ('{', '}'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source::parse("crates/a/src/lib.rs", text).expect("Rust")
    }

    #[test]
    fn words_in_comments_and_texts_are_no_tokens() {
        let text = "// unsafe\nlet a = \"unsafe\"; /* unsafe */ let r = r#\"unsafe {\"#; unsafe {}";
        let source = source(text);
        let lines: Vec<usize> =
            source.places_of("unsafe").map(|place| source.tokens[place].line).collect();
        assert_eq!(lines, [2]);
    }

    #[test]
    fn brackets_know_their_partners() {
        let source = source("fn a() {\n    b[0]\n}");
        let kinds: Vec<&Kind> = source.tokens.iter().map(|token| &token.kind).collect();
        assert_eq!(kinds[4], &Kind::Open('{', 9));
        assert_eq!(kinds[9], &Kind::Close('}', 4));
        assert_eq!((source.tokens[4].line, source.tokens[9].line), (1, 3));
    }

    #[test]
    fn test_modules_are_found() {
        let text = "#[cfg(test)] use a::B;\n#[cfg(not(test))] mod c {}\n\
            #[cfg(test)]\n#[expect(x)]\nmod d { fn e() {} }\n#[cfg(all(test, unix))] pub mod f;";
        let source = source(text);
        let lines: Vec<_> = source
            .test_modules()
            .map(|range| (source.tokens[range.start].line, source.tokens[range.end].line))
            .collect();
        assert_eq!(lines, [(3, 5), (6, 6)]);
    }

    #[test]
    fn texts_lose_their_quotes() {
        let source = source(r##"a("b", r#"c"#, 1, b"d")"##);
        let texts: Vec<&str> = source.tokens.iter().filter_map(Token::text).collect();
        assert_eq!(texts, ["b", "c", "d"]);
    }

    #[test]
    fn what_is_no_rust_is_an_error() {
        assert!(Source::parse("a.rs", "fn a() {\n").is_err());
    }
}
