// SPDX-License-Identifier: MIT
//
// Integers of 128 bits, which both supported compilers have and the language standard has not: for
// products of two 64-bit numbers that must not overflow.
#pragma once

namespace novacron {

__extension__ typedef __int128 Wide;
__extension__ typedef unsigned __int128 UnsignedWide;

}  // namespace novacron
