// SPDX-License-Identifier: MIT
//
// A monitoring system: scrapes, evaluates rules, and calls somebody.
//
// Intuition: it is Prometheus on a machine of its own. It knows what it has scraped and nothing
// else; whatever is shorter than its interval may pass it by. Scrapes are at whole multiples of
// their interval from the start of the run, evaluations likewise, so an alert fires late by up to
// an interval, and by its `for` rounded up to one. At one instant it scrapes first.
//
// What it does is no event of the queue: of what happens at one instant it comes first, before
// faults end and start. So what hangs on an alert can begin at the very instant at which that
// fires.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/alert/metrics.hpp"
#include "sim/alert/rule_state.hpp"
#include "sim/fault/alert_instants.hpp"

namespace shaketable {

// An alert from its being pending to its end.
struct AlertEpisode {
    std::uint32_t rule = 0;          // its number, over all groups
    Labels labels;
    Instant pending;                 // the condition held from then on
    std::optional<Instant> firing;   // nothing: it never came to that
    std::optional<Instant> resolved; // or given up while pending; nothing: it goes on
};

class Monitor {
public:
    // `metrics.wanted` need not be filled in. REQUIRES: the record outlives this.
    Monitor(AlertsSpec alerts, MetricsOptions metrics, Record& record, LookAtNode look);
    Monitor(const Monitor&) = delete;
    Monitor& operator=(const Monitor&) = delete;

    // When it scrapes or evaluates next.
    Instant next_time() const;
    // Does all that is due. Whether known() is another now. REQUIRES: now is next_time().
    bool act(Instant now);

    // By the names of alerts, in the order of AlertsSpec::names().
    const std::vector<AlertInstants>& known() const { return known_; }
    // In the order in which they began to be pending.
    const std::vector<AlertEpisode>& episodes() const { return episodes_; }
    // By number, as facts and episodes have it.
    const AlertRule& rule(std::uint32_t number) const { return *rules_.at(number); }
    // By the number that facts have: the rule's name, with labels if it has any of the result.
    std::string name_of(std::uint32_t instance) const;
    const SeriesStore& store() const { return store_; }
    // Samples are kept from the start of the run on. REQUIRES: nothing has been scraped yet.
    void keep_all();

private:
    struct Group {
        const RuleGroup* spec;
        std::uint32_t first;  // number of its first rule
        Instant next;
        std::vector<RuleState> states;
    };
    struct Instance {
        std::uint32_t rule;
        Labels labels;
        std::optional<std::size_t> episode;  // that goes on
    };

    void evaluate(Instant now, Group& group);
    void note(Instant now, std::uint32_t rule, const AlertChange& change);
    bool note_known(Instant now);
    Instance& instance(std::uint32_t rule, const Labels& labels);

    const AlertsSpec alerts_;
    Record& record_;
    LookAtNode look_;
    std::vector<const AlertRule*> rules_;     // by number
    std::vector<std::uint32_t> name_number_;  // by rule: which of the names
    double epoch_;
    SeriesStore store_;
    Metrics metrics_;
    Instant next_scrape_;
    std::vector<Group> groups_;
    std::vector<Instance> instances_;
    std::vector<AlertEpisode> episodes_;
    std::vector<AlertInstants> known_;
};

}  // namespace shaketable
