// SPDX-License-Identifier: MIT
//
// A first scenario, to be changed: whole, short, and with a sentence about every part of it.
//
// Invariant: (1) it loads, and its runs pass.
#pragma once

#include <string>
#include <string_view>

namespace shaketable {

// As YAML. REQUIRES: the name is one that a scenario may have.
std::string starter(std::string_view name);

}  // namespace shaketable
