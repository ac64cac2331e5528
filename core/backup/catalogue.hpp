// SPDX-License-Identifier: MIT
//
// What backups and archived log there are, what each rests on, and what is known of its condition.
//
//     full 1 <- incremental 4 <- incremental 9        a chain: to restore 9 takes all three
//     full 12                                         a chain of its own
//     segments (1..80) (81..150) (151..200) ...       the log, which rolls any of them on
//
// Intuition: the catalogue decides nothing. Plans, retention and verification read it, and the
// caller writes down what became of the objects. An object that failed, was found damaged, or can't
// be found stays in the catalogue, so that nobody takes its absence for health; but no chain that
// needs it counts.
//
// Invariants: (1) ids ascend in the order of creation. (2) an incremental's base was complete when
//             it was begun. (3) usable_chain never contains an object that is not complete.
// Not modelled: how the catalogue itself is kept. An object's head (object.hpp) says all that its
// entry here does.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/backup/object.hpp"
#include "core/backup/timelines.hpp"
#include "core/base/id.hpp"
#include "core/base/time.hpp"

namespace novacron::backup {

using ObjectId = Ordinal<struct ObjectTag>;  // from 1; 0 is none

enum class Condition : std::uint8_t {
    running,   // being made
    complete,
    failed,    // was never complete
    damaged,   // its bytes are not what was stored
    missing,   // the object store has not got it
};

struct Entry {
    ObjectId id;
    Head head;
    Condition condition = Condition::running;
    ObjectId base;          // of an incremental: what it adds to
    Instant completed{};    // when it was, if it was
    std::uint64_t size = 0;      // bytes of the object
    std::uint32_t checksum = 0;  // CRC-32C of all of them
    bool keep = false;      // a full that retention never takes

    bool is_backup() const { return head.kind != Kind::segment; }
    // The state that a backup holds.
    Position position() const { return {head.timeline, head.last}; }
};

class Catalogue {
public:
    Timelines& timelines() { return timelines_; }
    const Timelines& timelines() const { return timelines_; }

    // A backup begins: of the state at `position`, as it is at `taken`.
    ObjectId begin_full(Position position, Instant taken);
    // Nothing if the base is no complete backup of this position's past.
    std::optional<ObjectId> begin_incremental(ObjectId base, Position position, Instant taken);
    // REQUIRES of both: the backup is running.
    void complete(ObjectId id, Instant now, const Bytes& object);
    void fail(ObjectId id);

    // A segment of the log is in the archive. REQUIRES: head.kind is segment, its range not empty.
    ObjectId add_segment(const Head& head, Instant now, const Bytes& object);

    // Names a position, to recover to it. Answers false if the name is taken.
    bool name(const std::string& name, Position position);
    std::optional<Position> named(const std::string& name) const;

    // What became of an object: found damaged or missing, or sound after all.
    void set_condition(ObjectId id, Condition condition);
    void set_keep(ObjectId id, bool keep);
    void remove(ObjectId id);

    // Ascending by id.
    const std::map<ObjectId, Entry>& entries() const { return entries_; }
    const Entry* find(ObjectId id) const;
    // All segments by their timeline and last record.
    using Segments = std::multimap<std::pair<TimelineId, LogIndex>, ObjectId>;
    const Segments& segments() const { return segments_; }
    // What restoring the backup takes, the full one first; nothing if something of it is not there.
    std::optional<std::vector<ObjectId>> usable_chain(ObjectId backup) const;
    // All backups with usable chains on the path of the timeline, the newest state first.
    std::vector<const Entry*> usable_backups(TimelineId timeline) const;

private:
    Entry& at(ObjectId id);
    ObjectId add(Entry entry);

    Timelines timelines_;
    std::map<ObjectId, Entry> entries_;
    Segments segments_;
    std::map<std::string, Position> names_;
    ObjectId newest_;
};

}  // namespace novacron::backup
