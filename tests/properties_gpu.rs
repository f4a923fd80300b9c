//! The GPU's bits on shapes about every tile, workgroup and network edge, drawn at random.

use lvs_kernels::{Backend, Engine, Loss, Swarm, SwarmOptions};
use lvs_tests::random::{Random, Texture, weights};
use lvs_tests::row::Row;
use lvs_tests::{announce, graphs, reference, strategies};
use proptest::prelude::*;
use std::sync::LazyLock;

/// A real adapter and Mesa's software one, as far as they are here.
static ENGINES: LazyLock<Vec<Engine>> = LazyLock::new(|| {
    let engine = |name: Option<&str>| {
        let engine = Engine::new(Backend::Gpu(name.map(Into::into)));
        engine.inspect_err(|reason| announce(&format!("properties_gpu: NOT RUN: {reason}"))).ok()
    };
    [None, Some("llvmpipe")].into_iter().filter_map(engine).collect()
});

/// Numbers about an edge: 64 threads of a workgroup, 256 cells of a tile, and multiples.
fn cells(most: usize) -> impl Strategy<Value = usize> {
    let edges = [0, 1, 2, 4, 16, 32, 63, 64, 65, 127, 128, 129, 255, 256, 257, 511, 512, 513, 1_023, 1_025];
    let edges: Vec<usize> = edges.into_iter().filter(|&edge| edge <= most).collect();
    prop_oneof![2 => proptest::sample::select(edges), 1 => 0..=most]
}

/// Numbers about the sizes of networks and of blocks of residuals, and beyond the largest.
fn degree() -> impl Strategy<Value = usize> {
    let edges = vec![0, 1, 3, 4, 5, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 80, 129];
    prop_oneof![2 => proptest::sample::select(edges), 1 => 0..100_usize]
}

fn texture(random: &mut Random) -> Texture {
    if random.one_in(2) { Texture::Near } else { Texture::Extreme }
}

/// A row of such a shape, with weights that may be too large for a key.
fn row(seed: u64, cells: usize, degree: usize, trim: bool) -> Row {
    let mut random = Random::new(seed);
    let texture = texture(&mut random);
    Row {
        values: texture.values(&mut random, cells),
        anchors: texture.values(&mut random, cells),
        neighbours: (0..degree).map(|_| texture.neighbours(&mut random, cells)).collect(),
        weights: weights(&mut random, degree),
        cycle: seed,
        trim,
        hold: random.one_in(2),
    }
}

/// Differences about the ends of 16 and 32 bits and of the cap, up to the sign: where the shader for rows with few
/// neighbours goes from 32 to 64 bits.
const EDGES: [i64; 16] = [
    0,
    1,
    (1 << 16) - 1,
    1 << 16,
    (1 << 31) - 2,
    (1 << 31) - 1,
    1 << 31,
    (1 << 31) + 1,
    (1 << 32) - 1,
    1 << 32,
    (1 << 32) + 1,
    (1 << 46) - 2,
    (1 << 46) - 1,
    1 << 46,
    (1 << 62) + 1,
    i64::MAX,
];

/// A neighbour's value at such a difference, or nearer, or anywhere.
fn at_an_edge(random: &mut Random, value: i64) -> i64 {
    let edge = *random.pick(&EDGES);
    match random.below(8) {
        0 => *random.pick(&[i64::MIN, i64::MIN + 1, i64::MIN / 2, i64::MAX]),
        1 => random.any() as i64,
        2 => value.saturating_add(random.between(-(1 << 31), 1 << 31)),
        3..6 => value.saturating_add(edge),
        _ => value.saturating_sub(edge),
    }
}

/// A row with none, some or only such neighbours in a cell, and weights that fit a key.
fn row_at_edges(seed: u64, cells: usize, degree: usize, trim: bool) -> Row {
    let mut random = Random::new(seed);
    let values: Vec<i64> = (0..cells).map(|_| texture(&mut random).value(&mut random)).collect();
    let far: Vec<u64> = (0..cells).map(|_| random.below(5)).collect();
    let mut neighbour = |(&value, &far): (&i64, &u64)| match random.below(4) < far {
        true => at_an_edge(&mut random, value),
        false => value + random.between(-70_000, 70_000),
    };
    let neighbours = (0..degree).map(|_| values.iter().zip(&far).map(&mut neighbour).collect()).collect();
    let weights = weights(&mut random, degree).into_iter().map(|weight| weight.min(32_767)).collect();
    let hold = random.one_in(2);
    let anchors = values.clone();
    Row { values, anchors, neighbours, weights, cycle: seed, trim, hold }
}

/// Rows in which either threshold is each of the edges, in every pair.
fn row_with_thresholds_at_edges(degree: usize) -> Row {
    let pairs: Vec<(i64, i64)> = EDGES.iter().flat_map(|&high| EDGES.map(|low| (high, low))).collect();
    let value = 1_i64 << 40;
    let outer = degree.div_ceil(3) + 1;
    let difference = |j: usize, (high, low): (i64, i64)| match j {
        j if j < outer => high,
        j if j < 2 * outer => -low,
        j => (j as i64 - 2) * 1_000,
    };
    let neighbour = |j| pairs.iter().map(|&pair| value.saturating_add(difference(j, pair))).collect();
    Row {
        values: vec![value; pairs.len()],
        anchors: vec![value; pairs.len()],
        neighbours: (0..degree).map(neighbour).collect(),
        weights: vec![(65_535 / degree as u32).min(32_767) as u16; degree],
        cycle: 1,
        trim: true,
        hold: false,
    }
}

/// What a swarm of such a shape holds after a few cycles.
fn end(engine: &Engine, seed: u64, rows: usize, degree: usize, cells: usize) -> impl PartialEq + use<> {
    let mut random = Random::new(seed);
    let graph = if rows > degree && random.one_in(2) {
        graphs::ring(rows, degree)
    } else {
        graphs::random(&mut random, rows, degree)
    };
    let frozen: Vec<bool> = (0..rows).map(|_| random.one_in(6)).collect();
    let texture = texture(&mut random);
    let row = |&frozen: &bool| match frozen {
        true => Texture::Extreme.neighbours(&mut random, cells),
        false => texture.values(&mut random, cells),
    };
    let values: Vec<i64> = frozen.iter().flat_map(row).collect();
    let loss = random.one_in(2).then(|| Loss { share: random.any() as u16, seed });
    let options = SwarmOptions {
        frozen: Some(frozen),
        loss,
        learn_trust: !random.one_in(4),
        trim: !random.one_in(4),
        hold: random.one_in(2),
        seed: random.any(),
        trust: None,
    };
    let mut swarm = Swarm::new(engine.clone(), graph, &values, cells, options).expect("a valid swarm");
    swarm.step(1 + random.below(5)).expect("the device stays");
    (swarm.values(), swarm.trust(), swarm.stats(), swarm.extremes())
}

proptest! {
    #![proptest_config(strategies::config(96))]

    #[test]
    fn a_row_of_any_shape(seed: u64, cells in cells(1_100), degree in degree(), trim: bool) {
        let row = row(seed, cells, degree, trim);
        let expected = row.drift(&reference());
        for engine in &*ENGINES {
            prop_assert!(row.drift(engine) == expected, "B = {}, K = {}, {}", cells, degree, engine.choice());
        }
    }

    #[test]
    fn a_swarm_of_any_shape(seed: u64, rows in 0..300_usize, degree in degree(), cells in cells(130)) {
        let expected = end(&reference(), seed, rows, degree, cells);
        for engine in &*ENGINES {
            let same = end(engine, seed, rows, degree, cells) == expected;
            prop_assert!(same, "N = {}, K = {}, B = {}, {}", rows, degree, cells, engine.choice());
        }
    }

    #[test]
    fn a_row_at_the_ends_of_32_bits(
        seed: u64, cells in 1..130_usize, degree in 1..=64_usize, form in 0..4_usize,
    ) {
        let row = row_at_edges(seed, cells, degree, form > 0);
        let expected = row.drift(&reference());
        for engine in &*ENGINES {
            prop_assert!(row.drift(engine) == expected, "B = {}, K = {}, {}", cells, degree, engine.choice());
        }
    }
}

#[test]
fn thresholds_at_the_ends_of_32_bits() {
    for degree in [1, 2, 3, 4, 5, 8, 11, 15, 16, 20, 32, 33, 64] {
        let row = row_with_thresholds_at_edges(degree);
        let expected = row.drift(&reference());
        for engine in &*ENGINES {
            assert!(row.drift(engine) == expected, "K = {degree}, {}", engine.choice());
        }
    }
}
