//! The protocol on a simulated network.

mod agreement;
mod attacks;
mod limits;
mod scenarios;

/// The seeds to try: that of `LVS_SEED` alone, or so many.
fn seeds(count: u64) -> Vec<u64> {
    match std::env::var("LVS_SEED") {
        Ok(seed) => vec![seed.parse().expect("LVS_SEED is a number")],
        Err(_) => (1..=count).collect(),
    }
}
