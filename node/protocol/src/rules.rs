//! Rules that a simulated node can be told to leave out. Tests do so to show that the checkers would notice.
//!
//! Only builds with `fault-injection` can leave one out, and `lvs node` has no way to ask for it.

/// A rule of the protocol that the safety of all others rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Drift trims the neighbours that lie farthest off.
    Trim,
    /// Values are only compared where they stand for the same registers.
    Stamps,
    /// A sample that is no newer than what is known is refused.
    Freshness,
    /// A register counts only if its writer has signed it.
    Signatures,
}

/// Which rules a node keeps: all of them, unless a test says otherwise.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rules {
    #[cfg(feature = "fault-injection")]
    left_out: Option<Rule>,
}

impl Rules {
    /// All rules but one.
    #[cfg(feature = "fault-injection")]
    pub(crate) fn without(rule: Rule) -> Self {
        Self { left_out: Some(rule) }
    }

    #[cfg(feature = "fault-injection")]
    pub(crate) fn keep(self, rule: Rule) -> bool {
        self.left_out != Some(rule)
    }

    #[cfg(not(feature = "fault-injection"))]
    pub(crate) const fn keep(self, _rule: Rule) -> bool {
        true
    }
}
