//! Spreading work over threads: either on the caller's own or in a pool that belongs to the engine.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;

use rayon::prelude::*;

use crate::allocate::expect_room;
use crate::cancel::{GoOn, INTERVAL, Stop};
use crate::error::{Argument, Error, Result};

/// The most threads that an engine may have.
pub const THREADS_MAX: usize = 1_024;

/// The stack that a thread is started with, in bytes.
const STACK: usize = 2 << 20;

/// The threads an engine may use.
#[derive(Clone, Debug)]
pub(crate) struct Threads {
    /// Absent with one thread: then everything runs on the caller's.
    pool: Option<Arc<Pool>>,
}

impl Threads {
    /// `count` threads, or one for each processor.
    pub(crate) fn new(count: Option<usize>) -> Result<Self> {
        let processors = || std::thread::available_parallelism().map_or(1, |n| n.get()).min(THREADS_MAX);
        match count.unwrap_or_else(processors) {
            1 => Ok(Self { pool: None }),
            count @ 2..=THREADS_MAX => Ok(Self { pool: Some(Arc::new(Pool::new(count)?)) }),
            other => Err(Error::argument(Argument::Threads, other, format!("1 to {THREADS_MAX}"))),
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.pool.as_ref().map_or(1, |pool| pool.workers.len())
    }

    /// Calls `work(first index, chunk)` for every chunk of at most `size` items.
    ///
    /// # Errors
    /// Those of `work`; if the call was cancelled; if the threads are another process's.
    pub(crate) fn for_each_chunk<T: Send>(
        &self,
        items: &mut [T],
        size: usize,
        go_on: &mut GoOn<'_>,
        work: impl Fn(usize, &mut [T], &Stop<'_, '_>) -> Result<()> + Sync,
    ) -> Result<()> {
        // One chunk is not worth a thread.
        if self.pool.is_none() || items.len() <= size {
            let stop = Stop::asking(go_on);
            let each = |(i, chunk)| stop.check().and_then(|()| work(i * size, chunk, &stop));
            return items.chunks_mut(size).enumerate().try_for_each(each);
        }
        let jobs = items.chunks_mut(size).enumerate().collect();
        let each = |(i, chunk): (usize, _), stop: &Stop<'_, '_>| work(i * size, chunk, stop);
        self.map_reduce(jobs, go_on, each, |(), ()| ()).map(drop)
    }

    /// Maps every one of `jobs` and merges what comes of them; `merge` must not care for the order.
    ///
    /// # Errors
    /// That of the first job that failed; if the call was cancelled; if the threads are another process's.
    pub(crate) fn map_reduce<J: Send, R: Send>(
        &self,
        jobs: Vec<J>,
        go_on: &mut GoOn<'_>,
        work: impl Fn(J, &Stop<'_, '_>) -> Result<R> + Sync,
        merge: impl Fn(R, R) -> R + Sync,
    ) -> Result<Option<R>> {
        let pool = match &self.pool {
            Some(pool) if jobs.len() > 1 => pool,
            _ => {
                let stop = Stop::asking(go_on);
                let each = |job| stop.check().and_then(|()| work(job, &stop));
                return jobs.into_iter().map(each).reduce(|a, b| Ok(merge(a?, b?))).transpose();
            }
        };
        let each = |job, stop: &AtomicBool| {
            let stop = Stop::told(stop);
            stop.check().and_then(|()| work(job, &stop))
        };
        let all = |stop: &AtomicBool| {
            let done = jobs.into_par_iter().map(|job| each(job, stop));
            done.reduce_with(|a, b| Ok(merge(a?, b?)))
        };
        pool.run(go_on, all)?.transpose()
    }
}

/// Threads that live as long as somebody can give them work.
#[derive(Debug)]
struct Pool {
    /// Present until it is dropped.
    rayon: Option<rayon::ThreadPool>,
    workers: Vec<JoinHandle<()>>,
    /// Where the threads are: a forked child has none of them.
    process: u32,
}

impl Pool {
    fn new(count: usize) -> Result<Self> {
        // A thread that starts and finds no memory ends the process.
        expect_room("the stacks of threads", count.saturating_mul(STACK).saturating_add(STACK))?;
        let mut workers = Vec::new();
        let spawn = |thread: rayon::ThreadBuilder| {
            let named = std::thread::Builder::new().name(format!("lvs-{}", thread.index())).stack_size(STACK);
            workers.push(named.spawn(|| thread.run())?);
            io::Result::Ok(())
        };
        let built = rayon::ThreadPoolBuilder::new().num_threads(count).spawn_handler(spawn).build();
        let failed = built.as_ref().err().map(ToString::to_string);
        let pool = Self { rayon: built.ok(), workers, process: std::process::id() };
        match failed {
            // Those that were started are joined here.
            Some(reason) => Err(Error::Threads { count, reason }),
            None => Ok(pool),
        }
    }

    /// What `work` returns, done on these threads while this one asks whether to go on and tells `work`.
    fn run<R: Send>(&self, go_on: &mut GoOn<'_>, work: impl FnOnce(&AtomicBool) -> R + Send) -> Result<R> {
        let pool = self.rayon.as_ref().filter(|_| self.is_home()).ok_or(Error::Forked)?;
        let stop = AtomicBool::new(false);
        // Nobody asks, so this thread need not stay outside.
        if go_on.is_certain() {
            return Ok(pool.install(|| work(&stop)));
        }
        let end = End::default();
        let mut result = None;
        pool.in_place_scope(|scope| {
            scope.spawn(|_| {
                // By its destructor, so that a panic cannot leave the caller waiting.
                let _told = Told(&end);
                result = Some(work(&stop));
            });
            while !end.came() {
                if go_on.check().is_err() {
                    stop.store(true, Ordering::Relaxed);
                }
            }
        });
        Ok(result.expect("a scope ends after its work"))
    }

    /// Whether this is the process that the threads are in.
    fn is_home(&self) -> bool {
        self.process == std::process::id()
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let rayon = self.rayon.take();
        let workers = std::mem::take(&mut self.workers);
        if !self.is_home() {
            // There is nobody to be told, and waiting for them would never end.
            std::mem::forget((rayon, workers));
            return;
        }
        let is_worker = rayon.as_ref().is_some_and(|pool| pool.current_thread_index().is_some());
        drop(rayon);
        // A worker that drops the last engine cannot wait for itself.
        if !is_worker {
            // One that panicked has ended as well.
            workers.into_iter().for_each(|worker| drop(worker.join()));
        }
    }
}

/// The end of some work, to be waited for.
#[derive(Default)]
struct End {
    came: Mutex<bool>,
    condition: Condvar,
}

impl End {
    /// Waits a while; whether it came.
    fn came(&self) -> bool {
        let came = self.came.lock().unwrap_or_else(PoisonError::into_inner);
        // Shorter than the time between two questions, so that none is late.
        let waited = self.condition.wait_timeout_while(came, INTERVAL / 8, |came| !*came);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// Tells that the work ended, by a panic too.
struct Told<'a>(&'a End);

impl Drop for Told<'_> {
    fn drop(&mut self) {
        *self.0.came.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.condition.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn chunks_cover_everything_once() {
        for (count, asks) in [(1, false), (3, false), (1, true), (3, true)] {
            let threads = Threads::new(Some(count)).unwrap();
            let mut ask = || true;
            let mut go_on = if asks { GoOn::asking(&mut ask) } else { GoOn::always() };
            let mut items = vec![0_usize; 1_000];
            let add = |first, chunk: &mut [usize], _: &Stop<'_, '_>| {
                chunk.iter_mut().enumerate().for_each(|(i, item)| *item += first + i + 1);
                Ok(())
            };
            threads.for_each_chunk(&mut items, 7, &mut go_on, add).unwrap();
            assert!(items.iter().enumerate().all(|(i, &item)| item == i + 1));
            let square = |j: u64, _: &Stop<'_, '_>| Ok(j * j);
            let sum = threads.map_reduce((1..=10).collect(), &mut go_on, square, |a, b| a + b);
            assert_eq!(sum, Ok(Some(385)));
        }
    }

    #[test]
    fn work_ends_soon_after_it_is_cancelled() {
        for count in [1, 3] {
            let threads = Threads::new(Some(count)).unwrap();
            let mut asked = 0;
            let mut ask = || {
                asked += 1;
                asked < 3
            };
            let started = Instant::now();
            let sleep = |_: u32, _: &Stop<'_, '_>| {
                std::thread::sleep(Duration::from_millis(2));
                Ok(())
            };
            let jobs = (0..10_000).collect();
            let done = threads.map_reduce(jobs, &mut GoOn::asking(&mut ask), sleep, |(), ()| ());
            assert_eq!(done, Err(Error::Cancelled));
            assert!(started.elapsed() < Duration::from_secs(5) && asked == 3, "asked {asked} times");
        }
    }

    #[test]
    fn a_panic_does_not_leave_the_caller_waiting() {
        let threads = Threads::new(Some(2)).unwrap();
        let broken = |j: u32, _: &Stop<'_, '_>| if j == 5 { panic!("job 5") } else { Ok(()) };
        let mut ask = || true;
        let run = || threads.map_reduce((0..9).collect(), &mut GoOn::asking(&mut ask), broken, |(), ()| ());
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
        assert!(caught.is_err());
    }

    #[test]
    fn too_few_and_too_many_threads_are_refused() {
        for count in [0, THREADS_MAX + 1, usize::MAX] {
            let error = Threads::new(Some(count)).unwrap_err().to_string();
            assert_eq!(error, format!("threads: got {count}, expected 1 to 1024"));
        }
    }
}
