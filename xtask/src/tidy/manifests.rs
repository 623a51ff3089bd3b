//! Every crate takes lints, edition, licence and compiler version from the workspace.

use super::Finding;

/// What a manifest must say, as section and key; the value is `workspace = true` in all.
const INHERITED: [(&str, &str); 4] =
    [("package", "edition"), ("package", "rust-version"), ("package", "license"), ("lints", "")];

pub(super) fn check(path: &str, text: &str) -> Vec<Finding> {
    let inherited = inherited_keys(text);
    INHERITED
        .into_iter()
        .map(|(section, key)| [section, key].join(".").trim_end_matches('.').to_owned())
        .filter(|name| !inherited.contains(name))
        .map(|name| Finding::of_file(path, format!("`{name}` is not taken from the workspace")))
        .collect()
}

/// Returns the full names of all keys that are inherited, in any of TOML's three spellings:
/// `edition.workspace = true`, `edition = { workspace = true }`, or a section of its own.
fn inherited_keys(text: &str) -> Vec<String> {
    let mut section = String::new();
    let mut keys = Vec::new();
    for line in text.lines() {
        let line: String = line.split('#').next().unwrap_or("").split_whitespace().collect();
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = format!("{name}.");
        } else if let Some(key) = inherited_key(&line) {
            keys.push(format!("{section}{key}").trim_end_matches('.').to_owned());
        }
    }
    keys
}

fn inherited_key(line: &str) -> Option<&str> {
    let key =
        line.strip_suffix("workspace=true").or_else(|| line.strip_suffix("={workspace=true}"))?;
    Some(key.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(text: &str) -> Vec<String> {
        check("Cargo.toml", text).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn every_spelling_is_read() {
        let sections = "[package]\nedition.workspace = true\nrust-version = { workspace = true }\n\
            license.workspace=true # both\n[lints]\nworkspace = true\n";
        assert_eq!(missing(sections), [] as [&str; 0]);
        let dotted = "lints.workspace = true\n[package]\nlicense.workspace = true\n\
            edition.workspace = true\nrust-version.workspace = true";
        assert_eq!(missing(dotted), [] as [&str; 0]);
    }

    #[test]
    fn what_is_missing_is_named() {
        let text = "[package]\nedition = \"2021\"\nrust-version.workspace = true\n\
            [dependencies]\nlicense.workspace = true\n[lints.rust]\nunsafe_code = \"allow\"";
        let expected = ["package.edition", "package.license", "lints"];
        assert_eq!(
            missing(text),
            expected.map(|name| format!("`{name}` is not taken from the workspace"))
        );
    }
}
