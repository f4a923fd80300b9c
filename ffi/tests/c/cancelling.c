/* Long calls end when they are asked to, without harm to what they work on. */
#define _DEFAULT_SOURCE
#include <stdlib.h>

#include "check.h"
#include "scene.h"

enum { MANY = 3000, LONG = 600, FAR = 400000 };

static lvs_engine *engine;

/* Says no the second time. */
static int once(uint64_t done, void *context) {
    int *asked = context;
    (void)done;
    return ++*asked < 2;
}

static int yes(uint64_t done, void *context) {
    (void)done, (void)context;
    return 1;
}

static void *room(size_t bytes) {
    void *memory = malloc(bytes);
    if (!CHECK(memory != NULL)) {
        exit(1);
    }
    return memory;
}

#define ENDED(call) \
    do { \
        asked = 0; \
        REFUSED(LVS_STATUS_CANCELLED, "the call was cancelled", call); \
        CHECK(asked == 2); \
    } while (0)

/* Everybody trusts the next but one, with all reputation at one node: it moves on for ever. */
static void reputation_ends(void) {
    const size_t indptr[] = {0, 1, 2};
    const uint32_t indices[] = {1, 0}, pretrust[] = {1, 0};
    const uint16_t trust[] = {9, 9}, dense[] = {0, 9, 9, 0};
    lvs_reputation_options options = {0};
    lvs_convergence end;
    lvs_graph *graph = NULL;
    uint64_t out[2];
    int asked;
    options.max_iter = UINT32_MAX, options.pretrust = pretrust, options.pretrust_length = 2;
    OK(lvs_graph_create(indptr, 3, indices, 2, &graph));
    ENDED(lvs_reputation_while(engine, graph, trust, 2, &options, out, 2, &end, once, &asked));
    ENDED(lvs_reputation_dense_while(engine, 2, dense, 4, &options, out, 2, &end, once, &asked));
    options.max_iter = 3;
    OK(lvs_reputation_while(engine, graph, trust, 2, &options, out, 2, &end, yes, NULL));
    CHECK(end.iterations == 3 && out[0] + out[1] == UINT64_C(1) << 47);
    OK(lvs_graph_destroy(graph));
}

static void residuals_end(void) {
    int64_t *values = room(sizeof *values * MANY * LONG);
    uint64_t *out = room(sizeof *out * MANY * MANY);
    uint64_t seed = 12;
    size_t i;
    int asked;
    for (i = 0; i < (size_t)MANY * LONG; i++) {
        values[i] = (int64_t)draw(&seed);
    }
    ENDED(lvs_pairwise_residuals_while(engine, values, (size_t)MANY * LONG, MANY, LONG, out, (size_t)MANY * MANY, once,
                                       &asked));
    OK(lvs_pairwise_residuals_while(engine, values, 2, 2, 1, out, 4, yes, NULL));
    CHECK(out[0] == 0 && out[1] == out[2] && out[1] > 0);
    free(values);
    free(out);
}

/* Rows so long that even one cycle takes a while: it is given up, and the swarm is as it was. */
static void huge_cycles_end(const scene *s) {
    const size_t all = (size_t)ROWS * FAR;
    int64_t *values = room(sizeof *values * all), *now = room(sizeof *now * all);
    uint64_t residuals[EDGES];
    uint16_t trust[EDGES];
    lvs_pool_input input = {0};
    lvs_pool_output out = {0};
    lvs_graph *graph = NULL;
    lvs_swarm *swarm = NULL;
    uint64_t seed = 5, cycle = 9, done = 9;
    size_t i;
    int asked = 1;
    for (i = 0; i < all; i++) {
        values[i] = INT64_C(1000000000) + (int64_t)(draw(&seed) % UINT64_C(1000000000));
    }
    OK(lvs_graph_create(s->indptr, ROWS + 1, s->indices, EDGES, &graph));
    input.values = values, input.values_length = all, input.cells = FAR;
    input.weights = s->weights, input.weights_length = EDGES;
    out.values = now, out.values_length = all, out.residuals = residuals, out.residuals_length = EDGES;
    ENDED(lvs_drift_pool_while(engine, graph, &input, &out, NULL, once, &asked));

    OK(lvs_swarm_create(engine, graph, values, all, FAR, NULL, &swarm));
    asked = 1;
    OK(lvs_swarm_step_while(swarm, 1000, once, &asked, &done));
    OK(lvs_swarm_cycle(swarm, &cycle));
    CHECK(asked == 2 && cycle == 0 && done == 0);
    OK(lvs_swarm_values(swarm, now, all));
    CHECK(memcmp(now, values, sizeof *values * all) == 0);
    OK(lvs_swarm_trust(swarm, trust, EDGES));
    for (i = 0; i < EDGES; i++) {
        CHECK(trust[i] == UINT16_MAX);
    }
    OK(lvs_swarm_destroy(swarm));
    OK(lvs_graph_destroy(graph));
    free(values);
    free(now);
}

static void a_question_is_needed(const scene *s) {
    uint64_t out[4];
    REFUSED(LVS_STATUS_NULL_POINTER, "go_on: got NULL",
            lvs_pairwise_residuals_while(engine, s->values, 2, 2, 1, out, 4, NULL, NULL));
    REFUSED(LVS_STATUS_NULL_POINTER, "engine: got NULL",
            lvs_pairwise_residuals_while(NULL, s->values, 2, 2, 1, out, 4, yes, NULL));
    REFUSED(LVS_STATUS_NULL_POINTER, "engine: got NULL", lvs_drift_pool_while(NULL, NULL, NULL, NULL, NULL, yes, NULL));
}

int main(void) {
    static scene s;
    size_t threads;
    scene_make(&s, 9);
    for (threads = 1; threads <= 2; threads++) {
        OK(lvs_engine_create("scalar", threads, &engine));
        reputation_ends();
        residuals_end();
        huge_cycles_end(&s);
        a_question_is_needed(&s);
        OK(lvs_engine_destroy(engine));
    }
    return checks_end("cancelling");
}
