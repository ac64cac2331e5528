// SPDX-License-Identifier: MIT
//
// What the core asks of a disk: named files that grow at their end.
//
// The contract, which a simulated and a real disk both keep:
//   1. `append` is buffered: its bytes are readable at once and *pending*; a crash may keep all of
//      them, none, a prefix, or a prefix that is garbage from some byte to its end.
//   2. `sync` asks that everything appended to the file before the call becomes *durable*. The host
//      reports the completion later, by its id; completions of one file come in the order of the
//      calls. After a successful completion a crash keeps those bytes.
//   3. A sync that fails says nothing about what is durable. Of what was pending in the file any
//      part may be gone, at once, and no later sync brings it back: the file must be read again,
//      after a restart, before it is trusted. `read` then shows what is left, and nothing that is
//      not: some file systems keep pages in memory that they failed to write, and call them clean;
//      an implementation reads past those.
//   4. `truncate` and `remove` are durable once a sync of any file, asked for later, has succeeded.
//   5. Files are independent of each other: nothing orders the bytes of one against another's.
//   6. An append of more than `free()` bytes, or one that the disk fails to take in, is kept in
//      part or not at all, and the file's syncs fail from then on.
//
// Synchronous calls are for start-up and cost no virtual time by themselves: a host charges the
// time of starting up as a whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/id.hpp"

namespace novacron {

using FileId = Id<struct FileTag>;
using SyncId = Ordinal<struct SyncTag>;  // counted by the caller, from 1, per start of the node

enum class DiskStatus : std::uint8_t { ok, failed };

// The room on a disk that is as large as anybody could want.
constexpr std::uint64_t kNoLimit = ~std::uint64_t{0};

class Disk {
public:
    virtual ~Disk() = default;

    // The names of all files, in ascending order.
    virtual std::vector<std::string> list() const = 0;
    // Opens the file, creating it empty if there is none of that name.
    virtual FileId open(std::string_view name) = 0;
    // Nothing if the disk can't tell, now. Damage to the bytes is not seen here: checksums find it.
    virtual std::optional<std::vector<std::byte>> read(FileId file) const = 0;
    virtual void append(FileId file, std::span<const std::byte> bytes) = 0;
    virtual void sync(FileId file, SyncId id) = 0;
    // Cuts the file to its first `size` bytes. REQUIRES: size is at most the file's size.
    virtual void truncate(FileId file, std::size_t size) = 0;
    virtual void remove(std::string_view name) = 0;
    // How many bytes can be appended, to all files together; kNoLimit if nothing limits them.
    virtual std::uint64_t free() const = 0;
};

}  // namespace novacron
