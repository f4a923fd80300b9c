//! The names of the rules that simulated nodes can leave out.

use std::fmt;
use std::str::FromStr;

use lvs_kernels::InvalidArgument;
use lvs_protocol::Rule;

use crate::names::by_name;

/// A rule that all honest nodes leave out, so that a test can show that the checkers notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken(pub Rule);

impl Broken {
    /// All rules that can be left out.
    pub const ALL: [Self; 4] =
        [Self(Rule::Trim), Self(Rule::Stamps), Self(Rule::Freshness), Self(Rule::Signatures)];

    fn name(self) -> &'static str {
        match self.0 {
            Rule::Trim => "trim",
            Rule::Stamps => "stamps",
            Rule::Freshness => "freshness",
            Rule::Signatures => "signatures",
        }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Broken {
    type Err = InvalidArgument<&'static str>;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        by_name(&Self::ALL, "rule", name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for broken in Broken::ALL {
            assert_eq!(broken.to_string().parse(), Ok(broken));
        }
        assert_eq!(
            "none".parse::<Broken>().unwrap_err().to_string(),
            "rule: got 'none', expected one of trim, stamps, freshness, signatures"
        );
    }
}
