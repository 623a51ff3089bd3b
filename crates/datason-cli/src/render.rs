//! Errors and summaries as text for people.
//!
//! Messages begin in lower case and have no full stop; causes follow one a line. Nothing that
//! comes from outside reaches the screen without [`escape`].

use std::error::Error as StdError;
use std::fmt::Write as _;
use std::io::{self, Write as _};

use datason_core::{ByteSize, Error, ErrorKind, escape, excerpt};
use indicatif::HumanCount;

use crate::input::Input;
use crate::report::Summary;

/// Writes `text` and a line end to standard error.
pub(crate) fn tell(text: &str) {
    // Where nobody can be told that standard error is gone, going on is all that is left.
    let _nobody_to_tell = writeln!(io::stderr(), "{text}");
}

/// Tells what ended the run.
pub(crate) fn tell_failure(error: &anyhow::Error) {
    tell(&failure(&**error));
}

/// `datason: message` and its causes.
fn failure(error: &(dyn StdError + 'static)) -> String {
    // What the system refuses has no line, though the reader was at one.
    let (file, message) = match error.downcast_ref::<Error>() {
        Some(error) => (unnamed_file(error), error.message().to_owned()),
        None => (None, error.to_string()),
    };
    let file = file.map_or_else(String::new, |file| format!("`{file}`: "));
    format!("datason: {file}{}{}", escape(message.as_bytes()), causes(error))
}

/// The file that ends too soon: no message of that kind names it.
fn unnamed_file(error: &Error) -> Option<String> {
    let path = error.path().filter(|_| error.kind() == ErrorKind::Truncated)?;
    Some(escape(path.as_os_str().as_encoded_bytes()))
}

/// Each cause on a line of its own.
fn causes(error: &(dyn StdError + 'static)) -> String {
    let mut text = String::new();
    for cause in std::iter::successors(error.source(), |cause| (*cause).source()) {
        let cause = escape(cause.to_string().as_bytes());
        let _infallible = write!(text, "\n  caused by: {}", lower_case(&cause));
    }
    text
}

/// The system begins its messages with a capital. So does `EOF`, which stays.
fn lower_case(message: &str) -> String {
    let mut letters = message.chars();
    match letters.next() {
        Some(first) if !letters.as_str().starts_with(char::is_uppercase) => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => message.to_owned(),
    }
}

/// An error in `input` in full: the place, the message, the text around it, the causes.
pub(crate) fn error(input: &Input, error: &Error) -> String {
    if is_about_the_system(error) {
        return failure(error);
    }
    // Behind the last line there is nothing to show.
    let snippet = error.snippet().filter(|snippet| !snippet.text().trim().is_empty());
    let snippet = snippet.map_or_else(String::new, |snippet| {
        format!("\n  {}\n  {:caret$}^", snippet.text(), "", caret = snippet.caret())
    });
    format!("{}{snippet}{}", line(input, error), causes(error))
}

/// What the system refuses, and what nobody should have asked for, has no line in a file; and
/// the message names the file already, where there is one.
fn is_about_the_system(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Io | ErrorKind::Argument)
}

/// An error in `input` on one line: `file:line:column: message`.
pub(crate) fn line(input: &Input, error: &Error) -> String {
    let mut text = input.shown();
    if let Some(place) = error.position() {
        let _infallible = write!(text, ":{}:{}", place.line(), place.column());
    }
    let _infallible = write!(text, ": {}", excerpt(error.message()));
    if let Some(pointer) = error.pointer().filter(|pointer| !pointer.is_empty()) {
        let _infallible = write!(text, ", in `{}`", excerpt(pointer));
    }
    text
}

/// That there was nothing in `input`.
pub(crate) fn empty(input: &Input) -> String {
    format!("datason: `{}` holds no records", input.shown())
}

/// What a run came to, on one line.
pub(crate) fn summary(summary: &Summary) -> String {
    let Summary { records, bad_records, bytes, chunks, seconds } = summary;
    let bad =
        if *bad_records == 0 { "none".to_owned() } else { HumanCount(*bad_records).to_string() };
    format!(
        "{}, {bad} bad, {} in {}, {seconds:.2} s",
        counted(*records, "record"),
        ByteSize(*bytes),
        counted(*chunks, "chunk"),
    )
}

/// `1 record`, `1,706 records`
pub(crate) fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", HumanCount(number))
}

#[cfg(test)]
mod tests {
    use datason_core::Position;

    use super::*;

    fn file(name: &str) -> Input {
        Input::File(name.into())
    }

    #[test]
    fn a_place_stands_before_the_message_and_a_caret_under_the_text() {
        let text = b"{\"a\" 1}";
        let place = Position::START.advanced(b"{}\n{\"a\" ");
        let broken = Error::new(ErrorKind::Syntax, "expected `:`").at(place).with_snippet(text, 5);
        let shown = "a.jsonl:2:6: expected `:`\n  {\"a\" 1}\n       ^";
        assert_eq!(error(&file("a.jsonl"), &broken), shown);
        assert_eq!(line(&file("a.jsonl"), &broken), "a.jsonl:2:6: expected `:`");
    }

    #[test]
    fn a_refusal_of_the_system_has_its_cause_on_a_line_of_its_own() {
        let cause = io::Error::from_raw_os_error(2);
        let refused = Error::io("cannot open `a.jsonl`", cause).in_file("a.jsonl");
        let shown = error(&file("a.jsonl"), &refused);
        assert!(shown.starts_with("datason: cannot open `a.jsonl`\n  caused by: "), "{shown}");
    }

    #[test]
    fn causes_begin_in_lower_case_unless_they_begin_with_an_abbreviation() {
        for (cause, shown) in [("No such file", "no such file"), ("EOF while", "EOF while")] {
            let error = Error::new(ErrorKind::TooManyErrors, "x").caused_by(cause);
            assert_eq!(failure(&error), format!("datason: x\n  caused by: {shown}"));
        }
    }

    #[test]
    fn bad_data_in_an_output_is_told_with_its_name() {
        let torn = Error::new(ErrorKind::Truncated, "the file ends in half a record");
        let torn = torn.in_file("all.jsonl");
        assert_eq!(failure(&torn), "datason: `all.jsonl`: the file ends in half a record");
    }

    #[test]
    fn no_caret_stands_under_an_empty_line() {
        let place = Position::START.advanced(b"{}\n");
        let nothing = Error::new(ErrorKind::Data, "nothing stands at `/x`").at(place);
        let shown = error(&file("a.json"), &nothing.with_snippet(b"\n", 0));
        assert_eq!(shown, "a.json:2:1: nothing stands at `/x`");
    }

    #[test]
    fn nothing_from_outside_drives_the_terminal() {
        let hostile = Error::new(ErrorKind::Data, "no \x1b[31m").with_pointer("/\x07");
        let shown = error(&file("\x1b]0;x\x07\n.json"), &hostile);
        assert_eq!(shown, "\\u{1b}]0;x\\u{7}\\n.json: no \\u{1b}[31m, in `/\\u{7}`");
    }

    #[test]
    fn a_summary_counts_for_people() {
        let one = Summary { records: 1, chunks: 1, bytes: 3, ..Summary::default() };
        assert_eq!(summary(&one), "1 record, none bad, 3 B in 1 chunk, 0.00 s");
        let many =
            Summary { records: 1706, bad_records: 2, bytes: 3 << 20, chunks: 4, seconds: 1.5 };
        assert_eq!(summary(&many), "1,706 records, 2 bad, 3.0 MiB in 4 chunks, 1.50 s");
    }
}
