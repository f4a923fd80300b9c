//! Spreading work over threads: either on the caller's own or in a pool that belongs to the engine.

use std::sync::Arc;

use rayon::prelude::*;

use crate::error::{Argument, Error, Result};

/// The threads an engine may use.
#[derive(Clone, Debug)]
pub(crate) struct Threads {
    /// Absent with one thread: then everything runs on the caller's.
    pool: Option<Arc<rayon::ThreadPool>>,
}

impl Threads {
    /// `count` threads, or one for each processor.
    pub(crate) fn new(count: Option<usize>) -> Result<Self> {
        let processors = || std::thread::available_parallelism().map_or(1, |n| n.get());
        match count.unwrap_or_else(processors) {
            0 => Err(Error::argument(Argument::Threads, 0, "at least 1")),
            1 => Ok(Self { pool: None }),
            count => Self::pool(count),
        }
    }

    fn pool(count: usize) -> Result<Self> {
        let builder = rayon::ThreadPoolBuilder::new().num_threads(count).thread_name(|i| format!("lvs-{i}"));
        match builder.build() {
            Ok(pool) => Ok(Self { pool: Some(Arc::new(pool)) }),
            Err(error) => {
                Err(Error::argument(Argument::Threads, count, format!("as many as can be started ({error})")))
            }
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.pool.as_ref().map_or(1, |pool| pool.current_num_threads())
    }

    /// Calls `work(first index, chunk)` for every chunk of at most `size` items.
    pub(crate) fn for_each_chunk<T: Send>(
        &self,
        items: &mut [T],
        size: usize,
        work: impl Fn(usize, &mut [T]) + Sync,
    ) {
        match &self.pool {
            Some(pool) if items.len() > size => pool.install(|| {
                items.par_chunks_mut(size).enumerate().for_each(|(i, chunk)| work(i * size, chunk));
            }),
            _ => items.chunks_mut(size).enumerate().for_each(|(i, chunk)| work(i * size, chunk)),
        }
    }

    /// Maps every one of `jobs` and merges what comes of them; `merge` must not care for the order.
    pub(crate) fn map_reduce<J: Send, R: Send>(
        &self,
        jobs: Vec<J>,
        work: impl Fn(J) -> R + Sync,
        merge: impl Fn(R, R) -> R + Sync,
    ) -> Option<R> {
        match &self.pool {
            Some(pool) if jobs.len() > 1 => {
                pool.install(|| jobs.into_par_iter().map(&work).reduce_with(&merge))
            }
            _ => jobs.into_iter().map(work).reduce(merge),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_cover_everything_once() {
        for count in [1, 3] {
            let threads = Threads::new(Some(count)).unwrap();
            let mut items = vec![0_usize; 1_000];
            threads.for_each_chunk(&mut items, 7, |first, chunk| {
                chunk.iter_mut().enumerate().for_each(|(i, item)| *item += first + i + 1);
            });
            assert!(items.iter().enumerate().all(|(i, &item)| item == i + 1));
            assert_eq!(threads.map_reduce((1..=10).collect(), |j: u64| j * j, |a, b| a + b), Some(385));
        }
    }

    #[test]
    fn no_threads_is_an_error() {
        assert!(Threads::new(Some(0)).is_err());
    }
}
