//! Environments of Python below `target`, made once.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

/// Fails unless every argument `name==version` is installed; what has no version may be any.
const CHECK: &str = "
import sys
from importlib.metadata import version
for wanted in sys.argv[1:]:
    name, _, number = wanted.partition('==')
    assert version(name) == number or not number
";

/// The interpreter of the environment at `folder` below the root that has `packages` from PyPI,
/// which are installed if they are not there.
///
/// # Errors
///
/// If there is no Python, or the packages cannot be installed.
pub(super) fn environment(root: &Path, folder: &str, packages: &[&str]) -> anyhow::Result<PathBuf> {
    let path = root.join(folder);
    let python = path.join("bin/python");
    let check =
        Command::new(&python).args(["-c", CHECK]).args(packages).stderr(Stdio::null()).status();
    if check.is_ok_and(|status| status.success()) {
        return Ok(python);
    }
    eprintln!("installing {} into {folder}", packages.join(", "));
    let mut venv = Command::new("python3");
    succeed(venv.args(["-m", "venv"]).arg(&path)).context("cannot make an environment")?;
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet"]).args(packages);
    succeed(&mut pip).with_context(|| format!("cannot install {packages:?} from PyPI"))?;
    Ok(python)
}

fn succeed(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status()?;
    ensure!(status.success(), "failed: {status}");
    Ok(())
}
