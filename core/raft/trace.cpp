// SPDX-License-Identifier: MIT
#include "core/raft/trace.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace novacron::raft {

namespace {

constexpr std::array<std::string_view, 4> kRoles = {"StateFollower", "StatePreCandidate",
                                                    "StateCandidate", "StateLeader"};

// Words for a message: its type, and what is done with it. Nothing for what is no event.
struct Words {
    std::string_view type;
    std::string_view event;
};
std::optional<Words> words_for(MessageType type) {
    switch (type) {
        case MessageType::append: return Words{"MsgApp", "AppendEntriesRequest"};
        case MessageType::append_reply: return Words{"MsgAppResp", "AppendEntriesResponse"};
        case MessageType::heartbeat: return Words{"MsgHeartbeat", "AppendEntriesRequest"};
        case MessageType::heartbeat_reply:
            return Words{"MsgHeartbeatResp", "AppendEntriesResponse"};
        case MessageType::vote: return Words{"MsgVote", "RequestVoteRequest"};
        case MessageType::vote_reply: return Words{"MsgVoteResp", "RequestVoteResponse"};
        case MessageType::snapshot: return Words{"MsgSnap", "Snapshot"};
        case MessageType::snapshot_reply: return Words{"MsgAppResp", "AppendEntriesResponse"};
        case MessageType::pre_vote:
        case MessageType::pre_vote_reply:
        case MessageType::stand_now:
        case MessageType::read_request:
        case MessageType::read_reply: return std::nullopt;
    }
    return std::nullopt;
}

std::string name_of(NodeId id) {
    return id.is_none() ? "\"0\"" : '"' + std::to_string(std::uint64_t{id.value} + 1) + '"';
}

std::string names_of(const std::vector<NodeId>& ids) {
    std::string text = "[";
    for (const NodeId id : ids) text += (text.size() > 1 ? "," : "") + name_of(id);
    return text + "]";
}

std::string number(std::string_view key, std::uint64_t value) {
    return ",\"" + std::string(key) + "\":" + std::to_string(value);
}

std::string to_json(const Message& m, std::string_view type) {
    const bool snapshot = m.type == MessageType::snapshot;
    const LogPosition at = snapshot ? LogPosition{} : m.position;
    const std::uint64_t entries = snapshot ? m.position.index.value : m.entries.size();
    return ",\"msg\":{\"type\":\"" + std::string(type) + '"' + number("term", m.term.value) +
           ",\"from\":" + name_of(m.from) + ",\"to\":" + name_of(m.to) +
           number("entries", entries) + number("logTerm", at.term.value) +
           number("index", at.index.value) + number("commit", m.commit.value) +
           ",\"vote\":\"0\",\"reject\":" + (m.reject ? "true" : "false") +
           number("rejectHint", m.hint.index.value) + "}";
}

bool has(const std::vector<NodeId>& set, NodeId id) {
    return std::binary_search(set.begin(), set.end(), id);
}

// What turns one configuration into the next; empty if that only ends a joint phase.
std::string changes(const Configuration& from, const Configuration& to) {
    std::string text;
    const auto add = [&](NodeId id, std::string_view action) {
        text += (text.empty() ? "" : ",") + std::string("{\"nid\":") + name_of(id) +
                ",\"action\":\"" + std::string(action) + "\"}";
    };
    for (const NodeId id : to.voters) {
        if (!has(from.voters, id)) add(id, "AddNewServer");
    }
    const auto becomes_learner = [&](const std::vector<NodeId>& learners) {
        for (const NodeId id : learners) {
            if (!has(from.learners, id) && !has(from.learners_next, id)) add(id, "AddLearner");
        }
    };
    becomes_learner(to.learners);
    becomes_learner(to.learners_next);
    for (const NodeId id : from.members()) {
        const bool stays = has(to.voters, id) || has(to.learners, id) || has(to.learners_next, id);
        if (!stays && !has(from.outgoing, id)) add(id, "RemoveServer");
    }
    return text;
}

}  // namespace

Tracer::Seen Tracer::look_at(const Raft& raft) {
    return {raft.role(), raft.term(), raft.log().last_index(), raft.commit(),
            raft.membership().index()};
}

void Tracer::receives(const Raft& raft, const Message& message) {
    const auto words = words_for(message.type);
    if (!words) return;
    tell(raft, "Receive" + std::string(words->event), to_json(message, words->type));
}

void Tracer::stepped(Raft& raft) {
    const Seen now = look_at(raft);
    if (!std::exchange(started_, true)) {
        seen_ = now;
        tell(raft, "InitState");
    }
    tell_role(raft, now);
    tell_appended(raft, now);
    const bool commits = now.role == Role::leader && now.commit > seen_.commit;
    const bool is_changed = now.configuration != seen_.configuration;
    seen_ = now;
    if (commits) tell(raft, "Commit");
    if (is_changed) {
        const std::string voters = names_of(raft.membership().active().voters);
        tell(raft, "ApplyConfChange", ",\"prop\":{\"cc\":{\"newconf\":" + voters + "}}");
    }
    tell_outputs(raft);
}

void Tracer::tell_role(const Raft& raft, const Seen& now) {
    if (now.role == seen_.role && now.term == seen_.term) return;
    switch (now.role) {
        case Role::follower: tell(raft, "BecomeFollower"); break;
        case Role::pre_candidate: break;
        case Role::candidate: tell(raft, "BecomeCandidate"); break;
        case Role::leader: tell(raft, "BecomeLeader"); break;
    }
}

void Tracer::tell_appended(const Raft& raft, const Seen& now) {
    if (now.role != Role::leader) return;
    while (seen_.last < now.last) {
        const Entry& entry = raft.log().entry(++seen_.last);
        if (entry.kind != EntryKind::configuration) {
            tell(raft, "Replicate");
        } else if (const auto next = decode_configuration(entry.data.view())) {
            const std::string what = changes(raft.membership().active(), *next);
            if (what.empty()) continue;
            tell(raft, "ChangeConf", ",\"prop\":{\"cc\":{\"changes\":[" + what + "]}}");
        }
    }
}

void Tracer::tell_outputs(Raft& raft) {
    Outputs& outputs = raft.outputs();
    for (const Send& send : outputs.sends()) {
        const auto words = words_for(send.message.type);
        if (!words) continue;
        tell(raft, "Send" + std::string(words->event), to_json(send.message, words->type));
    }
    const bool anything = outputs.write.id.value != 0 || !outputs.sends().empty() ||
                          !outputs.reads.empty() || !outputs.dropped_reads.empty();
    if (anything) tell(raft, "Ready");
}

// The log and the commit index are those that have been told.
void Tracer::tell(const Raft& raft, std::string_view name, const std::string& more) {
    const Configuration& active = raft.membership().active();
    write_("{\"name\":\"" + std::string(name) + "\",\"nid\":" + name_of(raft.self()) +
           ",\"state\":{\"term\":" + std::to_string(raft.term().value) +
           ",\"vote\":" + name_of(raft.vote()) + number("commit", seen_.commit.value) +
           "},\"role\":\"" + std::string(kRoles[static_cast<std::size_t>(raft.role())]) + '"' +
           number("log", seen_.last.value) + ",\"conf\":[" + names_of(active.voters) + ',' +
           names_of(active.outgoing) + ']' + more + "}");
}

}  // namespace novacron::raft
