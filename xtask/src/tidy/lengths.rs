//! Files and functions that fit the head.

use std::collections::BTreeSet;
use std::ops::Range;

use super::Finding;
use super::source::{Kind, Source};

/// The most lines a file may have before its tests.
const FILE_LINES: usize = 600;
/// The most lines of code a function's body may have.
const FUNCTION_LINES: usize = 60;

/// Where clippy holds functions to the same number: an `#[expect]` must meet a warning.
pub(super) const CLIPPY: &str = "clippy.toml";

pub(super) fn check(source: &Source) -> Vec<Finding> {
    if source.is_test() {
        return Vec::new();
    }
    file(source).into_iter().chain(functions(source)).collect()
}

fn file(source: &Source) -> Option<Finding> {
    let tests = source.test_modules().next().map(|range| source.tokens[range.start].line - 1);
    let lines = tests.unwrap_or(source.lines.len());
    let message = format!("{lines} lines before the tests, {FILE_LINES} are the limit");
    (lines > FILE_LINES).then(|| Finding::of_file(&source.path, message))
}

/// Finds functions by their braces: the first `{` behind `fn` and a name that stands in no other
/// brackets opens the body. Only braces in a return type outside all brackets, as in
/// `-> Lanes<{ N * 2 }>`, are taken for a body; none are.
fn functions(source: &Source) -> Vec<Finding> {
    let tests: Vec<Range<usize>> = source.test_modules().collect();
    source
        .places_of("fn")
        .filter(|place| !tests.iter().any(|range| range.contains(place)))
        .filter_map(|place| function(source, place))
        .collect()
}

fn function(source: &Source, place: usize) -> Option<Finding> {
    let name = source.word_at(place + 1)?;
    let lines = code_lines(source, body(source, place)?);
    if lines <= FUNCTION_LINES || is_excused(source, place) {
        return None;
    }
    let message = format!(
        "function `{name}` has {lines} lines of code, {FUNCTION_LINES} are the limit \
         (or `#[expect(clippy::too_many_lines, reason = ..)]`)"
    );
    Some(Finding::at(&source.path, source.tokens[place].line, message))
}

/// Returns the tokens between the braces of the function whose `fn` is at `place`; one without
/// a body, in a trait, has none.
fn body(source: &Source, place: usize) -> Option<Range<usize>> {
    let mut at = place + 1;
    loop {
        at = match source.tokens.get(at)?.kind {
            Kind::Open('{', end) => return Some(at + 1..end),
            Kind::Open(_, end) => end + 1,
            Kind::Sign(';') | Kind::Close(..) => return None,
            _ => at + 1,
        };
    }
}

/// Counts the lines with a token on them, so that comments and blank lines are free.
fn code_lines(source: &Source, body: Range<usize>) -> usize {
    let lines: BTreeSet<usize> =
        source.tokens[body].iter().flat_map(|token| token.line..=token.last_line).collect();
    lines.len()
}

/// Whether an attribute of the function whose `fn` is at `place` expects it to be long, and says
/// why.
fn is_excused(source: &Source, place: usize) -> bool {
    let mut at = place;
    while at > 0 {
        match source.tokens[at - 1].kind {
            Kind::Word(_) | Kind::Literal(_) | Kind::Sign('#') => at -= 1,
            Kind::Close(bracket, open) if bracket != '}' => {
                let inside = &source.tokens[open..at];
                let says = |word| inside.iter().any(|token| token.is(word));
                if says("expect") && says("too_many_lines") && says("reason") {
                    return true;
                }
                at = open;
            }
            _ => return false,
        }
    }
    false
}

/// Checks that clippy's limit is this one.
pub(super) fn check_clippy(text: &str) -> Option<Finding> {
    let setting = format!("too-many-lines-threshold = {FUNCTION_LINES}");
    let message = format!("no `{setting}`: an `#[expect]` would meet no warning");
    (!text.lines().any(|line| line.trim() == setting)).then(|| Finding::of_file(CLIPPY, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        check(&Source::parse(path, text).expect("Rust")).iter().map(ToString::to_string).collect()
    }

    fn long_function(head: &str, lines: usize) -> String {
        format!("{head} fn long() -> [u8; {{ 2 + 2 }}] {{\n{}}}\n", "    step();\n".repeat(lines))
    }

    #[test]
    fn a_file_ends_where_its_tests_start() {
        let text = "// line\n".repeat(600);
        assert_eq!(found("a/src/b.rs", &text), [] as [&str; 0]);
        let expected = ["a/src/b.rs: 601 lines before the tests, 600 are the limit"];
        assert_eq!(found("a/src/b.rs", &(text.clone() + "// line\n")), expected);
        let tests = format!("{text}#[cfg(test)]\nmod tests {{\n{text}}}\n");
        assert_eq!(found("a/src/b.rs", &tests), [] as [&str; 0]);
        let trick = format!("#[cfg(test)]\nuse c::D;\n{text}");
        assert_eq!(found("a/src/b.rs", &trick).len(), 1);
    }

    #[test]
    fn tests_may_be_long() {
        let text = long_function("", 700);
        assert_eq!(found("a/src/tests.rs", &text), [] as [&str; 0]);
        assert_eq!(found("a/tests/it/main.rs", &text), [] as [&str; 0]);
        let inside = format!("#[cfg(test)]\nmod tests {{\n{text}}}");
        assert_eq!(found("a/src/b.rs", &inside), [] as [&str; 0]);
    }

    #[test]
    fn functions_are_counted_in_lines_of_code() {
        assert_eq!(found("a/src/b.rs", &long_function("", 60)), [] as [&str; 0]);
        let expected = "a/src/b.rs:1: function `long` has 61 lines of code, 60 are the limit \
            (or `#[expect(clippy::too_many_lines, reason = ..)]`)";
        assert_eq!(found("a/src/b.rs", &long_function("pub(crate) const", 61)), [expected]);
        let airy = format!("fn a() {{\n{}}}", "    // why\n\n    step();\n".repeat(60));
        assert_eq!(found("a/src/b.rs", &airy), [] as [&str; 0]);
        let literal = format!("fn a() {{ b(\"{}\") }}", "\n".repeat(61));
        assert_eq!(found("a/src/b.rs", &literal).len(), 1);
    }

    #[test]
    fn a_trait_has_functions_without_body() {
        let text = format!("trait A {{ fn b();\n{} }}", long_function("", 3));
        assert_eq!(found("a/src/b.rs", &text), [] as [&str; 0]);
    }

    #[test]
    fn a_reason_excuses() {
        let excuse = "#[expect(clippy::too_many_lines, reason = \"a state machine\")]";
        for head in [excuse.to_owned(), format!("{excuse}\n#[inline]\npub(crate) const")] {
            assert_eq!(found("a/src/b.rs", &long_function(&head, 61)), [] as [&str; 0], "{head}");
        }
        let other = format!("{excuse}\nfn a() {{}}\n");
        for head in ["#[expect(clippy::too_many_lines)]", "#[expect(x, reason = \"y\")]", &other] {
            assert_eq!(found("a/src/b.rs", &long_function(head, 61)).len(), 1, "{head}");
        }
    }

    #[test]
    fn clippy_has_the_same_limit() {
        assert_eq!(check_clippy("a = 1\ntoo-many-lines-threshold = 60\n"), None);
        assert!(check_clippy("too-many-lines-threshold = 100").is_some());
    }
}
