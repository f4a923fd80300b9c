//! A swarm that stays on a GPU is the scalar one after every cycle.

use lvs_kernels::{Backend, Engine, Loss, Swarm, SwarmOptions};
use lvs_tests::random::{Random, Texture};
use lvs_tests::{announce, graphs};

const ROWS: usize = 2_000;
const CELLS: usize = 24;
const CYCLES: u64 = 200;

/// The adapters to test on: a real one and Mesa's software one, as far as they are here.
fn engines() -> Vec<Engine> {
    let names = [None, Some("llvmpipe".to_string())];
    let engines = names.into_iter().filter_map(|name| {
        let engine = Engine::new(Backend::Gpu(name));
        engine.inspect_err(|reason| announce(&format!("swarm_on_gpu: NOT RUN: {reason}"))).ok()
    });
    engines.collect()
}

/// Two thousand rows of mixed degrees, one in eight frozen at any value, a tenth of the samples lost.
fn swarm(engine: Engine) -> Swarm {
    let mut random = Random::new(200);
    let graph = graphs::random(&mut random, ROWS, 20);
    let frozen: Vec<bool> = (0..ROWS).map(|_| random.one_in(8)).collect();
    let row = |&frozen: &bool| match frozen {
        true => Texture::Extreme.neighbours(&mut random, CELLS),
        false => Texture::Near.values(&mut random, CELLS),
    };
    let values: Vec<i64> = frozen.iter().flat_map(row).collect();
    let loss = Some(Loss { share: 6_554, seed: 77 });
    let options = SwarmOptions { frozen: Some(frozen), loss, ..Default::default() };
    Swarm::new(engine, graph, &values, CELLS, options).expect("a valid swarm")
}

#[test]
fn two_hundred_cycles_of_two_thousand_nodes_are_equal_after_each() {
    for engine in engines() {
        announce(&format!("swarm_on_gpu: {}", engine.choice()));
        let mut on_gpu = swarm(engine);
        let mut scalar = swarm(Engine::new(Backend::Scalar).expect("scalar runs everywhere"));
        for cycle in 0..CYCLES {
            on_gpu.step(1).expect("the device stays");
            scalar.step(1).expect("there is no device");
            assert!(on_gpu.values() == scalar.values(), "values after cycle {cycle}");
            assert!(on_gpu.trust() == scalar.trust(), "trust after cycle {cycle}");
            assert_eq!(on_gpu.stats(), scalar.stats(), "after cycle {cycle}");
            assert_eq!(on_gpu.extremes(), scalar.extremes(), "after cycle {cycle}");
        }
    }
}

/// Cycles that are handed over together, across the end of a window.
#[test]
fn many_cycles_at_once_are_the_same_as_one_by_one() {
    const ACROSS: u64 = lvs_kernels::vaultguard::WINDOW + 100;
    let group = |engine: Engine| {
        let values: Vec<i64> = (0..16).map(|i| 1_000_000_000 - i * 60_000_000).collect();
        let frozen = Some((0..16).map(|i| i % 4 == 0).collect());
        let options = SwarmOptions { frozen, ..Default::default() };
        let mut swarm = Swarm::new(engine, graphs::complete(16), &values, 1, options).expect("a valid swarm");
        swarm.step(ACROSS).expect("the device stays");
        (swarm.values(), swarm.trust(), swarm.stats())
    };
    for engine in engines() {
        assert_eq!(group(engine), group(Engine::new(Backend::Scalar).expect("scalar runs everywhere")));
    }
}

/// What stood on a processor goes on on a device, and back, within a window.
#[test]
fn a_swarm_moves_from_backend_to_backend() {
    let scalar = || swarm(Engine::new(Backend::Scalar).expect("scalar runs everywhere"));
    for engine in engines() {
        let mut whole = scalar();
        let mut moved = whole_copy(&whole, scalar());
        for start in [scalar(), swarm(engine), scalar()] {
            moved = whole_copy(&moved, start);
            moved.step(5).expect("the device stays");
            whole.step(5).expect("there is no device");
            assert!(moved.values() == whole.values() && moved.anchors() == whole.anchors());
            assert!(moved.trust() == whole.trust());
        }
    }
}

/// A swarm of the same options, where another one stands.
fn whole_copy(of: &Swarm, mut start: Swarm) -> Swarm {
    let rows: Vec<usize> = (0..ROWS).collect();
    start.set_rows(&rows, &of.values().expect("the device stays")).expect("they are values");
    start.set_trust(&of.trust().expect("the device stays")).expect("as many as edges");
    start.resume(of.cycle(), &of.anchors().expect("the device stays")).expect("they are values");
    start
}
