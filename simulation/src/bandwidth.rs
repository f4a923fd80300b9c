//! How fast this machine reads memory: what a swarm's speed is measured against.

use std::hint::black_box;
use std::time::{Duration, Instant};

use rayon::prelude::*;

use crate::error::{Argument, Error, Result};

/// Entries that are summed at once, so that additions do not wait for each other.
const LANES: usize = 32;

/// Entries that one thread takes at a time.
const CHUNK: usize = 1 << 16;

/// How long is measured at least.
const MEASURED: Duration = Duration::from_millis(200);

/// The bytes per second at which `threads` threads sum an array of `entries` `i64` from end to end, the best of
/// several times.
///
/// # Errors
/// `threads` is named if so many cannot be started.
pub fn stream_sum(entries: usize, threads: usize) -> Result<f64> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(|error| {
        Error::argument(Argument::Threads, threads, format!("as many as can be started ({error})"))
    })?;
    let array: Vec<i64> = (0..entries.max(1) as i64).collect();
    let began = Instant::now();
    let mut best = f64::INFINITY;
    let mut runs = 0;
    while runs < 3 || began.elapsed() < MEASURED {
        // Small arrays several times, so that the clock's steps do not matter.
        let times = (CHUNK / array.len()).max(1);
        let started = Instant::now();
        pool.install(|| (0..times).for_each(|_| _ = black_box(sum(black_box(&array)))));
        best = best.min(started.elapsed().as_secs_f64() / times as f64);
        runs += 1;
    }
    Ok(size_of_val(&array[..]) as f64 / best)
}

fn sum(array: &[i64]) -> i64 {
    if array.len() <= CHUNK {
        return sum_chunk(array);
    }
    array.par_chunks(CHUNK).map(sum_chunk).reduce(|| 0, i64::wrapping_add)
}

fn sum_chunk(chunk: &[i64]) -> i64 {
    let mut sums = [0_i64; LANES];
    let mut tiles = chunk.chunks_exact(LANES);
    for tile in &mut tiles {
        for lane in 0..LANES {
            sums[lane] = sums[lane].wrapping_add(tile[lane]);
        }
    }
    let rest = tiles.remainder().iter().copied();
    sums.into_iter().chain(rest).fold(0, i64::wrapping_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_is_read() {
        for length in [0, 1, 31, CHUNK, CHUNK + 1, 5 * CHUNK + 77] {
            let array: Vec<i64> = (0..length as i64).map(|i| i * i).collect();
            assert_eq!(sum(&array), array.iter().sum::<i64>(), "{length}");
        }
    }

    #[test]
    fn a_rate_is_found_on_any_number_of_threads() {
        assert!(stream_sum(100_000, 2).unwrap() > 0.0);
        assert!(stream_sum(0, 1).unwrap() > 0.0);
    }
}
