//! The protocol on a simulated network.

mod agreement;
mod limits;
mod simulator;
