//! The documents say what is so: examples compile, commands exist, links lead somewhere.

use std::path::Path;

use super::command_line::{CommandLine, calls};
use super::source::Source;
use super::{Finding, markdown};

pub(crate) const README: &str = "README.md";
/// The documents whose links must lead somewhere.
pub(super) const DOCUMENTS: [&str; 4] =
    [README, "ARCHITECTURE.md", "CHANGELOG.md", "RELIABILITY.md"];
/// The file that makes the README's examples part of the documentation tests.
const FACADE: &str = "crates/datason/src/lib.rs";

/// Checks the blocks of the README that a reader will copy.
pub(super) fn check(text: &str, command_line: &CommandLine) -> Vec<Finding> {
    let blocks = markdown::blocks(text);
    let untested =
        blocks.iter().filter(|block| block.is_in("rust") && block.info.contains("ignore"));
    let untested = untested.map(|block| Finding::at(README, block.line, "an example is ignored"));
    let shell = blocks.iter().filter(|block| block.is_in("sh")).collect::<Vec<_>>();
    let commands = shell.iter().flat_map(|block| unknown_commands(block, command_line));
    first_block(shell.first().copied()).into_iter().chain(untested).chain(commands).collect()
}

/// The first thing to copy is one line that does the main job and one that runs the tests.
fn first_block(block: Option<&markdown::Block>) -> Option<Finding> {
    let Some(block) = block else {
        return Some(Finding::of_file(README, "no ```sh block"));
    };
    let lines = block.lines.len();
    let message = format!("the first ```sh block has {lines} lines, not two");
    (lines != 2).then(|| Finding::at(README, block.line, message))
}

fn unknown_commands(block: &markdown::Block, command_line: &CommandLine) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in block.lines.iter().enumerate() {
        let unknown =
            calls(line).into_iter().flat_map(|arguments| command_line.unknown(&arguments));
        findings
            .extend(unknown.map(|message| Finding::at(README, block.line + 1 + index, message)));
    }
    findings
}

/// Checks that rustdoc compiles and runs the README's examples.
pub(super) fn check_facade(sources: &[Source]) -> Option<Finding> {
    let facade = sources.iter().find(|source| source.path == FACADE);
    let message = "no `#[cfg(doctest)] #[doc = include_str!(\"../../../README.md\")]`: \
        the README's examples are not tested";
    (!facade.is_some_and(includes_readme)).then(|| Finding::of_file(FACADE, message))
}

fn includes_readme(facade: &Source) -> bool {
    let is_readme = |place: usize| {
        let text = facade.tokens.get(place + 3).and_then(|token| token.text());
        text == Some("../../../README.md")
    };
    facade.places_of("doctest").next().is_some() && facade.places_of("include_str").any(is_readme)
}

/// Checks that every relative link of a document at the workspace's root leads to a file.
pub(super) fn check_links(root: &Path, document: &str, text: &str) -> Vec<Finding> {
    let dead = |target: &str| {
        let path = target.split('#').next().unwrap_or("");
        is_relative(target) && !root.join(path).exists()
    };
    let links = markdown::links(text).into_iter().filter(|(_, target)| dead(target));
    links
        .map(|(line, target)| Finding::at(document, line, format!("`{target}` does not exist")))
        .collect()
}

fn is_relative(target: &str) -> bool {
    !target.contains("://") && !target.starts_with("mailto:") && !target.starts_with('#')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command_line() -> CommandLine {
        let text = "#[derive(Subcommand)] enum Verb { Count { #[arg(long)] json: bool } }";
        CommandLine::read([&Source::parse("args.rs", text).expect("Rust")])
    }

    fn found(text: &str) -> Vec<String> {
        check(text, &command_line()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_good_readme_passes() {
        let text = "# A\n```sh\ndatason count a.jsonl --json\ncargo test\n```\n\
            ```rust\nlet a = 1;\n```\n```sh\ndatason count b.jsonl | wc\n```\n";
        assert_eq!(found(text), [] as [&str; 0]);
    }

    #[test]
    fn the_first_block_has_two_lines() {
        assert_eq!(found("# A\n```rust\n```\n"), ["README.md: no ```sh block"]);
        let text = "\n```sh\ngit clone a\ncd a\ncargo run\n```\n";
        assert_eq!(found(text), ["README.md:2: the first ```sh block has 3 lines, not two"]);
    }

    #[test]
    fn what_does_not_exist_is_named() {
        let text = "```sh\na\nb\n```\n```sh\ndatason count --fast\n\ndatason guess\n```\n\
            ```rust,ignore\n```\n";
        let expected = [
            "README.md:10: an example is ignored",
            "README.md:6: `--fast` is no flag of datason",
            "README.md:8: `datason guess` is no subcommand",
        ];
        assert_eq!(found(text), expected);
    }

    #[test]
    fn the_facade_tests_the_readme() {
        let good = "#[cfg(doctest)]\n#[doc = include_str!(\"../../../README.md\")]\nstruct Readme;";
        let facade = |text: &str| check_facade(&[Source::parse(FACADE, text).expect("Rust")]);
        assert_eq!(facade(good), None);
        for text in
            ["", "#[doc = include_str!(\"../../../README.md\")] struct A;", "// include_str!"]
        {
            assert!(facade(text).is_some(), "{text}");
        }
        assert!(check_facade(&[]).is_some());
    }

    #[test]
    fn dead_links_are_named() {
        let root = crate::workspace_root();
        let text =
            "[a](Cargo.toml) [b](xtask/src#top) [c](https://a.b/c) [d](#e)\n[f](no/such.md#g)";
        let findings = check_links(&root, "CHANGELOG.md", text);
        let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
        assert_eq!(lines, ["CHANGELOG.md:2: `no/such.md#g` does not exist"]);
    }
}
