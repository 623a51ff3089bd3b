//! The verbs, one a file.

mod cat;
mod check;
pub(crate) mod convert;
mod count;
mod estimate;
mod head;
mod index;
mod replay;
mod schema;
mod split;

use anyhow::Context;
use datason_scan::{KERNEL_VARIABLE, Kernel};

use crate::args::Command;
use crate::exit::ExitStatus;

/// Does what was asked for.
///
/// # Errors
/// Whatever ends the run: the output fails, or the command line makes no sense. What goes wrong
/// with single records and inputs is told on the way, and in the status.
pub(crate) fn run(command: &Command) -> anyhow::Result<ExitStatus> {
    check_kernel()?;
    match command {
        Command::Convert(arguments) => convert::run(arguments),
        Command::Cat(arguments) => cat::run(arguments),
        Command::Estimate(arguments) => estimate::run(arguments),
        Command::Head(arguments) => head::run(arguments),
        Command::Count(arguments) => count::run(arguments),
        Command::Check(arguments) => check::run(arguments),
        Command::Index(arguments) => index::run(arguments),
        Command::Replay(arguments) => replay::run(arguments),
        Command::Schema(arguments) => schema::run(arguments),
        Command::Split(arguments) => split::run(arguments),
    }
}

/// A name in the environment that no kernel has is more likely a slip than a wish for the
/// default.
fn check_kernel() -> anyhow::Result<()> {
    let Some(name) = std::env::var_os(KERNEL_VARIABLE) else { return Ok(()) };
    Kernel::from_name(&name.to_string_lossy())
        .with_context(|| format!("{KERNEL_VARIABLE} cannot be followed"))?;
    Ok(())
}
