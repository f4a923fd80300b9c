//! Graphs: degrees, symmetry, no loops, no double edges, connected where that is promised, the same from a seed.

use std::io::Write;

use lvs_kernels::Graph;
use lvs_simulation::Topology;
use lvs_simulation::topology::components;
use proptest::prelude::*;

/// Every graph is simple and undirected, and each node's neighbours rise.
fn assert_simple(graph: &Graph) {
    for i in 0..graph.rows() {
        let neighbours = graph.neighbours(i);
        assert!(neighbours.windows(2).all(|pair| pair[0] < pair[1]), "node {i}: {neighbours:?}");
        assert!(!neighbours.contains(&(i as u32)), "node {i} is its own neighbour");
        for &j in neighbours {
            assert!(
                graph.neighbours(j as usize).binary_search(&(i as u32)).is_ok(),
                "{i} knows {j}, not so back"
            );
        }
    }
}

fn build(topology: &Topology, nodes: usize, seed: u64) -> Graph {
    let graph = topology.build(nodes, seed).unwrap_or_else(|error| panic!("{topology:?}, {nodes}: {error}"));
    assert_eq!(graph.rows(), nodes);
    assert_simple(&graph);
    assert_eq!(graph, topology.build(nodes, seed).unwrap(), "the same seed gives the same graph");
    graph
}

fn degrees(graph: &Graph) -> Vec<usize> {
    (0..graph.rows()).map(|i| graph.neighbours(i).len()).collect()
}

fn is_connected(graph: &Graph) -> bool {
    components(graph).1 == 1
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn regular_graphs_have_one_degree(nodes in 1_usize..90, part in 0.0..1.0, seed: u64) {
        let degree = (part * nodes as f64) as usize;
        let degree = if nodes * degree % 2 == 1 { degree - 1 } else { degree };
        let graph = build(&Topology::Regular { degree }, nodes, seed);
        prop_assert!(degrees(&graph).iter().all(|&d| d == degree));
        prop_assert!(degree < 3 || is_connected(&graph));
    }

    #[test]
    fn rings_and_their_shortcuts_keep_the_number_of_edges(
        nodes in 9_usize..200, half in 1_usize..5, rewire in 0.0..1.0, seed: u64,
    ) {
        let ring = build(&Topology::Ring { degree: 2 * half }, nodes, seed);
        prop_assert!(degrees(&ring).iter().all(|&d| d == 2 * half) && is_connected(&ring));
        let world = build(&Topology::WattsStrogatz { degree: 2 * half, rewire }, nodes, seed);
        prop_assert_eq!(world.edges(), 2 * half * nodes);
        // Every node keeps its own half of the edges.
        prop_assert!(degrees(&world).iter().all(|&d| d >= half));
    }

    #[test]
    fn newcomers_join_as_many_as_they_should(nodes in 9_usize..200, half in 1_usize..5, seed: u64) {
        let graph = build(&Topology::BarabasiAlbert { degree: 2 * half }, nodes, seed);
        let edges = half * (half + 1) / 2 + (nodes - half - 1) * half;
        prop_assert_eq!(graph.edges(), 2 * edges);
        prop_assert!(degrees(&graph).iter().all(|&d| d >= half) && is_connected(&graph));
    }

    #[test]
    fn any_number_of_edges_can_be_drawn(nodes in 1_usize..60, part in 0.0..1.0, seed: u64) {
        let degree = (part * nodes as f64) as usize;
        let graph = build(&Topology::ErdosRenyi { degree }, nodes, seed);
        prop_assert_eq!(graph.edges(), nodes * degree / 2 * 2);
    }

    #[test]
    fn groups_are_complete_and_apart(nodes in 1_usize..200, size in 1_usize..20) {
        let size = size.min(nodes);
        let graph = build(&Topology::Groups { size }, nodes, 0);
        let (labels, count) = components(&graph);
        prop_assert_eq!(count, nodes / size);
        for i in 0..nodes {
            let members = labels.iter().filter(|&&label| label == labels[i]).count();
            prop_assert!(members >= size && graph.neighbours(i).len() == members - 1);
        }
    }
}

#[test]
fn preferential_attachment_prefers() {
    let graph = build(&Topology::BarabasiAlbert { degree: 4 }, 4_000, 7);
    let degrees = degrees(&graph);
    // A power law: the largest are of the order of the square root of the number of nodes, most have next to none.
    assert!(*degrees.iter().max().unwrap() > 80, "{:?}", degrees.iter().max());
    assert!(degrees.iter().filter(|&&d| d <= 3).count() > 2_000);
}

#[test]
fn shortcuts_move_as_many_edges_as_they_should() {
    let ring = Topology::Ring { degree: 8 };
    let world = Topology::WattsStrogatz { degree: 8, rewire: 0.25 };
    let ring = build(&ring, 5_000, 3);
    let world = build(&world, 5_000, 3);
    let kept = (0..5_000).flat_map(|i| world.neighbours(i).iter().map(move |j| (i, j)));
    let kept = kept.filter(|(i, j)| ring.neighbours(*i).contains(j)).count();
    assert!((29_000..31_000).contains(&kept), "{kept} of 40,000");
}

#[test]
fn two_worlds_is_the_graph_of_the_paper() {
    let graph = build(&Topology::TwoWorlds { bridges: 8 }, 26, 0);
    assert!(degrees(&graph).iter().all(|&d| d == 12 + 8) && is_connected(&graph));
    assert_eq!(graph.neighbours(0), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
}

#[test]
fn different_seeds_give_different_graphs() {
    for topology in [
        Topology::Regular { degree: 6 },
        Topology::WattsStrogatz { degree: 6, rewire: 0.5 },
        Topology::BarabasiAlbert { degree: 6 },
        Topology::ErdosRenyi { degree: 6 },
    ] {
        assert_ne!(topology.build(50, 1).unwrap(), topology.build(50, 2).unwrap(), "{topology:?}");
    }
}

#[test]
fn a_graph_of_a_hundred_thousand_nodes_is_regular_too() {
    let graph = build(&Topology::Regular { degree: 16 }, 100_000, 11);
    assert!(graph.edges() == 1_600_000 && is_connected(&graph));
}

#[test]
fn files_are_read_and_their_mistakes_shown() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"from,to\n1,5\n5,9\n9,1\n1,1\n5,1\n").unwrap();
    let path = file.path().to_path_buf();
    let read = |directed| Topology::File { path: path.clone(), directed }.build(0, 0);
    let graph = read(false).unwrap();
    assert_simple(&graph);
    assert_eq!(degrees(&graph), [2, 2, 2]);
    assert_eq!(read(true).unwrap().neighbours(0), [1]);
    file.write_all(b"7;\n").unwrap();
    let message = read(false).unwrap_err().to_string();
    let expected =
        format!("topology: got {}: line 7: '7;', expected two node numbers on each line", path.display());
    assert_eq!(message, expected);
    let nowhere = Topology::File { path: "/nowhere/edges.csv".into(), directed: false };
    assert!(nowhere.build(0, 0).unwrap_err().to_string().contains("/nowhere/edges.csv: No such file"));
}

#[test]
fn impossible_graphs_are_refused_by_name() {
    let cases = [
        (
            Topology::Regular { degree: 3 },
            5,
            "degree: got 3, expected an even number, as the number of nodes is odd",
        ),
        (Topology::Regular { degree: 5 }, 5, "degree: got 5, expected at most 4 with 5 nodes"),
        (Topology::Ring { degree: 3 }, 9, "degree: got 3, expected an even number"),
        (Topology::WattsStrogatz { degree: 2, rewire: 1.5 }, 9, "rewire: got 1.5, expected 0 to 1"),
        (Topology::BarabasiAlbert { degree: 0 }, 9, "degree: got 0, expected 2 or more"),
        (Topology::Groups { size: 0 }, 9, "size: got 0, expected 1 to 9"),
        (Topology::Groups { size: 5_000 }, 9_999, "size: got 5000, expected groups of at most 4,097 nodes"),
        (Topology::TwoWorlds { bridges: 2 }, 9, "nodes: got 9, expected an even number"),
        (Topology::TwoWorlds { bridges: 6 }, 10, "bridges: got 6, expected at most 5"),
        (Topology::Regular { degree: 0 }, 0, "nodes: got 0, expected 1 to 4,294,967,295"),
    ];
    for (topology, nodes, expected) in cases {
        let message = topology.build(nodes, 1).unwrap_err().to_string();
        assert!(message.starts_with(expected), "{topology:?}: {message}");
    }
}
