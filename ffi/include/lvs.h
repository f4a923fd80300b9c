/*
 * libLVS: drift, trust, reputation and swarms in integers, with the same bits on every backend.
 *
 * Conventions (README.md of ffi/ has them with examples):
 *
 * Status. Every function returns an lvs_status, except lvs_version, lvs_version_number, lvs_status_name and
 * lvs_last_error. If it is not LVS_STATUS_OK, lvs_last_error() says which argument is wrong, what came and what was
 * expected. What the outputs hold then means nothing, and handles that were to be made are NULL. No panic, exception or
 * abort crosses, with one exception: the process ends if not even a few kilobytes can be allocated, or, with GPU engines,
 * if there is no memory for the driver and for the copies that go to the device.
 *
 * Arrays. Memory always belongs to the caller, and the library keeps no pointer to it after a call. Each array comes
 * with its number of entries, which is checked; where that is 0 the pointer may be NULL. Pointers must be
 * aligned as their type. An output may overlap neither an input nor another output. Matrices are row-major.
 *
 * Structs. A zeroed input struct holds the defaults, except lvs_reputation_options; flags are 0 or 1. Structs never change
 * their size: later versions take new fields from `reserved`, which must be 0 in what comes in and is 0 in what comes out.
 *
 * Handles. What lvs_..._create made, lvs_..._destroy frees, once, when no other thread uses it; NULL is ignored.
 *
 * Threads. Every function may be called from any thread. Engines, graphs and lists of backends never change and may be
 * shared without locks. A swarm takes many reading calls at a time or one changing call. A call that comes at the wrong
 * time does not wait: it gets LVS_STATUS_BUSY. While a call runs, nobody else may write to its inputs or touch its outputs.
 * After fork() the child must make its own engines and swarms; inherited ones that have threads or a device give
 * LVS_STATUS_FORKED.
 *
 * Long calls. Calls whose names end in _while ask a function of the caller's now and then whether to go on.
 *
 * Engines made for "auto" may, once a swarm or pairwise residuals are large enough, load graphics drivers, time them for
 * some seconds once per machine, and keep the result in the user's cache folder; engines made by name never do.
 *
 * Units. N rows, B cells in a row, K neighbours, E edges. Values, corrections and residuals are micro-VU (1 VU is
 * 1,000,000); trust and weights are Q0.16 (65,535 is "all"); reputation is Q0.47 and sums to exactly 2^47.
 *
 * Written by cbindgen from ffi/src; do not edit.
 */

#ifndef LVS_H
#define LVS_H

#include <stddef.h>
#include <stdint.h>

/* Put before every function. Define it first to give functions other attributes. */
#ifndef LVS_API
#if defined(__GNUC__)
#define LVS_API __attribute__((visibility("default")))
#else
#define LVS_API
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The most threads that an engine may have.
 */
#define LVS_THREADS_MAX 1024

/**
 * For lvs_engine_for_work: the cycles of a swarm; terms are the cells times the neighbours of all rows.
 */
#define LVS_TASK_SWARM 0

/**
 * For lvs_engine_for_work: pairwise residuals; terms are the cells of all pairs of rows.
 */
#define LVS_TASK_PAIRWISE 1

/**
 * The major version of this header; another means other interfaces.
 */
#define LVS_VERSION_MAJOR 0

/**
 * Its minor version; while the major one is 0, another means other interfaces.
 */
#define LVS_VERSION_MINOR 1

/**
 * Its patch version.
 */
#define LVS_VERSION_PATCH 0

/**
 * All three as one number to compare, major * 10,000 + minor * 100 + patch.
 */
#define LVS_VERSION_NUMBER 100

/**
 * How a call ended. lvs_last_error() has the details of the last one that did not end with LVS_STATUS_OK.
 */
typedef enum lvs_status {
    /**
     * All went well.
     */
    LVS_STATUS_OK = 0,
    /**
     * An argument is not what the call takes: its length, alignment, range, or memory that another argument uses.
     */
    LVS_STATUS_INVALID_ARGUMENT = 1,
    /**
     * A pointer is NULL that must not be.
     */
    LVS_STATUS_NULL_POINTER = 2,
    /**
     * The backend asked for cannot run on this machine or is not in this build, or threads cannot be started.
     */
    LVS_STATUS_UNAVAILABLE = 3,
    /**
     * A device failed, was lost, or has no room for what was asked.
     */
    LVS_STATUS_DEVICE = 4,
    /**
     * There is not enough memory for what was asked.
     */
    LVS_STATUS_OUT_OF_MEMORY = 5,
    /**
     * Another call is under way on this swarm.
     */
    LVS_STATUS_BUSY = 6,
    /**
     * A mistake in the library; please report the message.
     */
    LVS_STATUS_INTERNAL = 7,
    /**
     * The engine, or the swarm's engine, was made before a fork: its threads and devices are the parent's. Make another.
     */
    LVS_STATUS_FORKED = 8,
    /**
     * lvs_go_on said no.
     */
    LVS_STATUS_CANCELLED = 9
} lvs_status;

/**
 * A list of backends; see lvs_backends_create.
 */
typedef struct lvs_backends lvs_backends;

/**
 * A backend and its threads: what computes. See lvs_engine_create.
 */
typedef struct lvs_engine lvs_engine;

/**
 * Who compares with whom, or trusts whom: a checked copy of a graph in CSR form. See lvs_graph_create.
 */
typedef struct lvs_graph lvs_graph;

/**
 * N rows of B cells that drift in step: every row reads the values of the cycle before. See lvs_swarm_create.
 */
typedef struct lvs_swarm lvs_swarm;

/**
 * One backend that can be asked for. The strings are NUL-terminated UTF-8, never NULL, and live as long as the list
 * they came from.
 */
typedef struct lvs_backend_info {
    /**
     * The name that lvs_engine_create takes.
     */
    const char *name;
    /**
     * "scalar", "simd" or "gpu".
     */
    const char *kind;
    /**
     * What it runs on.
     */
    const char *device;
    /**
     * Why it is not available, or what stands behind the name; never empty.
     */
    const char *reason;
    /**
     * 1: this build has code for it.
     */
    uint8_t compiled;
    /**
     * 1: this machine has what it needs.
     */
    uint8_t detected;
    /**
     * 1: both, so that an engine can be made of it.
     */
    uint8_t available;
    /**
     * 0; room for later versions.
     */
    uint64_t reserved[4];
} lvs_backend_info;

/**
 * VaultGuard's constants and the ends of the ranges. They are compiled in; nothing changes them.
 */
typedef struct lvs_constants {
    /**
     * One VU in micro-VU.
     */
    int64_t micro_vu;
    /**
     * The largest value of a cell or an anchor, in micro-VU.
     */
    int64_t value_max;
    /**
     * The largest difference that drift or a residual takes into account, in micro-VU.
     */
    int64_t difference_max;
    /**
     * A cell moves at most by its value shifted right by this much in a cycle ...
     */
    uint32_t rate_shift;
    /**
     * ... or, where that is more, by this much, in micro-VU.
     */
    int64_t rate_floor;
    /**
     * Within a window drift takes at most the anchor shifted right by this much.
     */
    uint32_t drain_shift;
    /**
     * Cycles in a window; at the start of each the anchors are set to the values.
     */
    uint64_t window;
    /**
     * The part of the neighbours' weight that is trimmed from either side at least, in 1/65,536; the heaviest third of
     * the neighbours always fits into it.
     */
    uint32_t trim;
    /**
     * "All" in Q0.16: the most that trust can be, and that the weights of a row may sum to.
     */
    uint32_t weight_max;
    /**
     * The most neighbours that a row may have.
     */
    size_t neighbours_max;
    /**
     * The trust that a newcomer starts with, in Q0.16.
     */
    uint16_t trust_newcomer;
    /**
     * Disagreement alone takes trust no lower than this, in Q0.16.
     */
    uint16_t trust_floor;
    /**
     * "All" in Q0.47: what reputation sums to.
     */
    uint64_t reputation_one;
    /**
     * The most cells that lvs_sample_cells draws from.
     */
    size_t sample_cells_max;
    /**
     * 0; room for later versions.
     */
    uint64_t reserved[16];
} lvs_constants;

/**
 * One row of B cells and its K neighbours.
 */
typedef struct lvs_drift_input {
    /**
     * The row's own values, micro-VU, each 0 to 2^62.
     */
    const int64_t *values;
    /**
     * B.
     */
    size_t values_length;
    /**
     * The values at the start of the window, micro-VU, each 0 to 2^62; NULL for `values`.
     */
    const int64_t *anchors;
    /**
     * B; 0 if `anchors` is NULL.
     */
    size_t anchors_length;
    /**
     * Pointers to K neighbour rows of B values each, micro-VU, any int64_t; NULL if `neighbour_matrix` is given.
     */
    const int64_t *const *neighbours;
    /**
     * K; 0 if `neighbours` is NULL.
     */
    size_t neighbours_length;
    /**
     * The same as one K x B matrix, row after row; NULL if `neighbours` is given.
     */
    const int64_t *neighbour_matrix;
    /**
     * K * B; 0 if `neighbour_matrix` is NULL.
     */
    size_t neighbour_matrix_length;
    /**
     * A weight per neighbour, Q0.16; they sum to at most 65,535.
     */
    const uint16_t *weights;
    /**
     * K, at most 4,096.
     */
    size_t weights_length;
    /**
     * The cycle number; its parity sets the rounding.
     */
    uint64_t cycle;
    /**
     * 0: trim a third of the neighbours, by weight and by heads, from either side. 1: plain weighted averaging, which
     * any neighbour can lead.
     */
    uint8_t plain_average;
    /**
     * 1: the row leaves its anchors only for more than half of the neighbours' weight. 0: it drifts freely.
     */
    uint8_t hold;
    /**
     * Must be 0; later versions may take fields from it, whose 0 will mean what is done now.
     */
    uint64_t reserved[4];
} lvs_drift_input;

/**
 * Where the results of one row go.
 */
typedef struct lvs_drift_output {
    /**
     * The new values, micro-VU.
     */
    int64_t *values;
    /**
     * B.
     */
    size_t values_length;
    /**
     * New value minus old value, micro-VU; NULL if not wanted.
     */
    int64_t *correction;
    /**
     * B; 0 if `correction` is NULL.
     */
    size_t correction_length;
    /**
     * Per neighbour the sum over cells of the absolute difference, micro-VU, saturating.
     */
    uint64_t *residuals;
    /**
     * K.
     */
    size_t residuals_length;
    /**
     * Must be 0; room for later versions.
     */
    uint64_t reserved[4];
} lvs_drift_output;

/**
 * What VaultGuard did to a row, or to several.
 */
typedef struct lvs_drift_summary {
    /**
     * Cells whose correction the rate limit changed.
     */
    uint64_t rate_limited;
    /**
     * Cells that the drain floor held.
     */
    uint64_t floored;
    /**
     * The largest absolute correction of a cell, micro-VU.
     */
    uint64_t max_correction;
    /**
     * The sum of the absolute corrections, micro-VU, saturating.
     */
    uint64_t sum_correction;
    /**
     * 0; room for later versions.
     */
    uint64_t reserved[4];
} lvs_drift_summary;

/**
 * A function that is asked whether to go on: it returns 0 to end the call and anything else to go on. It is called on
 * the thread that made the call. lvs_swarm_step_while asks it every few milliseconds between two cycles, and some twenty
 * times a second within a longer one; `done` is the number of cycles done. The other calls that end in _while ask it some
 * twenty times a second, and `done` is 0. It must not throw, unwind or longjmp. If it calls a function on the swarm,
 * lvs_swarm_destroy too, that gives LVS_STATUS_BUSY.
 */
typedef int (*lvs_go_on)(uint64_t done, void *context);

/**
 * N rows of B cells that are neighbours of each other, with E edges in a graph.
 */
typedef struct lvs_pool_input {
    /**
     * N x B values, micro-VU; 0 to 2^62 in rows that are not frozen, any int64_t in those that are.
     */
    const int64_t *values;
    /**
     * At least (N - 1) * `values_stride` + B.
     */
    size_t values_length;
    /**
     * Entries from the start of a row of `values` to that of the next, at least B; 0 for B.
     */
    size_t values_stride;
    /**
     * The values at the start of the window, as `values`; NULL for `values`.
     */
    const int64_t *anchors;
    /**
     * As `values_length`; 0 if `anchors` is NULL.
     */
    size_t anchors_length;
    /**
     * As `values_stride`.
     */
    size_t anchors_stride;
    /**
     * A weight per edge, Q0.16; those of one row sum to at most 65,535.
     */
    const uint16_t *weights;
    /**
     * E.
     */
    size_t weights_length;
    /**
     * 1 for rows that never move, 0 for others; NULL if all move.
     */
    const uint8_t *frozen;
    /**
     * N; 0 if `frozen` is NULL.
     */
    size_t frozen_length;
    /**
     * B.
     */
    size_t cells;
    /**
     * The cycle number.
     */
    uint64_t cycle;
    /**
     * From it, the cycle and its number every row draws whether it rounds up.
     */
    uint64_t seed;
    /**
     * 0: trim a third of the neighbours, by weight and by heads, from either side. 1: plain weighted averaging, which
     * any neighbour can lead.
     */
    uint8_t plain_average;
    /**
     * 1: rows leave their anchors only for more than half of their neighbours' weight. 0: they drift freely.
     */
    uint8_t hold;
    /**
     * Must be 0; later versions may take fields from it, whose 0 will mean what is done now.
     */
    uint64_t reserved[4];
} lvs_pool_input;

/**
 * Where the results of a pool go.
 */
typedef struct lvs_pool_output {
    /**
     * The new values, N x B without gaps, micro-VU.
     */
    int64_t *values;
    /**
     * N * B.
     */
    size_t values_length;
    /**
     * A residual per edge, micro-VU, saturating.
     */
    uint64_t *residuals;
    /**
     * E.
     */
    size_t residuals_length;
    /**
     * Must be 0; room for later versions.
     */
    uint64_t reserved[4];
} lvs_pool_output;

/**
 * How reputation is computed; lvs_reputation_defaults fills one. Unlike other structs it must not be zeroed: with
 * damping, tol and max_iter all 0 it is refused.
 */
typedef struct lvs_reputation_options {
    /**
     * The part of reputation that always comes from pre-trust, 0 to 1.
     */
    double damping;
    /**
     * Stop when the L1 change in one iteration is at most this part of the whole, 0 to 1.
     */
    double tol;
    /**
     * Stop after this many iterations.
     */
    uint32_t max_iter;
    /**
     * Weights of the pre-trusted nodes, at least one above 0; NULL for equal ones.
     */
    const uint32_t *pretrust;
    /**
     * N; 0 if `pretrust` is NULL.
     */
    size_t pretrust_length;
    /**
     * Must be 0; later versions may take fields from it, whose 0 will mean what is done now.
     */
    uint64_t reserved[4];
} lvs_reputation_options;

/**
 * How the iteration ended.
 */
typedef struct lvs_convergence {
    /**
     * Iterations done.
     */
    uint32_t iterations;
    /**
     * The L1 change of the last one, Q0.47; UINT64_MAX if there was none.
     */
    uint64_t change;
    /**
     * 1: the change came down to the tolerance. 0: it did not.
     */
    uint8_t converged;
    /**
     * 0; room for later versions.
     */
    uint64_t reserved[4];
} lvs_convergence;

/**
 * What a swarm starts with besides its graph and values. A zeroed struct holds the defaults.
 */
typedef struct lvs_swarm_options {
    /**
     * A trust per edge, Q0.16; NULL for all of it (65,535) everywhere.
     */
    const uint16_t *trust;
    /**
     * E; 0 if `trust` is NULL.
     */
    size_t trust_length;
    /**
     * 1 for rows that never move (stubborn or hostile ones), 0 for others; NULL if all move.
     */
    const uint8_t *frozen;
    /**
     * N; 0 if `frozen` is NULL.
     */
    size_t frozen_length;
    /**
     * 0: trust is updated after every cycle. 1: it stays as it is.
     */
    uint8_t fixed_trust;
    /**
     * 0: trim a third of the neighbours, by weight and by heads, from either side. 1: plain weighted averaging, which
     * any neighbour can lead.
     */
    uint8_t plain_average;
    /**
     * How likely a sample is lost on its way, in 65,536ths. A lost sample counts with a difference of 0 and its full
     * weight, and its trust stays.
     */
    uint16_t loss_share;
    /**
     * Which samples are lost.
     */
    uint64_t loss_seed;
    /**
     * From it, the cycle and its number every row draws whether it rounds up.
     */
    uint64_t seed;
    /**
     * 1: rows leave their anchors only for more than half of their neighbours' weight. 0: they drift freely.
     */
    uint8_t hold;
    /**
     * Must be 0; later versions may take fields from it, whose 0 will mean what is done now.
     */
    uint64_t reserved[4];
} lvs_swarm_options;

/**
 * Lists every backend that can be asked for by name, available or not; where there is GPU support this looks for
 * adapters and loads their drivers.
 *
 * `out` receives the list, to be freed with lvs_backends_destroy.
 */
LVS_API
enum lvs_status lvs_backends_create(struct lvs_backends **out);

/**
 * Frees a list and the strings that came from it; NULL is ignored.
 */
LVS_API enum lvs_status lvs_backends_destroy(struct lvs_backends *backends);

/**
 * Writes the number of backends in a list to `out`.
 */
LVS_API enum lvs_status lvs_backends_count(const struct lvs_backends *backends, size_t *out);

/**
 * Writes backend `index` (below the count) of a list to `out`; its strings stay the list's.
 */
LVS_API
enum lvs_status lvs_backends_get(const struct lvs_backends *backends,
                                 size_t index,
                                 struct lvs_backend_info *out);

/**
 * Writes the constants to `out`.
 */
LVS_API enum lvs_status lvs_get_constants(struct lvs_constants *out);

/**
 * Drifts one row: moves each cell a little towards its neighbours', after trimming a third of them, by weight and by
 * heads, from either side, within VaultGuard's limits.
 *
 * `summary` receives VaultGuard's counters; NULL if not wanted. Where a SIMD backend trims up to 64 neighbours with an
 * engine of one thread, no memory is allocated; other calls take little. The caller's stack needs 80 KiB,
 * and 128 KiB for more than 32 neighbours.
 *
 * LVS_STATUS_INVALID_ARGUMENT if a length does not fit the others, a value or anchor is out of its range, or the
 * weights sum to more than 65,535.
 */
LVS_API
enum lvs_status lvs_drift(const struct lvs_engine *engine,
                          const struct lvs_drift_input *input,
                          const struct lvs_drift_output *out,
                          struct lvs_drift_summary *summary);

/**
 * The same for one row in plain arguments, where the structs' other fields would stay 0.
 *
 * `values` has `cells` entries (B), and so has `anchors`, or it is NULL for `values`. `neighbours` is one K x B matrix,
 * row after row; `weights` has `count` entries (K). `moved` receives the B new values, `residuals` K sums. Ranges and
 * units are those of lvs_drift_input.
 */
LVS_API
enum lvs_status lvs_drift_row(const struct lvs_engine *engine,
                              const int64_t *values,
                              const int64_t *anchors,
                              size_t cells,
                              const int64_t *neighbours,
                              const uint16_t *weights,
                              size_t count,
                              uint64_t cycle,
                              int64_t *moved,
                              uint64_t *residuals);

/**
 * Makes an engine.
 *
 * `backend` is a name from lvs_backends_get (NUL-terminated, UTF-8), or NULL for "auto": what the environment variable
 * LVS_BACKEND names, else the fastest here. `threads` is how many it may use, up to LVS_THREADS_MAX; 0 stands for one
 * per processor. With 1 it starts none and computes on the caller's. `out` receives the engine, to be freed with
 * lvs_engine_destroy.
 *
 * LVS_STATUS_UNAVAILABLE if the backend cannot run here; nothing falls back in silence. An engine made for "auto" takes
 * a GPU for swarms and pairwise residuals of a size at which it won when both were timed, once per machine.
 */
LVS_API
enum lvs_status lvs_engine_create(const char *backend,
                                  size_t threads,
                                  struct lvs_engine **out);

/**
 * Makes an engine of what `engine` takes for so much work of a kind: for one made for "auto" perhaps a GPU, for others
 * the same. Its lvs_engine_choice says why. Large work may load drivers and time them.
 *
 * `task` is LVS_TASK_SWARM or LVS_TASK_PAIRWISE, `terms` the amount. `out` receives the engine, to be freed with
 * lvs_engine_destroy; the two may be freed in any order.
 */
LVS_API
enum lvs_status lvs_engine_for_work(const struct lvs_engine *engine,
                                    uint32_t task,
                                    uint64_t terms,
                                    struct lvs_engine **out);

/**
 * Frees an engine; NULL is ignored. Swarms made with it go on. Its threads have ended when the last of these is freed.
 */
LVS_API
enum lvs_status lvs_engine_destroy(struct lvs_engine *engine);

/**
 * Writes the full name of the backend in use to `out`, never "auto" or a bare "simd". The string lives as long as the
 * engine.
 */
LVS_API
enum lvs_status lvs_engine_backend(const struct lvs_engine *engine,
                                   const char **out);

/**
 * Writes what was picked and why, for people to read, to `out`. The string lives as long as the engine.
 */
LVS_API enum lvs_status lvs_engine_choice(const struct lvs_engine *engine, const char **out);

/**
 * Writes the number of threads in use to `out`.
 */
LVS_API enum lvs_status lvs_engine_threads(const struct lvs_engine *engine, size_t *out);

/**
 * The message of this thread's last call that failed: which argument, what came, what was expected.
 *
 * Returns a NUL-terminated UTF-8 string of at most 511 bytes, never NULL; empty if no call failed yet. It belongs to
 * the library and holds until the next call that fails on the same thread, or until the thread ends. Calls that
 * succeed leave it as it is.
 */
LVS_API
const char *lvs_last_error(void);

/**
 * Makes a graph of N rows and E edges from its compressed sparse rows: row i has the neighbours `indices[indptr[i]]`
 * to `indices[indptr[i + 1] - 1]`. What runs along the edges elsewhere has the order of `indices`.
 *
 * `indptr` has N + 1 entries, from 0, never falling, the last one E. `indices` has E entries, each below N. Both are
 * copied. `out` receives the graph, to be freed with lvs_graph_destroy.
 */
LVS_API
enum lvs_status lvs_graph_create(const size_t *indptr,
                                 size_t indptr_length,
                                 const uint32_t *indices,
                                 size_t indices_length,
                                 struct lvs_graph **out);

/**
 * Frees a graph; NULL is ignored. Swarms made of it go on.
 */
LVS_API enum lvs_status lvs_graph_destroy(struct lvs_graph *graph);

/**
 * Writes the number of rows, N, to `out`.
 */
LVS_API enum lvs_status lvs_graph_rows(const struct lvs_graph *graph, size_t *out);

/**
 * Writes the number of edges, E, to `out`.
 */
LVS_API enum lvs_status lvs_graph_edges(const struct lvs_graph *graph, size_t *out);

/**
 * Writes where the neighbours of row `row` (below N) stand to `out`, and their number to `count`; the array lives as
 * long as the graph.
 */
LVS_API
enum lvs_status lvs_graph_neighbours(const struct lvs_graph *graph,
                                     size_t row,
                                     const uint32_t **out,
                                     size_t *count);

/**
 * Computes the capped L1 distance of every row to every other: for rows i and j the sum over cells k of
 * min(|x[i][k] - x[j][k]|, 2^46 - 1), saturating.
 *
 * `values` is N x B without gaps (`rows` x `cells`), micro-VU, any int64_t; `values_length` is N * B. `out` receives
 * N x N residuals, micro-VU, symmetric, 0 on the diagonal; `out_length` is N * N.
 */
LVS_API
enum lvs_status lvs_pairwise_residuals(const struct lvs_engine *engine,
                                       const int64_t *values,
                                       size_t values_length,
                                       size_t rows,
                                       size_t cells,
                                       uint64_t *out,
                                       size_t out_length);

/**
 * The same, for as long as `go_on` does not return 0; `context` is handed to it as it is. LVS_STATUS_CANCELLED if it
 * ended the call; what `out` holds then means nothing.
 */
LVS_API
enum lvs_status lvs_pairwise_residuals_while(const struct lvs_engine *engine,
                                             const int64_t *values,
                                             size_t values_length,
                                             size_t rows,
                                             size_t cells,
                                             uint64_t *out,
                                             size_t out_length,
                                             lvs_go_on go_on,
                                             void *context);

/**
 * Drifts every row of a pool against its neighbours in `graph`, all from the same old values.
 *
 * `summary` receives VaultGuard's counters over all rows; NULL if not wanted.
 *
 * LVS_STATUS_INVALID_ARGUMENT if a length does not fit the graph, a value or anchor is out of its range, or the
 * weights of a row sum to more than 65,535.
 */
LVS_API
enum lvs_status lvs_drift_pool(const struct lvs_engine *engine,
                               const struct lvs_graph *graph,
                               const struct lvs_pool_input *input,
                               const struct lvs_pool_output *out,
                               struct lvs_drift_summary *summary);

/**
 * The same, for as long as `go_on` does not return 0; `context` is handed to it as it is. LVS_STATUS_CANCELLED if it
 * ended the call; what `out` holds then means nothing.
 */
LVS_API
enum lvs_status lvs_drift_pool_while(const struct lvs_engine *engine,
                                     const struct lvs_graph *graph,
                                     const struct lvs_pool_input *input,
                                     const struct lvs_pool_output *out,
                                     struct lvs_drift_summary *summary,
                                     lvs_go_on go_on,
                                     void *context);

/**
 * Writes the default options to `out`: damping 0.15, tol 1e-9, at most 1,000 iterations, equal pre-trust. (A zeroed
 * struct is no default here, for 0 is a good damping.)
 */
LVS_API
enum lvs_status lvs_reputation_defaults(struct lvs_reputation_options *out);

/**
 * Computes the reputation of N nodes (EigenTrust) that trust each other along the E edges of `graph`.
 *
 * `trust` is Q0.16, E entries. Of a swarm pass what lvs_credit makes of the trust that it learned: that tells liars from
 * honest rows far better than the trust itself. `options` may be NULL for the defaults. `out` receives N reputations,
 * Q0.47, that sum to exactly 2^47 (if N is not 0). `convergence` says how the iteration ended; NULL if not wanted.
 */
LVS_API
enum lvs_status lvs_reputation(const struct lvs_engine *engine,
                               const struct lvs_graph *graph,
                               const uint16_t *trust,
                               size_t trust_length,
                               const struct lvs_reputation_options *options,
                               uint64_t *out,
                               size_t out_length,
                               struct lvs_convergence *convergence);

/**
 * The same, for as long as `go_on` does not return 0; `context` is handed to it as it is. LVS_STATUS_CANCELLED if it
 * ended the call; what `out` holds then means nothing.
 */
LVS_API
enum lvs_status lvs_reputation_while(const struct lvs_engine *engine,
                                     const struct lvs_graph *graph,
                                     const uint16_t *trust,
                                     size_t trust_length,
                                     const struct lvs_reputation_options *options,
                                     uint64_t *out,
                                     size_t out_length,
                                     struct lvs_convergence *convergence,
                                     lvs_go_on go_on,
                                     void *context);

/**
 * The same from a dense trust matrix.
 *
 * `rows` is N. `trust` is Q0.16, N x N entries; row i holds what node i trusts the others.
 */
LVS_API
enum lvs_status lvs_reputation_dense(const struct lvs_engine *engine,
                                     size_t rows,
                                     const uint16_t *trust,
                                     size_t trust_length,
                                     const struct lvs_reputation_options *options,
                                     uint64_t *out,
                                     size_t out_length,
                                     struct lvs_convergence *convergence);

/**
 * The same, for as long as `go_on` does not return 0, as lvs_reputation_while.
 */
LVS_API
enum lvs_status lvs_reputation_dense_while(const struct lvs_engine *engine,
                                           size_t rows,
                                           const uint16_t *trust,
                                           size_t trust_length,
                                           const struct lvs_reputation_options *options,
                                           uint64_t *out,
                                           size_t out_length,
                                           struct lvs_convergence *convergence,
                                           lvs_go_on go_on,
                                           void *context);

/**
 * Draws `count` distinct cells below `cells` from `seed`, in draw order; the same on every machine.
 *
 * `cells` is at most 65,536, and `count` at most `cells`. `out` receives `count` cell numbers.
 */
LVS_API enum lvs_status lvs_sample_cells(uint64_t seed, size_t cells, uint16_t *out, size_t count);

/**
 * The name of a status, such as "LVS_STATUS_BUSY": a constant string, never NULL. A number that is no status gives
 * "unknown status".
 */
LVS_API
const char *lvs_status_name(int status);

/**
 * Makes a swarm of the rows of `graph`, at cycle 0; the anchors are the values at the start of each window.
 *
 * `values` is N x B without gaps (B is `cells`), micro-VU, 0 to 2^62 in rows that are not frozen, any int64_t in
 * those that are; `values_length` is N * B. `options` may be NULL for the defaults. Everything is copied: engine,
 * graph and arrays may be freed. `out` receives the swarm, to be freed with lvs_swarm_destroy.
 *
 * LVS_STATUS_DEVICE if it does not fit the engine's device, LVS_STATUS_OUT_OF_MEMORY if it does not fit this machine.
 */
LVS_API
enum lvs_status lvs_swarm_create(const struct lvs_engine *engine,
                                 const struct lvs_graph *graph,
                                 const int64_t *values,
                                 size_t values_length,
                                 size_t cells,
                                 const struct lvs_swarm_options *options,
                                 struct lvs_swarm **out);

/**
 * Frees a swarm; NULL is ignored. LVS_STATUS_BUSY, and nothing is freed, while a call runs on it: from within its own
 * callback, too.
 */
LVS_API
enum lvs_status lvs_swarm_destroy(struct lvs_swarm *swarm);

/**
 * Runs `cycles` cycles.
 *
 * LVS_STATUS_DEVICE if the device was lost; the swarm can then only be destroyed.
 */
LVS_API enum lvs_status lvs_swarm_step(struct lvs_swarm *swarm, uint64_t cycles);

/**
 * Runs up to `cycles` cycles, for as long as `go_on` does not return 0; `context` is handed to it as it is. A cycle that
 * it ends counts as not begun, and LVS_STATUS_OK is returned.
 *
 * `done` receives the number of cycles run; NULL if not wanted. Errors as for lvs_swarm_step.
 */
LVS_API
enum lvs_status lvs_swarm_step_while(struct lvs_swarm *swarm,
                                     uint64_t cycles,
                                     lvs_go_on go_on,
                                     void *context,
                                     uint64_t *done);

/**
 * Overwrites the values of row `row` (below N), as an attack or a fault would; its anchors stay until the next window.
 *
 * `values` is micro-VU, B entries, each 0 to 2^62 unless the row is frozen.
 */
LVS_API
enum lvs_status lvs_swarm_set_row(struct lvs_swarm *swarm,
                                  size_t row,
                                  const int64_t *values,
                                  size_t values_length);

/**
 * Overwrites several rows at once; if one is refused, none has changed.
 *
 * `rows` holds M row numbers, each below N; one that comes twice keeps the later values. `values` is M x B without
 * gaps, as for lvs_swarm_set_row.
 */
LVS_API
enum lvs_status lvs_swarm_set_rows(struct lvs_swarm *swarm,
                                   const size_t *rows,
                                   size_t rows_length,
                                   const int64_t *values,
                                   size_t values_length);

/**
 * Overwrites the trust along every edge: Q0.16, E entries.
 */
LVS_API
enum lvs_status lvs_swarm_set_trust(struct lvs_swarm *swarm,
                                    const uint16_t *trust,
                                    size_t trust_length);

/**
 * Writes the number of rows, N, to `out`.
 */
LVS_API enum lvs_status lvs_swarm_rows(const struct lvs_swarm *swarm, size_t *out);

/**
 * Writes the number of cells in a row, B, to `out`.
 */
LVS_API enum lvs_status lvs_swarm_cells(const struct lvs_swarm *swarm, size_t *out);

/**
 * Writes the number of edges, E, to `out`.
 */
LVS_API enum lvs_status lvs_swarm_edges(const struct lvs_swarm *swarm, size_t *out);

/**
 * Writes the cycles done so far to `out`.
 */
LVS_API enum lvs_status lvs_swarm_cycle(const struct lvs_swarm *swarm, uint64_t *out);

/**
 * Writes the full name of the backend that steps the swarm to `out`: its engine's, but for "auto" perhaps a GPU. The
 * string lives as long as the swarm.
 */
LVS_API
enum lvs_status lvs_swarm_backend(const struct lvs_swarm *swarm,
                                  const char **out);

/**
 * Writes what was picked for the swarm and why, for people to read, to `out`. The string lives as long as the swarm.
 */
LVS_API
enum lvs_status lvs_swarm_choice(const struct lvs_swarm *swarm,
                                 const char **out);

/**
 * Writes the seconds that the last step took inside the passes of a GPU, by its own clock, to `out`; NaN on a processor
 * and where the adapter cannot tell.
 */
LVS_API
enum lvs_status lvs_swarm_device_seconds(const struct lvs_swarm *swarm,
                                         double *out);

/**
 * Copies the marks of the rows that never move to `out`: N entries, 1 or 0.
 */
LVS_API enum lvs_status lvs_swarm_frozen(const struct lvs_swarm *swarm, uint8_t *out, size_t out_length);

/**
 * Copies the values of all rows to `out`: N x B without gaps, micro-VU; `out_length` is N * B.
 *
 * LVS_STATUS_DEVICE if the device was lost; so for all that is read.
 */
LVS_API enum lvs_status lvs_swarm_values(const struct lvs_swarm *swarm, int64_t *out, size_t out_length);

/**
 * Copies the values of row `row` (below N) to `out`: B entries, micro-VU.
 */
LVS_API
enum lvs_status lvs_swarm_row(const struct lvs_swarm *swarm,
                              size_t row,
                              int64_t *out,
                              size_t out_length);

/**
 * Copies the trust along every edge to `out`: E entries, Q0.16.
 */
LVS_API enum lvs_status lvs_swarm_trust(const struct lvs_swarm *swarm, uint16_t *out, size_t out_length);

/**
 * Writes what VaultGuard did in the last lvs_swarm_step or lvs_swarm_step_while to `out`, over all its cycles and rows.
 */
LVS_API
enum lvs_status lvs_swarm_stats(const struct lvs_swarm *swarm,
                                struct lvs_drift_summary *out);

/**
 * Copies, per cell, the smallest value over the rows that are not frozen to `lowest` and the largest to `highest`:
 * B entries each, micro-VU; INT64_MAX and INT64_MIN where all rows are frozen.
 */
LVS_API
enum lvs_status lvs_swarm_extremes(const struct lvs_swarm *swarm,
                                   int64_t *lowest,
                                   size_t lowest_length,
                                   int64_t *highest,
                                   size_t highest_length);

/**
 * Copies, per cell, the largest minus the smallest value over the rows that are not frozen to `out`: B entries,
 * micro-VU; 0 where all rows are frozen.
 */
LVS_API
enum lvs_status lvs_swarm_spread(const struct lvs_swarm *swarm,
                                 uint64_t *out,
                                 size_t out_length);

/**
 * Updates the trust in K neighbours, in place, from what a row saw of them: slow to earn, quick to lose,
 * but disagreement alone never takes it below the constant trust_floor. A caller with proof of a lie may set it lower.
 *
 * `trust` is Q0.16, K entries, at most 4,096. `residuals` is micro-VU, K entries, in the same order. `cells` is the
 * number of cells that the residuals were summed over.
 */
LVS_API
enum lvs_status lvs_update_trust(uint16_t *trust,
                                 size_t trust_length,
                                 const uint64_t *residuals,
                                 size_t residuals_length,
                                 uint64_t cells);

/**
 * Computes the weights that a row gives its K neighbours: floor(trust / (K + 1)). They never sum to more than 65,535.
 *
 * `trust` and `out` are Q0.16, K entries each, at most 4,096. Nothing is allocated.
 */
LVS_API
enum lvs_status lvs_weights(const uint16_t *trust,
                            size_t trust_length,
                            uint16_t *out,
                            size_t out_length);

/**
 * Computes what trust is worth as a reputation: what it has above the constant trust_floor, 0 for newcomers and liars.
 *
 * `trust` and `out` are Q0.16 and have as many entries as each other. Nothing is allocated.
 */
LVS_API
enum lvs_status lvs_credit(const uint16_t *trust,
                           size_t trust_length,
                           uint16_t *out,
                           size_t out_length);

/**
 * The version of the library that is loaded, as "major.minor.patch": a constant string, never NULL.
 */
LVS_API const char *lvs_version(void);

/**
 * The same as a number; LVS_VERSION_NUMBER is that of the header that a program was compiled with.
 */
LVS_API uint32_t lvs_version_number(void);

#ifdef __cplusplus
}
#endif

#endif /* LVS_H */
