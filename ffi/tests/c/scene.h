/* A ring of rows in which each compares with the next three, and values drawn from a seed. */
#ifndef SCENE_H
#define SCENE_H

#include <stddef.h>
#include <stdint.h>

#include <lvs.h>

enum { ROWS = 12, CELLS = 37, DEGREE = 3, EDGES = ROWS * DEGREE };

typedef struct scene {
    size_t indptr[ROWS + 1];
    uint32_t indices[EDGES];
    int64_t values[ROWS * CELLS];
    int64_t anchors[ROWS * CELLS];
    uint16_t trust[EDGES];
    uint16_t weights[EDGES];
    uint8_t frozen[ROWS];
    const int64_t *neighbours[DEGREE];
    int64_t moved[ROWS * CELLS];
    int64_t correction[CELLS];
    uint64_t residuals[ROWS * ROWS];
} scene;

/* SplitMix64. */
static inline uint64_t draw(uint64_t *state) {
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static inline void scene_make(scene *s, uint64_t seed) {
    size_t i;
    for (i = 0; i <= ROWS; i++) {
        s->indptr[i] = i * DEGREE;
    }
    for (i = 0; i < EDGES; i++) {
        s->indices[i] = (uint32_t)((i / DEGREE + i % DEGREE + 1) % ROWS);
        s->trust[i] = (uint16_t)draw(&seed);
        s->weights[i] = (uint16_t)(s->trust[i] / (DEGREE + 1));
    }
    for (i = 0; i < ROWS * CELLS; i++) {
        s->values[i] = INT64_C(900000000) + (int64_t)(draw(&seed) % UINT64_C(200000000));
        s->anchors[i] = s->values[i] + (int64_t)(draw(&seed) % UINT64_C(1000000));
    }
    for (i = 0; i < ROWS; i++) {
        s->frozen[i] = i % 5 == 4;
    }
    for (i = 0; i < DEGREE; i++) {
        s->neighbours[i] = s->values + (i + 1) * CELLS;
    }
}

/* Row 0 against the rows after it. */
static inline lvs_drift_input scene_row(const scene *s) {
    lvs_drift_input input = {0};
    input.values = s->values, input.values_length = CELLS;
    input.anchors = s->anchors, input.anchors_length = CELLS;
    input.neighbours = s->neighbours, input.neighbours_length = DEGREE;
    input.weights = s->weights, input.weights_length = DEGREE;
    input.cycle = 7;
    return input;
}

static inline lvs_drift_output scene_row_output(scene *s) {
    lvs_drift_output out = {0};
    out.values = s->moved, out.values_length = CELLS;
    out.correction = s->correction, out.correction_length = CELLS;
    out.residuals = s->residuals, out.residuals_length = DEGREE;
    return out;
}

/* All rows. */
static inline lvs_pool_input scene_pool(const scene *s) {
    lvs_pool_input input = {0};
    input.values = s->values, input.values_length = ROWS * CELLS;
    input.anchors = s->anchors, input.anchors_length = ROWS * CELLS;
    input.weights = s->weights, input.weights_length = EDGES;
    input.frozen = s->frozen, input.frozen_length = ROWS;
    input.cells = CELLS, input.cycle = 7;
    return input;
}

static inline lvs_pool_output scene_pool_output(scene *s) {
    lvs_pool_output out = {0};
    out.values = s->moved, out.values_length = ROWS * CELLS;
    out.residuals = s->residuals, out.residuals_length = EDGES;
    return out;
}

#endif
