// Drift of rows with at most N neighbours: each difference is packed with its weight into one key, the keys are sorted
// in registers, and weight T is removed from either end. The twin of network.rs and thresholds.rs.
//
// Lines that start with `$each` are written out for every neighbour {j}, `$network` for every comparator {a} {b}, `$up`
// and `$down` for every key from the smallest and from the largest on; `$small` lines stand only if N <= 16, where the
// residuals fit into registers too (residuals.wgsl takes them otherwise).

fn exchange(a: ptr<function, vec2<u32>>, b: ptr<function, vec2<u32>>) {
    let first = *a;
    let second = *b;
    let swap = less_signed64(second, first);
    *a = select(first, second, swap);
    *b = select(second, first, swap);
}

// Removes a key from the weighted sum, as far as there is mass left.
fn remove(key: vec2<u32>, left: ptr<function, u32>, weighted: ptr<function, vec2<u32>>) {
    let taken = min(*left, key.x & 0x7fffu);
    *weighted = subtract64(*weighted, times16(shift_right_signed64(key, 15u), taken));
    *left -= taken;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let here = place(workgroup, thread);
    let own = here.row.row * shape.cells;
    let degree = here.row.degree;
    let first_edge = here.row.first_edge;
    var weight_sum = 0u;
    $each var w{j} = 0u;
    $each var from{j} = own;
    $each if ({j}u < degree) { w{j} = weight_of(first_edge + {j}u, degree); from{j} = source_of(first_edge + {j}u, here.row.row); }
    $each weight_sum += w{j};
    $small $each var residual{j} = ZERO64;
    let mass = trim_mass(weight_sum);
    var counted = Counters(0u, 0u, ZERO64, ZERO64);
    for (var cell = here.first_cell + here.lane; cell < here.end_cell; cell += here.lanes) {
        let value = values[own + cell];
        var weighted = ZERO64;
        $each let d{j} = difference(values[from{j} + cell], value);
        $small $each residual{j} = add64(residual{j}, absolute64(d{j}));
        $each weighted = add64(weighted, times16(d{j}, w{j}));
        $each var key{j} = shift_left64(d{j}, 15u) | vec2<u32>(w{j}, 0u);
        $network exchange(&key{a}, &key{b});
        var left = mass;
        $up if (left > 0u && is_negative64(key{j})) { remove(key{j}, &left, &weighted); }
        left = mass;
        $down if (left > 0u && !is_negative64(key{j})) { remove(key{j}, &left, &weighted); }
        apply(own + cell, value, weighted, &counted);
    }
    $small $each shared64[{j}][thread] = residual{j};
    $small store_residuals(here, thread, 0u);
    count(thread, here.group, counted);
}
