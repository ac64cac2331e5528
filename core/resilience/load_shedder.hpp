// SPDX-License-Identifier: MIT
//
// A server that refuses some requests while it still can serve the others well. Two ways to know
// that it must:
//
// UtilisationShedder, by how busy it is. u is the percentage of its places that are taken, as a
// mean over time with a half-life. From `threshold` on, requests that are not critical are refused
// with probability (u - threshold) / (100 - threshold): none at the threshold, all at 100. Critical
// ones are refused only when the queue is full.
//
// PriorityShedder, by how long requests wait. Time is cut into windows, by length or by number of
// requests, whichever ends first. If the mean wait in one was above `wait_max`, the server is
// overloaded, and the next window takes `decrease_percent` fewer than were taken; otherwise it
// takes `increase_percent` of those that came in more. Which ones? Each request has a level, 0 the
// most important, and the cutoff is set where the levels below it, as they came in, make up that
// number. Because the cutoff can be told to callers, they can refuse in its stead.
//
// Intuition for the second: utilisation says how much is done, waiting says how much too much is
// wanted; a machine may be 100 % busy and well.
//
// Invariants: (1) refusal does not fall as load rises. (2) PriorityShedder: whatever is admitted,
//             everything more important is admitted, too. (3) level 0 is always admitted.
// Source of the second: Zhou et al., "Overload control for scaling WeChat microservices" (DAGOR),
// SoCC 2018.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/random.hpp"
#include "core/base/time.hpp"
#include "core/resilience/criticality.hpp"
#include "core/stats/ewma.hpp"

namespace novacron::resilience {

struct UtilisationShedderOptions {
    std::uint32_t threshold = 80;     // percent; 0 .. 99
    Duration half_life = seconds(1);  // above 0

    friend bool operator==(const UtilisationShedderOptions&,
                           const UtilisationShedderOptions&) = default;
};

class UtilisationShedder {
public:
    // REQUIRES: options within the bounds stated above.
    UtilisationShedder(const UtilisationShedderOptions& options, Instant now);

    // So many of so many places are taken from now on. REQUIRES: capacity is above 0.
    void busy(Instant now, std::uint64_t places, std::uint64_t capacity);
    // In percent.
    double utilisation(Instant now) const { return level_.mean(now); }
    double refusal_probability(Instant now) const;
    struct Request {
        Criticality criticality = Criticality::standard;
        bool queue_is_full = false;
    };
    // Draws a number only if the request may be refused by chance.
    [[nodiscard]] bool admit(Instant now, const Request& request, Random& random) const;
    // REQUIRES: threshold is 0 .. 99.
    void set_threshold(std::uint32_t threshold);

private:
    UtilisationShedderOptions options_;
    stats::LevelEwma level_;
};

struct PriorityShedderOptions {
    std::uint32_t levels = 128;            // at least 1
    Duration wait_max = milliseconds(20);  // 0 or more
    Duration window = seconds(1);          // above 0
    std::uint32_t window_requests = 2000;  // at least 1
    std::uint32_t decrease_percent = 5;    // 1 .. 100
    std::uint32_t increase_percent = 1;    // 1 .. 100

    friend bool operator==(const PriorityShedderOptions&, const PriorityShedderOptions&) = default;
};

class PriorityShedder {
public:
    // REQUIRES: options within the bounds stated above.
    PriorityShedder(const PriorityShedderOptions& options, Instant now);

    // REQUIRES: level is below options.levels.
    [[nodiscard]] bool admit(Instant now, std::uint32_t level);
    // A request that was admitted has waited so long until work on it began.
    void waited(Instant now, Duration wait);

    // Levels from here on are refused.
    std::uint32_t cutoff() const { return cutoff_; }

private:
    void end_window_if_due(Instant now);
    void end_window(Instant now);

    PriorityShedderOptions options_;
    std::uint32_t cutoff_;
    Instant window_ends_;
    std::vector<std::uint64_t> came_;  // in this window, by level
    std::uint64_t came_in_all_ = 0;
    std::uint64_t admitted_ = 0;
    std::uint64_t waits_ = 0;
    std::int64_t waited_ns_ = 0;
};

}  // namespace novacron::resilience
