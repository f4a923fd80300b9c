/* Which calls need no memory: counted by standing between the library and the C library's allocator (glibc). */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <stdlib.h>

#include "check.h"
#include "scene.h"

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static volatile unsigned long allocations;

void *malloc(size_t bytes) {
    allocations++;
    return __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes) {
    allocations++;
    return __libc_calloc(count, bytes);
}

void *realloc(void *memory, size_t bytes) {
    allocations++;
    return __libc_realloc(memory, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes) {
    allocations++;
    return __libc_memalign(alignment, bytes);
}

int posix_memalign(void **out, size_t alignment, size_t bytes) {
    allocations++;
    *out = __libc_memalign(alignment, bytes);
    return *out == NULL ? ENOMEM : 0;
}

enum { WIDE = 5000, MANY = 64 };

static int64_t values[(MANY + 1) * WIDE], moved[WIDE], correction[WIDE];
static uint64_t residuals[MANY];
static uint16_t trust[MANY], weights[MANY];

/* Allocations of a drift with K neighbours. */
static unsigned long drift_with(const lvs_engine *engine, size_t neighbours) {
    const int64_t *rows[MANY];
    lvs_drift_input input = {0};
    lvs_drift_output out = {0};
    lvs_drift_summary summary;
    unsigned long before;
    size_t j;
    for (j = 0; j < neighbours; j++) {
        rows[j] = values + (j + 1) * WIDE;
    }
    input.values = values, input.values_length = WIDE;
    input.neighbours = rows, input.neighbours_length = neighbours;
    input.weights = weights, input.weights_length = neighbours;
    out.values = moved, out.values_length = WIDE;
    out.correction = correction, out.correction_length = WIDE;
    out.residuals = residuals, out.residuals_length = neighbours;
    before = allocations;
    OK(lvs_weights(trust, neighbours, weights, neighbours));
    OK(lvs_drift(engine, &input, &out, &summary));
    return allocations - before;
}

int main(void) {
    lvs_engine *engine = NULL;
    uint64_t seed = 64;
    size_t i;
    for (i = 0; i < sizeof values / sizeof *values; i++) {
        values[i] = INT64_C(1000000000) + (int64_t)(draw(&seed) % UINT64_C(9000000));
    }
    for (i = 0; i < MANY; i++) {
        trust[i] = (uint16_t)draw(&seed);
    }
    CHECK(allocations == 0);
    OK(lvs_engine_create("simd", 1, &engine));
    CHECK(allocations > 0); /* the counting works */
    for (i = 1; i <= MANY; i++) {
        CHECK(drift_with(engine, i) == 0);
    }
    CHECK(memcmp(moved, values, sizeof moved) != 0);
    OK(lvs_engine_destroy(engine));
    return checks_end("allocations");
}
