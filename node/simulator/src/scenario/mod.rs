//! Scenarios: what happens to a swarm, and what is expected of it. One file each, for people who know no Rust.

mod random;
mod run;
mod shrink;

use lvs_protocol::ledger::CELLS;
use serde::{Deserialize, Serialize};

use crate::conditions::Conditions;
use crate::partition::{Nodes, Partition};

pub use random::random;
pub use run::{Outcome, run};
pub use shrink::shrink;

/// The latest cycle of a timeline.
const CYCLE_MAX: u32 = 1_000_000;

/// What happens to a swarm, and what is expected of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it shows, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// Decides everything that is drawn at random.
    pub seed: u64,
    /// Nodes and network.
    #[serde(default)]
    pub conditions: Conditions,
    /// What happens when.
    #[serde(default)]
    pub timeline: Vec<Step>,
    /// What must be in the end.
    pub expect: Expect,
}

/// What happens in one cycle of the simulation, of 100 ms. If there is more than one thing, it happens in this order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The cycle.
    pub cycle: u32,
    /// All partitions end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub heal: bool,
    /// Some nodes are cut off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<Partition>,
    /// From now on so many parts of a hundred of all datagrams are lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss_percent: Option<u64>,
    /// So many honest nodes die, drawn at random.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kill: Option<usize>,
    /// Cells of honest replicas are overwritten, by up to ten times either way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overwrite: Option<Overwrite>,
    /// Nodes contribute, each time a random amount to a random cell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contribute: Option<Contribute>,
}

/// Cells that are overwritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overwrite {
    /// How many. Where too many copies of a cell are wrong already, fewer.
    pub count: usize,
    /// The most copies of one cell.
    #[serde(default = "one")]
    pub copies: usize,
}

/// Contributions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contribute {
    /// How many.
    pub count: usize,
    /// In how many cycles.
    #[serde(default = "one")]
    pub over: usize,
    /// By which nodes; by all honest ones if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Nodes>,
}

fn one() -> usize {
    1
}

/// What must be in the end. Besides that, the checkers look at every event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Expect {
    /// Every honest replica holds exactly what was accepted, so many cycles after the end of the timeline at the latest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exact_within: Option<u32>,
    /// Cycles that the run goes on after that, or after the timeline. What is exact must stay so.
    pub runs_on: u32,
    /// VaultGuard held an honest replica back, and others were told.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub alarms: bool,
    /// Hostile nodes end without credit at all honest ones.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub no_credit: bool,
    /// Hostile nodes end without any trust at all honest ones: there is proof against them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub no_trust: bool,
    /// Honest nodes have refused datagrams, and counted that.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub refusals: bool,
}

/// Why the file of a scenario is refused, with the line where that is known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(String);

impl Scenario {
    /// Reads a scenario from the text of its file.
    ///
    /// # Errors
    /// If it is not one: the key is named, with its line, what it has and what was expected.
    pub fn read(text: &str) -> Result<Self, Refused> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let scenario: Self =
            toml::from_str(text).map_err(|error| Refused(error.to_string().trim_end().to_owned()))?;
        match scenario.mistake() {
            Some(mistake) => Err(Refused(mistake)),
            None => Ok(scenario),
        }
    }

    /// The text of the scenario's file. What is as in the default is left out.
    pub fn to_toml(&self) -> String {
        let mut table = toml::Table::try_from(self).expect("a scenario is a table");
        let defaults = toml::Table::try_from(Conditions::default()).expect("conditions are a table");
        if let Some(toml::Value::Table(conditions)) = table.get_mut("conditions") {
            conditions.retain(|key, value| defaults.get(key) != Some(value));
        }
        toml::to_string(&table).expect("a table can be written")
    }

    /// The first cycle in which nothing happens any more.
    pub fn end(&self) -> u32 {
        self.timeline.iter().map(Step::end).max().unwrap_or(0)
    }

    /// What cannot be, if anything.
    fn mistake(&self) -> Option<String> {
        let conditions = self.conditions.mistake().map(|mistake| format!("conditions: {mistake}"));
        conditions.or_else(|| self.timeline.iter().find_map(|step| step.mistake(&self.conditions)))
    }
}

impl Step {
    fn end(&self) -> u32 {
        self.cycle + self.contribute.map_or(1, |contribute| contribute.over.max(1) as u32)
    }

    fn mistake(&self, conditions: &Conditions) -> Option<String> {
        let mistake = self.mistaken_key(conditions)?;
        Some(format!("timeline: cycle {}: {mistake}", self.cycle))
    }

    fn mistaken_key(&self, conditions: &Conditions) -> Option<String> {
        if self.cycle > CYCLE_MAX
            || self.contribute.is_some_and(|contribute| contribute.over > CYCLE_MAX as usize)
        {
            return Some("got more, expected at most a million cycles".into());
        }
        if let Some(percent) = self.loss_percent.filter(|&percent| percent > 100) {
            return Some(format!("loss_percent: got {percent}, expected 0 to 100"));
        }
        if self.contribute.is_some_and(|contribute| contribute.count > CELLS * CELLS) {
            return Some("contribute: got more, expected at most 65,536 at once".into());
        }
        let parted = self.partition.map(|partition| ("partition", partition.nodes()));
        let writers = self.contribute.and_then(|contribute| contribute.by).map(|nodes| ("by", nodes));
        let named = [parted, writers].into_iter().flatten();
        let last = conditions.nodes.saturating_sub(1);
        named.into_iter().find(|(_, nodes)| nodes.first > nodes.last || nodes.last > last).map(
            |(key, nodes)| {
                format!("{key}: got nodes {} to {}, expected some of 0 to {last}", nodes.first, nodes.last)
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "
        seed = 4
        [conditions]
        nodes = 12
        loss_percent = 20
        [[timeline]]
        cycle = 3
        partition = { first = 0, last = 5, one_way = true }
        contribute = { count = 100, over = 50, by = { first = 0, last = 3 } }
        [[timeline]]
        cycle = 40
        heal = true
        [expect]
        exact_within = 300
    ";

    #[test]
    fn a_file_becomes_a_scenario_and_a_file_again() {
        let scenario = Scenario::read(TEXT).expect("a sound file");
        assert_eq!((scenario.conditions.nodes, scenario.timeline.len(), scenario.end()), (12, 2, 53));
        let written = scenario.to_toml();
        assert_eq!(Scenario::read(&written).expect("what was written can be read"), scenario);
        assert!(!written.contains("jitter"), "{written}");
    }

    #[test]
    fn mistakes_are_refused_with_key_and_place() {
        let cases = [
            ("cycle = 40", "cycle = 40\nkil = 3", "line 12"),
            ("cycle = 40", "cycle = 40\nkil = 3", "unknown field `kil`"),
            (
                "last = 5",
                "last = 50",
                "timeline: cycle 3: partition: got nodes 0 to 50, expected some of 0 to 11",
            ),
            ("last = 3", "last = 12", "timeline: cycle 3: by: got nodes 0 to 12, expected some of 0 to 11"),
            ("nodes = 12", "hostile = 17", "conditions: hostile: got 17"),
            ("loss_percent = 20", "loss_percent = 200", "got 200, expected 0 to 100"),
            ("seed = 4", "", "missing field `seed`"),
        ];
        for (from, to, expected) in cases {
            let message = Scenario::read(&TEXT.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }
}
