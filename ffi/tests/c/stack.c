/* How much stack a drift takes, for each level and number of neighbours: painted before, looked at afterwards. */
#define _DEFAULT_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "check.h"
#include "scene.h"

enum { STACK = 512 * 1024, PAINT = 0xA5, MANY = 64, WIDE = 1 << 17 };

static int64_t values[WIDE], neighbour[WIDE], moved[WIDE];
static uint64_t residuals[MANY];
static uint16_t weights[MANY];
static const int64_t *rows[MANY];

/* What lvs.h says. */
static size_t promised(size_t neighbours) { return (size_t)1024 * (neighbours > 32 ? 128 : 80); }

typedef struct job {
    const lvs_engine *engine;
    size_t neighbours, cells;
    lvs_status status;
} job;

static void *drift(void *argument) {
    job *self = argument;
    lvs_drift_input input = {0};
    lvs_drift_output out = {0};
    input.values = values, input.values_length = self->cells;
    input.neighbours = rows, input.neighbours_length = self->neighbours;
    input.weights = weights, input.weights_length = self->neighbours;
    out.values = moved, out.values_length = self->cells;
    out.residuals = residuals, out.residuals_length = self->neighbours;
    self->status = lvs_drift(self->engine, &input, &out, NULL);
    return NULL;
}

/* What is left of the paint lies at the low end. */
static size_t used(const unsigned char *stack) {
    size_t untouched = 0;
    while (untouched < STACK && stack[untouched] == PAINT) {
        untouched++;
    }
    return STACK - untouched;
}

static size_t stack_of(job *work) {
    unsigned char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pthread_attr_t attributes;
    pthread_t thread;
    size_t bytes;
    if (!CHECK(stack != MAP_FAILED)) {
        exit(1);
    }
    memset(stack, PAINT, STACK);
    CHECK(pthread_attr_init(&attributes) == 0 && pthread_attr_setstack(&attributes, stack, STACK) == 0);
    CHECK(pthread_create(&thread, &attributes, drift, work) == 0 && pthread_join(thread, NULL) == 0);
    pthread_attr_destroy(&attributes);
    bytes = used(stack);
    munmap(stack, STACK);
    return bytes;
}

static void level_fits(const char *name) {
    static const size_t counts[] = {1, 4, 8, 15, 16, 17, 32, 33, 64};
    lvs_engine *engine = NULL;
    size_t i;
    OK(lvs_engine_create(name, 1, &engine));
    printf("stack of %s:", name);
    for (i = 0; i < sizeof counts / sizeof *counts; i++) {
        /* In a cache, and past the caches. */
        job near = {engine, counts[i], 1000, LVS_STATUS_INTERNAL}, far = {engine, counts[i], WIDE, LVS_STATUS_INTERNAL};
        const size_t a = stack_of(&near), b = stack_of(&far), most = a > b ? a : b;
        CHECK(near.status == LVS_STATUS_OK && far.status == LVS_STATUS_OK);
        printf(" K=%zu %.1f KiB", counts[i], (double)most / 1024);
        CHECK(most <= promised(counts[i]));
    }
    printf("\n");
    OK(lvs_engine_destroy(engine));
}

int main(void) {
    lvs_backends *backends = NULL;
    lvs_backend_info info;
    uint64_t seed = 3;
    size_t i, count = 0;
    for (i = 0; i < WIDE; i++) {
        values[i] = INT64_C(1000000000) + (int64_t)(draw(&seed) % UINT64_C(9000000));
        neighbour[i] = INT64_C(1000000000) + (int64_t)(draw(&seed) % UINT64_C(9000000));
    }
    for (i = 0; i < MANY; i++) {
        weights[i] = (uint16_t)(draw(&seed) % 1000);
        rows[i] = neighbour;
    }
    OK(lvs_backends_create(&backends));
    OK(lvs_backends_count(backends, &count));
    for (i = 0; i < count; i++) {
        OK(lvs_backends_get(backends, i, &info));
        if (info.available && strcmp(info.kind, "gpu") != 0) {
            level_fits(info.name);
        }
    }
    OK(lvs_backends_destroy(backends));
    return checks_end("stack");
}
