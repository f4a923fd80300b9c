//! The swarm's side of a node's process.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::Sender;

use super::message::{Answer, Order};

/// The flag that makes `lvs node` take orders on its standard input.
pub(super) const MEMBER_FLAG: &str = "--member";

/// A node's process. It is ended when this is dropped.
pub(super) struct Process {
    child: Child,
    orders: ChildStdin,
}

impl Process {
    /// Starts node `index`; what it says goes to `answers`, and nothing once it has ended.
    pub(super) fn start(index: usize, answers: Sender<(usize, Option<Answer>)>) -> io::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["node", MEMBER_FLAG])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (Some(orders), Some(said)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("a child process without pipes"));
        };
        // A small stack: there is one of these threads for every node.
        std::thread::Builder::new().stack_size(128 << 10).spawn(move || {
            for line in BufReader::new(said).lines().map_while(Result::ok) {
                let Ok(answer) = serde_json::from_str(&line) else { break };
                if answers.send((index, Some(answer))).is_err() {
                    return;
                }
            }
            // Nobody may be listening any more: then nobody need know.
            let _ = answers.send((index, None));
        })?;
        Ok(Self { child, orders })
    }

    pub(super) fn order(&mut self, order: &Order) -> io::Result<()> {
        let mut line = serde_json::to_vec(order)?;
        line.push(b'\n');
        self.orders.write_all(&line)
    }

    /// The memory that the process has resident, in bytes, where the system tells.
    pub(super) fn resident(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? * 1_024)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is waited for, so that none is left behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
