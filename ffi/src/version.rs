//! The library's version.

use std::ffi::c_char;

/// The major version of this header; another means other interfaces.
pub const LVS_VERSION_MAJOR: u32 = 0;

/// Its minor version; while the major one is 0, another means other interfaces.
pub const LVS_VERSION_MINOR: u32 = 1;

/// Its patch version.
pub const LVS_VERSION_PATCH: u32 = 0;

/// All three as one number to compare, major * 10,000 + minor * 100 + patch.
pub const LVS_VERSION_NUMBER: u32 = 100;

const fn number(text: &str) -> u32 {
    match u32::from_str_radix(text, 10) {
        Ok(number) => number,
        Err(_) => panic!("a part of the version is no number"),
    }
}

// cbindgen takes only plain numbers; the package's version decides.
const _: () = assert!(LVS_VERSION_MAJOR == number(env!("CARGO_PKG_VERSION_MAJOR")));
const _: () = assert!(LVS_VERSION_MINOR == number(env!("CARGO_PKG_VERSION_MINOR")));
const _: () = assert!(LVS_VERSION_PATCH == number(env!("CARGO_PKG_VERSION_PATCH")));
const _: () =
    assert!(LVS_VERSION_NUMBER == LVS_VERSION_MAJOR * 10_000 + LVS_VERSION_MINOR * 100 + LVS_VERSION_PATCH);

/// The version of the library that is loaded, as "major.minor.patch": a constant string, never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn lvs_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// The same as a number; LVS_VERSION_NUMBER is that of the header that a program was compiled with.
#[unsafe(no_mangle)]
pub extern "C" fn lvs_version_number() -> u32 {
    LVS_VERSION_NUMBER
}
