//! An allocation that fails.

use std::os::unix::process::ExitStatusExt;

use datason_fixtures::FailingAllocator;

use crate::support::{Folder, lines_of};

const SIGABRT: i32 = 6;
const OLD: &str = "what was there before\n";

/// Lets some forty allocations of a conversion fail, one in each run. `cargo xtask memory` does the
/// same with all of them, and with every way of writing.
#[test]
fn a_failed_allocation_leaves_the_old_file_or_the_new_one() {
    let folder = Folder::with([("in.jsonl", lines_of(1..=2_000).as_str())]);
    let tools = Folder::new();
    let Some(allocator) = FailingAllocator::build(&tools.path("")).unwrap() else {
        eprintln!("there is no C compiler here, so no allocation fails");
        return;
    };
    for target in ["out.jsonl", "out.json.gz"] {
        let command = || folder.command(&["convert", "-q", "in.jsonl", target]);
        let count = allocator.count(&mut command()).unwrap();
        let whole = std::fs::read(folder.path(target)).unwrap();
        let (mut aborted, step) = (0, (count / 20).max(1));
        for number in (1..=count).step_by(usize::try_from(step).unwrap()) {
            folder.write(target, OLD);
            let mut command = command();
            allocator.fail(&mut command, number);
            let status = command.output().unwrap().status;
            let found = std::fs::read(folder.path(target)).unwrap();
            let old = found == OLD.as_bytes();
            assert!(old || found == whole, "{target}: a partial file at {number} of {count}");
            if let Some(signal) = status.signal() {
                assert_eq!(signal, SIGABRT, "{target}: {number} of {count}");
                aborted += 1;
            } else {
                assert_eq!(status.success(), !old, "{target}: {number} of {count}");
            }
        }
        assert!(aborted > 10, "{target}: {aborted} of {count}");
    }
}
