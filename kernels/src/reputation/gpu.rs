//! Reputation on the GPU: the vector stays there, several iterations are handed over at once, and those after the last
//! one that was needed do nothing.

use std::ops::Range;

use bytemuck::{Pod, Zeroable};
use wgpu::{Buffer, ComputePassDescriptor};

use super::pretrust::Pretrust;
use super::transpose::Incoming;
use super::{Convergence, Iteration, Q32};
use crate::cancel::GoOn;
use crate::error::Result;
use crate::gpu::{Binding, Contents, Gpu, Pass, Read, Shader};
use crate::mix::halves;

/// Threads of a workgroup.
const THREADS: usize = 256;

/// Entries that one thread adds up: few enough for any driver, and a hub is worked on by many.
const SEGMENT: usize = 1 << 10;

/// Iterations between two looks at whether it has converged; even, so that each round starts from the same copy.
const ITERATIONS_AT_ONCE: u32 = 8;

/// The extent of a dispatch, as in reputation.wgsl.
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
struct Extent {
    rows: u32,
    first: u32,
    band: u32,
    groups: u32,
    groups_x: u32,
    keep: u32,
    keep_all: u32,
    most: u32,
    tolerance: [u32; 2],
    padding: [u32; 2],
}

/// What is known of all nodes together, as in reputation.wgsl.
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
struct Known {
    amount: u64,
    left: u64,
    change: u64,
    iterations: u32,
    done: u32,
}

/// Buffers that every pass sees.
struct Memory {
    copies: [Buffer; 2],
    pretrust: Buffer,
    ranks: Buffer,
    sums: Buffer,
    known: Buffer,
    products: Buffer,
    /// Where each node's segments start.
    segments: Buffer,
    bands: Vec<Band>,
}

/// Segments whose entries fit one buffer together.
struct Band {
    segments: Range<usize>,
    offsets: Buffer,
    entries: Buffer,
}

impl Gpu {
    /// Iterates until `out`, which starts as the pre-trust, has converged.
    pub(super) fn iterate(
        &self,
        incoming: &Incoming,
        pretrust: &Pretrust,
        rules: Iteration,
        out: &mut [u64],
        go_on: &mut GoOn<'_>,
    ) -> Result<Convergence> {
        let gpu = self;
        if rules.most == 0 {
            return Ok(Convergence { iterations: 0, change: u64::MAX, converged: false });
        }
        let memory = Memory::new(gpu, incoming, pretrust, out)?;
        let passes = |from| memory.passes(gpu, rules, out.len(), from);
        let (even, odd) = (passes(0)?, passes(1)?);
        let mut known = [Known::default()];
        while known[0].done == 0 {
            go_on.check()?;
            let mut encoder = gpu.encoder();
            let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor::default());
            for iteration in 0..ITERATIONS_AT_ONCE {
                let passes = if iteration % 2 == 0 { &even } else { &odd };
                passes.iter().for_each(|each| each.run(&mut pass, None));
            }
            drop(pass);
            gpu.submit(encoder)?;
            gpu.read(vec![Read::new(&memory.known, 0, &mut known)])?;
        }
        let Known { iterations, change, .. } = known[0];
        gpu.read(vec![Read::new(&memory.copies[iterations as usize % 2], 0, out)])?;
        Ok(Convergence { iterations, change, converged: change <= rules.tolerance })
    }
}

impl Memory {
    fn new(gpu: &Gpu, incoming: &Incoming, pretrust: &Pretrust, start: &[u64]) -> Result<Self> {
        let mut ranks = 0_u32..;
        let rank = |share: &u64| if *share > 0 { ranks.next().unwrap_or(u32::MAX) } else { u32::MAX };
        let ranks: Vec<u32> = pretrust.shares().iter().map(rank).collect();
        let (nodes, segments) = segments(incoming.offsets());
        let copy = || gpu.buffer("reputation", Contents::Of(start));
        Ok(Self {
            copies: [copy()?, copy()?],
            pretrust: gpu.buffer("pre-trust", Contents::Of(pretrust.shares()))?,
            ranks: gpu.buffer("ranks", Contents::Of(&ranks))?,
            sums: gpu.buffer::<u64>("sums", Contents::Zeros(start.len().div_ceil(THREADS)))?,
            known: gpu.buffer("known", Contents::Of(&[Known::default()]))?,
            products: gpu.buffer::<[u64; 2]>("products", Contents::Zeros(segments.len() - 1))?,
            segments: gpu.buffer("segments", Contents::Of(&nodes))?,
            bands: bands(gpu, incoming, &segments)?,
        })
    }

    /// The passes of an iteration over `rows` nodes from copy `from` to the other.
    fn passes(&self, gpu: &Gpu, rules: Iteration, rows: usize, from: usize) -> Result<Vec<Pass>> {
        let groups = rows.div_ceil(THREADS);
        let whole = Extent {
            rows: rows as u32,
            groups: groups as u32,
            keep: rules.keep as u32,
            keep_all: (rules.keep == Q32).into(),
            most: rules.most,
            tolerance: halves(rules.tolerance),
            ..Default::default()
        };
        let mut passes = Vec::new();
        for band in &self.bands {
            let (first, length) = (band.segments.start as u32, band.segments.len());
            let extent = Extent { first, band: length as u32, ..whole };
            let entries = Some((&band.offsets, &band.entries));
            passes.push(self.pass(gpu, ("multiply", length.div_ceil(THREADS)), extent, entries, from)?);
        }
        let steps = [
            ("combine", groups),
            ("sum_amount", 1),
            ("distribute", groups),
            ("sum_left", 1),
            ("finish", groups),
            ("sum_change", 1),
        ];
        for step in steps {
            passes.push(self.pass(gpu, step, whole, None, from)?);
        }
        Ok(passes)
    }

    fn pass(
        &self,
        gpu: &Gpu,
        (entry, groups): (&'static str, usize),
        extent: Extent,
        entries: Option<(&Buffer, &Buffer)>,
        from: usize,
    ) -> Result<Pass> {
        let grid = gpu.grid(groups)?;
        let extent = gpu.buffer("extent", Contents::Uniform(&[Extent { groups_x: grid.0, ..extent }]))?;
        // No pass sees more than eight buffers of storage, which is what every device takes.
        let multiplies = entries.is_some();
        let combines = entry == "combine";
        let after = !multiplies && !combines;
        let bindings = [
            Some(Binding::Uniform(&extent)),
            entries.map(|(offsets, _)| offsets).or(combines.then_some(&self.segments)).map(Binding::Input),
            entries.map(|(_, entries)| Binding::Input(entries)),
            after.then_some(Binding::Input(&self.pretrust)),
            after.then_some(Binding::Input(&self.ranks)),
            (multiplies || after).then_some(Binding::Input(&self.copies[from])),
            (!multiplies).then_some(Binding::Output(&self.copies[1 - from])),
            (!multiplies).then_some(Binding::Output(&self.sums)),
            Some(Binding::Output(&self.known)),
            (!after).then_some(Binding::Output(&self.products)),
        ];
        gpu.pass(Shader::Reputation, entry, &bindings, grid)
    }
}

/// Cuts every node's entries into segments: where the segments of each node start, and where each segment does.
fn segments(offsets: &[usize]) -> (Vec<u32>, Vec<usize>) {
    let (mut nodes, mut segments) = (vec![0], vec![0]);
    for pair in offsets.windows(2) {
        let ends = (pair[0]..pair[1]).step_by(SEGMENT).map(|start| pair[1].min(start + SEGMENT));
        segments.extend(ends);
        nodes.push(segments.len() as u32 - 1);
    }
    (nodes, segments)
}

/// Cuts the segments into bands, and brings their entries to the device.
fn bands(gpu: &Gpu, incoming: &Incoming, segments: &[usize]) -> Result<Vec<Band>> {
    let most = gpu.entries_of(8);
    let mut bands = Vec::new();
    let mut first = 0;
    while first + 1 < segments.len() {
        let start = segments[first];
        let fitting = segments[first + 1..].partition_point(|&end| end - start <= most);
        // A segment too large is refused when its buffer is made.
        let end = first + fitting.max(1);
        let own: Vec<u32> = segments[first..=end].iter().map(|&offset| (offset - start) as u32).collect();
        let entries = &incoming.entries()[start..segments[end]];
        let entries: Vec<[u32; 2]> = entries.iter().map(|&(from, normalised)| [from, normalised]).collect();
        bands.push(Band {
            segments: first..end,
            offsets: gpu.buffer("offsets", Contents::Of(&own))?,
            entries: gpu.buffer("entries", Contents::Of(&entries))?,
        });
        first = end;
    }
    Ok(bands)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_cover_the_entries_of_each_node() {
        let (nodes, ends) = segments(&[0, 3, 3, 3 + 2 * SEGMENT + 1]);
        assert_eq!(nodes, [0, 1, 1, 4]);
        assert_eq!(ends, [0, 3, 3 + SEGMENT, 3 + 2 * SEGMENT, 3 + 2 * SEGMENT + 1]);
    }
}
