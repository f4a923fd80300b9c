//! What the system lets a process have: open files and other processes.

/// How many files this process may have open, after raising the limit as far as that is allowed without asking.
/// Nothing where the system does not tell.
#[cfg(unix)]
pub fn open_files() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if limit.current != limit.maximum && setrlimit(Resource::Nofile, raised).is_ok() {
        return limit.maximum;
    }
    limit.current
}

/// How many processes and threads the user may have. Nothing where there is no limit or the system does not tell.
#[cfg(unix)]
pub fn processes() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Nproc).current
}

/// How many files this process may have open: nothing, as this system does not tell.
#[cfg(not(unix))]
pub fn open_files() -> Option<u64> {
    None
}

/// How many processes and threads the user may have: nothing, as this system does not tell.
#[cfg(not(unix))]
pub fn processes() -> Option<u64> {
    None
}

/// What to say after an error of the system that comes from too many processes or threads; otherwise nothing.
pub fn process_hint(error: &std::io::Error) -> String {
    match processes() {
        Some(limit) if error.kind() == std::io::ErrorKind::WouldBlock => {
            format!("; the user may have {limit} processes and threads (ulimit -u)")
        }
        _ => String::new(),
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_named_where_it_is_the_reason() {
        // EAGAIN, which is what the system says when there are too many.
        let hint = process_hint(&std::io::Error::from_raw_os_error(11));
        assert_eq!(hint.contains("(ulimit -u)"), processes().is_some());
        assert_eq!(process_hint(&std::io::Error::from_raw_os_error(2)), "");
        assert!(open_files().is_none_or(|limit| limit > 10));
    }
}
