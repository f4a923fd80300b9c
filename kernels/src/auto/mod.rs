//! What `auto` takes: the processor's best vector level, or a GPU where that was measured to be faster.
//!
//! Single rows always stay on the processor: bringing them to a device takes longer than working on them. Swarms and
//! pairwise residuals go to the best real adapter from the size on at which it won when both were timed. That is
//! measured once per machine, driver and number of threads, and kept in a file of the user's cache folder. Work that is
//! too small for any device to pay never loads a driver.

mod cache;
mod measure;

use std::sync::{Arc, Mutex, PoisonError};

use crate::backend::Level;
use crate::gpu::Gpu;
use crate::processor::Processor;
use crate::threads::Threads;
pub(crate) use measure::seconds_for;

/// Cells times neighbours (or pairs) below which no device is looked for.
const WORTH_A_LOOK: u64 = 1 << 22;

/// The fewest cells of rows for which the timing of a swarm speaks: shorter ones use a device badly.
const FEWEST_CELLS: usize = 16;

/// The most neighbours of rows for which the timing of a swarm speaks: more go through other shaders.
const MOST_NEIGHBOURS: usize = 64;

/// Work that can go either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// A cycle of a swarm that learns trust; its terms are the cells times the neighbours of all rows.
    Swarm,
    /// Pairwise residuals; their terms are the cells of all pairs.
    Pairwise,
}

impl Task {
    const ALL: [Self; 2] = [Self::Swarm, Self::Pairwise];
}

/// The number of terms from which a device wins at each of [`Task::ALL`]; never, if absent.
type Crossover = [Option<u64>; 2];

/// What a look for a device found: it and from where on it wins, or why there is none.
type Found = Result<(Arc<Gpu>, Crossover), String>;

/// What an engine made for `auto` knows, shared by its clones.
#[derive(Debug, Default)]
pub(crate) struct Auto {
    device: Mutex<Option<Found>>,
}

impl Auto {
    /// The device for so much work, and why it is taken or not.
    pub(crate) fn device_for(
        &self,
        task: Task,
        terms: u64,
        processor: Processor,
        threads: &Threads,
    ) -> (Option<Arc<Gpu>>, String) {
        if !is_worth_a_look(terms) {
            return (None, format!("{terms} terms are too few for any GPU"));
        }
        // Held while it is timed: two threads that time at once would slow each other down.
        let mut device = self.device.lock().unwrap_or_else(PoisonError::into_inner);
        let found = device.get_or_insert_with(|| look(processor, threads));
        // A device that was lost stays so.
        let lost = found.as_ref().ok().and_then(|(gpu, _)| gpu.check().err());
        if let Some(error) = lost {
            *found = Err(error.to_string());
        }
        match found {
            Err(reason) => (None, format!("no GPU: {reason}")),
            Ok((gpu, crossover)) => match crossover[task as usize] {
                Some(from) if terms >= from => {
                    (Some(gpu.clone()), format!("{terms} terms; it won from {from} on when timed"))
                }
                Some(from) => (None, format!("{} wins from {from} terms on", gpu.name())),
                None => (None, format!("{} lost at every size when timed", gpu.name())),
            },
        }
    }

    /// As if this device had been found, and won from so many terms on.
    #[cfg(all(test, gpu))]
    pub(crate) fn pretend(&self, gpu: Arc<Gpu>, crossover: Crossover) {
        *self.device.lock().unwrap() = Some(Ok((gpu, crossover)));
    }
}

/// Whether a device could pay for so much work.
pub(crate) fn is_worth_a_look(terms: u64) -> bool {
    terms >= WORTH_A_LOOK
}

/// Whether the timing of a swarm speaks for rows of so many cells and at most so many neighbours.
pub(crate) fn was_timed(cells: usize, degree: usize) -> bool {
    cells >= FEWEST_CELLS && degree <= MOST_NEIGHBOURS
}

/// Opens the best real adapter, and finds or measures from where on it wins.
fn look(processor: Processor, threads: &Threads) -> Found {
    let gpu = Gpu::open_best()?;
    // Another device, number of threads or version of this library may turn the result.
    let key = key(threads, &gpu.description());
    if let Some(crossover) = cache::recall(&key) {
        return Ok((gpu, crossover));
    }
    let crossover = measure::measure(processor, threads, &gpu, measure::LARGEST);
    let crossover = crossover.map_err(|error| error.to_string())?;
    cache::remember(&key, crossover);
    Ok((gpu, crossover))
}

/// What a measurement holds for.
fn key(threads: &Threads, device: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let processor = Level::best().name();
    format!("{version} {processor} {} threads, {device}", threads.count()).replace(['\t', '\n'], " ")
}

#[cfg(test)]
mod tests;
