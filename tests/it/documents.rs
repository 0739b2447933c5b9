//! What the documents name exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const DOCUMENTS: &[&str] = &["ARCHITECTURE.md", "CONTRIBUTING.md"];
const FOLDERS: &[&str] =
    &[".ci/", "backends/", "benches/", "cli/", "core/", "docs/", "fuzz/", "simulator/", "src/", "tests/"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What stands between single backticks, fenced code left out.
fn code_spans(text: &str) -> Vec<String> {
    let prose: String = text.split("```").step_by(2).collect();
    prose.lines().flat_map(|line| line.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

#[test]
fn files_that_the_documents_name_exist() {
    let mut seen = 0;
    for document in DOCUMENTS {
        for span in code_spans(&read(document)) {
            let path = span.split(' ').next().unwrap_or_default();
            let placeholder = path.split(['/', '.']).any(|part| ["NAME", "KIND"].contains(&part));
            if FOLDERS.iter().any(|folder| path.starts_with(folder)) && !placeholder {
                assert!(root().join(path).exists(), "{document} names {path}");
                seen += 1;
            }
        }
        for link in read(document).split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let local = !link.starts_with("http") && !link.starts_with('#');
            assert!(!local || root().join(link).exists(), "{document} links to {link}");
        }
    }
    assert!(seen > 60, "only {seen} files were found in the documents: is the reader broken?");
}

/// Crates from outside that the manifests name.
fn dependencies() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for manifest in
        ["", "core/", "backends/", "simulator/", "cli/", "fuzz/"].map(|f| format!("{f}Cargo.toml"))
    {
        let mut inside = false;
        for line in read(&manifest).lines() {
            if line.starts_with('[') {
                inside = line.trim_end_matches(']').ends_with("dependencies");
            } else if let Some((name, _)) = line.split_once(['=', '.'])
                && inside
                && !name.starts_with(['#', ' '])
            {
                found.insert(name.trim().to_owned());
            }
        }
    }
    found.retain(|name| !name.starts_with("netplumb"));
    found
}

#[test]
fn every_dependency_has_its_reason() {
    let text = read("CONTRIBUTING.md");
    let table = text.split("## Dependencies").nth(1).expect("the section");
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let listed: BTreeSet<String> = rows.map(str::to_owned).collect();
    assert_eq!(listed, dependencies(), "left: the table in CONTRIBUTING.md, right: the manifests");
}

/// Every test's name in the sources, with the file it stands in.
fn tests_in(folder: PathBuf, found: &mut BTreeSet<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tests_in(path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let mut test = false;
            for line in text.lines().map(str::trim) {
                test |= line == "#[test]";
                if let Some(name) = line.strip_prefix("fn ").and_then(|rest| rest.split(['(', '<']).next())
                    && std::mem::take(&mut test)
                {
                    found.insert((path.strip_prefix(root()).unwrap().to_owned(), name.to_owned()));
                }
            }
        }
    }
}

#[test]
fn tests_that_the_regressions_name_exist() {
    let mut all = BTreeSet::new();
    for folder in ["core", "backends", "simulator", "cli", "tests", "src"] {
        tests_in(root().join(folder), &mut all);
    }
    let mut named = 0;
    for line in read("docs/regressions.md").lines().filter(|line| line.starts_with("| ")) {
        let spans = code_spans(line);
        let tests: Vec<_> = spans.iter().filter_map(|span| span.split_once(" ")).collect();
        assert!(line.starts_with("| What") || !tests.is_empty(), "no test is named: {line}");
        for (file, name) in tests {
            assert!(all.contains(&(PathBuf::from(file), name.to_owned())), "{file} has no test {name}");
            named += 1;
        }
    }
    assert!(named >= 15, "only {named} tests were found in docs/regressions.md");
}
