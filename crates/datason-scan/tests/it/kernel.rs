use std::process::Command;

use datason_scan::{KERNEL_VARIABLE, Kernel};

/// Run again by `the_environment_forces_a_kernel`, in a process that has the variable set.
#[test]
fn active_is_what_the_parent_expects() {
    if let Ok(expected) = std::env::var("EXPECTED_KERNEL") {
        assert_eq!(Kernel::active().name(), expected);
        assert_eq!(Kernel::default(), Kernel::active());
    } else {
        assert!(Kernel::available().any(|kernel| kernel == Kernel::active()));
    }
}

#[test]
fn the_environment_forces_a_kernel() {
    for kernel in Kernel::available() {
        check(kernel.name(), kernel);
    }
}

#[test]
fn a_name_that_is_no_kernel_changes_nothing() {
    for name in ["", "AVX2", "abacus", " portable"] {
        check(name, Kernel::detect());
    }
}

fn check(forced: &str, expected: Kernel) {
    let status = this_program()
        .args(["--exact", "kernel::active_is_what_the_parent_expects"])
        .env(KERNEL_VARIABLE, forced)
        .env("EXPECTED_KERNEL", expected.name())
        .output()
        .expect("the tests can be run again");
    assert!(status.status.success(), "{forced:?} gave not {expected}: {status:?}");
    assert!(String::from_utf8_lossy(&status.stdout).contains("1 passed"));
}

/// The tests, to be run again: in an emulator if they are run in one.
fn this_program() -> Command {
    let path = std::env::current_exe().expect("the tests have a path");
    match std::env::var_os("DATASON_EMULATOR") {
        Some(emulator) => {
            let mut command = Command::new(emulator);
            command.arg(path);
            command
        }
        None => Command::new(path),
    }
}

#[test]
fn display_pads_like_text() {
    assert_eq!(format!("{:>10}|", Kernel::Portable), "  portable|");
}
