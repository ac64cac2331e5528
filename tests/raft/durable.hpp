// SPDX-License-Identifier: MIT
//
// What a test's server has on its disk once a write is durable, as recovery would find it.
#pragma once

#include <algorithm>
#include <vector>

#include "core/raft/raft.hpp"

namespace novacron::raft {

// A write that the server has issued, with what it says.
struct PendingWrite {
    Write write;
    std::vector<Entry> entries;
    Snapshot install;  // if the write says so
};

inline void keep(Recovered& disk, const PendingWrite& done) {
    disk.hard_state = done.write.hard_state;
    if (done.write.install) {
        disk.entries.clear();
        disk.snapshot = done.install;
    }
    const LogIndex begin = disk.snapshot.meta.position.index;
    const LogIndex cut = done.write.truncate_from;
    if (cut.value != 0) disk.entries.resize(cut > begin ? cut - begin - 1 : 0);
    for (const Entry& entry : done.entries) {
        if (entry.index > begin) disk.entries.push_back(entry);
    }
    disk.hard_state.commit = std::min(disk.hard_state.commit, begin + disk.entries.size());
}
// As recovery would find it: the log is what follows on the snapshot.
inline void keep(Recovered& disk, const Snapshot& snapshot) {
    const LogPosition position = snapshot.meta.position;
    if (position.index <= disk.snapshot.meta.position.index) return;
    const bool contained =
        std::any_of(disk.entries.begin(), disk.entries.end(), [&](const Entry& entry) {
            return entry.index == position.index && entry.term == position.term;
        });
    std::erase_if(disk.entries, [&](const Entry& entry) {
        return !contained || entry.index <= position.index;
    });
    disk.snapshot = snapshot;
    // It may be all that is durable of its term.
    if (position.term > disk.hard_state.term) {
        disk.hard_state = {position.term, NodeId::none(), disk.hard_state.commit};
    }
}

}  // namespace novacron::raft
