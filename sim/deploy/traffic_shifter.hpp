// SPDX-License-Identifier: MIT
//
// Shifts requests for a service to another version of it by steps, and takes them all back when the
// version turns out to be worse: gradual traffic, or a canary release.
//
//     start -> step -> (soak) -> gate -> the next step ... -> done
//                                   '--> taken back, or held where it is
//
// Intuition: the new version's instances stand beside the old one's. Of what is asked they get one
// request in a hundred at first, then more; who is harmed by a bad version is no more than its
// share. After each step both versions are compared by what their callers met during it
// (version_gate.hpp). Taking back stops nobody: the old instances have never gone.
//
// A step lasts for the soak, and for as long as it takes until both versions have been called often
// enough to be compared. In the last step the old version may get nothing: then it is taken as it
// was in the step before.
//
// Of a version that fails a part e of its calls, and the old one none, the expected part of failed
// calls over the steps is the sum of share x soak x e, by the sum of soaks.
//
// Invariants: (1) the share grows from step to step, or falls to what it was before the order.
//             (2) behind a gate that failed it does not grow.
// One order a service at a time; another one is refused, as is one that would shift nothing. Where
// an order that ended has left requests shared, the next one goes on, or goes back: its steps that
// lie behind are passed over.
// Not modelled: that clients stay with a version; that instances of the old one go in the end.
#pragma once

#include <cstdint>
#include <map>

#include "sim/deploy/deploy_orders.hpp"
#include "sim/record/receipts.hpp"
#include "sim/service/services.hpp"

namespace shaketable {

class TrafficShifter final : private EventHandler, private ListensTo<CallEnded> {
public:
    // All outlive it.
    TrafficShifter(EventQueue& queue, Record& record, Receipts& receipts, Services& services);

    // An order takes effect, and ends: what it has not shifted by then it leaves.
    // REQUIRES: the service and the version are there; the steps are as deploy_orders.hpp says.
    void begin(FaultId fault, const TrafficOrder& order);
    void end(FaultId fault);

private:
    enum class Phase : std::uint8_t { start, step };
    struct Order {
        TrafficOrder order;
        Phase phase = Phase::start;
        std::size_t step = 0;         // that is under way, or comes next
        std::uint32_t reached = 0;    // steps that were begun
        std::uint32_t share_before = 0;
        Instant since{};              // of the phase
        VersionTally version, former;
        VersionTally former_before;   // in the last step in which it was called
    };

    void on_event(Instant now, const Event& event) override;
    void on(Instant at, const CallEnded& fact) override;
    bool is_refused(const TrafficOrder& order) const;
    // Goes on with the order; false: there is nothing more to do.
    bool drive(Instant now, FaultId fault, Order& order);
    void begin_step(Instant now, FaultId fault, Order& order);
    bool has_enough(const Order& order) const;
    bool pass_gate(Instant now, FaultId fault, Order& order);
    bool back_out(FaultId fault, Order& order);
    void tell(FaultId fault, const Order& order, DeployStep step, DeployOutcome outcome);

    EventQueue& queue_;
    Record& record_;
    Receipts& receipts_;
    Services& services_;
    std::map<std::uint32_t, Order> orders_;  // by number of the fault
};

}  // namespace shaketable
