// A base station that follows the temperature of its laboratory: each cycle it hears every mote once, drifts towards
// them, and learns whom to trust. A mote that is broken keeps lying and loses all of its weight.
//
//   c++ -std=c++17 average.cpp $(pkg-config --cflags --libs lvs) -o average && ./average readings.txt
//
// The file has one reading in degrees Celsius to a line; line i is mote i.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <numeric>
#include <vector>

#include <lvs.hpp>

namespace {

// One unit of value (VU) per kelvin: cells hold no negative values, and all arithmetic is in integers.
constexpr double zero_celsius = 273.15;
constexpr double micro = 1e6;

double to_celsius(double units) { return units / micro - zero_celsius; }

std::vector<std::int64_t> read_motes(const char* path) {
    std::ifstream file(path);
    std::vector<std::int64_t> units;
    for (double celsius = 0; file >> celsius;) {
        units.push_back(static_cast<std::int64_t>((celsius + zero_celsius) * micro + 0.5));
    }
    if (!file.eof() || units.size() < 4) {
        throw std::runtime_error(std::string(path) + " must have at least 4 readings, one to a line");
    }
    return units;
}

struct station {
    std::int64_t temperature;
    std::vector<std::uint16_t> trust;
    std::uint64_t cycles;
};

// Hears the motes until a hundred cycles in a row moved it by next to nothing; trust, and with it the average, settles
// slowly.
station follow(const lvs::engine& engine, const std::vector<std::int64_t>& motes) {
    constexpr int still_enough = 100;
    constexpr std::int64_t next_to_nothing = 10;  // microkelvin
    constexpr std::uint64_t cycles_max = 100'000;
    // The first reading is a guess like any other.
    station own{motes.front(), std::vector<std::uint16_t>(motes.size(), lvs::constants().trust_newcomer), 0};
    for (int still = 0; still < still_enough && own.cycles < cycles_max; ++own.cycles) {
        const auto weights = lvs::weights(own.trust);
        lvs::drift_input input;
        input.values = {&own.temperature, 1};
        input.neighbours = motes;
        input.weights = weights;
        input.cycle = own.cycles;
        const lvs::drifted moved = engine.drift(input);
        lvs::update_trust(own.trust, moved.residuals, 1);
        still = std::abs(moved.correction[0]) <= next_to_nothing ? still + 1 : 0;
        own.temperature = moved.values[0];
    }
    return own;
}

void run(const char* path) {
    const lvs::engine engine;
    const auto motes = read_motes(path);
    const station own = follow(engine, motes);
    const double sum = std::accumulate(motes.begin(), motes.end(), 0.0);
    std::printf("engine         %s\n", engine.choice().c_str());
    std::printf("plain mean     %.4f\n", to_celsius(sum / static_cast<double>(motes.size())));
    std::printf("station        %.4f after %llu cycles\n", to_celsius(static_cast<double>(own.temperature)),
                static_cast<unsigned long long>(own.cycles));
    const auto least = std::min_element(own.trust.begin(), own.trust.end()) - own.trust.begin();
    std::printf("least trusted  mote %td (read %.4f), trust %u of 65535\n", least + 1,
                to_celsius(static_cast<double>(motes[static_cast<std::size_t>(least)])),
                static_cast<unsigned>(own.trust[static_cast<std::size_t>(least)]));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: " << argv[0] << " readings.txt\n";
        return 2;
    }
    try {
        run(argv[1]);
    } catch (const std::exception& failure) {
        std::cerr << "average: " << failure.what() << '\n';
        return 1;
    }
}
