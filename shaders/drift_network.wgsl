// Drift of rows with at most N neighbours: the differences are sorted in registers, and what the two thresholds leave of
// them is summed ("The winsorised form" in the specification). The twin of network.rs and thresholds.rs.
//
// Differences are taken with 32 bits, e = clamp(d, -2^31, 2^31 - 1). Clamping keeps the order, so the thresholds of the
// e's are those of the d's, clamped; as long as both lie strictly inside, they are the same, and so is what they leave.
// Where one does not, a cell is marked and done again with 64 bits, by keys of a difference and its weight.
//
// Lines that start with `$each` are written out for every neighbour {j}, `$network` for every comparator {a} {b}, `$up`
// and `$down` for every key from the smallest and from the largest on; `$small` lines stand only if N <= 16, where the
// residuals fit into registers too (residuals.wgsl takes them otherwise). {n} is N.

const LEAST = -0x7fffffff - 1;
const MOST = 0x7fffffff;

// No cell holds this.
const AGAIN = vec2<u32>(0u, 0x80000000u);

fn order(a: ptr<function, i32>, b: ptr<function, i32>) {
    let first = *a;
    let second = *b;
    *a = min(first, second);
    *b = max(first, second);
}

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

// A neighbour's value minus one in 0 ..= 2^62, clamped to 32 bits; `d` is the difference, wrapped.
fn clamped32(neighbour: vec2<u32>, d: vec2<u32>) -> i32 {
    // It wraps only below -2^63, to 2^62 or more: never to what fits, and only for a negative neighbour.
    let negative = bitcast<i32>(neighbour.y | d.y) < 0;
    return select(select(MOST, LEAST, negative), bitcast<i32>(d.x), beyond32(d) == 0u);
}

// How many of the outermost differences lie beyond a threshold: `least` to `most`. `probe` is tried next.
struct Search {
    least: u32,
    most: u32,
    probe: u32,
}

fn is_open(search: Search) -> bool {
    return search.least < search.most;
}

// After a probe, beyond and at which all weigh T or not. The next one lies at most at `farthest`: most often few
// differences are skipped.
fn narrowed(search: Search, enough: bool, farthest: u32) -> Search {
    let least = select(search.probe + 1u, search.least, enough);
    let most = select(search.most, search.probe, enough);
    return Search(least, most, min(farthest, (least + most) / 2u));
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let here = place(workgroup, thread);
    let own = here.row.row * shape.cells;
    let degree = here.row.degree;
    let first_edge = here.row.first_edge;
    let bias = bias_of(here.row.row);
    var weight_sum = 0u;
    var heaviest = 0u;
    var lightest = 65535u;
    $each var w{j} = 0u;
    $each var from{j} = own;
    $each if ({j}u < degree) { w{j} = weight_of(first_edge + {j}u, degree); from{j} = source_of(first_edge + {j}u, here.row.row); }
    $each weight_sum += w{j};
    $small $each var residual{j} = ZERO64;
    var counted = Counters(0u, 0u, ZERO64, ZERO64);
    $each heaviest = max(heaviest, w{j});
    $each lightest = min(lightest, select(w{j}, 65535u, {j}u >= degree));
    let heads = tolerated_heads(degree);
    var mass = third_of(weight_sum);
    if (heads * heaviest > mass) {
        // What the F heaviest weigh. Neighbours that are missing weigh nothing and are sorted before the others.
        var heaviest_heads = 0u;
        $each var sorted{j} = bitcast<i32>(w{j});
        $network order(&sorted{a}, &sorted{b});
        $each heaviest_heads += select(0u, bitcast<u32>(sorted{j}), {j}u + heads >= {n}u);
        mass = max(mass, heaviest_heads);
    }
    // So many neighbours weigh less than T whichever they are, and one more than `last` weigh T.
    let first = (max(mass, 1u) - 1u) / max(heaviest, 1u);
    let all_but_one = max(degree, 1u) - 1u;
    let last = select(min((max(mass, 1u) - 1u) / max(lightest, 1u), all_but_one), all_but_one, lightest == 0u);
    var again = false;
    for (var cell = here.first_cell + here.lane; cell < here.end_cell; cell += here.lanes) {
        let value = values[own + cell];
        $each let n{j} = values[from{j} + cell];
        $each let d{j} = subtract64(n{j}, value);
        $each var e{j} = bitcast<i32>(d{j}.x);
        var beyond = 0u;
        $each beyond |= beyond32(d{j});
        if (beyond == 0u) {
            $small $each residual{j} = add64(residual{j}, vec2<u32>(bitcast<u32>(abs(e{j})), 0u));
        } else {
            $each e{j} = clamped32(n{j}, d{j});
            $small $each residual{j} = add64(residual{j}, absolute64(difference(n{j}, value)));
        }
        $each var s{j} = e{j};
        if (degree < {n}u) {
            // Those that are missing come last.
            $each s{j} = select(s{j}, MOST, {j}u >= degree);
        }
        $network order(&s{a}, &s{b});
        var above = Search(first, last, first);
        var below = above;
        var high = 0;
        var low = 0;
        var skipped = 1u;
        loop {
            switch degree - 1u - above.probe {
                $each case {j}u: { high = s{j}; }
                default: {}
            }
            switch below.probe {
                $each case {j}u: { low = s{j}; }
                default: {}
            }
            if (!is_open(above) && !is_open(below)) {
                break;
            }
            var weight_above = 0u;
            var weight_below = 0u;
            $each weight_above += select(0u, w{j}, e{j} >= high);
            $each weight_below += select(0u, w{j}, e{j} <= low);
            above = narrowed(above, weight_above >= mass, first + skipped);
            below = narrowed(below, weight_below >= mass, first + skipped);
            skipped = 2u * skipped + 1u;
        }
        high = max(high, 0);
        low = min(low, 0);
        if (high == MOST || low == LEAST) {
            moved[own + cell] = AGAIN;
            again = true;
            continue;
        }
        var free = ANYWHERE;
        if (shape.hold == 1u) {
            var rising = 0u;
            var falling = 0u;
            $each rising += select(0u, w{j}, e{j} > 0);
            $each falling += select(0u, w{j}, e{j} < 0);
            free = free_by(rising, falling, weight_sum);
        }
        // The sum of w · e by the halves of e; a row's weights are at most 65,535 together, so both fit.
        var upper = 0;
        var lower = 0u;
        $each e{j} = clamp(e{j}, low, high);
        $each upper += bitcast<i32>(w{j}) * (e{j} >> 16u);
        $each lower += w{j} * (bitcast<u32>(e{j}) & 0xffffu);
        let trimmed = times16(extended64(low + high), mass);
        let weighted = subtract64(from_halves(upper, lower), trimmed);
        apply(Cell(own + cell, value, bias), weighted, free, &counted);
    }
    // In a loop of its own: beside the first, it would take registers from it.
    for (var cell = here.first_cell + here.lane; again && cell < here.end_cell; cell += here.lanes) {
        if (any(moved[own + cell] != AGAIN)) {
            continue;
        }
        let value = values[own + cell];
        var weighted = ZERO64;
        $each let d{j} = difference(values[from{j} + cell], value);
        $each weighted = add64(weighted, times16(d{j}, w{j}));
        var free = ANYWHERE;
        if (shape.hold == 1u) {
            var rising = 0u;
            var falling = 0u;
            $each rising += select(0u, w{j}, less_signed64(ZERO64, d{j}));
            $each falling += select(0u, w{j}, is_negative64(d{j}));
            free = free_by(rising, falling, weight_sum);
        }
        $each var key{j} = shift_left64(d{j}, 15u) | vec2<u32>(w{j}, 0u);
        $network exchange(&key{a}, &key{b});
        var left = mass;
        $up if (left > 0u && is_negative64(key{j})) { remove(key{j}, &left, &weighted); }
        left = mass;
        $down if (left > 0u && !is_negative64(key{j})) { remove(key{j}, &left, &weighted); }
        apply(Cell(own + cell, value, bias), weighted, free, &counted);
    }
    $small $each shared64[{j}][thread] = residual{j};
    $small store_residuals(here, thread, 0u);
    count(thread, here.group, counted);
}
