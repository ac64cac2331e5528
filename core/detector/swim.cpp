// SPDX-License-Identifier: MIT
#include "core/detector/swim.hpp"

#include <algorithm>

#include "core/base/check.hpp"
#include "core/base/math.hpp"

namespace novacron::detector {

namespace {

double log10(double x) { return math::log(x) / 2.30258509299404568402; }

// The least k with 10^k at least x.
std::uint32_t digits(std::size_t x) {
    std::uint32_t k = 0;
    for (std::size_t power = 1; power < x; power *= 10) ++k;
    return k;
}

std::size_t confirmations_wanted(const SwimOptions& options, std::size_t members) {
    const std::size_t wanted = options.suspicion_mult > 2 ? options.suspicion_mult - 2 : 0;
    return members < wanted + 2 ? 0 : wanted;  // the accuser and the accused can't confirm
}

constexpr std::uint32_t kRefutations = 32;  // bits of an incarnation for those within a life

}  // namespace

Swim::Swim(NodeId self, std::uint64_t life, std::vector<NodeId> peers, const SwimOptions& options,
           Random random, Instant now)
    : options_(options),
      self_(self),
      incarnation_(life << kRefutations),
      random_(random),
      guard_(options.max_local_pause),
      now_(now),
      next_probe_(now),
      next_reconnect_(now + options.reconnect_interval) {
    check(options.probe_timeout.ns > 0 && options.probe_interval > options.probe_timeout,
          "a probe takes longer than its timeout, and that is above 0");
    check(options.suspicion_mult >= 1 && options.suspicion_max_timeout_mult >= 1 &&
              options.awareness_max >= 1 && options.retransmit_mult >= 1 &&
              options.rumours_max >= 1 && options.reconnect_interval.ns > 0,
          "multipliers and limits of SWIM are at least 1");
    std::sort(peers.begin(), peers.end());
    check(std::adjacent_find(peers.begin(), peers.end()) == peers.end() &&
              !std::binary_search(peers.begin(), peers.end(), self),
          "each peer is a member once, and nobody is its own peer");
    for (const NodeId peer : peers) {
        members_.emplace_back();
        members_.back().id = peer;
    }
    // Not all at once: each member begins at its own time within an interval.
    next_probe_ = now + random_.between(Duration{}, options.probe_interval - nanoseconds(1));
}

Duration Swim::suspicion_timeout(const SwimOptions& options, std::size_t members,
                                 std::size_t confirmations) {
    const double scale = std::max(1.0, log10(static_cast<double>(members)));
    const double least =
        options.suspicion_mult * scale * static_cast<double>(options.probe_interval.ns);
    const std::size_t wanted = confirmations_wanted(options, members);
    double timeout = least;
    if (wanted > 0) {
        const double most = least * options.suspicion_max_timeout_mult;
        const double share = math::log(static_cast<double>(confirmations) + 1) /
                             math::log(static_cast<double>(wanted) + 1);
        timeout = std::max(least, most - (most - least) * share);
    }
    return Duration{static_cast<std::int64_t>(timeout)};
}

Instant Swim::next_deadline() const {
    Instant next = std::min(next_probe_, next_reconnect_);
    if (probe_ && !probe_->asked_others && !probe_->answered) {
        next = std::min(next, probe_->indirect_at);
    }
    for (const Relay& relay : relays_) {
        next = std::min(next, relay.excused ? relay.ends_at : relay.excuse_at);
    }
    if (next_failure_ == Instant::never()) return next;
    return std::min(next, guard_.put_off(next_failure_));
}

void Swim::note_time(Instant now) {
    if (now < now_) shift_timers(now - now_);
    now_ = now;
    if (!guard_.note(now, next_deadline())) return;
    // Whose timers are late is slow itself, and its probe proves nothing.
    if (probe_) {
        probe_.reset();
        change_score(+1);
        next_probe_ = now;
    }
}

void Swim::shift_timers(Duration by) {
    guard_.forget();
    next_probe_ = next_probe_ + by;
    next_reconnect_ = next_reconnect_ + by;
    if (probe_) {
        probe_->indirect_at = probe_->indirect_at + by;
        probe_->ends_at = probe_->ends_at + by;
    }
    for (Relay& relay : relays_) {
        relay.excuse_at = relay.excuse_at + by;
        relay.ends_at = relay.ends_at + by;
    }
    if (next_failure_ != Instant::never()) next_failure_ = next_failure_ + by;
    for (Member& each : members_) {
        if (each.status != Status::suspected) continue;
        each.suspected_at = each.suspected_at + by;
        each.fails_at = each.fails_at + by;
    }
}

void Swim::on_time(Instant now) {
    note_time(now);
    fail_overdue(now);
    serve_relays(now);
    if (probe_ && !probe_->answered && !probe_->asked_others && now >= probe_->indirect_at &&
        now < probe_->ends_at) {
        ask_others(now);
    }
    if (now >= next_probe_) {
        if (probe_) finish_probe(now);
        start_probe(now);
    }
    if (now >= next_reconnect_) reconnect(now);
}

void Swim::start_probe(Instant now) {
    next_probe_ = now + stretched(options_.probe_interval);
    const std::optional<NodeId> target = next_target();
    if (!target) return;
    Probe probe;
    probe.target = *target;
    probe.sequence = ++sequence_;
    probe.indirect_at = now + stretched(options_.probe_timeout);
    probe.ends_at = next_probe_;
    probe_ = probe;
    send(MessageType::ping, probe.target, probe.target, probe.sequence);
}

void Swim::ask_others(Instant) {
    probe_->asked_others = true;
    probe_->asked = pick_others(probe_->target);
    for (const NodeId other : probe_->asked) {
        send(MessageType::ping_request, other, probe_->target, probe_->sequence);
    }
}

void Swim::finish_probe(Instant now) {
    const Probe probe = *probe_;
    probe_.reset();
    if (probe.answered) return;
    const std::size_t silent = probe.asked.size() - probe.excused.size();
    change_score(probe.asked.empty() ? 1 : static_cast<std::int64_t>(silent));
    Member& target = *find(probe.target);
    if (target.status != Status::failed) {
        heed(now, {Status::suspected, target.id, self_, target.incarnation});
    }
}

void Swim::reconnect(Instant now) {
    next_reconnect_ = now + options_.reconnect_interval;
    std::vector<NodeId> failed;
    for (const Member& each : members_) {
        if (each.status == Status::failed) failed.push_back(each.id);
    }
    if (failed.empty()) return;
    const NodeId one = failed[random_.below(failed.size())];
    send(MessageType::ping, one, one, ++sequence_);
}

void Swim::serve_relays(Instant now) {
    for (Relay& relay : relays_) {
        if (relay.excused || now < relay.excuse_at) continue;
        relay.excused = true;
        send(MessageType::no_answer, relay.asker, relay.target, relay.asked);
    }
    std::erase_if(relays_, [&](const Relay& relay) { return now >= relay.ends_at; });
}

void Swim::fail_overdue(Instant now) {
    if (now < next_failure_ || guard_.quiet(now)) return;
    next_failure_ = Instant::never();
    for (const Member& each : members_) {
        if (each.status != Status::suspected) continue;
        if (each.fails_at <= now) {
            heed(now, {Status::failed, each.id, self_, each.incarnation});
        } else {
            next_failure_ = std::min(next_failure_, each.fails_at);
        }
    }
}

void Swim::on_message(Instant now, const Message& message) {
    note_time(now);
    if (message.to != self_ || find(message.from) == nullptr) return;
    hear_from(now, *find(message.from), message.incarnation);
    for (const Rumour& rumour : message.rumours) heed(now, rumour);
    switch (message.type) {
        case MessageType::ping:
            send(MessageType::answer, message.from, self_, message.sequence);
            break;
        case MessageType::ping_request: {
            if (find(message.about) == nullptr) break;
            Relay relay;
            relay.asker = message.from;
            relay.target = message.about;
            relay.asked = message.sequence;
            relay.sequence = ++sequence_;
            relay.excuse_at = now + options_.probe_timeout * 4 / 5;
            relay.ends_at = now + options_.probe_interval;
            relays_.push_back(relay);
            send(MessageType::ping, relay.target, relay.target, relay.sequence);
            break;
        }
        case MessageType::answer: answered(message); break;
        case MessageType::no_answer: excused(message); break;
        case MessageType::heartbeat: break;
    }
}

// That a member lives is news to others only if it was in doubt: were each first contact told, a
// group that starts would be busy with nothing else.
void Swim::hear_from(Instant now, Member& sender, std::uint64_t incarnation) {
    if (sender.status != Status::trusted) {
        heed(now, {Status::trusted, sender.id, sender.id, incarnation});
    } else {
        sender.incarnation = std::max(sender.incarnation, incarnation);
    }
}

void Swim::answered(const Message& message) {
    if (probe_ && message.sequence == probe_->sequence && message.about == probe_->target) {
        if (!probe_->answered) change_score(-1);
        probe_->answered = true;
        return;
    }
    const auto relay = std::find_if(relays_.begin(), relays_.end(), [&](const Relay& each) {
        return each.sequence == message.sequence && each.target == message.from;
    });
    if (relay == relays_.end()) return;
    send(MessageType::answer, relay->asker, relay->target, relay->asked);
    relays_.erase(relay);
}

void Swim::excused(const Message& message) {
    if (!probe_ || message.sequence != probe_->sequence || message.about != probe_->target) return;
    const auto among = [&](const std::vector<NodeId>& list) {
        return std::find(list.begin(), list.end(), message.from) != list.end();
    };
    if (among(probe_->asked) && !among(probe_->excused)) probe_->excused.push_back(message.from);
}

void Swim::heed(Instant now, const Rumour& rumour) {
    if (rumour.about == self_) {
        if (rumour.status != Status::trusted) refute(rumour);
        return;
    }
    Member* const about = find(rumour.about);
    if (about == nullptr || rumour.incarnation < about->incarnation) return;
    const bool newer = rumour.incarnation > about->incarnation;
    switch (rumour.status) {
        case Status::trusted:
            if (!newer) return;
            about->incarnation = rumour.incarnation;
            set_status(now, *about, Status::trusted);
            spread(rumour);
            return;
        case Status::suspected:
            if (about->status == Status::failed) return;
            if (about->status == Status::suspected && !newer) {
                confirm(*about, rumour.from);
            } else {
                suspect(now, *about, rumour);
            }
            return;
        case Status::failed:
            if (about->status == Status::failed) return;
            about->incarnation = rumour.incarnation;
            set_status(now, *about, Status::failed);
            spread(rumour);
            return;
    }
}

void Swim::suspect(Instant now, Member& member, const Rumour& rumour) {
    member.incarnation = rumour.incarnation;
    set_status(now, member, Status::suspected);
    member.suspected_at = now;
    member.accusers.assign(1, rumour.from);
    member.fails_at = now + suspicion_timeout(options_, group_size(), 0);
    next_failure_ = std::min(next_failure_, member.fails_at);
    spread(rumour);
}

void Swim::confirm(Member& member, NodeId accuser) {
    const std::size_t wanted = confirmations_wanted(options_, group_size());
    if (member.accusers.size() > wanted) return;
    const auto end = member.accusers.end();
    if (std::find(member.accusers.begin(), end, accuser) != end) return;
    member.accusers.push_back(accuser);
    member.fails_at =
        member.suspected_at + suspicion_timeout(options_, group_size(), member.accusers.size() - 1);
    next_failure_ = std::min(next_failure_, member.fails_at);
    spread({Status::suspected, member.id, accuser, member.incarnation});
}

void Swim::set_status(Instant now, Member& member, Status status) {
    if (member.status != status) {
        outputs_.changes.push_back({member.id, member.status, status, now});
    }
    member.status = status;
    member.fails_at = Instant::never();
    member.accusers.clear();
}

void Swim::refute(const Rumour& rumour) {
    if (rumour.incarnation < incarnation_) return;  // refuted already
    incarnation_ = rumour.incarnation + 1;
    change_score(+1);
    spread({Status::trusted, self_, self_, incarnation_});
}

void Swim::spread(const Rumour& rumour) {
    std::erase_if(told_, [&](const Told& each) { return each.rumour.about == rumour.about; });
    told_.push_back({rumour, 0, ++rumours_});
}

void Swim::send(MessageType type, NodeId to, NodeId about, std::uint64_t sequence) {
    Message message;
    message.type = type;
    message.from = self_;
    message.to = to;
    message.about = about;
    message.incarnation = incarnation_;
    message.sequence = sequence;
    // Whoever is under suspicion hears of it first, to refute it.
    const Member& receiver = member(to);
    if (receiver.status != Status::trusted) {
        message.rumours.push_back({receiver.status, to, self_, receiver.incarnation});
    }
    add_rumours(message);
    outputs_.messages.push_back(std::move(message));
}

void Swim::add_rumours(Message& message) {
    std::sort(told_.begin(), told_.end(), [](const Told& a, const Told& b) {
        return a.times != b.times ? a.times < b.times : a.number > b.number;
    });
    const std::uint32_t limit = options_.retransmit_mult * digits(group_size() + 1);
    for (Told& each : told_) {
        if (message.rumours.size() >= options_.rumours_max) break;
        message.rumours.push_back(each.rumour);
        ++each.times;
    }
    std::erase_if(told_, [&](const Told& each) { return each.times >= limit; });
}

void Swim::change_score(std::int64_t by) {
    score_ = static_cast<std::uint32_t>(
        std::clamp<std::int64_t>(score_ + by, 0, std::int64_t{options_.awareness_max} - 1));
}

std::optional<NodeId> Swim::next_target() {
    for (int rounds = 0; rounds < 2; ++rounds) {
        while (!round_.empty()) {
            const NodeId target = round_.back();
            round_.pop_back();
            if (member(target).status != Status::failed) return target;
        }
        for (const Member& each : members_) round_.push_back(each.id);
        for (std::size_t i = round_.size(); i > 1; --i) {
            std::swap(round_[i - 1], round_[random_.below(i)]);
        }
    }
    return std::nullopt;
}

std::vector<NodeId> Swim::pick_others(NodeId except) {
    std::vector<NodeId> others;
    for (const Member& each : members_) {
        if (each.id != except && each.status == Status::trusted) others.push_back(each.id);
    }
    const std::size_t wanted = std::min<std::size_t>(options_.indirect_checks, others.size());
    for (std::size_t i = 0; i < wanted; ++i) {
        std::swap(others[i], others[i + random_.below(others.size() - i)]);
    }
    others.resize(wanted);
    return others;
}

Swim::Member* Swim::find(NodeId id) {
    const auto found =
        std::lower_bound(members_.begin(), members_.end(), id,
                         [](const Member& each, NodeId wanted) { return each.id < wanted; });
    return found != members_.end() && found->id == id ? &*found : nullptr;
}

const Swim::Member& Swim::member(NodeId id) const {
    const auto found =
        std::lower_bound(members_.begin(), members_.end(), id,
                         [](const Member& each, NodeId wanted) { return each.id < wanted; });
    check(found != members_.end() && found->id == id, "the peer is a member");
    return *found;
}

Status Swim::status(NodeId peer) const { return member(peer).status; }

double Swim::suspicion(NodeId peer, Instant now) const {
    const Member& about = member(peer);
    switch (about.status) {
        case Status::trusted: return 0;
        case Status::failed: return 2;
        case Status::suspected: break;
    }
    const auto borne = static_cast<double>((now - about.suspected_at).ns);
    const auto limit = static_cast<double>((about.fails_at - about.suspected_at).ns);
    return 1 + std::clamp(borne / limit, 0.0, 1.0);
}

}  // namespace novacron::detector
