//! The crates of the workspace, as cargo sees them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use serde::Deserialize;

/// A crate of the workspace.
#[derive(Debug, Clone)]
pub(super) struct Package {
    pub(super) name: String,
    /// The manifest's path below the workspace's root.
    pub(super) manifest: String,
    /// The paths of `lib.rs` and of each program's `main.rs`, below the workspace's root.
    pub(super) roots: Vec<String>,
    pub(super) dependencies: Vec<Dependency>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Dependency {
    pub(super) name: String,
    /// `None` for an ordinary dependency, else `dev` or `build`.
    pub(super) kind: Option<String>,
}

impl Dependency {
    pub(super) fn is_for_tests(&self) -> bool {
        self.kind.as_deref() == Some("dev")
    }
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<RawPackage>,
}

#[derive(Deserialize)]
struct RawPackage {
    name: String,
    manifest_path: PathBuf,
    targets: Vec<Target>,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
    src_path: PathBuf,
}

/// Asks cargo for the crates of the workspace at `root`.
pub(super) fn packages(root: &Path) -> anyhow::Result<Vec<Package>> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root)
        .output()
        .context("cannot start cargo metadata")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    parse(root, &output.stdout)
}

fn parse(root: &Path, metadata: &[u8]) -> anyhow::Result<Vec<Package>> {
    let metadata: Metadata =
        serde_json::from_slice(metadata).context("cannot read what cargo metadata says")?;
    Ok(metadata.packages.into_iter().map(|raw| package(root, raw)).collect())
}

fn package(root: &Path, raw: RawPackage) -> Package {
    let is_root =
        |target: &&Target| target.kind.iter().any(|kind| kind.ends_with("lib") || kind == "bin");
    Package {
        name: raw.name,
        manifest: relative(root, &raw.manifest_path),
        roots: raw
            .targets
            .iter()
            .filter(is_root)
            .map(|target| relative(root, &target.src_path))
            .collect(),
        dependencies: raw.dependencies,
    }
}

/// Returns `path` below `root`, with `/` between the parts on every system.
pub(super) fn relative(root: &Path, path: &Path) -> String {
    let inner = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = inner.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargos_answer_is_understood() {
        let metadata = br#"{"packages": [{
            "name": "datason-io", "manifest_path": "/w/crates/datason-io/Cargo.toml",
            "targets": [
                {"kind": ["lib"], "src_path": "/w/crates/datason-io/src/lib.rs"},
                {"kind": ["test"], "src_path": "/w/crates/datason-io/tests/it/main.rs"}
            ],
            "dependencies": [{"name": "memchr", "kind": null}, {"name": "proptest", "kind": "dev"}]
        }]}"#;
        let packages = parse(Path::new("/w"), metadata).expect("what cargo prints");
        assert_eq!(packages[0].manifest, "crates/datason-io/Cargo.toml");
        assert_eq!(packages[0].roots, ["crates/datason-io/src/lib.rs"]);
        let for_tests: Vec<bool> =
            packages[0].dependencies.iter().map(Dependency::is_for_tests).collect();
        assert_eq!(for_tests, [false, true]);
    }

    #[test]
    fn this_workspace_is_understood() {
        let packages = packages(&crate::workspace_root()).expect("cargo runs");
        let own = packages.iter().find(|package| package.name == "xtask").expect("this crate");
        assert_eq!(
            (own.manifest.as_str(), own.roots[0].as_str()),
            ("xtask/Cargo.toml", "xtask/src/main.rs")
        );
        assert!(own.dependencies.iter().any(|dependency| dependency.name == "datason-fixtures"));
    }
}
