//! What the `datason` program understands, read from the types it derives its parser from; and
//! the `datason` commands that stand in shell text.

use std::collections::BTreeSet;

use super::source::{Kind, Source};

/// The words a command line of `datason` may hold.
#[derive(Debug, Default)]
pub(super) struct CommandLine {
    pub(super) subcommands: BTreeSet<String>,
    /// The long flags, without the two dashes.
    pub(super) flags: BTreeSet<String>,
}

impl CommandLine {
    /// Reads what clap derives: the variants of every enum with `derive(Subcommand)`, and every
    /// field with `arg(long)`, renamed as their attributes say. clap's own are added.
    pub(super) fn read<'a>(sources: impl IntoIterator<Item = &'a Source>) -> Self {
        let mut found = Self::default();
        for source in sources {
            found.subcommands.extend(subcommands(source));
            found.flags.extend(flags(source));
        }
        if !found.subcommands.is_empty() {
            found.subcommands.insert("help".to_owned());
        }
        found.flags.extend(["help".to_owned(), "version".to_owned()]);
        found
    }

    /// Says what is wrong with `arguments` of `datason`: a first word that is no subcommand, or
    /// flags that nobody reads.
    pub(super) fn unknown(&self, arguments: &[String]) -> Vec<String> {
        let first = arguments.first().filter(|word| !word.starts_with('-'));
        let subcommand = first
            .filter(|word| !self.subcommands.contains(*word))
            .map(|word| format!("`datason {word}` is no subcommand"));
        let flags = arguments
            .iter()
            .take_while(|word| *word != "--")
            .filter_map(|word| word.strip_prefix("--")?.split('=').next())
            .filter(|flag| !self.flags.contains(*flag))
            .map(|flag| format!("`--{flag}` is no flag of datason"));
        subcommand.into_iter().chain(flags).collect()
    }
}

fn subcommands(source: &Source) -> Vec<String> {
    let derives = source.places_of("Subcommand").filter(|&place| is_derived(source, place));
    derives.flat_map(|place| variants(source, place)).collect()
}

/// Whether the word at `place` stands in `#[derive(..)]`.
fn is_derived(source: &Source, place: usize) -> bool {
    let open =
        source.tokens[..place].iter().rposition(|token| matches!(token.kind, Kind::Open('(', _)));
    open.is_some_and(|open| open > 0 && source.word_at(open - 1) == Some("derive"))
}

/// Returns the names of the variants of the enum that follows `place`.
fn variants(source: &Source, place: usize) -> Vec<String> {
    let is_brace = |at: &usize| matches!(source.tokens[*at].kind, Kind::Open('{', _));
    let Some(open) = (place..source.tokens.len()).find(is_brace) else { return Vec::new() };
    let Kind::Open(_, end) = source.tokens[open].kind else { return Vec::new() };
    let mut names = Vec::new();
    let (mut at, mut renamed) = (open + 1, None);
    while at < end {
        if let Some(attribute) = source.attribute_at(at) {
            at = attribute.end + 1;
            renamed = value_of(source, attribute, "command", &["name"]).pop().or(renamed);
            continue;
        }
        let name = source.word_at(at).map(kebab_case);
        names.extend(renamed.take().or(name));
        at = next_variant(source, at, end);
    }
    names
}

/// Returns the place behind the comma that follows `at`, on the level of `at`.
fn next_variant(source: &Source, mut at: usize, end: usize) -> usize {
    while at < end && !source.tokens[at].is_sign(',') {
        at = match source.tokens[at].kind {
            Kind::Open(_, close) => close + 1,
            _ => at + 1,
        };
    }
    at + 1
}

/// Returns the texts that `keys` are set to in an attribute called `name`.
fn value_of(
    source: &Source,
    attribute: std::ops::Range<usize>,
    name: &str,
    keys: &[&str],
) -> Vec<String> {
    if source.word_at(attribute.start) != Some(name) {
        return Vec::new();
    }
    let is_key = |at: &usize| source.word_at(*at).is_some_and(|word| keys.contains(&word));
    let is_set = |at: &usize| source.tokens[at + 1].is_sign('=');
    let value = |at: usize| source.tokens[at + 2].text().map(str::to_owned);
    attribute.filter(is_key).filter(is_set).filter_map(value).collect()
}

fn flags(source: &Source) -> Vec<String> {
    let mut flags = Vec::new();
    for place in 0..source.tokens.len() {
        let Some(attribute) = source.attribute_at(place) else { continue };
        let is_long = source.tokens[attribute.clone()].iter().any(|token| token.is("long"));
        if source.word_at(attribute.start) != Some("arg") || !is_long {
            continue;
        }
        let own = value_of(source, attribute.clone(), "arg", &["long"]);
        flags.extend(value_of(source, attribute.clone(), "arg", &["alias", "visible_alias"]));
        if own.is_empty() {
            flags.extend(field_after(source, attribute.end + 1));
        }
        flags.extend(own);
    }
    flags
}

/// Returns the flag named after the field that follows `at`, past attributes and visibility.
fn field_after(source: &Source, mut at: usize) -> Option<String> {
    while let Some(attribute) = source.attribute_at(at) {
        at = attribute.end + 1;
    }
    let is_name = |at: &usize| source.tokens.get(at + 1).is_some_and(|token| token.is_sign(':'));
    let name = (at..at + 5).find(is_name)?;
    source.word_at(name).map(|word| word.replace('_', "-"))
}

/// Turns `CountAll` into `count-all`, as clap does.
fn kebab_case(name: &str) -> String {
    let mut kebab = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.extend(letter.to_lowercase());
    }
    kebab
}

/// Returns the arguments of every call of `datason` in a line of shell: `datason ..`,
/// `some/path/datason ..` or `cargo run .. -- ..`, which runs it unless told to run xtask.
pub(super) fn calls(line: &str) -> Vec<Vec<String>> {
    simple_commands(line).iter().filter_map(|words| arguments(words)).collect()
}

fn arguments(words: &[String]) -> Option<Vec<String>> {
    let is_setting = |word: &&String| word.contains('=') && !word.starts_with('-');
    let settings = words.iter().take_while(is_setting).count();
    let (program, rest) = words[settings..].split_first()?;
    if program.rsplit('/').next() == Some("datason") {
        return Some(rest.to_vec());
    }
    let end = rest.iter().position(|word| word == "--")?;
    let runs_it =
        program == "cargo" && rest[0] == "run" && !rest[..end].contains(&"xtask".to_owned());
    runs_it.then(|| rest[end + 1..].to_vec())
}

/// Splits a line of shell into commands and these into words. It knows quotes, comments, pipes,
/// `;`, `&`, and redirections, whose file it drops; a README needs no more.
fn simple_commands(line: &str) -> Vec<Vec<String>> {
    let mut commands = vec![Vec::new()];
    let mut word: Option<String> = None;
    let mut quote = None;
    for letter in line.trim_start().trim_start_matches("$ ").chars().chain([' ']) {
        match (quote, letter) {
            (Some(open), _) if open == letter => quote = None,
            (None, '"' | '\'') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, '#') if word.is_none() => break,
            (None, ' ' | '|' | ';' | '&' | '<' | '>') => {
                commands.last_mut().expect("one at least").extend(word.take());
                match letter {
                    ' ' => {}
                    '<' | '>' => commands.push(vec![">".to_owned()]),
                    _ => commands.push(Vec::new()),
                }
            }
            _ => word.get_or_insert_default().push(letter),
        }
    }
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARGUMENTS: &str = r#"
        #[derive(Parser)]
        struct Cli {
            #[command(subcommand)]
            verb: Verb,
            /// Prints numbers.
            #[arg(long, global = true)]
            pub(crate) json: bool,
            #[arg(short, long = "to", visible_alias = "into")]
            target: String,
            #[arg(long, value_name = "N")]
            #[arg(default_value_t = 1)]
            chunk_size: u64,
            #[arg(short)]
            quiet: bool,
        }
        #[derive(Debug, Subcommand)]
        enum Verb {
            /// Counts, all of it.
            Count { files: Vec<PathBuf>, #[arg(long)] strict: bool },
            #[command(name = "cat", about)]
            Concatenate(Cat),
            EstimateSize,
        }
    "#;

    fn known() -> CommandLine {
        let source = Source::parse("crates/datason-cli/src/args.rs", ARGUMENTS).expect("Rust");
        CommandLine::read([&source])
    }

    fn set(words: &[&str]) -> BTreeSet<String> {
        words.iter().map(|&word| word.to_owned()).collect()
    }

    #[test]
    fn the_derived_words_are_read() {
        let known = known();
        assert_eq!(known.subcommands, set(&["cat", "count", "estimate-size", "help"]));
        let flags = ["chunk-size", "help", "into", "json", "strict", "to", "version"];
        assert_eq!(known.flags, set(&flags));
    }

    #[test]
    fn unknown_words_are_named() {
        let unknown = |line: &str| known().unknown(&calls(line).concat());
        assert_eq!(unknown("datason count a.jsonl --json --to=jsonl"), [] as [&str; 0]);
        assert_eq!(unknown("datason --version"), [] as [&str; 0]);
        assert_eq!(unknown("datason cat -- --odd-name"), [] as [&str; 0]);
        let expected = ["`datason guess` is no subcommand", "`--hard` is no flag of datason"];
        assert_eq!(unknown("datason guess a.jsonl --hard"), expected);
    }

    #[test]
    fn calls_are_found_in_shell_text() {
        let cases: [(&str, &[&[&str]]); 10] = [
            ("$ datason head a.jsonl # the first", &[&["head", "a.jsonl"]]),
            ("cat 'a b' | datason count - > out.txt", &[&["count", "-"]]),
            (
                "datason cat \"a # b\" | head; ./target/release/datason check c",
                &[&["cat", "a # b"], &["check", "c"]],
            ),
            ("DATASON_KERNEL=portable datason --version", &[&["--version"]]),
            ("cargo run --release -p datason-cli -- count a.jsonl", &[&["count", "a.jsonl"]]),
            ("cargo run -- head a.jsonl", &[&["head", "a.jsonl"]]),
            ("cargo run --package xtask -- tidy", &[]),
            ("cargo test --workspace -- datason", &[]),
            ("echo datason; # datason cat", &[]),
            ("datason convert <in.jsonl - out.json", &[&["convert"]]),
        ];
        for (line, expected) in cases {
            assert_eq!(calls(line), expected, "{line}");
        }
    }
}
