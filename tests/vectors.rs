//! The checked-in golden vectors are what the scalar reference gives. (That every backend reproduces them is part of
//! the conformance suite.)

use lvs_tests::for_every_kernel;
use lvs_tests::vectors::{Kernel, checked_in, render};

#[test]
fn the_files_are_what_the_scalar_reference_gives() {
    for_every_kernel!(expect_current());
}

fn expect_current<K: Kernel>() {
    let stored = checked_in::<K>();
    let fresh = render::<K>();
    if let Some((number, (stored, fresh))) =
        stored.lines().zip(fresh.lines()).enumerate().find(|(_, (stored, fresh))| stored != fresh)
    {
        panic!(
            "{}.json, line {}: stored\n{stored}\nnow\n{fresh}\n(cargo run -p lvs-tests --bin make-vectors)",
            K::NAME,
            number + 1
        );
    }
    assert_eq!(stored.len(), fresh.len(), "{}.json has another number of cases", K::NAME);
}
