//! Programs of the workspace, built in release.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};
use serde::Deserialize;

/// Builds the program `name` of `package` and returns its path.
pub(crate) fn build(
    root: &Path,
    package: &str,
    name: &str,
    features: &[&str],
) -> anyhow::Result<PathBuf> {
    let mut command = Command::new(cargo());
    command.args(["build", "--release", "--package", package, "--bin", name]);
    command.arg("--message-format=json-render-diagnostics");
    for feature in features {
        command.args(["--features", feature]);
    }
    let output = command.current_dir(root).stderr(Stdio::inherit()).output();
    let output = output.context("cannot start cargo build")?;
    ensure!(output.status.success(), "cannot build {package}");
    let messages = String::from_utf8(output.stdout).context("cargo wrote no text")?;
    executable(&messages, name).with_context(|| format!("cargo built no program `{name}`"))
}

pub(crate) fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// One line of what cargo says; other kinds have other fields.
#[derive(Deserialize)]
struct Message {
    executable: Option<PathBuf>,
    target: Option<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

fn executable(messages: &str, name: &str) -> Option<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Message>(line).ok())
        .filter(|message| message.target.as_ref().is_some_and(|target| target.name == name))
        .find_map(|message| message.executable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_found_among_what_cargo_says() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","target":{"name":"libc"},"executable":null}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"name":"b"},"executable":"/t/b"}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"name":"a"},"executable":"/t/a"}"#,
            "\n",
            r#"{"reason":"build-finished","success":true}"#,
        );
        assert_eq!(executable(messages, "a"), Some(PathBuf::from("/t/a")));
        assert_eq!(executable(messages, "libc"), None);
        assert_eq!(executable("", "a"), None);
    }
}
