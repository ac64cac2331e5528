// SPDX-License-Identifier: MIT
//
// The checksum CRC-32C (Castagnoli), as iSCSI, ext4 and most write-ahead logs use it: any burst of
// damage of up to 32 bits is found, anything else with probability 1 - 2^-32.
//
// Formula: the remainder of the message, as a polynomial over GF(2), modulo 0x11edc6f41, bits
// reflected, all ones before and after (RFC 3720, appendix B.4 has test vectors).
// Source of the method: eight bytes a step by eight tables ("slicing-by-8": Kounavis and Berry, "A
// systematic approach to building high performance software-based CRC generators", ISCC 2005).
//
// Invariant: (1) crc32c(b, crc32c(a)) is the checksum of a followed by b.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace novacron {

// The checksum of what `before` is the checksum of (nothing, if 0), followed by `bytes`.
[[nodiscard]] std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before = 0);

// The same, without the processor's help: what machines without the instruction compute.
[[nodiscard]] std::uint32_t crc32c_by_tables(std::span<const std::byte> bytes,
                                             std::uint32_t before = 0);

}  // namespace novacron
