/* Reproduces the golden vectors from C, on every backend that is not a GPU:  vectors FOLDER [BACKEND...] */
#include <stdlib.h>

#include "check.h"
#include "entries.h"

typedef struct context {
    lvs_engine *engine;
    const char *backend;
    const cJSON *test;
    const cJSON *expected;
} context;

static int matches_summary(const context *c, const lvs_drift_summary *summary) {
    return entries_number(c->expected, "rate_limited") == summary->rate_limited &&
           entries_number(c->expected, "floored") == summary->floored &&
           entries_number(c->expected, "max_correction") == summary->max_correction &&
           entries_number(c->expected, "sum_correction") == summary->sum_correction;
}

static lvs_graph *make_graph(const cJSON *test, size_t *rows, size_t *edges) {
    lvs_graph *graph = NULL;
    *rows = entries_listed(test, "indptr") - 1;
    *edges = entries_listed(test, "indices");
    OK(lvs_graph_create(entries_size(test, "indptr", *rows + 1), *rows + 1,
                        entries32(test, "indices", *edges), *edges, &graph));
    return graph;
}

static int drift(const context *c) {
    const size_t cells = (size_t)entries_number(c->test, "cells");
    const size_t count = (size_t)entries_number(c->test, "neighbour_count");
    lvs_drift_input input = {0};
    lvs_drift_output out = {0};
    lvs_drift_summary summary;
    input.values = (int64_t *)entries(c->test, "values", cells), input.values_length = cells;
    input.anchors = (int64_t *)entries(c->test, "anchors", cells), input.anchors_length = cells;
    input.neighbour_matrix = (int64_t *)entries(c->test, "neighbours", count * cells);
    input.neighbour_matrix_length = count * cells;
    input.weights = entries16(c->test, "weights", count), input.weights_length = count;
    input.cycle = entries_number(c->test, "cycle");
    input.plain_average = !entries_flag(c->test, "trim");
    input.hold = (uint8_t)entries_flag(c->test, "hold");
    out.values = entries_room(cells, 8), out.values_length = cells;
    out.residuals = entries_room(count, 8), out.residuals_length = count;
    return OK(lvs_drift(c->engine, &input, &out, &summary)) &&
           entries_match(c->expected, "values", out.values, 8, cells) &&
           entries_match(c->expected, "residuals", out.residuals, 8, count) && matches_summary(c, &summary);
}

static int pool(const context *c) {
    size_t rows, edges;
    lvs_graph *graph = make_graph(c->test, &rows, &edges);
    lvs_pool_input input = {0};
    lvs_pool_output out = {0};
    lvs_drift_summary summary;
    int done;
    input.cells = (size_t)entries_number(c->test, "cells");
    input.values_length = input.anchors_length = out.values_length = rows * input.cells;
    input.values = (int64_t *)entries(c->test, "values", input.values_length);
    input.anchors = (int64_t *)entries(c->test, "anchors", input.values_length);
    input.weights = entries16(c->test, "weights", edges), input.weights_length = edges;
    input.frozen = entries_flags(c->test, "frozen", rows);
    input.frozen_length = input.frozen != NULL ? rows : 0;
    input.cycle = entries_number(c->test, "cycle");
    input.seed = entries_number(c->test, "seed");
    input.plain_average = !entries_flag(c->test, "trim");
    input.hold = (uint8_t)entries_flag(c->test, "hold");
    out.values = entries_room(out.values_length, 8);
    out.residuals = entries_room(edges, 8), out.residuals_length = edges;
    done = OK(lvs_drift_pool(c->engine, graph, &input, &out, &summary)) &&
           entries_match(c->expected, "values", out.values, 8, out.values_length) &&
           entries_match(c->expected, "residuals", out.residuals, 8, edges) && matches_summary(c, &summary);
    OK(lvs_graph_destroy(graph));
    return done;
}

static int pairwise(const context *c) {
    const size_t rows = (size_t)entries_number(c->test, "rows"), cells = (size_t)entries_number(c->test, "cells");
    const int64_t *values = (int64_t *)entries(c->test, "values", rows * cells);
    uint64_t *out = entries_room(rows * rows, 8);
    return OK(lvs_pairwise_residuals(c->engine, values, rows * cells, rows, cells, out, rows * rows)) &&
           entries_match(c->expected, "residuals", out, 8, rows * rows);
}

static int trust(const context *c) {
    const size_t count = (size_t)entries_number(c->test, "neighbour_count");
    uint16_t *trust = entries16(c->test, "trust", count);
    const uint64_t *residuals = entries(c->test, "residuals", count);
    uint16_t *credit = entries_room(count, 2);
    return OK(lvs_update_trust(trust, count, residuals, count, entries_number(c->test, "cells"))) &&
           entries_match(c->expected, "trust", trust, 2, count) && OK(lvs_credit(trust, count, credit, count)) &&
           entries_match(c->expected, "credit", credit, 2, count);
}

static int weights(const context *c) {
    const size_t count = (size_t)entries_number(c->test, "neighbour_count");
    uint16_t *out = entries_room(count, 2);
    return OK(lvs_weights(entries16(c->test, "trust", count), count, out, count)) &&
           entries_match(c->expected, "weights", out, 2, count);
}

static int reputation(const context *c) {
    size_t rows, edges;
    lvs_graph *graph = make_graph(c->test, &rows, &edges);
    lvs_reputation_options options = {0};
    lvs_convergence end;
    uint64_t *out = entries_room(rows, 8);
    int done;
    options.damping = cJSON_GetObjectItem(c->test, "damping")->valuedouble;
    options.tol = cJSON_GetObjectItem(c->test, "tolerance")->valuedouble;
    options.max_iter = (uint32_t)entries_number(c->test, "max_iterations");
    options.pretrust = entries32(c->test, "pretrust", rows);
    options.pretrust_length = options.pretrust != NULL ? rows : 0;
    done = OK(lvs_reputation(c->engine, graph, entries16(c->test, "trust", edges), edges, &options, out, rows,
                             &end)) &&
           entries_match(c->expected, "reputation", out, 8, rows) &&
           entries_number(c->expected, "iterations") == end.iterations &&
           entries_number(c->expected, "change") == end.change &&
           entries_flag(c->expected, "converged") == end.converged;
    OK(lvs_graph_destroy(graph));
    return done;
}

static int sample(const context *c) {
    const size_t count = (size_t)entries_number(c->test, "count");
    uint16_t *out = entries_room(count, 2);
    return OK(lvs_sample_cells(entries_number(c->test, "seed"), (size_t)entries_number(c->test, "cells"), out,
                               count)) &&
           entries_match(c->expected, "sample", out, 2, count);
}

static int matches_swarm(const context *c, const lvs_swarm *swarm, size_t all, size_t edges, size_t cells) {
    int64_t *values = entries_room(all, 8);
    uint16_t *trusts = entries_room(edges, 2);
    uint64_t *spread = entries_room(cells, 8);
    lvs_drift_summary stats;
    return OK(lvs_swarm_values(swarm, values, all)) && OK(lvs_swarm_trust(swarm, trusts, edges)) &&
           OK(lvs_swarm_spread(swarm, spread, cells)) && OK(lvs_swarm_stats(swarm, &stats)) &&
           entries_match(c->expected, "values", values, 8, all) &&
           entries_match(c->expected, "trust", trusts, 2, edges) &&
           entries_match(c->expected, "spread", spread, 8, cells) && matches_summary(c, &stats);
}

static int swarm(const context *c) {
    size_t rows, edges;
    lvs_graph *graph = make_graph(c->test, &rows, &edges);
    const size_t cells = (size_t)entries_number(c->test, "cells");
    const int64_t *values = (int64_t *)entries(c->test, "values", rows * cells);
    lvs_swarm_options options = {0};
    lvs_swarm *swarm = NULL;
    int done;
    options.trust = entries16(c->test, "trust", edges);
    options.trust_length = options.trust != NULL ? edges : 0;
    options.frozen = entries_flags(c->test, "frozen", rows);
    options.frozen_length = options.frozen != NULL ? rows : 0;
    options.fixed_trust = !entries_flag(c->test, "learn_trust");
    options.plain_average = !entries_flag(c->test, "trim");
    options.hold = (uint8_t)entries_flag(c->test, "hold");
    options.seed = entries_number(c->test, "seed");
    done = OK(lvs_swarm_create(c->engine, graph, values, rows * cells, cells, &options, &swarm)) &&
           OK(lvs_swarm_step(swarm, entries_number(c->test, "cycles"))) &&
           matches_swarm(c, swarm, rows * cells, edges, cells);
    OK(lvs_swarm_destroy(swarm));
    OK(lvs_graph_destroy(graph));
    return done;
}

static const struct kernel {
    const char *name;
    int (*run)(const context *);
} kernels[] = {{"drift", drift}, {"pool", pool}, {"pairwise", pairwise}, {"trust", trust},
               {"weights", weights}, {"reputation", reputation}, {"sample", sample}, {"swarm", swarm}};

static cJSON *read_json(const char *folder, const char *name) {
    char path[4096], *text;
    FILE *file;
    long length;
    cJSON *json;
    snprintf(path, sizeof path, "%s/%s.json", folder, name);
    file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (length = ftell(file)) < 0) {
        perror(path);
        exit(1);
    }
    rewind(file);
    text = calloc((size_t)length + 1, 1);
    json = text != NULL && fread(text, 1, (size_t)length, file) == (size_t)length ? cJSON_Parse(text) : NULL;
    if (json == NULL) {
        fprintf(stderr, "vectors: %s cannot be read\n", path);
        exit(1);
    }
    fclose(file);
    free(text);
    return json;
}

static int run_cases(const context *engine, const struct kernel *kernel, const char *folder) {
    cJSON *json = read_json(folder, kernel->name);
    context c = *engine;
    int cases = 0;
    cJSON_ArrayForEach(c.test, cJSON_GetObjectItem(json, "cases")) {
        c.expected = cJSON_GetObjectItem(c.test, "expected");
        if (!CHECK(kernel->run(&c))) {
            printf("    %s on %s: %s\n", kernel->name, c.backend, cJSON_GetObjectItem(c.test, "name")->valuestring);
        }
        entries_free_all();
        cases++;
    }
    CHECK(cases > 0);
    cJSON_Delete(json);
    return cases;
}

static void run_backend(const char *name, const char *folder) {
    context c = {NULL, name, NULL, NULL};
    size_t i;
    int cases = 0;
    if (!OK(lvs_engine_create(name, 2, &c.engine))) {
        return;
    }
    for (i = 0; i < sizeof kernels / sizeof *kernels; i++) {
        cases += run_cases(&c, &kernels[i], folder);
    }
    printf("%d golden vectors on %s\n", cases, name);
    OK(lvs_engine_destroy(c.engine));
}

static void run_all_backends(const char *folder) {
    lvs_backends *backends = NULL;
    lvs_backend_info info;
    size_t count = 0, i;
    OK(lvs_backends_create(&backends));
    OK(lvs_backends_count(backends, &count));
    for (i = 0; i < count; i++) {
        OK(lvs_backends_get(backends, i, &info));
        if (info.available && strcmp(info.kind, "gpu") != 0) {
            run_backend(info.name, folder);
        }
    }
    OK(lvs_backends_destroy(backends));
}

int main(int argc, char **argv) {
    int i;
    if (argc < 2) {
        fprintf(stderr, "usage: %s FOLDER [BACKEND...]\n", argv[0]);
        return 2;
    }
    if (argc == 2) {
        run_all_backends(argv[1]);
    }
    for (i = 2; i < argc; i++) {
        run_backend(argv[i], argv[1]);
    }
    return checks_end("vectors");
}
