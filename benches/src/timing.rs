//! Timing on a machine that does other things too: contenders take turns, round by round.

use std::time::{Duration, Instant};

/// How long to measure.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Turns of every contender.
    pub rounds: usize,
    /// The least time of a turn; calls are repeated to fill it.
    pub turn: Duration,
}

/// Something to time.
pub struct Contender<'a, T> {
    /// What it is, for whoever reads the timing.
    pub tag: T,
    run: Box<dyn FnMut() + 'a>,
    calls: u32,
}

impl<'a, T> Contender<'a, T> {
    /// A contender that does its work once a call.
    pub fn new(tag: T, run: impl FnMut() + 'a) -> Self {
        Self { tag, run: Box::new(run), calls: 1 }
    }

    /// Fills a turn with calls, judging by one that warms up.
    pub fn calibrate(&mut self, turn: Duration) {
        (self.run)();
        let start = Instant::now();
        (self.run)();
        let call = start.elapsed().as_secs_f64().max(1e-9);
        self.calls = (turn.as_secs_f64() / call).ceil().clamp(1.0, 1e6) as u32;
    }

    /// One turn; seconds per call. Short calls get one untimed call first, since the others have used the cache.
    pub fn turn(&mut self) -> f64 {
        if self.calls > 1 {
            (self.run)();
        }
        let start = Instant::now();
        (0..self.calls).for_each(|_| (self.run)());
        start.elapsed().as_secs_f64() / f64::from(self.calls)
    }
}

/// Seconds per call, one entry a round.
#[derive(Clone, Debug, Default)]
pub struct Timing(Vec<f64>);

impl Timing {
    /// Adds a round.
    pub fn push(&mut self, seconds: f64) {
        self.0.push(seconds);
    }

    /// The median over the rounds, in seconds.
    pub fn median(&self) -> f64 {
        median(self.0.clone())
    }

    /// The best round, in seconds.
    pub fn minimum(&self) -> f64 {
        self.0.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// How many times as long as `base` this took: the median of the ratios within each round.
    pub fn ratio_to(&self, base: &Self) -> f64 {
        median(self.0.iter().zip(&base.0).map(|(mine, base)| mine / base).collect())
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 }
}

/// Lets the contenders take turns (A B C A B C ...); a timing for each, in their order.
///
/// # Panics
/// If the plan has no rounds.
pub fn take_turns<T>(contenders: &mut [Contender<'_, T>], plan: &Plan) -> Vec<Timing> {
    assert!(plan.rounds > 0, "a plan needs rounds");
    contenders.iter_mut().for_each(|contender| contender.calibrate(plan.turn));
    let mut timings = vec![Timing(Vec::with_capacity(plan.rounds)); contenders.len()];
    for _ in 0..plan.rounds {
        for (contender, timing) in contenders.iter_mut().zip(&mut timings) {
            timing.0.push(contender.turn());
        }
    }
    timings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_taken_within_rounds() {
        let (a, b) = (Timing(vec![2.0, 8.0, 6.0]), Timing(vec![1.0, 4.0, 1.0]));
        assert_eq!((a.median(), a.minimum(), a.ratio_to(&b)), (6.0, 2.0, 2.0));
        assert_eq!(Timing(vec![1.0, 4.0]).median(), 2.5);
    }

    #[test]
    fn turns_interleave() {
        let order = std::cell::RefCell::new(String::new());
        let push = |tag| order.borrow_mut().push(tag);
        let mut contenders = ['a', 'b'].map(|tag| Contender::new(tag, move || push(tag)));
        let plan = Plan { rounds: 3, turn: Duration::ZERO };
        assert_eq!(take_turns(&mut contenders, &plan).len(), 2);
        drop(contenders);
        assert_eq!(order.into_inner(), "aabbababab");
    }
}
