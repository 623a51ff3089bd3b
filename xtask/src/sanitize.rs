//! `cargo xtask sanitize`: the tests under `AddressSanitizer`, and those of the threads under
//! `ThreadSanitizer`.
//!
//! The sanitizers are not stable, so the compiler is told to behave as if it were a nightly one.
//! The standard library is the one that comes with it and is not instrumented: `AddressSanitizer`
//! watches its allocations all the same, while `ThreadSanitizer` does not see what it synchronises
//! by other means than the system's. So the latter can miss races and report some that are none.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::Context;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Run only this sanitizer: address or thread.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Run the tests of these packages only.
    #[arg(long, value_name = "NAME")]
    package: Vec<String>,
}

/// One sanitizer and the tests that it watches.
struct Pass {
    sanitizer: &'static str,
    packages: &'static [&'static str],
    /// What stands behind `--` of `cargo test`.
    tests: &'static [&'static str],
    options: (&'static str, &'static str),
}

/// Where sanitizers are at home.
const TARGET: &str = "x86_64-unknown-linux-gnu";

const PASSES: [Pass; 2] = [
    Pass {
        sanitizer: "address",
        packages: &[
            "datason-scan",
            "datason-core",
            "datason-memory",
            "datason-io",
            "datason-json",
            "datason-arrow",
            "datason-cli",
        ],
        // Those measure the resident set, most of which is the sanitizer's.
        tests: &["--skip", "memory::", "--skip", "memory_stays_flat"],
        options: ("ASAN_OPTIONS", "detect_leaks=1:allocator_may_return_null=1"),
    },
    Pass {
        sanitizer: "thread",
        packages: &["datason-core", "datason-arrow"],
        tests: &["parallel", "thread", "budget"],
        // From the workspace's root on, where the tests do not run.
        options: ("TSAN_OPTIONS", "suppressions=xtask/thread-sanitizer.txt"),
    },
];

pub(crate) fn run(root: &Path, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let wanted = |pass: &&Pass| arguments.only.as_ref().is_none_or(|name| pass.sanitizer == name);
    let passes: Vec<_> = PASSES.iter().filter(wanted).collect();
    anyhow::ensure!(!passes.is_empty(), "there are two sanitizers here: address, thread");
    let known = |name: &String| PASSES.iter().any(|pass| pass.packages.contains(&name.as_str()));
    if let Some(unknown) = arguments.package.iter().find(|name| !known(name)) {
        anyhow::bail!("no sanitizer watches the tests of `{unknown}`");
    }
    let mut code = ExitCode::SUCCESS;
    for pass in passes {
        if pass.chosen(&arguments.package).is_empty() {
            continue;
        }
        let start = Instant::now();
        let status =
            pass.command(root, &arguments.package).status().context("cannot start cargo test")?;
        let verdict = if status.success() { "passed" } else { "FAILED" };
        let seconds = start.elapsed().as_secs();
        eprintln!("sanitize: {} {verdict} in {seconds} s", pass.sanitizer);
        if !status.success() {
            code = ExitCode::FAILURE;
        }
    }
    Ok(code)
}

impl Pass {
    /// Those of its packages that are wanted; all, if none is named.
    fn chosen(&self, wanted: &[String]) -> Vec<&'static str> {
        let is_wanted = |name: &&&str| wanted.is_empty() || wanted.iter().any(|it| it == **name);
        self.packages.iter().filter(is_wanted).copied().collect()
    }

    fn command(&self, root: &Path, wanted: &[String]) -> Command {
        let Self { sanitizer, tests, options, .. } = self;
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(["test", "--locked", "--no-fail-fast", "--target", TARGET, "--target-dir"]);
        command.arg(root.join("target/sanitize").join(sanitizer));
        let chosen = self.chosen(wanted);
        for package in &chosen {
            command.args(["--package", package]);
        }
        command.args(["--lib", "--bins"]);
        // Cargo refuses a name that no package has.
        let folder = |package: &str| root.join("crates").join(package).join("tests/it");
        if chosen.iter().any(|package| folder(package).is_dir()) {
            command.args(["--test", "it"]);
        }
        command.arg("--").args(*tests);
        let flags = format!("-Zsanitizer={sanitizer} -Cunsafe-allow-abi-mismatch=sanitizer");
        command
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTFLAGS", flags)
            // Without it the sanitizer takes ten times as long, and finds no more.
            .env("CARGO_PROFILE_DEV_OPT_LEVEL", "1")
            .env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only")
            .env(options.0, options.1.replace("xtask/", &format!("{}/xtask/", root.display())))
            .current_dir(root);
        command
    }
}
