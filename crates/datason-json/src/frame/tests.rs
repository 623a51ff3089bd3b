//! Framing is the same however the input is cut, and good records survive bad neighbours.

use proptest::prelude::*;

use super::*;

/// What a whole input came to: the records' texts and places, and the fault behind them.
type Outcome = (Vec<(usize, String)>, Option<(usize, ErrorKind, String)>);

/// Feeds `text` to `framer` in the pieces that end at `cuts`.
fn run(mut framer: Framer, text: &[u8], cuts: &[usize]) -> Outcome {
    let mut records = Vec::new();
    let mut start = 0;
    let ends = cuts.iter().copied().chain([text.len()]);
    for end in ends.filter(|end| *end <= text.len()).collect::<Vec<_>>() {
        if end < start {
            continue;
        }
        let at_end = end == text.len();
        let mut spans = Vec::new();
        let framed = framer.frame(&text[start..end], at_end, &mut spans);
        for span in spans {
            let record = &text[start + span.start..start + span.end];
            records.push((start + span.start, String::from_utf8_lossy(record).into_owned()));
        }
        if let Some(fault) = framed.fault {
            return (records, Some((start + fault.offset, fault.kind, fault.message)));
        }
        start += framed.consumed;
        if at_end {
            assert_eq!(start, text.len(), "at the end everything is consumed");
            break;
        }
    }
    (records, None)
}

fn framers() -> Vec<Box<dyn Fn() -> Framer>> {
    let pointer = |text: &'static str| move || Framer::pointer(text, 128).expect("a pointer");
    vec![
        Box::new(Framer::lines),
        Box::new(Framer::array),
        Box::new(Framer::concatenated),
        Box::new(Framer::document),
        Box::new(pointer("/a")),
        Box::new(pointer("/1/a")),
    ]
}

fn texts(outcome: &Outcome) -> Vec<&str> {
    outcome.0.iter().map(|(_, text)| text.as_str()).collect()
}

fn lines(text: &str) -> Outcome {
    run(Framer::lines(), text.as_bytes(), &[])
}

fn array(text: &str) -> Outcome {
    run(Framer::array(), text.as_bytes(), &[])
}

fn values(text: &str) -> Outcome {
    run(Framer::concatenated(), text.as_bytes(), &[])
}

fn at(pointer: &str, text: &str) -> Outcome {
    run(Framer::pointer(pointer, 128).expect("a pointer"), text.as_bytes(), &[])
}

#[test]
fn lines_may_end_in_many_ways() {
    let outcome = lines("1\n2\r\n\n  \n\r\n 3 \n\t{}\n4");
    assert_eq!(texts(&outcome), ["1", "2", "3", "{}", "4"]);
    assert_eq!(outcome.1, None);
}

#[test]
fn an_array_is_cut_at_its_own_commas() {
    let outcome = array(" [ 1 , {\"a\":[1,2],\"b\":\"],\"} ,\n\"x,\\\"y\" ] \n");
    assert_eq!(texts(&outcome), ["1", "{\"a\":[1,2],\"b\":\"],\"}", "\"x,\\\"y\""]);
    assert_eq!(outcome.1, None);
    assert_eq!(array("[]"), (vec![], None));
    assert_eq!(array(" [ \n ] "), (vec![], None));
}

#[test]
fn a_missing_element_is_a_record_for_the_codec_to_refuse() {
    assert_eq!(texts(&array("[1,,2]")), ["1", "", "2"]);
    assert_eq!(texts(&array("[1,]")), ["1", ""]);
    assert_eq!(texts(&array("[,]")), ["", ""]);
}

#[test]
fn what_is_wrong_around_an_array_is_a_fault_behind_the_good_records() {
    let fault = |text: &str| {
        let (records, fault) = array(text);
        let (at, kind, _) = fault.expect(text);
        (records.len(), at, kind)
    };
    assert_eq!(fault("[1,2"), (1, 4, ErrorKind::Truncated));
    assert_eq!(fault("[1,\"2\""), (2, 6, ErrorKind::Truncated));
    assert_eq!(fault("[1,[2"), (1, 5, ErrorKind::Truncated));
    assert_eq!(fault("[1,"), (1, 3, ErrorKind::Truncated));
    assert_eq!(fault("["), (0, 1, ErrorKind::Truncated));
    assert_eq!(fault(""), (0, 0, ErrorKind::Truncated));
    assert_eq!(fault("[1}"), (1, 2, ErrorKind::Syntax));
    assert_eq!(fault("[1] [2]"), (1, 4, ErrorKind::Syntax));
    assert_eq!(fault(" {}"), (0, 1, ErrorKind::Syntax));
}

#[test]
fn values_need_nothing_between_them() {
    let outcome = values("{}[1]\"a\"\"b\" 12\n{\n\"a\": 1\n} true{}x");
    assert_eq!(
        texts(&outcome),
        ["{}", "[1]", "\"a\"", "\"b\"", "12", "{\n\"a\": 1\n}", "true", "{}", "x"]
    );
    assert_eq!(texts(&values("{\"a\":1},{\"a\":2}")), ["{\"a\":1}", ",", "{\"a\":2}"]);
    assert_eq!(texts(&values("{\"a\":")), ["{\"a\":"]);
}

#[test]
fn a_document_is_one_value() {
    let document = |text: &str| run(Framer::document(), text.as_bytes(), &[]);
    assert_eq!(texts(&document(" {\"a\":1} ")), ["{\"a\":1}"]);
    let (records, fault) = document("{} \"x\"");
    assert_eq!((records.len(), fault.map(|fault| fault.0)), (1, Some(3)));
    assert_eq!(document(" ").1.map(|fault| fault.1), Some(ErrorKind::Truncated));
}

#[test]
fn a_pointer_finds_its_array() {
    for (pointer, text) in [
        ("/a", "{\"a\":[1,{\"a\":[9]}]}"),
        ("/a", "{\"b\":[7,8],\"c\":{\"a\":[9]},\"a\":[1,{\"a\":[9]}],\"z\":null} "),
        ("/a", "{\"\\u0061\":[1,{\"a\":[9]}]}"),
        ("/a/b", "{\"b\":[0],\"a\":{\"a\":[0],\"b\":[1,{\"a\":[9]}]}}"),
        ("/1/a", "[{\"a\":[0]},{\"a\":[1,{\"a\":[9]}]},{\"a\":[0]}]"),
        ("/x/0/rows", "{\"x\":[{\"rows\":[1,{\"a\":[9]}]},2,{\"rows\":3}]}"),
        ("/a~1b/~0", "{\"a/b\":{\"~\":[1,{\"a\":[9]}]}}"),
        ("/", "{\"\":[1,{\"a\":[9]}]}"),
        ("/0/0", "[[[1,{\"a\":[9]}],[2]],[[3]]]"),
    ] {
        let outcome = at(pointer, text);
        assert_eq!(texts(&outcome), ["1", "{\"a\":[9]}"], "{pointer} in {text}");
        assert_eq!(outcome.1, None, "{pointer} in {text}");
    }
}

#[test]
fn a_pointer_that_leads_nowhere_is_an_error() {
    for (pointer, text, kind) in [
        ("/a", "{\"b\":[1]}", ErrorKind::Data),
        ("/a", "[1]", ErrorKind::Data),
        ("/a", "1", ErrorKind::Data),
        ("/a", "{\"a\":{}}", ErrorKind::Data),
        ("/a", "{\"a\":1}", ErrorKind::Data),
        ("/a/b", "{\"a\":1}", ErrorKind::Data),
        ("/01", "[[1],[2]]", ErrorKind::Data),
        ("/a", "{\"a\":[],\"a\":[]}", ErrorKind::Data),
        ("/a", "{\"a\":[]", ErrorKind::Truncated),
        ("/a", "", ErrorKind::Truncated),
        ("/a", "{\"a\":[1]]", ErrorKind::Syntax),
        ("/a", "{\"a\":[1]}x", ErrorKind::Syntax),
        ("/a", "{\"b\":1.,\"a\":[]}", ErrorKind::Syntax),
        ("/a", "{\"b\":\"\\x\",\"a\":[]}", ErrorKind::Syntax),
        ("/a", "{b:1}", ErrorKind::Syntax),
    ] {
        let (_, fault) = at(pointer, text);
        assert_eq!(fault.map(|fault| fault.1), Some(kind), "{pointer} in {text}");
    }
    for pointer in ["a", "/~", "/a~2"] {
        let error = Framer::pointer(pointer, 128).expect_err(pointer);
        assert_eq!(error.kind(), ErrorKind::Argument);
    }
}

#[test]
fn what_stands_around_a_pointer_is_checked_as_strictly_as_serde_json_does() {
    let around = [
        "1",
        "-0",
        "1.5e-7",
        "01",
        "1.",
        "-",
        "+1",
        "1e",
        "true",
        "tru",
        "nul",
        "null",
        "\"\\u00e9\"",
        "\"\\u12\"",
        "\"\t\"",
        "[]",
        "[1,]",
        "[1 2]",
        "{}",
        "{\"a\"}",
        "{\"a\":1,}",
        "{\"x\":{\"y\":[]}}",
        "[[[[]]]]",
        "[}",
        "{]",
        "",
        "\"a\" 1",
        "NaN",
        "'a'",
    ];
    for value in around {
        let text = format!("{{\"b\":{value},\"a\":[1]}}");
        let accepted = serde_json::from_str::<serde_json::Value>(&text).is_ok();
        assert_eq!(at("/a", &text).1.is_none(), accepted, "{text}");
        let text = format!("{{\"a\":[1],\"b\":{value}}}");
        assert_eq!(at("/a", &text).1.is_none(), accepted, "{text}");
    }
}

#[test]
fn broken_utf8_around_the_array_is_found_across_cuts() {
    let text = b"{\"\xe2\x82\xac\":1,\"b\":\"\xe2\x82\",\"a\":[1]}";
    for cut in 0..text.len() {
        let pointer = Framer::pointer("/a", 128).expect("a pointer");
        let (_, fault) = run(pointer, text, &[cut]);
        assert_eq!(fault.map(|fault| fault.1), Some(ErrorKind::Utf8), "cut at {cut}");
    }
}

#[test]
fn every_cut_in_two_and_three_gives_the_same() {
    let samples = [
        "{\"a\":1}\r\n\n[2,\"\\\"]\"]\n 3 \n",
        " [ 1, {\"a\": \"],\\\\\"}, [ [ ] ], \"x\" ,] ",
        "[1,2}[",
        "{\"b\":[{\"a\":1}],\"a\":[1,{\"b\":[2]} , 3],\"c\":\"\u{e9}\"}",
        "[{\"a\":[0]},{\"a\":[1,[2]]},3]",
        "12 \"a\"{\"b\":[]}\ntrue[",
    ];
    for (number, framer) in framers().iter().enumerate() {
        for text in samples {
            let text = text.as_bytes();
            let whole = run(framer(), text, &[]);
            for first in 0..=text.len() {
                assert_eq!(run(framer(), text, &[first]), whole, "{number}: cut at {first}");
                for second in first..=text.len() {
                    assert_eq!(run(framer(), text, &[first, second]), whole, "{number}");
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn any_cuts_of_any_text_give_the_same(
        text in r#"(\[|\]|\{|\}|"|\\|,|:| |\n|\r|a|1|"a":){0,40}"#,
        mut cuts in proptest::collection::vec(0..100usize, 0..8),
    ) {
        cuts.sort_unstable();
        for framer in framers() {
            let whole = run(framer(), text.as_bytes(), &[]);
            prop_assert_eq!(run(framer(), text.as_bytes(), &cuts), whole);
        }
    }

    #[test]
    fn lines_are_those_of_the_standard_library(text in "[a \r\n]{0,60}") {
        let expected: Vec<&str> =
            text.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect();
        let outcome = lines(&text);
        prop_assert_eq!(texts(&outcome), expected);
    }
}

#[test]
fn a_record_given_up_leaves_its_neighbours() {
    let text = "[1, \"too long\", 3]";
    let mut framer = Framer::array();
    let mut spans = Vec::new();
    let framed = framer.frame(&text.as_bytes()[..10], false, &mut spans);
    assert_eq!((framed.consumed, spans.len()), (4, 1));
    assert_eq!(framer.drop_record(), 6);
    spans.clear();
    let framed = framer.frame(&text.as_bytes()[10..], true, &mut spans);
    assert_eq!((framed.consumed, spans.as_slice()), (8, std::slice::from_ref(&(6..7))));
    assert!(framed.fault.is_none());
}
