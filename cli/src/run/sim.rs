//! `--sim`: a simulated kernel, whose state can be kept in a file.

use super::failure::{FAILED, Failure};
use netplumb_backends::sim::Kernel;
use netplumb_simulator::World;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// The seed of a kernel that is not loaded from a file.
const SEED: u64 = 1;

/// Largest state that is read, in bytes: far above what a million routes need. What is larger is refused: a part of it is no
/// world, or another one.
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
    locked: File,
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
        let text = read(&mut locked).map_err(|e| fail(e.to_string()))?;
        let world = if text.trim().is_empty() {
            World::new(SEED)
        } else {
            World::load(&text).map_err(|e| fail(e.to_string()))?
        };
        // A new file takes the place of the one that a symbolic link is for, not that of the symbolic link.
        let path = fs::canonicalize(path).map_err(|e| fail(e.to_string()))?;
        let file = StateFile { path, before: text, locked };
        Ok(Self { kernel: Kernel::from_world(world), file: Some(file) })
    }

    /// Lets the kernel come to rest and keeps its state. Between two commands passes the time that it needs to find out about
    /// carriers and to try addresses, and no more.
    pub(crate) fn close(self) -> Result<(), Failure> {
        self.kernel.world().settle();
        let Some(file) = self.file else { return Ok(()) };
        let text = self.kernel.world().save();
        if text == file.before || is_text_of(&text, &file.before) {
            return Ok(());
        }
        write(&file, &text)
            .map_err(|e| Failure::Other(FAILED, format!("Error: {}: {e}", file.path.display())))
    }
}

/// Whether a text in the form that is written is that of the world that another one says, which may have been written by hand.
fn is_text_of(text: &str, other: &str) -> bool {
    World::load(other).is_ok_and(|world| world.save() == text)
}

fn read(file: &mut File) -> std::io::Result<String> {
    let mut text = String::new();
    // One byte more shows that there are more.
    if file.metadata()?.len() <= LARGEST {
        file.take(LARGEST + 1).read_to_string(&mut text)?;
        if text.len() as u64 <= LARGEST {
            return Ok(text);
        }
    }
    Err(std::io::Error::new(ErrorKind::FileTooLarge, format!("larger than {LARGEST} bytes")))
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
fn write(old: &StateFile, text: &str) -> std::io::Result<()> {
    let path = &old.path;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}", std::process::id()));
    let beside = path.with_file_name(name);
    let mut file = File::create(&beside)?;
    let kept = keep_access(&old.locked, &file);
    let written = kept.and_then(|()| file.write_all(text.as_bytes())).and_then(|()| file.sync_all());
    let moved = written.and_then(|()| fs::rename(&beside, path));
    if moved.is_err() {
        let _ = fs::remove_file(&beside);
    }
    moved
}

/// Lets the same people read and write the new file as the old one.
fn keep_access(old: &File, new: &File) -> std::io::Result<()> {
    let metadata = old.metadata()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, fchown};
        // Only root can give files away; for all others the file becomes their own.
        let _ = fchown(new, Some(metadata.uid()), Some(metadata.gid()));
    }
    new.set_permissions(metadata.permissions())
}
