//! Keys: what a node signs with, and what others know it by.
//!
//! Signatures are Ed25519 (RFC 8032), checked strictly: a register has one signature of its writer, and keys of small order
//! are refused.

use std::fmt;

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};

use crate::id::NodeId;

/// The keys of a node. They are made at its start and never stored, so a restart is another node.
#[derive(Clone)]
pub struct Keys {
    signing: SigningKey,
}

impl Keys {
    /// The keys that follow from 32 bytes that nobody else knows.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self { signing: SigningKey::from_bytes(&seed) }
    }

    /// The keys of a node that is named by a session. Whoever knows the session can sign in the node's name.
    pub fn of_session(session: [u8; 16]) -> Self {
        Self::from_seed(blake3::derive_key("LVS 2026-11 keys of a session", &session))
    }

    /// What others check signatures with.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.signing.verifying_key().to_bytes())
    }

    /// Who the node is.
    pub fn id(&self) -> NodeId {
        self.public().id()
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.signing.sign(message).to_bytes())
    }
}

impl fmt::Debug for Keys {
    /// Shows who the node is, and nothing that is secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({})", self.id())
    }
}

/// What a node's signatures are checked with.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// The key of these bytes. Whether it is one shows when a signature is checked.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes that stand for it in packets.
    pub const fn to_bytes(self) -> [u8; 32] {
        self.0
    }

    /// The node whose key this is: the first 16 bytes of its BLAKE3 hash.
    pub fn id(self) -> NodeId {
        let hash = blake3::hash(&self.0);
        let (id, _) = hash.as_bytes().split_first_chunk().expect("a hash has 32 bytes");
        NodeId::from_bytes(*id)
    }

    /// Whether the signature of a message is this key's.
    pub(crate) fn has_signed(self, message: &[u8], signature: &Signature) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        VerifyingKey::from_bytes(&self.0).is_ok_and(|key| key.verify_strict(message, &signature).is_ok())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey of {}", self.id())
    }
}

/// A signature. Whether it is anybody's shows when it is checked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; 64]);

impl Signature {
    /// The signature of these bytes.
    pub const fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// The bytes that stand for it in packets.
    pub const fn to_bytes(self) -> [u8; 64] {
        self.0
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({:02x}{:02x}…)", self.0[0], self.0[1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_writer_of_a_message_has_signed_it() {
        let keys = Keys::from_seed([7; 32]);
        let other = Keys::from_seed([8; 32]);
        let signature = keys.sign(b"what it says");
        assert!(keys.public().has_signed(b"what it says", &signature));
        assert!(!keys.public().has_signed(b"what it said", &signature));
        assert!(!other.public().has_signed(b"what it says", &signature));
        let mut altered = signature.to_bytes();
        altered[40] ^= 1;
        assert!(!keys.public().has_signed(b"what it says", &Signature::from_bytes(altered)));
    }

    #[test]
    fn what_is_no_key_has_signed_nothing() {
        let signature = Keys::from_seed([7; 32]).sign(b"what it says");
        for bytes in [[0; 32], [2; 32], [u8::MAX; 32]] {
            assert!(!PublicKey::from_bytes(bytes).has_signed(b"what it says", &signature));
        }
    }

    #[test]
    fn a_node_is_known_by_the_hash_of_its_key() {
        // The public key of RFC 8032, section 7.1, test 1, and the first half of its BLAKE3 hash.
        let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
        let seed: Vec<_> =
            (0..32).map(|i| u8::from_str_radix(&seed[2 * i..2 * i + 2], 16).unwrap()).collect();
        let keys = Keys::from_seed(seed.try_into().unwrap());
        assert_eq!(keys.public().to_bytes()[..4], [0xd7, 0x5a, 0x98, 0x01]);
        assert_eq!(keys.id().to_bytes(), blake3::hash(&keys.public().to_bytes()).as_bytes()[..16]);
    }

    #[test]
    fn sessions_have_keys_of_their_own() {
        assert_eq!(Keys::of_session([1; 16]).id(), Keys::of_session([1; 16]).id());
        assert_ne!(Keys::of_session([1; 16]).id(), Keys::of_session([2; 16]).id());
    }
}
