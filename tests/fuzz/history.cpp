// SPDX-License-Identifier: MIT
#include <string>

#include "core/base/check.hpp"
#include "sim/history/read_history.hpp"
#include "tests/fuzz/targets.hpp"

namespace fuzz {

void history(Input input) {
    const std::string text(input.begin(), input.end());
    const auto result = shaketable::history::read_history("fuzz", text, std::nullopt);
    novacron::check(result.history.has_value() == result.diagnostics.empty(),
                    "a history is read, or it is said what is wrong with it");
    if (!result.history) return;
    std::uint32_t last = 0;
    bool first = true;
    for (const auto& operation : result.history->operations) {
        novacron::check(first || operation.invoked > last, "operations are in the order of events");
        novacron::check(!operation.known() || operation.completed > operation.invoked,
                        "an operation ends after it began");
        novacron::check(operation.process < result.history->processes.size(),
                        "an operation is a process' own");
        last = operation.invoked;
        first = false;
    }
}

}  // namespace fuzz
