//! `cargo xtask ci`: the steps of continuous integration, up to the first that fails.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::tidy;
use crate::tidy::markdown;

/// One step: what to run, and with which setting of the environment.
struct Step {
    name: &'static str,
    action: Action,
}

enum Action {
    /// A program and its arguments.
    Program { words: Vec<String>, setting: Option<(&'static str, &'static str)> },
    /// A line for the shell, exactly as the README shows it.
    Shell(String),
    /// Runs in this process, since cargo may have built this program anew by now.
    Tidy,
}

pub(crate) fn run(root: &Path) -> anyhow::Result<ExitCode> {
    let readme =
        fs::read_to_string(root.join(tidy::readme::README)).context("cannot read README.md")?;
    run_steps(root, &steps(&readme)?)
}

/// Returns the steps in order.
///
/// The two lines of the README that a newcomer copies are run as they stand there, so they cannot
/// fall out of date. The line of the tests covers the documentation tests too: they run once.
fn steps(readme: &str) -> anyhow::Result<Vec<Step>> {
    let [job, tests] = first_lines(readme)?;
    Ok(vec![
        cargo("format", "fmt --all --check"),
        cargo("clippy", "clippy --workspace --all-targets --locked -- -D warnings"),
        Step { name: "tests", action: Action::Shell(tests) },
        with_setting(
            cargo("documentation", "doc --workspace --no-deps --locked"),
            ("RUSTDOCFLAGS", "-D warnings"),
        ),
        Step { name: "tidy", action: Action::Tidy },
        Step { name: "main job", action: Action::Shell(job) },
    ])
}

/// Returns the README's line for the main job and the one for the tests.
fn first_lines(readme: &str) -> anyhow::Result<[String; 2]> {
    let block = markdown::blocks(readme).into_iter().find(|block| block.is_in("sh"));
    let block = block.context("README.md has no ```sh block")?;
    match <[String; 2]>::try_from(block.lines) {
        Ok([job, tests]) if tests.starts_with("cargo test") => Ok([job, tests]),
        _ => bail!("the first ```sh block of README.md is not the main job and `cargo test ..`"),
    }
}

fn cargo(name: &'static str, arguments: &str) -> Step {
    let words = ["cargo"].into_iter().chain(arguments.split(' ')).map(str::to_owned).collect();
    Step { name, action: Action::Program { words, setting: None } }
}

fn with_setting(mut step: Step, wanted: (&'static str, &'static str)) -> Step {
    if let Action::Program { setting, .. } = &mut step.action {
        *setting = Some(wanted);
    }
    step
}

fn run_steps(root: &Path, steps: &[Step]) -> anyhow::Result<ExitCode> {
    let start = Instant::now();
    for step in steps {
        eprintln!("ci: {}: {}", step.name, step.action.shown());
        let begin = Instant::now();
        let code =
            step.action.run(root).with_context(|| format!("cannot run step {}", step.name))?;
        let verdict = if code == ExitCode::SUCCESS { "passed" } else { "FAILED" };
        eprintln!("ci: {} {verdict} in {}", step.name, shown(begin.elapsed()));
        if code != ExitCode::SUCCESS {
            return Ok(code);
        }
    }
    eprintln!("ci: all {} steps passed in {}", steps.len(), shown(start.elapsed()));
    Ok(ExitCode::SUCCESS)
}

fn shown(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

impl Action {
    /// Returns the command as one would type it.
    fn shown(&self) -> String {
        match self {
            Self::Program { words, setting: None } => words.join(" "),
            Self::Program { words, setting: Some((name, value)) } => {
                format!("{name}=\"{value}\" {}", words.join(" "))
            }
            Self::Shell(line) => line.clone(),
            Self::Tidy => "cargo xtask tidy".to_owned(),
        }
    }

    fn run(&self, root: &Path) -> anyhow::Result<ExitCode> {
        let mut command = match self {
            Self::Tidy => return tidy::run(root),
            Self::Program { words, setting } => {
                let mut command = Command::new(&words[0]);
                command.args(&words[1..]).envs(*setting);
                command
            }
            Self::Shell(line) => {
                let mut command = Command::new("sh");
                command.args(["-euc", line]);
                command
            }
        };
        let status = command.current_dir(root).status()?;
        Ok(exit_code(status.code()))
    }
}

/// Hands on what the program said; one that a signal ended said nothing.
fn exit_code(code: Option<i32>) -> ExitCode {
    match code.map(u8::try_from) {
        Some(Ok(code)) => ExitCode::from(code),
        _ => ExitCode::FAILURE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const README: &str =
        "# A\n```sh\ncargo run -p datason-cli -- count a.jsonl\ncargo test --workspace\n```\n";

    #[test]
    fn the_steps_stand_in_order() {
        let steps = steps(README).expect("a README as it should be");
        let shown: Vec<String> = steps.iter().map(|step| step.action.shown()).collect();
        let expected = [
            "cargo fmt --all --check",
            "cargo clippy --workspace --all-targets --locked -- -D warnings",
            "cargo test --workspace",
            "RUSTDOCFLAGS=\"-D warnings\" cargo doc --workspace --no-deps --locked",
            "cargo xtask tidy",
            "cargo run -p datason-cli -- count a.jsonl",
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_readme_without_the_two_lines_is_an_error() {
        for readme in ["", "```sh\ncargo test\n```", "```sh\ncargo test\ncargo run\n```"] {
            assert!(steps(readme).is_err(), "{readme}");
        }
    }

    #[test]
    fn the_first_failure_ends_the_run_with_its_code() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let shell = |line: &str| Step { name: "step", action: Action::Shell(line.to_owned()) };
        let steps = [shell("touch one"), shell("touch two; exit 7"), shell("touch three")];
        let code = run_steps(folder.path(), &steps).expect("there is a shell");
        assert_eq!(code, ExitCode::from(7));
        let ran = ["one", "two", "three"].map(|name| folder.path().join(name).exists());
        assert_eq!(ran, [true, true, false]);
        assert_eq!(
            run_steps(folder.path(), &steps[..1]).expect("there is a shell"),
            ExitCode::SUCCESS
        );
    }

    #[test]
    fn a_program_gets_its_setting() {
        let words = ["sh", "-c", "test \"$RUSTDOCFLAGS\" = \"-D warnings\""];
        let program =
            |setting| Action::Program { words: words.map(str::to_owned).to_vec(), setting };
        let code = program(Some(("RUSTDOCFLAGS", "-D warnings"))).run(Path::new("."));
        assert_eq!(code.expect("there is a shell"), ExitCode::SUCCESS);
        let code = program(Some(("RUSTDOCFLAGS", ""))).run(Path::new("."));
        assert_eq!(code.expect("there is a shell"), ExitCode::from(1));
    }

    #[test]
    fn codes_are_handed_on() {
        assert_eq!(exit_code(Some(0)), ExitCode::SUCCESS);
        assert_eq!(exit_code(Some(101)), ExitCode::from(101));
        assert_eq!(exit_code(None), ExitCode::FAILURE);
        assert_eq!(exit_code(Some(-1)), ExitCode::FAILURE);
    }
}
