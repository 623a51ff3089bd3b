//! The optional data beside the checkout, which users need not have.

use std::path::PathBuf;

/// The folder `name` of the shared data, or `None`, said aloud, where there is none.
#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
pub(crate) fn shared(name: &str) -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let root = std::env::var_os("DATASON_SHARED").map_or_else(beside, PathBuf::from);
    let folder = root.join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no folder {}", folder.display());
    None
}
