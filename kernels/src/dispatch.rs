//! From a level that was chosen at run time to code that was compiled for it.

/// Runs an expression with the token of a level, as `fearless_simd::dispatch` does, for the levels that a backend can
/// name: that macro also compiles everything for SSE4.2, which nobody can ask for, at a quarter of the build's time.
#[cfg(target_arch = "x86_64")]
macro_rules! dispatch {
    ($level:expr, $simd:ident => $run:expr) => {
        match $level {
            fearless_simd::Level::Avx512($simd) => $run,
            fearless_simd::Level::Avx2($simd) => $run,
            level => {
                let $simd = level.as_sse2().expect("every x86-64 processor has SSE2");
                $run
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
pub(crate) use dispatch;
#[cfg(not(target_arch = "x86_64"))]
pub(crate) use fearless_simd::dispatch;
