// SPDX-License-Identifier: MIT
//
// Users in addition to the usual ones: operations that come at a higher rate for a while, or all at
// one instant.
//
// Intuition: two Poisson processes on top of each other are one whose rate is their sum. So a
// workload that is to come f times as often gets (f - 1) times its rate from a stream of the
// fault's own, and its usual operations stay as they are. A rate that grows in a straight line is
// thinned out of the highest: an operation that could come t after the start of the ramp does with
// probability t / (length of the ramp).
//
// Clients in a closed loop have no rate: there come more of them, or they think shorter. That is
// done where they are, in sim/service/clients.cpp.
//
// Source of the latter: P. A. W. Lewis and G. S. Shedler, "Simulation of nonhomogeneous Poisson
// processes by thinning", 1979.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "sim/fault/faults.hpp"
#include "sim/fleet/fleet.hpp"

namespace shaketable {

class Surges final : private EventHandler {
public:
    Surges(EventQueue& queue, Receipts& receipts, Fleet& fleet)
        : queue_(queue), receipts_(receipts), fleet_(fleet) {}

    // More of the workloads until the fault ends: `factor` times the usual, all at once or growing
    // up to that in the time `over`.
    struct Growth {
        FaultId fault;
        double factor;
        Duration over;  // 0: no ramp
        ClosedLoopSurge closed_loop;
    };
    void begin(const Growth& growth, const std::vector<std::uint32_t>& workloads,
               const Random& random);
    void end(FaultId fault);
    // So many operations of each workload, now.
    void herd(FaultId fault, std::uint32_t operations, const std::vector<std::uint32_t>& workloads,
              const Random& random);

private:
    struct Stream {
        FaultId fault;
        std::uint32_t workload;
        Instant start;
        Duration over;  // 0: no ramp
        Distribution gaps;
        Random arrivals;
        Random thinning;
        Random keys;
    };

    void on_event(Instant now, const Event& event) override;
    void grow_closed_loop(const Growth& growth, std::uint32_t workload, const Random& random);
    void wait(std::uint32_t number, Stream& stream);
    void add_operation(FaultId fault, std::uint32_t workload, Random& keys);

    EventQueue& queue_;
    Receipts& receipts_;
    Fleet& fleet_;
    std::uint32_t next_ = 0;
    std::map<std::uint32_t, Stream> streams_;  // by number, which is never used again
};

}  // namespace shaketable
