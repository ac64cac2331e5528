// SPDX-License-Identifier: MIT
//
// How often a campaign met each probe (sim/check/probes.hpp), and which it never met.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sim/check/probes.hpp"

namespace shaketable {

class Coverage {
public:
    struct Count {
        std::uint64_t runs = 0;   // that met it
        std::uint64_t times = 0;  // in all runs
    };

    // The counts of one run, by number of probe.
    void add(const std::vector<std::uint64_t>& counts) {
        ++runs_;
        for (std::size_t i = 0; i < kProbes; ++i) {
            counts_[i].runs += counts.at(i) > 0 ? 1 : 0;
            counts_[i].times += counts.at(i);
        }
    }

    std::uint64_t runs() const { return runs_; }
    const std::array<Count, kProbes>& counts() const { return counts_; }
    std::vector<ProbeWords> never_met() const {
        std::vector<ProbeWords> never;
        for (std::size_t i = 0; i < kProbes; ++i) {
            if (counts_[i].runs == 0) never.push_back(probe_table()[i]);
        }
        return never;
    }

private:
    std::uint64_t runs_ = 0;
    std::array<Count, kProbes> counts_{};
};

}  // namespace shaketable
