// SPDX-License-Identifier: MIT
//
// Readers of bytes that may come from anywhere, each with what must hold whatever the bytes are:
// they are refused, or what was read is coherent. A broken promise throws BugError, which stops the
// fuzzer and fails the test that replays the corpus.
//
// To fuzz, with clang: cmake -B build-fuzz -DCMAKE_CXX_COMPILER=clang++ -DSHAKETABLE_FUZZ=ON, then
// build-fuzz/bin/fuzz_codec tests/fuzz/corpus/codec; likewise fuzz_wal and fuzz_history.
#pragma once

#include <cstdint>
#include <span>

namespace fuzz {

using Input = std::span<const std::uint8_t>;

// A message: what decodes encodes to the same bytes. The first byte says whether length and
// checksum are made to fit first, which a fuzzer would hardly guess.
void codec(Input input);

// A write-ahead log. First byte 0: the rest is a segment as it is. Else the rest is a program that
// writes a log, and then damages it. What opens is coherent, and opens again to the same.
void wal(Input input);

// A history, in any of the forms that are read.
void history(Input input);

}  // namespace fuzz
