//! Where results go: standard output and files.

use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};

use same_file::Handle;

use crate::commands::End;

/// The path that stands for standard output.
const STANDARD_OUTPUT: &str = "-";

/// Prints text and a line end to standard output.
pub(crate) fn print(text: &str) -> Result<(), End> {
    write_standard_output(format!("{text}\n").as_bytes())
}

fn write_standard_output(bytes: &[u8]) -> Result<(), End> {
    let mut out = io::stdout().lock();
    let written = out.write_all(bytes).and_then(|()| out.flush());
    written.map_err(|error| unwritten("standard output", &error))
}

/// A reader that has gone is told nothing: it did not want more.
fn unwritten(place: &str, error: &io::Error) -> End {
    match error.kind() {
        ErrorKind::BrokenPipe => End::Failed(String::new()),
        _ => End::Failed(format!("{place}: {error}")),
    }
}

/// Writes a line to standard error. If that fails there is nowhere to say so.
pub(crate) fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Whether colours can be shown on a stream: on a terminal, unless the user wants none.
pub(crate) fn is_colourful(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// A file that a result is written to, checked before the work begins. Until there is a result, a file that exists keeps
/// what it holds, and one that does not exist is not made.
pub(crate) struct Target {
    argument: &'static str,
    path: PathBuf,
    place: Place,
}

enum Place {
    StandardOutput,
    Existing(File),
    New,
}

impl Target {
    /// Checks that a file can be written.
    pub(crate) fn new(argument: &'static str, path: &Path) -> Result<Self, End> {
        let place = Place::find(path);
        let place = place.map_err(|error| End::Usage(format!("{argument}: {}: {error}", path.display())))?;
        Ok(Self { argument, path: path.into(), place })
    }

    pub(crate) fn is_standard_output(&self) -> bool {
        matches!(self.place, Place::StandardOutput)
    }

    /// Refuses two results that would overwrite each other.
    pub(crate) fn expect_other(&self, other: &Self) -> Result<(), End> {
        if self.is_same(other) {
            let path = other.path.display();
            return Err(End::Usage(format!(
                "{}: got '{path}', expected another file than {} has",
                other.argument, self.argument
            )));
        }
        Ok(())
    }

    fn is_same(&self, other: &Self) -> bool {
        match (&self.place, &other.place) {
            (Place::StandardOutput, Place::StandardOutput) => true,
            // Devices and pipes take one result after the other.
            (Place::Existing(a), Place::Existing(b)) => {
                is_plain(a) && handle(a).is_some_and(|a| Some(a) == handle(b))
            }
            (Place::New, Place::New) => full_path(&self.path) == full_path(&other.path),
            _ => false,
        }
    }

    /// Writes a result in place of what the file holds.
    pub(crate) fn write(self, bytes: &[u8]) -> Result<(), End> {
        let written = match self.place {
            Place::StandardOutput => return write_standard_output(bytes),
            Place::Existing(file) => overwrite(file, bytes),
            Place::New => create(&self.path, bytes),
        };
        written.map_err(|error| unwritten(&format!("{}: {}", self.argument, self.path.display()), &error))
    }
}

impl Place {
    fn find(path: &Path) -> io::Result<Self> {
        if path == Path::new(STANDARD_OUTPUT) {
            return Ok(Self::StandardOutput);
        }
        if path.symlink_metadata().is_err() {
            // Made and taken away again: whether a file can be made is only known by making it.
            File::create_new(path)?;
            std::fs::remove_file(path)?;
            return Ok(Self::New);
        }
        let file = File::options().write(true).create(true).truncate(false).open(path)?;
        // Such as /dev/stdout, or the file that the output is redirected into.
        let is_standard_output =
            handle(&file).is_some_and(|file| Handle::stdout().is_ok_and(|out| out == file));
        Ok(if is_standard_output { Self::StandardOutput } else { Self::Existing(file) })
    }
}

fn handle(file: &File) -> Option<Handle> {
    Handle::from_file(file.try_clone().ok()?).ok()
}

fn is_plain(file: &File) -> bool {
    file.metadata().is_ok_and(|metadata| metadata.is_file())
}

fn full_path(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.into());
    folder.join(path.file_name().unwrap_or_default())
}

fn overwrite(mut file: File, bytes: &[u8]) -> io::Result<()> {
    if is_plain(&file) {
        file.set_len(0)?;
    }
    file.write_all(bytes)
}

fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let written = std::fs::write(path, bytes);
    if written.is_err() {
        // Half a result is worse than none.
        let _ = std::fs::remove_file(path);
    }
    written
}
