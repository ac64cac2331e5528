// SPDX-License-Identifier: MIT
//
// Logs, disks and messages in few words, for tests of the consensus core.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/base/little_endian.hpp"
#include "core/raft/raft.hpp"

namespace novacron::raft {

inline Bytes bytes_of(std::string_view text) {
    return Bytes(std::as_bytes(std::span(text.data(), text.size())));
}

// A log that holds entries of these terms; equal terms at equal places are equal entries.
inline std::vector<Entry> log_of(const std::vector<std::uint64_t>& terms) {
    std::vector<Entry> entries;
    for (const std::uint64_t term : terms) {
        entries.push_back({Term{term}, LogIndex{entries.size() + 1}, EntryKind::command, Bytes()});
    }
    return entries;
}
// What a server's disk holds: it is in `term`, and its entries are of these terms.
inline Recovered disk_of(std::uint64_t term, const std::vector<std::uint64_t>& terms) {
    return {HardState{Term{term}, NodeId::none(), LogIndex{}}, log_of(terms), {}};
}
// Of the entries that are there.
inline std::vector<std::uint64_t> terms_of(const Log& log) {
    std::vector<std::uint64_t> terms;
    for (LogIndex i = log.begin().index + 1; i <= log.last_index(); ++i) {
        terms.push_back(log.term(i).value);
    }
    return terms;
}
// A snapshot of a state machine in this state: a word, and room that makes it travel in parts.
constexpr std::size_t kSnapshotSize = 150'000;
inline Snapshot snapshot_of(LogPosition position, std::uint64_t state,
                            std::size_t size = kSnapshotSize) {
    std::vector<std::byte> bytes(size);
    store(bytes.data(), state);
    return {{position}, Bytes(bytes)};
}
inline std::uint64_t state_of(const Snapshot& snapshot) {
    return snapshot.state.empty() ? 0 : load<std::uint64_t>(snapshot.state.view().data());
}
inline LogPosition position_of(std::uint64_t term, std::uint64_t index) {
    return {Term{term}, LogIndex{index}};
}

// A message from one server to another. Its other fields are the test's to fill in.
inline Message message_of(MessageType type, std::uint32_t from, std::uint32_t to,
                          std::uint64_t term) {
    Message message;
    message.type = type;
    message.from = NodeId{from};
    message.to = NodeId{to};
    message.term = Term{term};
    return message;
}
inline Message vote_request(std::uint32_t from, std::uint32_t to, std::uint64_t term,
                            LogPosition last) {
    Message message = message_of(MessageType::vote, from, to, term);
    message.position = last;
    return message;
}
// Carries those of the entries that come after `previous`.
inline Message append_of(std::uint32_t from, std::uint32_t to, std::uint64_t term,
                         LogPosition previous, const std::vector<Entry>& entries,
                         std::uint64_t commit = 0) {
    Message message = message_of(MessageType::append, from, to, term);
    message.position = previous;
    message.commit = LogIndex{commit};
    for (const Entry& entry : entries) {
        if (entry.index > previous.index) message.entries.push_back(entry);
    }
    return message;
}

}  // namespace novacron::raft
