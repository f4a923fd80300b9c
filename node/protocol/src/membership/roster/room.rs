//! Room in a roster: who has to go when somebody new comes and there is none.

use std::cmp::Reverse;
use std::time::Duration;

use super::Roster;
use crate::id::NodeId;
use crate::placement::Key;

/// The fewest members at each distance that are kept, as routes.
const ROUTES: usize = 8;

/// What a member is good for; who is good for least goes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Use {
    /// It is gone.
    None,
    /// A route at a distance at which there are more than enough.
    Spare,
    /// A route.
    Route,
    /// It is around, or needed.
    Near,
}

/// How many routes there are at each distance, in leading bits that they have in common with the node.
struct Crowd([usize; 129]);

impl Roster {
    /// Who has to go when somebody new comes; it may be the new one. Of several that are good for as little it is one at the
    /// most crowded distance, and of those the one that has been known the shortest.
    pub(super) fn victim(&self, newcomer: NodeId, now: Duration) -> NodeId {
        let crowd = self.crowd(newcomer);
        let rank =
            |node, good_for, since| (good_for, Reverse(crowd.0[self.distance(node)]), Reverse(since), node);
        let members = self.members.iter();
        let ranks = members.map(|(&node, member)| {
            let good_for =
                if member.is_gone() { Use::None } else { self.use_of(node, self.is_near(node), &crowd) };
            rank(node, good_for, member.since)
        });
        let good_for = self.use_of(newcomer, self.is_near(newcomer) || self.would_be_near(newcomer), &crowd);
        let newcomer = rank(newcomer, good_for, now);
        ranks.chain([newcomer]).min().map_or(newcomer.3, |(.., node)| node)
    }

    fn use_of(&self, node: NodeId, is_near: bool, crowd: &Crowd) -> Use {
        // As many as there are holders, or a node would take itself for one of them far away.
        let enough = self.replicas.max(ROUTES);
        match crowd.0[self.distance(node)] {
            _ if is_near => Use::Near,
            crowd if crowd > enough => Use::Spare,
            _ => Use::Route,
        }
    }

    /// Counts the routes, with somebody who is not a member yet.
    fn crowd(&self, newcomer: NodeId) -> Crowd {
        let mut crowd = Crowd([0; 129]);
        let live = self.members.iter().filter(|(_, member)| member.is_live()).map(|(node, _)| *node);
        for node in live.filter(|&node| !self.is_near(node)).chain([newcomer]) {
            crowd.0[self.distance(node)] += 1;
        }
        crowd
    }

    fn distance(&self, node: NodeId) -> usize {
        Key::of_node(self.own).common_bits(Key::of_node(node)) as usize
    }

    /// Whether somebody who is not a member yet would be around a point.
    fn would_be_near(&self, node: NodeId) -> bool {
        self.points.iter().any(|point| {
            let own = point.distance(node);
            let live = self.members.iter().filter(|(_, member)| member.is_live());
            let nearer = live.filter(|(other, _)| point.distance(**other) < own);
            nearer.take(self.around()).count() < self.around()
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::random::Generator;
    use rand_core::{Rng, SeedableRng};

    use super::super::{MEMBERS_MAX, NoRoom};
    use super::*;
    use crate::config::Config;
    use crate::id::LinkId;
    use crate::keys::Keys;

    /// A roster of a node in the middle of nowhere, its generator and the time.
    struct Arrivals {
        roster: Roster,
        random: Generator,
        now: Duration,
    }

    impl Arrivals {
        fn new(seed: u64) -> Self {
            let mut random = Generator::seed_from_u64(seed);
            let mut keys = [0; 32];
            random.fill_bytes(&mut keys);
            let config = Config::new(Keys::from_seed(keys), Vec::new(), 1);
            Self { roster: Roster::new(&config, Duration::ZERO), random, now: Duration::ZERO }
        }

        /// Somebody at this distance answers.
        fn arrive_at(&mut self, bits: u32) -> (NodeId, Result<(), NoRoom>) {
            let end = Key::of_node(node(&mut self.random));
            let node = NodeId::from_bytes(Key::of_node(self.roster.own).beside(bits, end).to_bytes());
            self.now += Duration::from_secs(1);
            let link = LinkId(self.random.next_u64());
            let admitted = self.roster.admit(node, link, None, self.now).map(|_| ());
            (node, admitted)
        }

        /// The members at each distance.
        fn at_each_distance(&self) -> BTreeMap<usize, usize> {
            let mut counts = BTreeMap::new();
            for (node, _) in self.roster.iter() {
                *counts.entry(self.roster.distance(node)).or_default() += 1;
            }
            counts
        }
    }

    fn node(random: &mut Generator) -> NodeId {
        let mut id = [0; 16];
        random.fill_bytes(&mut id);
        NodeId::from_bytes(id)
    }

    #[test]
    fn whatever_arrives_a_roster_stays_bounded() {
        for seed in 1..=4 {
            let mut arrivals = Arrivals::new(seed);
            for i in 0..6_000_u32 {
                // Random ids, ids ground for the node's own surroundings, and ids spread over all distances.
                let bits = match i % 3 {
                    0 => arrivals.random.next_u64().leading_zeros(),
                    1 => 20 + i % 100,
                    _ => i % 128,
                };
                let (node, admitted) = arrivals.arrive_at(bits.min(127));
                match arrivals.random.next_u64() % 16 {
                    0 => arrivals.roster.bury(node, arrivals.now),
                    1 => _ = arrivals.roster.forget(node),
                    2 => arrivals.roster.refresh(arrivals.now),
                    3 => arrivals.roster.need(node, arrivals.now + Duration::from_secs(99_999)),
                    _ => {}
                }
                let roster = &arrivals.roster;
                assert!(roster.len() <= MEMBERS_MAX, "seed {seed}, {i}: {}", roster.len());
                assert!(roster.nodes.len() <= roster.len());
                assert!(roster.needed.len() <= MEMBERS_MAX / 4);
                assert!(admitted.is_ok() || roster.len() == MEMBERS_MAX);
            }
            arrivals.roster.refresh(arrivals.now);
            assert!(arrivals.roster.near().all(|node| arrivals.roster.live(node).is_some()));
        }
    }

    #[test]
    fn up_to_the_bound_everybody_is_known() {
        let mut arrivals = Arrivals::new(7);
        for _ in 0..MEMBERS_MAX {
            let bits = arrivals.random.next_u64().leading_zeros();
            assert_eq!(arrivals.arrive_at(bits).1, Ok(()));
        }
        assert_eq!(arrivals.roster.len(), MEMBERS_MAX);
    }

    #[test]
    fn a_crowd_far_away_drives_nobody_else_out() {
        let mut arrivals = Arrivals::new(8);
        let mut rare = Vec::new();
        for bits in 1..11 {
            rare.extend((0..16).map(|_| arrivals.arrive_at(bits).0));
        }
        for _ in 0..5_000 {
            let _ = arrivals.arrive_at(0);
        }
        arrivals.roster.refresh(arrivals.now);
        assert!(
            rare.iter().all(|&node| arrivals.roster.live(node).is_some()),
            "{:?}",
            arrivals.at_each_distance()
        );
    }

    #[test]
    fn of_a_crowd_those_stay_that_are_known_longest() {
        let mut arrivals = Arrivals::new(9);
        let first: Vec<_> = (0..MEMBERS_MAX).map(|_| arrivals.arrive_at(0).0).collect();
        assert_eq!(arrivals.arrive_at(0).1, Err(NoRoom));
        assert!(first.iter().all(|&node| arrivals.roster.live(node).is_some()));
    }

    #[test]
    fn somebody_near_gets_the_place_of_one_far_away() {
        let mut arrivals = Arrivals::new(10);
        for _ in 0..MEMBERS_MAX {
            let _ = arrivals.arrive_at(0);
        }
        let (near, admitted) = arrivals.arrive_at(40);
        assert_eq!(admitted, Ok(()));
        assert!(arrivals.roster.live(near).is_some());
        assert_eq!(arrivals.roster.len(), MEMBERS_MAX);
    }

    #[test]
    fn the_gone_go_first() {
        let mut arrivals = Arrivals::new(11);
        let first = arrivals.arrive_at(40).0;
        (1..MEMBERS_MAX).for_each(|_| _ = arrivals.arrive_at(0));
        arrivals.roster.bury(first, arrivals.now);
        assert_eq!(arrivals.arrive_at(0).1, Ok(()));
        assert!(arrivals.roster.get_mut(first).is_none());
    }
}
