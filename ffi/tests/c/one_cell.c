/* What a call for one cell costs beside the same rule in plain C: a figure, and that both agree. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <time.h>

#include "check.h"
#include "scene.h"

enum { K = 15, CALLS = 200000, CASES = 64 };

static const int64_t cap = (INT64_C(1) << 46) - 1;

typedef struct entry {
    int64_t difference;
    int64_t weight;
} entry;

/* The weight to trim: a third of all, or what the heaviest third of the neighbours weighs. */
static int64_t trim_mass(const uint16_t *weights) {
    uint16_t sorted[K];
    int64_t sum = 0, heaviest = 0, third;
    int i, j;
    for (i = 0; i < K; i++) {
        const uint16_t weight = weights[i];
        sum += weight;
        for (j = i; j > 0 && sorted[j - 1] < weight; j--) {
            sorted[j] = sorted[j - 1];
        }
        sorted[j] = weight;
    }
    for (i = 0; i < K / 3; i++) {
        heaviest += sorted[i];
    }
    third = (21846 * sum + 65535) / 65536;
    return third > heaviest ? third : heaviest;
}

/* Takes weight from one end of the sorted differences, as far as they have that end's sign. */
static int64_t removed(const entry *sorted, int first, int step, int sign, int64_t left) {
    int64_t sum = 0;
    int i;
    for (i = first; i >= 0 && i < K && sorted[i].difference * sign > 0 && left > 0; i += step) {
        const int64_t taken = left < sorted[i].weight ? left : sorted[i].weight;
        sum += taken * sorted[i].difference;
        left -= taken;
    }
    return sum;
}

static int64_t plain_drift(int64_t value, const int64_t *neighbours, const uint16_t *weights, uint64_t cycle,
                           uint64_t *residuals) {
    entry sorted[K];
    const int64_t mass = trim_mass(weights);
    int64_t sum = 0, correction, limit, floor, moved;
    int i, j;
    for (i = 0; i < K; i++) {
        int64_t d = neighbours[i] - value;
        d = d > cap ? cap : d < -cap ? -cap : d;
        residuals[i] = (uint64_t)(d < 0 ? -d : d);
        sum += d * weights[i];
        for (j = i; j > 0 && sorted[j - 1].difference > d; j--) {
            sorted[j] = sorted[j - 1];
        }
        sorted[j].difference = d;
        sorted[j].weight = weights[i];
    }
    sum -= removed(sorted, 0, 1, -1, mass) + removed(sorted, K - 1, -1, 1, mass);
    correction = (sum + (cycle % 2 == 1 ? 65535 : 0)) >> 16;
    limit = value >> 6 > 1000000 ? value >> 6 : 1000000;
    correction = correction > limit ? limit : correction < -limit ? -limit : correction;
    floor = value - (value >> 2);
    moved = value + correction;
    return moved < floor ? floor : moved > INT64_C(1) << 62 ? INT64_C(1) << 62 : moved;
}

static int64_t values[CASES], neighbours[CASES][K];
static uint16_t weights[CASES][K];

static int64_t by_library(const lvs_engine *engine, size_t number, uint64_t *residuals) {
    lvs_drift_input input = {0};
    lvs_drift_output out = {0};
    int64_t moved = 0;
    input.values = &values[number], input.values_length = 1;
    input.neighbour_matrix = neighbours[number], input.neighbour_matrix_length = K;
    input.weights = weights[number], input.weights_length = K;
    input.cycle = number;
    out.values = &moved, out.values_length = 1;
    out.residuals = residuals, out.residuals_length = K;
    return lvs_drift(engine, &input, &out, NULL) == LVS_STATUS_OK ? moved : -1;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int64_t sink;

static double nanoseconds(const lvs_engine *engine, int library) {
    double best = 1e18;
    uint64_t residuals[K];
    int round, i;
    for (round = 0; round < 7; round++) {
        const double started = now();
        double taken;
        for (i = 0; i < CALLS; i++) {
            const size_t n = (size_t)i % CASES;
            sink += library ? by_library(engine, n, residuals)
                            : plain_drift(values[n], neighbours[n], weights[n], n, residuals);
        }
        taken = (now() - started) / CALLS;
        best = taken < best ? taken : best;
    }
    return best;
}

int main(void) {
    lvs_engine *engine = NULL;
    uint64_t seed = 15;
    size_t n, k;
    double plain, library;
    for (n = 0; n < CASES; n++) {
        values[n] = INT64_C(1000000000) + (int64_t)(draw(&seed) % UINT64_C(9000000));
        for (k = 0; k < K; k++) {
            neighbours[n][k] = values[n] + (int64_t)(draw(&seed) % UINT64_C(9000000)) - 4500000;
            weights[n][k] = (uint16_t)(draw(&seed) % 4096);
        }
    }
    OK(lvs_engine_create("simd", 1, &engine));
    for (n = 0; n < CASES; n++) {
        uint64_t theirs[K], ours[K];
        CHECK(by_library(engine, n, theirs) == plain_drift(values[n], neighbours[n], weights[n], n, ours));
        CHECK(memcmp(theirs, ours, sizeof ours) == 0);
    }
    plain = nanoseconds(engine, 0);
    library = nanoseconds(engine, 1);
    printf("one cell, K = %d: plain C %.0f ns, lvs_drift %.0f ns, %.2f x\n", K, plain, library, library / plain);
    OK(lvs_engine_destroy(engine));
    return checks_end("one_cell");
}
