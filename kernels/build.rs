//! Short names for what a build can contain.

fn main() {
    cfg_aliases::cfg_aliases! {
        // wgpu is not built for browsers: a page has its GPU through JavaScript, and only asynchronously.
        gpu: { all(feature = "gpu", not(target_arch = "wasm32")) },
    }
    println!("cargo::rerun-if-changed=build.rs");
}
