// What every form of drift does around its selection: differences, VaultGuard, counters and residuals. The constants
// come from vaultguard.rs when the shader is put together.

@group(0) @binding(3) var<storage, read> targets: array<u32>;
@group(0) @binding(4) var<storage, read> trust: array<u32>;
@group(0) @binding(5) var<storage, read> values: array<vec2<u32>>;
@group(0) @binding(6) var<storage, read> anchors: array<vec2<u32>>;
@group(0) @binding(7) var<storage, read_write> moved: array<vec2<u32>>;
@group(0) @binding(8) var<storage, read_write> residuals: array<vec2<u32>>;
@group(0) @binding(9) var<storage, read_write> counters: array<array<vec2<u32>, 4>>;

// Neighbours whose residuals are added up at once.
const BLOCK = 16u;

fn weight_of(edge: u32, degree: u32) -> u32 {
    return select(trust[edge] / (degree + 1u), trust[edge], shape.given_weights == 1u);
}

// Where a neighbour's cells start: with the row itself if its sample is lost, so that its difference is 0.
fn source_of(edge: u32, row: u32) -> u32 {
    return select(targets[edge], row, is_lost(edge)) * shape.cells;
}

// How many of a row's neighbours may be hostile.
fn tolerated_heads(degree: u32) -> u32 {
    return degree / 3u;
}

// A third of the neighbours' weight, rounded up. T is that, or what the F heaviest of them weigh, if it is more.
fn third_of(weight_sum: u32) -> u32 {
    return (TRIM * weight_sum + 65535u) >> 16u;
}

// Whether a cell may leave its anchor upwards, and downwards.
struct Free {
    upwards: bool,
    downwards: bool,
}

const ANYWHERE = Free(true, true);

// Whether more than half of the weight lies above a cell, and below it.
fn free_by(above: u32, below: u32, weight_sum: u32) -> Free {
    return Free(2u * above > weight_sum, 2u * below > weight_sum);
}

// A neighbour's value minus one in 0 ..= 2^62, clamped to ±(2^46 - 1).
fn difference(neighbour: vec2<u32>, value: vec2<u32>) -> vec2<u32> {
    let low = bitcast<i32>(neighbour.y) < -0x40000000;
    let d = subtract64(select(neighbour, vec2<u32>(0u, 0xc0000000u), low), value);
    let high = bitcast<i32>(d.y);
    let below = high < -0x4000 || (high == -0x4000 && d.x == 0u);
    let limited = select(d, vec2<u32>(1u, 0xffffc000u), below);
    return select(limited, vec2<u32>(0xffffffffu, 0x3fffu), high >= 0x4000);
}

struct Counters {
    rate_limited: u32,
    floored: u32,
    largest: vec2<u32>,
    sum: vec2<u32>,
}

// A cell of a row that rounds by `bias`.
struct Cell {
    position: u32,
    value: vec2<u32>,
    bias: u32,
}

// Moves a cell by the weighted sum of differences: rate limit, hold, drain floor, value range.
fn apply(cell: Cell, weighted: vec2<u32>, free: Free, counted: ptr<function, Counters>) {
    let value = cell.value;
    let anchor = anchors[cell.position];
    let correction = shift_right_signed64(add64(weighted, vec2<u32>(cell.bias, 0u)), 16u);
    let limit = larger_signed64(vec2<u32>(RATE_FLOOR, 0u), shift_right_signed64(value, RATE_SHIFT));
    let limited = larger_signed64(smaller_signed64(correction, limit), negate64(limit));
    let drained = subtract64(anchor, shift_right_signed64(anchor, DRAIN_SHIFT));
    let floor_ = larger_signed64(smaller_signed64(value, drained), ZERO64);
    var target_ = add64(value, limited);
    if (!free.upwards) {
        target_ = smaller_signed64(target_, larger_signed64(value, anchor));
    }
    if (!free.downwards) {
        target_ = larger_signed64(target_, smaller_signed64(value, anchor));
    }
    let result = smaller_signed64(larger_signed64(target_, floor_), vec2<u32>(0u, 0x40000000u));
    let step = absolute64(subtract64(result, value));
    moved[cell.position] = result;
    (*counted).rate_limited += u32(any(limited != correction));
    (*counted).floored += u32(less_signed64(target_, floor_));
    (*counted).largest = larger_unsigned64((*counted).largest, step);
    (*counted).sum = add64((*counted).sum, step);
}

var<workgroup> shared64: array<array<vec2<u32>, THREADS>, BLOCK>;

// Adds what the threads of a workgroup counted to the workgroup's own counters. A workgroup has at most 2^16 cells
// (TILE_CELLS in gpu/tiles.rs), and none moves by more than 2^46, so that nothing overflows before those.
fn count(thread: u32, group: u32, counted: Counters) {
    workgroupBarrier();
    shared64[0][thread] = vec2<u32>(counted.rate_limited, counted.floored);
    shared64[1][thread] = counted.largest;
    shared64[2][thread] = counted.sum;
    workgroupBarrier();
    if (thread < 8u) {
        gather(thread, 8u);
    }
    workgroupBarrier();
    if (thread == 0u) {
        gather(0u, 1u);
        let cells = shared64[0][0];
        counters[group][0] = add64(counters[group][0], vec2<u32>(cells.x, 0u));
        counters[group][1] = add64(counters[group][1], vec2<u32>(cells.y, 0u));
        counters[group][2] = larger_unsigned64(counters[group][2], shared64[1][0]);
        counters[group][3] = add_saturating64(counters[group][3], shared64[2][0]);
    }
}

// Merges eight threads' counters, `apart` from one to the next, into the first one's.
fn gather(first: u32, apart: u32) {
    var cells = shared64[0][first];
    var largest = shared64[1][first];
    var sum = shared64[2][first];
    for (var i = 1u; i < 8u; i++) {
        let thread = first + i * apart;
        cells += shared64[0][thread];
        largest = larger_unsigned64(largest, shared64[1][thread]);
        sum = add64(sum, shared64[2][thread]);
    }
    shared64[0][first] = cells;
    shared64[1][first] = largest;
    shared64[2][first] = sum;
}

// Adds up the block of residuals in `shared64` over the lanes of each row, and stores those of neighbours
// `first` to `first + BLOCK`. Without overflow, as in `count`.
fn store_residuals(place: Place, thread: u32, first: u32) {
    let width = min(place.lanes, BLOCK);
    workgroupBarrier();
    add_up(thread % BLOCK, thread - thread % BLOCK, width);
    workgroupBarrier();
    if (place.present) {
        let end = min(BLOCK, place.row.degree - min(first, place.row.degree));
        for (var j = place.lane; j < end; j += place.lanes) {
            var sum = ZERO64;
            for (var lane = 0u; lane < place.lanes; lane += width) {
                sum = add64(sum, shared64[j][thread - place.lane + lane + (j & (width - 1u))]);
            }
            residuals[place.slot * shape.edges + place.row.first_edge + first + j] = sum;
        }
    }
    workgroupBarrier();
}

// Adds up neighbour j's residuals of BLOCK threads, by `width`, a power of two. Every j starts, and leaves its sums, at a
// place of its own, for the rows of `shared64` share their memory banks.
fn add_up(j: u32, start: u32, width: u32) {
    for (var at = start; at < start + BLOCK; at += width) {
        var sum = ZERO64;
        for (var i = 0u; i < width; i++) {
            sum = add64(sum, shared64[j][at + ((i + j) & (width - 1u))]);
        }
        shared64[j][at + (j & (width - 1u))] = sum;
    }
}
