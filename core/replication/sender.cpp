// SPDX-License-Identifier: MIT
#include "core/replication/sender.hpp"

#include <algorithm>
#include <utility>

#include "core/base/check.hpp"

namespace novacron::replication {

Sender::Sender(SiteId to, const SenderOptions& options)
    : to_(to), options_(options), patience_(options.resend_after) {
    check(options.window_bytes > 0 && options.shipment_bytes > 0 &&
              options.resend_after > Duration{} && options.resend_max >= options.resend_after,
          "sender options are in bounds");
}

void Sender::greet(Instant now, std::uint64_t session) {
    check(session > session_, "sessions ascend");
    session_ = session;
    state_ = State::greeting;
    answered_ = false;
    number_ = 0;
    heeds_gaps_ = 0;
    deadline_ = now;  // the greeting is due
}

void Sender::arm(Instant now) {
    deadline_ = now + patience_;
    patience_ = std::min(patience_ * 2, options_.resend_max);
}

bool Sender::on_report(Instant now, const Report& report, LogIndex durable) {
    if (report.session != session_) return false;
    if (report.received > durable) {
        // Nothing was ever shipped that was not durable: this storage has lost what it reported.
        state_ = State::diverged;
        common_ = {report.epoch, durable};
        patience_ = options_.resend_max;
        arm(now);
        return false;
    }
    peer_window_ = report.window_bytes;
    if (!answered_) {
        // A report of durability may overtake the answer to the greeting, and says as much.
        answered_ = true;
        state_ = State::shipping;
        match_ = report.durable;
        sent_ = report.received;
    }
    if (report.answers == Report::Answers::gap && report.number >= heeds_gaps_) {
        // An old report that was overtaken, or a storage that has lost something: ask.
        if (report.received < match_) return true;
        sent_ = report.received;
        heeds_gaps_ = number_ + 1;
    }
    match_ = std::max(match_, report.durable);
    sent_ = std::max(sent_, match_);
    patience_ = options_.resend_after;
    deadline_ = Instant::never();
    if (sent_ > match_) arm(now);
    return false;
}

bool Sender::on_refusal(Instant now, const Refusal& refusal) {
    if (refusal.session != session_) return false;
    switch (refusal.why) {
        case Refusal::Why::fenced:
            return false;  // the site steps down
        case Refusal::Why::unknown_session:
            return state_ == State::shipping;
        case Refusal::Why::diverged:
            state_ = State::diverged;
            break;
        case Refusal::Why::needs_seed:
            state_ = State::needs_seed;
            break;
    }
    common_ = refusal.common;
    patience_ = options_.resend_max;
    arm(now);
    return false;
}

bool Sender::wants_session(Instant now, const Journal& journal) const {
    if (state_ == State::greeting) return false;
    return now >= deadline_ || (state_ == State::shipping && sent_ < journal.before());
}

void Sender::send(Instant now, const Journal& journal, Epoch epoch, LogIndex released,
                  std::vector<Message>& out) {
    if (state_ == State::greeting) {
        if (now < deadline_) return;
        out.push_back(Greeting{epoch, session_, journal.durable_lineage(), journal.before()});
        arm(now);
        return;
    }
    if (state_ != State::shipping || sent_ < journal.before()) return;
    const std::uint64_t window = std::min(options_.window_bytes, peer_window_);
    std::uint64_t under_way = journal.bytes(std::max(match_, journal.before()), sent_);
    released = std::min(released, journal.durable());
    while (sent_ < released) {
        Shipment shipment{epoch, session_, number_ + 1, sent_, journal.durable(), {}};
        std::uint64_t bytes = 0;
        while (sent_ < released) {
            const Record& next = journal.at(sent_ + 1);
            const std::uint64_t size = size_of(next);
            if (under_way > 0 && under_way + size > window) break;
            if (bytes > 0 && bytes + size > options_.shipment_bytes) break;
            bytes += size;
            under_way += size;
            ++sent_;
            shipment.records.push_back(next);
        }
        if (shipment.records.empty()) break;
        ++number_;
        out.push_back(std::move(shipment));
        if (deadline_ == Instant::never()) arm(now);
    }
}

}  // namespace novacron::replication
