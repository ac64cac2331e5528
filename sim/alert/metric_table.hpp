// SPDX-License-Identifier: MIT
//
// The one table of what a monitoring system can see of a run: every metric with its type, labels
// and meaning. `shaketable list metrics`, scenarios/README.md and the check of rules go by it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace shaketable {

struct MetricDescriptor {
    std::string_view name;    // of a histogram without _bucket, _sum and _count
    std::string_view type;    // gauge, counter, histogram
    std::string_view labels;  // separated by ", "
    std::string_view needs;   // what of a scenario has to be there; empty: nothing
    std::string_view help;    // sentences
};

std::span<const MetricDescriptor> metric_table();
// By the name that an expression has: those of a histogram's series as well. Null if there is none.
const MetricDescriptor* find_metric(std::string_view name);
// All names that an expression may have.
std::vector<std::string> metric_names();

// The upper bounds of the buckets of all histograms, in nanoseconds; +Inf comes after them.
std::span<const std::int64_t> bucket_bounds();
// As a label has it: 0.25 of 250 ms.
std::string bucket_label(std::int64_t bound);

}  // namespace shaketable
