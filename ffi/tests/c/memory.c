/* Requests that no memory is left for are a status, not the end of the process. */
#define _DEFAULT_SOURCE
#include <stdlib.h>
#include <sys/resource.h>

#include "check.h"

#define NO_MEMORY(call) REFUSED(LVS_STATUS_OUT_OF_MEMORY, "bytes cannot be allocated", call)

static const size_t GIB = (size_t)1 << 30;

/* What is allocated here and never touched costs nothing but address space. */
static void *room(size_t bytes) {
    void *memory = calloc(bytes, 1);
    if (!CHECK(memory != NULL)) {
        exit(1);
    }
    return memory;
}

static void more_than_any_machine_has(const lvs_engine *engine) {
    const size_t nothing[1] = {0};
    lvs_graph *graph = NULL;
    lvs_swarm *swarm = NULL;
    OK(lvs_graph_create(nothing, 1, NULL, 0, &graph));
    NO_MEMORY(lvs_swarm_create(engine, graph, NULL, 0, (size_t)1 << 46, NULL, &swarm));
    NO_MEMORY(lvs_swarm_create(engine, graph, NULL, 0, SIZE_MAX, NULL, &swarm));
    CHECK(swarm == NULL);
    OK(lvs_graph_destroy(graph));
}

static void more_than_is_left(const lvs_engine *engine) {
    const struct rlimit limit = {2 * GIB, 2 * GIB};
    const size_t rows = GIB / 16; /* 64 Mi rows of one cell: 512 MiB of values */
    size_t *indptr;
    int64_t *values;
    uint64_t *out;
    lvs_graph *graph = NULL, *second = NULL;
    lvs_engine *wide = NULL;
    lvs_swarm *swarm = NULL;
    CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
    NO_MEMORY(lvs_engine_create("scalar", LVS_THREADS_MAX, &wide));
    indptr = room((rows + 1) * sizeof *indptr);
    OK(lvs_graph_create(indptr, rows + 1, NULL, 0, &graph));
    values = room(rows * sizeof *values);
    NO_MEMORY(lvs_graph_create(indptr, rows + 1, NULL, 0, &second));
    NO_MEMORY(lvs_swarm_create(engine, graph, values, rows, 1, NULL, &swarm));
    free(indptr);
    out = (uint64_t *)values;
    NO_MEMORY(lvs_reputation(engine, graph, NULL, 0, NULL, out, rows, NULL));
    CHECK(second == NULL && swarm == NULL && wide == NULL);
    OK(lvs_graph_destroy(graph));
    free(values);
}

static void goes_on(const lvs_engine *engine) {
    const size_t indptr[3] = {0, 1, 2};
    const uint32_t indices[2] = {1, 0};
    const int64_t values[2] = {5000000, 6000000};
    lvs_graph *graph = NULL;
    lvs_swarm *swarm = NULL;
    OK(lvs_graph_create(indptr, 3, indices, 2, &graph));
    OK(lvs_swarm_create(engine, graph, values, 2, 1, NULL, &swarm));
    OK(lvs_swarm_step(swarm, 10));
    OK(lvs_swarm_destroy(swarm));
    OK(lvs_graph_destroy(graph));
}

int main(void) {
    lvs_engine *engine = NULL;
    OK(lvs_engine_create("scalar", 1, &engine));
    more_than_any_machine_has(engine);
    more_than_is_left(engine);
    goes_on(engine);
    OK(lvs_engine_destroy(engine));
    return checks_end("memory");
}
