// Reproduces the golden vectors through lvs.hpp, on the backend that an engine picks:  vectors FOLDER
#include <cstdio>
#include <fstream>
#include <string>
#include <type_traits>
#include <vector>

#include <lvs.hpp>
#include <nlohmann/json.hpp>

namespace {

using json = nlohmann::json;

// 64-bit numbers are decimal strings, others JSON numbers or booleans.
template <class T>
T number(const json& value) {
    if (value.is_string()) {
        const auto text = value.get<std::string>();
        return static_cast<T>(text[0] == '-' ? static_cast<std::uint64_t>(std::stoll(text)) : std::stoull(text));
    }
    return value.is_boolean() ? static_cast<T>(value.get<bool>()) : value.get<T>();
}

// Xoshiro256++ (Blackman, Vigna 2019), its state filled by SplitMix64.
class generator {
public:
    explicit generator(std::uint64_t seed) {
        for (auto& word : s_) {
            std::uint64_t z = (seed += 0x9E3779B97F4A7C15);
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            word = z ^ (z >> 31);
        }
    }

    std::uint64_t next() {
        const std::uint64_t result = rotate(s_[0] + s_[3], 23) + s_[0], t = s_[1] << 17;
        s_[2] ^= s_[0];
        s_[3] ^= s_[1];
        s_[1] ^= s_[2];
        s_[0] ^= s_[3];
        s_[2] ^= t;
        s_[3] = rotate(s_[3], 45);
        return result;
    }

private:
    static std::uint64_t rotate(std::uint64_t x, int by) { return x << by | x >> (64 - by); }
    std::uint64_t s_[4];
};

__extension__ using wide = unsigned __int128;

// An array of a case: listed, drawn, or null (then empty).
template <class T>
std::vector<T> entries(const json& array, std::size_t count) {
    std::vector<T> out;
    if (array.is_array()) {
        for (const json& entry : array) {
            out.push_back(number<T>(entry));
        }
    } else if (array.is_object()) {
        generator draw(number<std::uint64_t>(array["seed"]));
        const auto low = number<std::uint64_t>(array["low"]), span = number<std::uint64_t>(array["span"]);
        for (std::size_t i = 0; i < count; ++i) {
            const std::uint64_t u = draw.next();
            out.push_back(static_cast<T>(low + (span == 0 ? u : static_cast<std::uint64_t>(wide{u} * span >> 64))));
        }
    }
    return out;
}

template <class T>
std::uint64_t digest(const std::vector<T>& values) {
    std::uint64_t hash = 14695981039346656037U;
    for (const T value : values) {
        for (int shift = 0; shift < 64; shift += 8) {
            hash = (hash ^ ((static_cast<std::uint64_t>(value) >> shift) & 0xFF)) * 1099511628211U;
        }
    }
    return hash;
}

template <class T>
bool match(const json& expected, const std::vector<T>& got) {
    if (expected.is_array()) {
        return entries<T>(expected, 0) == got;
    }
    return expected["length"] == got.size() && number<std::uint64_t>(expected["fnv1a"]) == digest(got) &&
           entries<T>(expected["first"], 0) == std::vector<T>(got.begin(), got.begin() + 4);
}

bool match(const json& expected, const lvs_drift_summary& got) {
    return number<std::uint64_t>(expected["rate_limited"]) == got.rate_limited &&
           number<std::uint64_t>(expected["floored"]) == got.floored &&
           number<std::uint64_t>(expected["max_correction"]) == got.max_correction &&
           number<std::uint64_t>(expected["sum_correction"]) == got.sum_correction;
}

lvs::graph graph_of(const json& test) {
    return {entries<std::size_t>(test["indptr"], 0), entries<std::uint32_t>(test["indices"], 0)};
}

bool drift(const lvs::engine& engine, const json& test, const json& expected) {
    const std::size_t cells = test["cells"], count = test["neighbour_count"];
    const auto values = entries<std::int64_t>(test["values"], cells);
    const auto anchors = entries<std::int64_t>(test["anchors"], cells);
    const auto neighbours = entries<std::int64_t>(test["neighbours"], count * cells);
    const auto weights = entries<std::uint16_t>(test["weights"], count);
    lvs::drift_input input;
    input.values = values, input.anchors = anchors, input.neighbours = neighbours, input.weights = weights;
    input.cycle = number<std::uint64_t>(test["cycle"]), input.trim = test["trim"], input.hold = test["hold"];
    const lvs::drifted out = engine.drift(input);
    return match(expected["values"], out.values) && match(expected["residuals"], out.residuals) &&
           match(expected, out.summary);
}

bool pool(const lvs::engine& engine, const json& test, const json& expected) {
    const lvs::graph graph = graph_of(test);
    const std::size_t cells = test["cells"], all = graph.rows() * cells;
    const auto values = entries<std::int64_t>(test["values"], all);
    const auto anchors = entries<std::int64_t>(test["anchors"], all);
    const auto weights = entries<std::uint16_t>(test["weights"], graph.edges());
    const auto frozen = entries<std::uint8_t>(test["frozen"], graph.rows());
    std::vector<std::int64_t> moved(all);
    std::vector<std::uint64_t> residuals(graph.edges());
    lvs::pool_input input;
    input.values = values, input.anchors = anchors, input.weights = weights, input.frozen = frozen;
    input.cells = cells, input.trim = test["trim"], input.hold = test["hold"];
    input.cycle = number<std::uint64_t>(test["cycle"]), input.seed = number<std::uint64_t>(test["seed"]);
    const auto summary = engine.drift_pool(graph, input, {moved, residuals});
    return match(expected["values"], moved) && match(expected["residuals"], residuals) && match(expected, summary);
}

bool pairwise(const lvs::engine& engine, const json& test, const json& expected) {
    const std::size_t rows = test["rows"], cells = test["cells"];
    std::vector<std::uint64_t> out(rows * rows);
    engine.pairwise_residuals(entries<std::int64_t>(test["values"], rows * cells), rows, cells, out);
    return match(expected["residuals"], out);
}

bool trust(const lvs::engine&, const json& test, const json& expected) {
    const std::size_t count = test["neighbour_count"];
    auto trust = entries<std::uint16_t>(test["trust"], count);
    lvs::update_trust(trust, entries<std::uint64_t>(test["residuals"], count), number<std::uint64_t>(test["cells"]));
    return match(expected["trust"], trust) && match(expected["credit"], lvs::credit(trust));
}

bool weights(const lvs::engine&, const json& test, const json& expected) {
    return match(expected["weights"], lvs::weights(entries<std::uint16_t>(test["trust"], test["neighbour_count"])));
}

bool reputation(const lvs::engine& engine, const json& test, const json& expected) {
    const lvs::graph graph = graph_of(test);
    const auto pretrust = entries<std::uint32_t>(test["pretrust"], graph.rows());
    lvs::reputation_options options;
    options.damping = test["damping"], options.tol = test["tolerance"];
    options.max_iter = test["max_iterations"], options.pretrust = pretrust;
    const auto out = engine.reputation(graph, entries<std::uint16_t>(test["trust"], graph.edges()), options);
    return match(expected["reputation"], out.shares) && expected["iterations"] == out.convergence.iterations &&
           number<std::uint64_t>(expected["change"]) == out.convergence.change &&
           expected["converged"] == (out.convergence.converged != 0);
}

bool sample(const lvs::engine&, const json& test, const json& expected) {
    std::vector<std::uint16_t> out(test["count"].get<std::size_t>());
    lvs::sample_cells(number<std::uint64_t>(test["seed"]), test["cells"], out);
    return match(expected["sample"], out);
}

bool swarm(const lvs::engine& engine, const json& test, const json& expected) {
    const lvs::graph graph = graph_of(test);
    const std::size_t cells = test["cells"];
    const auto trust = entries<std::uint16_t>(test["trust"], graph.edges());
    const auto frozen = entries<std::uint8_t>(test["frozen"], graph.rows());
    lvs::swarm_options options;
    options.trust = trust, options.frozen = frozen;
    options.learn_trust = test["learn_trust"], options.trim = test["trim"];
    options.hold = test["hold"], options.seed = number<std::uint64_t>(test["seed"]);
    lvs::swarm swarm(engine, graph, entries<std::int64_t>(test["values"], graph.rows() * cells), cells, options);
    swarm.step(number<std::uint64_t>(test["cycles"]));
    return match(expected["values"], swarm.values()) && match(expected["trust"], swarm.trust()) &&
           match(expected["spread"], swarm.spread()) && match(expected, swarm.stats());
}

struct kernel {
    const char* name;
    bool (*run)(const lvs::engine&, const json&, const json&);
};
constexpr kernel kernels[] = {{"drift", drift}, {"pool", pool}, {"pairwise", pairwise}, {"trust", trust},
                              {"weights", weights}, {"reputation", reputation}, {"sample", sample}, {"swarm", swarm}};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    const lvs::engine engine;
    int passed = 0, failed = 0;
    for (const kernel& kernel : kernels) {
        std::ifstream file(std::string(argv[1]) + "/" + kernel.name + ".json");
        const json vectors = json::parse(file);
        for (const json& test : vectors["cases"]) {
            const bool same = kernel.run(engine, test, test["expected"]);
            same ? ++passed : ++failed;
            if (!same) {
                std::printf("%s: %s\n", kernel.name, test["name"].get<std::string>().c_str());
            }
        }
    }
    std::printf("vectors.cpp: %d golden vectors passed, %d failed on %s\n", passed, failed, engine.backend().c_str());
    return passed > 0 && failed == 0 ? 0 : 1;
}
