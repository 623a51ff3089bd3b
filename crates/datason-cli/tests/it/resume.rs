//! `datason convert --resume`: killed at any moment, it goes on to the same bytes.

use std::fmt::Write as _;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use crate::support::Folder;

/// Lines that are worth some hundred kilobytes, so that a run takes a while with all its notes.
fn lines() -> String {
    let mut text = String::new();
    for id in 0..3_000 {
        let square = id * id;
        writeln!(text, "{{\"id\": {id}, \"square\": {square}.0, \"text\": \"é \\u00e9 {id:x}\"}}")
            .expect("a string takes all");
    }
    text
}

pub(crate) const OPTIONS: &str = "convert -q --resume --checkpoint-every 8KiB --chunk-size 4KiB";

/// Runs the conversion, killing it again and again, until it ends by itself with exit code
/// `code`, or `is_done`. How often it was killed.
pub(crate) fn run_killed(
    folder: &Folder,
    line: &str,
    round: u64,
    code: i32,
    is_done: impl Fn() -> bool,
) -> u64 {
    let words: Vec<_> = line.split(' ').collect();
    for kills in 0..500 {
        if is_done() {
            return kills;
        }
        let mut command = folder.command(&words);
        let mut child = command.stdin(Stdio::null()).spawn().expect("the program");
        // Longer with each attempt, so that every run comes to its end at last.
        let delay = 700 * (round % 7 + 1) + 500 * kills + 97 * (round * 31 + kills * 17) % 3_000;
        thread::sleep(Duration::from_micros(delay));
        child.kill().expect("a child that can be killed");
        let status = child.wait().expect("a child");
        if status.code() == Some(code) {
            return kills;
        }
        assert_eq!(status.code(), None, "it was killed and did not fail");
    }
    panic!("it does not come to an end");
}

#[test]
fn a_conversion_that_is_killed_again_and_again_ends_with_the_same_bytes() {
    let folder = Folder::with([("in.jsonl", &lines())]);
    for made in ["in.json", "in.jsonl.gz"] {
        folder.run(&format!("convert -q in.jsonl {made}")).assert(0, "", "");
    }
    let mut kills = 0;
    for (round, (input, name)) in [
        ("in.jsonl", "out.jsonl"),
        ("in.json", "out.jsonl"),
        ("in.jsonl.gz", "out.jsonl"),
        ("in.jsonl", "out.json"),
        ("in.json", "out.json.gz"),
        ("in.jsonl", "out.jsonl.zst"),
        ("in.jsonl", "out.jsonl.gz"),
        ("in.jsonl", "--frame-size 3KiB out.jsonl.zst"),
    ]
    .into_iter()
    .enumerate()
    {
        folder.run(&format!("{OPTIONS} {input} {name}")).assert(0, "", "");
        let line = format!("{OPTIONS} {input} {name}");
        let name = name.rsplit(' ').next().unwrap();
        let unbroken = std::fs::read(folder.path(name)).unwrap();
        std::fs::remove_file(folder.path(name)).unwrap();
        kills += run_killed(&folder, &line, round as u64, 0, || false);
        let resumed = std::fs::read(folder.path(name)).unwrap();
        assert!(resumed == unbroken, "{input} to {name}");
        std::fs::remove_file(folder.path(name)).unwrap();
        assert_eq!(folder.names(), ["in.json", "in.jsonl", "in.jsonl.gz"], "nothing is left");
    }
    assert!(kills >= 24, "{kills} kills are too few to tell anything");
}

#[test]
fn without_compression_the_bytes_are_those_of_a_plain_conversion() {
    let folder = Folder::with([("in.jsonl", &lines())]);
    for name in ["out.jsonl", "out.json"] {
        folder.run(&format!("{OPTIONS} in.jsonl {name}")).assert(0, "", "");
        folder.run(&format!("convert -q in.jsonl plain-{name}")).assert(0, "", "");
        assert!(folder.read(name) == folder.read(&format!("plain-{name}")));
    }
}

/// Leaves a conversion in the middle: the disk is full, as far as the program can tell.
#[cfg(target_os = "linux")]
pub(crate) fn interrupt(folder: &Folder, line: &str) {
    let script = format!("ulimit -f 128; exec \"$0\" {line}");
    let program = env!("CARGO_BIN_EXE_datason");
    let mut shell = std::process::Command::new("bash");
    shell.args(["-c", &script, program]).current_dir(folder.path(""));
    let outcome = shell.output().expect("a shell");
    assert!(!outcome.status.success());
}

#[cfg(target_os = "linux")]
#[test]
fn what_has_changed_is_not_gone_on_with() {
    let text = lines();
    let folder = Folder::with([("in.jsonl", &text), ("other.jsonl", &text)]);
    let line = format!("{OPTIONS} in.jsonl out.jsonl");
    interrupt(&folder, &line);
    let hidden = [".out.jsonl.datason-checkpoint", ".out.jsonl.datason-part"];
    assert_eq!(folder.names(), [hidden[0], hidden[1], "in.jsonl", "other.jsonl"]);

    let refused = |line: &str, told: &str| {
        let outcome = folder.run(line);
        assert_eq!(outcome.code, 2, "{}", outcome.stderr);
        assert!(outcome.stderr.contains(told), "{}", outcome.stderr);
        assert!(outcome.stderr.contains(hidden[0]), "it names what to remove: {}", outcome.stderr);
    };
    refused(&format!("{OPTIONS} other.jsonl out.jsonl"), "begun from another source");
    refused(&format!("{OPTIONS} --max-depth 20 in.jsonl out.jsonl"), "begun with other settings");
    let policy = "--on-error skip";
    refused(&format!("{OPTIONS} {policy} in.jsonl out.jsonl"), "another policy for bad records");
    refused(&format!("{OPTIONS} --config api in.jsonl out.jsonl"), "begun with other settings");

    // What changes nothing in the output is no other setting.
    let other = line.replace("-q ", "--codec serde-json ").replace("8KiB", "9KiB");
    let outcome = folder.run(&other.replace("--chunk-size 4KiB", "--chunk-size 7"));
    assert!(outcome.stderr.starts_with("datason: going on behind "), "{}", outcome.stderr);
    assert!(folder.read("out.jsonl") == text);

    // Compressed output is cut at each note, and these stand where chunks end.
    folder.write("in.jsonl", text.clone() + &incompressible());
    let line = format!("{OPTIONS} in.jsonl out.jsonl.gz");
    interrupt(&folder, &line);
    let note = ".out.jsonl.gz.datason-checkpoint";
    for other in [line.replace("8KiB", "9KiB"), line.replace("4KiB", "5KiB")] {
        let outcome = folder.run(&other);
        assert!(outcome.stderr.contains("begun with other settings"), "{}", outcome.stderr);
        assert!(outcome.stderr.contains(note), "{}", outcome.stderr);
    }
    folder.run(&line).assert(0, "", "");
    folder.write("in.jsonl", &text);
    let line = format!("{OPTIONS} in.jsonl out.jsonl");

    interrupt(&folder, &line.replace("out.", "new."));
    folder.write("in.jsonl", text + "1\n");
    let outcome = folder.run(&line.replace("out.", "new."));
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("before it changed"), "{}", outcome.stderr);
}

#[cfg(target_os = "linux")]
#[test]
fn a_note_of_a_part_that_is_gone_is_not_believed() {
    let folder = Folder::with([("in.jsonl", &lines())]);
    let line = format!("{OPTIONS} in.jsonl out.jsonl");
    let note = folder.path(".out.jsonl.datason-checkpoint");
    let part = folder.path(".out.jsonl.datason-part");
    for rest in [None, Some(0), Some(10)] {
        interrupt(&folder, &line);
        // As if the last run had been killed behind its renaming, and the next one soon after.
        match rest {
            None => std::fs::remove_file(&part).unwrap(),
            Some(bytes) => {
                let file = std::fs::OpenOptions::new().write(true).open(&part).unwrap();
                file.set_len(bytes).unwrap();
            }
        }
        assert!(note.exists());
        folder.run(&line).assert(0, "", "");
        assert!(folder.read("out.jsonl") == lines());
        assert_eq!(folder.names(), ["in.jsonl", "out.jsonl"]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_part_that_was_changed_is_not_gone_on_with() {
    let text = lines();
    let folder = Folder::with([("in.jsonl", &text)]);
    let line = format!("{OPTIONS} in.jsonl out.jsonl");
    let (note, part) = (".out.jsonl.datason-checkpoint", ".out.jsonl.datason-part");
    interrupt(&folder, &line);
    let noted: serde_json::Value = serde_json::from_str(&folder.read(note)).unwrap();
    let reach = usize::try_from(noted["target_bytes"].as_u64().unwrap()).unwrap();
    let whole = folder.read(part).into_bytes();
    assert!(reach > 64 << 10, "{reach} bytes are too few to tell anything");
    for at in [reach - 1, reach - 1_000, reach - (64 << 10)] {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        std::fs::write(folder.path(part), &changed).unwrap();
        let outcome = folder.run(&line);
        assert_eq!(outcome.code, 2, "{}", outcome.stderr);
        assert!(outcome.stderr.contains("was changed since the last run"), "{}", outcome.stderr);
        assert!(outcome.stderr.contains(note), "it names what to remove: {}", outcome.stderr);
        assert_eq!(std::fs::read(folder.path(part)).unwrap(), changed, "it is left alone");
    }
    // What stands behind is cut off, whatever it is.
    std::fs::write(folder.path(part), [&whole[..reach], b"other"].concat()).unwrap();
    folder.run(&line).assert(0, "", "");
    assert!(folder.read("out.jsonl") == text);

    // Without the note it begins anew.
    interrupt(&folder, &line);
    std::fs::write(folder.path(part), "other").unwrap();
    std::fs::remove_file(folder.path(note)).unwrap();
    folder.run(&line).assert(0, "", "");
    assert!(folder.read("out.jsonl") == text);
}

#[cfg(target_os = "linux")]
#[test]
fn a_note_of_another_version_is_named_as_such() {
    let folder = Folder::with([("in.jsonl", &lines())]);
    let line = format!("{OPTIONS} in.jsonl out.jsonl");
    let note = ".out.jsonl.datason-checkpoint";
    interrupt(&folder, &line);
    // As the version before this one wrote it: nothing of the output but its length.
    let text = folder.read(note).replace("\"datason_checkpoint\":3", "\"datason_checkpoint\":2");
    let (before, rest) = text.split_once("\"checksum\":").unwrap();
    let (_, behind) = rest.split_once(',').unwrap();
    let text = [before, behind].concat();
    let (content, _) = text.split_once(",\"seal\":").unwrap();
    let check = datason_io::checksum_of(content.as_bytes());
    folder.write(note, format!("{content},\"seal\":\"{check:08x}\"}}\n"));
    let outcome = folder.run(&line);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("begun by another version"), "{}", outcome.stderr);
}

#[test]
fn bad_data_leaves_nothing_to_go_on_with() {
    let folder = Folder::with([("in.jsonl", &(lines() + "{\n")), ("out.jsonl", "old\n")]);
    assert_eq!(folder.run(&format!("{OPTIONS} in.jsonl out.jsonl")).code, 1);
    assert_eq!(folder.names(), ["in.jsonl", "out.jsonl"]);
    assert_eq!(folder.read("out.jsonl"), "old\n");
}

#[cfg(unix)]
#[test]
fn a_part_that_others_could_have_written_is_refused() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let folder = Folder::with([("in.jsonl", "1\n"), ("victim", "precious\n")]);
    let part = folder.path(".out.jsonl.datason-part");
    symlink(folder.path("victim"), &part).unwrap();
    assert_eq!(folder.run(&format!("{OPTIONS} in.jsonl out.jsonl")).code, 2);
    std::fs::remove_file(&part).unwrap();
    symlink(folder.path("nothing"), &part).unwrap();
    assert_eq!(folder.run(&format!("{OPTIONS} in.jsonl out.jsonl")).code, 2);
    assert!(!folder.path("nothing").exists());
    std::fs::remove_file(&part).unwrap();
    folder.write(".out.jsonl.datason-part", "theirs\n");
    std::fs::set_permissions(&part, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(folder.run(&format!("{OPTIONS} in.jsonl out.jsonl")).code, 2);
    assert_eq!(folder.read("victim"), "precious\n");
    assert!(!folder.path("out.jsonl").exists());
}

/// Lines that fill a disk in any compression.
#[cfg(target_os = "linux")]
fn incompressible() -> String {
    let mut random = datason_fixtures::Random::new(7);
    let mut number = || random.below(1 << 60);
    let lines: Vec<_> = (0..20_000).map(|_| format!("[{},{}]\n", number(), number())).collect();
    lines.concat()
}

#[test]
fn standard_streams_cannot_be_gone_on_with() {
    let folder = Folder::with([("in.jsonl", "1\n")]);
    assert_eq!(folder.run_on(b"1\n", "convert --resume - out.jsonl").code, 2);
    assert_eq!(folder.run("convert --resume in.jsonl -").code, 2);
    let rejects = "convert --resume --on-error reject=/dev/stderr in.jsonl out.jsonl";
    assert_eq!(folder.run(rejects).code, 2, "nor can what is rejected to one");
    assert_eq!(folder.names(), ["in.jsonl"]);
}
