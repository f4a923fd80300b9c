/* Engines and their threads: none is left when the last user is freed, none is waited for in a forked child. */
#define _DEFAULT_SOURCE
#include <dirent.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "scene.h"

enum { MANY = 600 };

/* The threads of this process, as the system lists them. */
static int threads_alive(void) {
    int count = 0;
    struct dirent *entry;
    DIR *folder = opendir("/proc/self/task");
    if (!CHECK(folder != NULL)) {
        return -1;
    }
    while ((entry = readdir(folder)) != NULL) {
        count += entry->d_name[0] != '.';
    }
    closedir(folder);
    return count;
}

/* A thread that was joined may stay listed for a moment. */
static int alone(void) {
    const struct timespec moment = {0, 1000000};
    int tries;
    for (tries = 0; tries < 2000; tries++) {
        if (threads_alive() == 1) {
            return 1;
        }
        nanosleep(&moment, NULL);
    }
    return 0;
}

static lvs_swarm *swarm_of(const lvs_engine *engine, const scene *s) {
    lvs_graph *graph = NULL;
    lvs_swarm *swarm = NULL;
    OK(lvs_graph_create(s->indptr, ROWS + 1, s->indices, EDGES, &graph));
    OK(lvs_swarm_create(engine, graph, s->values, ROWS * CELLS, CELLS, NULL, &swarm));
    OK(lvs_graph_destroy(graph));
    return swarm;
}

static void threads_end_with_their_engine(const scene *s) {
    int round;
    CHECK(alone());
    for (round = 0; round < 200; round++) {
        lvs_engine *engine = NULL, *second = NULL;
        lvs_swarm *swarm = NULL;
        OK(lvs_engine_create("simd", 3, &engine));
        CHECK(threads_alive() == 4);
        if (round % 2 == 1) {
            swarm = swarm_of(engine, s);
            OK(lvs_engine_for_work(engine, LVS_TASK_SWARM, 1, &second));
        }
        OK(lvs_engine_destroy(engine));
        CHECK(round % 2 == 0 || threads_alive() == 4);
        OK(lvs_engine_destroy(second));
        OK(lvs_swarm_destroy(swarm));
        if (!CHECK(alone())) {
            break;
        }
    }
}

static int64_t rows[MANY * 64];
static uint64_t residuals[MANY * MANY];

/* In a child: large calls and small ones, each with a status, and the handles can be freed. */
static void forked_calls_are_refused(lvs_engine *engine, lvs_swarm *swarm, const scene *s) {
    lvs_engine *own = NULL;
    lvs_graph *graph = NULL;
    uint64_t few[4];
    uint64_t shares[ROWS];
    lvs_pool_input input = scene_pool(s);
    static scene results;
    lvs_pool_output out = scene_pool_output(&results);
    const char *text = "make another after a fork";
    REFUSED(LVS_STATUS_FORKED, text, lvs_pairwise_residuals(engine, rows, MANY * 64, MANY, 64, residuals, MANY * MANY));
    REFUSED(LVS_STATUS_FORKED, text, lvs_pairwise_residuals(engine, rows, 2, 2, 1, few, 4));
    REFUSED(LVS_STATUS_FORKED, text, lvs_swarm_step(swarm, 1));
    OK(lvs_graph_create(s->indptr, ROWS + 1, s->indices, EDGES, &graph));
    REFUSED(LVS_STATUS_FORKED, text, lvs_drift_pool(engine, graph, &input, &out, NULL));
    REFUSED(LVS_STATUS_FORKED, text, lvs_reputation(engine, graph, s->trust, EDGES, NULL, shares, ROWS, NULL));
    OK(lvs_engine_create("simd", 2, &own));
    OK(lvs_pairwise_residuals(own, rows, MANY * 64, MANY, 64, residuals, MANY * MANY));
    OK(lvs_engine_destroy(own));
    OK(lvs_graph_destroy(graph));
    OK(lvs_swarm_destroy(swarm));
    OK(lvs_engine_destroy(engine));
}

static void a_fork_is_noticed(const scene *s) {
    lvs_engine *engine = NULL;
    lvs_swarm *swarm;
    int ended = -1;
    pid_t child;
    OK(lvs_engine_create("simd", 4, &engine));
    swarm = swarm_of(engine, s);
    OK(lvs_pairwise_residuals(engine, rows, MANY * 64, MANY, 64, residuals, MANY * MANY));
    child = fork();
    if (child == 0) {
        alarm(60); /* Rather than for ever. */
        checks_failed = 0;
        forked_calls_are_refused(engine, swarm, s);
        fflush(stdout);
        _exit(checks_failed == 0 ? 0 : 1);
    }
    CHECK(child > 0 && waitpid(child, &ended, 0) == child);
    CHECK(WIFEXITED(ended) && WEXITSTATUS(ended) == 0);
    /* The parent goes on. */
    OK(lvs_swarm_step(swarm, 1));
    OK(lvs_pairwise_residuals(engine, rows, MANY * 64, MANY, 64, residuals, MANY * MANY));
    OK(lvs_swarm_destroy(swarm));
    OK(lvs_engine_destroy(engine));
}

static void threads_without_room(void) {
    const struct rlimit limit = {200000 * 1024UL, 200000 * 1024UL};
    int ended = -1;
    pid_t child = fork();
    if (child == 0) {
        lvs_engine *engine = NULL;
        lvs_status status;
        if (setrlimit(RLIMIT_AS, &limit) != 0) {
            _exit(2);
        }
        status = lvs_engine_create("simd", 64, &engine);
        _exit(status == LVS_STATUS_OUT_OF_MEMORY || status == LVS_STATUS_UNAVAILABLE ? 0 : 3 + (int)status);
    }
    CHECK(child > 0 && waitpid(child, &ended, 0) == child);
    CHECK(WIFEXITED(ended) && WEXITSTATUS(ended) == 0);
}

/* With "threads", no child is made: valgrind would count what a forked child can only leave behind. */
int main(int count, char **arguments) {
    const int forks = count < 2 || strcmp(arguments[1], "threads") != 0;
    static scene s;
    uint64_t seed = 3;
    size_t i;
    scene_make(&s, 9);
    for (i = 0; i < MANY * 64; i++) {
        rows[i] = (int64_t)(draw(&seed) % UINT64_C(1000000000));
    }
    threads_end_with_their_engine(&s);
    if (forks) {
        a_fork_is_noticed(&s);
        threads_without_room();
    }
    return checks_end("processes");
}
