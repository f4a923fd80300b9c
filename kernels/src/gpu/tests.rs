//! What only this crate can force: buffers so small that everything is cut into tiles, and a device that goes away.
//! The same bits at every size are the conformance suite's business.

use super::*;
use crate::backend::Backend;
use crate::drift::DriftSummary;
use crate::engine::Engine;
use crate::error::Argument;
use crate::graph::Graph;
use crate::pool::Loss;
use crate::reputation::{ReputationOptions, TrustMatrix};
use crate::rows::Rows;
use crate::swarm::{Swarm, SwarmOptions};

/// A software adapter, which the test command installs; says so where there is none.
fn engine(binding_bytes: u64) -> Option<Engine> {
    engine_with(binding_bytes, LOAD_AT_ONCE)
}

fn engine_with(binding_bytes: u64, load_at_once: usize) -> Option<Engine> {
    match Gpu::open_limited(Some("llvmpipe"), binding_bytes, load_at_once) {
        Ok(gpu) => Some(Engine::on(gpu)),
        Err(reason) => {
            eprintln!("NOT RUN: tiles and loss of a GPU: {reason}");
            None
        }
    }
}

fn scalar() -> Engine {
    Engine::with_threads(Backend::Scalar, Some(1)).unwrap()
}

/// Numbers that look drawn: one step of SplitMix64 for each.
fn drawn(count: usize, below: u64) -> Vec<u64> {
    let mix = |i: u64| {
        let z = i.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z ^ (z >> 27)
    };
    (1..=count as u64).map(|i| mix(i) % below).collect()
}

fn ring(rows: u32, degree: u32) -> Graph {
    let targets = (0..rows).flat_map(|i| (1..=degree).map(move |j| (i + j * j) % rows)).collect();
    Graph::new((0..=rows as usize).map(|i| i * degree as usize).collect(), targets).unwrap()
}

fn end_of(engine: Engine, graph: &Graph, cells: usize, cycles: u64) -> (Vec<i64>, Vec<u16>, DriftSummary) {
    let values: Vec<i64> = drawn(graph.rows() * cells, 1 << 40).into_iter().map(|v| v as i64).collect();
    let frozen = Some((0..graph.rows()).map(|row| row % 7 == 3).collect());
    let options = SwarmOptions { frozen, loss: Some(Loss { share: 9_000, seed: 3 }), ..Default::default() };
    let mut swarm = Swarm::new(engine, graph.clone(), &values, cells, options).unwrap();
    swarm.step(cycles).unwrap();
    (swarm.values().unwrap(), swarm.trust().unwrap(), swarm.stats().unwrap())
}

#[test]
fn a_swarm_cut_into_columns_and_bands_is_the_same() {
    // 100 rows of 70 cells in buffers of 8,000 bytes: 7 columns of 10 cells, and bands of 9 rows or fewer.
    let Some(tiled) = engine(8_000) else { return };
    for degree in [5, 15, 20, 66] {
        let graph = ring(100, degree);
        let got = end_of(tiled.clone(), &graph, 70, 9);
        let expected = end_of(scalar(), &graph, 70, 9);
        assert!(got.0 == expected.0, "values, K = {degree}");
        assert!(got.1 == expected.1, "trust, K = {degree}");
        assert_eq!(got.2, expected.2, "K = {degree}");
    }
}

#[test]
fn work_that_is_handed_over_in_pieces_is_the_same() {
    // One row of 70 cells with 5 neighbours at a time, or two of 20.
    let Some(patient) = engine_with(u64::MAX, 2_800) else { return };
    for degree in [5, 20, 66] {
        let graph = ring(100, degree);
        let got = end_of(patient.clone(), &graph, 70, 9);
        let expected = end_of(scalar(), &graph, 70, 9);
        assert!(got == expected, "K = {degree}");
    }
    let values: Vec<i64> = drawn(60 * 50, u64::MAX).into_iter().map(|v| v as i64).collect();
    let values = Rows::new(Argument::Values, &values, 60, 50).unwrap();
    let [got, expected] = [patient, scalar()].map(|engine| {
        let mut residuals = vec![7; 3_600];
        engine.pairwise_residuals(&values, &mut residuals).unwrap();
        residuals
    });
    assert!(got == expected);
}

#[test]
fn rows_with_few_neighbours_beside_a_hub_are_the_same() {
    let Some(engine) = engine(u64::MAX) else { return };
    // Row 0 has 300 neighbours, the others 1 to 40.
    let degrees: Vec<u32> = (0..301).map(|row| if row == 0 { 300 } else { row % 40 + 1 }).collect();
    let targets = (0..301_u32).flat_map(|row| (1..=degrees[row as usize]).map(move |j| (row + j) % 301));
    let mut offsets = vec![0];
    offsets.extend(degrees.iter().scan(0, |sum, &degree| {
        *sum += degree as usize;
        Some(*sum)
    }));
    let graph = Graph::new(offsets, targets.collect()).unwrap();
    assert!(end_of(engine, &graph, 7, 12) == end_of(scalar(), &graph, 7, 12));
}

#[test]
fn rows_and_trust_can_be_set_and_read_in_tiles() {
    let Some(tiled) = engine(8_000) else { return };
    let values: Vec<i64> = drawn(100 * 70, 1 << 40).into_iter().map(|v| v as i64).collect();
    let mut swarms = [tiled, scalar()]
        .map(|engine| Swarm::new(engine, ring(100, 9), &values, 70, SwarmOptions::default()).unwrap());
    let (rows, trust) =
        ([3, 4, 5, 50, 9], drawn(900, 65_536).into_iter().map(|t| t as u16).collect::<Vec<_>>());
    let [got, expected] = swarms.each_mut().map(|swarm| {
        swarm.step(3).unwrap();
        swarm.set_rows(&rows, &values[..5 * 70]).unwrap();
        swarm.set_trust(&trust).unwrap();
        swarm.step(2).unwrap();
        (swarm.row(50).unwrap(), swarm.values().unwrap(), swarm.trust().unwrap(), swarm.extremes().unwrap())
    });
    assert!(got == expected);
}

#[test]
fn pairwise_and_reputation_in_tiles_are_the_same() {
    let Some(tiled) = engine(8_000) else { return };
    let values: Vec<i64> = drawn(60 * 50, u64::MAX).into_iter().map(|v| v as i64).collect();
    let values = Rows::new(Argument::Values, &values, 60, 50).unwrap();
    let graph = ring(400, 30);
    let trust: Vec<u16> = drawn(graph.edges(), 65_536).into_iter().map(|t| t as u16).collect();
    let [got, expected] = [tiled, scalar()].map(|engine| {
        let mut residuals = vec![7; 3_600];
        let mut reputation = vec![0; 400];
        engine.pairwise_residuals(&values, &mut residuals).unwrap();
        let matrix = TrustMatrix::Sparse { graph: &graph, trust: &trust };
        let end = engine.reputation(matrix, &ReputationOptions::default(), &mut reputation).unwrap();
        (residuals, reputation, end)
    });
    assert!(got == expected);
}

#[test]
fn a_hub_is_worked_on_by_many_threads() {
    let Some(engine) = engine(u64::MAX) else { return };
    // Everyone trusts node 0 and the one after: 70,000 entries for one node, more turns than a software driver takes.
    let rows = 70_000_u32;
    let targets = (0..rows).flat_map(|i| [0, (i + 1) % rows]).collect();
    let graph = Graph::new((0..=rows as usize).map(|i| 2 * i).collect(), targets).unwrap();
    let trust: Vec<u16> = drawn(graph.edges(), 65_536).into_iter().map(|t| t as u16).collect();
    let [got, expected] = [engine, scalar()].map(|engine| {
        let mut reputation = vec![0; rows as usize];
        let options = ReputationOptions { max_iterations: 5, ..Default::default() };
        engine
            .reputation(TrustMatrix::Sparse { graph: &graph, trust: &trust }, &options, &mut reputation)
            .unwrap();
        reputation
    });
    assert!(got == expected);
}

#[test]
fn what_cannot_fit_says_how_much_it_needs() {
    let Some(tiny) = engine(4_000) else { return };
    let values = vec![1_000_000; 600];
    let error = Swarm::new(tiny, ring(600, 3), &values, 1, SwarmOptions::default()).unwrap_err().to_string();
    assert!(error.contains("does not fit: needs 4800 bytes for one cell of 600 rows, has 4000"), "{error}");
}

#[test]
fn a_lost_device_is_an_error_and_not_a_hang() {
    let Some(engine) = engine(u64::MAX) else { return };
    let values: Vec<i64> = drawn(100, 1 << 40).into_iter().map(|v| v as i64).collect();
    let mut swarm = Swarm::new(engine.clone(), ring(100, 5), &values, 1, SwarmOptions::default()).unwrap();
    swarm.step(3).unwrap();
    engine.gpu().expect("it is one").lose();
    let error = swarm.step(1).and_then(|()| swarm.values().map(drop)).unwrap_err();
    assert!(matches!(error, Error::Device { .. }), "{error}");
    assert!(swarm.values().is_err() && swarm.trust().is_err() && swarm.spread().is_err());
    refuses_everything(&engine);
}

#[test]
fn a_panic_of_the_driver_is_a_lost_device() {
    let Some(engine) = engine(u64::MAX) else { return };
    let error = engine.gpu().expect("it is one").guarded(|| panic!("no such fence")).unwrap_err().to_string();
    assert!(error.contains("no such fence"), "{error}");
    refuses_everything(&engine);
}

fn refuses_everything(engine: &Engine) {
    let device = |error: Error| matches!(error, Error::Device { .. });
    let values: Vec<i64> = drawn(100, 1 << 40).into_iter().map(|v| v as i64).collect();
    let graph = ring(100, 5);
    let swarm = Swarm::new(engine.clone(), graph.clone(), &values, 1, SwarmOptions::default());
    assert!(device(swarm.unwrap_err()));
    let rows = Rows::new(Argument::Values, &values, 100, 1).unwrap();
    assert!(device(engine.pairwise_residuals(&rows, &mut vec![0; 10_000]).unwrap_err()));
    assert!(device(engine.update_trust(&mut [1, 2], &[3, 4], 1).unwrap_err()));
    let matrix = TrustMatrix::Sparse { graph: &graph, trust: &[7; 500] };
    assert!(device(engine.reputation(matrix, &ReputationOptions::default(), &mut [0; 100]).unwrap_err()));
}

#[test]
fn an_adapter_that_is_not_there_is_named() {
    let error = Gpu::open(Some("no such adapter")).unwrap_err().to_string();
    assert!(error.starts_with("backend 'gpu:no such adapter' cannot run here: no "), "{error}");
}

#[test]
fn time_inside_passes_is_told_where_the_adapter_can() {
    let Some(engine) = engine(u64::MAX) else { return };
    let values: Vec<i64> = drawn(6_400, 1 << 40).into_iter().map(|v| v as i64).collect();
    let mut swarm = Swarm::new(engine.clone(), ring(100, 15), &values, 64, SwarmOptions::default()).unwrap();
    swarm.step(130).unwrap();
    let seconds = swarm.device_seconds().unwrap();
    // Far more pieces than can be timed at once.
    let mut in_pieces = Swarm::new(
        engine_with(u64::MAX, 1).expect("as before"),
        ring(100, 15),
        &values,
        64,
        SwarmOptions::default(),
    )
    .unwrap();
    in_pieces.step(20).unwrap();
    assert_eq!(in_pieces.device_seconds().unwrap().is_some(), seconds.is_some());
    assert_eq!(seconds.is_some(), engine.gpu().expect("it is one").tells_time());
    assert!(seconds.is_none_or(|seconds| seconds > 0.0), "{seconds:?}");
}
