// SPDX-License-Identifier: MIT
//
// A limit on calls under way that finds its own value: as many as the callee serves without
// queueing.
//
// Intuition: by Little's law a callee with C places and a service time of R serves C/R a second
// with C calls under way. More calls only wait; and that shows, since they take longer.
//
//   Gradient  compares the time that calls take now with what they took in the long run:
//             g = tolerance * long / short, within 0.5 .. 1; L' = 0.8 L + 0.2 (g L + queue). Long
//             is a mean over some 600 calls, which shrinks when it is twice the short one, so that
//             it does not hold on to an overload.
//   Vegas     estimates the queue at the callee, L (1 - least / now), where least is the shortest
//             time of a call. Few waiting: L grows; more than beta: it shrinks; between, it stays.
//             So that it follows a callee that has become slower, least is measured anew after some
//             30 L calls, at random from half of that on: of ten calls, with the limit halved
//             meanwhile. Measured with the queue in place it would hold the queue for the callee,
//             and L would rise by a queue each time, without end.
//
// What is no measurement. A call that timed out took what its timeout is: a constant, however
// overloaded the callee, which looks as steady as can be. So it shrinks the limit and is not
// measured. A refusal comes quickly and would look like health: it counts as ignored. A limit that
// is not used is not known to be right: below half of it nothing is learnt.
//
// Invariants: (1) min_limit <= limit <= max_limit. (2) calls that time out never raise the limit.
// Units: calls; nanoseconds. Source: the algorithms and numbers are those of Netflix's
// concurrency-limits (Gradient2, Vegas).
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <variant>

#include "core/base/random.hpp"
#include "core/base/time.hpp"

namespace novacron::resilience {

struct GradientOptions {
    double initial_limit = 20;        // min .. max
    double min_limit = 20;            // at least 1
    double max_limit = 200;           // at least the minimum
    double tolerance = 1.5;           // at least 1
    double queue = 4;                 // calls that may wait; above 0
    double smoothing = 0.2;           // above 0, 1 at most
    std::uint32_t long_window = 600;  // calls; at least 10

    friend bool operator==(const GradientOptions&, const GradientOptions&) = default;
};

struct VegasOptions {
    double initial_limit = 20;            // min .. max
    double min_limit = 1;                 // at least 1
    double max_limit = 1000;              // at least the minimum
    double smoothing = 1.0;               // above 0, 1 at most
    std::uint32_t probe_multiplier = 30;  // least is measured anew after so many limits; at least 1

    friend bool operator==(const VegasOptions&, const VegasOptions&) = default;
};

// What is known of a call that is over.
struct CallResult {
    enum class Kind : std::uint8_t {
        served,   // took as long as the callee took
        dropped,  // timed out, or was refused for overload by the callee
        ignored,  // says nothing: refused here, cancelled, failed at once
    };
    Kind kind = Kind::served;
    Duration took{};
    std::uint32_t under_way = 0;  // when it began, itself included
};

class GradientLimit {
public:
    // REQUIRES: options within the bounds stated above.
    explicit GradientLimit(const GradientOptions& options);

    void ended(const CallResult& result);
    double limit() const { return limit_; }
    double long_ns() const { return long_ns_; }

private:
    void measure(double ns);

    GradientOptions options_;
    double limit_;
    double long_ns_ = 0;
    std::uint32_t measured_ = 0;  // up to the warm-up's end
    double sum_ = 0;              // in the warm-up
};

class VegasLimit {
public:
    // REQUIRES: options within the bounds stated above.
    VegasLimit(const VegasOptions& options, Random random);

    void ended(const CallResult& result);
    double limit() const { return probing_ ? std::max(options_.min_limit, limit_ / 2) : limit_; }
    double least_ns() const { return least_ns_; }

private:
    void draw_next_probe();
    void probe(double ns, std::uint32_t under_way);

    VegasOptions options_;
    Random random_;
    double limit_;
    double least_ns_ = 0;      // 0: not measured yet
    std::uint64_t calls_ = 0;  // since least was measured anew
    double probe_share_ = 1;
    bool probing_ = false;
    std::uint32_t probed_ = 0;  // calls of this probe
    double probe_least_ns_ = 0;
};

// Admission by either of them.
class ConcurrencyLimiter {
public:
    explicit ConcurrencyLimiter(GradientLimit limit) : limit_(std::move(limit)) {}
    explicit ConcurrencyLimiter(VegasLimit limit) : limit_(std::move(limit)) {}

    // How many are under way then, if a call may be: it is, until `leave`.
    [[nodiscard]] std::optional<std::uint32_t> enter() {
        if (under_way_ >= whole_limit()) return std::nullopt;
        return ++under_way_;
    }
    // A call is over. Its `under_way` is what it was told when it entered. REQUIRES: one has.
    void leave(const CallResult& result);

    std::uint32_t under_way() const { return under_way_; }
    double limit() const {
        return std::visit([](const auto& each) { return each.limit(); }, limit_);
    }

private:
    std::uint32_t whole_limit() const {
        return std::max<std::uint32_t>(1, static_cast<std::uint32_t>(limit()));
    }

    std::variant<GradientLimit, VegasLimit> limit_;
    std::uint32_t under_way_ = 0;
};

}  // namespace novacron::resilience
