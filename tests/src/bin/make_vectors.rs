//! Writes the golden vectors, `tests/vectors/*.json`, by the scalar reference.

use lvs_tests::for_every_kernel;
use lvs_tests::vectors::{Kernel, path, render};

fn main() {
    for_every_kernel!(write());
}

fn write<K: Kernel>() {
    let path = path::<K>();
    let text = render::<K>();
    if let Err(error) = std::fs::write(&path, &text) {
        eprintln!("{}: {error}", path.display());
        std::process::exit(1);
    }
    println!("{}: {} bytes", path.display(), text.len());
}
