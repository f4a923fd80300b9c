// Updates the trust along every edge of the rows listed from its residual. The twin of trust/mod.rs.

@group(0) @binding(3) var<storage, read_write> trust: array<u32>;
@group(0) @binding(4) var<storage, read> residuals: array<vec2<u32>>;

var<workgroup> judges: array<vec2<u32>, THREADS>;

// Whether a row's residual `j` is the (K - F)-th smallest of those whose samples arrived, K of them.
fn is_judge(row: Row, j: u32) -> bool {
    let own = residuals[row.first_edge + j];
    var below = 0u;
    var arrived = 0u;
    // Eight at a turn: see TURNS in gpu/tiles.rs.
    for (var first = 0u; first < row.degree; first += 8u) {
        let seen = compared(row, first, j, own) + compared(row, first + 1u, j, own)
            + compared(row, first + 2u, j, own) + compared(row, first + 3u, j, own)
            + compared(row, first + 4u, j, own) + compared(row, first + 5u, j, own)
            + compared(row, first + 6u, j, own) + compared(row, first + 7u, j, own);
        below += seen.x;
        arrived += seen.y;
    }
    return below == arrived - arrived / 3u - 1u;
}

// Whether residual `i` is there and ranks below residual `j`; whether it is there.
fn compared(row: Row, i: u32, j: u32, own: vec2<u32>) -> vec2<u32> {
    if (i >= row.degree || is_lost(row.first_edge + i)) {
        return vec2<u32>(0u, 0u);
    }
    let other = residuals[row.first_edge + i];
    return vec2<u32>(u32(less_unsigned64(other, own) || (all(other == own) && i < j)), 1u);
}

// How far a residual agrees with the tolerance, in Q0.16.
fn agreement(residual: vec2<u32>, tolerance: vec2<u32>) -> u32 {
    if (!less_unsigned64(tolerance, residual)) {
        return 65535u;
    }
    // Both shifted alike, so that the product fits 64 bits.
    let shift = max(bit_length64(residual), 47u) - 47u;
    var left = times16(shift_right_unsigned64(tolerance, shift), 65535u);
    var divisor = shift_left64(shift_right_unsigned64(residual, shift), 15u);
    var quotient = 0u;
    for (var bit = 0u; bit < 16u; bit++) {
        let fits = !less_unsigned64(left, divisor);
        left = select(left, subtract64(left, divisor), fits);
        quotient = (quotient << 1u) | u32(fits);
        divisor = shift_right_unsigned64(divisor, 1u);
    }
    return quotient;
}

// Slow to earn, quick to lose, down to the floor.
fn step_towards(agreed: u32, old: u32) -> u32 {
    if (agreed >= old) {
        return old + (agreed - old + 1023u) / 1024u;
    }
    return max(old - (old - agreed + 3u) / 4u, min(old, TRUST_FLOOR));
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let here = place(workgroup, thread);
    let degree = select(0u, here.row.degree, here.present);
    for (var j = here.lane; j < degree; j += here.lanes) {
        if (!is_lost(here.row.first_edge + j) && is_judge(here.row, j)) {
            judges[thread - here.lane] = residuals[here.row.first_edge + j];
        }
    }
    workgroupBarrier();
    let judge = judges[thread - here.lane];
    let tolerance = add_saturating64(add_saturating64(judge, judge), vec2<u32>(shape.tolerated, shape.tolerated_high));
    for (var j = here.lane; j < degree; j += here.lanes) {
        let edge = here.row.first_edge + j;
        if (!is_lost(edge)) {
            trust[edge] = step_towards(agreement(residuals[edge], tolerance), trust[edge]);
        }
    }
}
