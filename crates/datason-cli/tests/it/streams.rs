//! Pipes: broken ones, idle ones, and how much of them is held.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Stdio};
use std::time::Duration;

use crate::support::Folder;

const RECORD: &str = "{\"name\":\"a record of some length\",\"values\":[1,2,3,4,5,6,7,8,9,10]}\n";

fn spawn(folder: &Folder, words: &[&str]) -> Child {
    let mut command = folder.command(words);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

#[test]
fn who_closes_the_pipe_has_seen_enough() {
    let folder = Folder::new();
    folder.write("a.jsonl", RECORD.repeat(20_000));
    folder.write("bad.jsonl", "x\n".repeat(200_000));
    for words in [
        &["cat", "a.jsonl"][..],
        &["head", "-n", "15000", "a.jsonl"],
        &["convert", "a.jsonl", "-"],
        &["convert", "--config", "api", "--to", "json", "a.jsonl", "-"],
        &["check", "bad.jsonl"],
    ] {
        let mut child = spawn(&folder, words);
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "{words:?}");
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), told.as_str()), (Some(0), ""), "{words:?}");
    }
}

#[test]
fn records_come_out_while_others_are_still_to_come() {
    let folder = Folder::new();
    for words in
        [&["cat", "--chunk-size", "3", "-"][..], &["convert", "--chunk-size", "3", "-", "-"]]
    {
        let mut child = spawn(&folder, words);
        let mut stdin = child.stdin.take().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Several chunks, and little enough that no pipe is ever full. The input stays open.
        stdin.write_all(RECORD.repeat(10).as_bytes()).unwrap();
        assert_eq!(lines.next().unwrap().unwrap(), RECORD.trim_end(), "{words:?}");
        drop(stdin);
        assert_eq!(lines.count(), 9, "{words:?}");
        assert!(child.wait().unwrap().success());
    }
}

#[test]
fn head_does_not_wait_for_more_than_it_prints() {
    let mut child = spawn(&Folder::new(), &["head", "-n", "2", "-"]);
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(RECORD.repeat(2).as_bytes()).unwrap();
    // The input stays open. Should the program wait for it, it gets its end after a while, so
    // that the test fails and does not hang.
    let (done, waiting) = std::sync::mpsc::channel::<()>();
    let patience = std::thread::spawn(move || {
        let waited = waiting.recv_timeout(Duration::from_secs(20)).is_err();
        drop(stdin);
        waited
    });
    let mut printed = String::new();
    child.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
    done.send(()).unwrap_or_default();
    assert!(!patience.join().unwrap(), "it waited for the end of its input");
    assert_eq!(printed, RECORD.repeat(2));
    assert!(child.wait().unwrap().success());
}

/// The most memory that the process has used so far, in KiB.
#[cfg(target_os = "linux")]
fn peak_memory(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn memory_stays_flat_however_much_goes_through() {
    /// What goes in between two looks: several chunks.
    const TURN: usize = 2 << 20;
    let folder = Folder::new();
    for words in [
        &["cat", "-"][..],
        &["convert", "--to", "json", "-", "-"],
        &["convert", "--from", "jsonl", "--config", "ml", "-", "-"],
    ] {
        let mut child = spawn(&folder, words);
        let mut stdin = child.stdin.take().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let reading =
            std::thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()).unwrap());
        let turn = RECORD.repeat(TURN / RECORD.len());
        let mut peaks = Vec::new();
        for _ in 0..4 {
            stdin.write_all(turn.as_bytes()).unwrap();
            peaks.push(peak_memory(&child));
        }
        drop(stdin);
        assert!(reading.join().unwrap() > 7 << 20);
        assert!(child.wait().unwrap().success());
        assert!(peaks[3] <= peaks[0] + 1024, "{words:?}: {peaks:?} KiB");
    }
}

#[test]
fn a_compressed_stream_is_recognised() {
    let folder = Folder::with([("a.jsonl", "1\n2\n")]);
    for compression in ["gzip", "zstd"] {
        let mut child = spawn(&folder, &["convert", "--compress", compression, "a.jsonl", "-"]);
        let mut packed = Vec::new();
        child.stdout.take().unwrap().read_to_end(&mut packed).unwrap();
        assert!(child.wait().unwrap().success());
        folder.run_on(&packed, "cat -").assert(0, "1\n2\n", "");
    }
}

/// A pipe of which both ends give up when they would have to wait. The first end is for the
/// program, as somebody else has left it.
#[cfg(unix)]
fn impatient() -> (Stdio, std::os::unix::net::UnixStream) {
    let (theirs, ours) = std::os::unix::net::UnixStream::pair().unwrap();
    theirs.set_nonblocking(true).unwrap();
    (std::os::fd::OwnedFd::from(theirs).into(), ours)
}

#[cfg(unix)]
#[test]
fn streams_that_do_not_wait_are_waited_for() {
    let folder = Folder::new();
    let text = RECORD.repeat(20_000);
    for words in [&["cat", "-"][..], &["convert", "--compress", "zstd", "-", "-"]] {
        let (stdin, mut input) = impatient();
        let (stdout, mut output) = impatient();
        let mut command = folder.command(words);
        let mut child = command.stdin(stdin).stdout(stdout).spawn().unwrap();
        // It keeps their ends as long as it lives.
        drop(command);
        let written = text.clone();
        let writing = std::thread::spawn(move || {
            for piece in written.as_bytes().chunks(300_000) {
                std::thread::sleep(Duration::from_millis(10));
                input.write_all(piece).unwrap();
            }
        });
        let mut found = Vec::new();
        let mut block = vec![0; 20_000];
        loop {
            std::thread::sleep(Duration::from_millis(1));
            match output.read(&mut block).unwrap() {
                0 => break,
                read => found.extend_from_slice(&block[..read]),
            }
        }
        writing.join().unwrap();
        assert!(child.wait().unwrap().success());
        folder.write("out", &found);
        folder.run("cat out").assert(0, &text, "");
    }
}
