//! The program on inputs that were made to break it: a verdict, a short message, and never a
//! signal.

use datason_fixtures::nasty;

use crate::support::Folder;

#[test]
fn no_nasty_file_ends_the_program_by_a_signal_or_fills_the_screen() {
    let folder = Folder::new();
    for file in nasty::files() {
        folder.write(&file.name, &file.bytes);
        let mut words = vec!["check"];
        if !file.pointer.is_empty() {
            words.extend(["--path", file.pointer]);
        }
        words.push(&file.name);
        let outcome = folder.run_words(&words);
        let is_good = file.bad.is_empty() && file.breaks.is_none();
        let told = outcome.stdout + &outcome.stderr;
        match file.breaks {
            None => assert_eq!(outcome.code, i32::from(!is_good), "{file:?}: {told}"),
            Some((_, says)) => {
                assert!(matches!(outcome.code, 1 | 2), "{file:?}: {told}");
                assert!(told.contains(says), "{file:?}: {told}");
            }
        }
        let lines = file.bad.len() + 3;
        assert!(told.lines().count() <= lines, "{file:?}: {told}");
        assert!(told.len() <= 600 * lines, "{file:?}: {} bytes", told.len());
        let shown = |letter: char| letter == '\n' || !letter.is_control();
        assert!(told.chars().all(shown), "{file:?}: {told:?}");
        std::fs::remove_file(folder.path(&file.name)).unwrap();
    }
}

#[test]
fn of_a_bad_line_of_forty_megabytes_a_screen_line_is_shown() {
    let folder = Folder::new();
    let escapes = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{202e}";
    let long = format!("1\n{{\"a\": \"{}\" {escapes}\"b\"}}\n3\n", "x".repeat(40 << 20));
    folder.write("a.jsonl", long);
    for words in ["check a.jsonl", "cat a.jsonl", "count a.jsonl", "convert a.jsonl b.jsonl"] {
        let outcome = folder.run(words);
        let told = outcome.stdout.replace("1\n", "") + &outcome.stderr;
        assert_eq!(outcome.code, 1, "{words}: {told}");
        assert!(told.len() < 1_000, "{words}: {} bytes", told.len());
        assert!(told.contains("a.jsonl:2:"), "{words}: {told}");
        assert!(!told.chars().any(|letter| letter != '\n' && letter.is_control()), "{told:?}");
        assert!(!told.contains('\u{202e}'), "{told:?}");
    }
}

#[test]
fn escapes_in_names_are_shown_as_such() {
    let folder = Folder::new();
    let name = "a\u{1b}[31m.jsonl";
    folder.write(name, "x\n");
    for words in [["check", name], ["count", name], ["cat", "no\u{7}thing"]] {
        let outcome = folder.run_words(&words);
        let told = outcome.stdout + &outcome.stderr;
        assert!(!told.chars().any(|letter| letter != '\n' && letter.is_control()), "{told:?}");
        assert!(told.contains("\\u{1b}[31m") || told.contains("\\u{7}"), "{told}");
    }
}
