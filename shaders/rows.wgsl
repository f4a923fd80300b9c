// Which rows and cells a thread works on, and which samples do not arrive. Shared by drift, residuals and trust.
//
// A workgroup has 64 threads. `lanes` of them, a power of two, share a row: neighbouring threads take neighbouring
// cells, so that every load is coalesced. Short rows share a workgroup.

struct Shape {
    cells: u32,          // of a row in these buffers, and from row to row
    lane_bits: u32,      // log2 of the threads that share a row
    rows: u32,           // rows in the list
    tile: u32,           // cells that one workgroup takes of a row
    tiles: u32,          // workgroups along a row
    edges: u32,          // in the band
    most_degree: u32,    // of the rows in the list
    first_slot: u32,     // of the partial residuals
    slots: u32,          // of the partial residuals, in all
    given_weights: u32,  // 1: weights come along the edges; 0: trust does
    groups_x: u32,       // workgroups of a dispatch along x
    first_edge: u32,     // of the band, its low half
    first_edge_high: u32,
    tolerated: u32,      // residual that trust always forgives, its low half
    tolerated_high: u32,
    hold: u32,           // 1: a row leaves its anchors only for more than half of its neighbours' weight
}

struct Cycle {
    rounding: u32,       // ROUND_DOWN, ROUND_UP or ROUND_BY_ROW
    lost_share: u32,     // Q0.16
    lost_key: vec2<u32>,
    rounding_key: vec2<u32>,
}

const ROUND_DOWN = 0u;
const ROUND_UP = 1u;
const ROUND_BY_ROW = 2u; // every row draws its own rounding bit

// A row to work on.
struct Row {
    row: u32,
    first_edge: u32,     // in the band
    degree: u32,
    padding: u32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<uniform> cycle: Cycle;
@group(0) @binding(2) var<storage, read> list: array<Row>;

const THREADS = 64u;

// Where a thread works.
struct Place {
    present: bool,
    row: Row,
    lane: u32,
    lanes: u32,
    first_cell: u32,
    end_cell: u32,
    slot: u32,           // of the partial residuals
    group: u32,
}

fn place(workgroup: vec3<u32>, thread: u32) -> Place {
    let group = workgroup.y * shape.groups_x + workgroup.x;
    let lanes = 1u << shape.lane_bits;
    let position = (group / shape.tiles) * (THREADS >> shape.lane_bits) + (thread >> shape.lane_bits);
    let tile = group % shape.tiles;
    let present = position < shape.rows;
    let row = list[min(position, shape.rows - 1u)];
    let first = tile * shape.tile;
    let end = select(0u, min(first + shape.tile, shape.cells), present);
    return Place(present, row, thread & (lanes - 1u), lanes, first, end, shape.first_slot + tile, group);
}

fn mix32(value: u32) -> u32 {
    var h = value;
    h = (h ^ (h >> 16u)) * 0x85ebca6bu;
    h = (h ^ (h >> 13u)) * 0xc2b2ae35u;
    return h ^ (h >> 16u);
}

// What is added to a row's weighted sums before the shift that rounds them. The twin of pool/rounding.rs.
fn bias_of(row: u32) -> u32 {
    let drawn = mix32(mix32(row ^ cycle.rounding_key.x) ^ cycle.rounding_key.y) >> 31u;
    let up = select(cycle.rounding, drawn, cycle.rounding == ROUND_BY_ROW) == ROUND_UP;
    return select(0u, 65535u, up);
}

// Whether the sample along this edge is lost in this cycle.
fn is_lost(edge: u32) -> bool {
    if (cycle.lost_share == 0u) {
        return false;
    }
    let whole = add64(vec2<u32>(shape.first_edge, shape.first_edge_high), vec2<u32>(edge, 0u));
    let low = mix32(whole.x ^ cycle.lost_key.x);
    return (mix32(low ^ whole.y ^ cycle.lost_key.y) >> 16u) < cycle.lost_share;
}
