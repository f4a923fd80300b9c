//! Graphs: who compares with whom.

use lvs_kernels::Graph;

use crate::array::{Input, Region, expect_disjoint};
use crate::error::{Failure, Result};
use crate::guard::guard;
use crate::handle::{create, destroy, shared, store};
use crate::memory::Need;
use crate::status::lvs_status;

/// Who compares with whom, or trusts whom: a checked copy of a graph in CSR form. See lvs_graph_create.
pub struct lvs_graph {
    pub(crate) graph: Graph,
}

/// Makes a graph of N rows and E edges from its compressed sparse rows: row i has the neighbours `indices[indptr[i]]`
/// to `indices[indptr[i + 1] - 1]`. What runs along the edges elsewhere has the order of `indices`.
///
/// `indptr` has N + 1 entries, from 0, never falling, the last one E. `indices` has E entries, each below N. Both are
/// copied. `out` receives the graph, to be freed with lvs_graph_destroy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_graph_create(
    indptr: *const usize,
    indptr_length: usize,
    indices: *const u32,
    indices_length: usize,
    out: *mut *mut lvs_graph,
) -> lvs_status {
    let make = || {
        let indptr = Input::new("indptr", indptr, indptr_length)?;
        let indices = Input::new("indices", indices, indices_length)?;
        // SAFETY: lvs.h asks the caller for an array of this length; nothing is written while it is read.
        let indptr = unsafe { indptr.slice() };
        // SAFETY: as above.
        let indices = unsafe { indices.slice() };
        Need::new("graph")
            .and(indptr.len(), size_of::<usize>())
            .and(indices.len(), size_of::<u32>())
            .expect()?;
        Ok(lvs_graph { graph: Graph::new(indptr.to_vec(), indices.to_vec())? })
    };
    // SAFETY: lvs.h asks the caller for a place of this type.
    guard(|| unsafe { create(out, make) })
}

/// Frees a graph; NULL is ignored. Swarms made of it go on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_graph_destroy(graph: *mut lvs_graph) -> lvs_status {
    // SAFETY: lvs.h asks the caller for a handle that nobody uses any more.
    guard(|| unsafe { destroy("graph", graph) })
}

/// Writes the number of rows, N, to `out`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_graph_rows(graph: *const lvs_graph, out: *mut usize) -> lvs_status {
    // SAFETY: lvs.h asks the caller for a live handle and a place of this type.
    guard(|| unsafe { store("out", out, shared("graph", graph)?.graph.rows()) })
}

/// Writes the number of edges, E, to `out`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_graph_edges(graph: *const lvs_graph, out: *mut usize) -> lvs_status {
    // SAFETY: lvs.h asks the caller for a live handle and a place of this type.
    guard(|| unsafe { store("out", out, shared("graph", graph)?.graph.edges()) })
}

/// Writes where the neighbours of row `row` (below N) stand to `out`, and their number to `count`; the array lives as
/// long as the graph.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_graph_neighbours(
    graph: *const lvs_graph,
    row: usize,
    out: *mut *const u32,
    count: *mut usize,
) -> lvs_status {
    guard(|| {
        expect_disjoint(&[Region::of("out", out), Region::of("count", count)], &[])?;
        // SAFETY: lvs.h asks the caller for a live handle.
        let neighbours = unsafe { shared("graph", graph) }?.neighbours(row)?;
        // SAFETY: lvs.h asks the caller for places of these types.
        unsafe {
            store("count", count, neighbours.len())?;
            store("out", out, neighbours.as_ptr())
        }
    })
}

impl lvs_graph {
    fn neighbours(&self, row: usize) -> Result<&[u32]> {
        if row >= self.graph.rows() {
            return Err(Failure::argument("row", row, format!("below {}", self.graph.rows())));
        }
        Ok(self.graph.neighbours(row))
    }
}
