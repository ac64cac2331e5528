// SPDX-License-Identifier: MIT
//
// What changed from one state of the register store to a later one, for incremental backups.
//
// Intuition: a store never forgets a register or a session, so a later state is the earlier one
// with some records replaced and some new. The delta holds just these, in the store's own encoding
// (core/kv/store.hpp): a list of registers and one of sessions, each ascending. To apply it is to
// merge two sorted lists.
//
// Invariant: apply_delta(a, make_delta(a, b)) is b, byte by byte.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace novacron::backup {

// Nothing if one of them is not a store, or `later` has lost what `earlier` had.
[[nodiscard]] std::optional<std::vector<std::byte>> make_delta(std::span<const std::byte> earlier,
                                                               std::span<const std::byte> later);
// Nothing if one of them is not what it should be.
[[nodiscard]] std::optional<std::vector<std::byte>> apply_delta(std::span<const std::byte> earlier,
                                                                std::span<const std::byte> delta);

}  // namespace novacron::backup
