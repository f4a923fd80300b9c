//! Arrays in the vector files: listed, drawn from a seed, or (results only) told by their digest.

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::random::Random;

/// Results up to this length are listed, longer ones told by their digest.
const LISTED_MOST: usize = 300;

/// Entries at the start of a longer result that are given to look at.
const SHOWN: usize = 4;

/// A number that arrays hold.
pub trait Entry: Copy + PartialEq + std::fmt::Debug {
    /// As JSON: 64-bit numbers are decimal strings, for many readers have only 53 bits.
    fn to_json(self) -> Value;
    /// Back from JSON.
    fn from_json(value: &Value) -> Option<Self>;
    /// `self + draw`, wrapping.
    fn plus(self, draw: u64) -> Self;
    /// The entry as the digest reads it: two's complement in 64 bits.
    fn bits(self) -> u64;
}

macro_rules! entry {
    ($($type:ty: $to_json:expr, $from_json:expr;)*) => {$(
        impl Entry for $type {
            fn to_json(self) -> Value {
                $to_json(self)
            }
            fn from_json(value: &Value) -> Option<Self> {
                $from_json(value)
            }
            fn plus(self, draw: u64) -> Self {
                self.wrapping_add(draw as Self)
            }
            fn bits(self) -> u64 {
                self as u64
            }
        }
    )*};
}

entry! {
    i64: |n: i64| Value::String(n.to_string()), |v: &Value| v.as_str()?.parse().ok();
    u64: |n: u64| Value::String(n.to_string()), |v: &Value| v.as_str()?.parse().ok();
    u32: |n: u32| json!(n), |v: &Value| v.as_u64()?.try_into().ok();
    u16: |n: u16| json!(n), |v: &Value| v.as_u64()?.try_into().ok();
}

/// An input array.
#[derive(Clone, Debug)]
pub enum Input<T> {
    /// Entry by entry.
    Listed(Vec<T>),
    /// `low + multiply_shift(draw, span)` from a generator of its own; a span of 0 stands for 2^64.
    Drawn {
        /// The generator's seed.
        seed: u64,
        /// The least entry.
        low: T,
        /// How many values above it there are, itself included.
        span: u64,
    },
}

impl<T: Entry> Input<T> {
    /// The array of `count` entries.
    pub fn entries(&self, count: usize) -> Vec<T> {
        match self {
            Self::Listed(entries) => {
                assert_eq!(entries.len(), count, "a listed array has another length than its case says");
                entries.clone()
            }
            &Self::Drawn { seed, low, span } => {
                let mut random = Random::new(seed);
                (0..count).map(|_| low.plus(random.below(span))).collect()
            }
        }
    }
}

impl<T: Entry> Serialize for Input<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Listed(entries) => list(entries).serialize(serializer),
            Self::Drawn { seed, low, span } => {
                json!({"seed": seed.to_json(), "low": low.to_json(), "span": span.to_json()})
                    .serialize(serializer)
            }
        }
    }
}

impl<'de, T: Entry> Deserialize<'de> for Input<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let drawn = || {
            let number = |field| u64::from_json(&value[field]);
            Some(Self::Drawn {
                seed: number("seed")?,
                low: T::from_json(&value["low"])?,
                span: number("span")?,
            })
        };
        let parsed = if value.is_array() { entries(&value).map(Self::Listed) } else { drawn() };
        parsed.ok_or_else(|| Error::custom(format!("neither a list of entries nor a drawn array: {value}")))
    }
}

/// A result: listed, or where long its length, digest and first entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output<T> {
    /// Entry by entry.
    Listed(Vec<T>),
    /// What remains of a long array.
    Digest {
        /// Entries.
        length: usize,
        /// FNV-1a over the entries' 64-bit little-endian bytes.
        fnv1a: u64,
        /// The first few entries.
        first: Vec<T>,
    },
}

impl<T: Entry> From<Vec<T>> for Output<T> {
    fn from(entries: Vec<T>) -> Self {
        match entries.len() {
            0..=LISTED_MOST => Self::Listed(entries),
            length => Self::Digest { length, fnv1a: fnv1a(&entries), first: entries[..SHOWN].to_vec() },
        }
    }
}

impl<T: Entry> Serialize for Output<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Listed(entries) => list(entries).serialize(serializer),
            Self::Digest { length, fnv1a, first } => {
                json!({"length": length, "fnv1a": fnv1a.to_json(), "first": list(first)})
                    .serialize(serializer)
            }
        }
    }
}

impl<'de, T: Entry> Deserialize<'de> for Output<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let digest = || {
            Some(Self::Digest {
                length: value["length"].as_u64()? as usize,
                fnv1a: u64::from_json(&value["fnv1a"])?,
                first: entries(&value["first"])?,
            })
        };
        let parsed = if value.is_array() { entries(&value).map(Self::Listed) } else { digest() };
        parsed.ok_or_else(|| Error::custom(format!("neither a list of entries nor a digest: {value}")))
    }
}

/// FNV-1a (64 bits) over the entries' bits, each as eight bytes, the lowest first.
fn fnv1a<T: Entry>(entries: &[T]) -> u64 {
    let bytes = entries.iter().flat_map(|entry| entry.bits().to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

fn list<T: Entry>(entries: &[T]) -> Value {
    entries.iter().map(|entry| entry.to_json()).collect()
}

fn entries<T: Entry>(value: &Value) -> Option<Vec<T>> {
    value.as_array()?.iter().map(T::from_json).collect()
}

/// A single 64-bit number as a decimal string, for `#[serde(with = "text")]`.
pub mod text {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::Serializer;

    /// Writes the number in decimal.
    ///
    /// # Errors
    /// If the serializer fails.
    pub fn serialize<T: Display, S: Serializer>(number: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(number)
    }

    /// Reads it back.
    ///
    /// # Errors
    /// If it is not a string that holds a number of this type.
    pub fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        String::deserialize(deserializer)?.parse().map_err(Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_fnv1a() {
        // The published value for the single byte 'a', continued over seven zero bytes.
        let after_a = 0xaf63_dc4c_8601_ec8c_u64;
        let expected = (0..7).fold(after_a, |hash, _| hash.wrapping_mul(0x0000_0100_0000_01b3));
        assert_eq!(fnv1a(&[u64::from(b'a')]), expected);
    }

    #[test]
    fn arrays_survive_json() {
        let drawn = Input::Drawn { seed: u64::MAX, low: i64::MIN, span: 0 };
        let back: Input<i64> = serde_json::from_str(&serde_json::to_string(&drawn).unwrap()).unwrap();
        assert_eq!(back.entries(9), drawn.entries(9));
        let long = Output::from((0..1_000).collect::<Vec<u64>>());
        let back: Output<u64> = serde_json::from_str(&serde_json::to_string(&long).unwrap()).unwrap();
        assert_eq!(back, long);
    }
}
