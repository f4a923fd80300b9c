//! Inside this crate the arrows run one way: a module uses only modules that stand before it in [`ORDER`].
//!
//! Rust allows circles of modules, but once there is one, neither half can be read or changed without the other. Tests
//! beside the code may use anything.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Every module of the crate, those that use no other first.
const ORDER: [&str; 28] = [
    "error",
    "allocate",
    "cancel",
    "dispatch",
    "memory",
    "mix",
    "network",
    "vaultguard",
    "backend",
    "graph",
    "rows",
    "sample",
    "threads",
    "gpu",
    "drift",
    "pairwise",
    "trust",
    "reputation",
    "processor",
    "pool",
    "compute",
    "state",
    "auto",
    "engine",
    "swarm",
    "inventory",
    "without_gpu",
    "lib",
];

/// The sources, each with the module at the top of the crate that it belongs to.
fn sources() -> Vec<(String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    for path in entries(&root) {
        let module = path.file_stem().expect("a name").to_string_lossy().into_owned();
        collect(&path, &module, &mut files);
    }
    files
}

fn collect(path: &Path, module: &str, files: &mut Vec<(String, PathBuf)>) {
    if path.is_dir() {
        entries(path).iter().for_each(|entry| collect(entry, module, files));
    } else if path.file_name().is_some_and(|name| name != "tests.rs") {
        files.push((module.into(), path.into()));
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let listed = fs::read_dir(folder).expect("the sources are beside this test");
    listed.map(|entry| entry.expect("an entry can be read").path()).collect()
}

/// The lines of a file without comments, up to its tests.
fn lines_of(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).expect("a source file can be read");
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).map(String::from).collect()
}

/// The modules that a line names after `crate::`.
fn modules_in(line: &str) -> impl Iterator<Item = String> {
    line.split("crate::").skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        rest[..end].to_string()
    })
}

fn position(module: &str) -> usize {
    ORDER.iter().position(|name| *name == module).unwrap_or_else(|| panic!("ORDER lacks `{module}`"))
}

#[test]
fn no_module_uses_one_that_comes_after_it() {
    let mut wrong = Vec::new();
    for (module, path) in sources() {
        for line in lines_of(&path) {
            for used in modules_in(&line) {
                if used != module && position(&used) >= position(&module) {
                    wrong.push(format!("{}: `{}`", path.display(), line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "arrows that point upwards:\n{}", wrong.join("\n"));
}

#[test]
fn nothing_escapes_the_order() {
    let found: BTreeSet<String> = sources().into_iter().map(|(module, _)| module).collect();
    assert_eq!(found, ORDER.iter().map(|name| name.to_string()).collect());
    for (module, path) in sources() {
        for line in lines_of(&path) {
            // Forms that the other test cannot read.
            assert!(!line.contains("crate::{"), "{}: a line for each module: `{line}`", path.display());
            let top = path.parent().is_some_and(|folder| folder.ends_with("src"));
            assert!(!(top && line.contains("super::")), "{module}: `crate::` instead of `{line}`");
        }
    }
}

#[test]
fn the_reader_of_lines_finds_every_form() {
    let names = |line| modules_in(line).collect::<Vec<_>>();
    assert_eq!(names("use crate::pool::{self, PoolInput};"), ["pool"]);
    assert_eq!(names("    crate::trust::weights(crate::rows, x)"), ["trust", "rows"]);
    assert!(names("use super::Graph;").is_empty());
}
