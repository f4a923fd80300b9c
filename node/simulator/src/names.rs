//! Names on the command line and in scenarios, read back.

use std::fmt::Display;

use lvs_kernels::InvalidArgument;

/// The one of these that has this name.
///
/// # Errors
/// If none has, with the names that there are.
pub(crate) fn by_name<T: Copy + Display>(
    all: &[T],
    argument: &'static str,
    name: &str,
) -> Result<T, InvalidArgument<&'static str>> {
    let found = all.iter().copied().find(|one| one.to_string() == name);
    found.ok_or_else(|| {
        let names: Vec<_> = all.iter().map(T::to_string).collect();
        InvalidArgument::new(argument, format!("'{name}'"), format!("one of {}", names.join(", ")))
    })
}
