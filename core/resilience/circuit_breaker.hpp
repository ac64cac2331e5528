// SPDX-License-Identifier: MIT
//
// A circuit breaker: after enough failures, calls are refused at once for a while, then a few
// probes find out whether the callee is back.
//
//     closed --failures--> open --timeout, at the next call--> half-open --successes--> closed
//                           ^------------- a probe fails or is lost ---------'
//
// Intuition: calling what is down costs the caller its threads and the callee its recovery. To be
// refused costs nothing.
//
// Trip rules. consecutive: the failure_threshold-th failure in a row. ratio: failure_percent of the
// calls of the last `window`, if there were minimum_calls. Both leave half-open by its own rule:
// success_threshold successes in a row, or one failure, whatever the volume.
//
// Half-open lets half_open_max_requests probes be under way at a time, not in total: so fewer
// probes than successes wanted are legal, and a probe whose outcome is excluded frees its place.
// Each probe is a lease until the call's deadline, or max_probe_lease if that is sooner; one that
// is not back by then has failed. Without leases, a single lost probe refuses all calls for ever.
//
// Lazy and exact: nothing happens by itself, but a call or an outcome finds the breaker as if all
// had happened in time. A lost probe opens it at its lease's end. An outcome at that very instant
// wins, and `now == until` admits a probe.
//
// Stale outcomes, of permits of earlier generations, are counted and decide nothing. Every change
// of state is a new generation. A clock that goes back never makes the rest of a wait longer.
//
// Invariants: (1) at most half_open_max_requests probes are under way. (2) from the last input on,
//             an open breaker admits again after `timeout` at the latest. (3) an outcome changes
//             the state only in the generation that admitted its call.
// Not modelled: slow calls as failures (call them failures), growing timeouts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/time.hpp"
#include "core/resilience/permit.hpp"
#include "core/stats/time_window.hpp"

namespace novacron::resilience {

// The knobs of resilience_config.yaml by their names, then ours.
struct CircuitBreakerOptions {
    enum class Mode : std::uint8_t { consecutive, ratio };

    std::uint32_t failure_threshold = 5;       // at least 1
    std::uint32_t success_threshold = 3;       // at least 1
    Duration timeout = seconds(30);            // open for so long; above 0
    std::uint32_t half_open_max_requests = 3;  // at least 1
    Mode mode = Mode::consecutive;
    std::uint32_t failure_percent = 50;      // ratio: 1 .. 100
    std::uint32_t minimum_calls = 20;        // ratio: in the window; at least 1
    Duration window = seconds(10);           // ratio: 10 ns or more
    Duration max_probe_lease = seconds(30);  // above 0

    friend bool operator==(const CircuitBreakerOptions&, const CircuitBreakerOptions&) = default;
};

class CircuitBreaker {
public:
    enum class State : std::uint8_t {
        closed,
        open,
        half_open,
        forced_open,    // by an operator, until the reset
        forced_closed,  // outcomes are counted, and decide nothing, until the reset
        disabled,       // everything passes and nothing is counted, until the reset
    };
    enum class Cause : std::uint8_t {
        failures,
        timeout_passed,
        probe_failed,
        probe_lost,
        probes_succeeded,
        by_operator
    };
    struct Transition {
        State from;
        State to;
        Cause cause;
        Instant at;
    };
    struct Answer {
        bool admitted = false;
        Permit permit{};         // if admitted
        Duration retry_after{};  // if not: a call is of no use before; 0 if nobody knows
    };
    struct Counts {
        std::uint64_t admitted = 0;
        std::uint64_t rejected = 0;
        std::uint64_t successes = 0;
        std::uint64_t failures = 0;
        std::uint64_t excluded = 0;
        std::uint64_t stale = 0;  // of all outcomes, those that came too late to decide
        std::uint64_t lost = 0;   // probes whose lease ended
    };

    // REQUIRES: options within the bounds stated above.
    explicit CircuitBreaker(const CircuitBreakerOptions& options);

    // A call wants to go. It ends by its deadline.
    [[nodiscard]] Answer admit(Instant now, Instant deadline = Instant::never());
    // The call is back. Once for each permit; a second time is stale.
    void record(Instant now, const Permit& permit, Outcome outcome);

    // An operator's wishes.
    void reset(Instant now) { order(now, State::closed); }
    void force_open(Instant now) { order(now, State::forced_open); }
    void force_close(Instant now) { order(now, State::forced_closed); }
    void disable(Instant now) { order(now, State::disabled); }

    State state() const { return state_; }
    std::uint64_t generation() const { return generation_; }
    const Counts& counts() const { return counts_; }
    std::size_t probes() const { return probes_.size(); }
    // What the last input changed, oldest first.
    std::span<const Transition> transitions() const { return {transitions_.data(), changed_}; }

private:
    struct Probe {
        std::uint64_t number;
        Instant lease;
    };

    void settle(Instant now);
    void order(Instant now, State state);
    void change(Instant at, State state, Cause cause);
    void record_regular(Instant now, Outcome outcome);
    void record_probe(Instant now, const Permit& permit, Outcome outcome);
    bool trips(Instant now, Outcome outcome);
    Answer pass(Permit::Kind kind, Instant lease);
    Answer refuse(Duration retry_after);

    CircuitBreakerOptions options_;
    State state_ = State::closed;
    std::uint64_t generation_ = 1;
    std::uint64_t permits_ = 0;
    std::uint32_t in_a_row_ = 0;  // failures while closed, successes while half-open
    Instant opened_at_{};
    std::vector<Probe> probes_;    // under way, in half-open
    stats::TimeWindow<2> window_;  // successes and failures
    Counts counts_;
    std::array<Transition, 3> transitions_{};
    std::size_t changed_ = 0;
};

}  // namespace novacron::resilience
