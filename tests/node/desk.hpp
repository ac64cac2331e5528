// SPDX-License-Identifier: MIT
//
// One node on a desk: its disk is in memory, its peers and clients are the test, and all that it
// says is written down in the order in which it says it.
//
// Syncs complete when the test says so. The node is server 0 of a group of three (or as many as
// asked for); what others would send is made with tests/raft/group.hpp.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/node/node.hpp"
#include "tests/raft/group.hpp"
#include "tests/wal/memory_disk.hpp"

namespace novacron {

class Desk final : private NodeTransport, private Observer {
public:
    explicit Desk(std::uint32_t size = 3, const raft::Options& options = {})
        : size_(size), options_(options) {
        start();
    }

    // The process starts from what the disk holds.
    void start() {
        auto opened = wal::Log::open(disk, log_options);
        check(std::holds_alternative<wal::Opened>(opened), "the log can be opened");
        std::vector<NodeId> voters;
        for (std::uint32_t id = 0; id < size_; ++id) voters.push_back(NodeId{id});
        node_ = std::make_unique<Node>(raft::Identity{NodeId{0}, voters}, options_,
                                       std::get<wal::Opened>(std::move(opened)),
                                       Ports{*this, *this, disk}, Random(1), now);
    }
    // The process dies; what it handed to the disk stays with the operating system.
    void crash() {
        node_.reset();
        disk.syncs.clear();
    }
    // The power goes, too: what was not synced is lost.
    void lose_power() {
        crash();
        for (auto& file : disk.files) file.content.resize(file.durable);
    }

    void receive(const raft::Message& message) { node_->on_message(now, message); }
    bool transfer(std::uint32_t target) { return node_->transfer(now, NodeId{target}); }
    bool change(const raft::ConfigurationChange& change) {
        return std::holds_alternative<LogPosition>(node_->change(now, change));
    }
    void request(std::uint64_t client, std::uint64_t sequence, kv::Key key, kv::Value value) {
        node_->on_request(now, ClientAddress{static_cast<std::uint32_t>(client)},
                          {Request::Kind::write, {ClientId{client}, sequence, key, value}});
    }
    void ask(std::uint64_t client, std::uint64_t sequence, kv::Key key) {
        node_->on_request(now, ClientAddress{static_cast<std::uint32_t>(client)},
                          {Request::Kind::read, {ClientId{client}, sequence, key, 0}});
    }
    void time_out() {
        now = std::max(now, node_->next_deadline());
        node_->on_time(now);
    }
    void complete_sync(DiskStatus status = DiskStatus::ok) {
        const SyncId id =
            status == DiskStatus::ok ? disk.complete_sync() : disk.fail_sync();
        node_->on_synced(now, id, status);
    }
    void complete_all_syncs() {
        while (!disk.syncs.empty()) complete_sync();
    }

    // The node wins an election of term 1 with server 1's help, and its first entry is committed.
    void lead() {
        complete_all_syncs();
        time_out();
        if (size_ > 1) {
            reply(raft::MessageType::pre_vote_reply, 1, node().raft().term().value + 1);
            complete_all_syncs();
            reply(raft::MessageType::vote_reply, 1, node().raft().term().value);
        }
        complete_all_syncs();
        acknowledge(1);
        sent.clear();
        told.clear();
    }
    // Server 1 says that it holds the leader's log up to its end.
    void acknowledge(std::uint32_t from) {
        if (from >= size_) return;
        raft::Message message =
            raft::message_of(raft::MessageType::append_reply, from, 0, node().raft().term().value);
        message.position = node().raft().log().last();
        receive(message);
    }
    void reply(raft::MessageType type, std::uint32_t from, std::uint64_t term) {
        receive(raft::message_of(type, from, 0, term));
    }
    void confirm(std::uint32_t from) {
        raft::Message message = raft::message_of(raft::MessageType::heartbeat_reply, from, 0,
                                                 node().raft().term().value);
        for (const raft::Message& beat : sent) message.round = std::max(message.round, beat.round);
        receive(message);
    }

    const Node& node() const { return *node_; }
    std::size_t count_sent(raft::MessageType type) const {
        return static_cast<std::size_t>(
            std::count_if(sent.begin(), sent.end(),
                          [type](const raft::Message& message) { return message.type == type; }));
    }

    Instant now{1'000'000'000};
    MemoryDisk disk;
    wal::LogOptions log_options;  // of the next start
    std::vector<raft::Message> sent;
    std::vector<Response> responses;
    std::vector<std::string> told;  // to the observer and the network, in order

private:
    void send(raft::Message&& message) override {
        sent.push_back(message);
        told.push_back("send " + std::to_string(static_cast<int>(message.type)));
    }
    void respond(ClientAddress to, const Response& response) override {
        check(to.value == response.client.value, "the answer goes to the client's address");
        responses.push_back(response);
        told.push_back("respond");
    }
    void role_changed(raft::Role role, Term term, NodeId) override {
        told.push_back(std::string(raft::kRoleNames[static_cast<std::size_t>(role)]) + " of " +
                       std::to_string(term.value));
    }
    void persisted(const HardState& hard_state, LogIndex last) override {
        told.push_back("persisted term " + std::to_string(hard_state.term.value) + " log " +
                       std::to_string(last.value));
    }
    void log_truncated(LogIndex from) override {
        told.push_back("truncated " + std::to_string(from.value));
    }
    void entry_appended(const Entry& entry) override {
        told.push_back("appended " + std::to_string(entry.index.value));
    }
    void commit_advanced(LogIndex index) override {
        told.push_back("committed " + std::to_string(index.value));
    }
    void configuration_activated(LogIndex index, const raft::Configuration& group) override {
        told.push_back("group of " + std::to_string(group.voters.size()) + " since " +
                       std::to_string(index.value));
    }
    void entry_applied(const Entry& entry, std::uint64_t) override {
        told.push_back("applied " + std::to_string(entry.index.value));
    }
    void snapshot_begun(LogPosition) override {}
    void snapshot_taken(LogPosition position, std::uint64_t) override {
        told.push_back("snapshot " + std::to_string(position.index.value));
    }
    void snapshot_installed(LogPosition position, std::uint64_t) override {
        told.push_back("installed " + std::to_string(position.index.value));
    }
    void room_missed() override { told.push_back("room missed"); }

    std::uint32_t size_;
    raft::Options options_;
    std::unique_ptr<Node> node_;
};

// What tests write, and what they are told.
using Told = std::vector<std::string>;

inline Entry write_entry(std::uint64_t term, std::uint64_t index, const kv::Command& command) {
    return {Term{term}, LogIndex{index}, EntryKind::command, Bytes(kv::encode(command))};
}
inline const kv::Command kOne{ClientId{1}, 1, 7, 40};
inline const kv::Command kTwo{ClientId{2}, 1, 7, 50};

}  // namespace novacron
