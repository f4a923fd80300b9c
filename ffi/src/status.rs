//! How a call ended.

use std::ffi::{CStr, c_char, c_int};

/// How a call ended. lvs_last_error() has the details of the last one that did not end with LVS_STATUS_OK.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum lvs_status {
    /// All went well.
    Ok = 0,
    /// An argument is not what the call takes: its length, alignment, range, or memory that another argument uses.
    InvalidArgument = 1,
    /// A pointer is NULL that must not be.
    NullPointer = 2,
    /// The backend asked for cannot run on this machine or is not in this build, or threads cannot be started.
    Unavailable = 3,
    /// A device failed, was lost, or has no room for what was asked.
    Device = 4,
    /// There is not enough memory for what was asked.
    OutOfMemory = 5,
    /// Another call is under way on this swarm.
    Busy = 6,
    /// A mistake in the library; please report the message.
    Internal = 7,
    /// The engine, or the swarm's engine, was made before a fork: its threads and devices are the parent's. Make another.
    Forked = 8,
    /// lvs_go_on said no.
    Cancelled = 9,
}

impl lvs_status {
    /// The name that C has for it.
    const fn name(self) -> &'static CStr {
        match self {
            Self::Ok => c"LVS_STATUS_OK",
            Self::InvalidArgument => c"LVS_STATUS_INVALID_ARGUMENT",
            Self::NullPointer => c"LVS_STATUS_NULL_POINTER",
            Self::Unavailable => c"LVS_STATUS_UNAVAILABLE",
            Self::Device => c"LVS_STATUS_DEVICE",
            Self::OutOfMemory => c"LVS_STATUS_OUT_OF_MEMORY",
            Self::Busy => c"LVS_STATUS_BUSY",
            Self::Internal => c"LVS_STATUS_INTERNAL",
            Self::Forked => c"LVS_STATUS_FORKED",
            Self::Cancelled => c"LVS_STATUS_CANCELLED",
        }
    }
}

/// Every status, at the index that is its number.
const ALL: [lvs_status; 10] = {
    use lvs_status::*;
    [Ok, InvalidArgument, NullPointer, Unavailable, Device, OutOfMemory, Busy, Internal, Forked, Cancelled]
};

/// The name of a status, such as "LVS_STATUS_BUSY": a constant string, never NULL. A number that is no status gives
/// "unknown status".
// A number, for a value that is none of an enum's must not get into Rust as that enum.
#[unsafe(no_mangle)]
pub extern "C" fn lvs_status_name(status: c_int) -> *const c_char {
    let known = usize::try_from(status).ok().and_then(|index| ALL.get(index));
    known.map_or(c"unknown status", |status| status.name()).as_ptr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_of_the_header_has_its_name() {
        let header = include_str!("../include/lvs.h");
        let declared: Vec<(&str, c_int)> = header
            .lines()
            .filter_map(|line| line.trim().trim_end_matches(',').split_once(" = "))
            .filter(|(name, _)| name.starts_with("LVS_STATUS_"))
            .map(|(name, number)| (name, number.parse().unwrap()))
            .collect();
        assert_eq!(declared.len(), ALL.len());
        for (name, number) in declared {
            // SAFETY: lvs_status_name returns a constant string.
            let named = unsafe { CStr::from_ptr(lvs_status_name(number)) };
            assert_eq!(named.to_str(), Ok(name));
        }
        for number in [-1, ALL.len() as c_int, c_int::MAX, c_int::MIN] {
            // SAFETY: as above.
            assert_eq!(unsafe { CStr::from_ptr(lvs_status_name(number)) }, c"unknown status");
        }
    }
}
