// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <set>

#include "sim/scenario/bind.hpp"
#include "sim/scenario/fields.hpp"
#include "sim/scenario/moment.hpp"

namespace shaketable {
namespace {

using Mode = CheckSpec::Mode;

constexpr std::array<std::pair<std::string_view, Mode>, 4> kModes = {
    {{"at_end", Mode::at_end},
     {"eventually", Mode::eventually},
     {"always", Mode::always},
     {"sometime", Mode::sometime}}};

constexpr std::array<std::pair<std::string_view, Predicate>, 11> kPredicates = {
    {{"acknowledged_writes.survive", Predicate::acknowledged_writes_survive},
     {"logs.agree", Predicate::logs_agree},
     {"history.linearizable", Predicate::history_linearizable},
     {"service.writable", Predicate::service_writable},
     {"service.readable", Predicate::service_readable},
     {"cluster.has_leader", Predicate::cluster_has_leader},
     {"cluster.healthy", Predicate::cluster_healthy},
     {"restores.reached", Predicate::restores_reached},
     {"backups.sound", Predicate::backups_sound},
     {"deploys.completed", Predicate::deploys_completed},
     {"deploys.contained", Predicate::deploys_contained}}};

class CheckBinder {
public:
    CheckBinder(const std::vector<FaultTimes>& times, Scenario& scenario, Diagnostics& diagnostics)
        : times_(times), scenario_(scenario), diagnostics_(diagnostics) {}

    void bind(const Node& item) {
        const Fields fields(item);
        check_fresh(fields);
        const auto mode = mode_of(item, fields);
        if (!mode) return;
        CheckSpec check;
        check.id = fields.text("id").value_or("?");
        check.mode = mode->second;
        bind_predicate(fields, mode->first, check);
        if (check.mode == Mode::eventually) bind_deadline(item, fields, check);
        const bool watches = check.mode == Mode::always || check.mode == Mode::sometime;
        if (watches) bind_during(fields, check);
        for (const std::string_view key : {"within", "after"}) {
            if (check.mode == Mode::eventually || !fields.has(key)) continue;
            report(*fields.any(key), "'" + std::string(key) + "' goes with eventually only",
                   "leave it out, or write eventually");
        }
        if (!watches && fields.has("during")) {
            report(*fields.any("during"), "'during' goes with always and sometime only",
                   "leave it out, or write always or sometime");
        }
        scenario_.checks.push_back(std::move(check));
    }

private:
    void report(const Node& node, std::string message, std::string hint = {}) {
        diagnostics_.add(about(node, std::move(message), std::move(hint)));
    }

    void check_fresh(const Fields& fields) {
        const auto id = fields.text("id");
        if (id && !seen_.insert(*id).second) {
            report(*fields.valid("id"), "two checks are called '" + *id + "'",
                   "give one of them another name");
        }
    }

    std::optional<std::pair<std::string_view, Mode>> mode_of(const Node& item,
                                                             const Fields& fields) {
        std::optional<std::pair<std::string_view, Mode>> found;
        for (const auto& mode : kModes) {
            if (!fields.has(mode.first)) continue;
            if (found) {
                report(item,
                       "both '" + std::string(found->first) + "' and '" + std::string(mode.first) +
                           "'",
                       "make two checks of it");
                return std::nullopt;
            }
            found = mode;
        }
        if (!found) {
            report(item, "what is checked, and when?",
                   "write at_end: logs.agree or eventually: service.writable, within: 10s");
        }
        return found;
    }

    bool has_workload(WorkloadSpec::Operation operation) const {
        return std::any_of(scenario_.workloads.begin(), scenario_.workloads.end(),
                           [&](const WorkloadSpec& load) { return load.operation == operation; });
    }

    void bind_predicate(const Fields& fields, std::string_view key, CheckSpec& check) {
        const auto word = fields.text(key);
        if (!word) return;
        bool known = false;
        for (const auto& [name, predicate] : kPredicates) {
            if (name != *word) continue;
            check.predicate = predicate;
            known = true;
        }
        if (!known) return bind_service_measure(*fields.valid(key), *word, check);
        const bool reads = check.predicate == Predicate::service_readable;
        const bool any = check.predicate == Predicate::history_linearizable;
        const bool writes = check.predicate == Predicate::acknowledged_writes_survive ||
                            check.predicate == Predicate::service_writable;
        if (any && scenario_.workloads.empty()) {
            report(*fields.valid(key),
                   "no workload reads or writes, so this would hold for lack of evidence");
        }
        if (reads && !has_workload(WorkloadSpec::Operation::read)) {
            report(*fields.valid(key),
                   "no workload reads, so this would hold for lack of evidence");
        }
        const bool backups = check.predicate == Predicate::restores_reached ||
                             check.predicate == Predicate::backups_sound;
        if (backups && !scenario_.backup) {
            report(*fields.valid(key), "the scenario makes no backups",
                   "write backup: {} for the runbook's policy");
        }
        const bool deploys = check.predicate == Predicate::deploys_completed ||
                             check.predicate == Predicate::deploys_contained;
        if (deploys && scenario_.versions.empty() && !has_versions(scenario_.graph)) {
            report(*fields.valid(key), "the cluster has one version only",
                   "write cluster: {versions: {v1: {}, v2: {reads_to: 2}}}, or versions of a "
                   "service");
        }
        if (writes && !has_workload(WorkloadSpec::Operation::write)) {
            report(*fields.valid(key),
                   "no workload writes, so this would hold for lack of evidence");
        }
    }

    void bind_service_measure(const Node& node, const std::string& text, CheckSpec& check) {
        check.predicate = Predicate::service_measure;
        check.of_service = *parse_service_predicate(text);
        const ServicePredicate& wanted = check.of_service;
        if (check.mode != Mode::at_end && !has_course(wanted.measure)) {
            report(node, "this is a number of the whole run, and not of a time in it",
                   "write at_end, or ask for goodput or success");
        }
        std::vector<std::string> known;
        std::vector<std::string> asked;
        const ServiceGraph& graph = scenario_.graph;
        for (const ServiceSpec& service : graph.services) known.push_back(service.id);
        for (const ClientSpec& client : graph.clients) {
            if (client.to < known.size()) asked.push_back(known[client.to]);
        }
        if (std::find(known.begin(), known.end(), wanted.service) == known.end()) {
            report(node, "unknown service '" + wanted.service + "'",
                   did_you_mean(wanted.service, known));
            return;
        }
        const bool of_clients = wanted.measure == ServiceMeasure::success ||
                                wanted.measure == ServiceMeasure::attempts;
        if (of_clients && std::find(asked.begin(), asked.end(), wanted.service) == asked.end()) {
            report(node, "no clients ask '" + wanted.service + "'",
                   "this is about the requests of clients; p99 and rejected are about calls");
        }
        const bool after_faults = wanted.measure == ServiceMeasure::metastable ||
                                  wanted.measure == ServiceMeasure::goodput_share;
        if (after_faults && scenario_.faults.empty()) {
            report(node, "without a fault there is nothing before or after it to compare");
        }
    }

    std::vector<std::string> fault_ids() const {
        std::vector<std::string> ids;
        for (const FaultSpec& fault : scenario_.faults) ids.push_back(fault.id);
        return ids;
    }

    // The fault of an id; reports at the node if there is none.
    std::optional<std::uint32_t> fault_of(const Node& node, const std::string& id) {
        const std::vector<std::string> ids = fault_ids();
        const auto found = std::find(ids.begin(), ids.end(), id);
        if (found != ids.end()) return static_cast<std::uint32_t>(found - ids.begin());
        report(node, "unknown fault '" + id + "'", did_you_mean(id, ids));
        return std::nullopt;
    }

    void bind_during(const Fields& fields, CheckSpec& check) {
        const auto id = fields.text("during");
        if (id) check.during = fault_of(*fields.valid("during"), *id);
    }

    // When all faults have ended for certain, those aside that never end.
    Instant faults_end() const {
        Instant end{scenario_.warmup.ns};
        for (const FaultTimes& times : times_) {
            if (!times.end || times.end->on_alert) continue;
            end = std::max(end, times.end->latest());
        }
        return end;
    }

    // The latest instant at which the clock of the check starts.
    std::optional<Instant> clock_of(const Fields& fields, CheckSpec& check) {
        const auto text = fields.text("after");
        const auto moment = text ? parse_moment(*text) : Parsed<Moment>{};
        if (!moment || *text == "faults.end") return faults_end();
        const Node& node = *fields.valid("after");
        When when;
        when.offset = moment->offset;
        Instant base{};
        if (moment->edge == Moment::Edge::none) {
            when.anchor = When::Anchor::run_start;
        } else if (moment->anchor == "warmup" || moment->anchor == "faults") {
            if (moment->edge == Moment::Edge::start) {
                report(node, "nothing starts the clock of a check by this name",
                       "write warmup.end, faults.end or crash.end");
                return std::nullopt;
            }
            const bool warmup = moment->anchor == "warmup";
            when.anchor = warmup ? When::Anchor::warmup_end : When::Anchor::faults_end;
            base = warmup ? Instant{scenario_.warmup.ns} : faults_end();
        } else if (moment->is_of_alert()) {
            report(node, "the clock of a check does not wait for an alert",
                   "write what waits for the alert, such as failover.start");
            return std::nullopt;
        } else {
            const auto fault = fault_of(node, moment->anchor);
            if (!fault) return std::nullopt;
            const bool start = moment->edge == Moment::Edge::start;
            when.anchor = start ? When::Anchor::fault_start : When::Anchor::fault_end;
            when.fault = *fault;
            if (!start && !scenario_.faults[*fault].end) {
                report(node, "'" + moment->anchor + "' is permanent and has no end");
                return std::nullopt;
            }
            if (*fault >= times_.size()) return std::nullopt;
            const auto& bounds = start ? times_[*fault].start : times_[*fault].end;
            if (!bounds) return std::nullopt;
            base = bounds->on_alert ? Instant{scenario_.warmup.ns} : bounds->latest();
        }
        check.after = when;
        return base + moment->offset;
    }

    void bind_deadline(const Node& item, const Fields& fields, CheckSpec& check) {
        if (!fields.has("within")) report(item, "eventually needs 'within'", "write within: 30s");
        const auto within = fields.duration("within");
        const auto clock = clock_of(fields, check);
        if (!within || scenario_.duration == Duration{} || !clock) return;
        check.within = *within;
        const Duration hold = scenario_.service_level.hold;
        if (check.predicate == Predicate::service_measure && *within < hold) {
            report(*fields.valid("within"),
                   "a service is looked at for service_level.hold, " + format_duration(hold) +
                       ", at a time",
                   "write within: " + format_duration(hold) + " or more, or a shorter hold");
        }
        const Instant deadline = *clock + *within;
        if (deadline.ns <= scenario_.duration.ns) return;
        const std::string what =
            check.after ? "this may need " : "the faults may end so late that this needs ";
        report(*fields.valid("within"), what + format_duration({deadline.ns}) + " of a run of " +
                                            format_duration(scenario_.duration));
    }

    const std::vector<FaultTimes>& times_;
    Scenario& scenario_;
    Diagnostics& diagnostics_;
    std::set<std::string> seen_;
};

}  // namespace

void bind_checks(const Node& canonical, const std::vector<FaultTimes>& times, Scenario& scenario,
                 Diagnostics& diagnostics) {
    const Node* list = Fields(canonical).valid("checks");
    if (list == nullptr) return;
    CheckBinder binder(times, scenario, diagnostics);
    for (const Node& item : list->items) {
        if (item.is_map()) binder.bind(item);
    }
}

}  // namespace shaketable
