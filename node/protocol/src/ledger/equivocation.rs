//! Proofs that a writer has given one sequence number to two amounts.

use crate::id::CellId;
use crate::keys::PublicKey;
use crate::ledger::Register;

/// Two registers of one writer and one cell with one sequence number and two amounts, both signed: nobody else can make
/// them, and an honest node never does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Equivocation {
    /// Whose registers they are.
    pub writer: PublicKey,
    /// The cell.
    pub cell: CellId,
    /// The registers, amounts ascending.
    pub registers: [Register; 2],
}

impl Equivocation {
    /// The proof that two registers make.
    pub(crate) fn new(writer: PublicKey, cell: CellId, one: Register, other: Register) -> Self {
        let registers = if one.amount < other.amount { [one, other] } else { [other, one] };
        Self { writer, cell, registers }
    }

    /// Whether it proves anything.
    pub fn holds(&self) -> bool {
        let [one, other] = &self.registers;
        one.contradicts(other)
            && self.registers.iter().all(|register| register.is_signed_by(self.writer, self.cell))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Keys;

    #[test]
    fn only_two_signed_amounts_of_one_number_prove_something() {
        let liar = Keys::from_seed([1; 32]);
        let cell = CellId { fragment: 3, cell: 4 };
        let register = |keys, sequence, amount| Register::signed(keys, cell, sequence, amount);
        let proof = |one, other| Equivocation::new(liar.public(), cell, one, other);
        let said = register(&liar, 5, 900);
        assert!(proof(said, register(&liar, 5, 100)).holds());
        assert!(!proof(said, said).holds());
        assert!(!proof(said, register(&liar, 6, 100)).holds(), "it has only contributed again");
        assert!(!proof(said, register(&Keys::from_seed([2; 32]), 5, 100)).holds(), "somebody else wrote it");
        let elsewhere = CellId { cell: 5, ..cell };
        assert!(!proof(said, Register::signed(&liar, elsewhere, 5, 100)).holds(), "that is another cell");
    }
}
