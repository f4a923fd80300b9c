// An example of everything in lvs.hpp.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include <lvs.hpp>

namespace {

int failed = 0;
int passed = 0;

void check(bool holds, const char* what, int line) {
    holds ? ++passed : ++failed;
    if (!holds) {
        std::printf("usage.cpp:%d: not so: %s\n", line, what);
    }
}
#define CHECK(condition) check((condition), #condition, __LINE__)

// The call throws an lvs::error with this status, whose message contains this text.
template <class Call>
bool throws(lvs_status status, const std::string& text, Call call) {
    try {
        call();
    } catch (const lvs::error& error) {
        if (error.status() == status && std::string(error.what()).find(text) != std::string::npos) {
            return true;
        }
        std::printf("got status %d and \"%s\"\n", static_cast<int>(error.status()), error.what());
    }
    return false;
}

constexpr std::size_t rows = 16;
constexpr std::size_t cells = 5;

// Everybody compares with everybody else.
lvs::graph complete_graph() {
    std::vector<std::size_t> indptr{0};
    std::vector<std::uint32_t> indices;
    for (std::uint32_t i = 0; i < rows; ++i) {
        for (std::uint32_t j = 0; j < rows; ++j) {
            if (i != j) {
                indices.push_back(j);
            }
        }
        indptr.push_back(indices.size());
    }
    return {indptr, indices};
}

// Rows up to 150 VU apart.
std::vector<std::int64_t> spread_values() {
    std::vector<std::int64_t> values(rows * cells);
    for (std::size_t i = 0; i < values.size(); ++i) {
        values[i] = 1'000'000'000 + static_cast<std::int64_t>(i * 7'919 % 151) * 1'000'000;
    }
    return values;
}

void asks_about_library() {
    CHECK(lvs::version() == lvs_version() && lvs::version_number() == LVS_VERSION_NUMBER);
    CHECK(lvs::status_name(LVS_STATUS_DEVICE) == "LVS_STATUS_DEVICE");
    CHECK(lvs::constants().window == 4096);
    bool scalar = false;
    for (const lvs::backend& backend : lvs::backends()) {
        scalar = scalar || (backend.name == "scalar" && backend.kind == "scalar" && backend.available &&
                            backend.compiled && backend.detected && !backend.device.empty());
        CHECK(!backend.reason.empty());
    }
    CHECK(scalar);
    lvs::check(LVS_STATUS_OK);
    CHECK(throws(LVS_STATUS_INVALID_ARGUMENT, "backend: got 'cuda'", [] { lvs::engine("cuda"); }));
}

void handles_move() {
    static_assert(std::is_nothrow_move_constructible_v<lvs::engine> && !std::is_copy_constructible_v<lvs::engine>);
    static_assert(std::is_nothrow_move_constructible_v<lvs::graph> && !std::is_copy_constructible_v<lvs::graph>);
    static_assert(std::is_nothrow_move_constructible_v<lvs::swarm> && !std::is_copy_constructible_v<lvs::swarm>);
    lvs::engine first("scalar", 2);
    const lvs::engine second(std::move(first));
    CHECK(second.backend() == "scalar" && second.threads() == 2 && !second.choice().empty());
    CHECK(second.for_work(LVS_TASK_PAIRWISE, 1000).backend() == "scalar");
    CHECK(lvs::engine(nullptr, 1).threads() == 1 && lvs::engine(std::string("scalar"), 1).backend() == "scalar");
    CHECK(first.get() == nullptr && second.get() != nullptr);
    CHECK(throws(LVS_STATUS_NULL_POINTER, "engine: got NULL", [&] { (void)first.threads(); }));
}

void drifts(const lvs::engine& engine, const lvs::graph& graph) {
    const auto values = spread_values();
    const std::vector<std::uint16_t> trust(rows - 1, 65'535);
    const auto weights = lvs::weights(trust);
    lvs::drift_input input;
    input.values = lvs::span<const std::int64_t>(values.data(), cells);
    input.neighbours = lvs::span<const std::int64_t>(values.data() + cells, (rows - 1) * cells);
    input.weights = weights;
    input.cycle = 3;
    const lvs::drifted whole = engine.drift(input);
    CHECK(whole.values[0] == values[0] + whole.correction[0] && whole.summary.sum_correction > 0);

    std::vector<const std::int64_t*> pointers;
    for (std::size_t j = 1; j < rows; ++j) {
        pointers.push_back(values.data() + j * cells);
    }
    input.neighbours = {};
    input.neighbour_rows = pointers;
    std::array<std::int64_t, cells> moved{};
    std::array<std::uint64_t, rows - 1> residuals{};
    lvs::drift_output out;
    out.values = moved;
    out.residuals = residuals;
    CHECK(engine.drift(input, out).sum_correction == whole.summary.sum_correction);
    CHECK(std::equal(moved.begin(), moved.end(), whole.values.begin()));
    CHECK(std::equal(residuals.begin(), residuals.end(), whole.residuals.begin()));

    engine.drift_row(input.values, lvs::span<const std::int64_t>(values.data() + cells, (rows - 1) * cells), weights, 3,
                     moved, residuals);
    CHECK(std::equal(moved.begin(), moved.end(), whole.values.begin()));
    CHECK(throws(LVS_STATUS_INVALID_ARGUMENT, "drift_row: got spans",
                 [&] { engine.drift_row(input.values, values, weights, 3, moved, residuals); }));

    // The row is the pool's first, where the seed rounds it alike.
    std::vector<std::uint16_t> along_edges(graph.edges(), weights[0]);
    std::vector<std::int64_t> all(rows * cells);
    std::vector<std::uint64_t> edges(graph.edges());
    lvs::pool_input pool;
    pool.values = values;
    pool.cells = cells;
    pool.weights = along_edges;
    pool.cycle = 3;
    CHECK(engine.drift_pool(graph, pool, {all, edges}).sum_correction > whole.summary.sum_correction);
    while (!std::equal(moved.begin(), moved.end(), all.begin()) && pool.seed < 64) {
        ++pool.seed;
        engine.drift_pool(graph, pool, {all, edges});
    }
    CHECK(pool.seed < 64);
    // Where nothing is trimmed, rows that hold move otherwise.
    pool.trim = false;
    engine.drift_pool(graph, pool, {all, edges});
    const std::vector<std::int64_t> free = all;
    pool.hold = true;
    engine.drift_pool(graph, pool, {all, edges});
    CHECK(all != free);
    input.trim = false, input.hold = true;
    CHECK(engine.drift(input).values[0] == all[0]);
    input.trim = true, input.hold = false;
    input.trim = false;
    CHECK(engine.drift(input).values != whole.values);
    input.weights = {};
    CHECK(throws(LVS_STATUS_INVALID_ARGUMENT, "neighbours: got 15 entries", [&] { engine.drift(input); }));
}

void compares_and_trusts(const lvs::engine& engine, const lvs::graph& graph) {
    const auto values = spread_values();
    std::vector<std::uint64_t> residuals(rows * rows);
    engine.pairwise_residuals(values, rows, cells, residuals);
    CHECK(residuals[1] == residuals[rows] && residuals[1] > 0 && residuals[0] == 0);

    std::uint16_t trust[] = {65'535, 65'535, 65'535};
    const std::uint64_t seen[] = {3, 90'000'000, 2};
    lvs::update_trust(trust, seen, cells);
    CHECK(trust[0] == 65'535 && trust[1] < 65'535);
    CHECK(lvs::credit(trust)[0] == 65'535 - lvs::constants().trust_floor && lvs::credit(trust)[1] < 4'095);
    std::uint16_t weights[3];
    lvs::weights(trust, weights);
    CHECK(weights[0] == 16'383 && weights[1] < weights[0]);

    std::vector<std::uint16_t> along_edges(graph.edges(), 1000);
    const lvs::reputation equal = engine.reputation(graph, along_edges);
    CHECK(equal.convergence.converged && equal.shares[0] == (std::uint64_t{1} << 47) / rows);
    std::vector<std::uint16_t> dense(rows * rows, 1000);
    for (std::size_t i = 0; i < rows; ++i) {
        dense[i * rows + i] = 0;
    }
    CHECK(engine.reputation(rows, dense).shares == equal.shares);
    const std::vector<std::uint32_t> first_only = [] {
        std::vector<std::uint32_t> weights(rows);
        weights[0] = 1;
        return weights;
    }();
    lvs::reputation_options options;
    options.pretrust = first_only;
    CHECK(engine.reputation(graph, along_edges, options).shares[0] > equal.shares[0]);
    CHECK(throws(LVS_STATUS_INVALID_ARGUMENT, "trust: got",
                 [&] { engine.reputation(std::size_t{1} << 60, dense); }));
}

void samples() {
    std::array<std::uint16_t, 64> drawn{};
    lvs::sample_cells(9, 256, drawn);
    CHECK(drawn[0] != drawn[1] && drawn[0] < 256);
}

void swarms(const lvs::engine& engine, const lvs::graph& graph) {
    // Five of sixteen claim all the value there is; the others agree exactly, inside their own range.
    auto values = spread_values();
    std::vector<std::uint8_t> frozen(rows);
    for (std::size_t i = 11 * cells; i < values.size(); ++i) {
        values[i] = lvs::constants().value_max;
        frozen[i / cells] = 1;
    }
    lvs::swarm_options options;
    options.frozen = frozen;
    lvs::swarm swarm(engine, graph, values, cells, options);
    CHECK(swarm.rows() == rows && swarm.cells() == cells && swarm.edges() == graph.edges());
    CHECK(swarm.backend() == engine.backend() && !swarm.choice().empty());
    CHECK(swarm.frozen() == frozen && swarm.values() == values && swarm.trust()[0] == 65'535);
    lvs::swarm_options seeded = options;
    seeded.seed = 5, seeded.trim = false;
    lvs::swarm other(engine, graph, values, cells, seeded);
    other.step();
    seeded.hold = true;
    lvs::swarm held(engine, graph, values, cells, seeded);
    held.step();
    CHECK(held.values() != other.values());
    // An array that was emptied is left out, though it still has memory.
    std::vector<std::uint8_t> nobody = frozen;
    nobody.clear();
    lvs::swarm_options all_move;
    all_move.frozen = nobody;
    CHECK(lvs::span<const std::uint8_t>(nobody).data() == nullptr);
    const std::vector<std::int64_t> equal(values.size(), 1'000'000);
    CHECK(lvs::swarm(engine, graph, equal, cells, all_move).frozen() == std::vector<std::uint8_t>(rows, 0));
    swarm.step(400);
    CHECK(std::isnan(swarm.device_seconds()));
    CHECK(swarm.cycle() == 400 && swarm.stats().max_correction > 0);
    for (const std::uint64_t spread : swarm.spread()) {
        CHECK(spread == 0);
    }
    std::array<std::int64_t, cells> lowest{}, highest{};
    swarm.extremes(lowest, highest);
    const std::vector<std::int64_t> own = swarm.row(0);
    CHECK(std::equal(own.begin(), own.end(), lowest.begin()) && lowest == highest);
    CHECK(own[0] >= 1'000'000'000 && own[0] <= 1'150'000'000);

    swarm.set_row(2, lvs::span<const std::int64_t>(values.data(), cells));
    swarm.set_rows(std::array<std::size_t, 2>{0, 1}, lvs::span<const std::int64_t>(values.data(), 2 * cells));
    CHECK(swarm.row(2)[0] == values[0] && swarm.spread()[0] > 0);
    swarm.set_trust(std::vector<std::uint16_t>(graph.edges(), 1024));
    CHECK(swarm.trust()[7] == 1024);
    CHECK(throws(LVS_STATUS_INVALID_ARGUMENT, "row: got 16", [&] { (void)swarm.row(rows); }));

    CHECK(swarm.step_while(1'000'000'000, [](std::uint64_t) { return false; }) > 0);
    const std::uint64_t before = swarm.cycle();
    std::string thrown;
    try {
        swarm.step_while(1'000'000'000, [](std::uint64_t) -> bool { throw std::runtime_error("enough"); });
    } catch (const std::runtime_error& error) {
        thrown = error.what();
    }
    CHECK(thrown == "enough" && swarm.cycle() > before);
    CHECK(throws(LVS_STATUS_BUSY, "swarm: another call", [&] {
        swarm.step_while(1, [&](std::uint64_t) { return swarm.cycle() > 0; });
    }));
}

// Two nodes that hand all reputation to each other for ever, until somebody has enough.
void ends_long_calls(const lvs::engine& engine) {
    const std::array<std::size_t, 3> indptr{0, 1, 2};
    const std::array<std::uint32_t, 2> indices{1, 0}, pretrust{1, 0};
    const std::array<std::uint16_t, 2> trust{9, 9};
    const std::array<std::uint16_t, 4> dense{0, 9, 9, 0};
    const lvs::graph pair(indptr, indices);
    std::array<std::uint64_t, 2> out{};
    lvs_reputation_options options{};
    options.max_iter = UINT32_MAX;
    options.pretrust = pretrust.data(), options.pretrust_length = pretrust.size();
    const auto no = [] { return false; };
    CHECK(throws(LVS_STATUS_CANCELLED, "cancelled", [&] { lvs::reputation_while(engine, pair, trust, options, out, no); }));
    CHECK(throws(LVS_STATUS_CANCELLED, "cancelled", [&] { lvs::reputation_while(engine, 2, dense, options, out, no); }));
    std::string thrown;
    try {
        lvs::reputation_while(engine, pair, trust, options, out, []() -> bool { throw std::runtime_error("enough"); });
    } catch (const std::runtime_error& error) {
        thrown = error.what();
    }
    CHECK(thrown == "enough");
    options.max_iter = 3;
    const auto yes = [] { return true; };
    CHECK(lvs::reputation_while(engine, pair, trust, options, out, yes).iterations == 3);

    const std::array<std::int64_t, 2> values{5'000'000, 6'000'000};
    std::array<std::uint64_t, 4> residuals{};
    lvs::pairwise_residuals_while(engine, values, 2, 1, residuals, yes);
    CHECK(residuals[1] == 1'000'000);
    const std::array<std::uint16_t, 2> weights{9'000, 9'000};
    std::array<std::int64_t, 2> moved{};
    std::array<std::uint64_t, 2> along{};
    lvs_pool_input input{};
    input.values = values.data(), input.values_length = 2, input.cells = 1;
    input.weights = weights.data(), input.weights_length = 2, input.plain_average = 1;
    lvs_pool_output to{};
    to.values = moved.data(), to.values_length = 2, to.residuals = along.data(), to.residuals_length = 2;
    CHECK(lvs::drift_pool_while(engine, pair, input, to, yes).max_correction > 0 && along[0] == 1'000'000);
}

}  // namespace

int main() {
    const lvs::engine engine;
    const lvs::graph graph = complete_graph();
    CHECK(graph.rows() == rows && graph.edges() == rows * (rows - 1) && graph.neighbours(1)[0] == 0);
    asks_about_library();
    handles_move();
    drifts(engine, graph);
    compares_and_trusts(engine, graph);
    samples();
    swarms(engine, graph);
    ends_long_calls(engine);
    std::printf("usage.cpp: %d checks passed, %d failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
