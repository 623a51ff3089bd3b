//! A crate may use only crates on lower floors.

use super::Finding;
use super::workspace::{Dependency, Package};

/// Every crate that others build on, and its floor.
const FLOORS: [(&str, u8); 10] = [
    ("datason-core", 1),
    ("datason-scan", 1),
    ("datason-memory", 2),
    ("datason-io", 2),
    ("datason-json", 3),
    ("datason-arrow", 4),
    ("datason", 5),
    ("datason-cli", 6),
    ("datason-python", 6),
    ("datason-datafusion", 6),
];

/// The crates beside the house: they may use all floors, and no floor may use them.
const BESIDE: [&str; 3] = ["xtask", "datason-benches", "datason-fuzz"];

/// Beside the house too, but the tests of every floor may use it; so it may use no floor.
const FIXTURES: &str = "datason-fixtures";

pub(super) fn check(packages: &[Package]) -> Vec<Finding> {
    let names: Vec<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let mut findings = Vec::new();
    for package in packages {
        let mut report = |message| findings.push(Finding::of_file(&package.manifest, message));
        if !is_known(&package.name) {
            report(format!(
                "crate `{}` stands on no floor: name it in the layers of tidy",
                package.name
            ));
        }
        let local = |dependency: &&Dependency| names.contains(&dependency.name.as_str());
        package
            .dependencies
            .iter()
            .filter(local)
            .filter_map(|dependency| broken(package, dependency))
            .for_each(report);
    }
    findings
}

fn is_known(name: &str) -> bool {
    floor(name).is_some() || BESIDE.contains(&name) || name == FIXTURES
}

fn floor(name: &str) -> Option<u8> {
    FLOORS.iter().find(|(own, _)| *own == name).map(|(_, floor)| *floor)
}

/// Says why `package` may not use `dependency`, if it may not.
fn broken(package: &Package, dependency: &Dependency) -> Option<String> {
    let (owner, used) = (&package.name, &dependency.name);
    if BESIDE.contains(&owner.as_str()) {
        return None;
    }
    if owner == FIXTURES {
        return Some(format!(
            "`{owner}` uses `{used}`, but the test data may use no crate of the workspace"
        ));
    }
    if used == FIXTURES {
        return (!dependency.is_for_tests())
            .then(|| format!("`{owner}` uses `{used}`, which only its tests may"));
    }
    match (floor(owner)?, floor(used)) {
        (owner_floor, Some(used_floor)) if used_floor < owner_floor => None,
        (owner_floor, Some(used_floor)) => Some(format!(
            "`{owner}` on floor {owner_floor} uses `{used}` on floor {used_floor}: \
             only lower floors may be used"
        )),
        (_, None) => Some(format!("`{owner}` uses `{used}`, which stands beside the floors")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(packages: &[Package]) -> Vec<String> {
        check(packages).into_iter().map(|finding| finding.message).collect()
    }

    fn package(name: &str, used: &[(&str, Option<&str>)]) -> Package {
        let dependencies = used
            .iter()
            .map(|&(name, kind)| Dependency {
                name: name.to_owned(),
                kind: kind.map(str::to_owned),
            })
            .collect();
        Package {
            name: name.to_owned(),
            manifest: "Cargo.toml".to_owned(),
            roots: Vec::new(),
            dependencies,
        }
    }

    fn used_by(owner: &str, used: &str, kind: Option<&str>) -> usize {
        check(&[package(owner, &[(used, kind)]), package(used, &[])]).len()
    }

    #[test]
    fn lower_floors_may_be_used() {
        let json = package("datason-json", &[("datason-io", None), ("serde", None)]);
        let io = package("datason-io", &[("datason-core", None), ("datason-scan", Some("build"))]);
        let packages = [json, io, package("datason-core", &[]), package("datason-scan", &[])];
        assert_eq!(messages(&packages), [] as [&str; 0]);
    }

    #[test]
    fn the_same_and_higher_floors_may_not() {
        for kind in [None, Some("build"), Some("dev")] {
            assert_eq!(used_by("datason-core", "datason-scan", kind), 1);
            assert_eq!(used_by("datason-io", "datason-memory", kind), 1);
            assert_eq!(used_by("datason-json", "datason", kind), 1);
            assert_eq!(used_by("datason", "datason-cli", kind), 1);
        }
        let pair = [package("datason-io", &[("datason-json", None)]), package("datason-json", &[])];
        let expected =
            "`datason-io` on floor 2 uses `datason-json` on floor 3: only lower floors may be used";
        assert_eq!(messages(&pair), [expected]);
    }

    #[test]
    fn only_tests_use_the_fixtures() {
        assert_eq!(used_by("datason-core", "datason-fixtures", Some("dev")), 0);
        assert_eq!(used_by("datason-core", "datason-fixtures", None), 1);
        assert_eq!(used_by("datason-core", "datason-fixtures", Some("build")), 1);
        assert_eq!(used_by("xtask", "datason-fixtures", None), 0);
        assert_eq!(used_by("datason-fixtures", "datason-core", Some("dev")), 1);
    }

    #[test]
    fn nobody_uses_what_stands_beside() {
        assert_eq!(used_by("datason-cli", "xtask", Some("dev")), 1);
        assert_eq!(used_by("datason-benches", "datason-cli", None), 0);
    }

    #[test]
    fn a_crate_without_a_floor_is_named() {
        let expected = "crate `datason-new` stands on no floor: name it in the layers of tidy";
        assert_eq!(messages(&[package("datason-new", &[])]), [expected]);
    }
}
