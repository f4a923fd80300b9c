/* Every function with NULL, wrong lengths, misaligned, overlapping and oversized arguments: a status and a message that
 * names the argument, never more. Nothing behind a wrong argument may be touched, so sanitizers watch this. */
#include <stdlib.h>

#include "check.h"
#include "scene.h"

#define NULL_REFUSED(argument, call) REFUSED(LVS_STATUS_NULL_POINTER, argument ": got NULL", call)
#define WRONG(text, call) REFUSED(LVS_STATUS_INVALID_ARGUMENT, text, call)
/* An address one byte off. */
#define ODD(type, pointer) ((type)(void *)((char *)(pointer) + 1))

static scene s;
static lvs_engine *engine;
static lvs_graph *graph;
static lvs_swarm *swarm;

static void refuses_missing_handles(void) {
    size_t n;
    double seconds;
    const char *text;
    const uint32_t *neighbours;
    lvs_engine *made;
    lvs_backend_info info;
    lvs_drift_summary summary;
    NULL_REFUSED("backends", lvs_backends_count(NULL, &n));
    NULL_REFUSED("backends", lvs_backends_get(NULL, 0, &info));
    NULL_REFUSED("engine", lvs_engine_backend(NULL, &text));
    NULL_REFUSED("engine", lvs_engine_choice(NULL, &text));
    NULL_REFUSED("engine", lvs_engine_threads(NULL, &n));
    NULL_REFUSED("engine", lvs_engine_for_work(NULL, LVS_TASK_SWARM, 1, &made));
    NULL_REFUSED("graph", lvs_graph_rows(NULL, &n));
    NULL_REFUSED("graph", lvs_graph_edges(NULL, &n));
    NULL_REFUSED("graph", lvs_graph_neighbours(NULL, 0, &neighbours, &n));
    NULL_REFUSED("swarm", lvs_swarm_step(NULL, 1));
    NULL_REFUSED("swarm", lvs_swarm_step_while(NULL, 1, NULL, NULL, NULL));
    NULL_REFUSED("swarm", lvs_swarm_set_row(NULL, 0, s.values, CELLS));
    NULL_REFUSED("swarm", lvs_swarm_set_rows(NULL, NULL, 0, NULL, 0));
    NULL_REFUSED("swarm", lvs_swarm_set_trust(NULL, s.trust, EDGES));
    NULL_REFUSED("swarm", lvs_swarm_rows(NULL, &n));
    NULL_REFUSED("swarm", lvs_swarm_cells(NULL, &n));
    NULL_REFUSED("swarm", lvs_swarm_edges(NULL, &n));
    NULL_REFUSED("swarm", lvs_swarm_cycle(NULL, s.residuals));
    NULL_REFUSED("swarm", lvs_swarm_backend(NULL, &text));
    NULL_REFUSED("swarm", lvs_swarm_choice(NULL, &text));
    NULL_REFUSED("swarm", lvs_swarm_device_seconds(NULL, &seconds));
    NULL_REFUSED("swarm", lvs_swarm_frozen(NULL, s.frozen, ROWS));
    NULL_REFUSED("swarm", lvs_swarm_values(NULL, s.moved, ROWS * CELLS));
    NULL_REFUSED("swarm", lvs_swarm_row(NULL, 0, s.moved, CELLS));
    NULL_REFUSED("swarm", lvs_swarm_trust(NULL, s.trust, EDGES));
    NULL_REFUSED("swarm", lvs_swarm_stats(NULL, &summary));
    NULL_REFUSED("swarm", lvs_swarm_extremes(NULL, NULL, 0, NULL, 0));
    NULL_REFUSED("swarm", lvs_swarm_spread(NULL, s.residuals, CELLS));
    WRONG("swarm: got the address", lvs_swarm_step(ODD(lvs_swarm *, swarm), 1));
    WRONG("engine: got the address", lvs_engine_destroy(ODD(lvs_engine *, engine)));
}

static void ignores_null_where_it_frees(void) {
    OK(lvs_backends_destroy(NULL));
    OK(lvs_engine_destroy(NULL));
    OK(lvs_graph_destroy(NULL));
    OK(lvs_swarm_destroy(NULL));
}

static void refuses_missing_outputs(void) {
    lvs_backends *backends = NULL;
    size_t n;
    const uint32_t *neighbours;
    OK(lvs_backends_create(&backends));
    NULL_REFUSED("out", lvs_backends_create(NULL));
    NULL_REFUSED("out", lvs_backends_count(backends, NULL));
    NULL_REFUSED("out", lvs_backends_get(backends, 0, NULL));
    OK(lvs_backends_destroy(backends));
    NULL_REFUSED("out", lvs_get_constants(NULL));
    NULL_REFUSED("out", lvs_engine_create(NULL, 1, NULL));
    NULL_REFUSED("out", lvs_engine_backend(engine, NULL));
    NULL_REFUSED("out", lvs_engine_choice(engine, NULL));
    NULL_REFUSED("out", lvs_engine_threads(engine, NULL));
    NULL_REFUSED("out", lvs_graph_create(s.indptr, ROWS + 1, s.indices, EDGES, NULL));
    NULL_REFUSED("out", lvs_graph_rows(graph, NULL));
    NULL_REFUSED("out", lvs_graph_edges(graph, NULL));
    NULL_REFUSED("out", lvs_graph_neighbours(graph, 0, NULL, &n));
    NULL_REFUSED("count", lvs_graph_neighbours(graph, 0, &neighbours, NULL));
    NULL_REFUSED("out", lvs_reputation_defaults(NULL));
    NULL_REFUSED("out", lvs_swarm_create(engine, graph, s.values, ROWS * CELLS, CELLS, NULL, NULL));
    NULL_REFUSED("out", lvs_swarm_rows(swarm, NULL));
    NULL_REFUSED("out", lvs_swarm_cells(swarm, NULL));
    NULL_REFUSED("out", lvs_swarm_edges(swarm, NULL));
    NULL_REFUSED("out", lvs_swarm_cycle(swarm, NULL));
    NULL_REFUSED("out", lvs_swarm_backend(swarm, NULL));
    NULL_REFUSED("out", lvs_swarm_choice(swarm, NULL));
    NULL_REFUSED("out", lvs_swarm_device_seconds(swarm, NULL));
    NULL_REFUSED("out", lvs_engine_for_work(engine, LVS_TASK_SWARM, 1, NULL));
    NULL_REFUSED("out", lvs_swarm_stats(swarm, NULL));
    NULL_REFUSED("out", lvs_swarm_frozen(swarm, NULL, ROWS));
    NULL_REFUSED("out", lvs_swarm_values(swarm, NULL, ROWS * CELLS));
    NULL_REFUSED("out", lvs_swarm_row(swarm, 0, NULL, CELLS));
    NULL_REFUSED("out", lvs_swarm_trust(swarm, NULL, EDGES));
    NULL_REFUSED("lowest", lvs_swarm_extremes(swarm, NULL, CELLS, s.moved, CELLS));
    NULL_REFUSED("highest", lvs_swarm_extremes(swarm, s.moved, CELLS, NULL, CELLS));
    NULL_REFUSED("out", lvs_swarm_spread(swarm, NULL, CELLS));
    NULL_REFUSED("out", lvs_sample_cells(1, 256, NULL, 64));
}

static void refuses_engines(void) {
    lvs_engine *made = ODD(lvs_engine *, engine);
    lvs_backends *backends = NULL;
    lvs_backend_info info;
    size_t count = 0;
    WRONG("backend: got 'cuda'", lvs_engine_create("cuda", 1, &made));
    CHECK(made == NULL);
    WRONG("backend: got ''", lvs_engine_create("", 1, &made));
    WRONG("backend: got bytes that are not UTF-8", lvs_engine_create("\xff\xfe", 1, &made));
    WRONG("task: got 2", lvs_engine_for_work(engine, 2, 1, &made));
    WRONG("threads: got 1025", lvs_engine_create("scalar", LVS_THREADS_MAX + 1, &made));
    WRONG("threads: got 18446744073709551615", lvs_engine_create("scalar", SIZE_MAX, &made));
    REFUSED(LVS_STATUS_UNAVAILABLE, "cannot run here", lvs_engine_create("gpu:no such adapter", 1, &made));
    OK(lvs_backends_create(&backends));
    OK(lvs_backends_count(backends, &count));
    WRONG("index: got ", lvs_backends_get(backends, count, &info));
    OK(lvs_backends_destroy(backends));
}

static void refuses_graphs(void) {
    lvs_graph *made = NULL;
    const uint32_t *neighbours;
    size_t n, falling[] = {0, 2, 1};
    const uint32_t beyond[] = {3};
    NULL_REFUSED("indptr", lvs_graph_create(NULL, ROWS + 1, s.indices, EDGES, &made));
    NULL_REFUSED("indices", lvs_graph_create(s.indptr, ROWS + 1, NULL, EDGES, &made));
    WRONG("indptr: got 0 entries", lvs_graph_create(NULL, 0, NULL, 0, &made));
    WRONG("indptr: got a last entry of 33", lvs_graph_create(s.indptr, ROWS, s.indices, EDGES, &made));
    WRONG("indptr: got 1 after 2", lvs_graph_create(falling, 3, s.indices, 1, &made));
    WRONG("indices: got 3 at entry 0", lvs_graph_create((size_t[]){0, 1}, 2, beyond, 1, &made));
    WRONG("indptr: got the address", lvs_graph_create(ODD(size_t *, s.indptr), 2, s.indices, 1, &made));
    WRONG("indices: got ", lvs_graph_create(s.indptr, ROWS + 1, s.indices, SIZE_MAX, &made));
    WRONG("row: got 12", lvs_graph_neighbours(graph, ROWS, &neighbours, &n));
    CHECK(made == NULL);
}

/* lvs_drift with one field of a good call changed. */
#define DRIFT_WITH(change, status, text)                                \
    do {                                                                \
        lvs_drift_input input = scene_row(&s);                            \
        lvs_drift_output out = scene_row_output(&s);                            \
        change;                                                         \
        REFUSED(status, text, lvs_drift(engine, &input, &out, NULL));   \
    } while (0)
#define DRIFT_NULL(field, text) DRIFT_WITH(field = NULL, LVS_STATUS_NULL_POINTER, text ": got NULL")
#define DRIFT_WRONG(change, text) DRIFT_WITH(change, LVS_STATUS_INVALID_ARGUMENT, text)

static void refuses_rows(void) {
    lvs_drift_input input = scene_row(&s);
    lvs_drift_output out = scene_row_output(&s);
    const int64_t *missing[DEGREE] = {s.values, NULL, s.values}, below[CELLS] = {-1};
    const int64_t *own[DEGREE] = {s.values, s.moved, s.values}, *odd[DEGREE] = {0};
    const uint16_t heavy[DEGREE] = {65535, 1, 0};
    odd[0] = ODD(int64_t *, s.values);
    OK(lvs_drift(engine, &input, &out, NULL));
    NULL_REFUSED("engine", lvs_drift(NULL, &input, &out, NULL));
    NULL_REFUSED("input", lvs_drift(engine, NULL, &out, NULL));
    NULL_REFUSED("out", lvs_drift(engine, &input, NULL, NULL));
    DRIFT_NULL(input.values, "values");
    DRIFT_NULL(input.anchors, "anchors");
    DRIFT_NULL(input.neighbours, "neighbours");
    DRIFT_NULL(input.weights, "weights");
    DRIFT_NULL(out.values, "out.values");
    DRIFT_NULL(out.correction, "out.correction");
    DRIFT_NULL(out.residuals, "out.residuals");
    DRIFT_WITH(input.neighbours = missing, LVS_STATUS_NULL_POINTER, "neighbours: got NULL");
    DRIFT_WRONG(input.values_length--, "anchors: got 37 entries");
    DRIFT_WRONG(input.values_length = SIZE_MAX, "values: got 18446744073709551615 entries");
    DRIFT_WRONG(input.values_length = SIZE_MAX / 16, "out.values: got memory");
    DRIFT_WRONG(input.anchors_length++, "anchors: got 38 entries");
    DRIFT_WRONG(input.neighbours_length = 2, "neighbours: got 2 entries, expected 3");
    DRIFT_WRONG(input.neighbours_length = SIZE_MAX / 8, "neighbours: got");
    DRIFT_WRONG(input.neighbour_matrix = s.values; input.neighbour_matrix_length = 1, "neighbour_matrix: got a matrix");
    DRIFT_WRONG(input.weights_length = 2, "neighbours: got 3 entries");
    DRIFT_WRONG(input.weights_length = 5000, "weights: got 5000 entries");
    DRIFT_WRONG(input.plain_average = 2, "plain_average: got 2");
    DRIFT_WRONG(input.values = below, "values: got -1 at cell 0");
    DRIFT_WRONG(input.anchors = below, "anchors: got -1 at cell 0");
    DRIFT_WRONG(input.weights = heavy, "weights: got a sum of 65536");
    DRIFT_WRONG(out.values_length = 3, "out.values: got 3 entries");
    DRIFT_WRONG(out.correction_length = 3, "out.correction: got 3 entries");
    DRIFT_WRONG(out.residuals_length = 2, "out.residuals: got 2 entries");
    DRIFT_WRONG(input.values = ODD(int64_t *, s.values), "values: got the address");
    DRIFT_WRONG(input.neighbours = odd, "neighbours: got the address");
    DRIFT_WRONG(out.residuals = ODD(uint64_t *, s.residuals), "out.residuals: got the address");
    DRIFT_WRONG(out.values = s.values, "out.values: got memory that values uses");
    DRIFT_WRONG(out.correction = s.moved, "out.correction: got memory that out.values uses");
    DRIFT_WRONG(out.residuals = (uint64_t *)(s.anchors + CELLS - 1), "out.residuals: got memory that anchors uses");
    DRIFT_WRONG(input.neighbours = own, "out.values: got memory that neighbours uses");
    DRIFT_WRONG((input.neighbours = NULL, input.neighbours_length = 0, input.neighbour_matrix = s.values,
                 input.neighbour_matrix_length = 3 * CELLS - 1), "neighbour_matrix: got 110 entries");
    DRIFT_WRONG(input.hold = 3, "hold: got 3");
    DRIFT_WRONG(input.reserved[3] = 1, "reserved: got 1 at entry 3");
    DRIFT_WRONG(out.reserved[0] = 5, "reserved: got 5 at entry 0");
    DRIFT_WRONG((input.neighbours = NULL, input.neighbours_length = 0, input.neighbour_matrix = s.values,
                 input.neighbour_matrix_length = 9, input.values_length = SIZE_MAX / 16, out.values_length = 0,
                 input.weights_length = 64),
                "neighbour_matrix: got 9 entries, expected 64 x 1152921504606846975, which overflows");
}

/* A summary may share memory with nothing. */
static void refuses_overlapping_summaries(void) {
    lvs_drift_input input = scene_row(&s);
    lvs_drift_output out = scene_row_output(&s);
    const lvs_pool_input pool = scene_pool(&s);
    const lvs_pool_output pool_out = scene_pool_output(&s);
    lvs_convergence *convergence = (lvs_convergence *)s.residuals;
    WRONG("summary: got memory that out.values uses", lvs_drift(engine, &input, &out, (lvs_drift_summary *)s.moved));
    WRONG("summary: got memory that values uses", lvs_drift(engine, &input, &out, (lvs_drift_summary *)s.values));
    WRONG("summary: got memory that neighbours uses",
          lvs_drift(engine, &input, &out, (lvs_drift_summary *)(s.values + CELLS)));
    WRONG("summary: got memory that input uses", lvs_drift(engine, &input, &out, (lvs_drift_summary *)&input));
    out.residuals = (uint64_t *)&input;
    WRONG("out.residuals: got memory that input uses", lvs_drift(engine, &input, &out, NULL));
    WRONG("summary: got memory that out.residuals uses",
          lvs_drift_pool(engine, graph, &pool, &pool_out, (lvs_drift_summary *)s.residuals));
    WRONG("convergence: got memory that out uses",
          lvs_reputation(engine, graph, s.trust, EDGES, NULL, s.residuals, ROWS, convergence));
    WRONG("count: got memory that out uses",
          lvs_graph_neighbours(graph, 0, (const uint32_t **)s.residuals, (size_t *)s.residuals));
}

static void refuses_plain_rows(void) {
    const int64_t *near = s.values + CELLS;
    NULL_REFUSED("engine", lvs_drift_row(NULL, s.values, NULL, CELLS, near, s.weights, 3, 0, s.moved, s.residuals));
    NULL_REFUSED("values", lvs_drift_row(engine, NULL, NULL, CELLS, near, s.weights, 3, 0, s.moved, s.residuals));
    NULL_REFUSED("neighbour_matrix",
                 lvs_drift_row(engine, s.values, NULL, CELLS, NULL, s.weights, 3, 0, s.moved, s.residuals));
    NULL_REFUSED("weights", lvs_drift_row(engine, s.values, NULL, CELLS, near, NULL, 3, 0, s.moved, s.residuals));
    NULL_REFUSED("out.values", lvs_drift_row(engine, s.values, NULL, CELLS, near, s.weights, 3, 0, NULL, s.residuals));
    NULL_REFUSED("out.residuals", lvs_drift_row(engine, s.values, NULL, CELLS, near, s.weights, 3, 0, s.moved, NULL));
    WRONG("out.values: got memory that values uses",
          lvs_drift_row(engine, s.values, NULL, CELLS, near, s.weights, 3, 0, s.values, s.residuals));
    WRONG("neighbour_matrix: got", lvs_drift_row(engine, s.values, NULL, SIZE_MAX / 16, near, s.weights, 64, 0, s.moved,
                                                 s.residuals));
}

#define POOL_WITH(change, status, text)                                             \
    do {                                                                            \
        lvs_pool_input input = scene_pool(&s);                                      \
        lvs_pool_output out = scene_pool_output(&s);                                \
        change;                                                                     \
        REFUSED(status, text, lvs_drift_pool(engine, graph, &input, &out, NULL));   \
    } while (0)
#define POOL_NULL(field, text) POOL_WITH(field = NULL, LVS_STATUS_NULL_POINTER, text ": got NULL")
#define POOL_WRONG(change, text) POOL_WITH(change, LVS_STATUS_INVALID_ARGUMENT, text)

static void refuses_pools(void) {
    const lvs_pool_input none = {0};
    const lvs_pool_output nowhere = {0};
    uint8_t marks[ROWS] = {0, 1, 7};
    NULL_REFUSED("engine", lvs_drift_pool(NULL, graph, &none, &nowhere, NULL));
    NULL_REFUSED("graph", lvs_drift_pool(engine, NULL, &none, &nowhere, NULL));
    NULL_REFUSED("input", lvs_drift_pool(engine, graph, NULL, &nowhere, NULL));
    NULL_REFUSED("out", lvs_drift_pool(engine, graph, &none, NULL, NULL));
    POOL_NULL(input.values, "values");
    POOL_NULL(input.anchors, "anchors");
    POOL_NULL(input.weights, "weights");
    POOL_NULL(input.frozen, "frozen");
    POOL_NULL(out.values, "out.values");
    POOL_NULL(out.residuals, "out.residuals");
    POOL_WRONG(input.values_length--, "values: got 443 entries");
    POOL_WRONG(input.values_length = SIZE_MAX, "values: got 18446744073709551615 entries");
    POOL_WRONG(input.values_stride = 3, "values: got a stride of 3");
    POOL_WRONG(input.values_stride = SIZE_MAX, "values: got");
    POOL_WRONG(input.anchors_length = 5, "anchors: got 5 entries");
    POOL_WRONG(input.anchors_stride = CELLS + 1, "anchors: got 444 entries");
    POOL_WRONG(input.weights_length--, "weights: got 35 entries");
    POOL_WRONG(input.frozen_length--, "frozen: got 11 entries");
    POOL_WRONG(input.frozen = marks, "frozen: got 7 at entry 2");
    POOL_WRONG(input.cells = SIZE_MAX, "values: got 444 entries, expected 12 rows, 18446744073709551615 apart, which overflows");
    POOL_WRONG(input.hold = 2, "hold: got 2");
    POOL_WRONG(input.reserved[1] = 1, "reserved: got 1 at entry 1");
    POOL_WRONG(out.reserved[1] = 1, "reserved: got 1 at entry 1");
    POOL_WRONG(input.cells = CELLS - 1, "out.values: got 444 entries");
    POOL_WRONG(input.plain_average = 255, "plain_average: got 255");
    POOL_WRONG(out.values_length--, "out.values: got 443 entries");
    POOL_WRONG(out.residuals_length++, "out.residuals: got 37 entries");
    POOL_WRONG(out.values = s.values + CELLS, "out.values: got memory that values uses");
    POOL_WRONG(out.residuals = (uint64_t *)s.moved, "out.residuals: got memory that out.values uses");
}

static void refuses_comparisons(void) {
    lvs_status (*const pairwise)(const lvs_engine *, const int64_t *, size_t, size_t, size_t, uint64_t *,
                                 size_t) = lvs_pairwise_residuals;
    uint64_t *out = s.residuals;
    const size_t all = ROWS * CELLS, square = ROWS * ROWS;
    NULL_REFUSED("engine", pairwise(NULL, s.values, all, ROWS, CELLS, out, square));
    NULL_REFUSED("values", pairwise(engine, NULL, all, ROWS, CELLS, out, square));
    NULL_REFUSED("out", pairwise(engine, s.values, all, ROWS, CELLS, NULL, square));
    WRONG("values: got 443 entries", pairwise(engine, s.values, all - 1, ROWS, CELLS, out, square));
    WRONG("values: got 444 entries", pairwise(engine, s.values, all, ROWS - 1, CELLS, out, square));
    WRONG("out: got 143 entries", pairwise(engine, s.values, all, ROWS, CELLS, out, square - 1));
    WRONG("values: got 444 entries, expected 18446744073709551615 x 18446744073709551615, which overflows",
          pairwise(engine, s.values, all, SIZE_MAX, SIZE_MAX, out, square));
    WRONG("out: got 144 entries, expected 4294967296 x 4294967296, which overflows",
          pairwise(engine, s.values, 0, (size_t)1 << 32, 0, out, square));
    WRONG("out: got memory", pairwise(engine, s.values, all, ROWS, CELLS, (uint64_t *)s.values, square));
}

static void refuses_trust(void) {
    static uint16_t many[4097];
    static uint64_t residuals[4097];
    NULL_REFUSED("trust", lvs_update_trust(NULL, 3, s.residuals, 3, 1));
    NULL_REFUSED("residuals", lvs_update_trust(s.trust, 3, NULL, 3, 1));
    WRONG("residuals: got 2 entries", lvs_update_trust(s.trust, 3, s.residuals, 2, 1));
    WRONG("trust: got 4097 neighbours", lvs_update_trust(many, 4097, residuals, 4097, 1));
    WRONG("trust: got the address", lvs_update_trust(ODD(uint16_t *, s.trust), 3, s.residuals, 3, 1));
    WRONG("trust: got memory", lvs_update_trust((uint16_t *)s.residuals, 3, s.residuals, 3, 1));
    NULL_REFUSED("trust", lvs_weights(NULL, 3, s.weights, 3));
    NULL_REFUSED("out", lvs_weights(s.trust, 3, NULL, 3));
    WRONG("out: got 2 entries", lvs_weights(s.trust, 3, s.weights, 2));
    WRONG("trust: got 4097 neighbours", lvs_weights(many, 4097, (uint16_t *)residuals, 4097));
    WRONG("out: got memory", lvs_weights(s.trust, 3, s.trust, 3));
    OK(lvs_update_trust(NULL, 0, NULL, 0, 0));
    OK(lvs_weights(NULL, 0, NULL, 0));
    NULL_REFUSED("trust", lvs_credit(NULL, 3, s.weights, 3));
    NULL_REFUSED("out", lvs_credit(s.trust, 3, NULL, 3));
    WRONG("out: got 2 entries", lvs_credit(s.trust, 3, s.weights, 2));
    WRONG("out: got memory", lvs_credit(s.trust, 3, s.trust + 2, 3));
    OK(lvs_credit(NULL, 0, NULL, 0));
}

static void refuses_reputation(void) {
    lvs_reputation_options options;
    uint64_t *out = s.residuals;
    uint32_t nobody[ROWS] = {0};
    memset(&options, 0, sizeof options);
    WRONG("options: got damping, tol and max_iter all 0", lvs_reputation(engine, graph, s.trust, EDGES, &options, out, ROWS, NULL));
    OK(lvs_reputation_defaults(&options));
    NULL_REFUSED("engine", lvs_reputation(NULL, graph, s.trust, EDGES, NULL, out, ROWS, NULL));
    NULL_REFUSED("graph", lvs_reputation(engine, NULL, s.trust, EDGES, NULL, out, ROWS, NULL));
    NULL_REFUSED("trust", lvs_reputation(engine, graph, NULL, EDGES, NULL, out, ROWS, NULL));
    NULL_REFUSED("out", lvs_reputation(engine, graph, s.trust, EDGES, NULL, NULL, ROWS, NULL));
    WRONG("trust: got 35 entries", lvs_reputation(engine, graph, s.trust, EDGES - 1, NULL, out, ROWS, NULL));
    WRONG("out: got 13 entries", lvs_reputation(engine, graph, s.trust, EDGES, NULL, out, ROWS + 1, NULL));
    NULL_REFUSED("engine", lvs_reputation_dense(NULL, 6, s.trust, 36, NULL, out, 6, NULL));
    NULL_REFUSED("trust", lvs_reputation_dense(engine, 6, NULL, 36, NULL, out, 6, NULL));
    NULL_REFUSED("out", lvs_reputation_dense(engine, 6, s.trust, 36, NULL, NULL, 6, NULL));
    WRONG("trust: got 36 entries", lvs_reputation_dense(engine, 7, s.trust, 36, NULL, out, 7, NULL));
    WRONG("out: got 5 entries", lvs_reputation_dense(engine, 6, s.trust, 36, NULL, out, 5, NULL));
    WRONG("trust: got 36 entries, expected 18446744073709551615 x 18446744073709551615, which overflows",
          lvs_reputation_dense(engine, SIZE_MAX, s.trust, 36, NULL, out, 6, NULL));
    options.damping = 1.5;
    WRONG("damping: got 1.5", lvs_reputation(engine, graph, s.trust, EDGES, &options, out, ROWS, NULL));
    options.damping = 0.15, options.tol = -1;
    WRONG("tol: got -1", lvs_reputation(engine, graph, s.trust, EDGES, &options, out, ROWS, NULL));
    options.tol = 0, options.pretrust = nobody, options.pretrust_length = ROWS;
    WRONG("pretrust: got weights that sum to 0", lvs_reputation(engine, graph, s.trust, EDGES, &options, out, ROWS, NULL));
    options.reserved[2] = 8;
    WRONG("reserved: got 8 at entry 2", lvs_reputation(engine, graph, s.trust, EDGES, &options, out, ROWS, NULL));
    options.reserved[2] = 0;
    options.pretrust_length = 3;
    WRONG("pretrust: got 3 entries", lvs_reputation(engine, graph, s.trust, EDGES, &options, out, ROWS, NULL));
    options.pretrust = NULL;
    NULL_REFUSED("pretrust", lvs_reputation(engine, graph, s.trust, EDGES, &options, out, ROWS, NULL));
    options.pretrust = (uint32_t *)out, options.pretrust_length = ROWS;
    WRONG("out: got memory that pretrust", lvs_reputation(engine, graph, s.trust, EDGES, &options, out, ROWS, NULL));
}

static void refuses_swarms(void) {
    lvs_swarm *made = NULL;
    lvs_swarm_options options = {0};
    uint8_t marks[ROWS] = {2};
    const size_t all = ROWS * CELLS;
    NULL_REFUSED("engine", lvs_swarm_create(NULL, graph, s.values, all, CELLS, NULL, &made));
    NULL_REFUSED("graph", lvs_swarm_create(engine, NULL, s.values, all, CELLS, NULL, &made));
    NULL_REFUSED("values", lvs_swarm_create(engine, graph, NULL, all, CELLS, NULL, &made));
    WRONG("values: got 443 entries", lvs_swarm_create(engine, graph, s.values, all - 1, CELLS, NULL, &made));
    WRONG("values: got 444 entries, expected 12 x 18446744073709551615, which overflows",
          lvs_swarm_create(engine, graph, s.values, all, SIZE_MAX, NULL, &made));
    options.reserved[0] = 1;
    WRONG("reserved: got 1 at entry 0", lvs_swarm_create(engine, graph, s.values, all, CELLS, &options, &made));
    options.reserved[0] = 0, options.hold = 4;
    WRONG("hold: got 4", lvs_swarm_create(engine, graph, s.values, all, CELLS, &options, &made));
    options.hold = 0;
    options.trust = s.trust, options.trust_length = EDGES - 1;
    WRONG("trust: got 35 entries", lvs_swarm_create(engine, graph, s.values, all, CELLS, &options, &made));
    options.trust = NULL;
    NULL_REFUSED("trust", lvs_swarm_create(engine, graph, s.values, all, CELLS, &options, &made));
    options.trust_length = 0, options.frozen = marks, options.frozen_length = ROWS;
    WRONG("frozen: got 2 at entry 0", lvs_swarm_create(engine, graph, s.values, all, CELLS, &options, &made));
    options.frozen_length = 1;
    WRONG("frozen: got 1 entries", lvs_swarm_create(engine, graph, s.values, all, CELLS, &options, &made));
    options.frozen = NULL, options.frozen_length = 0, options.fixed_trust = 9;
    WRONG("fixed_trust: got 9", lvs_swarm_create(engine, graph, s.values, all, CELLS, &options, &made));
    s.values[50] = -5;
    WRONG("values: got -5 at cell 13 in row 1", lvs_swarm_create(engine, graph, s.values, all, CELLS, NULL, &made));
    s.values[50] = 5;
    CHECK(made == NULL);
}

static void refuses_changes_of_a_swarm(void) {
    const size_t rows[2] = {0, ROWS};
    NULL_REFUSED("go_on", lvs_swarm_step_while(swarm, 1, NULL, NULL, NULL));
    NULL_REFUSED("values", lvs_swarm_set_row(swarm, 0, NULL, CELLS));
    WRONG("values: got 36 entries", lvs_swarm_set_row(swarm, 0, s.values, CELLS - 1));
    WRONG("row: got 12", lvs_swarm_set_row(swarm, ROWS, s.values, CELLS));
    NULL_REFUSED("rows", lvs_swarm_set_rows(swarm, NULL, 2, s.values, 2 * CELLS));
    NULL_REFUSED("values", lvs_swarm_set_rows(swarm, rows, 2, NULL, 2 * CELLS));
    WRONG("row: got 12", lvs_swarm_set_rows(swarm, rows, 2, s.values, 2 * CELLS));
    WRONG("values: got 37 entries", lvs_swarm_set_rows(swarm, rows, 2, s.values, CELLS));
    NULL_REFUSED("trust", lvs_swarm_set_trust(swarm, NULL, EDGES));
    WRONG("trust: got 5 entries", lvs_swarm_set_trust(swarm, s.trust, 5));
    WRONG("out: got 11 entries", lvs_swarm_frozen(swarm, s.frozen, ROWS - 1));
    WRONG("out: got 443 entries", lvs_swarm_values(swarm, s.moved, ROWS * CELLS - 1));
    WRONG("out: got 38 entries", lvs_swarm_row(swarm, 0, s.moved, CELLS + 1));
    WRONG("row: got 12", lvs_swarm_row(swarm, ROWS, s.moved, CELLS));
    WRONG("out: got 37 entries", lvs_swarm_trust(swarm, s.trust, EDGES + 1));
    WRONG("lowest: got 1 entries", lvs_swarm_extremes(swarm, s.moved, 1, s.correction, CELLS));
    WRONG("highest: got 0 entries", lvs_swarm_extremes(swarm, s.moved, CELLS, NULL, 0));
    WRONG("highest: got memory", lvs_swarm_extremes(swarm, s.moved, CELLS, s.moved + 1, CELLS));
    WRONG("out: got 36 entries", lvs_swarm_spread(swarm, s.residuals, CELLS - 1));
}

static void refuses_samples(void) {
    uint16_t out[4];
    WRONG("cells: got 65537", lvs_sample_cells(1, 65537, out, 4));
    WRONG("count: got 4", lvs_sample_cells(1, 3, out, 4));
    WRONG("out: got the address", lvs_sample_cells(1, 256, ODD(uint16_t *, out), 1));
    WRONG("out: got 18446744073709551615 entries", lvs_sample_cells(1, 256, out, SIZE_MAX));
    OK(lvs_sample_cells(1, 0, NULL, 0));
}

int main(void) {
    scene_make(&s, 4);
    OK(lvs_engine_create(NULL, 2, &engine));
    OK(lvs_graph_create(s.indptr, ROWS + 1, s.indices, EDGES, &graph));
    OK(lvs_swarm_create(engine, graph, s.values, ROWS * CELLS, CELLS, NULL, &swarm));
    refuses_missing_handles();
    ignores_null_where_it_frees();
    refuses_missing_outputs();
    refuses_engines();
    refuses_graphs();
    refuses_rows();
    refuses_plain_rows();
    refuses_overlapping_summaries();
    refuses_pools();
    refuses_comparisons();
    refuses_trust();
    refuses_reputation();
    refuses_swarms();
    refuses_changes_of_a_swarm();
    refuses_samples();
    OK(lvs_swarm_destroy(swarm));
    OK(lvs_graph_destroy(graph));
    OK(lvs_engine_destroy(engine));
    return checks_end("refusals");
}
