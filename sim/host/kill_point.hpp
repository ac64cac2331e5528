// SPDX-License-Identifier: MIT
//
// Places in the life of a node where it hurts to die.
//
// Intuition: what a crash leaves behind hangs on what the process was just about to do. A crash at
// a drawn time mostly meets a process that waits; these points are the moments between two halves
// of a promise. Each is a call of core/node/observer.hpp: the node says what it has done, and does
// nothing more.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace shaketable {

enum class KillPoint : std::uint8_t {
    before_persist,             // an entry is in its memory, and was not handed to the disk
    after_persist_before_send,  // the disk vouches for it, and nobody was told
    after_leader_elected,       // it leads, and has neither said so nor written anything
    after_commit_before_apply,  // it knows of a commit, and has not applied it
    after_apply_before_answer,  // it has applied an entry, and answered nobody
    during_snapshot_save,       // its own snapshot is written, and not durable
    during_snapshot_install,    // a leader's snapshot is written; the log does not go on after it
    during_membership_change,   // it goes by another configuration, and has told nobody
};
constexpr std::array<std::string_view, 8> kKillPointNames = {
    "before_persist",           "after_persist_before_send", "after_leader_elected",
    "after_commit_before_apply", "after_apply_before_answer", "during_snapshot_save",
    "during_snapshot_install",  "during_membership_change"};

}  // namespace shaketable
