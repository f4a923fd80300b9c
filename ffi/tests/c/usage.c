/* An example of every function, and that the forms of a call agree with each other. */
#include <stdlib.h>

#include "check.h"
#include "scene.h"

static scene s;

/* For a program that wants to tell failures apart; the compiler says if a status is missing. */
static int can_be_tried_again(lvs_status status) {
    switch (status) {
    case LVS_STATUS_BUSY:
    case LVS_STATUS_OUT_OF_MEMORY:
        return 1;
    case LVS_STATUS_OK:
    case LVS_STATUS_INVALID_ARGUMENT:
    case LVS_STATUS_NULL_POINTER:
    case LVS_STATUS_UNAVAILABLE:
    case LVS_STATUS_DEVICE:
    case LVS_STATUS_INTERNAL:
    case LVS_STATUS_FORKED:
    case LVS_STATUS_CANCELLED:
        return 0;
    }
    return 0;
}

static void asks_about_library(void) {
    char version[32];
    lvs_constants constants;
    snprintf(version, sizeof version, "%d.%d.%d", LVS_VERSION_MAJOR, LVS_VERSION_MINOR, LVS_VERSION_PATCH);
    CHECK(strcmp(lvs_version(), version) == 0);
    CHECK(lvs_version_number() == LVS_VERSION_NUMBER && LVS_VERSION_NUMBER == 100);
    CHECK(strcmp(lvs_status_name(LVS_STATUS_BUSY), "LVS_STATUS_BUSY") == 0);
    CHECK(strcmp(lvs_status_name(-1), "unknown status") == 0);
    CHECK(strcmp(lvs_last_error(), "") == 0);
    OK(lvs_get_constants(&constants));
    CHECK(constants.micro_vu == 1000000 && constants.value_max == INT64_C(1) << 62);
    CHECK(constants.difference_max == (INT64_C(1) << 46) - 1 && constants.weight_max == 65535);
    CHECK(constants.rate_shift == 6 && constants.rate_floor == 1000000 && constants.drain_shift == 2);
    CHECK(constants.window == 4096 && constants.trim == 21846 && constants.neighbours_max == 4096);
    CHECK(constants.trust_newcomer == 1024 && constants.trust_floor == 61440);
    CHECK( constants.reputation_one == UINT64_C(1) << 47);
    CHECK(constants.sample_cells_max == 65536);
}

static void lists_backends(void) {
    lvs_backends *backends = NULL;
    lvs_backend_info info;
    size_t count = 0, i, made = 0;
    OK(lvs_backends_create(&backends));
    OK(lvs_backends_count(backends, &count));
    CHECK(count >= 8);
    for (i = 0; i < count; i++) {
        lvs_engine *engine = NULL;
        lvs_status status;
        OK(lvs_backends_get(backends, i, &info));
        CHECK(strlen(info.reason) > 0 && info.available == (info.compiled && info.detected));
        if (strcmp(info.kind, "gpu") == 0) {
            continue;
        }
        status = lvs_engine_create(info.name, 1, &engine);
        CHECK(status == (info.available ? LVS_STATUS_OK : LVS_STATUS_UNAVAILABLE));
        made += status == LVS_STATUS_OK;
        OK(lvs_engine_destroy(engine));
    }
    CHECK(made >= 3);
    OK(lvs_backends_destroy(backends));
}

static void tells_what_it_runs_on(void) {
    lvs_engine *engine = NULL, *same = NULL;
    const char *text = NULL;
    size_t threads = 0;
    OK(lvs_engine_create("scalar", 3, &engine));
    OK(lvs_engine_backend(engine, &text));
    CHECK(strcmp(text, "scalar") == 0);
    OK(lvs_engine_choice(engine, &text));
    CHECK(strstr(text, "scalar on 3 thread(s)") != NULL);
    OK(lvs_engine_threads(engine, &threads));
    CHECK(threads == 3 && threads <= LVS_THREADS_MAX);
    OK(lvs_engine_for_work(engine, LVS_TASK_SWARM, UINT64_C(1) << 40, &same));
    OK(lvs_engine_destroy(engine));
    OK(lvs_engine_backend(same, &text));
    CHECK(strcmp(text, "scalar") == 0);
    OK(lvs_engine_destroy(same));
    OK(lvs_engine_create(NULL, 1, &engine));
    OK(lvs_engine_for_work(engine, LVS_TASK_PAIRWISE, 1000, &same));
    OK(lvs_engine_choice(same, &text));
    CHECK(strstr(text, "1 thread(s)") != NULL); /* too little for any GPU */
    OK(lvs_engine_destroy(same));
    OK(lvs_engine_destroy(engine));
}

static void drifts_a_row(const lvs_engine *engine) {
    lvs_drift_input input = scene_row(&s);
    lvs_drift_output out = scene_row_output(&s);
    lvs_drift_summary summary, again;
    int64_t moved[CELLS], sum = 0;
    uint64_t residuals[DEGREE];
    size_t k;
    OK(lvs_drift(engine, &input, &out, &summary));
    for (k = 0; k < CELLS; k++) {
        CHECK(s.moved[k] == s.values[k] + s.correction[k]);
        sum += llabs(s.correction[k]);
    }
    CHECK(summary.sum_correction == (uint64_t)sum && sum > 0 && summary.max_correction > 0);

    /* The same neighbours as a matrix (the rows after the first), without what is not wanted. */
    input.neighbours = NULL, input.neighbours_length = 0;
    input.neighbour_matrix = s.values + CELLS, input.neighbour_matrix_length = DEGREE * CELLS;
    out.values = moved, out.correction = NULL, out.correction_length = 0, out.residuals = residuals;
    OK(lvs_drift(engine, &input, &out, NULL));
    CHECK(memcmp(moved, s.moved, sizeof moved) == 0);
    CHECK(memcmp(residuals, s.residuals, sizeof residuals) == 0);

    /* Anchors left out are the values. */
    input.anchors = s.values;
    OK(lvs_drift(engine, &input, &out, &summary));
    memcpy(s.moved, moved, sizeof moved);
    input.anchors = NULL, input.anchors_length = 0;
    OK(lvs_drift(engine, &input, &out, &again));
    CHECK(memcmp(moved, s.moved, sizeof moved) == 0 && memcmp(&summary, &again, sizeof summary) == 0);

    input.plain_average = 1;
    OK(lvs_drift(engine, &input, &out, NULL));
    CHECK(memcmp(moved, s.moved, sizeof moved) != 0);
}

/* The same in plain arguments. */
static void drifts_a_row_without_structs(const lvs_engine *engine) {
    lvs_drift_input input = scene_row(&s);
    lvs_drift_output out = scene_row_output(&s);
    int64_t moved[CELLS];
    uint64_t residuals[DEGREE];
    OK(lvs_drift(engine, &input, &out, NULL));
    OK(lvs_drift_row(engine, s.values, s.anchors, CELLS, s.values + CELLS, s.weights, DEGREE, 7, moved, residuals));
    CHECK(memcmp(moved, s.moved, sizeof moved) == 0 && memcmp(residuals, s.residuals, sizeof residuals) == 0);
    input.anchors = NULL, input.anchors_length = 0;
    OK(lvs_drift(engine, &input, &out, NULL));
    OK(lvs_drift_row(engine, s.values, NULL, CELLS, s.values + CELLS, s.weights, DEGREE, 7, moved, residuals));
    CHECK(memcmp(moved, s.moved, sizeof moved) == 0);
}

/* Two of three neighbours lead a row that holds to its anchor away from it; one does not. */
static void holds_a_row(const lvs_engine *engine) {
    const int64_t at_its_anchor = 5000000, apart[3] = {5000000, 5000000, 5003000}, most[3] = {5000000, 5003000, 5003000};
    const uint16_t equal[3] = {16383, 16383, 16383};
    lvs_drift_input input = {0};
    lvs_drift_output out = {0};
    int64_t moved = 0;
    uint64_t residuals[3];
    input.values = &at_its_anchor, input.values_length = 1;
    input.neighbour_matrix = apart, input.neighbour_matrix_length = 3;
    input.weights = equal, input.weights_length = 3;
    input.plain_average = 1; /* no trimming, which would leave nothing to see of one neighbour */
    out.values = &moved, out.values_length = 1;
    out.residuals = residuals, out.residuals_length = 3;
    OK(lvs_drift(engine, &input, &out, NULL));
    CHECK(moved > at_its_anchor);
    input.hold = 1;
    OK(lvs_drift(engine, &input, &out, NULL));
    CHECK(moved == at_its_anchor);
    input.neighbour_matrix = most;
    OK(lvs_drift(engine, &input, &out, NULL));
    CHECK(moved > at_its_anchor);
}

static void drifts_a_pool(const lvs_engine *engine, const lvs_graph *graph) {
    lvs_pool_input input = scene_pool(&s);
    lvs_pool_output out = scene_pool_output(&s);
    lvs_drift_summary summary;
    lvs_drift_input row = scene_row(&s);
    lvs_drift_output row_out = {0};
    int64_t moved[CELLS], *spaced = malloc(sizeof *spaced * ROWS * (CELLS + 3));
    uint64_t residuals[DEGREE];
    int rounded = 0;
    size_t i;
    OK(lvs_drift_pool(engine, graph, &input, &out, &summary));
    CHECK(memcmp(s.moved + 4 * CELLS, s.values + 4 * CELLS, sizeof moved) == 0); /* frozen */

    /* Its first row is what lvs_drift makes of it in a cycle of either parity, as the seed has it. */
    row_out.values = moved, row_out.values_length = CELLS;
    row_out.residuals = residuals, row_out.residuals_length = DEGREE;
    for (input.seed = 0; input.seed < 64; input.seed++) {
        int up = 0;
        OK(lvs_drift_pool(engine, graph, &input, &out, NULL));
        for (row.cycle = 0; row.cycle < 2; row.cycle++) {
            OK(lvs_drift(engine, &row, &row_out, NULL));
            up |= memcmp(moved, s.moved, sizeof moved) == 0 ? 1 << row.cycle : 0;
        }
        CHECK(up == 1 || up == 2);
        rounded |= up;
        CHECK(memcmp(residuals, s.residuals, sizeof residuals) == 0);
    }
    CHECK(rounded == 3);

    /* Rows further apart. */
    input.seed = 0;
    OK(lvs_drift_pool(engine, graph, &input, &out, NULL));
    memcpy(moved, s.moved + 3 * CELLS, sizeof moved);
    for (i = 0; i < ROWS; i++) {
        memcpy(spaced + i * (CELLS + 3), s.values + i * CELLS, sizeof moved);
    }
    input.values = spaced, input.values_stride = CELLS + 3;
    input.values_length = (ROWS - 1) * (CELLS + 3) + CELLS;
    OK(lvs_drift_pool(engine, graph, &input, &out, NULL));
    CHECK(memcmp(moved, s.moved + 3 * CELLS, sizeof moved) == 0);
    /* Where nothing is trimmed, rows that hold move otherwise than rows that do not. */
    input.anchors = NULL, input.anchors_length = 0, input.plain_average = 1;
    OK(lvs_drift_pool(engine, graph, &input, &out, NULL));
    memcpy(moved, s.moved + 3 * CELLS, sizeof moved);
    input.hold = 1;
    OK(lvs_drift_pool(engine, graph, &input, &out, NULL));
    CHECK(memcmp(moved, s.moved + 3 * CELLS, sizeof moved) != 0);
    free(spaced);
}

static void compares_rows(const lvs_engine *engine) {
    uint64_t sum = 0;
    size_t k;
    OK(lvs_pairwise_residuals(engine, s.values, ROWS * CELLS, ROWS, CELLS, s.residuals, ROWS * ROWS));
    for (k = 0; k < CELLS; k++) {
        sum += (uint64_t)llabs(s.values[2 * CELLS + k] - s.values[5 * CELLS + k]);
    }
    CHECK(s.residuals[2 * ROWS + 5] == sum && s.residuals[5 * ROWS + 2] == sum && s.residuals[0] == 0);
}

static void trusts(void) {
    uint16_t trust[3] = {65535, 65535, 1024}, weights[3], credit[3];
    const uint64_t residuals[3] = {10, 1000000, 20};
    OK(lvs_update_trust(trust, 3, residuals, 3, 1));
    CHECK(trust[0] == 65535 && trust[1] < 65535 && trust[2] > 1024);
    OK(lvs_weights(trust, 3, weights, 3));
    CHECK(weights[0] == 16383 && weights[1] == trust[1] / 4 && weights[2] == trust[2] / 4);
    OK(lvs_credit(trust, 3, credit, 3));
    CHECK(credit[0] == 65535 - 61440 && credit[1] == trust[1] - 61440 && credit[2] == 0);
}

static void reputes(const lvs_engine *engine, const lvs_graph *graph) {
    lvs_reputation_options options;
    lvs_convergence convergence;
    uint64_t sparse[ROWS], dense[ROWS], sum = 0;
    uint16_t *matrix = calloc(ROWS * ROWS, sizeof *matrix);
    uint32_t pretrust[ROWS] = {1, 2, 3};
    size_t i;
    OK(lvs_reputation_defaults(&options));
    CHECK(options.damping > 0.149 && options.damping < 0.151 && options.max_iter == 1000);
    options.pretrust = pretrust, options.pretrust_length = ROWS;
    OK(lvs_reputation(engine, graph, s.trust, EDGES, &options, sparse, ROWS, &convergence));
    CHECK(convergence.converged && convergence.iterations > 1 && convergence.iterations < 1000);
    for (i = 0; i < EDGES; i++) {
        matrix[i / DEGREE * ROWS + s.indices[i]] = s.trust[i];
    }
    OK(lvs_reputation_dense(engine, ROWS, matrix, ROWS * ROWS, &options, dense, ROWS, NULL));
    CHECK(memcmp(sparse, dense, sizeof sparse) == 0);
    for (i = 0; i < ROWS; i++) {
        sum += sparse[i];
    }
    CHECK(sum == UINT64_C(1) << 47);
    OK(lvs_reputation(engine, graph, s.trust, EDGES, NULL, dense, ROWS, NULL));
    CHECK(memcmp(sparse, dense, sizeof sparse) != 0);
    free(matrix);
}

static void samples(void) {
    uint16_t cells[64], again[64];
    OK(lvs_sample_cells(42, 256, cells, 64));
    OK(lvs_sample_cells(42, 256, again, 64));
    CHECK(memcmp(cells, again, sizeof cells) == 0 && cells[0] < 256 && cells[0] != cells[1]);
}

static int twice(uint64_t done, void *context) {
    uint64_t *asked = context;
    (void)done;
    return ++*asked < 2;
}

typedef struct seen {
    lvs_swarm *swarm;
    lvs_status status;
} seen;

static int steps_itself(uint64_t done, void *context) {
    seen *inside = context;
    (void)done;
    inside->status = lvs_swarm_step(inside->swarm, 1);
    return 0;
}

static int frees_itself(uint64_t done, void *context) {
    seen *inside = context;
    (void)done;
    inside->status = lvs_swarm_destroy(inside->swarm);
    return 0;
}

static void reads_a_swarm(const lvs_swarm *swarm) {
    int64_t values[ROWS * CELLS], row[CELLS], lowest[CELLS], highest[CELLS];
    uint64_t spread[CELLS];
    uint8_t frozen[ROWS];
    const char *text = NULL;
    double seconds = 0;
    size_t rows = 0, cells = 0, edges = 0, i, k;
    OK(lvs_swarm_backend(swarm, &text));
    CHECK(strncmp(text, "gpu", 3) != 0);
    OK(lvs_swarm_choice(swarm, &text));
    CHECK(strstr(text, "thread(s)") != NULL);
    OK(lvs_swarm_device_seconds(swarm, &seconds));
    CHECK(seconds != seconds); /* NaN: on a processor */
    OK(lvs_swarm_rows(swarm, &rows));
    OK(lvs_swarm_cells(swarm, &cells));
    OK(lvs_swarm_edges(swarm, &edges));
    CHECK(rows == ROWS && cells == CELLS && edges == EDGES);
    OK(lvs_swarm_values(swarm, values, ROWS * CELLS));
    OK(lvs_swarm_row(swarm, 3, row, CELLS));
    CHECK(memcmp(row, values + 3 * CELLS, sizeof row) == 0);
    OK(lvs_swarm_frozen(swarm, frozen, ROWS));
    CHECK(memcmp(frozen, s.frozen, sizeof frozen) == 0);
    OK(lvs_swarm_extremes(swarm, lowest, CELLS, highest, CELLS));
    OK(lvs_swarm_spread(swarm, spread, CELLS));
    for (k = 0; k < CELLS; k++) {
        int64_t low = INT64_MAX, high = INT64_MIN;
        for (i = 0; i < ROWS; i++) {
            if (!frozen[i]) {
                low = values[i * CELLS + k] < low ? values[i * CELLS + k] : low;
                high = values[i * CELLS + k] > high ? values[i * CELLS + k] : high;
            }
        }
        CHECK(lowest[k] == low && highest[k] == high && spread[k] == (uint64_t)(high - low));
    }
}

static void changes_a_swarm(lvs_swarm *swarm) {
    const size_t rows[2] = {1, 6};
    int64_t row[CELLS];
    uint16_t trust[EDGES];
    OK(lvs_swarm_set_row(swarm, 0, s.anchors, CELLS));
    OK(lvs_swarm_row(swarm, 0, row, CELLS));
    CHECK(memcmp(row, s.anchors, sizeof row) == 0);
    OK(lvs_swarm_set_rows(swarm, rows, 2, s.anchors, 2 * CELLS));
    OK(lvs_swarm_row(swarm, 6, row, CELLS));
    CHECK(memcmp(row, s.anchors + CELLS, sizeof row) == 0);
    OK(lvs_swarm_set_trust(swarm, s.weights, EDGES));
    OK(lvs_swarm_trust(swarm, trust, EDGES));
    CHECK(memcmp(trust, s.weights, sizeof trust) == 0);
}

/* The values of a swarm after its first cycle. */
static void one_cycle(const lvs_engine *engine, const lvs_graph *graph, const lvs_swarm_options *options,
                      int64_t *values) {
    lvs_swarm *swarm = NULL;
    OK(lvs_swarm_create(engine, graph, s.values, ROWS * CELLS, CELLS, options, &swarm));
    OK(lvs_swarm_step(swarm, 1));
    OK(lvs_swarm_values(swarm, values, ROWS * CELLS));
    OK(lvs_swarm_destroy(swarm));
}

static void swarms(const lvs_engine *engine, const lvs_graph *graph) {
    lvs_swarm_options options = {0};
    lvs_pool_input input = scene_pool(&s);
    lvs_pool_output out = scene_pool_output(&s);
    lvs_drift_summary stats, summary;
    lvs_swarm *swarm = NULL;
    int64_t values[ROWS * CELLS];
    uint64_t cycle = 0, done = 0, asked = 0;
    const lvs_go_on go_on = twice;
    seen inside = {NULL, LVS_STATUS_OK};
    options.trust = s.trust, options.trust_length = EDGES;
    options.frozen = s.frozen, options.frozen_length = ROWS;
    options.fixed_trust = 1;
    OK(lvs_swarm_create(engine, graph, s.values, ROWS * CELLS, CELLS, &options, &swarm));

    /* Its first cycle is the pool's. */
    OK(lvs_swarm_step(swarm, 1));
    OK(lvs_swarm_stats(swarm, &stats));
    OK(lvs_swarm_values(swarm, values, ROWS * CELLS));
    input.anchors = NULL, input.anchors_length = 0, input.cycle = 0;
    OK(lvs_drift_pool(engine, graph, &input, &out, &summary));
    CHECK(memcmp(values, s.moved, sizeof values) == 0 && memcmp(&stats, &summary, sizeof stats) == 0);

    OK(lvs_swarm_step_while(swarm, UINT64_C(1) << 40, go_on, &asked, &done));
    OK(lvs_swarm_cycle(swarm, &cycle));
    CHECK(asked == 2 && done > 0 && cycle == done + 1);
    inside.swarm = swarm;
    OK(lvs_swarm_step_while(swarm, 1, steps_itself, &inside, NULL));
    CHECK(inside.status == LVS_STATUS_BUSY && can_be_tried_again(inside.status));
    inside.status = LVS_STATUS_OK;
    OK(lvs_swarm_step_while(swarm, 1, frees_itself, &inside, NULL));
    CHECK(inside.status == LVS_STATUS_BUSY);
    reads_a_swarm(swarm);
    changes_a_swarm(swarm);
    OK(lvs_swarm_destroy(swarm));

    /* Another seed rounds other rows up; where nothing is trimmed, rows that hold move otherwise. */
    memset(&options, 0, sizeof options);
    options.seed = 99;
    one_cycle(engine, graph, &options, values);
    CHECK(memcmp(values, s.moved, sizeof values) != 0);
    options.plain_average = 1;
    one_cycle(engine, graph, &options, values);
    memcpy(s.moved, values, sizeof values);
    options.hold = 1;
    one_cycle(engine, graph, &options, values);
    CHECK(memcmp(values, s.moved, sizeof values) != 0);

    /* With all but one of 65,536 samples lost, none of these few arrives. */
    memset(&options, 0, sizeof options);
    options.loss_share = 65535, options.loss_seed = 3;
    OK(lvs_swarm_create(engine, graph, s.values, ROWS * CELLS, CELLS, &options, &swarm));
    OK(lvs_swarm_step(swarm, 1));
    OK(lvs_swarm_values(swarm, values, ROWS * CELLS));
    CHECK(memcmp(values, s.values, sizeof values) == 0);
    OK(lvs_swarm_destroy(swarm));
}

static void asks_a_graph(const lvs_graph *graph) {
    const uint32_t *neighbours = NULL;
    size_t rows = 0, edges = 0, count = 0;
    OK(lvs_graph_rows(graph, &rows));
    OK(lvs_graph_edges(graph, &edges));
    OK(lvs_graph_neighbours(graph, 10, &neighbours, &count));
    CHECK(rows == ROWS && edges == EDGES && count == DEGREE);
    CHECK(neighbours[0] == 11 && neighbours[1] == 0 && neighbours[2] == 1);
}

int main(void) {
    lvs_engine *engine = NULL;
    lvs_graph *graph = NULL;
    scene_make(&s, 20261123);
    asks_about_library();
    lists_backends();
    tells_what_it_runs_on();
    OK(lvs_engine_create(NULL, 0, &engine));
    OK(lvs_graph_create(s.indptr, ROWS + 1, s.indices, EDGES, &graph));
    asks_a_graph(graph);
    drifts_a_row(engine);
    drifts_a_row_without_structs(engine);
    holds_a_row(engine);
    drifts_a_pool(engine, graph);
    compares_rows(engine);
    trusts();
    reputes(engine, graph);
    samples();
    swarms(engine, graph);
    OK(lvs_graph_destroy(graph));
    OK(lvs_engine_destroy(engine));
    return checks_end("usage");
}
