/* One engine from eight threads at once, each with arrays and a last error of its own; one swarm read while it steps. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdlib.h>

#include "check.h"
#include "scene.h"

enum { THREADS = 8, ROUNDS = 20, WIDE = 1 << 15, NEIGHBOURS = 9 };

/* What every thread reads and nobody changes. */
static int64_t wide[(NEIGHBOURS + 1) * WIDE];
static const uint16_t weights[NEIGHBOURS] = {7000, 7000, 7000, 7000, 7000, 7000, 7000, 7000, 7000};
static lvs_engine *engine;
static int64_t expected[WIDE];
static uint64_t expected_residuals[NEIGHBOURS];

typedef struct worker {
    pthread_t thread;
    size_t number;
    int64_t moved[WIDE];
    uint64_t residuals[NEIGHBOURS];
    int wrong;
} worker;

static worker workers[THREADS];

static lvs_status drift(int64_t *moved, uint64_t *residuals) {
    lvs_drift_input input = {0};
    lvs_drift_output out = {0};
    input.values = wide, input.values_length = WIDE;
    input.neighbour_matrix = wide + WIDE, input.neighbour_matrix_length = NEIGHBOURS * WIDE;
    input.weights = weights, input.weights_length = NEIGHBOURS;
    out.values = moved, out.values_length = WIDE;
    out.residuals = residuals, out.residuals_length = NEIGHBOURS;
    return lvs_drift(engine, &input, &out, NULL);
}

static int keeps_its_own_error(size_t number) {
    char text[64];
    uint16_t cell;
    snprintf(text, sizeof text, "cells: got %zu,", 70000 + number);
    return lvs_sample_cells(0, 70000 + number, &cell, 1) == LVS_STATUS_INVALID_ARGUMENT &&
           strstr(lvs_last_error(), text) != NULL;
}

static void *work(void *argument) {
    worker *self = argument;
    int round;
    self->wrong += strcmp(lvs_last_error(), "") != 0;
    for (round = 0; round < ROUNDS; round++) {
        self->wrong += !keeps_its_own_error(self->number);
        self->wrong += drift(self->moved, self->residuals) != LVS_STATUS_OK;
        self->wrong += memcmp(self->moved, expected, sizeof expected) != 0;
        self->wrong += memcmp(self->residuals, expected_residuals, sizeof expected_residuals) != 0;
        self->wrong += !keeps_its_own_error(self->number);
    }
    return NULL;
}

static void one_engine_from_eight_threads(void) {
    uint64_t seed = 8;
    size_t i;
    for (i = 0; i < sizeof wide / sizeof *wide; i++) {
        wide[i] = INT64_C(1000000000) + (int64_t)(draw(&seed) % UINT64_C(50000000));
    }
    OK(drift(expected, expected_residuals));
    CHECK(memcmp(expected, wide, sizeof expected) != 0);
    for (i = 0; i < THREADS; i++) {
        workers[i].number = i;
        CHECK(pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0);
    }
    for (i = 0; i < THREADS; i++) {
        CHECK(pthread_join(workers[i].thread, NULL) == 0);
        CHECK(workers[i].wrong == 0);
    }
}

static lvs_swarm *swarm;
static int bad_reads;

static void *read_swarm(void *argument) {
    int64_t row[CELLS];
    int round;
    (void)argument;
    for (round = 0; round < 2000; round++) {
        const lvs_status status = lvs_swarm_row(swarm, 3, row, CELLS);
        bad_reads += status != LVS_STATUS_OK && status != LVS_STATUS_BUSY;
    }
    return NULL;
}

static void a_swarm_read_while_it_steps(void) {
    static scene s;
    lvs_graph *graph = NULL;
    pthread_t reader;
    uint64_t cycle = 0;
    int round;
    scene_make(&s, 5);
    OK(lvs_graph_create(s.indptr, ROWS + 1, s.indices, EDGES, &graph));
    OK(lvs_swarm_create(engine, graph, s.values, ROWS * CELLS, CELLS, NULL, &swarm));
    OK(lvs_graph_destroy(graph));
    CHECK(pthread_create(&reader, NULL, read_swarm, NULL) == 0);
    for (round = 0; round < 300;) {
        const lvs_status status = lvs_swarm_step(swarm, 1);
        if (status != LVS_STATUS_OK && status != LVS_STATUS_BUSY) {
            CHECK(!"a step failed");
            break;
        }
        round += status == LVS_STATUS_OK;
    }
    CHECK(pthread_join(reader, NULL) == 0);
    CHECK(bad_reads == 0);
    OK(lvs_swarm_cycle(swarm, &cycle));
    CHECK(cycle == 300);
    OK(lvs_swarm_destroy(swarm));
}

int main(void) {
    OK(lvs_engine_create(NULL, 4, &engine));
    one_engine_from_eight_threads();
    a_swarm_read_while_it_steps();
    OK(lvs_engine_destroy(engine));
    return checks_end("threads");
}
