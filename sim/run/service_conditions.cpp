// SPDX-License-Identifier: MIT
#include "sim/run/service_conditions.hpp"

#include <algorithm>
#include <utility>

#include "sim/run/assess_services.hpp"
#include "sim/run/conditions.hpp"
#include "sim/scenario/units.hpp"

namespace shaketable {
namespace {

constexpr Duration kStep = novacron::seconds(1);

struct Window {
    Stretch stretch;
    double value;
};

std::string text_of(const Stretch& stretch) {
    return "from " + format_duration_brief(stretch.start - Instant{}) + " to " +
           format_duration_brief(stretch.end - Instant{});
}

// A measure of a service in any time of the run.
class Course {
public:
    // `before`: the goodput before the first fault.
    Course(const World& world, std::uint32_t service, ServiceMeasure measure,
           std::optional<double> before)
        : hold_(std::max(world.scenario.service_level.hold, kStep)),
          measure_(measure),
          before_(before),
          ok_(successes_of(world, service)) {
        if (measure != ServiceMeasure::success) return;
        for (const RequestView& request : world.requests.all()) {
            if (!request.ended) continue;
            if (world.scenario.graph.clients[request.population].to != service) continue;
            ended_.add(request.finished);
        }
    }

    // The windows in the stretch of which there is a value, in order.
    std::vector<Window> windows(const Stretch& stretch) const {
        std::vector<Window> all;
        const std::int64_t first = (stretch.start.ns + kStep.ns - 1) / kStep.ns;
        for (Instant at{first * kStep.ns}; at + hold_ <= stretch.end; at = at + kStep) {
            const Stretch window{at, at + hold_};
            if (const auto value = value_in(window)) all.push_back({window, *value});
        }
        return all;
    }

private:
    std::optional<double> value_in(const Stretch& window) const {
        if (measure_ == ServiceMeasure::success) {
            const std::uint64_t all = ended_.between(window.start, window.end);
            if (all == 0) return std::nullopt;
            return static_cast<double>(ok_.between(window.start, window.end)) /
                   static_cast<double>(all);
        }
        const double goodput = goodput_between(ok_, window.start, window.end);
        if (measure_ == ServiceMeasure::goodput) return goodput;
        if (!before_ || *before_ <= 0) return std::nullopt;
        return goodput / *before_;
    }

    Duration hold_;
    ServiceMeasure measure_;
    std::optional<double> before_;
    Slices ok_;
    Slices ended_;
};

// Of a bound, the nearer the value is to breaking it.
bool is_worse(const ServicePredicate& wanted, const Window& a, const Window& b) {
    return wanted.bound == ServicePredicate::Bound::at_most ? a.value > b.value
                                                            : a.value < b.value;
}

std::string said_of(const ServicePredicate& wanted, const Window& window) {
    return brief_measured(wanted.measure, window.value) + " " + text_of(window.stretch);
}

}  // namespace

CheckRow judge_course(const World& world, const CheckSpec& check, const Result& measured) {
    const ServicePredicate& wanted = check.of_service;
    const auto row = std::find_if(measured.services.begin(), measured.services.end(),
                                  [&](const ServiceRow& s) { return s.id == wanted.service; });
    const auto number = static_cast<std::uint32_t>(row - measured.services.begin());
    const bool eventually = check.mode == CheckSpec::Mode::eventually;
    const Instant clock = eventually ? clock_of(world, check) : Instant{};
    const Stretch stretch =
        eventually ? Stretch{clock, world.run_end()} : stretch_of(world, check);
    const Course course(world, number, wanted.measure, row->goodput_before);
    const std::vector<Window> windows = course.windows(stretch);
    CheckRow result;
    if (windows.empty()) {
        result.detail = stretch.start >= stretch.end ? "the fault did not strike"
                        : stretch.end - stretch.start < world.scenario.service_level.hold
                            ? "the time is shorter than service_level.hold"
                            : "nothing was measured";
        return result;
    }
    const auto held = std::find_if(windows.begin(), windows.end(),
                                   [&](const Window& w) { return holds(wanted, w.value); });
    if (eventually) {
        const auto at = held == windows.end() ? std::nullopt : std::optional(held->stretch.end);
        return happened(world, clock, at, check.within);
    }
    const auto by = [&](const Window& a, const Window& b) { return is_worse(wanted, a, b); };
    if (check.mode == CheckSpec::Mode::sometime) {
        result.verdict = held == windows.end() ? Verdict::fail : Verdict::pass;
        const auto best = std::max_element(windows.begin(), windows.end(), by);
        result.detail = held == windows.end() ? "at best " + said_of(wanted, *best)
                                              : said_of(wanted, *held);
        return result;
    }
    const auto broken = std::find_if(windows.begin(), windows.end(),
                                     [&](const Window& w) { return !holds(wanted, w.value); });
    result.verdict = broken == windows.end() ? Verdict::pass : Verdict::fail;
    const auto worst = std::min_element(windows.begin(), windows.end(), by);
    result.detail = broken == windows.end() ? "at worst " + said_of(wanted, *worst)
                                            : said_of(wanted, *broken);
    return result;
}

}  // namespace shaketable
