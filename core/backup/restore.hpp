// SPDX-License-Identifier: MIT
//
// Carries a recovery plan out on real bytes, and plans anew when bytes turn out to be bad.
//
//     plan --wanted()--> the caller fetches --supply()--> ... --> restored
//      ^                                         |
//      '--- damaged or missing: marked, and -----'        no plan is left --> refused
//
// Intuition: that a backup is whole is known only when it has been read. So each object is checked
// as it comes: its checksum against the catalogue's, its head against what it was asked for. A bad
// one is written down, and the plan made anew without it: an older chain and more log, if there
// are; otherwise the nearest record that can still be reached, if the caller wants that, and never
// under the name of the target.
//
// Invariants: (1) a state is given out only if every object that it was made of was sound.
//             (2) `reached_target` is true only if the state is that at the target.
//             (3) no object is asked for again once it was found bad.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/backup/plan.hpp"
#include "core/kv/store.hpp"

namespace novacron::backup {

enum class Fallback : std::uint8_t {
    refuse,   // the target or nothing
    nearest,  // the last record before the target that can be reached
};

struct Outcome {
    bool restored = false;
    bool reached_target = false;
    std::optional<Unreachable> why;  // if the target was not reached
    Position position;               // of the state
    Instant last_record{};           // when the last one replayed was committed; else the backup's
    std::vector<std::byte> state;    // the store's encoding
    std::vector<ObjectId> bad;       // found damaged or missing, in the order found
    std::uint64_t bytes_read = 0;
    std::uint64_t records_replayed = 0;
};

class Restore {
public:
    Restore(const Catalogue& catalogue, const Target& target, Fallback fallback, Instant now);

    // The object to be fetched next; nothing when the outcome is there.
    std::optional<ObjectId> wanted() const;
    // Its bytes; nothing if the object store has not got it. REQUIRES: one is wanted.
    void supply(std::optional<std::span<const std::byte>> bytes);

    const Outcome& outcome() const { return outcome_; }
    // As it is now. REQUIRES: an object is wanted, or the outcome is there and restored.
    const Plan& plan() const { return plan_; }
    // With what was found out on the way.
    const Catalogue& catalogue() const { return catalogue_; }

private:
    void begin();
    bool take(const Entry& entry, std::span<const std::byte> bytes);
    bool replay(const Replay& what, const Object& object);

    Catalogue catalogue_;
    Target target_;
    Fallback fallback_;
    Instant now_;
    bool done_ = false;
    Plan plan_;
    std::size_t next_ = 0;  // of the chain, then of the replays
    std::vector<std::byte> encoded_;
    std::optional<kv::Store> store_;
    bool ended_ = false;  // a record past the time was met
    Outcome outcome_;
};

}  // namespace novacron::backup
