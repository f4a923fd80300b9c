use super::*;
use crate::backend::Backend;
#[cfg(gpu)]
use crate::error::Argument;
#[cfg(gpu)]
use crate::rows::Rows;

fn complete(rows: u32) -> Graph {
    let targets = (0..rows).flat_map(|i| (0..rows).filter(move |&j| j != i)).collect();
    Graph::new((0..=rows as usize).map(|i| i * (rows as usize - 1)).collect(), targets).unwrap()
}

fn scalar() -> Engine {
    Engine::with_threads(Backend::Scalar, Some(1)).unwrap()
}

fn sixteen_with_five_stubborn(options: SwarmOptions) -> Swarm {
    let mut values: Vec<i64> = (0..16).map(|i| 1_000_000_000 + i * 12_345_678).collect();
    values[11..].copy_from_slice(&[i64::MAX, i64::MIN, 0, 1 << 62, -1]);
    let frozen = Some((0..16).map(|i| i >= 11).collect());
    Swarm::new(scalar(), complete(16), &values, 1, SwarmOptions { frozen, ..options }).unwrap()
}

#[test]
fn five_stubborn_of_sixteen_do_not_stop_agreement() {
    let mut swarm = sixteen_with_five_stubborn(SwarmOptions::default());
    swarm.step(400).unwrap();
    assert_eq!((swarm.spread().unwrap(), swarm.cycle()), (vec![0], 400));
    assert!((1_000_000_000..=1_000_000_000 + 10 * 12_345_678).contains(&swarm.row(0).unwrap()[0]));
    assert_eq!(swarm.row(12).unwrap(), [i64::MIN]);
}

#[test]
fn a_row_must_hold_values_unless_frozen() {
    let error = Swarm::new(scalar(), complete(2), &[5, -5], 1, SwarmOptions::default()).unwrap_err();
    assert_eq!(error.to_string(), "values: got -5 at cell 0 in row 1, expected 0 to 2^62 micro-VU");
}

#[test]
fn a_fifth_lost_only_slows_agreement() {
    let loss = Some(Loss { share: 13_107, seed: 11 });
    let mut swarm = sixteen_with_five_stubborn(SwarmOptions { loss, ..Default::default() });
    swarm.step(30).unwrap();
    assert_ne!(swarm.spread().unwrap(), [0]);
    swarm.step(600).unwrap();
    assert_eq!(swarm.spread().unwrap(), [0]);
}

#[test]
fn what_is_lost_is_no_evidence() {
    let loss = Some(Loss { share: u16::MAX, seed: 5 });
    let mut swarm = sixteen_with_five_stubborn(SwarmOptions { loss, ..Default::default() });
    let lost = swarm.rules.loss.unwrap().in_cycle(0);
    let before = swarm.values().unwrap();
    swarm.step(1).unwrap();
    assert!((0..swarm.graph().edges()).all(|edge| lost.takes(edge)), "choose another seed");
    assert_eq!(swarm.values().unwrap(), before);
    assert!(swarm.trust().unwrap().iter().all(|&trust| trust == 65_535));
}

#[test]
fn stepping_can_be_stopped_and_goes_on_where_it_was() {
    let mut stopped = sixteen_with_five_stubborn(SwarmOptions::default());
    let mut whole = sixteen_with_five_stubborn(SwarmOptions::default());
    let done = stopped.step_while(100_000, |_| false).unwrap();
    assert!((1..100_000).contains(&done));
    assert_eq!(stopped.cycle(), done);
    assert_eq!(stopped.step_while(3, |_| true).unwrap(), 3);
    whole.step(done + 3).unwrap();
    assert_eq!(stopped.values().unwrap(), whole.values().unwrap());
}

#[test]
fn some_steps_add_to_the_statistics_of_those_before() {
    let mut parts = sixteen_with_five_stubborn(SwarmOptions::default());
    let mut whole = sixteen_with_five_stubborn(SwarmOptions::default());
    let go_on = &mut GoOn::always();
    assert_eq!(parts.step_some(0, go_on).unwrap(), 0);
    while parts.cycle() < 9 {
        assert!((1..=9 - parts.cycle()).contains(&parts.step_some(9 - parts.cycle(), go_on).unwrap()));
    }
    whole.step(9).unwrap();
    assert_eq!(parts.values().unwrap(), whole.values().unwrap());
    assert_eq!(parts.stats().unwrap(), whole.stats().unwrap());
}

#[test]
fn the_pace_follows_the_time_that_cycles_take() {
    let milliseconds = Duration::from_millis;
    assert_eq!(next_pace(1, 1, milliseconds(0)), 2);
    assert_eq!(next_pace(8, 3, milliseconds(0)), 8, "fewer cycles than asked for say nothing");
    assert_eq!(next_pace(8, 8, milliseconds(3)), 8);
    assert_eq!(next_pace(100, 100, milliseconds(16)), 25);
    assert_eq!(next_pace(1, 1, milliseconds(900)), 1);
}

#[test]
fn a_tiny_swarm_is_asked_about_every_few_milliseconds() {
    let graph = Graph::new(vec![0, 1, 2], vec![1, 0]).unwrap();
    let engine = Engine::with_threads(Backend::Simd, Some(1)).unwrap();
    let mut swarm = Swarm::new(engine, graph, &[5_000_000, 6_000_000], 1, SwarmOptions::default()).unwrap();
    let mut longest = Duration::ZERO;
    let mut last = Instant::now();
    let mut looks = 0;
    let asked = |_| {
        longest = longest.max(last.elapsed());
        last = Instant::now();
        looks += 1;
        looks < 60
    };
    swarm.step_while(u64::MAX, asked).unwrap();
    assert!(longest < Duration::from_millis(300), "{longest:?} on a machine that may be busy");
}

#[test]
fn a_cycle_that_is_cancelled_was_not_begun() {
    for threads in [1, 2] {
        let mut cancelled = wide(threads);
        let mut whole = wide(threads);
        let mut ask = || false;
        let mut asked = 0;
        // The first cycles may be too short for a question; they grow no shorter than this.
        let ended = (0..200).find_map(|_| {
            asked += 1;
            cancelled.step_some(1, &mut GoOn::asking(&mut ask)).err()
        });
        assert_eq!(ended, Some(Error::Cancelled), "{asked} cycles of less than 40 ms");
        whole.step(cancelled.cycle()).unwrap();
        assert_eq!(cancelled.values().unwrap(), whole.values().unwrap());
        assert_eq!(cancelled.trust().unwrap(), whole.trust().unwrap());
        cancelled.step(2).unwrap();
        whole.step(2).unwrap();
        assert_eq!(cancelled.values().unwrap(), whole.values().unwrap());
        assert_eq!(cancelled.trust().unwrap(), whole.trust().unwrap());
    }
}

/// Sixteen rows, so wide that the scalar form takes a while.
fn wide(threads: usize) -> Swarm {
    let cells = 1 << 15;
    let targets = (0..16_u32).flat_map(|i| (0..16).filter(move |&j| j != i)).collect();
    let graph = Graph::new((0..=16).map(|row| row * 15).collect(), targets).unwrap();
    let mut state = 7_u64;
    let values = std::iter::repeat_with(|| {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        1_000_000_000 + (state >> 40) as i64
    });
    let values: Vec<i64> = values.take(16 * cells).collect();
    let engine = Engine::with_threads(Backend::Scalar, Some(threads)).unwrap();
    Swarm::new(engine, graph, &values, cells, SwarmOptions::default()).unwrap()
}

#[test]
fn a_swarm_made_again_takes_the_same_steps() {
    let loss = Some(Loss { share: 9_000, seed: 3 });
    let options = SwarmOptions { loss, ..Default::default() };
    let mut whole = sixteen_with_five_stubborn(options.clone());
    for stop in [0, 1, 90, WINDOW - 1, WINDOW, WINDOW + 7] {
        whole.step(stop - whole.cycle()).unwrap();
        let mut again = sixteen_with_five_stubborn(options.clone());
        again.set_rows(&(0..16).collect::<Vec<_>>(), &whole.values().unwrap()).unwrap();
        again.set_trust(&whole.trust().unwrap()).unwrap();
        again.resume(stop, &whole.anchors().unwrap()).unwrap();
        let mut unstopped = sixteen_with_five_stubborn(options.clone());
        unstopped.step(stop + 30).unwrap();
        again.step(30).unwrap();
        assert_eq!(again.values().unwrap(), unstopped.values().unwrap(), "from cycle {stop}");
        assert_eq!(again.trust().unwrap(), unstopped.trust().unwrap(), "from cycle {stop}");
        assert_eq!(again.anchors().unwrap(), unstopped.anchors().unwrap(), "from cycle {stop}");
    }
}

#[test]
fn anchors_must_be_values_unless_frozen() {
    let mut swarm = sixteen_with_five_stubborn(SwarmOptions::default());
    let mut anchors = swarm.anchors().unwrap();
    assert!(swarm.resume(5, &anchors[1..]).is_err());
    anchors[3] = -1;
    let error = swarm.resume(5, &anchors).unwrap_err();
    assert_eq!(error.to_string(), "anchors: got -1 at cell 0 in row 3, expected 0 to 2^62 micro-VU");
    assert_eq!(swarm.cycle(), 0);
}

#[test]
fn rows_are_set_all_or_none() {
    let mut swarm = sixteen_with_five_stubborn(SwarmOptions::default());
    let before = swarm.values().unwrap();
    assert!(swarm.set_rows(&[1, 2], &[7, -7]).is_err());
    assert!(swarm.set_rows(&[1, 16], &[7, 7]).is_err());
    assert_eq!(swarm.values().unwrap(), before);
    swarm.set_rows(&[1, 12], &[7, -7]).unwrap();
    assert_eq!((swarm.row(1).unwrap(), swarm.row(12).unwrap()), (vec![7], vec![-7]));
}

#[cfg(gpu)]
#[test]
fn what_a_device_cannot_take_goes_to_the_processor() {
    let Ok(gpu) = crate::gpu::Gpu::open_limited(Some("llvmpipe"), 4_000, usize::MAX) else {
        eprintln!("NOT RUN: auto with a small device: there is no software adapter");
        return;
    };
    let engine = Engine::with_threads(Backend::Auto, Some(1)).unwrap();
    engine.auto().expect("it chooses").pretend(gpu, [Some(0), Some(0)]);
    let rows = 600;
    let cells = 512;
    let targets = (0..rows as u32).flat_map(|i| (1..=16).map(move |j| (i + j) % 600)).collect();
    let graph = Graph::new((0..=rows).map(|row| 16 * row).collect(), targets).unwrap();
    let values: Vec<i64> = (0..rows * cells).map(|i| (i * 7_919 % 1_000_003) as i64).collect();
    let swarm = Swarm::new(engine.clone(), graph, &values, cells, SwarmOptions::default()).unwrap();
    assert!(swarm.engine().choice().contains("does not fit: needs 4800 bytes"));
    let values = Rows::new(Argument::Values, &values, rows, cells).unwrap();
    let mut residuals = vec![0; rows * rows];
    engine.pairwise_residuals(&values, &mut residuals).unwrap();
    assert!(residuals[1] > 0 && residuals[1] == residuals[rows]);
}
