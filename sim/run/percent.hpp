// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace shaketable {

// A share, in percent: 99.950%.
std::string percent(double share, int decimals = 3);

}  // namespace shaketable
