// SPDX-License-Identifier: MIT
//
// The test program's main function, which version 3 of Catch2 brings along and version 2 does not.
#if !__has_include(<catch2/catch_test_macros.hpp>)
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
#endif
