// SPDX-License-Identifier: MIT
#include "sim/site/procedures.hpp"

#include <algorithm>

#include "core/base/check.hpp"
#include "sim/site/sites.hpp"

namespace shaketable {

namespace replication = novacron::replication;
using replication::Promotion;
using replication::ReadOnly;
using replication::Role;
using WishKind = SiteAgent::Wish::Kind;
using Verb = SiteOrder::Verb;

namespace {

// How often somebody looks at how far a step is.
constexpr Duration kLook = novacron::milliseconds(50);

// Of a group's last entry before its first election.
constexpr Term kSeedTerm{1};

SiteStep step_of(Verb verb) {
    switch (verb) {
        case Verb::set_readonly: return SiteStep::set_readonly;
        case Verb::wait_sync: return SiteStep::wait_sync;
        case Verb::promote: return SiteStep::promote;
        case Verb::switch_over: return SiteStep::switch_over;
        case Verb::fence: return SiteStep::fence;
        case Verb::update_dns: return SiteStep::update_dns;
        case Verb::verify: return SiteStep::verify;
        case Verb::resync: return SiteStep::resync;
        case Verb::reconcile: return SiteStep::reconcile;
        case Verb::failover: break;
    }
    throw novacron::BugError("a failover is not a step");
}

}  // namespace

Procedures::Procedures(EventQueue& queue, Record& record, Receipts& receipts, Fleet& fleet,
                       NameService* names, Sites& sites, const Random& random)
    : queue_(queue),
      record_(record),
      receipts_(receipts),
      fleet_(fleet),
      names_(names),
      sites_(sites),
      random_(random) {}

void Procedures::begin(FaultId fault, const SiteOrder& order, SiteId target,
                       const Random& random) {
    Procedure procedure;
    procedure.order = order;
    procedure.target = target;
    procedure.random = random;
    procedure.began = queue_.now();
    plan(procedure);
    auto& begun = procedures_.insert_or_assign(fault.value, std::move(procedure)).first->second;
    begin_step(fault.value, begun);
}

// What the order is to be carried out upon is known when it begins.
void Procedures::plan(Procedure& procedure) const {
    const SiteOrder& order = procedure.order;
    auto& steps = procedure.steps;
    const SiteId target = procedure.target;
    if (order.verb != Verb::failover) {
        steps.push_back({step_of(order.verb), target});
        return;
    }
    const SiteId old = sites_.believed_primary();
    steps.push_back({SiteStep::detect, old});
    steps.push_back({SiteStep::decide, old});
    steps.push_back({SiteStep::set_readonly, old, true});
    steps.push_back({SiteStep::wait_sync, target, true});
    if (order.fence) steps.push_back({SiteStep::fence, old});
    steps.push_back({SiteStep::promote, target});
    if (names_ != nullptr) steps.push_back({SiteStep::update_dns, target});
    steps.push_back({SiteStep::verify, target});
    if (order.rejoin) steps.push_back({SiteStep::rejoin, old});
}

void Procedures::end(FaultId fault) {
    const auto found = procedures_.find(fault.value);
    if (found == procedures_.end()) return;
    const Procedure procedure = std::move(found->second);
    procedures_.erase(found);
    if (!procedure.silenced.is_none() && sites_.agent(procedure.silenced) != nullptr) {
        sites_.wish(procedure.silenced, {WishKind::writable});
    }
    for (const NodeId node : procedure.powerless) fleet_.let_up(node);
    for (const NodeId node : procedure.halted) fleet_.let_up(node);
}

void Procedures::look_again(Instant at, std::uint32_t number) {
    queue_.push(at, {this, 0, number, 0});
}

void Procedures::tell(std::uint32_t number, const Procedure& procedure, StepOutcome outcome) {
    const Step& step = procedure.steps[procedure.next];
    record_.add(queue_.now(), FailoverStep{FaultId{number}, step.what, step.site, outcome,
                                           procedure.count});
}

void Procedures::begin_step(std::uint32_t number, Procedure& procedure) {
    const Instant now = queue_.now();
    const SiteStep what = procedure.steps[procedure.next].what;
    procedure.given = false;
    procedure.count = 0;
    procedure.arrives = now;
    if (what == SiteStep::decide) {
        procedure.arrives = now + Distribution(procedure.order.decide).draw(procedure.random);
    } else if (what != SiteStep::detect) {
        procedure.arrives = now + Distribution(procedure.order.command_time).draw(procedure.random);
    }
    procedure.deadline = what == SiteStep::rejoin ? Instant::never()
                                                  : procedure.arrives + procedure.order.timeout;
    tell(number, procedure, StepOutcome::begun);
    look_again(procedure.arrives, number);
}

void Procedures::on_event(Instant now, const Event& event) {
    const auto found = procedures_.find(event.a);
    if (found == procedures_.end()) return;
    Procedure& procedure = found->second;
    if (procedure.next == procedure.steps.size() || now < procedure.arrives) return;
    const auto outcome = drive(now, event.a, procedure);
    if (!outcome) {
        look_again(now + kLook, event.a);
        return;
    }
    tell(event.a, procedure, *outcome);
    const Step step = procedure.steps[procedure.next];
    const bool is_done = *outcome == StepOutcome::done || *outcome == StepOutcome::skipped;
    // The service has moved when all is done but what the old primary comes back to.
    const bool is_last = procedure.next + 1 == procedure.steps.size()
                             ? step.what != SiteStep::rejoin
                             : procedure.steps[procedure.next + 1].what == SiteStep::rejoin;
    const bool goes_on = is_done || step.may_fail;
    procedure.next = goes_on ? procedure.next + 1 : procedure.steps.size();
    if (event.a != FaultId::none().value && (!goes_on || is_last)) {
        receipts_.effect(now, FaultId{event.a},
                         is_done ? FaultEffect::order_obeyed : FaultEffect::order_refused);
    }
    if (procedure.next < procedure.steps.size()) begin_step(event.a, procedure);
}

std::optional<StepOutcome> Procedures::drive(Instant now, std::uint32_t number,
                                             Procedure& procedure) {
    const Step& step = procedure.steps[procedure.next];
    const bool is_late = now >= procedure.deadline;
    std::optional<StepOutcome> outcome;
    switch (step.what) {
        case SiteStep::detect: {
            if (procedure.order.detect_after == Duration{}) return StepOutcome::done;
            sites_.prober_.begin();
            const auto since = sites_.prober().down_since();
            if (!since || now - std::max(*since, procedure.began) < procedure.order.detect_after) {
                return std::nullopt;
            }
            return StepOutcome::done;
        }
        case SiteStep::decide: return StepOutcome::done;
        case SiteStep::set_readonly: outcome = set_read_only(procedure, step.site); break;
        case SiteStep::wait_sync: outcome = wait_for_sync(now, procedure); break;
        case SiteStep::fence: outcome = cut_power(procedure, step.site); break;
        case SiteStep::promote: outcome = promote(procedure, step.site); break;
        case SiteStep::switch_over: outcome = switch_over(now, procedure, step.site); break;
        case SiteStep::update_dns:
            if (names_ == nullptr) return StepOutcome::refused;
            names_->change(step.site);
            return StepOutcome::done;
        case SiteStep::verify: {
            const SiteAgent* agent = sites_.reach(step.site);
            procedure.given = procedure.given || agent != nullptr;
            if (agent != nullptr && agent->is_writable()) outcome = StepOutcome::done;
            break;
        }
        case SiteStep::resync:
        case SiteStep::reconcile: outcome = resync(now, number, procedure, step.site); break;
        case SiteStep::rejoin: return rejoin(now, number, procedure, step.site);
    }
    if (outcome || !is_late) return outcome;
    if (procedure.seed) return std::nullopt;  // it is on its way
    return procedure.given ? StepOutcome::timed_out : StepOutcome::unreachable;
}

std::optional<StepOutcome> Procedures::set_read_only(Procedure& procedure, SiteId site) {
    const SiteAgent* agent = sites_.reach(site);
    if (agent == nullptr) return std::nullopt;
    if (agent->site().role() != Role::primary) return StepOutcome::refused;
    if (agent->site().read_only() == ReadOnly::by_operator) return StepOutcome::done;
    if (!procedure.given || procedure.silenced != site) {
        sites_.wish(site, {WishKind::read_only});
        procedure.silenced = site;
    }
    procedure.given = true;
    return std::nullopt;
}

std::optional<StepOutcome> Procedures::wait_for_sync(Instant now, Procedure& procedure) {
    const SiteId target = procedure.target;
    const SiteAgent* primary = sites_.reach(sites_.believed_primary());
    if (primary == nullptr || primary->site().role() != Role::primary) {
        const bool skips = procedure.order.verb == Verb::failover && procedure.order.skip_wait;
        return skips ? std::optional(StepOutcome::skipped) : std::nullopt;
    }
    if (sites_.believed_primary() == target) return StepOutcome::refused;
    procedure.given = true;
    procedure.count = primary->site().lag(now, target).entries;
    return procedure.count == 0 ? std::optional(StepOutcome::done) : std::nullopt;
}

std::optional<StepOutcome> Procedures::cut_power(Procedure& procedure, SiteId site) {
    const auto& nodes = sites_.nodes(site);
    const HostId here = fleet_.observer(0);
    const bool is_cut = std::all_of(nodes.begin(), nodes.end(), [&](NodeId node) {
        return fleet_.node(node).state() != NodeHost::State::off &&
               fleet_.network().is_cut(here, HostId{node.value});
    });
    if (is_cut) return std::nullopt;
    for (const NodeId node : nodes) {
        fleet_.hold_down(node, StopCause::power_loss);
        procedure.powerless.push_back(node);
    }
    return StepOutcome::done;
}

std::optional<StepOutcome> Procedures::promote(Procedure& procedure, SiteId site) {
    SiteAgent* agent = sites_.reach(site);
    if (agent == nullptr) return std::nullopt;
    if (procedure.given) {
        if (agent->site().role() != Role::primary) return StepOutcome::refused;
        if (!agent->is_writable()) return std::nullopt;
        sites_.believe(site);
        return StepOutcome::done;
    }
    const auto force =
        procedure.order.force ? replication::Force::yes : replication::Force::no;
    const Promotion promotion = sites_.promote(site, force);
    procedure.count = promotion.missing;
    if (promotion.answer != Promotion::Answer::promoted) return StepOutcome::refused;
    procedure.given = true;
    return std::nullopt;
}

std::optional<StepOutcome> Procedures::switch_over(Instant now, Procedure& procedure,
                                                   SiteId site) {
    const SiteAgent* target = sites_.reach(site);
    if (procedure.given && target != nullptr && target->is_writable()) {
        sites_.believe(site);
        return StepOutcome::done;
    }
    const SiteId old = sites_.believed_primary();
    const SiteAgent* agent = sites_.reach(old);
    if (agent == nullptr || old == site) return std::nullopt;
    if (!procedure.given) {
        procedure.given = true;
        sites_.wish(old, {WishKind::switch_over, site, now + procedure.order.timeout});
        return std::nullopt;
    }
    using Answer = replication::Switchover;
    const auto& answer = agent->switchover();
    if (answer && *answer != Answer::started) return StepOutcome::refused;
    return std::nullopt;
}

std::optional<StepOutcome> Procedures::resync(Instant now, std::uint32_t number,
                                              Procedure& procedure, SiteId site) {
    if (!procedure.seed) {
        if (!take_seed(now, number, procedure, site)) return std::nullopt;
        procedure.given = true;
        for (const NodeId node : sites_.nodes(site)) {
            fleet_.hold_down(node, StopCause::restart);
            procedure.halted.push_back(node);
        }
        return std::nullopt;
    }
    if (procedure.halted.empty()) {
        if (procedure.gone_through) return go_through(now, procedure, site);
        return sites_.reach(site) == nullptr ? std::nullopt : std::optional(StepOutcome::done);
    }
    if (now < procedure.seed->there) return std::nullopt;
    const Seed& seed = *procedure.seed;
    for (const NodeId node : procedure.halted) fleet_.node(node).begin_anew(seed.snapshot);
    sites_.sites_[site.value].ledger.begin_anew(seed.durable, seed.snapshot.meta.position);
    record_.add(now, SiteReseeded{site, seed.source, seed.durable.before, seed.discarded,
                                  seed.snapshot.state.size(), seed.snapshot.meta.position.index,
                                  seed.state});
    if (sites_.listener_ != nullptr) sites_.listener_->begun_anew(site, seed.source);
    procedure.count = seed.discarded;
    const std::vector<NodeId> halted = std::exchange(procedure.halted, {});
    for (const NodeId node : halted) fleet_.let_up(node);
    return std::nullopt;
}

std::optional<StepOutcome> Procedures::rejoin(Instant now, std::uint32_t number,
                                              Procedure& procedure, SiteId site) {
    using Conversation = replication::Sender::State;
    if (procedure.seed) return resync(now, number, procedure, site);
    const SiteAgent* primary = sites_.primary();
    if (primary == nullptr || sites_.site_of(primary->node()) == site) return std::nullopt;
    if (sites_.reach(site) == nullptr) return std::nullopt;
    const Conversation told = primary->site().conversation(site);
    if (told == Conversation::greeting) return std::nullopt;
    if (told == Conversation::shipping) return StepOutcome::skipped;  // it goes on by itself
    return resync(now, number, procedure, site);
}

// Writes are made again only where an operator can see them arrive.
std::optional<StepOutcome> Procedures::go_through(Instant now, Procedure& procedure, SiteId site) {
    const SiteId source = procedure.seed->source;
    SiteAgent* primary = sites_.reach(source);
    if (primary == nullptr) return std::nullopt;
    // Another was made primary meanwhile, and may have another log.
    if (primary->site().fence() != procedure.seed->durable.marks.fence) return StepOutcome::refused;
    Reconciliation& reconciliation = *procedure.gone_through;
    const bool is_done = reconciliation.drive(now, *primary, sites_.ledger(source), record_);
    procedure.count = reconciliation.reapplied();
    return is_done && sites_.reach(site) != nullptr ? std::optional(StepOutcome::done)
                                                    : std::nullopt;
}

// The primary's state as it is now: its leader has applied all that its ledger holds.
bool Procedures::take_seed(Instant now, std::uint32_t number, Procedure& procedure, SiteId site) {
    const SiteAgent* primary = sites_.primary();
    if (primary == nullptr || !sites_.can_reach(HostId{primary->node().value})) return false;
    const SiteId source = sites_.site_of(primary->node());
    if (source == site) return false;
    const novacron::Node& node = *fleet_.node(primary->node()).node();
    const Ledger& ledger = sites_.ledger(source);
    if (node.applied() != ledger.applied()) return false;
    Seed seed;
    seed.source = source;
    seed.state = node.store().digest();
    const std::vector<std::byte> state = node.store().encode();
    seed.snapshot.meta.position = {kSeedTerm, node.applied()};
    seed.snapshot.state = novacron::Bytes(state);
    seed.durable.marks.fence = ledger.durable().marks.fence;
    seed.durable.history = ledger.durable().history;
    seed.durable.before = ledger.last();
    const Ledger& own = sites_.ledger(site);
    const auto common = replication::common_point({own.durable().history, own.last()},
                                                  {ledger.durable().history, ledger.last()});
    seed.discarded = own.last() - common.index;
    if (procedure.order.verb == Verb::reconcile) {
        const auto& all = own.durable().records;
        const std::size_t alone = std::min<std::size_t>(seed.discarded, all.size());
        procedure.gone_through.emplace(
            Reconciliation::Options{site, common.index, procedure.order.again, number},
            std::vector(all.end() - static_cast<std::ptrdiff_t>(alone), all.end()));
    }
    const auto bytes = static_cast<std::int64_t>(state.size());
    const auto rate = static_cast<std::int64_t>(sites_.options_.seed_bytes_per_second);
    seed.there = now + Duration{bytes * 1'000'000'000 / rate};
    procedure.seed = std::move(seed);
    return true;
}

}  // namespace shaketable
