//! Holds include/lvs.h against what cbindgen makes of src/.

use std::path::Path;

/// Set to write the header instead of comparing it.
const WRITE: &str = "LVS_WRITE_HEADER";

#[test]
fn the_header_is_current() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(package.join("cbindgen.toml")).unwrap();
    let builder = cbindgen::Builder::new().with_config(config).with_src(package.join("src/lib.rs"));
    let mut made = Vec::new();
    builder.generate().unwrap().write(&mut made);
    // C90 and C++98 know no comma after an enum's last name, and cbindgen cannot leave it out.
    let made = String::from_utf8(made).unwrap().replace(",\n}", "\n}");
    let header = package.join("include/lvs.h");
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(&header, &made).unwrap();
    }
    let there = std::fs::read_to_string(&header).unwrap();
    assert!(made == there, "include/lvs.h is stale: {WRITE}=1 cargo test -p lvs-ffi --test header");
}
