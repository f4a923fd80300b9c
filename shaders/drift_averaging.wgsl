// Drift without trimming of rows with at most N <= 16 neighbours: one weighted sum. The twin of averaging.rs; `$each` as
// in drift_network.wgsl.

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let here = place(workgroup, thread);
    let own = here.row.row * shape.cells;
    let degree = here.row.degree;
    let first_edge = here.row.first_edge;
    let bias = bias_of(here.row.row);
    var weight_sum = 0u;
    $each var w{j} = 0u;
    $each var from{j} = own;
    $each if ({j}u < degree) { w{j} = weight_of(first_edge + {j}u, degree); from{j} = source_of(first_edge + {j}u, here.row.row); }
    $each weight_sum += w{j};
    $each var residual{j} = ZERO64;
    var counted = Counters(0u, 0u, ZERO64, ZERO64);
    for (var cell = here.first_cell + here.lane; cell < here.end_cell; cell += here.lanes) {
        let value = values[own + cell];
        $each let n{j} = values[from{j} + cell];
        $each let d{j} = subtract64(n{j}, value);
        var beyond = 0u;
        $each beyond |= beyond32(d{j});
        var weighted = ZERO64;
        var above = 0u;
        var below = 0u;
        if (beyond == 0u) {
            // All fit 32 bits; the sum of w · d by their halves, as in drift_network.wgsl.
            var upper = 0;
            var lower = 0u;
            $each residual{j} = add64(residual{j}, vec2<u32>(bitcast<u32>(abs(bitcast<i32>(d{j}.x))), 0u));
            $each upper += bitcast<i32>(w{j}) * (bitcast<i32>(d{j}.x) >> 16u);
            $each lower += w{j} * (d{j}.x & 0xffffu);
            weighted = from_halves(upper, lower);
            if (shape.hold == 1u) {
                $each above += select(0u, w{j}, bitcast<i32>(d{j}.x) > 0);
                $each below += select(0u, w{j}, bitcast<i32>(d{j}.x) < 0);
            }
        } else {
            $each let c{j} = difference(n{j}, value);
            $each residual{j} = add64(residual{j}, absolute64(c{j}));
            $each weighted = add64(weighted, times16(c{j}, w{j}));
            $each above += select(0u, w{j}, less_signed64(ZERO64, c{j}));
            $each below += select(0u, w{j}, is_negative64(c{j}));
        }
        var free = ANYWHERE;
        if (shape.hold == 1u) {
            free = free_by(above, below, weight_sum);
        }
        apply(Cell(own + cell, value, bias), weighted, free, &counted);
    }
    $each shared64[{j}][thread] = residual{j};
    store_residuals(here, thread, 0u);
    count(thread, here.group, counted);
}
