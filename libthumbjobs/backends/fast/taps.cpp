// Compiled without contraction of floating-point operations: every machine gets the same weights.
#include "backends/fast/taps.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace thumbjobs::fast {
namespace {

constexpr double lobes = 3;
constexpr int table_steps = 512; // of the table, for a distance of one

double lanczos(double x) {
    if (x < 1e-9)
        return 1;
    const double turn = std::numbers::pi * x;
    return x >= lobes ? 0 : lobes * std::sin(turn) * std::sin(turn / lobes) / (turn * turn);
}

/// Two sines for each weight would cost more than the resampling. It ends in zeros, for the weights
/// at a range's ends, which lie half a sample outside the filter at the most.
const double* lanczos_table() {
    static const auto table = [] {
        std::array<double, (static_cast<int>(lobes) + 1) * table_steps + 2> values{};
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = lanczos(static_cast<double>(i) / table_steps);
        return values;
    }();
    return table.data();
}

/// Brings weights to integers whose sum is exactly Taps::one. It is their running sum that is
/// rounded, so that what a row of weights of one sign add up to changes by one at the most. Of
/// Lanczos3 at any phase, the magnitudes add up to less than 1.6 times the sum, in seven such rows:
/// the integers' stay below Taps::most.
void quantise(const std::vector<double>& exact, double sum, std::int16_t* weights) {
    constexpr int positive = Taps::one; // added, since truncation goes towards zero
    const double factor = Taps::one / sum;
    double so_far = 0;
    int before = positive;
    for (std::size_t i = 0; i < exact.size(); ++i) {
        so_far += exact[i];
        const bool last = i + 1 == exact.size();
        const int now =
            last ? positive + Taps::one : static_cast<int>(so_far * factor + (positive + 0.5));
        weights[i] = static_cast<std::int16_t>(now - before);
        before = now;
    }
}

/// Taps by their axes, those asked for last at the back.
class Recent {
public:
    std::shared_ptr<const Taps> find(const Axis& axis) {
        const auto known = std::find_if(entries_.begin(), entries_.end(),
                                        [&](const Entry& entry) { return entry.axis == axis; });
        if (known != entries_.end()) {
            std::rotate(known, known + 1, entries_.end());
            return entries_.back().taps;
        }
        auto made = std::make_shared<const Taps>(make_taps(axis));
        if (made->weights.size() > most_weights)
            return made;
        if (entries_.size() == most_entries)
            entries_.erase(entries_.begin());
        entries_.push_back({axis, made});
        return made;
    }

private:
    static constexpr std::size_t most_entries = 8;
    static constexpr std::size_t most_weights = 14 << 10;

    struct Entry {
        Axis axis;
        std::shared_ptr<const Taps> taps;
    };

    std::vector<Entry> entries_;
};

} // namespace

Taps make_taps(const Axis& axis) {
    const double* const table = lanczos_table();
    const double scale = axis.extent / axis.target; // source samples for one target unit
    const double widening = std::max(1.0, axis.step * scale);
    const double reach = lobes * widening;
    const double step = table_steps / widening;
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
        double sum = 0;
        const auto add = [&](int i, int at) {
            const double place = std::abs(i + 0.5 - centre) * step;
            const auto below = static_cast<std::size_t>(place);
            const double weight = table[below] + (table[below + 1] - table[below]) *
                                                     (place - static_cast<double>(below));
            exact[static_cast<std::size_t>(at - first)] += weight;
            sum += weight;
        };
        const int begin = std::max(low, 0);
        const int end = std::min(high, axis.samples);
        for (int i = low; i < std::min(begin, high); ++i)
            add(i, 0);
        for (int i = begin; i < end; ++i)
            add(i, i);
        for (int i = std::max(end, low); i < high; ++i)
            add(i, axis.samples - 1);
        taps.first[static_cast<std::size_t>(output)] = first;
        quantise(exact, sum,
                 taps.weights.data() +
                     static_cast<std::size_t>(output) * static_cast<std::size_t>(taps.count));
    }
    return taps;
}

std::shared_ptr<const Taps> recent_taps(const Axis& axis) {
    static thread_local Recent recent;
    return recent.find(axis);
}

} // namespace thumbjobs::fast
