// SPDX-License-Identifier: MIT
#include "sim/check/stall.hpp"

#include <algorithm>
#include <optional>

namespace shaketable {
namespace {

using novacron::raft::Role;

class Inquest {
public:
    Inquest(const Logs& logs, const std::vector<std::string>& names) : logs_(logs), names_(names) {}

    std::string say() const {
        std::string text;
        const auto add = [&text](const std::string& words) {
            if (!words.empty()) text += (text.empty() ? "" : "; ") + words;
        };
        add(quorum());
        if (const auto leader = leader_of_newest_term()) {
            add(entry(*leader));
        } else {
            add("nobody leads");
            add(best_log());
        }
        add(configurations());
        return text;
    }

private:
    const NodeView& view(std::uint32_t i) const { return logs_.nodes()[i]; }

    template <class Is>
    NodeSet those(const Is& is) const {
        NodeSet set;
        for (std::uint32_t i = 0; i < names_.size(); ++i) {
            if (is(view(i))) set.add(NodeId{i});
        }
        return set;
    }

    std::string list(NodeSet set) const {
        std::string text;
        for (std::uint32_t i = 0; i < names_.size(); ++i) {
            if (set.contains(NodeId{i})) text += (text.empty() ? "" : ", ") + names_[i];
        }
        return text.empty() ? "nobody" : text;
    }

    static std::string of(std::size_t some, NodeSet all) {
        return std::to_string(some) + " of " + std::to_string(all.size());
    }

    std::string quorum() const {
        const MemberSets& members = logs_.members();
        const NodeSet up = those(is_up);
        if (members.has_quorum(up)) return "";
        std::string text = "no quorum runs: ";
        if (members.is_joint()) {
            text += "of the old voters " + of((members.outgoing & up).size(), members.outgoing) +
                    " and of the new ";
        }
        return text + of((members.voters & up).size(), members.voters) + "; missing are " +
               list((members.voters | members.outgoing) - up);
    }

    std::optional<std::uint32_t> leader_of_newest_term() const {
        std::optional<std::uint32_t> leader;
        for (std::uint32_t i = 0; i < names_.size(); ++i) {
            if (!is_up(view(i)) || view(i).role != Role::leader) continue;
            if (!leader || view(i).term > view(*leader).term) leader = i;
        }
        return leader;
    }

    // The first entry that the leader has and has not committed, and who holds it.
    std::string entry(std::uint32_t leader) const {
        const NodeView& own = view(leader);
        if (own.last() <= own.commit) return "";
        const LogIndex wanted{own.commit.value + 1};
        const Prefix prefix = own.prefix(wanted);
        const auto has = [&](const NodeView& node) {
            return node.last() >= wanted && node.prefix(wanted) == prefix;
        };
        const NodeSet voters = logs_.members().voters | logs_.members().outgoing;
        const NodeSet holders = those(has) & voters;
        const NodeSet durable =
            those([&](const NodeView& node) { return has(node) && node.durable_last >= wanted; }) &
            voters;
        std::string text = names_[leader] + " leads term " + std::to_string(own.term.value) +
                           " and can't commit index " + std::to_string(wanted.value) +
                           ": it is in the logs of " + list(holders) + ", durable with " +
                           list(durable);
        const NodeSet unsynced = (holders - durable) & those(is_up);
        if (!unsynced.empty()) text += "; not yet vouched for by the disk of " + list(unsynced);
        const NodeSet lacking = (voters - holders) & those(is_up);
        if (!lacking.empty()) text += "; not received by " + list(lacking);
        return text;
    }

    // Without a leader: whether somebody who runs has all that a node ever said is committed.
    std::string best_log() const {
        LogIndex upto;
        Prefix prefix = kEmptyPrefix;
        for (const NodeView& node : logs_.nodes()) {
            const LogIndex known = std::min(node.commit, node.last());
            if (known <= upto) continue;
            upto = known;
            prefix = node.prefix(known);
        }
        const NodeSet voters = logs_.members().voters | logs_.members().outgoing;
        const NodeSet complete = those([&](const NodeView& node) {
                                     return is_up(node) && node.last() >= upto &&
                                            node.prefix(upto) == prefix;
                                 }) &
                                 voters;
        if (!complete.empty()) {
            return "all that is committed, up to index " + std::to_string(upto.value) +
                   ", is in the logs of " + list(complete);
        }
        return "nobody who runs has all that is committed, up to index " +
               std::to_string(upto.value);
    }

    std::string configurations() const {
        std::optional<LogIndex> low, high;
        NodeSet behind;
        for (std::uint32_t i = 0; i < names_.size(); ++i) {
            if (!is_up(view(i)) || !logs_.members().contains(NodeId{i})) continue;
            const LogIndex at = view(i).configured;
            if (!low || at < *low) low = at;
            if (!high || at > *high) high = at;
        }
        if (!low || *low == *high) return "";
        behind =
            those([&](const NodeView& node) { return is_up(node) && node.configured < *high; });
        return list(behind & logs_.members().all()) +
               " without the newest configuration, of index " + std::to_string(high->value);
    }

    const Logs& logs_;
    const std::vector<std::string>& names_;
};

}  // namespace

std::string what_is_missing(const Logs& logs, const std::vector<std::string>& names) {
    return Inquest(logs, names).say();
}

}  // namespace shaketable
