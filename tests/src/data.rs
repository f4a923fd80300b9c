//! Real data that lies beside the repository on some machines: `shared/data`, in the repository's folder or above it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lvs_kernels::Graph;

use crate::graphs;

/// The folder, where there is one.
pub fn folder() -> Option<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().map(|parent| parent.join("shared/data")).find(|folder| folder.is_dir())
}

/// Who trusts whom on Bitcoin OTC: the positive ratings, nodes numbered by rank of their ids.
#[derive(Debug)]
pub struct BitcoinOtc {
    /// All nodes; an edge for each positive rating.
    pub graph: Graph,
    /// 6,553 times the rating, per edge.
    pub trust: Vec<u16>,
}

/// Reads the ratings (`FROM_NODE,TO_NODE,TRUST_INDEX,TIME_SINCE_EPOCH`).
///
/// # Panics
/// If the file is not as `shared/data/README.md` says.
pub fn bitcoin_otc(folder: &Path) -> BitcoinOtc {
    let ratings = read::<(u32, u32, i32, f64)>(&folder.join("soc-sign-bitcoinotc.csv"), true);
    assert_eq!(ratings.len(), 35_592);
    assert_eq!(ratings.iter().filter(|rating| rating.2 < 0).count(), 3_563);
    let mut ranks: BTreeMap<u32, usize> = ratings.iter().flat_map(|r| [(r.0, 0), (r.1, 0)]).collect();
    ranks.values_mut().enumerate().for_each(|(i, rank)| *rank = i);
    assert_eq!(ranks.len(), 5_881);
    let mut lists = vec![Vec::new(); ranks.len()];
    let mut trust = vec![Vec::new(); ranks.len()];
    for (from, to, rating, _) in ratings.into_iter().filter(|rating| rating.2 > 0) {
        lists[ranks[&from]].push(ranks[&to]);
        trust[ranks[&from]].push(6_553 * rating as u16);
    }
    BitcoinOtc { graph: graphs::from_lists(&lists), trust: trust.concat() }
}

/// Reads `node,number` lines into a vector of `nodes` numbers; nodes that are absent have the default.
pub fn node_numbers<T>(path: &Path, nodes: usize) -> Vec<T>
where
    T: Clone + Default + for<'de> serde::Deserialize<'de>,
{
    let mut numbers = vec![T::default(); nodes];
    for (node, number) in read::<(usize, T)>(path, false) {
        numbers[node] = number;
    }
    numbers
}

fn read<T: for<'de> serde::Deserialize<'de>>(path: &Path, headers: bool) -> Vec<T> {
    let reader = csv::ReaderBuilder::new().has_headers(headers).from_path(path);
    let mut reader = reader.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    reader
        .deserialize()
        .collect::<Result<_, _>>()
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
