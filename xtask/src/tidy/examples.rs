//! Examples of all crates are built into one folder, where two of one name overwrite each other.

use std::collections::HashMap;

use super::Finding;

/// Looks at the paths of the workspace's sources, in any order.
pub(super) fn check<'a>(paths: impl IntoIterator<Item = &'a str>) -> Vec<Finding> {
    let mut paths: Vec<_> = paths.into_iter().collect();
    paths.sort_unstable();
    let mut named: HashMap<&str, &str> = HashMap::new();
    let mut findings = Vec::new();
    for path in paths {
        let Some(name) = example(path) else { continue };
        if let Some(other) = named.insert(name, path) {
            let message = format!("`{other}` is an example of that name too");
            findings.push(Finding::of_file(path, message));
        }
    }
    findings
}

/// The name of the example whose source is at `path`, a file or a folder with a `main.rs`.
fn example(path: &str) -> Option<&str> {
    let (_, inner) = path.split_once("/examples/")?;
    let name = inner.strip_suffix("/main.rs").or(inner.strip_suffix(".rs"))?;
    (!name.contains('/')).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_examples_of_one_name_are_found() {
        let paths = [
            "crates/b/examples/fast.rs",
            "crates/a/examples/fast/main.rs",
            "crates/a/examples/slow.rs",
            "crates/a/examples/slow/helper.rs",
            "crates/a/src/fast.rs",
        ];
        let findings = check(paths);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].path, "crates/b/examples/fast.rs");
        assert!(findings[0].message.contains("crates/a/examples/fast/main.rs"));
    }
}
