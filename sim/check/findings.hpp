// SPDX-License-Identifier: MIT
//
// Broken promises of the system under test, as data.
//
// One broken rule tends to break again at every step: of each rule the first findings are kept, the
// rest counted.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/time.hpp"

namespace shaketable {

struct Finding {
    std::string rule;     // S1 .. S16, durability ...
    novacron::Instant at;
    std::string message;
};

class Findings {
public:
    void add(const char* rule, novacron::Instant at, std::string message) {
        ++total_;
        std::uint32_t kept = 0;
        for (const Finding& finding : kept_) kept += finding.rule == rule ? 1 : 0;
        if (kept < kMaxOfARule) kept_.push_back({rule, at, std::move(message)});
    }
    const std::vector<Finding>& kept() const { return kept_; }
    std::uint64_t total() const { return total_; }

private:
    static constexpr std::uint32_t kMaxOfARule = 5;

    std::vector<Finding> kept_;
    std::uint64_t total_ = 0;
};

}  // namespace shaketable
