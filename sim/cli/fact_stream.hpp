// SPDX-License-Identifier: MIT
//
// The facts of one run, pulled one at a time: the run advances only as far as the reader has read.
// Two streams read in turn compare two runs in the memory of one event, however long they are.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "sim/run/run.hpp"

namespace shaketable::cli {

struct TimedFact {
    std::uint64_t number;  // in the run, from 1
    Instant at;
    Fact fact;
};

// Equal in all that they say; the numbers aside.
bool same(const TimedFact& a, const TimedFact& b);

// "31.200431s  role-changed node=2 role=leader term=4 vote=2"
std::string text_of(const TimedFact& fact);

class FactStream : private Subscriber {
public:
    FactStream(const Scenario& scenario, std::uint64_t seed);

    // Nothing once the run has ended.
    std::optional<TimedFact> next();
    // What the run has come to; the verdict needs the whole of it.
    Result result() { return simulation_.result(); }

private:
    void on_fact(Instant at, const Fact& fact) override {
        waiting_.push_back({++count_, at, fact});
    }

    Simulation simulation_;
    std::deque<TimedFact> waiting_;  // of the latest event, not read yet
    std::uint64_t count_ = 0;
};

}  // namespace shaketable::cli
