//! Members that find each other, and places that follow them, on a simulated network.

mod attacks;
mod change;
mod discovery;
mod strangers;
mod world;

/// The seeds to try: that of `LVS_SEED` alone, or so many.
fn seeds(count: u64) -> Vec<u64> {
    match std::env::var("LVS_SEED") {
        Ok(seed) => vec![seed.parse().expect("LVS_SEED is a number")],
        Err(_) => (1..=count).collect(),
    }
}
