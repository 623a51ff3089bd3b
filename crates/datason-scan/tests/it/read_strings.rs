use datason_scan::{Kernel, NullRuns, Offset, Text, Token, Tokens, ValueIndex};
use proptest::prelude::*;

/// What became of a column of strings: its values and where they end, and the rows of nulls.
#[derive(Debug, PartialEq)]
struct Read<O> {
    values: Vec<u8>,
    ends: Vec<O>,
    nulls: NullRuns,
}

/// Reads every `step`th of the values that stand between blanks in `json`, behind two that have
/// been read before. `None` if one of them is no string.
fn read<O: Offset>(kernel: Kernel, json: &str, step: usize, room: usize) -> Option<Read<O>> {
    let (values, ends) = (Vec::with_capacity(room), Vec::new());
    let mut read = Read { values, ends, nulls: NullRuns::default() };
    assert!(read.append(kernel, r#""before" null"#, 1));
    // Rows of nulls are counted from the first of those that are read together.
    read.nulls.clear();
    read.append(kernel, json, step).then_some(read)
}

impl<O: Offset> Read<O> {
    fn append(&mut self, kernel: Kernel, json: &str, step: usize) -> bool {
        let mut index = ValueIndex::new();
        index.fill(kernel, json.as_bytes());
        let text = Text::new(json.as_bytes(), &index);
        let tokens = tokens(text);
        let tokens = Tokens::column(&tokens, 0, step);
        text.read_strings(tokens, &mut self.values, &mut self.ends, &mut self.nulls)
    }
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
fn naive<O: TryFrom<usize>>(json: &str, step: usize) -> Option<Read<O>> {
    let (mut values, mut ends, mut nulls) = (b"before".to_vec(), Vec::new(), NullRuns::default());
    let mut end = |values: &[u8]| ends.push(O::try_from(values.len()).ok().expect("it fits"));
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
    Some(Read { values, ends, nulls })
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
}
