//! The dependency arrows between the crates, from `cargo metadata`.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Package → the workspace packages it may depend on (dev-dependencies aside).
const ALLOWED: &[(&str, &[&str])] = &[
    ("netplumb-core", &[]),
    ("netplumb-simulator", &["netplumb-core"]),
    ("netplumb-backends", &["netplumb-core", "netplumb-simulator"]),
    ("netplumb", &["netplumb-core", "netplumb-simulator", "netplumb-backends"]),
    ("netplumb-cli", &["netplumb-core", "netplumb-simulator", "netplumb-backends", "netplumb"]),
];

#[test]
fn crates_depend_only_downwards() {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let args = ["metadata", "--format-version", "1", "--no-deps", "--offline", "--manifest-path", manifest];
    let output = Command::new(cargo).args(args).output().expect("cargo metadata runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");

    let packages = metadata["packages"].as_array().expect("packages");
    let names: BTreeSet<&str> = packages.iter().map(|p| p["name"].as_str().unwrap()).collect();
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.iter().copied().collect();
    assert_eq!(names, allowed.keys().copied().collect(), "every workspace package has a row in this test");
    for package in packages {
        let name = package["name"].as_str().unwrap();
        for dependency in package["dependencies"].as_array().unwrap() {
            let on = dependency["name"].as_str().unwrap();
            let dev = dependency["kind"] == "dev";
            if names.contains(on) && !dev {
                assert!(allowed[name].contains(&on), "{name} must not depend on {on}");
            }
        }
    }
}

#[test]
fn the_core_has_no_dependencies_without_features() {
    let manifest = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/core/Cargo.toml")).unwrap();
    let dependencies = manifest.split("\n[dependencies]\n").nth(1).unwrap().split("\n[").next().unwrap();
    for line in dependencies.lines().filter(|l| !l.trim().is_empty() && !l.starts_with('#')) {
        assert!(line.contains("optional = true"), "a dependency of the core is not optional: {line}");
    }
}

#[test]
fn unsafe_code_stands_in_one_place() {
    fn visit(folder: &std::path::Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("target") && !path.ends_with("sys") {
                visit(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                if text.lines().any(|l| l.trim_start().starts_with("unsafe ") || l.contains(" unsafe {")) {
                    found.push(path.display().to_string());
                }
            }
        }
    }
    let mut found = Vec::new();
    for folder in ["core/src", "simulator/src", "backends/src", "cli/src", "src"] {
        visit(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut found);
    }
    assert_eq!(found, Vec::<String>::new(), "unsafe code belongs into backends/src/sys");
}
