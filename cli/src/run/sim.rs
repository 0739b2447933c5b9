//! `--sim`: a simulated kernel, whose state can be kept in a file.

use super::failure::{FAILED, Failure};
use netplumb_backends::sim::Kernel;
use netplumb_simulator::World;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// The seed of a kernel that is not loaded from a file.
const SEED: u64 = 1;

/// Largest state that is read, in bytes: far above what a million routes need.
const LARGEST: u64 = 1 << 32;

/// A simulated kernel and where its state is kept.
pub(crate) struct Simulated {
    pub(crate) kernel: Kernel,
    file: Option<StateFile>,
}

/// A file that holds the state. Locked while a command works on it, so that commands wait for each other.
struct StateFile {
    path: PathBuf,
    /// What it held.
    before: String,
    _locked: File,
}

impl Simulated {
    /// The kernel whose state is in the file; a fresh one where there is no file, or none with this name yet.
    pub(crate) fn open(path: Option<&str>) -> Result<Self, Failure> {
        let Some(path) = path else {
            return Ok(Self { kernel: Kernel::new(SEED), file: None });
        };
        let path = Path::new(path);
        let fail = |why: String| Failure::Other(FAILED, format!("Error: {}: {why}", path.display()));
        let mut locked = lock(path).map_err(|e| fail(e.to_string()))?;
        let mut text = String::new();
        (&mut locked).take(LARGEST).read_to_string(&mut text).map_err(|e| fail(e.to_string()))?;
        let world = if text.trim().is_empty() {
            World::new(SEED)
        } else {
            World::load(&text).map_err(|e| fail(e.to_string()))?
        };
        let file = StateFile { path: path.to_owned(), before: text, _locked: locked };
        Ok(Self { kernel: Kernel::from_world(world), file: Some(file) })
    }

    /// Lets the kernel come to rest and keeps its state. Between two commands passes the time that it needs to find out about
    /// carriers and to try addresses, and no more.
    pub(crate) fn close(self) -> Result<(), Failure> {
        self.kernel.world().settle();
        let Some(file) = self.file else { return Ok(()) };
        let text = self.kernel.world().save();
        if text == file.before {
            return Ok(());
        }
        write(&file.path, &text)
            .map_err(|e| Failure::Other(FAILED, format!("Error: {}: {e}", file.path.display())))
    }
}

/// Opens and locks a file, and makes it where it is missing.
fn lock(path: &Path) -> std::io::Result<File> {
    loop {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        file.lock()?;
        // Whoever held the lock may have put another file in its place.
        if is_still(path, &file)? {
            return Ok(file);
        }
    }
}

#[cfg(unix)]
fn is_still(path: &Path, file: &File) -> std::io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let (ours, theirs) = (file.metadata()?, fs::metadata(path));
    Ok(theirs.is_ok_and(|theirs| (ours.dev(), ours.ino()) == (theirs.dev(), theirs.ino())))
}

#[cfg(not(unix))]
fn is_still(_: &Path, _: &File) -> std::io::Result<bool> {
    Ok(true)
}

/// Puts a new file in the place of the old one: whoever is interrupted leaves the old state, never half of the new one.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}", std::process::id()));
    let beside = path.with_file_name(name);
    let mut file = File::create(&beside)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    let moved = written.and_then(|()| fs::rename(&beside, path));
    if moved.is_err() {
        let _ = fs::remove_file(&beside);
    }
    moved
}
