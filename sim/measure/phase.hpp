// SPDX-License-Identifier: MIT
//
// A part of a recovery: what was being done then, and for how long.
#pragma once

#include "core/base/time.hpp"

namespace shaketable {

struct Phase {
    const char* name;
    novacron::Duration duration;
};

}  // namespace shaketable
