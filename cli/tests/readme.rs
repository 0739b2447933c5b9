//! The command lines of the README that work on a simulated kernel, with what it says they print.
#![cfg(feature = "sim")]

use std::process::Command;

#[test]
fn simulated_examples_print_what_the_readme_says() {
    let directory = std::env::temp_dir().join(format!("netplumb-readme-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a directory");
    std::fs::write(directory.join("commands.txt"), "link set br0 up\naddr add 192.0.2.1/24 dev br0\n")
        .expect("a file");
    let text = include_str!("../../README.md");
    let mut lines = text.lines().peekable();
    let (mut ran, mut compared) = (0, 0);
    while let Some(line) = lines.next() {
        let Some(command) = line.strip_prefix("$ netplumb --sim ") else { continue };
        let command = command.split('#').next().unwrap_or(command);
        let output = Command::new(env!("CARGO_BIN_EXE_netplumb"))
            .arg("--sim")
            .args(command.split_whitespace())
            .current_dir(&directory)
            .output()
            .expect("the command runs");
        let said = String::from_utf8_lossy(&output.stderr);
        ran += 1;
        match lines.peek().filter(|next| next.starts_with("Error: ")) {
            Some(expected) => {
                assert_eq!(said.trim_end(), *expected);
                compared += 1;
            }
            None => assert!(output.status.success(), "{command}: {said}"),
        }
    }
    std::fs::remove_dir_all(&directory).expect("it was made above");
    assert_eq!((ran, compared), (4, 1));
}
