//! Graphs that the tests run on.

use lvs_kernels::Graph;

use crate::random::Random;

/// Every row compares with every other.
pub fn complete(rows: usize) -> Graph {
    from_lists(&(0..rows).map(|i| (0..rows).filter(|&j| j != i).collect()).collect::<Vec<_>>())
}

/// Row `i` compares with the `degree` rows after it, round the end.
pub fn ring(rows: usize, degree: usize) -> Graph {
    from_lists(&(0..rows).map(|i| (1..=degree).map(|k| (i + k) % rows).collect()).collect::<Vec<_>>())
}

/// Each row compares with up to `most` random rows, itself and repetitions among them; some with none.
pub fn random(random: &mut Random, rows: usize, most: usize) -> Graph {
    let lists: Vec<Vec<usize>> = (0..rows)
        .map(|_| (0..random.below(most as u64 + 1)).map(|_| random.below(rows as u64) as usize).collect())
        .collect();
    from_lists(&lists)
}

/// A graph from each row's list of neighbours.
pub fn from_lists(lists: &[Vec<usize>]) -> Graph {
    let mut offsets = vec![0];
    offsets.extend(lists.iter().scan(0, |end, list| {
        *end += list.len();
        Some(*end)
    }));
    let targets = lists.iter().flatten().map(|&j| j as u32).collect();
    Graph::new(offsets, targets).expect("the lists name existing rows")
}
