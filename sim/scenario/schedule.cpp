// SPDX-License-Identifier: MIT
#include "sim/scenario/schedule.hpp"

#include <algorithm>
#include <limits>

namespace shaketable {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / 4;

// Sums that stop at a bound far beyond any run, so that long chains of long times can't overflow.
std::int64_t add(std::int64_t a, std::int64_t b) { return std::min(kMost, a + b); }

class Planner {
public:
    Planner(const std::vector<Planned>& faults, Instant warmup_end, Diagnostics& diagnostics)
        : faults_(faults),
          warmup_end_(warmup_end),
          diagnostics_(diagnostics),
          states_(faults.size() * 2),
          results_(faults.size() * 2) {
        faults_end_.constant = warmup_end.ns;
    }

    std::vector<FaultTimes> plan() {
        std::vector<FaultTimes> result;
        std::vector<Whens> whens;
        for (const Planned& fault : faults_) whens.push_back({fault.start, fault.end});
        const std::vector<bool> hang = hang_on_faults_end(whens);
        for (const bool hanging : {false, true}) {
            for (std::uint32_t i = 0; i < faults_.size(); ++i) {
                if (hang[i] != hanging) continue;
                resolve(2 * i);
                resolve(2 * i + 1);
            }
            if (!hanging) find_faults_end(hang);
        }
        for (std::uint32_t i = 0; i < faults_.size(); ++i) {
            result.push_back({results_[2 * i], results_[2 * i + 1]});
        }
        return result;
    }

private:
    enum class State : std::uint8_t { untouched, open, done };

    const std::optional<When>& when(std::uint32_t edge) const {
        const Planned& fault = faults_[edge / 2];
        return edge % 2 == 0 ? fault.start : fault.end;
    }

    std::optional<std::uint32_t> anchor_of(std::uint32_t edge) const {
        const auto& time = when(edge);
        if (!time) return std::nullopt;
        if (time->anchor == When::Anchor::fault_start) return 2 * time->fault;
        if (time->anchor == When::Anchor::fault_end) return 2 * time->fault + 1;
        return std::nullopt;
    }

    // The latest of several times is no sum of draws; it becomes one draw of its own between its
    // bounds. REQUIRES: the times of all faults that do not hang on it are settled.
    void find_faults_end(const std::vector<bool>& hang) {
        Instant earliest = warmup_end_;
        Instant latest = warmup_end_;
        for (std::uint32_t i = 0; i < faults_.size(); ++i) {
            const auto& end = results_[2 * i + 1];
            if (hang[i] || !end) continue;
            earliest = std::max(earliest, end->earliest());
            latest = std::max(latest, end->latest());
        }
        faults_end_ = {earliest.ns, {}};
        const auto source = static_cast<std::uint32_t>(2 * faults_.size());
        if (latest > earliest) faults_end_.draws.push_back({source, (latest - earliest).ns});
    }

    // Follows the anchors of an edge (the start or the end of a fault) down to one that is known,
    // and comes back up: a loop and not a recursion, for a file may chain a hundred thousand
    // faults.
    void resolve(std::uint32_t edge) {
        std::vector<std::uint32_t> path;
        for (std::optional<std::uint32_t> next = edge; next; next = anchor_of(*next)) {
            if (states_[*next] == State::done) break;
            if (states_[*next] == State::open) {
                report_circle(path, *next);
                break;
            }
            states_[*next] = State::open;
            path.push_back(*next);
        }
        for (; !path.empty(); path.pop_back()) {
            results_[path.back()] = settle(path.back());
            states_[path.back()] = State::done;
        }
    }

    // REQUIRES: the anchor of the edge is settled, or part of a circle.
    std::optional<TimeBounds> settle(std::uint32_t edge) const {
        const auto& time = when(edge);
        if (!time) return std::nullopt;
        TimeBounds bounds;
        if (time->anchor == When::Anchor::warmup_end) bounds.constant = warmup_end_.ns;
        if (time->anchor == When::Anchor::faults_end) bounds = faults_end_;
        const bool resolved = time->anchor == When::Anchor::alert_resolved;
        if (resolved || time->anchor == When::Anchor::alert_firing) {
            const auto alert = static_cast<std::uint32_t>(2 * faults_.size()) + 1 +
                               2 * time->alert + (resolved ? 1 : 0);
            bounds = {0, {{alert, kMost / 2}}, true};
        }
        if (const auto anchor = anchor_of(edge)) {
            if (!results_[*anchor]) return std::nullopt;
            bounds = *results_[*anchor];
        }
        bounds.constant = add(bounds.constant, time->offset.ns);
        if (time->spread > Duration{}) {
            const TimeBounds::Draw draw{edge, time->spread.ns};
            const auto before = [](const TimeBounds::Draw& a, const TimeBounds::Draw& b) {
                return a.source < b.source;
            };
            bounds.draws.insert(
                std::upper_bound(bounds.draws.begin(), bounds.draws.end(), draw, before), draw);
        }
        return bounds;
    }

    void report_circle(const std::vector<std::uint32_t>& path, std::uint32_t first) {
        const auto name = [&](std::uint32_t edge) {
            return faults_[edge / 2].id + (edge % 2 == 0 ? ".start" : ".end");
        };
        std::string circle;
        const auto begin = std::find(path.begin(), path.end(), first);
        constexpr std::ptrdiff_t most_shown = 8;
        for (auto edge = begin; edge != path.end(); ++edge) {
            if (edge - begin == most_shown) circle += "... -> ";
            if (edge - begin < most_shown) circle += name(*edge) + " -> ";
        }
        Diagnostic diagnostic =
            first % 2 == 0 ? faults_[first / 2].at_start : faults_[first / 2].at_end;
        diagnostic.message = "times go in a circle: " + circle + name(first);
        diagnostic.hint = "give one of them a time that hangs on none of the others";
        diagnostics_.add(std::move(diagnostic));
    }

    const std::vector<Planned>& faults_;
    Instant warmup_end_;
    Diagnostics& diagnostics_;
    TimeBounds faults_end_;      // what the anchor of this name stands for
    std::vector<State> states_;  // by edge
    std::vector<std::optional<TimeBounds>> results_;
};

}  // namespace

Instant TimeBounds::latest() const {
    std::int64_t sum = constant;
    for (const Draw& draw : draws) sum = add(sum, draw.spread);
    return {sum};
}

Duration least_gap(const TimeBounds& earlier, const TimeBounds& later) {
    std::int64_t gap = later.constant - earlier.constant;
    for (const TimeBounds::Draw& draw : earlier.draws) {
        const bool shared =
            std::any_of(later.draws.begin(), later.draws.end(),
                        [&](const TimeBounds::Draw& d) { return d.source == draw.source; });
        if (!shared) gap = std::max(gap - draw.spread, -kMost);
    }
    return {gap};
}

std::vector<FaultTimes> plan_times(const std::vector<Planned>& faults, Instant warmup_end,
                                   Diagnostics& diagnostics) {
    return Planner(faults, warmup_end, diagnostics).plan();
}

}  // namespace shaketable
