//! The extension module `lvs._native`.
