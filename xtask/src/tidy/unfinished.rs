//! Nothing is left for later: no stubs, no tests that do not run.

use super::Finding;
use super::source::{Kind, Source, Token};

pub(super) fn check(source: &Source) -> Vec<Finding> {
    let places = 0..source.tokens.len();
    let found = places.filter_map(|place| {
        let message = stub(source, place).or_else(|| ignored(source, place))?;
        Some(Finding::at(&source.path, source.tokens[place].line, message))
    });
    found.collect()
}

fn stub(source: &Source, place: usize) -> Option<String> {
    let name = source.word_at(place).filter(|name| ["todo", "unimplemented"].contains(name))?;
    let is_macro = source.tokens.get(place + 1)?.is_sign('!')
        && matches!(source.tokens.get(place + 2)?.kind, Kind::Open(..));
    is_macro.then(|| format!("`{name}!` is left"))
}

/// Finds ignored tests, and ignored examples in doc comments.
///
/// What Miri cannot run, or only in hours, may be left out of its runs alone.
fn ignored(source: &Source, place: usize) -> Option<String> {
    let attribute = source.attribute_at(place)?;
    let tokens = &source.tokens[attribute];
    let has = |word| tokens.iter().any(|token| token.is(word));
    let message = match tokens.first()? {
        first if first.is("ignore") => "a test is ignored",
        first if first.is("cfg_attr") && has("ignore") && !has("miri") => {
            "a test is ignored under a condition"
        }
        first
            if first.is("doc")
                && tokens.last().and_then(Token::text).is_some_and(opens_ignored) =>
        {
            "an example is ignored"
        }
        _ => return None,
    };
    Some(message.to_owned())
}

/// Whether a line of a doc comment, or one of several, opens an example that is not run.
fn opens_ignored(text: &str) -> bool {
    text.split("\\n").flat_map(str::lines).any(|line| {
        let info = line.trim_start().trim_start_matches('*').trim_start().strip_prefix("```");
        info.is_some_and(|info| info.split([',', ' ']).any(|word| word.starts_with("ignore")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let source = Source::parse("a.rs", text).expect("Rust");
        check(&source).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn stubs_are_found() {
        let text = "fn a() {\n    todo!()\n}\nfn b() { vec![unimplemented!(\"later\")] }";
        assert_eq!(found(text), ["a.rs:2: `todo!` is left", "a.rs:4: `unimplemented!` is left"]);
    }

    #[test]
    fn ignored_tests_are_found() {
        let text = "#[test]\n#[ignore]\nfn a() {}\n#[ignore = \"slow\"]\nfn b() {}\n\
            #[cfg_attr(windows, ignore)]\nfn c() {}\n#[cfg_attr(miri, ignore)]\nfn d() {}";
        let lines = ["a.rs:2: a test is ignored", "a.rs:4: a test is ignored"];
        assert_eq!(found(text)[..2], lines);
        assert_eq!(found(text)[2..], ["a.rs:6: a test is ignored under a condition"]);
    }

    #[test]
    fn ignored_examples_are_found() {
        for text in [
            "/// ```ignore\n/// a\n/// ```\nfn a() {}",
            "//! ```rust,ignore\n",
            "/** x\n * ```ignore-wasm\n */ fn a() {}",
        ] {
            assert_eq!(found(text).len(), 1, "{text}");
        }
    }

    #[test]
    fn words_alone_are_no_finding() {
        let text = "// todo!() #[ignore]\n/// ```no_run\n/// let ignore = 1;\n/// ```\n\
            fn a() { let todo = ignore; b(\"todo!()\"); todo != 1; }";
        assert_eq!(found(text), [] as [&str; 0]);
    }
}
