//! The pre-trust vector, and giving out reputation along it to the last unit.

use super::{Order, REPUTATION_ONE};
use crate::allocate::filled;
use crate::cancel::GoOn;
use crate::error::{Argument, Error, Result, expect_length};

/// Pre-trust in Q0.47; the shares sum to exactly 2^47.
pub(crate) struct Pretrust {
    shares: Vec<u64>,
}

impl Pretrust {
    /// From N non-negative weights, or uniform over N nodes.
    pub(crate) fn new(weights: Option<&[u32]>, rows: usize, go_on: &mut GoOn<'_>) -> Result<Self> {
        let uniform;
        let weights = match weights {
            Some(weights) => weights,
            None => {
                uniform = filled("the pre-trust", 1, rows)?;
                &uniform
            }
        };
        expect_length(Argument::Pretrust, weights.len(), rows)?;
        let sum: u64 = weights.iter().map(|&w| u64::from(w)).sum();
        if sum == 0 && rows > 0 {
            return Err(Error::argument(Argument::Pretrust, "weights that sum to 0", "at least one above 0"));
        }
        let weights = weights.iter().map(|&w| u64::from(w));
        let mut shares = filled("the shares of pre-trust", 0, rows)?;
        give_out(REPUTATION_ONE, weights, sum, &mut shares, go_on)?;
        Ok(Self { shares })
    }

    /// Each node's share in Q0.47.
    pub(crate) fn shares(&self) -> &[u64] {
        &self.shares
    }

    /// Adds `amount` along the shares, all of it, to `out`, which has the entry of each node at its place in `order`.
    pub(crate) fn distribute(
        &self,
        amount: u64,
        order: &Order,
        out: &mut [u64],
        go_on: &mut GoOn<'_>,
    ) -> Result<()> {
        let mut left = amount;
        for (node, &share) in self.shares.iter().enumerate().filter(|(_, share)| **share > 0) {
            let part = ((u128::from(amount) * u128::from(share)) / u128::from(REPUTATION_ONE)) as u64;
            out[order.place(node)] += part;
            left -= part;
            go_on.worked(1)?;
        }
        let weighted = self.shares.iter().enumerate().filter(|(_, share)| **share > 0);
        for (node, _) in weighted.take(left as usize) {
            out[order.place(node)] += 1;
        }
        Ok(())
    }
}

/// Adds `amount * weight / sum`, rounded down, to each entry; the units left over go one each to the first entries
/// that have a weight.
fn give_out(
    amount: u64,
    weights: impl Iterator<Item = u64> + Clone,
    sum: u64,
    out: &mut [u64],
    go_on: &mut GoOn<'_>,
) -> Result<()> {
    let mut left = amount;
    for (out, weight) in out.iter_mut().zip(weights.clone()) {
        let part = (u128::from(amount) * u128::from(weight) / u128::from(sum)) as u64;
        *out += part;
        left -= part;
        go_on.worked(1)?;
    }
    let weighted = out.iter_mut().zip(weights).filter(|(_, weight)| *weight > 0);
    for (out, _) in weighted.take(left as usize) {
        *out += 1;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::TrustMatrix;
    use super::*;

    #[test]
    fn shares_sum_to_one_exactly() {
        let pretrust = Pretrust::new(Some(&[1, 1, 0, 1]), 4, &mut GoOn::always()).unwrap();
        assert_eq!(pretrust.shares().iter().sum::<u64>(), REPUTATION_ONE);
        assert_eq!(pretrust.shares()[2], 0);
        assert_eq!(pretrust.shares()[0], pretrust.shares()[3] + 1);
    }

    #[test]
    fn all_of_an_amount_is_given_out() {
        let pretrust = Pretrust::new(None, 7, &mut GoOn::always()).unwrap();
        let nobody = TrustMatrix::Dense { rows: 7, trust: &[0; 49] };
        let mut out = [0; 7];
        let go_on = &mut GoOn::always();
        let order = Order::by_number(&nobody, go_on).unwrap();
        pretrust.distribute(1_000_003, &order, &mut out, go_on).unwrap();
        assert_eq!(out.iter().sum::<u64>(), 1_000_003);
    }

    #[test]
    fn pretrust_of_nobody_is_refused() {
        assert!(Pretrust::new(Some(&[0, 0]), 2, &mut GoOn::always()).is_err());
        assert!(Pretrust::new(Some(&[1]), 2, &mut GoOn::always()).is_err());
        assert!(Pretrust::new(None, 0, &mut GoOn::always()).is_ok());
    }
}
