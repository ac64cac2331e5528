// SPDX-License-Identifier: MIT
//
// What of a group's state is that of its site's log, and so the same at every site that has the
// log.
//
// Intuition: sites agree on records, not on entries: each group has marks of its own between them,
// and numbers of its own. So the marks' register and sessions are left out, and sessions do not say
// at which entry their last command took effect. Whoever repeats a command after a restore is still
// known for it, and told no entry.
//
// Invariant: site_state(after records 1..n) is a function of those records.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace shaketable {

// REQUIRES of both: these are the bytes of a store (core/kv/store.hpp); so are those given.
[[nodiscard]] std::vector<std::byte> site_state(std::span<const std::byte> store);
// The digest of that.
[[nodiscard]] std::uint64_t site_state_digest(std::span<const std::byte> store);

}  // namespace shaketable
