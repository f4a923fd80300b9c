//! Hold: a row leaves its anchor only for more than half of its neighbours' weight (specification, "Hold").
//!
//! A row that was overwritten is one more faulty row beside the hostile ones, until drift has led it back. So a third
//! of the weight may lead a row towards its anchor, but only a majority may lead it away.

use crate::vaultguard::Reach;

/// How far a cell may move, given its neighbours' differences and weights.
pub(super) fn reach(value: i64, anchor: i64, differences: &[(i64, u16)]) -> Reach {
    let mut total = 0;
    let mut above = 0;
    let mut below = 0;
    for &(difference, weight) in differences {
        let weight = u32::from(weight);
        total += weight;
        above += if difference > 0 { weight } else { 0 };
        below += if difference < 0 { weight } else { 0 };
    }
    Reach {
        low: if 2 * below > total { Reach::ANY.low } else { value.min(anchor) },
        high: if 2 * above > total { Reach::ANY.high } else { value.max(anchor) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_majority_leads_away_from_the_anchor() {
        let half = [(5, 2), (-3, 1), (0, 1)];
        assert_eq!(reach(10, 10, &half), Reach { low: 10, high: 10 });
        let majority = [(5, 3), (-3, 1), (0, 1)];
        assert_eq!(reach(10, 10, &majority), Reach { low: 10, high: i64::MAX });
    }

    #[test]
    fn towards_the_anchor_the_way_is_free() {
        assert_eq!(reach(10, 25, &[(5, 1), (-3, 1)]), Reach { low: 10, high: 25 });
        assert_eq!(reach(10, 4, &[]), Reach { low: 4, high: 10 });
    }
}
