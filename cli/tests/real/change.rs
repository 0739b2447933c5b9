//! Changes: the same commands in two namespaces leave the same state behind, with the same exit statuses.

use crate::{Folder, NETPLUMB, able, difference, in_namespace, json};

/// Commands as a shell reads them. Link-layer addresses are given, as those that the kernel makes up differ.
const CHANGES: &str = include_str!("changes.txt");
const DETAILS: &str = include_str!("details.txt");

/// How the state is looked at.
const LOOKS: &[&str] = &[
    "-d -j link show",
    "-d -j addr show",
    "-4 -d -j route show table all",
    "-6 -d -j route show table all",
    "-4 -j rule show",
    "-6 -j rule show",
    "-j neigh show nud all",
    "-j neigh show proxy",
];

#[test]
fn changes_do_what_those_of_ip_do() {
    if able("changes_do_what_those_of_ip_do") {
        compare("change", CHANGES);
    }
}

#[test]
fn details_are_those_of_ip() {
    if able("details_are_those_of_ip") {
        compare("details", DETAILS);
    }
}

fn compare(name: &str, changes: &str) {
    let folder = Folder::new(name);
    let changes: Vec<&str> = changes.lines().filter(|l| !l.is_empty() && !l.starts_with('#')).collect();
    folder.write("changes", &(changes.join("\n") + "\n"));
    folder.write("looks", &(LOOKS.join("\n") + "\n"));
    for (who, tool) in [("ip", "ip"), ("ours", NETPLUMB)] {
        in_namespace("change.sh", &[folder.0.to_str().unwrap(), who, tool]);
    }
    let (mut bad, mut failed) = (0, 0);
    let (ours, theirs) = (folder.read("ours.statuses"), folder.read("ip.statuses"));
    assert_eq!(ours.lines().count(), changes.len());
    for (ours, theirs) in ours.lines().zip(theirs.lines()) {
        let (our_status, our_error) = ours.split_once('\t').unwrap();
        let (status, error) = theirs.split_once('\t').unwrap();
        failed += usize::from(!status.starts_with("0 "));
        if our_status != status {
            bad += 1;
            println!(
                "exit status and command:\n  ours: {our_status} ({our_error})\n    ip: {status} ({error})"
            );
        }
        let errors = our_error.split('~').filter(|line| !line.is_empty() && !line.starts_with("Warning: "));
        assert!(errors.count() <= 1, "more than a line of error: {our_error}");
    }
    for (n, look) in LOOKS.iter().enumerate() {
        let [ours, theirs] = ["ours", "ip"].map(|who| {
            let mut value = json(&folder.read(&format!("{who}.{}", n + 1)), look);
            // Neighbours come in the order of a table with a random seed.
            if let Some(rows) = value.as_array_mut().filter(|_| look.contains("neigh")) {
                // A proxy of no device outlives its namespace, and shows up in another that gets the same memory.
                rows.retain(|row| row.get("proxy").is_none() || row.get("dev").is_some());
                rows.sort_by_key(ToString::to_string);
            }
            value
        });
        if let Some(difference) = difference(&ours, &theirs, "") {
            bad += 1;
            println!("ip {look}: {difference}");
        }
    }
    println!("{} changes compared, {failed} of them refused", changes.len());
    assert!(changes.len() > 60 && failed > 10 && failed < changes.len() / 2);
    assert_eq!(bad, 0, "differences; what was printed is in {}", folder.0.display());
}
