//! Whether this machine has room for a simulation: better refused than aborted half-way.

use crate::error::{Argument, Error, Result};

/// Bytes for each cell of each node: the values as they were drawn, the rows of the swarm before and after a cycle, and
/// those that the observer read last.
const BYTES_PER_ENTRY: u128 = 4 * 8;

/// Bytes for each edge: four lists of neighbours (of the topology, the population, the swarm and the observer), two of
/// trust and one of weights.
const BYTES_PER_EDGE: u128 = 4 * 4 + 3 * 2;

/// Bytes for each node: where its edges begin in each of the four lists, and who it is.
const BYTES_PER_NODE: u128 = 4 * 8 + 16;

/// Refuses a swarm that this machine has no room for. `edges` counts both directions.
pub(crate) fn expect_room(argument: Argument, nodes: usize, cells: usize, edges: usize) -> Result<()> {
    let bytes = bytes_needed(nodes, cells, edges);
    if is_room_for(bytes) {
        return Ok(());
    }
    let (argument, got) = if cells > nodes { (Argument::Cells, cells) } else { (argument, nodes) };
    let got =
        if argument == Argument::Topology { format!("a graph of {got} nodes") } else { got.to_string() };
    let expected = format!(
        "fewer: {nodes} nodes of {cells} cells with {edges} edges need {bytes} bytes of memory or more"
    );
    Err(Error::argument(argument, got, expected))
}

/// The same refusal for those who did not ask for a number of nodes.
pub(crate) fn expect_memory(nodes: usize, cells: usize, edges: usize) -> Result<()> {
    let bytes = bytes_needed(nodes, cells, edges);
    if is_room_for(bytes) {
        return Ok(());
    }
    let bytes = bytes.try_into().unwrap_or(usize::MAX);
    Err(lvs_kernels::Error::OutOfMemory { what: "a simulation", bytes }.into())
}

fn bytes_needed(nodes: usize, cells: usize, edges: usize) -> u128 {
    let entries = nodes as u128 * cells as u128;
    entries * BYTES_PER_ENTRY + edges as u128 * BYTES_PER_EDGE + nodes as u128 * BYTES_PER_NODE
}

/// Whether so many bytes can be had now, as far as the system tells.
pub(crate) fn is_room_for(bytes: u128) -> bool {
    let Ok(size) = usize::try_from(bytes) else { return false };
    let mut room = Vec::<u8>::new();
    let is_reserved = room.try_reserve_exact(size).is_ok();
    // Looked at here, or the compiler asks for nothing at all.
    std::hint::black_box(&room).capacity() >= size
        && is_reserved
        && group_limit().is_none_or(|limit| bytes < limit)
}

/// What the control group of this process may use, in bytes: a container's limit, which no allocation fails at.
fn group_limit() -> Option<u128> {
    let groups = std::fs::read_to_string("/proc/self/cgroup").ok()?;
    let group = groups.lines().find_map(|line| line.strip_prefix("0::"))?;
    let limit = std::fs::read_to_string(format!("/sys/fs/cgroup{group}/memory.max")).ok()?;
    // "max" where there is no limit.
    limit.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_is_named_with_what_it_needs() {
        let message = |argument, nodes, cells, edges| {
            expect_room(argument, nodes, cells, edges).unwrap_err().to_string()
        };
        assert!(
            message(Argument::Nodes, 1 << 40, 4, 0).starts_with("nodes: got 1099511627776, expected fewer: ")
        );
        assert!(message(Argument::Nodes, 1, 1 << 50, 0).starts_with("cells: got 1125899906842624"));
        // Edges count too, even where values take little.
        let message = message(Argument::Topology, 1 << 20, 1, 1 << 50);
        assert!(
            message.starts_with(
                "topology: got a graph of 1048576 nodes, expected fewer: 1048576 nodes of 1 cells"
            )
        );
        assert!(message.contains("with 1125899906842624 edges need 24769798034423808 bytes"), "{message}");
        assert!(expect_room(Argument::Nodes, 1_000, 16, 16_000).is_ok());
    }
}
