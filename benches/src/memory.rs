//! Zeroed memory for large rows, on huge pages where the system grants them.

use std::ops::{Deref, DerefMut};

use clap::ValueEnum;
use memmap2::MmapMut;
use serde::Serialize;

/// Which pages to ask the system for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Pages {
    /// Transparent huge pages, which is what NumPy asks for too.
    Huge,
    /// Whatever a plain allocation gets.
    Plain,
}

/// A zeroed `[i64]` that starts on a page.
pub struct Memory {
    map: MmapMut,
    len: usize,
}

impl Memory {
    /// Memory for `len` entries.
    ///
    /// # Panics
    /// If the system has none left.
    pub fn zeroed(len: usize, pages: Pages) -> Self {
        let map = MmapMut::map_anon((len * size_of::<i64>()).max(1)).expect("memory for the rows");
        #[cfg(target_os = "linux")]
        if pages == Pages::Huge {
            // Refused by kernels built without huge pages; machine::huge_pages() reports the system's setting.
            map.advise(memmap2::Advice::HugePage).ok();
        }
        Self { map, len }
    }
}

impl Deref for Memory {
    type Target = [i64];

    fn deref(&self) -> &[i64] {
        bytemuck::cast_slice(&self.map[..self.len * size_of::<i64>()])
    }
}

impl DerefMut for Memory {
    fn deref_mut(&mut self) -> &mut [i64] {
        bytemuck::cast_slice_mut(&mut self.map[..self.len * size_of::<i64>()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_zeroed_and_writable() {
        for pages in [Pages::Huge, Pages::Plain] {
            let mut memory = Memory::zeroed(1_000, pages);
            assert_eq!(*memory, [0; 1_000]);
            memory[999] = 7;
            assert_eq!(memory.iter().sum::<i64>(), 7);
        }
        assert!(Memory::zeroed(0, Pages::Plain).is_empty());
    }
}
