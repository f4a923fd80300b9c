//! The conformance suite, one line per backend. Backends that this machine cannot run show as ignored, and the reason
//! stands on standard error.

use lvs_kernels::{Backend, Level};

lvs_tests::conformance! {
    scalar => Backend::Scalar;
    portable => Backend::SimdLevel(Level::Portable);
    avx2 => Backend::SimdLevel(Level::Avx2);
    avx512 => Backend::SimdLevel(Level::Avx512);
    neon => Backend::SimdLevel(Level::Neon);
    gpu => Backend::Gpu(None);
    software_gpu => Backend::Gpu(Some("llvmpipe".into()));
}
