//! The swarm's side of a node's process.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::Sender;

use crate::message::{Answer, Order};

/// The command of this program that calls [`run_member`](crate::run_member): how the swarm starts its nodes.
pub const MEMBER_COMMAND: &str = "testbed-member";

/// The stack of a thread that listens to a node: there is one for every node.
const LISTENER_STACK: usize = 128 << 10;

/// A node's process. It is ended when this is dropped.
pub(crate) struct Process {
    child: Child,
    orders: ChildStdin,
    /// Orders that the pipe has had no room for.
    pending: VecDeque<u8>,
}

impl Process {
    /// Starts node `index`. What it says goes to `answers`, and nothing once it has ended.
    pub(crate) fn start(index: usize, answers: Sender<(usize, Option<Answer>)>) -> io::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(MEMBER_COMMAND)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (orders, said) = pipes.ok_or_else(|| io::Error::other("a child process without pipes"))?;
        // From here on the child is ended if anything fails.
        let process = Self { child, orders, pending: VecDeque::new() };
        never_wait(&process.orders)?;
        std::thread::Builder::new()
            .stack_size(LISTENER_STACK)
            .spawn(move || listen(index, BufReader::new(said), &answers))?;
        Ok(process)
    }

    /// Hands in an order. It never waits: a node that does not read its orders must not stop the swarm.
    pub(crate) fn order(&mut self, order: &Order) -> io::Result<()> {
        serde_json::to_writer(&mut self.pending, order)?;
        self.pending.push_back(b'\n');
        self.flush()
    }

    /// Writes as many of the pending orders as the pipe takes now.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        while !self.pending.is_empty() {
            let (next, _) = self.pending.as_slices();
            match self.orders.write(next) {
                Ok(written) => drop(self.pending.drain(..written)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// How the process has ended, for people to read; nothing while it runs.
    pub(crate) fn ending(&mut self) -> Option<String> {
        let status = self.child.try_wait().ok().flatten()?;
        Some(status.to_string())
    }

    /// The memory that the process has resident, in bytes. Nothing where the system does not tell.
    pub(crate) fn resident(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? * 1_024)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself. Either way it is waited for, so that none is left behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Passes on what a node says, line by line, and then that it has ended.
fn listen(index: usize, said: impl BufRead, answers: &Sender<(usize, Option<Answer>)>) {
    for line in said.lines().map_while(Result::ok) {
        let Ok(answer) = serde_json::from_str(&line) else { break };
        if answers.send((index, Some(answer))).is_err() {
            return;
        }
    }
    // If nobody listens any more, nobody need know.
    let _ = answers.send((index, None));
}

/// Makes writing to a pipe return at once where it has no room.
#[cfg(unix)]
fn never_wait(pipe: &ChildStdin) -> io::Result<()> {
    Ok(rustix::io::ioctl_fionbio(pipe, true)?)
}

/// There is no such thing for pipes here: a node that does not read its orders is waited for.
#[cfg(not(unix))]
fn never_wait(_: &ChildStdin) -> io::Result<()> {
    Ok(())
}
