// SPDX-License-Identifier: MIT
#include "tests/raft/interaction_text.hpp"

#include <algorithm>

namespace novacron::raft {
namespace {

// In the order of the enumerations.
constexpr std::array<std::string_view, 11> kTypeNames = {
    "append",     "append-reply", "heartbeat", "heartbeat-reply", "pre-vote",      "pre-vote-reply",
    "vote",       "vote-reply",   "stand-now", "snapshot",        "snapshot-reply"};
constexpr std::array<std::string_view, 5> kChangeNames = {"add-voter", "add-learner", "promote",
                                                          "demote", "remove"};
constexpr std::array<std::string_view, 3> kJointNames = {"if-needed", "always", "until-left"};
constexpr std::array<std::string_view, 14> kRefusals = {
    "no leader",
    "handing over",
    "a change is in flight",
    "nothing of this term is committed yet",
    "the joint phase lasts",
    "there is no joint phase",
    "nothing to change",
    "a server is named twice",
    "it is a member already",
    "it is no learner",
    "it is no voter",
    "it is no member",
    "no voter would be left",
    "too many members"};

template <class Value>
std::optional<Value> named(std::span<const std::string_view> names, std::string_view name) {
    const auto place = std::find(names.begin(), names.end(), name);
    if (place == names.end()) return std::nullopt;
    return static_cast<Value>(place - names.begin());
}

}  // namespace

std::string text_of(NodeId id) {
    return id.is_none() ? "nobody" : "S" + std::to_string(id.value + 1);
}
std::string text_of(LogPosition position) {
    return std::to_string(position.term.value) + "." + std::to_string(position.index.value);
}
std::string text_of(const Configuration& configuration) {
    std::string text;
    const auto list = [&text](std::string_view what, const std::vector<NodeId>& nodes) {
        if (nodes.empty()) return;
        text += std::string(text.empty() ? "" : " ") + std::string(what);
        for (const NodeId node : nodes) text += " " + text_of(node);
    };
    list("voters", configuration.voters);
    list("outgoing", configuration.outgoing);
    list("learners", configuration.learners);
    list("learners-next", configuration.learners_next);
    if (configuration.auto_leave) text += " left-by-itself";
    return text.empty() ? "nobody" : text;
}
std::string text_of(const Entry& entry) {
    std::string text = text_of(LogPosition{entry.term, entry.index});
    if (entry.kind == EntryKind::noop) return text + " noop";
    if (entry.kind == EntryKind::configuration) {
        const auto configuration = decode_configuration(entry.data.view());
        return text + " " + (configuration ? text_of(*configuration) : "damaged");
    }
    const auto data = entry.data.view();
    if (data.empty()) return text;
    return text + " " + std::string(reinterpret_cast<const char*>(data.data()), data.size());
}
std::string text_of(const Message& message) {
    std::string text = text_of(message.from) + " -> " + text_of(message.to) + ": " +
                       std::string(kTypeNames.at(static_cast<std::size_t>(message.type))) +
                       " term " + std::to_string(message.term.value);
    switch (message.type) {
        case MessageType::append:
            text += " after " + text_of(message.position);
            for (const Entry& entry : message.entries) text += " [" + text_of(entry) + "]";
            text += " commit " + std::to_string(message.commit.value);
            break;
        case MessageType::append_reply:
            text += (message.reject ? " rejects " : " up to ") + text_of(message.position);
            if (message.reject) text += " hint " + text_of(message.hint);
            break;
        case MessageType::heartbeat:
            text += " commit " + std::to_string(message.commit.value);
            [[fallthrough]];
        case MessageType::heartbeat_reply:
            if (message.round != 0) text += " round " + std::to_string(message.round);
            break;
        case MessageType::pre_vote:
        case MessageType::vote:
            text += " last " + text_of(message.position);
            if (message.by_transfer) text += " by transfer";
            break;
        case MessageType::pre_vote_reply:
        case MessageType::vote_reply: text += message.reject ? " refused" : " granted"; break;
        case MessageType::stand_now: break;
        case MessageType::snapshot:
            text += " of " + text_of(message.position) + " bytes " +
                    std::to_string(message.offset) + ".." +
                    std::to_string(message.offset + message.part.bytes.view().size()) + " of " +
                    std::to_string(message.part.size);
            break;
        case MessageType::snapshot_reply:
            text += (message.reject ? " rejects " : " of ") + text_of(message.position) +
                    " next " + std::to_string(message.offset);
            break;
    }
    if (is_about_votes(message.type) && message.hint.index.value > 0) {
        text += " knows " + text_of(message.hint);
    }
    return text;
}
std::string text_of(const Progress& progress) {
    std::string text;
    switch (progress.state()) {
        case Progress::State::probe: text = "probe"; break;
        case Progress::State::replicate: text = "replicate"; break;
        case Progress::State::snapshot:
            text = "snapshot " + text_of(progress.snapshot().meta.position) + " at " +
                   std::to_string(progress.offset());
            break;
    }
    text += ", match " + std::to_string(progress.match().value) + ", next " +
            std::to_string(progress.next().value);
    if (progress.state() == Progress::State::replicate) {
        text += ", in flight " + std::to_string(progress.inflight());
    }
    return text + (progress.may_send() ? "" : ", waits");
}
std::string_view text_of(ChangeRefusal refusal) {
    return kRefusals.at(static_cast<std::size_t>(refusal));
}

std::optional<MessageType> message_type_named(std::string_view name) {
    return named<MessageType>(kTypeNames, name);
}
std::optional<MemberChange::Kind> member_change_named(std::string_view name) {
    return named<MemberChange::Kind>(kChangeNames, name);
}
std::optional<JointPhase> joint_phase_named(std::string_view name) {
    return named<JointPhase>(kJointNames, name);
}

}  // namespace novacron::raft
