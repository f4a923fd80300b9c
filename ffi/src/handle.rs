//! Opaque handles and other single places that a caller points to.

use std::ffi::{CStr, CString, c_char};

use crate::array::check_pointer;
use crate::error::{Failure, Result};

/// What a pointer points to.
///
/// # Safety
/// A pointer that is neither NULL nor misaligned must point to a `T` that nobody changes for `'a`.
pub(crate) unsafe fn shared<'a, T>(name: &'static str, pointer: *const T) -> Result<&'a T> {
    check_pointer(name, pointer)?;
    // SAFETY: not NULL and aligned; the rest is the caller's word.
    Ok(unsafe { &*pointer })
}

/// Writes a result to where the caller wants it.
///
/// # Safety
/// A pointer that is neither NULL nor misaligned must be good for writing a `T`.
pub(crate) unsafe fn store<T>(name: &'static str, pointer: *mut T, value: T) -> Result<()> {
    check_pointer(name, pointer)?;
    // SAFETY: not NULL and aligned; the rest is the caller's word. What was there has no destructor to run.
    unsafe { pointer.write(value) };
    Ok(())
}

/// The same for a result that the caller need not take.
///
/// # Safety
/// As for [`store`].
pub(crate) unsafe fn store_if_wanted<T>(name: &'static str, pointer: *mut T, value: T) -> Result<()> {
    if pointer.is_null() {
        return Ok(());
    }
    // SAFETY: the caller's word.
    unsafe { store(name, pointer, value) }
}

/// Makes a handle and writes it to `out`, which holds NULL if `make` fails.
///
/// # Safety
/// As for [`store`].
pub(crate) unsafe fn create<T>(out: *mut *mut T, make: impl FnOnce() -> Result<T>) -> Result<()> {
    // SAFETY: the caller's word.
    unsafe { store("out", out, std::ptr::null_mut()) }?;
    let made = Box::into_raw(Box::new(make()?));
    // SAFETY: it was good for writing just now.
    unsafe { store("out", out, made) }
}

/// Frees a handle; NULL is ignored.
///
/// # Safety
/// A handle must come from [`create`] and not have been freed, and nobody may use it any more.
pub(crate) unsafe fn destroy<T>(name: &'static str, handle: *mut T) -> Result<()> {
    if handle.is_null() {
        return Ok(());
    }
    check_pointer(name, handle)?;
    // SAFETY: the caller's word; `create` made it with Box::into_raw.
    drop(unsafe { Box::from_raw(handle) });
    Ok(())
}

/// A string of the caller's.
///
/// # Safety
/// A pointer that is not NULL must point to a NUL-terminated string that nobody changes for `'a`.
pub(crate) unsafe fn text<'a>(name: &'static str, pointer: *const c_char) -> Result<&'a str> {
    check_pointer(name, pointer)?;
    // SAFETY: the caller's word.
    let bytes = unsafe { CStr::from_ptr(pointer) };
    bytes.to_str().map_err(|_| Failure::argument(name, "bytes that are not UTF-8", "a name"))
}

/// A string to be handed out: names and reasons hold no NUL, and if one did it would end there.
pub(crate) fn c_string(text: &str) -> CString {
    let end = text.find('\0').unwrap_or(text.len());
    CString::new(&text[..end]).unwrap_or_default()
}
