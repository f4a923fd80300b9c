// One iteration of reputation in seven passes; the twin of reputation/mod.rs. What has to be known of all nodes (the amount
// that goes back along the pre-trust, the units left over, the change) is added up by workgroups and then by one.

struct Extent {
    rows: u32,
    first: u32,          // segment of the band
    band: u32,           // segments of the band
    groups: u32,         // workgroups over all nodes
    groups_x: u32,       // workgroups of a dispatch along x
    keep: u32,           // 1 - damping, Q0.32
    keep_all: u32,       // 1: the damping is 0
    most: u32,           // iterations
    tolerance: vec2<u32>,
}

struct State {
    amount: vec2<u32>,   // that goes back along the pre-trust
    left: vec2<u32>,     // units left over by rounding
    change: vec2<u32>,
    iterations: u32,
    done: u32,
}

@group(0) @binding(0) var<uniform> extent: Extent;
@group(0) @binding(1) var<storage, read> offsets: array<u32>;         // of segments in entries, of nodes in segments
@group(0) @binding(2) var<storage, read> entries: array<vec2<u32>>;   // who trusts, how much of its trust (Q0.32)
@group(0) @binding(3) var<storage, read> pretrust: array<vec2<u32>>;
@group(0) @binding(4) var<storage, read> ranks: array<u32>;          // among the pre-trusted
@group(0) @binding(5) var<storage, read> old: array<vec2<u32>>;
@group(0) @binding(6) var<storage, read_write> new_: array<vec2<u32>>;
@group(0) @binding(7) var<storage, read_write> sums_of_groups: array<vec2<u32>>;
@group(0) @binding(8) var<storage, read_write> state: State;
@group(0) @binding(9) var<storage, read_write> products: array<array<vec2<u32>, 2>>;  // of segments: low, high

var<workgroup> sums: array<vec2<u32>, 256>;

fn sum_of_workgroup(thread: u32, mine: vec2<u32>) -> vec2<u32> {
    sums[thread] = mine;
    for (var offset = 128u; offset > 0u; offset /= 2u) {
        workgroupBarrier();
        if (thread < offset) {
            sums[thread] = add64(sums[thread], sums[thread + offset]);
        }
    }
    workgroupBarrier();
    return sums[0];
}

fn store_sum(workgroup: vec3<u32>, thread: u32, mine: vec2<u32>) {
    let sum = sum_of_workgroup(thread, mine);
    let group = workgroup.y * extent.groups_x + workgroup.x;
    if (thread == 0u && group < extent.groups) {
        sums_of_groups[group] = sum;
    }
}

fn sum_of_all(thread: u32) -> vec2<u32> {
    var mine = ZERO64;
    for (var i = thread; i < extent.groups; i += 256u) {
        mine = add64(mine, sums_of_groups[i]);
    }
    return sum_of_workgroup(thread, mine);
}

// floor(a · keep / 2^32).
fn kept(a: vec2<u32>) -> vec2<u32> {
    if (extent.keep_all == 1u) {
        return a;
    }
    return add64(product32(a.y, extent.keep), vec2<u32>(product32(a.x, extent.keep).y, 0u));
}

// floor(a · b / 2^47) of two numbers up to 2^47.
fn share_of(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
    let low = product32(a.x, b.x);
    let middle = add64(add64(product32(a.x, b.y), product32(a.y, b.x)), vec2<u32>(low.y, 0u));
    return shift_right_unsigned64(vec2<u32>(middle.x, middle.y + a.y * b.y), 15u);
}

fn node_of(workgroup: vec3<u32>, thread: u32) -> u32 {
    return (workgroup.y * extent.groups_x + workgroup.x) * 256u + thread;
}

// Σ c · reputation over the entries of a segment, its low 32 bits apart: products have up to 79.
@compute @workgroup_size(256)
fn multiply(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let segment = node_of(workgroup, thread);
    if (segment >= extent.band || state.done == 1u) {
        return;
    }
    var low = ZERO64;
    var high = ZERO64;
    for (var i = offsets[segment]; i < offsets[segment + 1u]; i++) {
        let entry = entries[i];
        let reputation = old[entry.x];
        let product = product32(entry.y, reputation.x);
        low = add64(low, vec2<u32>(product.x, 0u));
        high = add64(high, add64(vec2<u32>(product.y, 0u), product32(entry.y, reputation.y)));
    }
    products[extent.first + segment] = array<vec2<u32>, 2>(low, high);
}

// What a node is passed on: floor(Σ c · reputation / 2^32), damped.
@compute @workgroup_size(256)
fn combine(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let node = node_of(workgroup, thread);
    var mine = ZERO64;
    if (node < extent.rows && state.done == 0u) {
        var low = ZERO64;
        var high = ZERO64;
        for (var i = offsets[node]; i < offsets[node + 1u]; i++) {
            low = add64(low, products[i][0]);
            high = add64(high, products[i][1]);
        }
        mine = kept(add64(high, vec2<u32>(low.y, 0u)));
        new_[node] = mine;
    }
    store_sum(workgroup, thread, mine);
}

@compute @workgroup_size(256)
fn sum_amount(@builtin(local_invocation_index) thread: u32) {
    let passed_on = sum_of_all(thread);
    if (thread == 0u) {
        state.amount = subtract64(vec2<u32>(0u, 0x8000u), passed_on);
    }
}

@compute @workgroup_size(256)
fn distribute(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let node = node_of(workgroup, thread);
    var part = ZERO64;
    if (node < extent.rows && state.done == 0u) {
        part = share_of(state.amount, pretrust[node]);
        new_[node] = add64(new_[node], part);
    }
    store_sum(workgroup, thread, part);
}

@compute @workgroup_size(256)
fn sum_left(@builtin(local_invocation_index) thread: u32) {
    let given = sum_of_all(thread);
    if (thread == 0u) {
        state.left = subtract64(state.amount, given);
    }
}

@compute @workgroup_size(256)
fn finish(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let node = node_of(workgroup, thread);
    var change = ZERO64;
    if (node < extent.rows && state.done == 0u) {
        let result = add64(new_[node], vec2<u32>(u32(ranks[node] < state.left.x), 0u));
        new_[node] = result;
        change = absolute64(subtract64(result, old[node]));
    }
    store_sum(workgroup, thread, change);
}

@compute @workgroup_size(256)
fn sum_change(@builtin(local_invocation_index) thread: u32) {
    let change = sum_of_all(thread);
    if (thread == 0u && state.done == 0u) {
        state.change = change;
        state.iterations += 1u;
        state.done = u32(!less_unsigned64(extent.tolerance, change) || state.iterations >= extent.most);
    }
}
