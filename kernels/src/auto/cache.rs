//! The file that keeps what was measured: a line for each key, its fields separated by tabs.

use std::fs;
use std::path::PathBuf;

use super::Crossover;

/// Where the file is: in the user's cache folder, if there is one.
fn file() -> Option<PathBuf> {
    let cache = folder("XDG_CACHE_HOME")
        .or_else(|| folder("LOCALAPPDATA"))
        .or_else(|| folder("HOME").map(|home| home.join(".cache")))?;
    Some(cache.join("lvs").join("crossover.tsv"))
}

/// The folder that a variable of the environment names.
fn folder(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// What was measured under this key before.
pub(super) fn recall(key: &str) -> Option<Crossover> {
    find(&fs::read_to_string(file()?).ok()?, key)
}

/// Writes a measurement down. One that cannot be kept is only made again.
pub(super) fn remember(key: &str, crossover: Crossover) {
    let Some(file) = file() else { return };
    // Lines of other devices and versions stay: the file is shared by all programs of the user.
    let mut text = fs::read_to_string(&file).unwrap_or_default();
    text.push_str(&line(key, crossover));
    let written = file.parent().map(fs::create_dir_all).transpose().and_then(|_| {
        // Renamed when it is whole, so that no other process ever reads half a file.
        let whole = file.with_extension(format!("{}.tmp", std::process::id()));
        fs::write(&whole, text).and_then(|()| fs::rename(&whole, &file))
    });
    drop(written);
}

/// The last line of a key counts: measurements are only ever added.
fn find(text: &str, key: &str) -> Option<Crossover> {
    let mut fields = text.lines().rev().find_map(|line| {
        let mut fields = line.split('\t');
        (fields.next() == Some(key)).then_some(fields)
    })?;
    let mut field = || match fields.next()? {
        "never" => Some(None),
        terms => terms.parse().ok().map(Some),
    };
    Some([field()?, field()?])
}

fn line(key: &str, crossover: Crossover) -> String {
    let [swarm, pairwise] = crossover.map(|terms| terms.map_or("never".into(), |terms| terms.to_string()));
    format!("{key}\t{swarm}\t{pairwise}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_down_is_found_again() {
        let text = line("a", [Some(5), None]) + &line("b c", [None, None]) + &line("a", [Some(7), Some(1)]);
        assert_eq!(find(&text, "a"), Some([Some(7), Some(1)]));
        assert_eq!(find(&text, "b c"), Some([None, None]));
        assert_eq!(find(&text, "c"), None);
        assert_eq!(find("a\tfive\tnever\n", "a"), None);
        assert_eq!(find("a\t5\n", "a"), None);
    }
}
