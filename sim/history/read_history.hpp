// SPDX-License-Identifier: MIT
//
// Histories as files say them: our JSON lines, Jepsen's EDN, Jepsen's log.
//
//     {"process": 0, "type": "invoke", "f": "write", "key": 7, "value": 3, "time": 1000}
//     {:process 0, :type :invoke, :f :cas, :value [0 2], :time 1000, :index 4}
//     INFO  jepsen.util - 0    :invoke    :cas    [0 2]
//
// Which it is shows in the content. Events may stand in a vector or one after the other; vectors
// `[0 :invoke :read nil]` are events, too. The order of the events is that of the file. Types are
// invoke, ok (it took effect), fail (it did not) and info (nobody knows). Functions are read,
// write, cas (its value is [expected new]) and append. The value of a read's ok is what it read.
// With a key, which is `key` or the first of a pair [key value], there is a register for each key.
// Processes that are no numbers (nemesis) are ignored, as are keys that nobody here knows.
// `log_index` (:log-index) of an ok is where a log ordered it.
//
// Invariant: a file with any mistake is refused, with all mistakes that can be told apart.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/history/history.hpp"
#include "sim/scenario/diagnostics.hpp"

namespace shaketable::history {

struct ReadResult {
    std::optional<History> history;  // if there is no mistake
    std::vector<Diagnostic> diagnostics;
};

// `model`: nothing to tell it by the content. `name` is what the diagnostics call the file.
ReadResult read_history(const std::string& name, std::string text, std::optional<Model> model);

std::optional<Model> parse_model(std::string_view word);
std::string_view name_of(Model model);

}  // namespace shaketable::history
