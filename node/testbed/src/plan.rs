//! What a seed decides: sessions, hostile nodes, who is fed and whose memory is overwritten.

use std::collections::BTreeMap;
use std::time::Duration;

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::Ledger;
use lvs_protocol::ledger::CELLS;
use lvs_protocol::random::below;
use lvs_protocol::{Keys, NetworkId, NodeId, holders};
use lvs_simulator::Lie;

/// What a swarm is asked to be.
#[derive(Clone, Debug)]
pub struct Options {
    /// Nodes, each a process.
    pub nodes: usize,
    /// The fraction of all datagrams that is lost.
    pub loss: f64,
    /// The fraction of the nodes that lie.
    pub hostile: f64,
    /// How they lie; each draws its own way if absent.
    pub lie: Option<Lie>,
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
    /// Each node's session, which its keys follow from.
    pub sessions: Vec<[u8; 16]>,
    /// Who each node is.
    pub ids: Vec<NodeId>,
    /// Each node's way of lying, if it lies.
    pub lies: Vec<Option<Lie>>,
    /// The holders of each fragment.
    pub groups: Vec<Vec<usize>>,
    /// For each fragment, the most copies that were overwritten of one cell. Until it is repaired, such a copy says
    /// something wrong as a hostile one does.
    pub overwritten: Vec<usize>,
    /// The nodes that ended or fell silent on the way.
    pub lost: Vec<bool>,
    /// A seed for each node's own randomness, and one for what its socket loses.
    pub seeds: Vec<(u64, u64)>,
    /// Who alone writes to the cells that something is taken from.
    writers: BTreeMap<u64, usize>,
    feeding: Xoshiro256PlusPlus,
    corrupting: Xoshiro256PlusPlus,
}

impl Plan {
    /// Draws everything for a swarm with so many fragments.
    pub fn new(options: &Options, fragments: u32) -> Self {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(options.seed);
        let sessions: Vec<_> = (0..options.nodes).map(|_| session(&mut random)).collect();
        let mut lies = vec![None; options.nodes];
        for node in draw_distinct(&mut random, options.nodes, part(options.hostile, options.nodes)) {
            let drawn = Lie::ALL[below(&mut random, Lie::ALL.len())];
            lies[node] = Some(options.lie.unwrap_or(drawn));
        }
        let ids: Vec<_> = sessions.iter().map(|session| Keys::of_session(*session).id()).collect();
        let groups: Vec<_> = (0..fragments).map(|fragment| group(fragment, &ids, options.replicas)).collect();
        let seeds = (0..options.nodes).map(|_| (random.next_u64(), random.next_u64())).collect();
        // One generator each: what is drawn must not depend on which is asked first.
        let feeding = Xoshiro256PlusPlus::seed_from_u64(random.next_u64());
        let corrupting = Xoshiro256PlusPlus::seed_from_u64(random.next_u64());
        let overwritten = vec![0; groups.len()];
        let lost = vec![false; options.nodes];
        let writers = BTreeMap::new();
        Self { sessions, ids, lies, groups, overwritten, lost, seeds, writers, feeding, corrupting }
    }

    /// Whether a node keeps to the truth and is there.
    pub fn is_honest(&self, node: usize) -> bool {
        self.lies[node].is_none() && !self.lost[node]
    }

    /// Whether agreement is promised for a fragment: hostile, lost and overwritten copies are less than a third.
    pub fn within_bound(&self, fragment: usize) -> bool {
        let faulty = self.faulty(fragment) + self.overwritten[fragment];
        3 * faulty < self.groups[fragment].len()
    }

    /// How many holders of a fragment are hostile or lost.
    fn faulty(&self, fragment: usize) -> usize {
        self.groups[fragment].iter().filter(|&&node| !self.is_honest(node)).count()
    }

    /// How many copies of a cell can be overwritten without leaving the bound.
    fn to_spare(&self, fragment: usize) -> usize {
        let most = self.groups[fragment].len().saturating_sub(1) / 3;
        most.saturating_sub(self.faulty(fragment))
    }

    /// The node that makes a contribution to a cell: any honest one, but always the same if something is taken from the cell.
    /// If that one is lost, what it should have contributed is lost with it.
    pub fn draw_writer(&mut self, cell: u64, ledger: &Ledger) -> usize {
        if let Some(&writer) = self.writers.get(&cell) {
            return writer;
        }
        let writer = self.draw_honest();
        if ledger.is_taken_from(cell) {
            self.writers.insert(cell, writer);
        }
        writer
    }

    /// An honest node, or any if there is none.
    pub fn draw_honest(&mut self) -> usize {
        let honest: Vec<_> = (0..self.lies.len()).filter(|&node| self.is_honest(node)).collect();
        match honest.len() {
            0 => below(&mut self.feeding, self.lies.len()),
            count => honest[below(&mut self.feeding, count)],
        }
    }

    /// Draws the cells of honest replicas that are overwritten after the first `fed` contributions, by two to ten times
    /// either way, each cell of a replica at most once. Hostile and overwritten copies of a cell stay below a third, so
    /// there are fewer than `count` if the input has few cells.
    pub fn draw_corruptions(&mut self, count: usize, ledger: &Ledger, fed: usize) -> Vec<Corruption> {
        let sums = ledger.sums(fed);
        let places = self.honest_places(&sums);
        let mut copies: BTreeMap<usize, usize> = BTreeMap::new();
        let mut chosen = Vec::new();
        for place in draw_distinct(&mut self.corrupting, places.len(), places.len()) {
            if chosen.len() == count {
                break;
            }
            let (node, cell) = places[place];
            let fragment = cell / CELLS;
            let copies = copies.entry(cell).or_default();
            if *copies < self.to_spare(fragment) {
                *copies += 1;
                self.overwritten[fragment] = self.overwritten[fragment].max(*copies);
                chosen.push((node, cell));
            }
        }
        chosen.into_iter().map(|place| self.overwrite(place, &sums)).collect()
    }

    /// Every (node, cell) of honest replicas within the bound where the cell holds something.
    fn honest_places(&self, sums: &[i64]) -> Vec<(usize, usize)> {
        let mut places = Vec::new();
        for (fragment, group) in self.groups.iter().enumerate() {
            if !self.within_bound(fragment) {
                continue;
            }
            for &node in group.iter().filter(|&&node| self.is_honest(node)) {
                let cells = fragment * CELLS..(fragment + 1) * CELLS;
                places.extend(cells.filter(|&cell| sums[cell] > 0).map(|cell| (node, cell)));
            }
        }
        places
    }

    fn overwrite(&mut self, (node, cell): (usize, usize), sums: &[i64]) -> Corruption {
        let factor = 2 + below(&mut self.corrupting, 9) as i64;
        let up = below(&mut self.corrupting, 2) == 0;
        let value = if up { sums[cell].saturating_mul(factor) } else { sums[cell] / factor };
        Corruption { node, cell: cell as u64, value }
    }
}

/// A fraction of `whole`, rounded down. The small addition makes up for fractions such as 0.29, which have no exact
/// binary form and would else come out one too low.
fn part(fraction: f64, whole: usize) -> usize {
    ((fraction * whole as f64 + 1e-9) as usize).min(whole)
}

fn session(random: &mut Xoshiro256PlusPlus) -> [u8; 16] {
    let mut bytes = [0; 16];
    random.fill_bytes(&mut bytes);
    bytes
}

/// The nodes that hold a fragment, by their numbers.
fn group(fragment: u32, ids: &[NodeId], replicas: usize) -> Vec<usize> {
    let holders = holders(&NetworkId::PUBLIC, fragment, ids.iter().copied(), replicas);
    (0..ids.len()).filter(|&node| holders.contains(&ids[node])).collect()
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
    use std::collections::BTreeSet;

    use super::*;

    fn options(seed: u64) -> Options {
        Options {
            nodes: 100,
            loss: 0.2,
            hostile: 0.2,
            lie: None,
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
        assert_eq!((&a.sessions, &a.lies, &a.groups), (&b.sessions, &b.lies, &b.groups));
        assert_ne!(a.sessions, Plan::new(&options(5), 3).sessions);
        assert_eq!(a.lies.iter().flatten().count(), 20);
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
        let ledger = Ledger::read(crate::SHIPPED).unwrap();
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
            plan.lies[node] = Some(Lie::Zero);
        }
    }

    #[test]
    fn overwritten_and_hostile_copies_of_a_cell_stay_below_a_third() {
        // Ten accounts at the defaults of the command: 50 overwrites would hit most copies of every cell.
        let lines: String = (0..10).map(|i| format!("account {i},{}\n", 3 + i * 7)).collect();
        let ledger = Ledger::read(format!("account,amount\n{lines}")).unwrap();
        for seed in 0..40 {
            let mut plan = Plan::new(&options(seed), 1);
            let hostile = plan.faulty(0);
            let corruptions = plan.draw_corruptions(50, &ledger, 10);
            let most = (0..10).map(|cell| corruptions.iter().filter(|hit| hit.cell == cell).count()).max();
            assert_eq!(most, Some(plan.overwritten[0]));
            assert_eq!(plan.within_bound(0), hostile <= 5, "seed {seed}");
            assert_eq!(corruptions.len(), 10 * 5_usize.saturating_sub(hostile).min(5), "seed {seed}");
        }
    }

    #[test]
    fn a_group_of_two_has_no_copy_to_spare() {
        let ledger = Ledger::read("account,amount\na,1\nb,2\n").unwrap();
        let mut plan = Plan::new(&Options { nodes: 2, hostile: 0.0, ..options(1) }, 1);
        assert!(plan.draw_corruptions(50, &ledger, 2).is_empty());
    }

    #[test]
    fn lost_nodes_count_against_the_bound_and_are_not_fed() {
        let mut plan = Plan::new(&Options { nodes: 16, hostile: 0.0, ..options(3) }, 1);
        for lost in 0..6 {
            assert!(plan.within_bound(0), "{lost} lost of 16");
            plan.lost[lost] = true;
        }
        assert!(!plan.within_bound(0) && (0..50).all(|_| plan.draw_honest() >= 6));
    }

    #[test]
    fn a_cell_that_is_taken_from_has_one_writer() {
        let ledger = Ledger::read("account,amount\nboth,9\nboth,-4\nonly added,1\n").unwrap();
        let mut plan = Plan::new(&options(6), 1);
        let mut writers =
            |cell| (0..50).map(|_| plan.draw_writer(cell, &ledger)).collect::<BTreeSet<_>>().len();
        assert_eq!(writers(0), 1);
        assert!(writers(1) > 20);
    }

    #[test]
    fn corruption_hits_honest_replicas_that_hold_something() {
        let ledger = Ledger::read(crate::SHIPPED).unwrap();
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
