// SPDX-License-Identifier: MIT
#include "core/replication/site.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "core/base/check.hpp"
#include "core/base/overloaded.hpp"

namespace novacron::replication {
namespace {

bool is_primary_of_its_epoch(const SiteOptions& options, const Durable& durable) {
    const auto branches = durable.history.branches();
    return !branches.empty() && branches.back().epoch.site == options.self &&
           branches.back().epoch == durable.marks.fence;
}

}  // namespace

Site::Site(const SiteOptions& options, const Durable& durable, Instant now)
    : options_(options), journal_(durable), receiver_(options.receive_bytes) {
    check(std::is_sorted(options.peers.begin(), options.peers.end()), "the peers ascend");
    check(options.receive_bytes > 0, "a receiver has a window");
    check(options.mode == SiteOptions::Mode::asynchronous ||
              (options.standbys_required >= 1 &&
               options.standbys_required <= options.peers.size()),
          "as many standbys are required as there are, or fewer");
    check(options.life > 0 && options.life < (std::uint64_t{1} << 32U), "a life is in bounds");
    if (!is_primary_of_its_epoch(options, durable)) return;
    role_ = Role::primary;
    read_only_ = ReadOnly::restarted;
    if (durable.marks.handed_over == durable.marks.fence) {
        read_only_ = ReadOnly::handed_over;
        target_ = durable.marks.handed_to;
    }
    release_.emplace(options_.shipping, now, journal_.durable());
    for (const SiteId peer : options_.peers) {
        senders_.emplace_back(peer, options_.sender);
        senders_.back().greet(now, next_session());
    }
    settle(now);
}

void Site::tell(Event::Kind kind, SiteId peer, LogIndex index) {
    outputs_.events.push_back({kind, peer, journal_.marks().fence, index});
}

std::variant<LogIndex, WriteRefusal> Site::write(Instant now, Bytes data) {
    if (role_ != Role::primary) return WriteRefusal::not_primary;
    const Epoch own = journal_.history().branches().back().epoch;
    check(own == fence(), "a primary has seen no higher epoch than its own");
    if (read_only_ != ReadOnly::no) return WriteRefusal::read_only;
    const LogIndex from = std::max(acknowledged_, journal_.before());
    if (journal_.bytes(from, journal_.last()) > options_.unacknowledged_bytes_max ||
        (options_.lag_bytes_max != ~std::uint64_t{0} && furthest_lag() > options_.lag_bytes_max)) {
        return WriteRefusal::overloaded;
    }
    const LogIndex index = journal_.last() + 1;
    journal_.append({own, index, now, std::move(data)});
    settle(now);
    return index;
}

void Site::see(SiteId from, Epoch epoch) {
    if (epoch <= fence()) return;
    Marks marks = journal_.marks();
    marks.fence = epoch;
    journal_.mark(marks);
    receiver_.forget();
    if (role_ == Role::primary) step_down(from);
}

void Site::step_down(SiteId because_of) {
    role_ = Role::standby;
    read_only_ = ReadOnly::no;
    senders_.clear();
    release_.reset();
    acknowledged_ = {};
    give_up_ = repeat_handover_ = Instant::never();
    tell(Event::Kind::stepped_down, because_of, journal_.last());
}

void Site::step(Instant now, SiteId from, const Message& message) {
    const Epoch epoch = epoch_of(message);
    see(from, epoch);
    const bool stale = epoch < fence();
    const auto refuse_stale = [&](std::uint64_t session) {
        tell(Event::Kind::refused_stale_epoch, from, journal_.last());
        // Nobody is deposed by an epoch that a crash could still undo.
        if (journal_.durable_marks().fence != fence()) return;
        const Refusal refusal{fence(), session, Refusal::Why::fenced, {}, journal_.last()};
        outputs_.messages.push_back({from, refusal});
    };
    const auto sender = std::find_if(senders_.begin(), senders_.end(),
                                     [&](const Sender& each) { return each.to() == from; });
    std::visit(
        Overloaded{
            [&](const Greeting& greeting) {
                if (stale) return refuse_stale(greeting.session);
                if (role_ == Role::primary) return;
                heard_ = now;
                const bool was_diverged = receiver_.diverged().has_value();
                const bool needed_seed = receiver_.needs_seed();
                receiver_.on_greeting(from, greeting, journal_);
                if (receiver_.diverged() && !was_diverged) {
                    tell(Event::Kind::diverged, from, receiver_.diverged()->index);
                }
                if (receiver_.needs_seed() && !needed_seed) {
                    tell(Event::Kind::needs_seed, from, journal_.last());
                }
            },
            [&](const Shipment& shipment) {
                if (stale) return refuse_stale(shipment.session);
                if (role_ == Role::primary) return;
                heard_ = now;
                receiver_.on_shipment(from, shipment, journal_);
            },
            [&](const Handover& handover) {
                if (stale) return refuse_stale(handover.session);
                if (role_ == Role::primary) return;
                heard_ = now;
                if (!receiver_.on_handover(from, handover, journal_)) return;
                Promotion promotion;
                promotion.certain = true;
                become_primary(now, promotion);
            },
            [&](const Report& report) {
                if (stale || sender == senders_.end()) return;
                if (sender->on_report(now, report, journal_.durable())) {
                    sender->greet(now, next_session());
                }
                // Said in this life: the standby has seen nobody else.
                if (read_only_ == ReadOnly::restarted && report.session == sender->session() &&
                    sender->state() == Sender::State::shipping) {
                    read_only_ = ReadOnly::no;
                }
            },
            [&](const Refusal& refusal) {
                if (stale || sender == senders_.end()) return;
                if (sender->on_refusal(now, refusal)) sender->greet(now, next_session());
            },
        },
        message);
    settle(now);
}

void Site::on_persisted(Instant now, WriteId id) {
    journal_.on_persisted(id);
    settle(now);
}

void Site::on_time(Instant now) { settle(now); }

bool Site::set_read_only(Instant now, ReadOnly wish) {
    check(wish == ReadOnly::no || wish == ReadOnly::by_operator, "an operator's wish");
    if (role_ != Role::primary || read_only_ == ReadOnly::switching ||
        read_only_ == ReadOnly::handed_over) {
        return false;
    }
    read_only_ = wish;
    settle(now);
    return true;
}

Switchover Site::switch_over(Instant now, SiteId target, Instant give_up) {
    if (role_ != Role::primary) return Switchover::not_primary;
    if (read_only_ != ReadOnly::no && read_only_ != ReadOnly::by_operator) {
        return Switchover::read_only;
    }
    const auto& peers = options_.peers;
    if (std::find(peers.begin(), peers.end(), target) == peers.end()) {
        return Switchover::unknown_target;
    }
    if (sender_of(target).state() != Sender::State::shipping) {
        return Switchover::target_unreachable;
    }
    read_only_ = ReadOnly::switching;
    target_ = target;
    give_up_ = give_up;
    settle(now);
    return Switchover::started;
}

bool Site::is_in_sync() const {
    if (role_ == Role::primary) return read_only_ != ReadOnly::handed_over;
    if (receiver_.diverged()) return false;
    const Marks& marks = journal_.durable_marks();
    // Nobody has ever been primary here: a new service.
    if (journal_.marks().fence == Epoch{} && journal_.last() == LogIndex{}) return true;
    return options_.mode == SiteOptions::Mode::synchronous &&
           options_.standbys_required == options_.peers.size() &&
           marks.synced == journal_.marks().fence;
}

Promotion Site::promote(Instant now, Force force) {
    Promotion promotion;
    promotion.kept = journal_.position(journal_.last());
    promotion.heard = heard_;
    promotion.certain = is_in_sync();
    const LogIndex common = receiver_.diverged() ? receiver_.diverged()->index : journal_.last();
    if (receiver_.heard() > common) promotion.missing = receiver_.heard() - common;
    if (role_ == Role::primary && (force == Force::no || read_only_ != ReadOnly::handed_over)) {
        promotion.answer = Promotion::Answer::already_primary;
        return promotion;
    }
    if (force == Force::no && !promotion.certain) {
        promotion.answer = receiver_.diverged() ? Promotion::Answer::diverged
                           : promotion.missing > 0 ? Promotion::Answer::behind
                                                   : Promotion::Answer::uncertain;
        return promotion;
    }
    return become_primary(now, promotion);
}

Promotion Site::become_primary(Instant now, Promotion promotion) {
    promotion.answer = Promotion::Answer::promoted;
    promotion.kept = journal_.position(journal_.last());
    Marks marks = journal_.marks();
    marks.fence = epoch_after(marks.fence, options_.self);
    promotion.epoch = marks.fence;
    journal_.mark(marks);
    journal_.append({marks.fence, journal_.last() + 1, now, Bytes{}});
    receiver_.forget();
    role_ = Role::primary;
    read_only_ = ReadOnly::no;
    acknowledged_ = {};
    target_ = SiteId{};
    give_up_ = repeat_handover_ = Instant::never();
    release_.emplace(options_.shipping, now, journal_.durable());
    senders_.clear();
    for (const SiteId peer : options_.peers) {
        senders_.emplace_back(peer, options_.sender);
        senders_.back().greet(now, next_session());
    }
    tell(Event::Kind::promoted, options_.self, promotion.kept.index);
    settle(now);
    return promotion;
}

std::optional<std::vector<Record>> Site::reconcile(Instant now, Position common) {
    if (role_ == Role::primary || receiver_.diverged() != common) return std::nullopt;
    if (common.index < journal_.before()) return std::nullopt;  // what is cut is not here any more
    std::vector<Record> discarded;
    for (LogIndex i = common.index + 1; i <= journal_.last(); ++i) {
        discarded.push_back(journal_.at(i));
    }
    journal_.cut_after(common.index);
    receiver_.forget();
    tell(Event::Kind::reconciled, options_.self, common.index);
    settle(now);
    return discarded;
}

void Site::fence_off(Instant now, Epoch below) {
    see(SiteId::none(), below);
    settle(now);
}

void Site::forget_through(Instant now, LogIndex index) {
    journal_.forget_through(index);
    settle(now);
}

Outputs Site::take_outputs() { return std::exchange(outputs_, {}); }

Instant Site::next_deadline() const {
    Instant next = std::min(give_up_, repeat_handover_);
    if (release_) next = std::min(next, release_->next_deadline());
    // Until the promotion is durable the standbys wait for it, not for the time.
    if (journal_.durable_marks().fence != fence()) return next;
    for (const Sender& sender : senders_) next = std::min(next, sender.next_deadline());
    return next;
}

const Sender& Site::sender_of(SiteId standby) const {
    for (const Sender& sender : senders_) {
        if (sender.to() == standby) return sender;
    }
    throw BugError("a primary ships to its peers only");
}

Sender::State Site::conversation(SiteId standby) const { return sender_of(standby).state(); }

Lag Site::lag(Instant now, SiteId standby) const {
    const LogIndex match = std::min(sender_of(standby).match(), journal_.last());
    if (match == journal_.last()) return {};
    const LogIndex from = std::max(match, journal_.before());
    Lag lag{journal_.last() - match, journal_.bytes(from, journal_.last()), {}};
    if (from < journal_.last()) lag.time = now - journal_.at(from + 1).written;
    return lag;
}

std::uint64_t Site::furthest_lag() const {
    std::uint64_t furthest = 0;
    for (const Sender& sender : senders_) {
        const LogIndex from = std::max(sender.match(), journal_.before());
        if (from < journal_.last()) {
            furthest = std::max(furthest, journal_.bytes(from, journal_.last()));
        }
    }
    return furthest;
}

void Site::acknowledge() {
    LogIndex index = journal_.durable();
    if (options_.mode == SiteOptions::Mode::synchronous) {
        std::vector<LogIndex> matches;
        for (const Sender& sender : senders_) matches.push_back(sender.match());
        std::sort(matches.begin(), matches.end(), std::greater<>());
        index = std::min(index, matches[options_.standbys_required - 1]);
    }
    acknowledged_ = std::max(acknowledged_, index);
}

void Site::drive_switchover(Instant now) {
    if (read_only_ == ReadOnly::switching) {
        const bool is_drained = journal_.durable() == journal_.last() &&
                                sender_of(target_).match() == journal_.last();
        if (is_drained) {
            Marks marks = journal_.marks();
            marks.handed_over = marks.fence;
            marks.handed_to = target_;
            journal_.mark(marks);
            read_only_ = ReadOnly::handed_over;
            give_up_ = Instant::never();
            tell(Event::Kind::handed_over, target_, journal_.last());
        } else if (now >= give_up_) {
            read_only_ = ReadOnly::no;
            give_up_ = Instant::never();
            tell(Event::Kind::switchover_abandoned, target_, journal_.last());
        }
    }
    // Given away durably first: after a restart nobody would know.
    if (read_only_ != ReadOnly::handed_over || journal_.durable_marks().handed_over != fence()) {
        return;
    }
    if (repeat_handover_ != Instant::never() && now < repeat_handover_) return;
    const Sender& sender = sender_of(target_);
    if (sender.state() == Sender::State::shipping) {
        outputs_.messages.push_back(
            {target_, Handover{fence(), sender.session(), journal_.last()}});
    }
    repeat_handover_ = now + options_.sender.resend_after;
}

void Site::drive_senders(Instant now) {
    std::vector<Message> messages;
    for (Sender& sender : senders_) {
        if (sender.wants_session(now, journal_)) sender.greet(now, next_session());
        sender.send(now, journal_, fence(), release_->released(), messages);
        for (Message& message : messages) {
            outputs_.messages.push_back({sender.to(), std::move(message)});
        }
        messages.clear();
    }
}

void Site::settle(Instant now) {
    if (role_ == Role::primary) {
        while (release_->added() < journal_.durable()) {
            const LogIndex next = release_->added() + 1;
            release_->add(now, next, size_of(journal_.at(next)));
        }
        release_->on_time(now);
        if (read_only_ == ReadOnly::switching || read_only_ == ReadOnly::handed_over) {
            release_->all();
        }
        acknowledge();
        drive_switchover(now);
        // A new primary speaks once its promotion is durable.
        if (journal_.durable_marks().fence == fence()) drive_senders(now);
    } else {
        Marks marks = journal_.marks();
        if (marks.synced != marks.fence && receiver_.has_caught_up(journal_)) {
            marks.synced = marks.fence;
            journal_.mark(marks);
            tell(Event::Kind::caught_up, marks.fence.site, journal_.durable());
        }
        for (auto& [to, message] : receiver_.take_answers(journal_)) {
            outputs_.messages.push_back({to, std::move(message)});
        }
    }
    if (auto write = journal_.take_write()) outputs_.writes.push_back(std::move(*write));
}

}  // namespace novacron::replication
