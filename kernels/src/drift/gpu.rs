//! Drift on the GPU: which shader takes which row.
//!
//! Rows with about the same number of neighbours share a dispatch of a network of that size, with the keys in registers;
//! what has more neighbours than the largest network, or a weight too large for a key, is searched for its thresholds.

use super::thresholds::KEY_WEIGHT_MAX;
use crate::gpu::{FUSED_NEIGHBOURS, Shader};
use crate::network;

/// The shader for a row that moves, with these weights if they are given.
pub(crate) fn shader_for(degree: usize, weights: Option<&[u16]>, trim: bool) -> Shader {
    let too_heavy = || weights.is_some_and(|weights| weights.iter().any(|&weight| weight > KEY_WEIGHT_MAX));
    let keys = network::SIZES.into_iter().find(|&keys| keys >= degree);
    match keys {
        Some(keys) if trim && !too_heavy() => Shader::Network(keys),
        Some(keys) if !trim && keys <= FUSED_NEIGHBOURS => Shader::Averaging(keys),
        _ => Shader::Bisection { trim },
    }
}

/// Whether a shader leaves the residuals to a pass of their own.
pub(crate) fn leaves_residuals(shader: Shader) -> bool {
    match shader {
        Shader::Network(keys) | Shader::Averaging(keys) => keys > FUSED_NEIGHBOURS,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_finds_its_shader() {
        assert_eq!(shader_for(15, None, true), Shader::Network(15));
        assert_eq!(shader_for(17, Some(&[1; 17]), true), Shader::Network(32));
        assert_eq!(shader_for(1, Some(&[32_768]), true), Shader::Bisection { trim: true });
        assert_eq!(shader_for(65, None, true), Shader::Bisection { trim: true });
        assert_eq!(shader_for(9, Some(&[40_000; 9]), false), Shader::Averaging(15));
        assert_eq!(shader_for(17, None, false), Shader::Bisection { trim: false });
    }
}
