// SPDX-License-Identifier: MIT
#include "sim/alert/monitor.hpp"

#include <algorithm>
#include <utility>

namespace shaketable {
namespace {

Duration asked_for(const AlertsSpec& alerts) {
    Duration longest = kLookback;
    for (const AlertRule* rule : alerts.rules()) {
        longest = std::max(longest, longest_range(*rule->expression));
    }
    return longest;
}

MetricsOptions with_wanted(MetricsOptions options, const AlertsSpec& alerts) {
    for (const AlertRule* rule : alerts.rules()) {
        for (std::string& metric : metrics_in(*rule->expression)) {
            options.wanted.push_back(std::move(metric));
        }
    }
    return options;
}

}  // namespace

Monitor::Monitor(AlertsSpec alerts, MetricsOptions metrics, Record& record, LookAtNode look)
    : alerts_(std::move(alerts)),
      record_(record),
      look_(std::move(look)),
      rules_(alerts_.rules()),
      epoch_(static_cast<double>(metrics.epoch_unix_seconds)),
      store_(asked_for(alerts_)),
      metrics_(with_wanted(std::move(metrics), alerts_), record, store_),
      next_scrape_(Instant{} + alerts_.scrape_interval) {
    const std::vector<std::string> names = alerts_.names();
    known_.resize(names.size());
    std::uint32_t rules = 0;
    for (const RuleGroup& spec : alerts_.groups) {
        Group& group = groups_.emplace_back(Group{&spec, rules, Instant{} + spec.interval, {}});
        for (const AlertRule& rule : spec.rules) {
            group.states.emplace_back(rule);
            const auto name = std::find(names.begin(), names.end(), rule.name);
            name_number_.push_back(static_cast<std::uint32_t>(name - names.begin()));
            ++rules;
        }
    }
}

std::string Monitor::name_of(std::uint32_t number) const {
    const Instance& instance = instances_.at(number);
    const AlertRule& of = rule(instance.rule);
    std::vector<std::string> own;
    for (const Label& label : of.labels) own.push_back(label.name);
    return text_of(of.name, without(instance.labels, own));
}

void Monitor::keep_all() { store_.keep_all(); }

Instant Monitor::next_time() const {
    Instant next = next_scrape_;
    for (const Group& group : groups_) next = std::min(next, group.next);
    return next;
}

bool Monitor::act(Instant now) {
    if (next_scrape_ == now) {
        next_scrape_ = now + alerts_.scrape_interval;
        metrics_.scrape(now, look_);
    }
    bool evaluated = false;
    for (Group& group : groups_) {
        if (group.next != now) continue;
        group.next = now + group.spec->interval;
        evaluate(now, group);
        evaluated = true;
    }
    return evaluated && note_known(now);
}

void Monitor::evaluate(Instant now, Group& group) {
    const double now_unix = epoch_ + static_cast<double>(now.ns) / 1e9;
    const Evaluator evaluator(store_, now, now_unix);
    for (std::uint32_t i = 0; i < group.states.size(); ++i) {
        const auto result = evaluator.evaluate(*group.spec->rules[i].expression);
        for (const AlertChange& change : group.states[i].evaluate(now, result)) {
            note(now, group.first + i, change);
        }
    }
}

Monitor::Instance& Monitor::instance(std::uint32_t rule, const Labels& labels) {
    const auto found =
        std::find_if(instances_.begin(), instances_.end(), [&](const Instance& known) {
            return known.rule == rule && known.labels == labels;
        });
    if (found != instances_.end()) return *found;
    return instances_.emplace_back(Instance{rule, labels, {}});
}

void Monitor::note(Instant now, std::uint32_t rule, const AlertChange& change) {
    Instance& of = instance(rule, change.labels);
    const auto number = static_cast<std::uint32_t>(&of - instances_.data());
    switch (change.what) {
        case AlertChange::What::pending:
            of.episode = episodes_.size();
            episodes_.push_back({rule, change.labels, now, {}, {}});
            record_.add(now, AlertPending{AlertId{rule}, number});
            return;
        case AlertChange::What::firing:
            episodes_.at(*of.episode).firing = now;
            record_.add(now, AlertFiring{AlertId{rule}, number});
            return;
        case AlertChange::What::resolved:
            record_.add(now, AlertResolved{AlertId{rule}, number});
            [[fallthrough]];
        case AlertChange::What::dropped: break;
    }
    episodes_.at(*of.episode).resolved = now;
    of.episode.reset();
}

bool Monitor::note_known(Instant now) {
    std::vector<bool> fires(known_.size());
    for (const Group& group : groups_) {
        for (std::uint32_t i = 0; i < group.states.size(); ++i) {
            if (group.states[i].fires()) fires[name_number_[group.first + i]] = true;
        }
    }
    bool changed = false;
    for (std::size_t name = 0; name < known_.size(); ++name) {
        AlertInstants& instants = known_[name];
        if (fires[name] && !instants.firing) {
            instants.firing = now;
            changed = true;
        } else if (!fires[name] && instants.firing && !instants.resolved) {
            instants.resolved = now;
            changed = true;
        }
    }
    return changed;
}

}  // namespace shaketable
