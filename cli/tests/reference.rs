//! The committed reference pages are what the tables say.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

#[test]
fn committed_pages_are_those_of_the_tables() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference");
    let committed: BTreeMap<String, String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(&path).unwrap())
        })
        .collect();
    let wanted: BTreeMap<String, String> = netplumb_cli::schema::pages().into_iter().collect();
    let help = "run: cargo run -p netplumb-cli --example reference";
    assert!(committed.keys().eq(wanted.keys()), "{:?} {:?}\n{help}", committed.keys(), wanted.keys());
    for (name, wanted) in &wanted {
        let lines = wanted.lines().zip(committed[name].lines()).enumerate();
        for (n, (wanted, committed)) in lines {
            assert_eq!(committed, wanted, "docs/reference/{name}:{}\n{help}", n + 1);
        }
        assert_eq!(committed[name].len(), wanted.len(), "docs/reference/{name} ends elsewhere\n{help}");
    }
}
