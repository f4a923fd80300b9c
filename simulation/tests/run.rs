//! Whole runs: churn, loss, records, reproduction, and averaging as fast as its graph allows.

use approx::assert_abs_diff_eq;
use lvs_kernels::{Backend, Engine, TRUST_NEWCOMER};
use lvs_simulation::analysis::{gossip_spectrum, measured_factor};
use lvs_simulation::{Attack, Hostile, Options, Record, Simulation, Topology};

fn records(options: &Options) -> Vec<Record> {
    let mut simulation = Simulation::new(options).unwrap_or_else(|error| panic!("{options:?}: {error}"));
    let first = simulation.first();
    std::iter::once(first).chain(simulation).map(|record| record.expect("memory is not lost")).collect()
}

/// All but the time.
fn timeless(mut records: Vec<Record>) -> Vec<Record> {
    records.iter_mut().for_each(|record| record.seconds = 0.0);
    records
}

fn small() -> Options {
    Options {
        nodes: 120,
        cells: 5,
        cycles: 30,
        topology: Topology::Regular { degree: 12 },
        ..Options::default()
    }
}

/// Edge lies within a part: halves of one group do not know those of another.
#[test]
fn each_group_is_attacked_by_itself() {
    let of = |groups: usize| Options {
        nodes: 11 * groups,
        topology: Topology::Groups { size: 11 },
        attack: Some(Attack::Edge),
        hostile: Hostile::Neighbours(5),
        cycles: 300,
        cells: 4,
        ..Options::default()
    };
    let trusted = |groups| records(&of(groups)).last().unwrap().trust_in_hostile.unwrap();
    assert!(trusted(1) > 0.9 && trusted(6) > 0.9, "{} {}", trusted(1), trusted(6));
}

/// From any record on, whatever is drawn, said or lost in between.
#[test]
fn a_checkpoint_is_all_there_is_to_know() {
    let attacks = [None, Some(Attack::Noise), Some(Attack::Pull), Some(Attack::Sleeper), Some(Attack::Edge)];
    for attack in attacks {
        let hostile = Hostile::Share(if attack.is_some() { 0.2 } else { 0.0 });
        let options = Options { attack, hostile, churn: 0.01, loss: 0.1, ..small() };
        let mut whole = Simulation::new(&options).unwrap();
        for _ in 0..30 {
            let checkpoint = whole.checkpoint().unwrap();
            let mut again = Simulation::new(&options).unwrap();
            again.resume(&checkpoint).unwrap();
            assert_eq!(again.checkpoint().unwrap(), checkpoint, "{attack:?}");
            let next = timeless(vec![whole.next().unwrap().unwrap()]);
            assert_eq!(timeless(vec![again.next().unwrap().unwrap()]), next, "{attack:?}");
            assert_eq!(again.checkpoint().unwrap(), whole.checkpoint().unwrap(), "{attack:?}");
        }
        assert!(whole.next().is_none());
    }
}

#[test]
fn what_no_machine_holds_is_refused_by_name() {
    for (nodes, cells, name) in
        [(1 << 20, usize::MAX / 64, "cells"), (4_000_000_000, 1 << 20, "nodes"), (8, 1 << 61, "cells")]
    {
        let error = Simulation::new(&Options { nodes, cells, ..small() }).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{name}: got ")) && error.contains("bytes of memory"), "{error}");
    }
}

#[test]
fn mistakes_of_a_run_name_the_option() {
    let refused = |options: Options| Simulation::new(&options).unwrap_err().to_string();
    let attack = Some(Attack::Edge);
    let few = refused(Options { nodes: 20, hostile: Hostile::Share(0.02), attack, ..small() });
    assert_eq!(few, "hostile: got 0.02, expected 0, or at least one node of 20");
    let beside = refused(Options { hostile: Hostile::Neighbours(4_090), attack, ..small() });
    assert!(beside.starts_with("hostile: got 4090, "), "{beside}");
    let strength = refused(Options { strength: Some(2.0), ..small() });
    assert_eq!(strength, "strength: got 2, expected none without an attack");
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("star.txt");
    std::fs::write(&path, (1..=4_200).map(|leaf| format!("0 {leaf}\n")).collect::<String>()).unwrap();
    let star = refused(Options { topology: Topology::File { path, directed: false }, ..small() });
    assert!(star.starts_with("topology: got ") && star.contains("4200 neighbours"), "{star}");
    let bridges = refused(Options { topology: Topology::TwoWorlds { bridges: 5_000 }, ..small() });
    assert!(bridges.starts_with("bridges: got 5000, expected at most 60"), "{bridges}");
}

#[test]
fn fixed_trust_stays_where_it_starts_whoever_comes() {
    let last = records(&Options { learn_trust: false, churn: 0.05, ..small() }).pop().unwrap();
    assert!(last.replaced > 0);
    assert_eq!(last.trust_in_honest, Some(1.0));
}

#[test]
fn a_seed_is_a_run_on_any_backend_and_any_number_of_threads() {
    for attack in [None, Some(Attack::Noise), Some(Attack::Spectral)] {
        let hostile = Hostile::Share(attack.map_or(0.0, |_| 0.15));
        let options = Options { attack, hostile, churn: 0.02, loss: 0.1, ..small() };
        let expected = timeless(records(&options));
        for (backend, threads) in [("scalar", 1), ("simd", 3)] {
            let other = Options { backend: backend.into(), threads: Some(threads), ..options.clone() };
            assert_eq!(timeless(records(&other)), expected, "{attack:?} on {backend}");
        }
        assert_ne!(timeless(records(&Options { seed: 2, ..options })), expected);
    }
}

#[test]
fn records_come_when_they_are_due_and_sum_up_what_was_between() {
    let every = records(&Options { width: 100_000_000, ..small() });
    let some = records(&Options { width: 100_000_000, record_every: 7, ..small() });
    assert_eq!(some.iter().map(|record| record.cycle).collect::<Vec<_>>(), [0, 7, 14, 21, 28, 30]);
    for record in &some[1..] {
        let cycle = record.cycle as usize;
        assert_eq!((record.spread, record.mean_error), (every[cycle].spread, every[cycle].mean_error));
    }
    let limited = |records: &[Record]| records.iter().map(|record| record.rate_limited).sum::<u64>();
    assert!(limited(&some) > 0 && limited(&some) == limited(&every));
}

#[test]
fn an_early_end_leaves_what_there_is() {
    let mut simulation = Simulation::new(&Options { record_every: 20, ..small() }).unwrap();
    let mut told = Vec::new();
    let record = simulation.advance(|done| {
        told.push(done);
        false
    });
    let record = record.unwrap().expect("something was done");
    assert!(simulation.stopped() && record.cycle == *told.last().unwrap() && record.cycle <= 20, "{told:?}");
    assert!(simulation.advance(|_| true).unwrap().is_none());
}

#[test]
fn averaging_is_as_fast_as_the_spectral_gap_says() {
    for topology in [
        Topology::Ring { degree: 4 },
        Topology::Regular { degree: 4 },
        Topology::BarabasiAlbert { degree: 6 },
        Topology::TwoWorlds { bridges: 2 },
    ] {
        let options = Options {
            nodes: 60,
            topology: topology.clone(),
            trim: false,
            learn_trust: false,
            center: 1 << 50,
            width: 1 << 40,
            cycles: 400,
            ..small()
        };
        let predicted = gossip_spectrum(&topology.build(60, options.seed).unwrap()).unwrap();
        let spreads: Vec<_> = records(&options).iter().map(|r| (r.cycle, r.spread as f64)).collect();
        let measured = measured_factor(&spreads).expect("the spread shrinks");
        assert_abs_diff_eq!(measured, predicted.factor, epsilon = 0.004);
    }
}

#[test]
fn newcomers_come_as_often_as_they_should_and_start_without_trust() {
    let options = Options { churn: 0.05, cycles: 50, ..small() };
    let replaced: usize = records(&options).iter().map(|record| record.replaced).sum();
    assert_eq!(replaced, 6 * 50);
    let odd = Options { churn: 0.001, cycles: 1_000, ..small() };
    let replaced: usize = records(&odd).iter().map(|record| record.replaced).sum();
    assert!((80..160).contains(&replaced), "{replaced}, expected about 120");
    let learning = Options { churn: 0.1, cycles: 1, ..small() };
    let mut simulation = Simulation::new(&learning).unwrap();
    simulation.next().unwrap().unwrap();
    let trust = simulation.swarm().trust().unwrap();
    let graph = simulation.swarm().graph();
    // What a cycle earns is little, what it loses a quarter.
    let is_little = |edge: usize| trust[edge] < 2 * TRUST_NEWCOMER;
    let is_new = |row: usize| graph.edges_of(row).all(is_little);
    let newcomers: Vec<usize> = (0..120).filter(|&row| is_new(row)).collect();
    assert_eq!(newcomers.len(), 12);
    for row in 0..120 {
        for edge in graph.edges_of(row) {
            let new = newcomers.contains(&row) || newcomers.contains(&(graph.targets()[edge] as usize));
            assert_eq!(is_little(edge), new, "row {row}");
        }
    }
}

#[test]
fn newcomers_start_inside_the_honest_range_though_one_of_three_lies() {
    // Each row has one hostile neighbour, so the median of three is between honest values. Churn must be slow: where
    // most honest neighbours are new, the liar is the one that is trusted.
    let options = Options {
        nodes: 40,
        topology: Topology::Ring { degree: 10 },
        hostile: Hostile::Neighbours(1),
        attack: Some(Attack::Huge),
        churn: 0.02,
        cycles: 60,
        ..small()
    };
    let records = records(&options);
    assert!(records.iter().all(|record| record.range_violation == 0));
    assert!(records.last().unwrap().trust_in_hostile.is_some_and(|trust| trust < 0.05));
}

#[test]
fn what_can_reach_each_other_is_measured_together() {
    // 128 rows in groups of 16: each group ends exact by itself, at a value of its own.
    let options = Options { nodes: 128, topology: Topology::Groups { size: 16 }, cycles: 300, ..small() };
    let mut simulation = Simulation::new(&options).unwrap();
    assert_eq!(simulation.setup().parts, 8);
    let last = simulation.by_ref().last().unwrap().unwrap();
    assert_eq!((last.spread, last.mean_spread), (0, 0.0));
    assert!(simulation.swarm().spread().unwrap().iter().all(|&spread| spread > 0));
}

#[test]
fn learned_trust_tells_honest_from_hostile() {
    let options = Options { attack: Some(Attack::Pull), hostile: Hostile::Share(0.1), cycles: 60, ..small() };
    let records = records(&options);
    assert_eq!((records[0].trust_in_honest, records[0].trust_in_hostile), (Some(1.0), Some(1.0)));
    let last = records.last().unwrap();
    assert!(
        last.trust_in_honest > Some(0.8) && last.trust_in_hostile.is_some_and(|trust| trust < 0.2),
        "{last:?}"
    );
    assert_eq!((records[0].hostile_deviation, last.hostile_deviation.is_some()), (None, true));
}

#[test]
fn a_swarm_of_the_callers_own_is_taken_as_it_is() {
    let options = Options { cells: 2, cycles: 1, trim: false, learn_trust: false, ..Options::default() };
    let graph = Topology::Groups { size: 3 }.build(3, 0).unwrap();
    let mut simulation = Simulation::on(&options, graph.clone(), &[100, 50, 102, 50, 104, 56]).unwrap();
    simulation.next().unwrap().unwrap();
    // The first and the last row draw the bit that rounds up.
    assert_eq!(simulation.swarm().values().unwrap(), [102, 52, 102, 51, 103, 53]);
    let message = Simulation::on(&options, graph, &[1]).unwrap_err().to_string();
    assert_eq!(message, "values: got 1 entries, expected 3 nodes of 2 cells");
}

#[test]
fn an_engine_of_the_callers_is_used_and_changes_nothing() {
    let options = Options { backend: "none such".into(), ..small() };
    let engine = Engine::with_threads(Backend::Scalar, Some(2)).unwrap();
    let mut simulation = Simulation::with_engine(&options, engine).unwrap();
    assert_eq!((simulation.swarm().engine().backend(), simulation.setup().threads), (&Backend::Scalar, 2));
    assert!(simulation.by_ref().all(|record| record.is_ok()));
    let mut usual = Simulation::new(&small()).unwrap();
    assert!(usual.by_ref().all(|record| record.is_ok()));
    assert_eq!(simulation.swarm().values().unwrap(), usual.swarm().values().unwrap());
}

#[test]
fn mistakes_are_named() {
    let refused = |options: Options| Simulation::new(&options).unwrap_err().to_string();
    let cases = [
        (Options { cells: 0, ..small() }, "cells: got 0"),
        (Options { record_every: 0, ..small() }, "record_every: got 0"),
        (Options { churn: 1.5, ..small() }, "churn: got 1.5"),
        (Options { loss: f64::NAN, ..small() }, "loss: got NaN"),
        (Options { center: -1, ..small() }, "center: got -1"),
        (Options { width: 3_000_000_000, ..small() }, "width: got 3000000000"),
        (Options { threads: Some(0), ..small() }, "threads: got 0"),
        (Options { backend: "abacus".into(), ..small() }, "backend"),
        (Options { attack: Some(Attack::Huge), strength: Some(1.0), ..small() }, "strength: got 1"),
    ];
    for (options, expected) in cases {
        let message = refused(options);
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn options_are_read_from_text() {
    let text = r#"{"nodes": 50, "topology": {"name": "watts-strogatz", "degree": 6, "rewire": 0.1},
                   "attack": "inner-product", "hostile": {"share": 0.2}, "learn-trust": false}"#;
    let options: Options = serde_json::from_str(text).unwrap();
    assert_eq!(options.topology, Topology::WattsStrogatz { degree: 6, rewire: 0.1 });
    assert_eq!((options.attack, options.hostile), (Some(Attack::InnerProduct), Hostile::Share(0.2)));
    assert!(!options.learn_trust && options.cells == Options::default().cells);
    let written = serde_json::to_string(&options).unwrap();
    assert_eq!(serde_json::from_str::<Options>(&written).unwrap(), options);
    assert!(serde_json::from_str::<Options>(r#"{"nods": 3}"#).is_err());
}
