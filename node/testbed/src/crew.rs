//! The processes of a swarm together: starting them, giving orders, taking answers, and who is lost.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use crate::child::Process;
use crate::limits;
use crate::message::{Answer, Order};
use crate::{Failure, Lost};

/// Files that stay open for each node: both ends that the swarm has of its pipes.
const FILES_PER_NODE: u64 = 2;

/// Files that the swarm has open beside those, with some to spare for starting a process.
const FILES_BESIDE: u64 = 24;

/// The processes of all nodes.
pub(crate) struct Crew {
    processes: Vec<Process>,
    answers: Receiver<(usize, Option<Answer>)>,
    states: Vec<State>,
}

/// What is known of a process.
#[derive(Clone, Debug, Default, PartialEq)]
struct State {
    /// A report was asked for and has not come.
    asked: bool,
    /// Why the node does not count any more.
    lost: Option<String>,
    /// The process has ended, so it cannot come back.
    ended: bool,
}

impl Crew {
    /// Starts a process for every node.
    ///
    /// # Errors
    /// If the system does not allow so many.
    pub(crate) fn start(nodes: usize) -> Result<Self, Failure> {
        expect_files(nodes, limits::open_files())?;
        let (sender, answers) = channel();
        let mut processes = Vec::with_capacity(nodes);
        for index in 0..nodes {
            let process = Process::start(index, sender.clone());
            processes.push(process.map_err(|error| Failure::Start { started: index, nodes, error })?);
        }
        Ok(Self { processes, answers, states: vec![State::default(); nodes] })
    }

    /// Waits up to `time` for the next answer of any node. Orders that pipes had no room for go out meanwhile.
    pub(crate) fn listen(&mut self, time: Duration) -> Option<(usize, Answer)> {
        for index in 0..self.processes.len() {
            let flushed = self.processes[index].flush();
            self.heed(index, flushed);
        }
        match self.answers.recv_timeout(time) {
            Ok((index, Some(answer))) => {
                let state = &mut self.states[index];
                state.asked = false;
                // A node that was silent and answers is there again.
                if !state.ended {
                    state.lost = None;
                }
                Some((index, answer))
            }
            Ok((index, None)) => {
                self.end(index);
                None
            }
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => {
                // All have ended, so nothing will come; whoever calls again must not spin.
                std::thread::sleep(time);
                None
            }
        }
    }

    /// Gives an order to a node; one that is lost gets none.
    pub(crate) fn order(&mut self, index: usize, order: &Order) {
        if self.states[index].lost.is_none() {
            let ordered = self.processes[index].order(order);
            self.heed(index, ordered);
        }
    }

    /// Asks every node for a report, unless it has not answered the last time.
    pub(crate) fn ask_all(&mut self) {
        for index in 0..self.processes.len() {
            if !self.states[index].asked {
                self.order(index, &Order::Report);
                self.states[index].asked = true;
            }
        }
    }

    /// Whether a node that is not lost was asked for a report that has not come.
    pub(crate) fn is_awaiting(&self) -> bool {
        self.states.iter().any(|state| state.asked && state.lost.is_none())
    }

    /// Gives up waiting: whoever has not answered within `patience` is lost, until it does answer.
    pub(crate) fn give_up(&mut self, patience: Duration) {
        for (index, state) in self.states.iter_mut().enumerate() {
            if state.asked && state.lost.is_none() {
                tracing::warn!(node = index, ?patience, "no answer: going on without it");
                state.lost = Some(format!("did not answer within {:.1} s", patience.as_secs_f64()));
            }
        }
    }

    /// Whether a node is lost.
    pub(crate) fn is_lost(&self, index: usize) -> bool {
        self.states[index].lost.is_some()
    }

    /// The nodes that are lost, and why.
    pub(crate) fn lost(&self) -> Vec<Lost> {
        let states = self.states.iter().enumerate();
        states.filter_map(|(node, state)| Some(Lost { node, reason: state.lost.clone()? })).collect()
    }

    /// The resident memory of every process that can be asked.
    pub(crate) fn resident(&self) -> Vec<u64> {
        self.processes.iter().filter_map(Process::resident).collect()
    }

    /// A node whose pipe is broken has ended.
    fn heed(&mut self, index: usize, result: io::Result<()>) {
        if result.is_err() {
            self.end(index);
        }
    }

    fn end(&mut self, index: usize) {
        if self.states[index].ended {
            return;
        }
        // The pipe can be closed a moment before the system knows how the process ended.
        let ending = (0..50).find_map(|_| {
            let ending = self.processes[index].ending();
            if ending.is_none() {
                std::thread::sleep(Duration::from_millis(2));
            }
            ending
        });
        let reason = format!("ended: {}", ending.unwrap_or_else(|| "its pipes are closed".into()));
        tracing::warn!(node = index, reason, "going on without it");
        let state = &mut self.states[index];
        state.ended = true;
        state.lost = Some(reason);
    }
}

/// Refuses more nodes than there can be pipes for.
fn expect_files(nodes: usize, limit: Option<u64>) -> Result<(), Failure> {
    let Some(limit) = limit else { return Ok(()) };
    let most = limit.saturating_sub(FILES_BESIDE) / FILES_PER_NODE;
    if nodes as u64 <= most {
        return Ok(());
    }
    Err(Failure::Files { nodes, most, limit })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_nodes_for_the_limit_of_open_files_are_refused_with_it() {
        let message = expect_files(100, Some(64)).unwrap_err().to_string();
        assert_eq!(
            message,
            "--nodes: got 100, expected at most 20, as this process may have 64 files open (ulimit -n)"
        );
        assert!(expect_files(20, Some(64)).is_ok() && expect_files(2_000, None).is_ok());
    }
}
