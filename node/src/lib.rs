//! The LVS node.
#![forbid(unsafe_code)]
