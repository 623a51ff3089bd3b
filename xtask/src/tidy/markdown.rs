//! The little of Markdown that the rules need: fenced blocks and links.

/// A fenced block of code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    /// What stands behind the opening fence, such as `sh` or `rust,no_run`.
    pub(crate) info: String,
    /// The line of the opening fence, from 1.
    pub(crate) line: usize,
    /// The lines between the fences.
    pub(crate) lines: Vec<String>,
}

impl Block {
    /// Whether the block is in `language`, whatever else its fence says.
    pub(crate) fn is_in(&self, language: &str) -> bool {
        self.info.split(',').next() == Some(language)
    }
}

/// Returns the fenced blocks of `text`; one that is never closed reaches to the end.
pub(crate) fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (index, line) in text.lines().enumerate() {
        match (fence(line), &mut open) {
            (Some(info), None) => {
                open = Some(Block { info: info.to_owned(), line: index + 1, lines: Vec::new() });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some(block)) => block.lines.push(line.to_owned()),
            (None, None) => {}
        }
    }
    blocks.extend(open);
    blocks
}

fn fence(line: &str) -> Option<&str> {
    line.trim_start().strip_prefix("```").map(str::trim)
}

/// Returns the target of every link and image outside code, with its line, from 1.
pub(super) fn links(text: &str) -> Vec<(usize, String)> {
    let mut inside_block = false;
    let mut links = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if fence(line).is_some() {
            inside_block = !inside_block;
        } else if !inside_block {
            let targets = targets(&without_code(line));
            links.extend(targets.into_iter().map(|target| (index + 1, target)));
        }
    }
    links
}

/// Blanks what stands between backticks.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join(" ")
}

/// Finds `](target)`, `[name]: target`, `src="target"` and `href="target"`.
fn targets(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (opening, closing) in [("](", ')'), ("src=\"", '"'), ("href=\"", '"')] {
        let ends = line.split(opening).skip(1).filter_map(|rest| rest.split(closing).next());
        found.extend(ends.map(str::to_owned));
    }
    if let Some((_, target)) =
        line.trim_start().strip_prefix('[').and_then(|rest| rest.split_once("]: "))
    {
        found.push(target.to_owned());
    }
    // A title may follow the target, and brackets may stand around it.
    let bare = |target: String| {
        target.split_whitespace().next().map(|word| word.trim_matches(['<', '>']).to_owned())
    };
    found.into_iter().filter_map(bare).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found() {
        let text = "a\n```sh\nb\n\nc\n```\n```rust,no_run\n```\n```\nd";
        let block = |info: &str, line, lines: &[&str]| Block {
            info: info.to_owned(),
            line,
            lines: lines.iter().map(|&line| line.to_owned()).collect(),
        };
        let expected =
            [block("sh", 2, &["b", "", "c"]), block("rust,no_run", 7, &[]), block("", 9, &["d"])];
        assert_eq!(blocks(text), expected);
        assert!(expected[1].is_in("rust") && !expected[1].is_in("no_run"));
    }

    #[test]
    fn links_are_found() {
        let text = "[a](b.md) ![c](d/e.svg \"f\") `[g](h)` <img src=\"i.png\" width=\"1\">\n\
            ```\n[j](k)\n```\n[l]: <m.md>\n[n][l]";
        let expected = [(1, "b.md"), (1, "d/e.svg"), (1, "i.png"), (5, "m.md")];
        assert_eq!(links(text), expected.map(|(line, target)| (line, target.to_owned())));
    }
}
