use datason_scan::{Kernel, NullRuns, Offset, Strings, Text, Token, Tokens, ValueIndex};
use proptest::prelude::*;

/// What became of a column of strings: its values and where they begin and end, and the rows of
/// nulls.
#[derive(Debug, PartialEq)]
struct Column<O> {
    values: Vec<u8>,
    offsets: Vec<O>,
    nulls: NullRuns,
}

/// Reads every `step`th of the values that stand between blanks in `json`, behind two that have
/// been read before. `None` if one of them is no string.
fn read<O: Offset>(kernel: Kernel, json: &str, step: usize, room: usize) -> Option<Column<O>> {
    let mut strings = Strings::with_memory(Vec::with_capacity(room), Vec::new());
    let mut nulls = NullRuns::default();
    assert!(append(&mut strings, kernel, r#""before" null"#, 1, &mut nulls));
    // Rows of nulls are counted from the first of those that are read together.
    nulls.clear();
    let are_good = append(&mut strings, kernel, json, step, &mut nulls);
    let (values, offsets) = (strings.values().to_vec(), strings.offsets().to_vec());
    if !are_good {
        assert_eq!((&values[..], offsets.len()), (&b"before"[..], 3), "nothing more");
    }
    are_good.then_some(Column { values, offsets, nulls })
}

fn append<O: Offset>(
    strings: &mut Strings<O>,
    kernel: Kernel,
    json: &str,
    step: usize,
    nulls: &mut NullRuns,
) -> bool {
    let mut index = ValueIndex::new();
    index.fill(kernel, json.as_bytes());
    let text = Text::from_utf8(json, &index);
    let tokens = tokens(text);
    strings.read(text, Tokens::column(&tokens, 0, step), nulls)
}

/// The values, in which `-` and a number stand for so many that are absent.
fn tokens(text: Text<'_>) -> Vec<Token> {
    let json = std::str::from_utf8(text.bytes()).expect("JSON");
    let starts = json.split(' ').scan(0, |at, value| {
        let start = *at;
        *at += value.len() + 1;
        Some((start, value))
    });
    let values = starts.filter(|(_, value)| !value.is_empty());
    values
        .map(|(start, value)| match value.strip_prefix('-') {
            Some(count) => Token::absent(count.parse().expect("a number")),
            None => text.locate(start).expect("a value"),
        })
        .collect()
}

/// As [`read`], said as simply as it can be.
fn naive<O: TryFrom<usize>>(json: &str, step: usize) -> Option<Column<O>> {
    let (mut values, mut offsets, mut nulls) = (Vec::new(), Vec::new(), NullRuns::default());
    let mut end = |values: &[u8]| offsets.push(O::try_from(values.len()).ok().expect("it fits"));
    end(&values);
    values.extend_from_slice(b"before");
    end(&values);
    end(&values);
    let mut row = 0;
    for value in json.split(' ').filter(|value| !value.is_empty()).step_by(step) {
        let count = match value.strip_prefix('-') {
            Some(count) => count.parse().expect("a number"),
            None if value == "null" => 1,
            None => {
                values.extend_from_slice(unescape(value)?.as_bytes());
                end(&values);
                row += 1;
                continue;
            }
        };
        nulls.push(row, count);
        (0..count).for_each(|_| end(&values));
        row += count;
    }
    Some(Column { values, offsets, nulls })
}

/// The escapes that the tests use.
fn unescape(value: &str) -> Option<String> {
    let plain = value.strip_prefix('"')?.strip_suffix('"')?;
    let plain = plain.replace("\\n", "\n").replace("\\u00e9", "é");
    (!plain.contains('\\')).then_some(plain)
}

fn check(json: &str) {
    for (kernel, step) in
        Kernel::available().flat_map(|kernel| [1, 2, 3].map(|step| (kernel, step)))
    {
        for room in [0, 6, 70, 1_000] {
            let expected = naive::<i32>(json, step);
            assert_eq!(read(kernel, json, step, room), expected, "{kernel}, {step}: {json}");
            let expected = naive::<i64>(json, step);
            assert_eq!(read(kernel, json, step, room), expected, "{kernel}, {step}: {json}");
        }
    }
}

#[test]
fn strings_of_every_length_at_every_distance_from_the_end() {
    for length in 0..=140 {
        let string = format!("\"{}\"", "é".repeat(length / 2) + &"a".repeat(length % 2));
        check(&string);
        check(&format!("{string} \"b\" {string} \"\" null {string}"));
        check(&format!("\"\" {string} {}", " ".repeat(length)));
    }
}

#[test]
fn what_is_no_string_is_told() {
    for other in ["1", "true", "false", "12345678901234567890", r#""\x""#, r#""\u00""#] {
        let many = r#""a" "#.repeat(20);
        for json in [other.to_owned(), format!("{many}{other} {many}"), format!("{other} {many}")] {
            assert!(naive::<i32>(&json, 1).is_none());
            check(&json);
        }
    }
}

/// Reads what the values of `json` would be if they stood in `other`. How many strings that gave.
fn check_in_another(json: &str, other: &str) -> usize {
    let mut read = 0;
    for kernel in Kernel::available() {
        let (mut index, mut foreign) = (ValueIndex::new(), ValueIndex::new());
        index.fill(kernel, json.as_bytes());
        foreign.fill(kernel, other.as_bytes());
        let tokens = tokens(Text::from_utf8(json, &index));
        for index in [&index, &foreign] {
            let (mut strings, text) = (Strings::<i32>::new(), Text::from_utf8(other, index));
            for token in &tokens {
                // One by one: what is refused takes those back that were read with it.
                let (before, token) = (strings.len(), Tokens::all(std::slice::from_ref(token)));
                let is_good = strings.read(text, token, &mut NullRuns::default());
                assert_eq!(strings.len(), before + usize::from(is_good));
            }
            let all = std::str::from_utf8(strings.values()).expect("UTF-8");
            let offsets: Vec<_> = strings
                .offsets()
                .iter()
                .map(|at| usize::try_from(*at).expect("an offset"))
                .collect();
            assert!(offsets.is_sorted() && offsets.iter().all(|at| all.is_char_boundary(*at)));
            assert_eq!(offsets.last(), Some(&all.len()));
            read += strings.len();
        }
    }
    read
}

/// The tokens of one text lead anywhere in another.
#[test]
fn tokens_of_another_text_cut_no_character() {
    let cases = [
        // The end is within a character, or an escape is.
        (r#""a" "#, "\"éx", false),
        (r#""ab\n" "#, "\"aén\"x", true),
        // The string has another length, or is one with escapes or without.
        (r#""éa" "#, "\"xyz\" ", true),
        (r#""abc" "#, "\"é\"\" ", true),
        (r#""a\n" "#, "\"éx\" ", true),
        (r#""aé" "#, "\"\\nx\" ", true),
    ];
    for (unit, other, may_be_read) in cases {
        assert_eq!(unit.len(), other.len(), "{unit} {other}");
        let read = check_in_another(&unit.repeat(200), &other.repeat(200));
        assert_eq!(read > 0, may_be_read, "{unit} in {other}");
    }
}

#[test]
fn what_may_not_be_utf8_is_not_read() {
    let mut index = ValueIndex::new();
    index.fill(Kernel::active(), b"\"a\"");
    let text = Text::new(b"\"a\"", &index);
    let tokens = [text.locate(0).unwrap()];
    let mut strings = Strings::<i64>::new();
    assert!(!strings.read(text, Tokens::all(&tokens), &mut NullRuns::default()));
    assert!(strings.is_empty());
}

#[test]
fn strings_are_pushed_and_taken_back() {
    let mut strings = Strings::<i32>::default();
    assert!(strings.push("ab") && strings.push("é"));
    strings.push_empty(2);
    assert_eq!((strings.len(), strings.offsets()), (4, &[0, 2, 4, 4, 4][..]));
    strings.truncate(9);
    strings.truncate(3);
    assert_eq!(strings.offsets(), [0, 2, 4, 4]);
    strings.truncate(1);
    assert_eq!((strings.values(), strings.offsets()), (&b"ab"[..], &[0, 2][..]));
    let (values, offsets) = (strings.values().to_vec(), strings.offsets().to_vec());
    let strings = Strings::with_memory(values, offsets);
    assert_eq!((strings.len(), strings.values(), strings.offsets()), (0, &b""[..], &[0][..]));
}

proptest! {
    #[test]
    fn any_values(
        values in prop::collection::vec(
            prop_oneof![
                6 => "\"[a-z]{0,30}\"",
                2 => "\"[a-zé]{50,90}\"",
                1 => "\"[a-z]{100,300}\"",
                2 => "\"([a-z]{0,40}(\\\\n|\\\\u00e9)){1,3}\"",
                2 => Just("null".to_owned()),
                1 => "-[1-9]",
            ],
            0..60,
        ),
        blanks in 0..70_usize,
    ) {
        check(&(values.join(" ") + &" ".repeat(blanks)));
    }

    #[test]
    fn any_tokens_in_any_text(
        values in prop::collection::vec("\"(a|b|é|\\\\n|\\\\u00e9){0,6}\"", 1..40),
        other in "[\"\"\\\\néx]{0,300}",
    ) {
        check_in_another(&values.join(" "), &other);
    }
}
