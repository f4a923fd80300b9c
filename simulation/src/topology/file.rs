//! Lists of edges, as files hold them: which nodes there are, who knows whom, and what is not taken over.

use std::fs::File;
use std::io::{BufRead, BufReader, stdin};
use std::path::Path;

use lvs_kernels::Graph;
use lvs_kernels::vaultguard::NEIGHBOURS_MAX;

use super::edges::{directed, undirected};
use crate::error::{Argument, Error, Result};
use crate::room::is_room_for;

/// The path that stands for standard input.
const STANDARD_INPUT: &str = "-";

/// The mark that some editors put before UTF-8 text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The characters of a bad line that an error shows.
const SHOWN: usize = 60;

/// What is needed for each line beside the line itself: two numbers, a place in the order, the edge and its weight.
const BYTES_PER_LINE: u128 = 40;

/// The edges that a file lists, without self-loops and duplicates.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EdgeList {
    /// The numbers that the nodes have in the file, rising: node `i` of the graph is `ids[i]` there.
    pub ids: Vec<u64>,
    /// The edges in the order of the file, each by the two positions of its nodes in `ids`.
    pub edges: Vec<(u32, u32)>,
    /// The third column, a number for each of `edges`; absent unless every edge of the file has a finite one.
    pub weights: Option<Vec<f64>>,
    /// Whether the first node of an edge compares with the second, and not also the second with the first.
    pub directed: bool,
    /// Edges of the file that were dropped because they lead from a node to itself.
    pub self_loops: usize,
    /// Edges of the file that were dropped because the same edge stood before. Unless the list is directed, an edge
    /// and its reverse are the same.
    pub duplicates: usize,
}

/// An edge as a line of the file has it.
struct Line {
    from: u64,
    to: u64,
    weight: Option<f64>,
}

impl EdgeList {
    /// Reads a file, or standard input if the path is `-`.
    ///
    /// # Errors
    /// If the file cannot be read, or a line of it is not understood. The line is named, and invisible characters of
    /// it are shown by their codes.
    pub fn read(path: &Path, directed: bool) -> Result<Self> {
        if path == Path::new(STANDARD_INPUT) {
            return Self::parse(stdin().lock(), directed).map_err(|what| refusal(path, what));
        }
        let file = File::open(path).map_err(|error| unreadable(path, &error))?;
        Self::parse(BufReader::new(file), directed).map_err(|what| refusal(path, what))
    }

    /// Reads edges, one a line, from anything: a file that is open, or bytes.
    ///
    /// # Errors
    /// What is wrong, with the number of its line.
    pub fn parse(reader: impl BufRead, directed: bool) -> std::result::Result<Self, String> {
        let lines = lines_of(reader)?;
        if lines.is_empty() {
            return Err("no edge".into());
        }
        if !is_room_for(lines.len() as u128 * BYTES_PER_LINE) {
            return Err(format!("{} edges, for which there is no memory", lines.len()));
        }
        let mut ids: Vec<u64> = lines.iter().flat_map(|line| [line.from, line.to]).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.len() > u32::MAX as usize {
            return Err(format!("{} nodes", ids.len()));
        }
        let weighted = lines.iter().all(|line| line.weight.is_some());
        let weights = weighted.then(Vec::new);
        let mut list = Self { ids, weights, directed, ..Self::default() };
        let is_repeated = repeated(&lines, directed);
        for (line, is_repeated) in lines.iter().zip(is_repeated) {
            list.add(line, is_repeated);
        }
        Ok(list)
    }

    fn add(&mut self, line: &Line, is_repeated: bool) {
        if line.from == line.to {
            self.self_loops += 1;
            return;
        }
        if is_repeated {
            self.duplicates += 1;
            return;
        }
        self.edges.push((self.position(line.from), self.position(line.to)));
        if let Some((weights, weight)) = self.weights.as_mut().zip(line.weight) {
            weights.push(weight);
        }
    }

    fn position(&self, id: u64) -> u32 {
        self.ids.binary_search(&id).expect("every node of a line is listed") as u32
    }

    /// The graph of these edges; node `i` of it is `ids[i]`.
    ///
    /// # Errors
    /// If a node has more than 4,096 neighbours.
    pub fn graph(&self) -> Result<Graph> {
        let build = if self.directed { directed } else { undirected };
        let graph = build(self.ids.len(), &self.edges)?;
        let most = graph.max_degree();
        if most > NEIGHBOURS_MAX {
            let got = format!("a file in which a node has {most} neighbours");
            return Err(Error::argument(Argument::Topology, got, "at most 4,096 for each"));
        }
        Ok(graph)
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::argument(Argument::Topology, format!("{}: {error}", path.display()), "a file that can be read")
}

fn refusal(path: &Path, what: String) -> Error {
    Error::argument(
        Argument::Topology,
        format!("{}: {what}", path.display()),
        "two node numbers on each line",
    )
}

/// Which of the edges stand in the list before.
fn repeated(lines: &[Line], directed: bool) -> Vec<bool> {
    let mut order: Vec<usize> = (0..lines.len()).collect();
    // Stable, so that of equal edges the first of the file comes first.
    order.sort_by_key(|&i| ends(&lines[i], directed));
    let mut repeated = vec![false; lines.len()];
    for pair in order.windows(2) {
        repeated[pair[1]] = ends(&lines[pair[0]], directed) == ends(&lines[pair[1]], directed);
    }
    repeated
}

/// What two equal edges have in common.
fn ends(line: &Line, directed: bool) -> (u64, u64) {
    if directed { (line.from, line.to) } else { (line.from.min(line.to), line.from.max(line.to)) }
}

/// The edges of all lines. A line ends with LF, CR LF, or a CR alone, as files of old Macintosh programs do.
fn lines_of(mut reader: impl BufRead) -> std::result::Result<Vec<Line>, String> {
    let mut edges = Vec::new();
    let mut number = 0;
    let mut may_be_heading = true;
    let mut chunk = Vec::new();
    loop {
        chunk.clear();
        reader.read_until(b'\n', &mut chunk).map_err(|error| format!("line {}: {error}", number + 1))?;
        if chunk.is_empty() {
            return Ok(edges);
        }
        let chunk = chunk.strip_suffix(b"\n").unwrap_or(&chunk);
        let chunk = chunk.strip_suffix(b"\r").unwrap_or(chunk);
        for bytes in chunk.split(|&byte| byte == b'\r') {
            number += 1;
            let line = text(bytes, number)?;
            match edge(line) {
                Ok(None) => continue,
                Ok(Some(edge)) => push(&mut edges, edge)?,
                // A heading has no digits: a bad first edge must not pass for one.
                Err(()) if may_be_heading && !line.contains(|c: char| c.is_ascii_digit()) => {}
                Err(()) => return Err(format!("line {number}: '{}'", shown(line))),
            }
            may_be_heading = false;
        }
    }
}

/// Adds an edge, if there is memory for it.
fn push(edges: &mut Vec<Line>, edge: Line) -> std::result::Result<(), String> {
    if edges.len() == edges.capacity() {
        // Doubled as a Vec would, but a refusal is an error instead of the end of the process.
        let more = edges.len().max(1_024);
        edges
            .try_reserve(more)
            .map_err(|_| format!("more than {} edges, for which there is no memory", edges.len()))?;
    }
    edges.push(edge);
    Ok(())
}

/// A line as text, without the mark that may stand before the first.
fn text(bytes: &[u8], number: usize) -> std::result::Result<&str, String> {
    if number == 1 && (bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff")) {
        return Err("line 1: text in UTF-16, not in UTF-8".into());
    }
    let bytes = if number == 1 { bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes) } else { bytes };
    std::str::from_utf8(bytes).map_err(|error| {
        let byte = bytes[error.valid_up_to()];
        format!("line {number}: byte 0x{byte:02x}, which is not UTF-8")
    })
}

/// A line for an error: cut where it is long, and what cannot be seen by its code.
fn shown(line: &str) -> String {
    let mut shown = String::new();
    for character in line.trim().chars().take(SHOWN) {
        match character {
            '\'' | '"' | '\\' => shown.push(character),
            other => shown.extend(other.escape_debug()),
        }
    }
    if line.trim().chars().count() > SHOWN {
        shown.push('…');
    }
    shown
}

/// The edge on a line; none on a line that is empty or only a remark.
fn edge(line: &str) -> std::result::Result<Option<Line>, ()> {
    let line = line.split(['#', '%']).next().unwrap_or_default();
    let mut fields = line.split(is_separator).filter(|field| !field.is_empty());
    let Some(from) = fields.next() else { return Ok(None) };
    let to = fields.next().ok_or(())?;
    let weight = fields.next().and_then(|field| field.parse().ok()).filter(|weight: &f64| weight.is_finite());
    Ok(Some(Line { from: from.parse().map_err(drop)?, to: to.parse().map_err(drop)?, weight }))
}

fn is_separator(character: char) -> bool {
    character.is_whitespace() || character == ',' || character == ';'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> EdgeList {
        EdgeList::parse(text.as_bytes(), false).unwrap()
    }

    #[test]
    fn blanks_commas_headings_and_remarks_are_understood() {
        let list = parse("# remark\nsource,target,rating\n10,20,5\n\n20\t7 1.5\n7;10 % end\n 7 7\n");
        assert_eq!(list.ids, [7, 10, 20]);
        assert_eq!(list.edges, [(1, 2), (2, 0), (0, 1)]);
        assert_eq!((list.self_loops, list.duplicates, list.weights), (1, 0, None));
    }

    #[test]
    fn what_is_dropped_is_counted_and_weights_are_kept() {
        let text = "30 1412 2.5\n1412 30 9\n30 30 1\n3352 30 -1e3\n30 1412 7\n";
        let list = parse(text);
        assert_eq!((list.self_loops, list.duplicates), (1, 2));
        assert_eq!(list.ids, [30, 1412, 3352]);
        assert_eq!((list.edges, list.weights), (vec![(0, 1), (2, 0)], Some(vec![2.5, -1e3])));
        let list = EdgeList::parse(text.as_bytes(), true).unwrap();
        assert_eq!((list.self_loops, list.duplicates), (1, 1));
        assert_eq!((list.edges, list.weights), (vec![(0, 1), (1, 0), (2, 0)], Some(vec![2.5, 9.0, -1e3])));
    }

    #[test]
    fn every_end_of_line_and_a_byte_order_mark_are_understood() {
        let expected = parse("1 2\n2 3\n");
        for text in
            ["1 2\r\n2 3\r\n", "1 2\r2 3\r", "1 2\r2 3", "\u{feff}1 2\n2 3", "\u{feff}from to\r1 2\r\n2 3"]
        {
            assert_eq!(parse(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_shown_with_its_line() {
        for (text, message) in [
            ("1 2\n3\n", "line 2: '3'"),
            ("1 2\n\n3 x\n", "line 3: '3 x'"),
            ("1 2\r\r3 x\r", "line 3: '3 x'"),
            ("1 -2\n", "line 1: '1 -2'"),
            ("from to\nfrom to\n", "line 2: 'from to'"),
            ("1 2\n1\u{200b} 2\u{1b}[31m\n", "line 2: '1\\u{200b} 2\\u{1b}[31m'"),
            ("# nothing\n", "no edge"),
        ] {
            assert_eq!(EdgeList::parse(text.as_bytes(), false).unwrap_err(), message);
        }
        for (bytes, message) in [
            (&b"1 2\n\xe4 3\n"[..], "line 2: byte 0xe4, which is not UTF-8"),
            (b"\xff\xfe1\x00 \x002\x00", "line 1: text in UTF-16, not in UTF-8"),
        ] {
            assert_eq!(EdgeList::parse(bytes, false).unwrap_err(), message);
        }
    }

    #[test]
    fn a_missing_file_is_named() {
        let message = EdgeList::read(Path::new("nowhere/at/all.txt"), false).unwrap_err().to_string();
        assert!(message.starts_with("topology: got nowhere/at/all.txt: "), "{message}");
    }
}
