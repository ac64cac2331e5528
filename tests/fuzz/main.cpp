// SPDX-License-Identifier: MIT
#include <cstddef>

#include "tests/fuzz/targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::SHAKETABLE_FUZZ_TARGET({data, size});
    return 0;
}
