//! What the fuzzer has kept, run again: see `fuzz/README.md`.

#[path = "../fuzz/harness.rs"]
mod harness;

use std::fs;
use std::path::Path;

/// Runs every input of a target's corpus. Returns how many there are.
fn replay(target: &str, run: impl Fn(&[u8])) -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut count = 0;
    for file in files {
        let path = file.expect("the folder can be read").path();
        println!("{}", path.display());
        run(&fs::read(&path).expect("the file can be read"));
        count += 1;
    }
    count
}

#[test]
fn no_datagram_has_two_forms() {
    assert!(replay("decode", harness::decoded) > 10);
}

#[test]
fn no_sequence_of_inputs_breaks_a_node() {
    assert!(replay("handle", harness::handled) > 10);
}
