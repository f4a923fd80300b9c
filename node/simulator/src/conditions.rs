//! Under which conditions a swarm runs: how many nodes, which of them lie, and what the network does.

use std::time::Duration;

use lvs_protocol::REPLICAS_MIN;
use serde::{Deserialize, Deserializer, Serialize};

use crate::adversary::Lie;
use crate::broken::Broken;
use crate::deeds::Deed;

/// Neighbours of whom a sample of one cell may be changed at a time, where bytes are changed. Of a hundred datagrams with
/// 64 cells, three with four changed bytes each: two neighbours in one cell are rare, three hardly happen.
const GARBLED: usize = 2;

/// The most datagrams that the network says again for each new one.
const REPLAYS_MAX: u64 = 1_000;

/// Under which conditions a swarm runs. In the file of a scenario, whatever is not named is as in the default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Conditions {
    /// Nodes in the swarm; the last `hostile` of them lie.
    pub nodes: usize,
    /// Fragments of the ledger, of 256 cells each.
    pub fragments: u32,
    /// Holders of each fragment.
    #[serde(deserialize_with = "replicas")]
    pub replicas: usize,
    /// Nodes that lie.
    pub hostile: usize,
    /// How they lie.
    #[serde(with = "text")]
    pub lie: Lie,
    /// What they do beside that.
    #[serde(with = "named", skip_serializing_if = "Option::is_none")]
    pub deed: Option<Deed>,
    /// Parts of a hundred of all datagrams that are lost.
    #[serde(deserialize_with = "percent")]
    pub loss_percent: u64,
    /// Parts of a hundred of all datagrams that come twice.
    #[serde(deserialize_with = "percent")]
    pub duplicate_percent: u64,
    /// Parts of a hundred of all datagrams that are overtaken: they take ten times as long.
    #[serde(deserialize_with = "percent")]
    pub reorder_percent: u64,
    /// Parts of a hundred of all datagrams in which some bytes are changed.
    #[serde(deserialize_with = "percent")]
    pub corrupt_percent: u64,
    /// For a hundred cycles in which one node sends to another, somebody on the way says so many old datagrams again; up
    /// to 1,000.
    #[serde(deserialize_with = "replays")]
    pub replay_percent: u64,
    /// Each datagram takes this long at least,
    #[serde(with = "duration")]
    pub delay: Duration,
    /// and up to so much longer.
    #[serde(with = "duration")]
    pub jitter: Duration,
    /// The clock of each node is wrong by up to so many parts of a hundred, either way.
    #[serde(deserialize_with = "skew")]
    pub skew_percent: u64,
    /// Nodes that are slow, drawn at random.
    pub slow: usize,
    /// So much later than others a slow node does everything.
    #[serde(with = "duration")]
    pub lag: Duration,
    /// A rule that all nodes leave out, so that a test can show that the checkers notice.
    #[serde(with = "named", skip_serializing_if = "Option::is_none")]
    pub leaves_out: Option<Broken>,
}

impl Default for Conditions {
    fn default() -> Self {
        Self {
            nodes: 16,
            fragments: 1,
            replicas: 16,
            hostile: 0,
            lie: Lie::Huge,
            deed: None,
            loss_percent: 0,
            duplicate_percent: 2,
            reorder_percent: 0,
            corrupt_percent: 0,
            replay_percent: 0,
            delay: Duration::from_millis(20),
            jitter: Duration::from_millis(20),
            skew_percent: 0,
            slow: 0,
            lag: Duration::from_millis(300),
            leaves_out: None,
        }
    }
}

impl Conditions {
    /// How many nodes are honest; they are the first ones.
    pub fn honest(&self) -> usize {
        self.nodes.saturating_sub(self.hostile)
    }

    /// How many neighbours of a node may seem hostile at a time because bytes are changed on the way. Links that are not
    /// authenticated cannot tell a changed sample from a lie.
    pub(crate) fn garbled(&self) -> usize {
        if self.corrupt_percent > 0 { GARBLED } else { 0 }
    }

    /// What cannot be, if anything: the key, what it has, and what it should have.
    pub(crate) fn mistake(&self) -> Option<String> {
        let nodes = self.nodes;
        if nodes == 0 || nodes > usize::from(u16::MAX) {
            return Some(format!("nodes: got {nodes}, expected 1 to 65,535"));
        }
        for (key, count) in [("hostile", self.hostile), ("slow", self.slow)] {
            if count > nodes {
                return Some(format!(
                    "{key}: got {count}, expected at most {nodes}, as there are no more nodes"
                ));
            }
        }
        if self.fragments == 0 || self.fragments > 4_096 {
            return Some(format!("fragments: got {}, expected 1 to 4,096", self.fragments));
        }
        None
    }
}

fn percent<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    number(from, 0, 100)
}

fn replays<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    number(from, 0, REPLAYS_MAX)
}

fn skew<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    number(from, 0, 50)
}

fn replicas<'de, D: Deserializer<'de>>(from: D) -> Result<usize, D::Error> {
    number(from, REPLICAS_MIN as u64, 256).map(|replicas| replicas as usize)
}

/// A number from `low` to `high`; the error of any other names the place in the file.
fn number<'de, D: Deserializer<'de>>(from: D, low: u64, high: u64) -> Result<u64, D::Error> {
    let number = u64::deserialize(from)?;
    if (low..=high).contains(&number) {
        return Ok(number);
    }
    Err(serde::de::Error::custom(format!("got {number}, expected {low} to {high}")))
}

/// What is written in a file as its name.
pub(crate) mod text {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<T: Display, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(value)
    }

    pub(crate) fn deserialize<'de, T, D>(from: D) -> Result<T, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What may be named in a file, and need not be.
mod named {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::{Deserializer, Serializer};

    use super::text;

    pub(super) fn serialize<T: Display, S: Serializer>(value: &Option<T>, to: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => text::serialize(value, to),
            None => to.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, T, D>(from: D) -> Result<Option<T>, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        text::deserialize(from).map(Some)
    }
}

/// Times as people write them: 20ms, 3s.
pub(crate) mod duration {
    use std::time::Duration;

    use serde::{Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(value: &Duration, to: S) -> Result<S::Ok, S::Error> {
        super::text::serialize(&humantime::Duration::from(*value), to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        super::text::deserialize(from).map(|duration: humantime::Duration| duration.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_is_as_in_the_default() {
        let conditions: Conditions = toml::from_str("hostile = 5\nlie = 'creep'\ndelay = '3s 5ms'").unwrap();
        let expected = Conditions {
            hostile: 5,
            lie: Lie::Creep,
            delay: Duration::from_millis(3_005),
            ..Default::default()
        };
        assert_eq!(conditions, expected);
        let written = toml::to_string(&conditions).unwrap();
        assert_eq!(toml::from_str::<Conditions>(&written).unwrap(), conditions);
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        let cases = [
            ("nodes = 3\nloss_percent = 101", "line 2", "got 101, expected 0 to 100"),
            ("nodes = 3\nlos_percent = 10", "line 2", "unknown field `los_percent`"),
            ("lie = 'kindness'", "line 1", "attack: got 'kindness', expected one of huge"),
            ("delay = 'soon'", "line 1", "delay"),
            ("replicas = 2", "line 1", "got 2, expected 8 to 256"),
        ];
        for (text, line, expected) in cases {
            let message = toml::from_str::<Conditions>(text).unwrap_err().to_string();
            assert!(message.contains(line) && message.contains(expected), "{message}");
        }
        let none = Conditions { nodes: 4, hostile: 5, ..Default::default() }.mistake();
        assert_eq!(none.as_deref(), Some("hostile: got 5, expected at most 4, as there are no more nodes"));
    }
}
