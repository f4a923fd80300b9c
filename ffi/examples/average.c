/*
 * A robust average of sensor readings, by the sensors themselves: every mote of a laboratory holds one temperature, all
 * hear each other, and a swarm drifts until they agree. A mote that is broken is trimmed, and ends with the least
 * reputation.
 *
 *   cc average.c $(pkg-config --cflags --libs lvs) -o average && ./average readings.txt
 *
 * The file has one reading in degrees Celsius to a line; line i is mote i.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <lvs.h>

enum { MOTES_MAX = 1000, CYCLES_MAX = 10000 };

/* One unit of value (VU) per kelvin: cells hold no negative values, and all arithmetic is in integers. */
static const double ZERO_CELSIUS = 273.15;
static const double MICRO = 1e6;

static void must(lvs_status status) {
    if (status != LVS_STATUS_OK) {
        fprintf(stderr, "average: %s\n", lvs_last_error());
        exit(1);
    }
}

static int64_t to_units(double celsius) { return (int64_t)((celsius + ZERO_CELSIUS) * MICRO + 0.5); }

static double to_celsius(double units) { return units / MICRO - ZERO_CELSIUS; }

static size_t read_motes(const char *path, int64_t *units) {
    FILE *file = fopen(path, "r");
    double celsius;
    size_t count = 0;
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    while (count < MOTES_MAX && fscanf(file, "%lf", &celsius) == 1) {
        if (!(celsius > -ZERO_CELSIUS && celsius < 1e6)) {
            fprintf(stderr, "average: line %zu of %s is no temperature\n", count + 1, path);
            exit(1);
        }
        units[count++] = to_units(celsius);
    }
    if (!feof(file) || count < 4) {
        fprintf(stderr, "average: %s must have 4 to %d readings, one to a line\n", path, MOTES_MAX);
        exit(1);
    }
    fclose(file);
    return count;
}

/* Everybody hears everybody else. */
static lvs_graph *complete_graph(size_t motes) {
    size_t *indptr = malloc((motes + 1) * sizeof *indptr);
    uint32_t *indices = malloc(motes * (motes - 1) * sizeof *indices);
    lvs_graph *graph = NULL;
    size_t i, j, edges = 0;
    if (indptr == NULL || indices == NULL) {
        fputs("average: no memory\n", stderr);
        exit(1);
    }
    for (i = 0; i < motes; i++) {
        indptr[i] = edges;
        for (j = 0; j < motes; j++) {
            if (j != i) {
                indices[edges++] = (uint32_t)j;
            }
        }
    }
    indptr[motes] = edges;
    must(lvs_graph_create(indptr, motes + 1, indices, edges, &graph));
    free(indptr);
    free(indices);
    return graph;
}

static void report_least_trusted(const lvs_engine *engine, const lvs_graph *graph, const lvs_swarm *swarm,
                                 const int64_t *readings, size_t motes) {
    uint64_t reputation[MOTES_MAX];
    size_t edges = 0, least = 0, i;
    uint16_t *trust, *credit;
    must(lvs_graph_edges(graph, &edges));
    trust = malloc(edges * sizeof *trust);
    credit = malloc(edges * sizeof *credit);
    if (trust == NULL || credit == NULL) {
        fputs("average: no memory\n", stderr);
        exit(1);
    }
    must(lvs_swarm_trust(swarm, trust, edges));
    /* Disagreement takes trust down by a sixteenth at most; what is left above that tells motes apart. */
    must(lvs_credit(trust, edges, credit, edges));
    must(lvs_reputation(engine, graph, credit, edges, NULL, reputation, motes, NULL));
    for (i = 1; i < motes; i++) {
        if (reputation[i] < reputation[least]) {
            least = i;
        }
    }
    printf("least trusted  mote %zu (read %.4f), %.2f of an equal share of reputation\n", least + 1,
           to_celsius((double)readings[least]),
           (double)reputation[least] * (double)motes / (double)(UINT64_C(1) << 47));
    free(credit);
    free(trust);
}

int main(int argc, char **argv) {
    int64_t readings[MOTES_MAX], agreed = 0;
    uint64_t spread = UINT64_MAX, cycles = 0;
    double sum = 0;
    lvs_engine *engine = NULL;
    lvs_swarm *swarm = NULL;
    lvs_graph *graph;
    size_t motes, i;
    if (argc != 2) {
        fprintf(stderr, "usage: %s readings.txt\n", argv[0]);
        return 2;
    }
    motes = read_motes(argv[1], readings);
    graph = complete_graph(motes);
    must(lvs_engine_create(NULL, 0, &engine));
    must(lvs_swarm_create(engine, graph, readings, motes, 1, NULL, &swarm));
    while (spread > 0 && cycles < CYCLES_MAX) {
        must(lvs_swarm_step(swarm, 1));
        must(lvs_swarm_spread(swarm, &spread, 1));
        must(lvs_swarm_cycle(swarm, &cycles));
    }
    must(lvs_swarm_row(swarm, 0, &agreed, 1));
    for (i = 0; i < motes; i++) {
        sum += (double)readings[i];
    }
    printf("motes          %zu\n", motes);
    printf("plain mean     %.4f\n", to_celsius(sum / (double)motes));
    printf("agreed         %.4f, spread %" PRIu64 " microkelvin after %" PRIu64 " cycles\n",
           to_celsius((double)agreed), spread, cycles);
    report_least_trusted(engine, graph, swarm, readings, motes);
    must(lvs_swarm_destroy(swarm));
    must(lvs_engine_destroy(engine));
    must(lvs_graph_destroy(graph));
    return spread == 0 ? 0 : 1;
}
