// SPDX-License-Identifier: MIT
//
// A history as a file that `read_history` reads, and Jepsen's tools, if it is EDN.
//
// One event a line. In JSON lines the key is a field; in EDN a key makes a value a pair
// [key value], as independent registers are written. Reading it back gives the same history.
#pragma once

#include <functional>
#include <string_view>

#include "sim/history/history.hpp"

namespace shaketable::history {

enum class FileFormat : std::uint8_t { json_lines, edn };

// Tells the sink line by line. REQUIRES: the operations have their instants.
void write_history(const History& history, FileFormat format,
                   const std::function<void(std::string_view line)>& sink);

}  // namespace shaketable::history
