// SPDX-License-Identifier: MIT
//
// How servers, positions, entries, messages and configurations are written in a script, and read.
//
// A server is S1, S2 ...; an entry or a position is term.index, as in the thesis.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/raft/raft.hpp"

namespace novacron::raft {

std::string text_of(NodeId id);
std::string text_of(LogPosition position);
std::string text_of(const Configuration& configuration);
std::string text_of(const Entry& entry);
std::string text_of(const Message& message);
std::string text_of(const Progress& progress);
std::string_view text_of(ChangeRefusal refusal);

// What has this name; nothing if nothing has.
std::optional<MessageType> message_type_named(std::string_view name);
std::optional<MemberChange::Kind> member_change_named(std::string_view name);
std::optional<JointPhase> joint_phase_named(std::string_view name);

}  // namespace novacron::raft
