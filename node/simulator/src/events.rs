//! What is to happen, by its time: with thousands of nodes, finding the next event costs next to nothing.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

/// Something that happens to one node.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Event {
    /// A datagram arrives.
    Arrival {
        /// At which node.
        to: usize,
        /// From which node.
        from: usize,
        /// What it holds.
        bytes: Vec<u8>,
    },
    /// The time that a node asked for may have come.
    Wake(usize),
}

/// An event with its time. The earliest comes first, and of several the one that was planned first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Planned {
    at: Duration,
    order: u64,
    event: Event,
}

/// The events to come.
#[derive(Default)]
pub(crate) struct Events {
    planned: BinaryHeap<Reverse<Planned>>,
    count: u64,
}

impl Events {
    pub(crate) fn plan(&mut self, at: Duration, event: Event) {
        self.count += 1;
        self.planned.push(Reverse(Planned { at, order: self.count, event }));
    }

    /// Takes the next event, unless it is later than `end`.
    pub(crate) fn next(&mut self, end: Duration) -> Option<(Duration, Event)> {
        if self.planned.peek()?.0.at > end {
            return None;
        }
        self.planned.pop().map(|Reverse(planned)| (planned.at, planned.event))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_by_time_and_then_in_the_order_they_were_planned_in() {
        let mut events = Events::default();
        for (at, node) in [(30, 0), (10, 1), (20, 2), (10, 3), (40, 4)] {
            events.plan(Duration::from_millis(at), Event::Wake(node));
        }
        let end = Duration::from_millis(30);
        let happened: Vec<_> = std::iter::from_fn(|| events.next(end)).map(|(_, event)| event).collect();
        assert_eq!(happened, [1, 3, 2, 0].map(Event::Wake));
        assert_eq!(events.next(Duration::MAX), Some((Duration::from_millis(40), Event::Wake(4))));
    }
}
