//! Graphs from edge lists.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use lvs_kernels::vaultguard::NEIGHBOURS_MAX;
use lvs_kernels::{Error, Graph, Result};

use super::edges::{directed, undirected};

/// Reads the graph that a file lists.
pub(super) fn read(path: &Path, one_way: bool) -> Result<Graph> {
    let refuse = |what: String, expected: &str| {
        Error::argument("topology", format!("{}: {what}", path.display()), expected)
    };
    let file = File::open(path).map_err(|error| refuse(error.to_string(), "a readable file"))?;
    let (nodes, edges) =
        parse(BufReader::new(file)).map_err(|what| refuse(what, "two node numbers on each line"))?;
    if nodes > u32::MAX as usize {
        return Err(refuse(format!("{nodes} nodes"), "at most 4,294,967,295"));
    }
    let graph = if one_way { directed(nodes, &edges) } else { undirected(nodes, &edges) }?;
    if graph.max_degree() > NEIGHBOURS_MAX {
        return Err(refuse(format!("a node with {} neighbours", graph.max_degree()), "at most 4,096"));
    }
    Ok(graph)
}

/// The number of nodes and the edges, nodes numbered in the order of their numbers in the file.
fn parse(reader: impl BufRead) -> std::result::Result<(usize, Vec<(u32, u32)>), String> {
    let mut edges = Vec::new();
    for (number, line) in reader.lines().enumerate() {
        let line = line.map_err(|error| format!("line {}: {error}", number + 1))?;
        match edge(&line) {
            Ok(found) => edges.extend(found),
            // A heading.
            Err(_) if number == 0 && !line.contains(|c: char| c.is_ascii_digit()) => {}
            Err(()) => return Err(format!("line {}: '{}'", number + 1, line.trim())),
        }
    }
    if edges.is_empty() {
        return Err("no edge".into());
    }
    let mut numbers: Vec<u64> = edges.iter().flat_map(|&(a, b)| [a, b]).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let place = |number: u64| numbers.binary_search(&number).expect("it is listed") as u32;
    Ok((numbers.len(), edges.iter().map(|&(a, b)| (place(a), place(b))).collect()))
}

/// The edge on a line; none on an empty one.
fn edge(line: &str) -> std::result::Result<Option<(u64, u64)>, ()> {
    let line = line.split(['#', '%']).next().unwrap_or_default();
    let separator = |c: char| c.is_whitespace() || c == ',' || c == ';';
    let mut fields = line.split(separator).filter(|field| !field.is_empty());
    let Some(from) = fields.next() else { return Ok(None) };
    let to = fields.next().ok_or(())?;
    Ok(Some((from.parse().map_err(drop)?, to.parse().map_err(drop)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_commas_headings_and_remarks_are_understood() {
        let text = "source,target,rating\n# remark\n10,20,5\n\n20\t7 1.5\n7;10 % end\n 7 7\n";
        let (nodes, edges) = parse(text.as_bytes()).unwrap();
        assert_eq!((nodes, edges), (3, vec![(1, 2), (2, 0), (0, 1), (0, 0)]));
    }

    #[test]
    fn what_cannot_be_read_is_shown_with_its_line() {
        for (text, message) in [
            ("1 2\n3\n", "line 2: '3'"),
            ("1 2\n\n3 x\n", "line 3: '3 x'"),
            ("1 -2\n", "line 1: '1 -2'"),
            ("from to\nfrom to\n", "line 2: 'from to'"),
            ("# nothing\n", "no edge"),
        ] {
            assert_eq!(parse(text.as_bytes()).unwrap_err(), message);
        }
    }
}
