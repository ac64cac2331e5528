// SPDX-License-Identifier: MIT
#include "sim/fleet/workload.hpp"

#include <algorithm>

namespace shaketable {

using novacron::Request;
using novacron::Response;
using novacron::kv::Command;

namespace {

// A client's name: the workload's number above, the session's place below.
constexpr unsigned kSessionBits = 40;

Duration mean_gap(double rate_per_second) {
    return Duration{static_cast<std::int64_t>(1e9 / rate_per_second)};
}

}  // namespace

Workload::Workload(const WorkloadOptions& options, EventQueue& queue, Record& record,
                   Network& network, OperationCounter& counter, const Random& random,
                   NameService* names)
    : options_(options),
      queue_(queue),
      record_(record),
      network_(network),
      counter_(counter),
      arrivals_(random.fork("arrivals")),
      keys_(random.fork("keys")),
      backoffs_(random.fork("backoffs")),
      gaps_(Exponential{mean_gap(options.rate_per_second)}),
      ranks_(options.keys, options.zipf_s),
      attempt_deadlines_(queue, Event{this, attempt_expired, 0, 0}, options.attempt_timeout),
      deadlines_(queue, Event{this, deadline_expired, 0, 0}, options.deadline) {
    if (names != nullptr) names_.emplace(*names, options.number, record, random.fork("names"));
    if (options_.sites.empty()) options_.sites = {0, options_.nodes};
    guesses_.assign(options_.sites.begin(), options_.sites.end() - 1);
}

void Workload::start() {
    queue_.push(queue_.now() + gaps_.draw(arrivals_), {this, arrival, 0, 0});
}

void Workload::on_event(Instant now, const Event& event) {
    switch (static_cast<EventKind>(event.kind)) {
        case arrival:
            queue_.push(now + gaps_.draw(arrivals_), {this, arrival, 0, 0});
            issue(now, keys_);
            break;
        case attempt_expired:
            attempt_deadlines_.on_event(
                now,
                [this](std::uint32_t slot, std::uint64_t ticket) {
                    return operations_[slot].id.value != 0 && operations_[slot].ticket == ticket &&
                           !operations_[slot].waiting;
                },
                [this](std::uint32_t slot, std::uint64_t) { attempt_failed(slot); });
            break;
        case deadline_expired:
            deadlines_.on_event(
                now,
                [this](std::uint32_t slot, std::uint64_t id) {
                    return operations_[slot].id.value == id;
                },
                [this](std::uint32_t slot, std::uint64_t) {
                    finish(slot, Outcome::unknown, LogIndex{}, NodeId::none());
                });
            break;
        case retry: {
            Operation& operation = operations_[event.a];
            if (operation.id.value == 0 || operation.ticket != event.b) break;
            operation.waiting = false;
            if (operation.named) {
                ask(event.a);
            } else {
                attempt(event.a);
            }
            break;
        }
    }
}

std::uint32_t Workload::take_slot() {
    if (free_operations_.empty()) {
        operations_.emplace_back();
        return static_cast<std::uint32_t>(operations_.size() - 1);
    }
    const std::uint32_t slot = free_operations_.back();
    free_operations_.pop_back();
    return slot;
}

std::uint32_t Workload::take_session() {
    if (idle_sessions_.empty()) {
        sessions_.emplace_back();
        return static_cast<std::uint32_t>(sessions_.size() - 1);
    }
    const std::uint32_t session = idle_sessions_.back();
    idle_sessions_.pop_back();
    return session;
}

void Workload::add_operation(Random& keys) { issue(queue_.now(), keys); }

void Workload::begin_hot_key(FaultId fault, Chance share, std::uint32_t key, const Random& random,
                             Receipts& receipts) {
    hot_keys_.push_back({fault, share, key, random, &receipts});
}

void Workload::end_hot_key(FaultId fault) {
    std::erase_if(hot_keys_, [fault](const HotKey& hot) { return hot.fault == fault; });
}

std::uint32_t Workload::draw_key(Instant now, Random& keys) {
    std::uint32_t key = ranks_.draw(keys);
    for (HotKey& hot : hot_keys_) {
        if (!hot.share.draw(hot.random)) continue;
        hot.receipts->effect(now, hot.fault, FaultEffect::key_heated);
        key = hot.key;
    }
    return key;
}

void Workload::issue(Instant now, Random& keys) {
    const std::uint32_t slot = take_slot();
    Operation& operation = operations_[slot];
    operation = Operation{};
    operation.id = ++counter_.last;
    operation.issued = now;
    operation.session = take_session();
    Session& session = sessions_[operation.session];
    session.slot = slot;
    Command& command = operation.request.command;
    command.client = novacron::ClientId{(std::uint64_t{options_.number} << kSessionBits) |
                                        operation.session};
    command.sequence = ++session.sequence;
    command.key = draw_key(now, keys);
    if (options_.kind == OperationKind::write) {
        operation.request.kind = Request::Kind::write;
        command.value = operation.id.value;
        operation.content = novacron::kv::digest_of(command);
    } else {
        operation.request.kind = Request::Kind::read;
    }
    record_.add(now, OperationIssued{operation.id, options_.number, options_.kind,
                                     operation.content, RegisterKey{command.key},
                                     RegisterValue{command.value}});
    deadlines_.add(now, slot, operation.id.value);
    if (names_) operation.client = names_->draw_client();
    attempt(slot);
}

void Workload::guess_next(std::uint32_t site) {
    const std::uint32_t first = options_.sites[site];
    const std::uint32_t count = options_.sites[site + 1] - first;
    guess(site) = first + (guess(site) - first + 1) % count;
}

void Workload::attempt(std::uint32_t slot) {
    Operation& operation = operations_[slot];
    if (names_) {
        const NameService::Answer answer = names_->look_up(queue_.now(), operation.client);
        if (!answer.site) {
            back_off(slot);
            return;
        }
        operation.site = answer.site->value;
        if (answer.after > Duration{}) {
            operation.named = true;
            wait(slot, answer.after);
            return;
        }
    }
    ask(slot);
}

void Workload::ask(std::uint32_t slot) {
    Operation& operation = operations_[slot];
    operation.named = false;
    if (options_.asks == Asks::anybody && operation.attempts == 0) guess_next(operation.site);
    ++operation.attempts;
    operation.ticket = next_ticket_++;
    attempt_deadlines_.add(queue_.now(), slot, operation.ticket);
    const std::uint32_t node = guess(operation.site);
    network_.send(options_.host, HostId{node}, operation.request);
    operation.asked = node;
}

// The next node may know more, unless the guess has already moved on from the one that failed.
void Workload::attempt_failed(std::uint32_t slot) {
    const Operation& operation = operations_[slot];
    if (operation.asked == guess(operation.site)) guess_next(operation.site);
    back_off(slot);
}

void Workload::back_off(std::uint32_t slot) {
    Operation& operation = operations_[slot];
    Duration ceiling = options_.backoff_initial;
    for (std::uint32_t i = 0; i < operation.failures && ceiling < options_.backoff_max; ++i) {
        ceiling = ceiling * 2;
    }
    ceiling = std::min(ceiling, options_.backoff_max);
    ++operation.failures;
    wait(slot, backoffs_.between(Duration{0}, ceiling));
}

void Workload::wait(std::uint32_t slot, Duration time) {
    Operation& operation = operations_[slot];
    operation.waiting = true;
    operation.ticket = next_ticket_++;
    queue_.push(queue_.now() + time, {this, retry, slot, operation.ticket});
}

std::optional<std::uint32_t> Workload::find(novacron::ClientId client,
                                            std::uint64_t sequence) const {
    const auto session = static_cast<std::size_t>(client.value & ((1ULL << kSessionBits) - 1));
    const std::uint32_t slot = sessions_[session].slot;
    const Operation& operation = operations_[slot];
    if (operation.id.value == 0 || operation.request.command.client != client ||
        operation.request.command.sequence != sequence) {
        return std::nullopt;
    }
    return slot;
}

void Workload::receive(const Response& response) {
    const auto slot = find(response.client, response.sequence);
    if (!slot) return;
    if (response.status == Response::Status::ok) {
        const std::uint32_t site = operations_[*slot].site;
        const bool is_of_site = response.by.value >= options_.sites[site] &&
                                response.by.value < options_.sites[site + 1];
        if (options_.asks == Asks::leader && is_of_site) guess(site) = response.by.value;
        if (options_.kind == OperationKind::read) {
            operations_[*slot].request.command.value = response.value;
        }
        finish(*slot, Outcome::acknowledged, response.index, response.by);
        return;
    }
    // An answer to an attempt that was given up is no news.
    Operation& operation = operations_[*slot];
    if (operation.waiting || operation.asked != response.by.value) return;
    if (response.status == Response::Status::overloaded) {
        back_off(*slot);
        return;
    }
    if (!response.leader.is_none() && response.leader != response.by) {
        if (operation.asked == guess(operation.site)) {
            guess(operation.site) = response.leader.value;
        }
        if (operation.sent_on++ < options_.nodes) {
            ask(*slot);
            return;
        }
    }
    attempt_failed(*slot);
}

void Workload::refused(HostId by, const Request& request) {
    const auto slot = find(request.command.client, request.command.sequence);
    if (!slot) return;
    const Operation& operation = operations_[*slot];
    if (!operation.waiting && operation.asked == by.value) attempt_failed(*slot);
}

void Workload::finish(std::uint32_t slot, Outcome outcome, LogIndex index, NodeId by) {
    Operation& operation = operations_[slot];
    record_.add(queue_.now(),
                OperationEnded{operation.id, options_.number, options_.kind, outcome,
                               operation.issued, operation.content, operation.attempts, index, by,
                               RegisterValue{operation.request.command.value}});
    if (outcome == Outcome::acknowledged) idle_sessions_.push_back(operation.session);
    operation.id = OperationId{};
    free_operations_.push_back(slot);
}

}  // namespace shaketable
