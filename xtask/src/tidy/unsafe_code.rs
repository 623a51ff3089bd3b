//! `unsafe` lives in one place, and every block says why it is sound.

use super::Finding;
use super::source::{Kind, Source};
use super::workspace::Package;

/// The crate that holds the SIMD kernels.
const KERNELS: &str = "crates/datason-scan/";
/// Where in it `unsafe` stands: instructions, and the one step into Arrow.
const IN_KERNELS: [&str; 3] = ["src/x86_64/", "src/aarch64/", "src/arrow.rs"];
/// The crate that may hold one module with `unsafe`: the memory-mapped source.
const IO: &str = "crates/datason-io/";

/// Programs of one line, the macro of libFuzzer, which exports a symbol.
const FUZZ_PROGRAMS: &str = "fuzz/fuzz_targets/";

const OUTSIDE: &str =
    "`unsafe` outside its places in datason-scan and the mmap source of datason-io";

pub(super) fn check(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for place in source.places_of("unsafe") {
        let line = source.tokens[place].line;
        let mut report = |message| findings.push(Finding::at(&source.path, line, message));
        if !is_allowed_in(&source.path) {
            report(OUTSIDE);
        }
        if needs_comment(source, place) && !is_explained(source, place) {
            report("`unsafe` without a `// SAFETY:` comment directly above");
        }
    }
    findings
}

fn is_allowed_in(path: &str) -> bool {
    let in_kernels = path.strip_prefix(KERNELS);
    in_kernels.is_some_and(|path| IN_KERNELS.iter().any(|place| path.starts_with(place)))
        || (path.starts_with(IO) && path.contains("/src/") && path.ends_with("/mmap.rs"))
}

/// A block and an `impl` claim that something holds; an `unsafe fn` asks it of its caller.
fn needs_comment(source: &Source, place: usize) -> bool {
    let is_block = |kind: &Kind| matches!(kind, Kind::Open('{', _));
    source.word_at(place + 1) == Some("impl")
        || source.tokens.get(place + 1).is_some_and(|token| is_block(&token.kind))
}

/// Whether the comment stands above the line of the block or of the statement it is part of.
fn is_explained(source: &Source, place: usize) -> bool {
    let statement = source.tokens[statement_start(source, place)].line;
    [source.tokens[place].line, statement]
        .iter()
        .any(|&line| has_comment_above(&source.lines, line))
}

/// Returns the first token of the statement, match arm or argument that `place` is part of.
fn statement_start(source: &Source, place: usize) -> usize {
    let mut start = place;
    while start > 0 {
        start = match source.tokens[start - 1].kind {
            Kind::Open(..) | Kind::Sign(';' | ',') | Kind::Close('}', _) => return start,
            Kind::Close(_, open) => open,
            Kind::Word(_) | Kind::Sign(_) | Kind::Literal(_) => start - 1,
        };
    }
    start
}

/// Looks upwards from `line`, which counts from 1, past comments and attributes.
fn has_comment_above(lines: &[String], line: usize) -> bool {
    lines[..line - 1]
        .iter()
        .rev()
        .map(|above| above.trim_start())
        .take_while(|above| above.starts_with("//") || above.starts_with("#["))
        .any(|above| above.starts_with("// SAFETY:"))
}

/// Checks that the compiler holds every other crate to it.
pub(super) fn check_roots(packages: &[Package], sources: &[Source]) -> Vec<Finding> {
    let roots = packages.iter().flat_map(|package| &package.roots);
    roots
        .filter_map(|root| check_root(sources.iter().find(|source| source.path == *root)?))
        .collect()
}

fn check_root(source: &Source) -> Option<Finding> {
    let accepted: &[&str] = match &source.path {
        path if path.starts_with(KERNELS) || path.starts_with(FUZZ_PROGRAMS) => return None,
        path if path.starts_with(IO) => &["forbid", "deny"],
        _ => &["forbid"],
    };
    let found = source.places_of("unsafe_code").any(|place| sets_lint(source, place, accepted));
    let message = format!("no `#![{}(unsafe_code)]`", accepted.join("` or `#!["));
    (!found).then(|| Finding::of_file(&source.path, message))
}

/// Whether the word at `place` is the lint of an inner attribute with one of the `levels`.
fn sets_lint(source: &Source, place: usize, levels: &[&str]) -> bool {
    place >= 5
        && source.tokens[place - 5].is_sign('#')
        && source.tokens[place - 4].is_sign('!')
        && source.word_at(place - 2).is_some_and(|level| levels.contains(&level))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        let source = Source::parse(path, text).expect("Rust");
        check(&source).iter().map(ToString::to_string).collect()
    }

    const SCAN: &str = "crates/datason-scan/src/x86_64/avx2.rs";

    #[test]
    fn unsafe_belongs_to_few_places() {
        let text = "// SAFETY: it holds.\nunsafe impl Send for A {}\nunsafe fn b() {}";
        assert_eq!(found(SCAN, text), [] as [&str; 0]);
        assert_eq!(found("crates/datason-io/src/source/mmap.rs", text), [] as [&str; 0]);
        let expected = [2, 3].map(|line| format!("xtask/src/a.rs:{line}: {OUTSIDE}"));
        assert_eq!(found("xtask/src/a.rs", text), expected);
        assert_eq!(found("crates/datason-io/src/mapped.rs", text).len(), 2);
        assert_eq!(found("crates/datason-scan/src/arrow.rs", text), [] as [&str; 0]);
        assert_eq!(found("crates/datason-scan/src/token.rs", text).len(), 2);
    }

    #[test]
    fn a_comment_may_stand_above_the_block_or_its_statement() {
        let explained = [
            "fn a() {\n    // SAFETY: it holds,\n    // and here is why.\n    unsafe { b() }\n}",
            "fn a() {\n    // SAFETY: it holds.\n    let c = unsafe { b() };\n}",
            "fn a() {\n    // SAFETY: it holds.\n    let c: D =\n        unsafe { b() };\n}",
            "fn a() {\n    // SAFETY: it holds.\n    #[expect(x)]\n    unsafe { b() }\n}",
            "fn a() { match c {\n    // SAFETY: it holds.\n    D(e) => unsafe { b() },\n} }",
            "fn a() { c(\n    1,\n    // SAFETY: it holds.\n    unsafe { b() },\n) }",
        ];
        for text in explained {
            assert_eq!(found(SCAN, text), [] as [&str; 0], "{text}");
        }
    }

    #[test]
    fn a_comment_elsewhere_explains_nothing() {
        let unexplained = [
            "fn a() {\n    unsafe { b() }\n}",
            "// SAFETY: of the function.\nfn a() {\n    unsafe { b() }\n}",
            "fn a() {\n    // SAFETY: too far away.\n\n    unsafe { b() }\n}",
            "fn a() {\n    // SAFETY: of c.\n    c();\n    unsafe { b() }\n}",
            "fn a() {\n    unsafe { b() } // SAFETY: late\n}",
            "/// # Safety\nunsafe impl A for B {}",
        ];
        for text in unexplained {
            assert_eq!(found(SCAN, text).len(), 1, "{text}");
        }
    }

    #[test]
    fn every_other_crate_forbids_it() {
        let root = |path: &str, text: &str| check_root(&Source::parse(path, text).expect("Rust"));
        assert_eq!(root("crates/datason/src/lib.rs", "//! A.\n#![forbid(unsafe_code)]"), None);
        assert_eq!(root("crates/datason-scan/src/lib.rs", ""), None);
        assert_eq!(root("fuzz/fuzz_targets/lines.rs", ""), None);
        assert_eq!(root("crates/datason-io/src/lib.rs", "#![deny(unsafe_code)]"), None);
        for text in [
            "",
            "#![deny(unsafe_code)]",
            "// #![forbid(unsafe_code)]",
            "#[forbid(unsafe_code)] mod a;",
        ] {
            let finding = root("xtask/src/main.rs", text).expect("a finding");
            assert_eq!(finding.to_string(), "xtask/src/main.rs: no `#![forbid(unsafe_code)]`");
        }
    }
}
