/* Prints the backend that is picked, and checks that every level that is said to be there computes. */
#include "check.h"
#include "scene.h"

static scene s;

static void computes(const char *name, uint64_t *residuals) {
    lvs_engine *engine = NULL;
    OK(lvs_engine_create(name, 1, &engine));
    OK(lvs_pairwise_residuals(engine, s.values, ROWS * CELLS, ROWS, CELLS, residuals, ROWS * ROWS));
    OK(lvs_engine_destroy(engine));
}

int main(void) {
    static uint64_t expected[ROWS * ROWS];
    lvs_backends *backends = NULL;
    lvs_backend_info info;
    lvs_engine *engine = NULL;
    const char *picked = NULL;
    size_t count = 0, i;
    scene_make(&s, 77);
    computes("scalar", expected);
    OK(lvs_backends_create(&backends));
    OK(lvs_backends_count(backends, &count));
    for (i = 0; i < count; i++) {
        OK(lvs_backends_get(backends, i, &info));
        if (info.available && strcmp(info.kind, "gpu") != 0) {
            computes(info.name, s.residuals);
            CHECK(memcmp(s.residuals, expected, sizeof expected) == 0);
            printf("runs %s\n", info.name);
        }
    }
    OK(lvs_backends_destroy(backends));
    OK(lvs_engine_create(NULL, 1, &engine));
    OK(lvs_engine_backend(engine, &picked));
    printf("picked %s\n", picked);
    OK(lvs_engine_destroy(engine));
    return checks_end("dispatch");
}
