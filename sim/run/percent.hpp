// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace shaketable {

// A share, in percent with three decimals: 99.950%.
std::string percent(double share);

}  // namespace shaketable
