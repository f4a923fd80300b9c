// Drift for any number of neighbours and any weights: the differences at which weight T is spent are found by halving
// an interval, and S = Σ w · clamp(d, low, high) - T · (low + high). The twin of `Bisection` in thresholds.rs. Without
// trimming T is 0 and nothing is searched. residuals.wgsl takes the residuals.

// The bounds of two thresholds: weight T is reached at `reached` and missed at `missed`, both as magnitudes.
struct Search {
    reached: vec2<u32>,
    missed: vec2<u32>,
}

fn middle(search: Search) -> vec2<u32> {
    return shift_right_unsigned64(add64(search.reached, search.missed), 1u);
}

fn is_open(search: Search) -> bool {
    return any(subtract64(search.missed, search.reached) != vec2<u32>(1u, 0u));
}

fn narrowed(search: Search, tried: vec2<u32>, enough: bool) -> Search {
    if (!is_open(search)) {
        return search;
    }
    return Search(select(search.reached, tried, enough), select(tried, search.missed, enough));
}

// How much weight lies from `high` upwards, and from `low` downwards.
struct Beyond {
    above: u32,
    below: u32,
}

// A cell and its row.
struct Compared {
    row: Row,
    cell: u32,
    value: vec2<u32>,
}

fn difference_of(here: Compared, j: u32) -> vec2<u32> {
    return difference(values[source_of(here.row.first_edge + j, here.row.row) + here.cell], here.value);
}

// Widens the searches until they hold a difference.
fn reach(here: Compared, j: u32, above: ptr<function, Search>, below: ptr<function, Search>) {
    if (j < here.row.degree) {
        let d = difference_of(here, j);
        let beyond = add64(absolute64(d), vec2<u32>(1u, 0u));
        if (is_negative64(d)) {
            (*below).missed = larger_unsigned64((*below).missed, beyond);
        } else {
            (*above).missed = larger_unsigned64((*above).missed, beyond);
        }
    }
}

fn weigh(here: Compared, j: u32, low: vec2<u32>, high: vec2<u32>, sum: ptr<function, Beyond>) {
    if (j < here.row.degree) {
        let d = difference_of(here, j);
        let w = weight_of(here.row.first_edge + j, here.row.degree);
        (*sum).above += select(w, 0u, less_signed64(d, high));
        (*sum).below += select(w, 0u, less_signed64(low, d));
    }
}

// What the weights of a row sum to, the lightest and the heaviest.
struct Weights {
    sum: u32,
    lightest: u32,
    heaviest: u32,
}

fn add_weight(row: Row, j: u32, weights: ptr<function, Weights>) {
    if (j < row.degree) {
        let w = weight_of(row.first_edge + j, row.degree);
        (*weights).sum += w;
        (*weights).lightest = min((*weights).lightest, w);
        (*weights).heaviest = max((*weights).heaviest, w);
    }
}

fn weights_of(row: Row) -> Weights {
    var weights = Weights(0u, 65535u, 0u);
    for (var j = 0u; j < row.degree; j += 8u) {
        add_weight(row, j, &weights);
        add_weight(row, j + 1u, &weights);
        add_weight(row, j + 2u, &weights);
        add_weight(row, j + 3u, &weights);
        add_weight(row, j + 4u, &weights);
        add_weight(row, j + 5u, &weights);
        add_weight(row, j + 6u, &weights);
        add_weight(row, j + 7u, &weights);
    }
    return weights;
}

// How many weigh more than `bound`, and what those weigh.
fn heavier(row: Row, j: u32, bound: u32) -> vec2<u32> {
    if (j >= row.degree) {
        return vec2<u32>(0u, 0u);
    }
    let w = weight_of(row.first_edge + j, row.degree);
    return select(vec2<u32>(0u, 0u), vec2<u32>(1u, w), w > bound);
}

fn all_heavier(row: Row, bound: u32) -> vec2<u32> {
    var found = vec2<u32>(0u, 0u);
    for (var j = 0u; j < row.degree; j += 8u) {
        found += heavier(row, j, bound) + heavier(row, j + 1u, bound)
            + heavier(row, j + 2u, bound) + heavier(row, j + 3u, bound)
            + heavier(row, j + 4u, bound) + heavier(row, j + 5u, bound)
            + heavier(row, j + 6u, bound) + heavier(row, j + 7u, bound);
    }
    return found;
}

// What the heaviest `heads` neighbours weigh. The lightest of those is searched for by halving.
fn heaviest(row: Row, weights: Weights, heads: u32) -> u32 {
    if (heads == 0u) {
        return 0u;
    }
    var least = weights.lightest;
    var most = weights.heaviest;
    while (least < most) {
        let bound = (least + most) / 2u;
        if (all_heavier(row, bound).x >= heads) {
            least = bound + 1u;
        } else {
            most = bound;
        }
    }
    let above = all_heavier(row, least);
    return above.y + (heads - above.x) * least;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let here = place(workgroup, thread);
    let own = here.row.row * shape.cells;
    let degree = here.row.degree;
    let first_edge = here.row.first_edge;
    let bias = bias_of(here.row.row);
    let weights = weights_of(here.row);
    var mass = 0u;
    if (TRIMMED) {
        mass = max(third_of(weights.sum), heaviest(here.row, weights, tolerated_heads(degree)));
    }
    var counted = Counters(0u, 0u, ZERO64, ZERO64);
    for (var cell = here.first_cell + here.lane; cell < here.end_cell; cell += here.lanes) {
        let value = values[own + cell];
        let at = Compared(here.row, cell, value);
        var above = Search(ZERO64, vec2<u32>(1u, 0u));
        var below = above;
        // Eight at a turn, here and below: see TURNS in gpu/tiles.rs.
        for (var j = 0u; mass > 0u && j < degree; j += 8u) {
            reach(at, j, &above, &below);
            reach(at, j + 1u, &above, &below);
            reach(at, j + 2u, &above, &below);
            reach(at, j + 3u, &above, &below);
            reach(at, j + 4u, &above, &below);
            reach(at, j + 5u, &above, &below);
            reach(at, j + 6u, &above, &below);
            reach(at, j + 7u, &above, &below);
        }
        while (mass > 0u && (is_open(above) || is_open(below))) {
            let high = middle(above);
            let low = negate64(middle(below));
            var beyond = Beyond(0u, 0u);
            for (var j = 0u; j < degree; j += 8u) {
                weigh(at, j, low, high, &beyond);
                weigh(at, j + 1u, low, high, &beyond);
                weigh(at, j + 2u, low, high, &beyond);
                weigh(at, j + 3u, low, high, &beyond);
                weigh(at, j + 4u, low, high, &beyond);
                weigh(at, j + 5u, low, high, &beyond);
                weigh(at, j + 6u, low, high, &beyond);
                weigh(at, j + 7u, low, high, &beyond);
            }
            above = narrowed(above, high, beyond.above >= mass);
            below = narrowed(below, negate64(low), beyond.below >= mass);
        }
        let high = select(vec2<u32>(0xffffffffu, 0x3fffu), above.reached, mass > 0u);
        let low = negate64(select(vec2<u32>(0xffffffffu, 0x3fffu), below.reached, mass > 0u));
        var weighted = negate64(times16(add64(low, high), mass));
        var above_it = 0u;
        var below_it = 0u;
        for (var j = 0u; j < degree; j++) {
            let d = difference_of(at, j);
            let w = weight_of(first_edge + j, degree);
            let limited = smaller_signed64(larger_signed64(d, low), high);
            weighted = add64(weighted, times16(limited, w));
            above_it += select(0u, w, less_signed64(ZERO64, d));
            below_it += select(0u, w, is_negative64(d));
        }
        var free = ANYWHERE;
        if (shape.hold == 1u) {
            free = free_by(above_it, below_it, weights.sum);
        }
        apply(Cell(own + cell, value, bias), weighted, free, &counted);
    }
    count(thread, here.group, counted);
}
