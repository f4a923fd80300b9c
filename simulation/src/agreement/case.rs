//! What a case of agreement is, and its words.

use std::fmt;
use std::str::FromStr;

use lvs_kernels::InvalidArgument;

use crate::attack::Attack;
use crate::error::{Argument, Error, Result};

/// A word of a case that cannot be read.
type Unread = InvalidArgument<&'static str>;

/// Where the honest rows start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Anywhere within the spread.
    Random,
    /// The first half of the rows at one end of the spread and the others at the other end; which is which is drawn for
    /// each cell.
    Halves,
}

/// What the honest rows trust at the start, and whether they learn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// All members fully, for ever.
    Fixed,
    /// All members fully.
    Full,
    /// Each member anything, at random.
    Random,
    /// Hostile members fully, each other only as far as the floor that disagreement does not go below.
    Floor,
    /// Hostile members fully, each other not at all.
    Zero,
    /// Each other fully, hostile members as newcomers.
    Newcomers,
}

/// A group and the attack on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    /// Members, hostile ones among them.
    pub members: usize,
    /// Hostile members.
    pub hostile: usize,
    /// How they lie.
    pub attack: Attack,
    /// Where the honest rows start.
    pub start: Start,
    /// How far apart they start at the most, in micro-VU.
    pub spread: i64,
    /// What they trust.
    pub trust: Trust,
    /// Cells of a row.
    pub cells: usize,
    /// Decides everything that is drawn at random.
    pub seed: u64,
}

impl Start {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Random, Self::Halves];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::Halves => "halves",
        }
    }
}

impl Trust {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Fixed, Self::Full, Self::Random, Self::Floor, Self::Zero, Self::Newcomers];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::Full => "full",
            Self::Random => "random",
            Self::Floor => "floor",
            Self::Zero => "zero",
            Self::Newcomers => "newcomers",
        }
    }
}

impl Case {
    /// How many members are honest.
    ///
    /// # Errors
    /// If none is.
    pub fn honest(&self) -> Result<usize> {
        match self.members.checked_sub(self.hostile) {
            Some(honest) if honest > 0 => Ok(honest),
            _ => {
                let expected = format!("fewer than {} members", self.members);
                Err(Error::argument(Argument::Hostile, self.hostile, expected))
            }
        }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { members, hostile, attack, start, spread, trust, cells, seed } = self;
        let start = start.name();
        let trust = trust.name();
        write!(f, "{members} {hostile} {attack} {start} {spread} {trust} {cells} {seed}")
    }
}

impl FromStr for Case {
    type Err = Unread;

    /// Reads members, hostile, attack, start, spread, trust, cells and seed, with blanks between them.
    fn from_str(text: &str) -> std::result::Result<Self, Unread> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let [members, hostile, attack, start, spread, trust, cells, seed] = words[..] else {
            let expected = "members, hostile, attack, start, spread, trust, cells and seed";
            return Err(Unread::new("case", format!("'{text}'"), expected));
        };
        Ok(Self {
            members: number("members", members)?,
            hostile: number("hostile", hostile)?,
            attack: named("attack", attack, Attack::ALL, Attack::name)?,
            start: named("start", start, Start::ALL, Start::name)?,
            spread: number("spread", spread)?,
            trust: named("trust", trust, Trust::ALL, Trust::name)?,
            cells: number("cells", cells)?,
            seed: number("seed", seed)?,
        })
    }
}

fn number<T: FromStr>(argument: &'static str, word: &str) -> std::result::Result<T, Unread> {
    word.parse().map_err(|_| Unread::new(argument, format!("'{word}'"), "a number"))
}

fn named<T: Copy, const N: usize>(
    argument: &'static str,
    word: &str,
    all: [T; N],
    name: fn(T) -> &'static str,
) -> std::result::Result<T, Unread> {
    let found = all.into_iter().find(|&one| name(one) == word);
    let names = all.map(name).join(", ");
    found.ok_or_else(|| Unread::new(argument, format!("'{word}'"), format!("one of {names}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_read_back_from_its_words() {
        let words = "16 5 seesaw halves 200000000 zero 4 17";
        let case: Case = words.parse().unwrap();
        assert_eq!((case.attack, case.trust, case.seed), (Attack::Seesaw, Trust::Zero, 17));
        assert_eq!(case.to_string(), words);
        let message = "16 5 edge middle 1 full 4 1".parse::<Case>().unwrap_err().to_string();
        assert_eq!(message, "start: got 'middle', expected one of random, halves");
        assert!("16 5 edge".parse::<Case>().unwrap_err().to_string().starts_with("case: got '16 5 edge'"));
    }

    #[test]
    fn somebody_must_be_honest() {
        let case = |members, hostile| Case {
            members,
            hostile,
            attack: Attack::Edge,
            start: Start::Random,
            spread: 1,
            trust: Trust::Full,
            cells: 1,
            seed: 1,
        };
        assert_eq!(case(16, 5).honest(), Ok(11));
        assert!(case(5, 5).honest().is_err() && case(4, 5).honest().is_err());
    }
}
