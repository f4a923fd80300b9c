//! A graph in the vector files.

use lvs_kernels::Graph;
use serde::{Deserialize, Serialize};

/// A graph in CSR form: row `i` has the neighbours `indices[indptr[i]..indptr[i + 1]]`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Edges {
    indptr: Vec<usize>,
    indices: Vec<u32>,
}

impl From<Graph> for Edges {
    fn from(graph: Graph) -> Self {
        Self { indptr: graph.offsets().to_vec(), indices: graph.targets().to_vec() }
    }
}

impl Edges {
    /// The graph itself.
    pub fn graph(&self) -> Graph {
        Graph::new(self.indptr.clone(), self.indices.clone()).expect("the case holds a valid graph")
    }
}
