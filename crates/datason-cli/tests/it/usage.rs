//! What clap answers, and what stands around the commands.

use crate::support::Folder;

#[test]
fn without_arguments_help_goes_to_standard_error() {
    let outcome = Folder::new().run("");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
    assert!(outcome.stderr.contains("Usage: datason <COMMAND>"), "{}", outcome.stderr);
    for command in
        ["convert", "cat", "head", "count", "check", "estimate", "index", "replay", "schema"]
    {
        assert!(outcome.stderr.contains(&format!("\n  {command} ")), "{}", outcome.stderr);
    }
}

#[test]
fn help_that_was_asked_for_is_data_and_has_examples() {
    let folder = Folder::new();
    for command in
        ["convert", "cat", "head", "count", "check", "estimate", "index", "replay", "schema"]
    {
        let outcome = folder.run(&format!("{command} --help"));
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{command}");
        let example = format!("Examples:\n  datason {command} ");
        assert!(outcome.stdout.contains(&example), "{}", outcome.stdout);
    }
}

#[test]
fn the_version_says_which_kernel_runs() {
    let folder = Folder::new();
    let version = env!("CARGO_PKG_VERSION");
    let mut command = folder.command(&["--version"]);
    let output = command.env("DATASON_KERNEL", "portable").output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert_eq!(shown, format!("datason {version}\nkernel: portable\n"));
}

#[test]
fn a_kernel_that_nobody_knows_is_refused() {
    let folder = Folder::with([("a.jsonl", "1\n")]);
    let mut command = folder.command(&["count", "a.jsonl"]);
    let output = command.env("DATASON_KERNEL", "abacus").output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        told.starts_with("datason: DATASON_KERNEL cannot be followed\n  caused by: "),
        "{told}"
    );
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn wrong_words_are_usage_errors() {
    let folder = Folder::with([("a.json", "[1]")]);
    for line in [
        "frobnicate a.json",
        "count",
        "convert a.json",
        "count --from xml a.json",
        "count --codec fast a.json",
        "count --chunk-size 0 a.json",
        "convert --to concatenated a.json b.json",
        "convert --config fancy a.json b.json",
        "convert --compress rar a.json b.json",
        "cat --on-error panic a.json",
        "cat --on-error reject a.json",
        "count --max-errors 200% a.json",
    ] {
        let outcome = folder.run(line);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{line}");
        assert!(outcome.stderr.starts_with("error: "), "{line}: {}", outcome.stderr);
    }
    assert_eq!(folder.names(), ["a.json"]);
}

#[test]
fn options_that_contradict_each_other_end_the_run() {
    let folder = Folder::with([("a.json", "[1]")]);
    let cases = [
        (
            "count --from jsonl --path /rows a.json a.json",
            "datason: a pointer (`/rows`) leads into a document, not into jsonl\n",
        ),
        (
            "count --path rows a.json a.json",
            "datason: `rows` is no JSON pointer: it begins with `/`\n",
        ),
        (
            "cat --max-errors 5 a.json",
            "datason: `--max-errors` limits what is passed over, and the first bad record ends the \
             run: add `--on-error skip` or `--on-error reject=FILE`\n",
        ),
        (
            "count --max-depth 0 a.json a.json",
            "datason: a depth limit of 0: it is between 1 and 1024\n",
        ),
    ];
    for (line, told) in cases {
        folder.run(line).assert(2, "", told);
    }
}

#[test]
fn standard_input_is_read_once() {
    let told = "datason: standard input (`-`) can be read only once\n";
    for command in ["cat", "head", "count", "check"] {
        Folder::new().run_on(b"1\n2\n", &format!("{command} - -")).assert(2, "", told);
    }
}

#[test]
fn an_index_has_no_policy_for_bad_records() {
    let folder = Folder::with([("a.json", "[1]")]);
    for option in ["--on-error skip", "--max-errors 3"] {
        let outcome = folder.run(&format!("index {option} a.json"));
        assert_eq!(outcome.code, 2);
        assert!(outcome.stderr.contains("have no meaning here"), "{}", outcome.stderr);
    }
    assert!(!folder.run("index --help").stdout.contains("--on-error"));
    assert_eq!(folder.names(), ["a.json"]);
}
