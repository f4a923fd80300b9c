//! What the shaders that work on rows are told: the twin of rows.wgsl.

use bytemuck::{Pod, Zeroable};

/// A row to work on, as in rows.wgsl.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct ListedRow {
    pub row: u32,
    pub first_edge: u32,
    pub degree: u32,
    pub padding: u32,
}

/// The shape of a dispatch, as in rows.wgsl.
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Shape {
    pub cells: u32,
    pub lane_bits: u32,
    pub rows: u32,
    pub tile: u32,
    pub tiles: u32,
    pub edges: u32,
    pub most_degree: u32,
    pub first_slot: u32,
    pub slots: u32,
    pub given_weights: u32,
    pub groups_x: u32,
    pub first_edge: u32,
    pub first_edge_high: u32,
    pub tolerated: [u32; 2],
    pub hold: u32,
}

/// What changes with the cycle, as in rows.wgsl.
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct CycleConstants {
    pub rounding: u32,
    pub lost_share: u32,
    pub lost_key: [u32; 2],
    pub rounding_key: [u32; 2],
}

/// All rows round down, all round up, or every row draws its own rounding bit.
pub(crate) const ROUND_DOWN: u32 = 0;
pub(crate) const ROUND_UP: u32 = 1;
pub(crate) const ROUND_BY_ROW: u32 = 2;
