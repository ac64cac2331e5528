// SPDX-License-Identifier: MIT
//
// What the clients of services lived through: every request that ended, in the order of issue.
//
// Of a request that is under way when the run ends no fact tells; it is left out.
#pragma once

#include <cstddef>
#include <vector>

#include "sim/measure/operations.hpp"
#include "sim/record/record.hpp"

namespace shaketable {

struct RequestView {
    Instant issued;
    Instant finished;
    std::uint32_t population = 0;
    std::uint32_t attempts = 0;  // that left
    CallOutcome outcome = CallOutcome::ok;
    CallCause cause = CallCause::none;
    bool ended = false;

    bool ok() const { return ended && outcome == CallOutcome::ok; }
    Duration latency() const { return finished - issued; }
};

class Requests final : public ListensTo<RequestEnded> {
public:
    explicit Requests(Record& record) { record.listen(*this); }

    // Request number n is at n - 1; those that have not ended are there, and say so.
    const std::vector<RequestView>& all() const { return all_; }

private:
    void on(Instant at, const RequestEnded& fact) override {
        const auto place = static_cast<std::size_t>(fact.request.value - 1);
        if (all_.size() <= place) all_.resize(place + 1);
        all_[place] = {fact.issued,  at,         fact.population.value, fact.attempts,
                       fact.outcome, fact.cause, true};
    }

    std::vector<RequestView> all_;
};

// The requests that ended of some populations, as operations: their population is the workload, and
// whatever is not ok is unknown. So what is defined for operations holds for requests.
// REQUIRES: `wanted` has an entry for each population.
std::vector<OperationView> as_operations(const std::vector<RequestView>& requests,
                                         const std::vector<bool>& wanted);

}  // namespace shaketable
