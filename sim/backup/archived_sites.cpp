// SPDX-License-Identifier: MIT
#include "sim/backup/archived_sites.hpp"

#include <algorithm>

#include "core/kv/command.hpp"
#include "sim/backup/site_state.hpp"

namespace shaketable {

namespace backup = novacron::backup;
namespace replication = novacron::replication;

ArchivedSites::ArchivedSites(Sites& sites, Fleet& fleet, EventQueue& queue, Record& record,
                             BackupAgent& agent)
    : sites_(sites),
      fleet_(fleet),
      queue_(queue),
      record_(record),
      agent_(agent),
      site_(sites.believed_primary()) {}

void ArchivedSites::start() {
    sites_.listen(*this);
    const auto first = agent_.catalogue().timelines().current();
    record_.add(queue_.now(), TimelineBegun{{first.value}, site_, LogIndex{}});
}

void ArchivedSites::record_committed(SiteId site, const replication::Record& record) {
    const auto command = novacron::kv::decode(record.data.view()).value_or(novacron::kv::Command{});
    record_.add(queue_.now(), SiteRecordCommitted{site, record.index, command.client.value,
                                                  command.sequence, command.key, command.value});
    const auto branches = history_.branches();
    const bool begins = record.data.empty() && record.epoch.site == site;
    if (begins && !branches.empty() && record.epoch > branches.back().epoch) {
        const bool goes_back =
            site == site_ && restored_ && record.index == restored_->index + 1;
        follow(site, goes_back ? *restored_ : fork_to(site));
    } else if (site == site_ && !has_ended_ && record.index == agent_.last() + 1) {
        take(record);
    }
}

void ArchivedSites::begun_anew(SiteId site, SiteId source) {
    if (site == site_) follow(source, fork_to(source));
}

void ArchivedSites::take(const replication::Record& record) {
    history_.note(record.epoch, record.index);
    agent_.committed(record.index, record.data);
}

// The last record that the site and the archive both have, on the timeline that has it.
backup::Position ArchivedSites::fork_to(SiteId site) const {
    const Ledger& ledger = sites_.ledger(site);
    const LogIndex index = replication::common_point({history_, agent_.last()},
                                                     {ledger.durable().history, ledger.last()})
                               .index;
    const backup::Timelines& timelines = agent_.catalogue().timelines();
    const auto path = timelines.path(timelines.current());
    const auto stretch = std::find_if(path.begin(), path.end(), [index](const auto& each) {
        return index <= each.through;
    });
    return {stretch->timeline, index};
}

void ArchivedSites::follow(SiteId site, backup::Position fork) {
    const replication::Durable& durable = sites_.ledger(site).durable();
    for (const NodeId node : nodes()) fleet_.node(node).keep_for_archive(0);
    site_ = site;
    restored_.reset();
    left_[agent_.catalogue().timelines().current()] = history_;
    history_ = history_of(fork);
    agent_.move_to(fork);
    const auto timeline = agent_.catalogue().timelines().current();
    record_.add(queue_.now(), TimelineBegun{{timeline.value}, site, fork.index});
    has_ended_ = fork.index < durable.before;
    for (const replication::Record& record : durable.records) {
        if (!has_ended_ && record.index > fork.index) take(record);
    }
}

replication::History ArchivedSites::history_of(backup::Position position) const {
    const auto left = left_.find(position.timeline);
    replication::History history = left == left_.end() ? history_ : left->second;
    history.cut_after(position.index);
    return history;
}

novacron::LogPosition ArchivedSites::restore(backup::Position position,
                                             const std::vector<std::byte>& state) {
    restored_ = position;
    return sites_.begin_anew(site_, {{history_of(position), position.index},
                                     novacron::Bytes(site_state(state))});
}

std::optional<std::vector<std::byte>> ArchivedSites::state_after(LogIndex record) const {
    std::vector<NodeId> order = nodes();
    const auto leader = fleet_.leader_among(NodeSet::of(nodes()));
    if (leader) order.insert(order.begin(), *leader);
    const Ledger& ledger = sites_.ledger(site_);
    for (const NodeId id : order) {
        const novacron::Node* node = fleet_.node(id).node();
        if (node == nullptr || ledger.record_at(node->applied()) != record) continue;
        return site_state(node->store().encode());
    }
    return std::nullopt;
}

bool ArchivedSites::can_upload() const {
    return std::any_of(nodes().begin(), nodes().end(),
                       [this](NodeId node) { return fleet_.node(node).running(); });
}

}  // namespace shaketable
