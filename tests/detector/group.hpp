// SPDX-License-Identifier: MIT
//
// A group of failure detectors on a little world of their own: messages take a drawn time, can be
// lost, members can be cut off, crash, start again, or stand still with their mail unread.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <queue>
#include <vector>

#include "core/base/random.hpp"
#include "core/detector/failure_detector.hpp"

namespace novacron::detector {

class Group {
public:
    using Make = std::function<std::unique_ptr<FailureDetector>(
        NodeId self, std::uint64_t life, std::vector<NodeId> peers, Random random, Instant now)>;
    // What the loss of a message from one to another is, in percent.
    std::function<std::uint64_t(NodeId from, NodeId to)> loss = [](NodeId, NodeId) { return 0U; };
    Duration latency_min = milliseconds(1);
    Duration latency_max = milliseconds(3);
    std::vector<std::pair<NodeId, Change>> changes;  // whose opinion, and how it changed
    std::uint64_t sent = 0;
    Instant now{};

    Group(std::uint32_t size, std::uint64_t seed, Make make)
        : make_(std::move(make)), random_(seed) {
        members_.resize(size);
        for (std::uint32_t i = 0; i < size; ++i) start(NodeId{i});
    }

    void start(NodeId id) {
        std::vector<NodeId> peers;
        for (std::uint32_t i = 0; i < members_.size(); ++i) {
            if (i != id.value) peers.push_back(NodeId{i});
        }
        Member& member = members_[id.value];
        ++member.life;
        member.detector = make_(id, member.life, peers,
                                random_.fork("member", id.value).fork("life", member.life), now);
        member.paused_until = {};
        carry_out(id);
    }
    void crash(NodeId id) { members_[id.value].detector.reset(); }
    // Neither timers nor messages are served before that; then messages are, in order.
    void pause(NodeId id, Duration length) { members_[id.value].paused_until = now + length; }
    FailureDetector& operator[](std::uint32_t i) { return *members_[i].detector; }
    bool lives(std::uint32_t i) const { return members_[i].detector != nullptr; }

    void run(Duration length) {
        const Instant end = now + length;
        for (;;) {
            std::size_t next = members_.size();
            Instant at = end;
            for (std::size_t i = 0; i < members_.size(); ++i) {
                if (members_[i].detector == nullptr) continue;
                const Instant due =
                    std::max(members_[i].detector->next_deadline(), members_[i].paused_until);
                if (due < at) {
                    at = due;
                    next = i;
                }
            }
            if (!mail_.empty() && mail_.top().at <= at && mail_.top().at < end) {
                deliver();
            } else if (next < members_.size()) {
                now = std::max(now, at);
                members_[next].detector->on_time(now);
                carry_out(NodeId{static_cast<std::uint32_t>(next)});
            } else {
                break;
            }
        }
        now = end;
    }

private:
    struct Member {
        std::unique_ptr<FailureDetector> detector;
        std::uint64_t life = 0;
        Instant paused_until{};
    };
    struct Mail {
        Instant at;
        std::uint64_t number;
        Message message;

        friend bool operator<(const Mail& a, const Mail& b) {
            return a.at != b.at ? a.at > b.at : a.number > b.number;
        }
    };

    void deliver() {
        Mail mail = mail_.top();
        mail_.pop();
        now = std::max(now, mail.at);
        Member& to = members_[mail.message.to.value];
        if (to.detector == nullptr) return;
        if (now < to.paused_until) {
            mail.at = to.paused_until;
            mail_.push(std::move(mail));
            return;
        }
        to.detector->on_message(now, mail.message);
        carry_out(mail.message.to);
    }
    void carry_out(NodeId id) {
        Outputs& outputs = members_[id.value].detector->outputs();
        for (Message& message : outputs.messages) {
            ++sent;
            const std::uint64_t percent = loss(message.from, message.to);
            const bool lost = random_.below(100) < percent;
            const Duration latency = random_.between(latency_min, latency_max);
            if (!lost) mail_.push({now + latency, ++number_, std::move(message)});
        }
        for (const Change& change : outputs.changes) changes.emplace_back(id, change);
        outputs.clear();
    }

    Make make_;
    Random random_;
    std::vector<Member> members_;
    std::priority_queue<Mail> mail_;
    std::uint64_t number_ = 0;
};

}  // namespace novacron::detector
