//! Writes the reference pages of the attribute tables into `docs/reference`:
//! `cargo run -p netplumb-cli --example reference`.

use std::fs;
use std::path::Path;

fn main() -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference");
    fs::create_dir_all(&folder)?;
    for (name, text) in netplumb_cli::schema::pages() {
        println!("{name}: {} lines", text.lines().count());
        fs::write(folder.join(name), text)?;
    }
    Ok(())
}
