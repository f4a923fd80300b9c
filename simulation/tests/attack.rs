//! Attacks: what they say, to whom, and what comes of it.

use approx::assert_abs_diff_eq;
use lvs_kernels::Graph;
use lvs_kernels::vaultguard::RATE_SHIFT;
use lvs_simulation::attack::{Attacker, Sight, View, alie_z};
use lvs_simulation::{Attack, Hostile, Options, Population, Random, Record, Result, Simulation, Topology};

const CELLS: usize = 3;

fn complete(nodes: usize) -> Graph {
    Topology::Groups { size: nodes }.build(nodes, 0).unwrap()
}

/// Honest rows around 1,000 VU beside `hostile` hostile nodes, and the attack on them.
struct Scene {
    population: Population,
    attacker: Attacker,
    values: Vec<i64>,
}

impl Scene {
    fn new(attack: Attack, strength: Option<f64>, graph: Graph, hostile: usize) -> Self {
        let mut random = Random::new(5);
        let values = (0..graph.rows() * CELLS).map(|_| random.between(990_000_000, 1_010_000_000)).collect();
        let population = Population::new(graph, Hostile::Neighbours(hostile), attack.faces(), 1).unwrap();
        let attacker = Attacker::new(attack, strength, &population, CELLS, 1).unwrap();
        Self { population, attacker, values }
    }

    /// What the first hostile neighbour tells each receiver in this cycle.
    fn told(&mut self, cycle: u64) -> Vec<Vec<i64>> {
        let extremes: Vec<_> = (0..CELLS)
            .map(|cell| (*self.column(cell).iter().min().unwrap(), *self.column(cell).iter().max().unwrap()))
            .collect();
        let trust = vec![65_535; self.population.graph().edges()];
        let view = View { cycle, values: &self.values, extremes: &extremes, trust: &trust };
        self.attacker.speak(&self.population, view);
        let face = |row: usize| {
            self.population.graph().neighbours(row)[self.population.honest_neighbours(row).len()]
        };
        let claims =
            |row| &self.attacker.claims()[(face(row) as usize - self.population.rows()) * CELLS..][..CELLS];
        (0..self.population.rows()).map(|row| claims(row).to_vec()).collect()
    }

    fn row(&self, row: usize) -> &[i64] {
        &self.values[row * CELLS..][..CELLS]
    }

    fn column(&self, cell: usize) -> Vec<i64> {
        self.values.iter().skip(cell).step_by(CELLS).copied().collect()
    }

    fn mean(&self, cell: usize) -> f64 {
        let column = self.column(cell);
        column.iter().sum::<i64>() as f64 / column.len() as f64
    }

    fn deviation(&self, cell: usize) -> f64 {
        let column = self.column(cell);
        let mean = self.mean(cell);
        let squares: f64 = column.iter().map(|&value| (value as f64 - mean).powi(2)).sum();
        (squares / column.len() as f64).sqrt()
    }
}

fn scene(attack: Attack) -> Scene {
    Scene::new(attack, None, complete(11), 5)
}

#[test]
fn loud_lies_are_as_loud_as_can_be() {
    assert!(scene(Attack::Huge).told(0).concat().iter().all(|&lie| lie == i64::MAX));
    assert!(scene(Attack::Zero).told(0).concat().iter().all(|&lie| lie == 0));
    for (row, told) in scene(Attack::Split).told(0).into_iter().enumerate() {
        assert_eq!(told, [if row % 2 == 0 { i64::MAX } else { i64::MIN }; CELLS]);
    }
    let mut noise = scene(Attack::Noise);
    assert_ne!(noise.told(0), noise.told(1));
}

#[test]
fn edges_are_told_to_their_halves() {
    let mut scene = scene(Attack::Edge);
    let told = scene.told(0);
    for cell in 0..CELLS {
        let mut column = scene.column(cell);
        column.sort_unstable();
        for row in 0..11 {
            let upper = scene.row(row)[cell] >= column[5];
            assert_eq!(told[row][cell], if upper { column[10] } else { column[0] }, "row {row}");
        }
    }
}

#[test]
fn a_pendulum_swings_and_a_sleeper_wakes() {
    let mut pendulum = scene(Attack::Pendulum);
    let column = pendulum.column(1);
    assert_eq!(pendulum.told(4)[0][1], *column.iter().min().unwrap());
    assert_eq!(pendulum.told(5)[0][1], *column.iter().max().unwrap());
    let mut sleeper = Scene::new(Attack::Sleeper, Some(10.0), complete(11), 5);
    assert_eq!(sleeper.told(9).concat(), sleeper.values);
    assert_eq!(sleeper.told(10), scene(Attack::Edge).told(10));
}

#[test]
fn a_drain_asks_for_what_the_rate_limit_lets_pass() {
    let mut drain = Scene::new(Attack::Drain, Some(2.0), complete(11), 5);
    let told = drain.told(0);
    for row in 0..11 {
        let expected: Vec<i64> =
            drain.row(row).iter().map(|&own| own - 2 * ((own >> RATE_SHIFT) + 1)).collect();
        assert_eq!(told[row], expected);
    }
}

#[test]
fn alie_stays_z_deviations_below_the_mean() {
    let mut own = scene(Attack::Alie);
    assert_eq!(own.attacker.strength(), alie_z(16, 5));
    for (scene, z) in
        [(&mut own, alie_z(16, 5)), (&mut Scene::new(Attack::Alie, Some(1.5), complete(11), 5), 1.5)]
    {
        let told = scene.told(0);
        for cell in 0..CELLS {
            let expected = scene.mean(cell) - z * scene.deviation(cell);
            assert_abs_diff_eq!(told[0][cell] as f64, expected, epsilon = 2.0);
        }
        assert!(told.iter().all(|row| *row == told[0]));
    }
}

#[test]
fn manipulation_opposes_the_mean_and_a_pull_never_changes() {
    let mut manipulation = Scene::new(Attack::InnerProduct, Some(0.5), complete(11), 5);
    let told = manipulation.told(0);
    assert_abs_diff_eq!(told[3][2] as f64, -0.5 * manipulation.mean(2), epsilon = 2.0);
    let mut pull = Scene::new(Attack::Pull, Some(-4.0), complete(11), 5);
    let told = pull.told(0);
    let expected = pull.mean(2) - 4.0 * pull.deviation(2);
    assert_abs_diff_eq!(told[3][2] as f64, expected, epsilon = 2.0);
    assert_eq!(pull.attacker.sight(), Sight::Stands);
    pull.values.fill(7);
    assert_eq!(pull.told(1), told);
}

#[test]
fn halves_by_number_are_told_their_own_edge_their_mean_or_the_others_edge() {
    let mut echo = scene(Attack::Echo);
    assert_eq!(echo.told(0).concat(), echo.values);
    for attack in [Attack::HalfEdge, Attack::HalfMean, Attack::HalfOther] {
        let mut scene = scene(attack);
        let told = scene.told(0);
        for cell in 0..CELLS {
            let column = scene.column(cell);
            let (first, second) = column.split_at(5);
            let mean = |half: &[i64]| half.iter().sum::<i64>().div_euclid(half.len() as i64);
            let lowest = |half: &[i64]| *half.iter().min().unwrap();
            let highest = |half: &[i64]| *half.iter().max().unwrap();
            let first_is_lower = mean(first) <= mean(second);
            for row in 0..11 {
                let (own, other) = if row < 5 { (first, second) } else { (second, first) };
                let is_lower = (row < 5) == first_is_lower;
                let expected = match attack {
                    Attack::HalfMean => mean(own),
                    Attack::HalfEdge if is_lower => lowest(own),
                    Attack::HalfEdge => highest(own),
                    _ if is_lower => highest(other),
                    _ => lowest(other),
                };
                assert_eq!(told[row][cell], expected, "{attack}, row {row}, cell {cell}");
            }
        }
    }
}

#[test]
fn a_nudge_keeps_the_trust_of_whom_it_moves() {
    let mut scene = scene(Attack::Nudge);
    let told = scene.told(0);
    for row in 0..11 {
        let own = scene.row(row);
        let residual = |other: &[i64]| other.iter().zip(own).map(|(a, b)| a.abs_diff(*b)).sum::<u64>();
        let honest = (0..11).filter(|&other| other != row).map(|other| residual(scene.row(other)));
        let residuals: Vec<u64> = honest.chain([residual(&told[row]); 5]).collect();
        let mut trust = vec![65_535; 15];
        lvs_kernels::update_trust(&mut trust, &residuals, CELLS as u64).unwrap();
        assert_eq!(trust[10..], [65_535; 5], "row {row}");
    }
}

#[test]
fn random_lies_lie_in_the_honest_range_and_each_edge_has_its_own() {
    let mut scene = scene(Attack::Random);
    assert_eq!(scene.population.faces(), 11 * 5);
    scene.told(0);
    let first = scene.attacker.claims().to_vec();
    for cell in 0..CELLS {
        let column = scene.column(cell);
        let inside = *column.iter().min().unwrap()..=*column.iter().max().unwrap();
        assert!(first.iter().skip(cell).step_by(CELLS).all(|claim| inside.contains(claim)));
    }
    let distinct: std::collections::BTreeSet<_> = first.chunks_exact(CELLS).collect();
    assert_eq!(distinct.len(), 55);
    scene.told(1);
    assert_ne!(scene.attacker.claims(), first);
}

/// Six rows at one value and five at the next: a row is led up where more than five of fifteen are above it.
#[test]
fn a_seesaw_moves_one_row_and_a_crossing_moves_all() {
    for cycle in [0, 1] {
        let low = 1_000_000_000;
        let high = 1_000_000_001;
        // The rows that leave are the six.
        let (leaving, joined) = if cycle == 1 { (low, high) } else { (high, low) };
        let row_of = |row: usize| if row < 6 { leaving } else { joined };
        let values: Vec<i64> = (0..11 * CELLS).map(|at| row_of(at / CELLS)).collect();
        let mut seesaw = scene(Attack::Seesaw);
        seesaw.values.clone_from(&values);
        let told = seesaw.told(cycle);
        let moved: Vec<usize> = (0..11).filter(|&row| told[row] != seesaw.row(row)).collect();
        assert_eq!(moved, [0], "cycle {cycle}");
        let mut cross = scene(Attack::Cross);
        cross.values.clone_from(&values);
        let told = cross.told(cycle);
        for row in 0..11 {
            assert_eq!(told[row], [if row < 6 { joined } else { leaving }; CELLS]);
        }
    }
}

#[test]
fn a_seesaw_and_a_crossing_are_edges_while_values_lie_wider_apart() {
    for attack in [Attack::Seesaw, Attack::Cross] {
        assert_eq!(scene(attack).told(0), scene(Attack::Edge).told(0), "{attack}");
    }
}

#[test]
fn a_shuttle_turns_when_it_has_arrived() {
    let mut scene = scene(Attack::Shuttle);
    let rows: Vec<i64> = (0..11).map(|row| if row < 5 { 990_000_000 } else { 1_010_000_000 }).collect();
    scene.values = rows.iter().flat_map(|&value| [value; CELLS]).collect();
    // It starts beside the second half, so it is led to the first.
    assert_eq!(scene.told(0)[5], [990_000_000; CELLS]);
    scene.values[5 * CELLS..][..CELLS].fill(1_000_000_000);
    assert_eq!(scene.told(1)[5], [990_000_000; CELLS]);
    scene.values[5 * CELLS..][..CELLS].fill(991_000_000);
    let told = scene.told(2);
    assert_eq!(told[5], [1_010_000_000; CELLS]);
    assert_eq!((told[4][0], told[6][0]), (990_000_000, 1_010_000_000));
    // Where it does not arrive, patience ends.
    assert_eq!(scene.told(202)[5], [990_000_000; CELLS]);
}

#[test]
fn dissensus_undoes_the_pull_of_the_honest() {
    let graph = Topology::TwoWorlds { bridges: 8 }.build(26, 0).unwrap();
    let mut scene = Scene::new(Attack::Dissensus, None, graph, 4);
    let told = scene.told(0);
    for row in 0..26 {
        for cell in 0..CELLS {
            let own = scene.row(row)[cell];
            let honest = scene.population.honest_neighbours(row).iter();
            let pull: i64 = honest.map(|&j| scene.row(j as usize)[cell] - own).sum();
            // Four liars, each of them rounded.
            assert!((pull + 4 * (told[row][cell] - own)).abs() <= 2, "row {row}");
        }
    }
}

#[test]
fn spectral_pushes_the_two_worlds_apart() {
    let graph = Topology::TwoWorlds { bridges: 8 }.build(26, 0).unwrap();
    let mut scene = Scene::new(Attack::Spectral, Some(1.0), graph, 4);
    let told = scene.told(0);
    for cell in 0..CELLS {
        let column = scene.column(cell);
        let side = |rows: std::ops::Range<usize>| rows.map(|row| column[row]).sum::<i64>() as f64 / 13.0;
        // The unit vector is a constant on either side, so the projection is half the difference of their means.
        let push = (side(0..13) - side(13..26)) / 2.0;
        for row in 0..26 {
            let expected = column[row] as f64 + if row < 13 { push } else { -push };
            assert_abs_diff_eq!(told[row][cell] as f64, expected, epsilon = 100.0);
        }
    }
}

fn run(options: Options) -> Result<Vec<Record>> {
    let mut simulation = Simulation::new(&options)?;
    let first = simulation.first();
    std::iter::once(first).chain(simulation).collect()
}

fn group(attack: Attack, hostile: usize) -> Options {
    Options {
        nodes: 16 - hostile,
        cells: 4,
        cycles: 600,
        topology: Topology::Groups { size: 16 - hostile },
        attack: Some(attack),
        hostile: Hostile::Neighbours(hostile),
        learn_trust: false,
        width: 200_000_000,
        record_every: 50,
        ..Options::default()
    }
}

#[test]
fn below_a_third_every_attack_ends_in_exact_agreement_inside_the_honest_range() {
    for attack in Attack::ALL {
        // Crossing rows join by chance, a cell in 1,024 cycles on average.
        let cycles = if attack == Attack::Cross { 20_000 } else { 600 };
        let records = run(Options { cycles, ..group(attack, 5) }).unwrap();
        let last = records.last().unwrap();
        assert_eq!(last.spread, 0, "{attack}: {last:?}");
        assert!(records.iter().all(|record| record.range_violation == 0), "{attack}");
    }
}

#[test]
fn beyond_a_third_the_strong_attacks_win() {
    for attack in [Attack::Edge, Attack::Dissensus] {
        let last = run(group(attack, 8)).unwrap().pop().unwrap();
        assert!(last.spread > 1_000_000, "{attack}: {last:?}");
    }
    let last = run(group(Attack::Huge, 8)).unwrap().pop().unwrap();
    assert!(last.range_violation > 1_000_000, "{last:?}");
}

#[test]
fn without_trimming_dissensus_and_spectral_push_the_worlds_apart() {
    for (attack, strength) in [(Attack::Dissensus, 1.5), (Attack::Spectral, 8.0)] {
        let options = |hostile, strength| Options {
            nodes: 26,
            cells: 4,
            cycles: 40,
            topology: Topology::TwoWorlds { bridges: 8 },
            attack: Some(attack),
            strength: Some(strength),
            hostile: Hostile::Neighbours(hostile),
            learn_trust: false,
            trim: false,
            ..Options::default()
        };
        let spreads = |hostile, strength| {
            let records = run(options(hostile, strength)).unwrap();
            (records[0].spread, records.last().unwrap().spread)
        };
        let (first, last) = spreads(4, strength);
        assert!(last > 2 * first, "{attack}: {first} to {last}");
        let (first, last) = spreads(4, 0.0);
        assert!(last < first / 100, "{attack} without strength: {first} to {last}");
    }
}

#[test]
fn rows_are_laid_out_as_attacks_need_them() {
    let graph = Topology::Regular { degree: 6 }.build(60, 1).unwrap();
    for attack in Attack::ALL {
        let population = Population::new(graph.clone(), Hostile::Share(0.2), attack.faces(), 1).unwrap();
        assert_eq!((population.rows(), population.hostile()), (48, 12), "{attack}");
        let honest = population.nodes();
        for row in 0..48 {
            let node = honest[row] as usize;
            assert_eq!(population.graph().neighbours(row).len(), 6);
            let known: Vec<u32> =
                population.honest_neighbours(row).iter().map(|&j| honest[j as usize]).collect();
            let expected: Vec<u32> =
                graph.neighbours(node).iter().copied().filter(|j| honest.binary_search(j).is_ok()).collect();
            assert_eq!(known, expected);
            assert_eq!(population.hostile_neighbours(row), 6 - known.len());
            assert!(population.graph().neighbours(row)[known.len()..].iter().all(|&face| face >= 48));
        }
        assert_eq!(population.frozen().iter().filter(|&&frozen| frozen).count(), population.faces());
        assert_eq!(population.graph().neighbours(48), []);
    }
}

#[test]
fn the_bound_is_a_third() {
    // 5 hostile of 16: the trim takes exactly five fifteenths. 6 of 16 are beyond it.
    for (hostile, beyond) in [(5, 0), (6, 10)] {
        let graph = complete(16 - hostile);
        let faces = Attack::Huge.faces();
        let population = Population::new(graph, Hostile::Neighbours(hostile), faces, 1).unwrap();
        assert_eq!(population.beyond_bound(), beyond);
    }
    let refused =
        |hostile| Population::new(complete(9), hostile, Attack::Huge.faces(), 1).unwrap_err().to_string();
    assert_eq!(refused(Hostile::Share(-0.1)), "hostile: got -0.1, expected 0 to 1");
    assert_eq!(refused(Hostile::Share(1.0)), "hostile: got 1, expected a share that leaves an honest node");
    assert!(refused(Hostile::Neighbours(4_089)).starts_with("hostile: got 4089, expected at most 4088"));
}
