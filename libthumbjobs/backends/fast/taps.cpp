// Compiled without contraction of floating-point operations: every machine gets the same weights.
#include "backends/fast/taps.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace thumbjobs::fast {
namespace {

constexpr double lobes = 3;
constexpr int table_steps = 1024; // of the table, for a distance of one

double lanczos(double x) {
    if (x < 1e-9)
        return 1;
    const double turn = std::numbers::pi * x;
    return x >= lobes ? 0 : lobes * std::sin(turn) * std::sin(turn / lobes) / (turn * turn);
}

/// Two sines for each weight would cost more than the resampling.
double lanczos_from_table(double x) {
    constexpr int steps = static_cast<int>(lobes) * table_steps;
    static const auto table = [] {
        std::array<double, steps + 2> values{};
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = lanczos(static_cast<double>(i) / table_steps);
        return values;
    }();
    const double at = std::abs(x) * table_steps;
    if (at >= steps)
        return 0;
    const auto below = static_cast<std::size_t>(at);
    return table[below] + (table[below + 1] - table[below]) * (at - static_cast<double>(below));
}

/// Brings weights to integers whose sum is exactly Taps::one; the largest takes the rest.
void quantise(const std::vector<double>& exact, std::int16_t* weights) {
    double sum = 0;
    for (const double weight : exact)
        sum += weight;
    int rest = Taps::one;
    std::size_t largest = 0;
    for (std::size_t i = 0; i < exact.size(); ++i) {
        const auto weight = static_cast<int>(std::lround(exact[i] / sum * Taps::one));
        weights[i] = static_cast<std::int16_t>(weight);
        rest -= weight;
        if (exact[i] > exact[largest])
            largest = i;
    }
    weights[largest] = static_cast<std::int16_t>(weights[largest] + rest);
}

} // namespace

Taps make_taps(const Axis& axis) {
    const double scale = axis.extent / axis.target; // source samples for one target unit
    const double widening = std::max(1.0, axis.step * scale);
    const double reach = lobes * widening;
    Taps taps;
    taps.used = std::min(static_cast<int>(std::ceil(2 * reach)) + 1, axis.samples);
    taps.count = (taps.used + Taps::padding - 1) / Taps::padding * Taps::padding;
    taps.first.resize(static_cast<std::size_t>(axis.outputs));
    taps.weights.resize(taps.first.size() * static_cast<std::size_t>(taps.count));

    std::vector<double> exact(static_cast<std::size_t>(taps.used));
    for (int output = 0; output < axis.outputs; ++output) {
        double centre = (axis.first + (output + 0.5) * axis.step) * scale;
        if (axis.mirrored)
            centre = axis.extent - centre;
        const auto low = static_cast<int>(std::floor(centre - reach));
        const auto high = static_cast<int>(std::ceil(centre + reach));
        const int first = std::clamp(low, 0, axis.samples - taps.used);
        std::fill(exact.begin(), exact.end(), 0.0);
        for (int i = low; i < high; ++i) {
            const int at = std::clamp(std::clamp(i, 0, axis.samples - 1) - first, 0, taps.used - 1);
            exact[static_cast<std::size_t>(at)] +=
                lanczos_from_table((i + 0.5 - centre) / widening);
        }
        taps.first[static_cast<std::size_t>(output)] = first;
        quantise(exact, taps.weights.data() + static_cast<std::size_t>(output) *
                                                  static_cast<std::size_t>(taps.count));
    }
    return taps;
}

} // namespace thumbjobs::fast
