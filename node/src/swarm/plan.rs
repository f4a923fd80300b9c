//! What a seed decides: sessions, hostile nodes, who is fed and whose memory is overwritten.

use std::time::Duration;

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::Ledger;
use crate::hostile::Attack;
use crate::protocol::holders;
use crate::state::{CELLS, Session};

/// What a swarm is asked to be.
#[derive(Clone, Debug)]
pub struct Options {
    /// Nodes, each a process.
    pub nodes: usize,
    /// The fraction of all datagrams that is lost.
    pub loss: f64,
    /// The fraction of the nodes that lie.
    pub hostile: f64,
    /// How they do; each draws its own way if absent.
    pub attack: Option<Attack>,
    /// Cells of honest replicas that are overwritten half-way.
    pub corrupt: usize,
    /// Holders of a fragment.
    pub replicas: usize,
    /// The time from cycle to cycle.
    pub cycle: Duration,
    /// How long contributions are fed in.
    pub feed: Duration,
    /// When to give up.
    pub timeout: Duration,
    /// Decides everything that is drawn at random.
    pub seed: u64,
    /// Shows no progress.
    pub quiet: bool,
}

/// A cell of one replica to be overwritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corruption {
    /// The node.
    pub node: usize,
    /// The cell, counted over the whole ledger.
    pub cell: u64,
    /// The wrong value.
    pub value: i64,
}

/// What the seed has decided.
#[derive(Debug)]
pub struct Plan {
    /// Each node's session.
    pub sessions: Vec<Session>,
    /// Each node's way of lying, if it lies.
    pub attacks: Vec<Option<Attack>>,
    /// The holders of each fragment.
    pub groups: Vec<Vec<usize>>,
    /// A seed for each node's own randomness, and one for what its socket loses.
    pub seeds: Vec<(u64, u64)>,
    feeding: Xoshiro256PlusPlus,
    corrupting: Xoshiro256PlusPlus,
}

impl Plan {
    /// Draws everything for a swarm with so many fragments.
    pub fn new(options: &Options, fragments: u32) -> Self {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(options.seed);
        let sessions: Vec<_> = (0..options.nodes).map(|_| session(&mut random)).collect();
        let mut attacks = vec![None; options.nodes];
        for node in draw_distinct(&mut random, options.nodes, part(options.hostile, options.nodes)) {
            let drawn = Attack::ALL[below(&mut random, Attack::ALL.len())];
            attacks[node] = Some(options.attack.unwrap_or(drawn));
        }
        let groups = (0..fragments).map(|fragment| holders(fragment, &sessions, options.replicas)).collect();
        let seeds = (0..options.nodes).map(|_| (random.next_u64(), random.next_u64())).collect();
        // One generator each: what is drawn must not depend on which is asked first.
        let [feeding, corrupting] =
            [random.next_u64(), random.next_u64()].map(Xoshiro256PlusPlus::seed_from_u64);
        Self { sessions, attacks, groups, seeds, feeding, corrupting }
    }

    /// Whether a node keeps to the truth.
    pub fn is_honest(&self, node: usize) -> bool {
        self.attacks[node].is_none()
    }

    /// Whether agreement is promised for a fragment: its holders are honest but for less than a third.
    pub fn within_bound(&self, fragment: usize) -> bool {
        let group = &self.groups[fragment];
        let hostile = group.iter().filter(|&&node| !self.is_honest(node)).count();
        3 * hostile < group.len()
    }

    /// An honest node, or any if there is none.
    pub fn draw_honest(&mut self) -> usize {
        let honest: Vec<_> = (0..self.attacks.len()).filter(|&node| self.is_honest(node)).collect();
        match honest.len() {
            0 => below(&mut self.feeding, self.attacks.len()),
            count => honest[below(&mut self.feeding, count)],
        }
    }

    /// Which cells of honest replicas are overwritten after the first `fed` contributions, by two to ten times either
    /// way, each cell of a replica at most once: fewer than asked for if there are no more.
    pub fn draw_corruptions(&mut self, count: usize, ledger: &Ledger, fed: usize) -> Vec<Corruption> {
        let sums = ledger.sums(fed);
        let places = self.honest_places(&sums);
        let chosen = draw_distinct(&mut self.corrupting, places.len(), count.min(places.len()));
        chosen.into_iter().map(|place| self.overwrite(places[place], &sums)).collect()
    }

    /// Every (node, cell) of honest replicas within the bound where the cell holds something.
    fn honest_places(&self, sums: &[i64]) -> Vec<(usize, usize)> {
        let within = self.groups.iter().enumerate().filter(|(fragment, _)| self.within_bound(*fragment));
        let replicas = within.flat_map(|(fragment, group)| group.iter().map(move |&node| (fragment, node)));
        let cells = |(fragment, node): (usize, usize)| {
            let cells = fragment * CELLS..(fragment + 1) * CELLS;
            cells.filter(|&cell| sums[cell] > 0).map(move |cell| (node, cell))
        };
        replicas.filter(|&(_, node)| self.is_honest(node)).flat_map(cells).collect()
    }

    fn overwrite(&mut self, (node, cell): (usize, usize), sums: &[i64]) -> Corruption {
        let factor = 2 + below(&mut self.corrupting, 9) as i64;
        let up = below(&mut self.corrupting, 2) == 0;
        let value = if up { sums[cell].saturating_mul(factor) } else { sums[cell] / factor };
        Corruption { node, cell: cell as u64, value }
    }
}

/// A fraction of `whole`, rounded down; what only the fraction's own rounding keeps from being whole counts as whole.
fn part(fraction: f64, whole: usize) -> usize {
    ((fraction * whole as f64 + 1e-9) as usize).min(whole)
}

fn session(random: &mut Xoshiro256PlusPlus) -> Session {
    let mut bytes = [0; 16];
    random.fill_bytes(&mut bytes);
    Session(bytes)
}

fn below(random: &mut Xoshiro256PlusPlus, bound: usize) -> usize {
    ((u128::from(random.next_u64()) * bound as u128) >> 64) as usize
}

/// `count` different numbers below `bound`.
fn draw_distinct(random: &mut Xoshiro256PlusPlus, bound: usize, count: usize) -> Vec<usize> {
    let mut numbers: Vec<_> = (0..bound).collect();
    for i in 0..count {
        let other = i + below(random, bound - i);
        numbers.swap(i, other);
    }
    numbers.truncate(count);
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(seed: u64) -> Options {
        Options {
            nodes: 100,
            loss: 0.2,
            hostile: 0.2,
            attack: None,
            corrupt: 50,
            replicas: 16,
            cycle: Duration::from_millis(100),
            feed: Duration::from_secs(5),
            timeout: Duration::from_secs(55),
            seed,
            quiet: true,
        }
    }

    #[test]
    fn the_seed_decides_everything() {
        let (a, b) = (Plan::new(&options(4), 3), Plan::new(&options(4), 3));
        assert_eq!((&a.sessions, &a.attacks, &a.groups), (&b.sessions, &b.attacks, &b.groups));
        assert_ne!(a.sessions, Plan::new(&options(5), 3).sessions);
        assert_eq!(a.attacks.iter().flatten().count(), 20);
    }

    #[test]
    fn every_percentage_of_a_hundred_nodes_is_met() {
        for percent in 0..=100 {
            assert_eq!(part(f64::from(percent) / 100.0, 100), percent as usize);
            let text: f64 = format!("0.{percent:02}").parse().unwrap();
            assert!(percent == 100 || part(text, 100) == percent as usize, "{text}");
        }
        assert_eq!((part(0.2, 24), part(1.0, 7)), (4, 7));
    }

    #[test]
    fn corruption_does_not_depend_on_how_much_was_fed_before() {
        let ledger = Ledger::read(super::super::SHIPPED).unwrap();
        let (mut a, mut b) = (Plan::new(&options(4), 3), Plan::new(&options(4), 3));
        (0..17).for_each(|_| _ = b.draw_honest());
        assert_eq!(a.draw_corruptions(50, &ledger, 5_000), b.draw_corruptions(50, &ledger, 5_000));
    }

    #[test]
    fn a_group_is_beyond_the_bound_from_a_third_on() {
        let mut plan = Plan::new(&Options { hostile: 0.0, ..options(1) }, 1);
        let group = plan.groups[0].clone();
        for (hostile, &node) in group.iter().enumerate() {
            assert_eq!(plan.within_bound(0), hostile <= 5, "{hostile} hostile of 16");
            plan.attacks[node] = Some(Attack::Zero);
        }
    }

    #[test]
    fn corruption_hits_honest_replicas_that_hold_something() {
        let ledger = Ledger::read(super::super::SHIPPED).unwrap();
        let mut plan = Plan::new(&options(2), ledger.fragments());
        let corruptions = plan.draw_corruptions(50, &ledger, 5_000);
        assert_eq!(corruptions.len(), 50);
        let sums = ledger.sums(5_000);
        for corruption in &corruptions {
            assert!(plan.is_honest(corruption.node));
            assert_ne!(corruption.value, sums[corruption.cell as usize]);
        }
    }
}
