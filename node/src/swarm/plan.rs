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
        for node in
            draw_distinct(&mut random, options.nodes, (options.hostile * options.nodes as f64) as usize)
        {
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
    /// way, each cell of a replica at most once.
    ///
    /// Until it is repaired an overwritten replica is as faulty as a hostile one. Replicas are chosen so that both
    /// together stay below a third of every group: beyond that nothing is promised. If that leaves fewer than `count`
    /// cells to overwrite, there are fewer.
    pub fn draw_corruptions(&mut self, count: usize, ledger: &Ledger, fed: usize) -> Vec<Corruption> {
        let sums = ledger.sums(fed);
        let mut places = Vec::new();
        for fragment in 0..self.groups.len() {
            let cells = fragment * CELLS..(fragment + 1) * CELLS;
            let filled: Vec<_> = cells.filter(|&cell| sums[cell] > 0).collect();
            for node in self.draw_victims(fragment) {
                places.extend(filled.iter().map(|&cell| (node, cell)));
            }
        }
        let chosen = draw_distinct(&mut self.corrupting, places.len(), count.min(places.len()));
        chosen.into_iter().map(|place| self.overwrite(places[place], &sums)).collect()
    }

    /// As many honest holders of a fragment as may be faulty besides the hostile ones.
    fn draw_victims(&mut self, fragment: usize) -> Vec<usize> {
        let group = &self.groups[fragment];
        let honest: Vec<_> = group.iter().copied().filter(|&node| self.is_honest(node)).collect();
        let faulty_at_most = group.len().div_ceil(3) - 1;
        let victims = faulty_at_most.saturating_sub(group.len() - honest.len());
        draw_distinct(&mut self.corrupting, honest.len(), victims)
            .into_iter()
            .map(|place| honest[place])
            .collect()
    }

    fn overwrite(&mut self, (node, cell): (usize, usize), sums: &[i64]) -> Corruption {
        let factor = 2 + below(&mut self.corrupting, 9) as i64;
        let up = below(&mut self.corrupting, 2) == 0;
        let value = if up { sums[cell].saturating_mul(factor) } else { sums[cell] / factor };
        Corruption { node, cell: cell as u64, value }
    }
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
        for (fragment, group) in plan.groups.iter().enumerate() {
            let overwritten = |node: &usize| {
                corruptions.iter().any(|c| c.node == *node && c.cell as usize / CELLS == fragment)
            };
            let faulty = group.iter().filter(|&node| !plan.is_honest(*node) || overwritten(node)).count();
            assert!(3 * faulty < group.len(), "{faulty} of {} in fragment {fragment}", group.len());
        }
    }
}
