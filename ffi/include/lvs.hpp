// lvs.hpp: libLVS for C++17 and later. Thin: every call is one of lvs.h, where shapes, units and thread rules stand;
// arrays are spans, handles free themselves, failures are exceptions of type lvs::error.
//
// Written by hand. It holds no state and needs nothing but lvs.h and the standard library.

#ifndef LVS_HPP
#define LVS_HPP

#if !defined(__cplusplus) || (__cplusplus < 201703L && !(defined(_MSVC_LANG) && _MSVC_LANG >= 201703L))
#error "lvs.hpp needs C++17 (-std=c++17); lvs.h works with every version of C and C++"
#endif
#if defined(__GNUC__) && !defined(__EXCEPTIONS)
#error "lvs.hpp reports failures as exceptions; with -fno-exceptions use lvs.h, whose calls return an lvs_status"
#endif

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "lvs.h"

namespace lvs {

// The part of std::span that is needed here, and the same class in every version of C++: a pointer and a length, made from
// anything contiguous. An empty one points nowhere, so that it counts as left out, whatever it was made from.
template <class T>
class span {
public:
    constexpr span() noexcept = default;
    constexpr span(T* data, std::size_t size) noexcept : data_(size == 0 ? nullptr : data), size_(size) {}

    template <std::size_t Size>
    constexpr span(T (&array)[Size]) noexcept : data_(array), size_(Size) {}

    template <class Container, class = std::enable_if_t<std::is_convertible_v<
                                   decltype(std::declval<Container&>().data()), T*>>>
    constexpr span(Container& container) noexcept : span(container.data(), container.size()) {}

    template <class Container,
              class = std::enable_if_t<std::is_convertible_v<
                  decltype(std::declval<const Container&>().data()), T*>>>
    constexpr span(const Container& container) noexcept : span(container.data(), container.size()) {}

    constexpr T* data() const noexcept { return data_; }
    constexpr std::size_t size() const noexcept { return size_; }
    constexpr bool empty() const noexcept { return size_ == 0; }
    constexpr T& operator[](std::size_t index) const noexcept { return data_[index]; }
    constexpr T* begin() const noexcept { return data_; }
    constexpr T* end() const noexcept { return data_ + size_; }

private:
    T* data_ = nullptr;
    std::size_t size_ = 0;
};

// A call that failed: what() names the argument, what came and what was expected.
class error : public std::runtime_error {
public:
    error(lvs_status status, const char* message) : std::runtime_error(message), status_(status) {}
    lvs_status status() const noexcept { return status_; }

private:
    lvs_status status_;
};

// Throws unless a call of lvs.h went well.
inline void check(lvs_status status) {
    if (status != LVS_STATUS_OK) {
        throw error(status, lvs_last_error());
    }
}

namespace detail {

// Frees a handle with the function of lvs.h that does.
template <auto Destroy>
struct destroyer {
    template <class Handle>
    void operator()(Handle* handle) const noexcept {
        Destroy(handle);
    }
};

template <class Handle, auto Destroy>
using owned = std::unique_ptr<Handle, destroyer<Destroy>>;

// What a call writes to its last argument.
template <class Result, class... Parameters, class... Arguments>
Result result_of(lvs_status (*call)(Parameters...), Arguments... arguments) {
    Result result{};
    check(call(arguments..., &result));
    return result;
}

}  // namespace detail

// The version of the library that is loaded, and the same as a number to compare with LVS_VERSION_NUMBER.
inline std::string version() { return lvs_version(); }
inline std::uint32_t version_number() { return lvs_version_number(); }

// The name that lvs.h has for a status.
inline std::string status_name(lvs_status status) { return lvs_status_name(status); }

// VaultGuard's constants and the ends of the ranges.
inline lvs_constants constants() { return detail::result_of<lvs_constants>(lvs_get_constants); }

// One backend that can be asked for by name.
struct backend {
    std::string name;    // what lvs::engine takes
    std::string kind;    // "scalar", "simd" or "gpu"
    std::string device;  // what it runs on
    std::string reason;  // why it is not available, or what stands behind the name
    bool compiled;       // this build has code for it
    bool detected;       // this machine has what it needs
    bool available;      // both
};

// Every backend that can be asked for, available or not; looks for GPU adapters.
inline std::vector<backend> backends() {
    const detail::owned<lvs_backends, lvs_backends_destroy> list(
        detail::result_of<lvs_backends*>(lvs_backends_create));
    std::vector<backend> all(detail::result_of<std::size_t>(lvs_backends_count, list.get()));
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto info = detail::result_of<lvs_backend_info>(lvs_backends_get, list.get(), i);
        all[i] = {info.name,          info.kind,          info.device,        info.reason,
                  info.compiled != 0, info.detected != 0, info.available != 0};
    }
    return all;
}

// Who compares with whom: N rows, E edges.
class graph {
public:
    // indptr: N + 1 entries; indices: E entries. Both are copied.
    graph(span<const std::size_t> indptr, span<const std::uint32_t> indices) {
        lvs_graph* made = nullptr;
        check(lvs_graph_create(indptr.data(), indptr.size(), indices.data(), indices.size(), &made));
        handle_.reset(made);
    }

    std::size_t rows() const { return detail::result_of<std::size_t>(lvs_graph_rows, get()); }
    std::size_t edges() const { return detail::result_of<std::size_t>(lvs_graph_edges, get()); }

    // The neighbours of a row; they live as long as the graph.
    span<const std::uint32_t> neighbours(std::size_t row) const {
        const std::uint32_t* first = nullptr;
        std::size_t count = 0;
        check(lvs_graph_neighbours(get(), row, &first, &count));
        return {first, count};
    }

    const lvs_graph* get() const noexcept { return handle_.get(); }

private:
    detail::owned<lvs_graph, lvs_graph_destroy> handle_;
};

// One row of B cells and its K neighbours; see lvs_drift_input.
struct drift_input {
    span<const std::int64_t> values;                    // B
    span<const std::int64_t> neighbours;                // K x B, row after row
    span<const std::int64_t* const> neighbour_rows{};   // or instead: K pointers to B each
    span<const std::uint16_t> weights;                  // K
    span<const std::int64_t> anchors{};                 // B; `values` if left out
    std::uint64_t cycle = 0;
    bool trim = true;
    bool hold = false;
};

// Where the results go; see lvs_drift_output.
struct drift_output {
    span<std::int64_t> values;        // B
    span<std::uint64_t> residuals;    // K
    span<std::int64_t> correction{};  // B, or left out
};

// The results of a row, in memory of their own.
struct drifted {
    std::vector<std::int64_t> values;
    std::vector<std::int64_t> correction;
    std::vector<std::uint64_t> residuals;
    lvs_drift_summary summary;
};

// N rows that are each other's neighbours; see lvs_pool_input.
struct pool_input {
    span<const std::int64_t> values;      // N x B
    std::size_t cells = 0;                // B
    span<const std::uint16_t> weights;    // E
    span<const std::int64_t> anchors{};   // N x B; `values` if left out
    span<const std::uint8_t> frozen{};    // N, 1 or 0; all rows move if left out
    std::uint64_t cycle = 0;
    std::uint64_t seed = 0;               // of the rows' rounding
    bool trim = true;
    bool hold = false;
    std::size_t values_stride = 0;        // 0: B
    std::size_t anchors_stride = 0;
};

// Where the results of a pool go; see lvs_pool_output.
struct pool_output {
    span<std::int64_t> values;      // N x B
    span<std::uint64_t> residuals;  // E
};

// How reputation is computed; see lvs_reputation_options.
struct reputation_options {
    double damping = defaults().damping;
    double tol = defaults().tol;
    std::uint32_t max_iter = defaults().max_iter;
    span<const std::uint32_t> pretrust{};  // N; equal weights if left out

    static lvs_reputation_options defaults() {
        return detail::result_of<lvs_reputation_options>(lvs_reputation_defaults);
    }
};

// Reputation in Q0.47, and how the iteration ended.
struct reputation {
    std::vector<std::uint64_t> shares;
    lvs_convergence convergence;
};

// A backend and its threads. May be shared by threads.
class engine {
public:
    // backend: a name that backends() lists; nullptr for "auto". threads: 0 for one per processor.
    explicit engine(const char* backend = nullptr, std::size_t threads = 0) {
        lvs_engine* made = nullptr;
        check(lvs_engine_create(backend, threads, &made));
        handle_.reset(made);
    }
    explicit engine(const std::string& backend, std::size_t threads = 0) : engine(backend.c_str(), threads) {}

    std::string backend() const { return detail::result_of<const char*>(lvs_engine_backend, get()); }
    std::string choice() const { return detail::result_of<const char*>(lvs_engine_choice, get()); }
    std::size_t threads() const { return detail::result_of<std::size_t>(lvs_engine_threads, get()); }

    // What it takes for so much work of a kind: LVS_TASK_SWARM or LVS_TASK_PAIRWISE.
    engine for_work(std::uint32_t task, std::uint64_t terms) const {
        return engine(detail::result_of<lvs_engine*>(lvs_engine_for_work, get(), task, terms));
    }

    // Drifts one row into memory of the caller's; allocates nothing where lvs_drift does not.
    lvs_drift_summary drift(const drift_input& input, const drift_output& out) const {
        lvs_drift_input in{};
        in.values = input.values.data(), in.values_length = input.values.size();
        in.anchors = input.anchors.data(), in.anchors_length = input.anchors.size();
        in.neighbours = input.neighbour_rows.data(), in.neighbours_length = input.neighbour_rows.size();
        in.neighbour_matrix = input.neighbours.data(), in.neighbour_matrix_length = input.neighbours.size();
        in.weights = input.weights.data(), in.weights_length = input.weights.size();
        in.cycle = input.cycle, in.plain_average = !input.trim, in.hold = input.hold;
        lvs_drift_output to{};
        to.values = out.values.data(), to.values_length = out.values.size();
        to.correction = out.correction.data(), to.correction_length = out.correction.size();
        to.residuals = out.residuals.data(), to.residuals_length = out.residuals.size();
        return detail::result_of<lvs_drift_summary>(lvs_drift, get(), &in, &to);
    }

    // Drifts one row with trimming; neighbours: K x B, row after row. Lengths are checked here, for lvs_drift_row has only
    // B and K.
    void drift_row(span<const std::int64_t> values, span<const std::int64_t> neighbours,
                   span<const std::uint16_t> weights, std::uint64_t cycle, span<std::int64_t> moved,
                   span<std::uint64_t> residuals, span<const std::int64_t> anchors = {}) const {
        const bool fits = moved.size() == values.size() && residuals.size() == weights.size() &&
                          neighbours.size() == values.size() * weights.size() &&
                          (anchors.empty() || anchors.size() == values.size());
        if (!fits) {
            throw error(LVS_STATUS_INVALID_ARGUMENT, "drift_row: got spans whose lengths are not B, K and K x B");
        }
        check(lvs_drift_row(get(), values.data(), anchors.data(), values.size(), neighbours.data(), weights.data(),
                            weights.size(), cycle, moved.data(), residuals.data()));
    }

    // The same as drift, into memory of its own.
    drifted drift(const drift_input& input) const {
        const std::size_t cells = input.values.size();
        drifted result{std::vector<std::int64_t>(cells), std::vector<std::int64_t>(cells),
                       std::vector<std::uint64_t>(input.weights.size()), {}};
        result.summary = drift(input, {result.values, result.residuals, result.correction});
        return result;
    }

    // Drifts every row of a pool against its neighbours.
    lvs_drift_summary drift_pool(const graph& graph, const pool_input& input, const pool_output& out) const {
        lvs_pool_input in{};
        in.values = input.values.data(), in.values_length = input.values.size();
        in.values_stride = input.values_stride, in.anchors_stride = input.anchors_stride;
        in.anchors = input.anchors.data(), in.anchors_length = input.anchors.size();
        in.weights = input.weights.data(), in.weights_length = input.weights.size();
        in.frozen = input.frozen.data(), in.frozen_length = input.frozen.size();
        in.cells = input.cells, in.cycle = input.cycle, in.seed = input.seed;
        in.plain_average = !input.trim, in.hold = input.hold;
        lvs_pool_output to{};
        to.values = out.values.data(), to.values_length = out.values.size();
        to.residuals = out.residuals.data(), to.residuals_length = out.residuals.size();
        return detail::result_of<lvs_drift_summary>(lvs_drift_pool, get(), graph.get(), &in, &to);
    }

    // values: N x B; out: N x N.
    void pairwise_residuals(span<const std::int64_t> values, std::size_t rows, std::size_t cells,
                            span<std::uint64_t> out) const {
        check(lvs_pairwise_residuals(get(), values.data(), values.size(), rows, cells, out.data(), out.size()));
    }

    // trust: E entries along the edges of the graph.
    lvs::reputation reputation(const graph& graph, span<const std::uint16_t> trust,
                               const reputation_options& options = {}) const {
        lvs::reputation result{std::vector<std::uint64_t>(graph.rows()), {}};
        const lvs_reputation_options in = as_c(options);
        check(lvs_reputation(get(), graph.get(), trust.data(), trust.size(), &in, result.shares.data(),
                             result.shares.size(), &result.convergence));
        return result;
    }

    // trust: N x N, row i what node i trusts the others.
    lvs::reputation reputation(std::size_t rows, span<const std::uint16_t> trust,
                               const reputation_options& options = {}) const {
        // A number of rows that does not fit is refused before as many entries are made.
        const bool fits = rows == 0 || trust.size() / rows == rows;
        lvs::reputation result{std::vector<std::uint64_t>(fits ? rows : 0), {}};
        const lvs_reputation_options in = as_c(options);
        check(lvs_reputation_dense(get(), rows, trust.data(), trust.size(), &in, result.shares.data(),
                                   result.shares.size(), &result.convergence));
        return result;
    }

    const lvs_engine* get() const noexcept { return handle_.get(); }

private:
    explicit engine(lvs_engine* made) : handle_(made) {}

    static lvs_reputation_options as_c(const reputation_options& options) {
        lvs_reputation_options in{};
        in.damping = options.damping, in.tol = options.tol, in.max_iter = options.max_iter;
        in.pretrust = options.pretrust.data(), in.pretrust_length = options.pretrust.size();
        return in;
    }

    detail::owned<lvs_engine, lvs_engine_destroy> handle_;
};

// Updates the trust in K neighbours, in place, from their residuals over `cells` cells.
inline void update_trust(span<std::uint16_t> trust, span<const std::uint64_t> residuals, std::uint64_t cells) {
    check(lvs_update_trust(trust.data(), trust.size(), residuals.data(), residuals.size(), cells));
}

// The weights of K neighbours that are trusted so.
inline void weights(span<const std::uint16_t> trust, span<std::uint16_t> out) {
    check(lvs_weights(trust.data(), trust.size(), out.data(), out.size()));
}

inline std::vector<std::uint16_t> weights(span<const std::uint16_t> trust) {
    std::vector<std::uint16_t> out(trust.size());
    weights(trust, out);
    return out;
}

// What trust is worth as a reputation.
inline std::vector<std::uint16_t> credit(span<const std::uint16_t> trust) {
    std::vector<std::uint16_t> out(trust.size());
    check(lvs_credit(trust.data(), trust.size(), out.data(), out.size()));
    return out;
}

// Draws out.size() distinct cells of `cells`.
inline void sample_cells(std::uint64_t seed, std::size_t cells, span<std::uint16_t> out) {
    check(lvs_sample_cells(seed, cells, out.data(), out.size()));
}

// What a swarm starts with besides its graph and values; see lvs_swarm_options.
struct swarm_options {
    span<const std::uint16_t> trust{};  // E; 65,535 everywhere if left out
    bool learn_trust = true;
    span<const std::uint8_t> frozen{};  // N, 1 or 0; all rows move if left out
    bool trim = true;
    std::uint16_t loss_share = 0;       // Q0.16
    std::uint64_t loss_seed = 0;
    std::uint64_t seed = 0;             // of the rows' rounding
    bool hold = false;
};

// N rows of B cells that drift in step. One changing call at a time; others get LVS_STATUS_BUSY.
class swarm {
public:
    // values: N x B. Everything is copied.
    swarm(const engine& engine, const graph& graph, span<const std::int64_t> values, std::size_t cells,
          const swarm_options& options = {}) {
        lvs_swarm_options in{};
        in.trust = options.trust.data(), in.trust_length = options.trust.size();
        in.frozen = options.frozen.data(), in.frozen_length = options.frozen.size();
        in.fixed_trust = !options.learn_trust, in.plain_average = !options.trim;
        in.loss_share = options.loss_share, in.loss_seed = options.loss_seed;
        in.seed = options.seed, in.hold = options.hold;
        lvs_swarm* made = nullptr;
        check(lvs_swarm_create(engine.get(), graph.get(), values.data(), values.size(), cells, &in, &made));
        handle_.reset(made);
    }

    void step(std::uint64_t cycles = 1) { check(lvs_swarm_step(get(), cycles)); }

    // Runs up to `cycles` cycles while go_on(cycles done) returns true; returns how many ran. What go_on throws ends the
    // run and is thrown on.
    template <class GoOn>
    std::uint64_t step_while(std::uint64_t cycles, GoOn&& go_on) {
        asked<GoOn> ask{go_on, nullptr};
        std::uint64_t done = 0;
        check(lvs_swarm_step_while(get(), cycles, asked<GoOn>::call, &ask, &done));
        if (ask.thrown) {
            std::rethrow_exception(ask.thrown);
        }
        return done;
    }

    void set_row(std::size_t row, span<const std::int64_t> values) {
        check(lvs_swarm_set_row(get(), row, values.data(), values.size()));
    }
    void set_rows(span<const std::size_t> rows, span<const std::int64_t> values) {
        check(lvs_swarm_set_rows(get(), rows.data(), rows.size(), values.data(), values.size()));
    }
    void set_trust(span<const std::uint16_t> trust) {
        check(lvs_swarm_set_trust(get(), trust.data(), trust.size()));
    }

    std::size_t rows() const { return detail::result_of<std::size_t>(lvs_swarm_rows, get()); }
    std::size_t cells() const { return detail::result_of<std::size_t>(lvs_swarm_cells, get()); }
    std::size_t edges() const { return detail::result_of<std::size_t>(lvs_swarm_edges, get()); }
    std::uint64_t cycle() const { return detail::result_of<std::uint64_t>(lvs_swarm_cycle, get()); }
    std::string backend() const { return detail::result_of<const char*>(lvs_swarm_backend, get()); }
    std::string choice() const { return detail::result_of<const char*>(lvs_swarm_choice, get()); }
    // NaN on a processor.
    double device_seconds() const { return detail::result_of<double>(lvs_swarm_device_seconds, get()); }
    lvs_drift_summary stats() const { return detail::result_of<lvs_drift_summary>(lvs_swarm_stats, get()); }

    // Copies: N x B, B, E, N and B entries.
    void values(span<std::int64_t> out) const { check(lvs_swarm_values(get(), out.data(), out.size())); }
    void row(std::size_t row, span<std::int64_t> out) const {
        check(lvs_swarm_row(get(), row, out.data(), out.size()));
    }
    void trust(span<std::uint16_t> out) const { check(lvs_swarm_trust(get(), out.data(), out.size())); }
    void frozen(span<std::uint8_t> out) const { check(lvs_swarm_frozen(get(), out.data(), out.size())); }
    void spread(span<std::uint64_t> out) const { check(lvs_swarm_spread(get(), out.data(), out.size())); }
    void extremes(span<std::int64_t> lowest, span<std::int64_t> highest) const {
        check(lvs_swarm_extremes(get(), lowest.data(), lowest.size(), highest.data(), highest.size()));
    }

    // The same into memory of their own.
    std::vector<std::int64_t> values() const { return filled<std::int64_t>(lvs_swarm_values, rows() * cells()); }
    std::vector<std::uint16_t> trust() const { return filled<std::uint16_t>(lvs_swarm_trust, edges()); }
    std::vector<std::uint8_t> frozen() const { return filled<std::uint8_t>(lvs_swarm_frozen, rows()); }
    std::vector<std::uint64_t> spread() const { return filled<std::uint64_t>(lvs_swarm_spread, cells()); }
    std::vector<std::int64_t> row(std::size_t row) const {
        std::vector<std::int64_t> out(cells());
        this->row(row, out);
        return out;
    }

    lvs_swarm* get() const noexcept { return handle_.get(); }

private:
    template <class GoOn>
    struct asked {
        GoOn& go_on;
        std::exception_ptr thrown;

        static int call(std::uint64_t done, void* context) noexcept {
            auto& self = *static_cast<asked*>(context);
            try {
                return self.go_on(done) ? 1 : 0;
            } catch (...) {
                self.thrown = std::current_exception();
                return 0;
            }
        }
    };

    template <class T>
    std::vector<T> filled(lvs_status (*read)(const lvs_swarm*, T*, std::size_t), std::size_t length) const {
        std::vector<T> out(length);
        check(read(get(), out.data(), out.size()));
        return out;
    }

    detail::owned<lvs_swarm, lvs_swarm_destroy> handle_;
};

namespace detail {

// A question as C asks it; what it throws is kept.
template <class GoOn>
struct question {
    GoOn& go_on;
    std::exception_ptr thrown;

    static int ask(std::uint64_t, void* context) noexcept {
        auto& self = *static_cast<question*>(context);
        try {
            return self.go_on() ? 1 : 0;
        } catch (...) {
            self.thrown = std::current_exception();
            return 0;
        }
    }
};

// Makes a call that takes a question and its context last. What the question throws is thrown on.
template <class GoOn, class Call>
void call_while(GoOn& go_on, Call&& call) {
    question<GoOn> asked{go_on, nullptr};
    const lvs_status status = call(question<GoOn>::ask, static_cast<void*>(&asked));
    if (asked.thrown) {
        std::rethrow_exception(asked.thrown);
    }
    check(status);
}

}  // namespace detail

// Long calls that can be ended: go_on() is called some twenty times a second, and false ends the call with an lvs::error of
// LVS_STATUS_CANCELLED. What it throws ends the call too and is thrown on.
template <class GoOn>
void pairwise_residuals_while(const engine& engine, span<const std::int64_t> values, std::size_t rows,
                              std::size_t cells, span<std::uint64_t> out, GoOn&& go_on) {
    detail::call_while(go_on, [&](lvs_go_on ask, void* context) {
        return lvs_pairwise_residuals_while(engine.get(), values.data(), values.size(), rows, cells, out.data(),
                                            out.size(), ask, context);
    });
}

template <class GoOn>
lvs_drift_summary drift_pool_while(const engine& engine, const graph& graph, const lvs_pool_input& input,
                                   const lvs_pool_output& out, GoOn&& go_on) {
    lvs_drift_summary summary{};
    detail::call_while(go_on, [&](lvs_go_on ask, void* context) {
        return lvs_drift_pool_while(engine.get(), graph.get(), &input, &out, &summary, ask, context);
    });
    return summary;
}

template <class GoOn>
lvs_convergence reputation_while(const engine& engine, const graph& graph, span<const std::uint16_t> trust,
                                 const lvs_reputation_options& options, span<std::uint64_t> out, GoOn&& go_on) {
    lvs_convergence convergence{};
    detail::call_while(go_on, [&](lvs_go_on ask, void* context) {
        return lvs_reputation_while(engine.get(), graph.get(), trust.data(), trust.size(), &options, out.data(),
                                    out.size(), &convergence, ask, context);
    });
    return convergence;
}

// trust: N x N, row i what node i trusts the others.
template <class GoOn>
lvs_convergence reputation_while(const engine& engine, std::size_t rows, span<const std::uint16_t> trust,
                                 const lvs_reputation_options& options, span<std::uint64_t> out, GoOn&& go_on) {
    lvs_convergence convergence{};
    detail::call_while(go_on, [&](lvs_go_on ask, void* context) {
        return lvs_reputation_dense_while(engine.get(), rows, trust.data(), trust.size(), &options, out.data(),
                                          out.size(), &convergence, ask, context);
    });
    return convergence;
}

}  // namespace lvs

#endif  // LVS_HPP
