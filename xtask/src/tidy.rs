//! `cargo xtask tidy`: checks what the compiler does not.
//!
//! Each rule is a function from text, tokens or cargo's metadata to findings, so that it can be
//! tested on a few lines; only this file reads the disk.

mod command_line;
mod examples;
mod layers;
mod lengths;
mod manifests;
pub(crate) mod markdown;
pub(crate) mod readme;
mod source;
mod unfinished;
mod unsafe_code;
mod workspace;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;

use command_line::CommandLine;
use source::Source;
use workspace::relative;

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    /// The file's path below the workspace's root.
    path: String,
    /// The line, from 1, if the finding has one.
    line: Option<usize>,
    message: String,
}

impl Finding {
    fn at(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line: Some(line), message: message.into() }
    }

    fn of_file(path: &str, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line: None, message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.path)?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        write!(f, " {}", self.message)
    }
}

/// Prints one line per finding; the exit code is 1 if there is any.
pub(crate) fn run(root: &Path) -> anyhow::Result<ExitCode> {
    let findings = findings(root)?;
    for finding in &findings {
        println!("{finding}");
    }
    if findings.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("tidy: {} findings", findings.len());
    Ok(ExitCode::FAILURE)
}

fn findings(root: &Path) -> anyhow::Result<Vec<Finding>> {
    let packages = workspace::packages(root)?;
    let (sources, mut findings) = sources(root)?;
    findings.extend(layers::check(&packages));
    findings.extend(examples::check(sources.iter().map(|source| source.path.as_str())));
    findings.extend(unsafe_code::check_roots(&packages, &sources));
    for package in &packages {
        findings.extend(manifests::check(&package.manifest, &read(root, &package.manifest)?));
    }
    for source in &sources {
        findings.extend(unsafe_code::check(source));
        findings.extend(lengths::check(source));
        findings.extend(unfinished::check(source));
    }
    findings.extend(with_file(root, lengths::CLIPPY, |text| {
        lengths::check_clippy(text).into_iter().collect()
    })?);
    findings.extend(documents(root, &sources)?);
    findings.sort();
    Ok(findings)
}

fn documents(root: &Path, sources: &[Source]) -> anyhow::Result<Vec<Finding>> {
    let program =
        sources.iter().filter(|source| source.path.starts_with("crates/datason-cli/src/"));
    let command_line = CommandLine::read(program);
    let mut findings = Vec::from_iter(readme::check_facade(sources));
    for document in readme::DOCUMENTS {
        findings
            .extend(with_file(root, document, |text| readme::check_links(root, document, text))?);
    }
    let blocks = |text: &str| readme::check(text, &command_line);
    if root.join(readme::README).exists() {
        findings.extend(with_file(root, readme::README, blocks)?);
    }
    Ok(findings)
}

/// Checks a file that must exist.
fn with_file(
    root: &Path,
    path: &str,
    check: impl FnOnce(&str) -> Vec<Finding>,
) -> anyhow::Result<Vec<Finding>> {
    if !root.join(path).exists() {
        return Ok(vec![Finding::of_file(path, "does not exist")]);
    }
    Ok(check(&read(root, path)?))
}

fn read(root: &Path, path: &str) -> anyhow::Result<String> {
    fs::read_to_string(root.join(path)).with_context(|| format!("cannot read {path}"))
}

/// Reads every Rust file below `root`; one that is no Rust becomes a finding.
fn sources(root: &Path) -> anyhow::Result<(Vec<Source>, Vec<Finding>)> {
    let (mut sources, mut findings) = (Vec::new(), Vec::new());
    for path in rust_files(root)? {
        let path = relative(root, &path);
        match Source::parse(&path, &read(root, &path)?) {
            Ok(source) => sources.push(source),
            Err(message) => findings.push(Finding::of_file(&path, message)),
        }
    }
    Ok((sources, findings))
}

/// Lists the Rust files in `folder` and below, but for what cargo builds and what is hidden.
fn rust_files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        if entry.file_type()?.is_dir() {
            if name != "target" && !name.to_string_lossy().starts_with('.') {
                files.extend(rust_files(&path)?);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a file in a folder")).expect("a writable folder");
        fs::write(path, text).expect("a writable folder");
    }

    const MANIFEST: &str = "[package]\nname = \"datason\"\nversion = \"0.1.0\"\n\
        edition.workspace = true\nrust-version.workspace = true\nlicense.workspace = true\n\
        [lints]\nworkspace = true\n";
    const WORKSPACE: &str = "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\"]\n\
        [workspace.package]\nedition = \"2024\"\nrust-version = \"1.90\"\nlicense = \"MIT\"\n\
        [workspace.lints]\n";
    const FACADE: &str = "//! A.\n#![forbid(unsafe_code)]\n#[cfg(doctest)]\n\
        #[doc = include_str!(\"../../../README.md\")]\nstruct Readme;\n";

    /// A workspace of one crate with nothing to find in it.
    fn tidy_workspace() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let root = folder.path();
        write(root, "Cargo.toml", WORKSPACE);
        write(root, "crates/datason/Cargo.toml", MANIFEST);
        write(root, "crates/datason/src/lib.rs", FACADE);
        write(root, "clippy.toml", "too-many-lines-threshold = 60\n");
        write(root, "README.md", "```sh\ncargo run\ncargo test\n```\n[a](CHANGELOG.md)\n");
        write(root, "ARCHITECTURE.md", "# A\n");
        write(root, "CHANGELOG.md", "# B\n");
        write(root, "RELIABILITY.md", "# C\n");
        folder
    }

    fn lines(root: &Path) -> Vec<String> {
        findings(root).expect("a workspace").iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_tidy_workspace_has_no_findings() {
        let folder = tidy_workspace();
        assert_eq!(lines(folder.path()), [] as [&str; 0]);
        assert_eq!(run(folder.path()).expect("a workspace"), ExitCode::SUCCESS);
    }

    #[test]
    fn every_rule_is_asked() {
        let folder = tidy_workspace();
        let root = folder.path();
        write(
            root,
            "crates/datason/Cargo.toml",
            &MANIFEST.replace("name = \"datason\"", "name = \"new\""),
        );
        write(root, "crates/datason/src/lib.rs", "fn a() { todo!() }\nfn b() { unsafe { c() } }\n");
        write(root, "crates/datason/src/broken.rs", "fn a( {");
        write(root, "crates/datason/src/long.rs", &"//\n".repeat(601));
        write(root, "target/debug/build/made.rs", "fn a() { todo!() }");
        write(root, "clippy.toml", "");
        write(root, "README.md", "[a](gone.md)\n");
        fs::remove_file(root.join("CHANGELOG.md")).expect("it was written above");
        let found = lines(root);
        let paths: Vec<&str> = found.iter().filter_map(|line| line.split(": ").next()).collect();
        let lib = "crates/datason/src/lib.rs";
        let expected = [
            "CHANGELOG.md",
            "README.md",
            "README.md:1",
            "clippy.toml",
            "crates/datason/Cargo.toml",
            "crates/datason/src/broken.rs",
            lib,
            lib,
            "crates/datason/src/lib.rs:1",
            "crates/datason/src/lib.rs:2",
            "crates/datason/src/lib.rs:2",
            "crates/datason/src/long.rs",
        ];
        assert_eq!(paths, expected, "{found:#?}");
        assert_eq!(run(root).expect("a workspace"), ExitCode::FAILURE);
    }
}
