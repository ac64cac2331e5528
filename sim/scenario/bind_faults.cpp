// SPDX-License-Identifier: MIT
#include <algorithm>
#include <map>
#include <set>

#include "sim/scenario/bind.hpp"
#include "sim/scenario/bind_backup.hpp"
#include "sim/scenario/bind_deploy.hpp"
#include "sim/scenario/bind_traffic.hpp"
#include "sim/scenario/fault_options.hpp"
#include "sim/scenario/fields.hpp"
#include "sim/scenario/host_options.hpp"
#include "sim/scenario/moment.hpp"
#include "sim/scenario/places.hpp"
#include "sim/scenario/scalars.hpp"
#include "sim/scenario/schema.hpp"
#include "sim/scenario/service_options.hpp"
#include "sim/scenario/site_options.hpp"

namespace shaketable {
namespace {

constexpr std::string_view kNotFaults[] = {"run", "warmup", "faults", "random"};

constexpr std::size_t kMostFaults = 10'000;

class FaultBinder {
public:
    FaultBinder(Scenario& scenario, Diagnostics& diagnostics)
        : scenario_(scenario), diagnostics_(diagnostics), places_(scenario.nodes, diagnostics) {}

    std::vector<FaultTimes> bind(const Node& list) {
        list_ = &list;
        if (list.items.size() > kMostFaults) {
            report(list, "more than " + std::to_string(kMostFaults) + " faults");
            return {};
        }
        for (std::uint32_t i = 0; i < list.items.size(); ++i) name(list.items[i], i);
        for (std::uint32_t i = 0; i < list.items.size(); ++i) bind_one(list.items[i], i);
        if (scenario_.duration == Duration{}) return {};  // not known: it was reported
        const Instant warmup_end{scenario_.warmup.ns};
        const auto times = plan_times(planned_, warmup_end, diagnostics_);
        for (std::uint32_t i = 0; i < times.size(); ++i) {
            check_times(times[i], planned_[i]);
            check_spread(times[i], planned_[i], scenario_.faults[i]);
            check_storm(times[i], planned_[i], scenario_.faults[i]);
        }
        return times;
    }

private:
    // What other faults may refer to, known before any time is read.
    void name(const Node& fault, std::uint32_t index) {
        const Fields fields(fault.is_map() ? &fault : nullptr);
        if (fields.boolean("permanent").value_or(false)) permanent_.insert(index);
        const auto id = fields.text("id");
        if (!id) return;
        const Node& node = *fields.valid("id");
        if (std::find(std::begin(kNotFaults), std::end(kNotFaults), *id) != std::end(kNotFaults)) {
            report(node,
                   "a fault can't be called '" + *id + "', which means something else in times",
                   "give it another name");
        }
        if (!indexes_.emplace(*id, index).second)
            report(node, "two faults are called '" + *id + "'", "give one of them another name");
    }

    void bind_one(const Node& node, std::uint32_t index) {
        FaultSpec spec;
        Planned planned;
        const Fields fields(node.is_map() ? &node : nullptr);
        spec.id = fields.text("id").value_or("?");
        planned.id = spec.id;
        planned.at_start = about(fields.has("at") ? *fields.any("at") : node, {});
        planned.at_end = about(fields.has("until") ? *fields.any("until")
                               : fields.has("for") ? *fields.any("for")
                                                   : node,
                               {});
        if (node.is_map()) {
            planned.start = start(node, fields);
            planned.end = end(node, fields, index);
            bind_what(node, fields, spec);
        }
        if (planned.start) spec.start = *planned.start;
        spec.end = planned.end;
        scenario_.faults.push_back(std::move(spec));
        planned_.push_back(std::move(planned));
    }

    // Exactly one of the keys must be there; gives it.
    std::optional<std::string_view> exactly_one(const Node& node, std::string_view what,
                                                std::initializer_list<std::string_view> choices) {
        std::optional<std::string_view> found;
        std::string all;
        for (const std::string_view key : choices) {
            all += (all.empty()                   ? ""
                    : key == *(choices.end() - 1) ? " or "
                                                  : ", ") +
                   std::string(key);
            const Node::Entry* entry = node.find_entry(key);
            if (entry == nullptr) continue;
            if (found) {
                diagnostics_.add(about(
                    *entry, "both '" + std::string(*found) + "' and '" + std::string(key) + "'",
                    "one of " + all));
                return std::nullopt;
            }
            found = key;
        }
        if (!found) report(node, std::string(what), "write " + all);
        return found;
    }

    std::optional<When> start(const Node& node, const Fields& fields) {
        const auto key = exactly_one(node, "when does it strike?", {"at", "between"});
        if (!key) return std::nullopt;
        if (*key == "at") return moment(fields.valid("at"));
        const Node* pair = fields.valid("between");
        if (pair == nullptr) return std::nullopt;
        if (pair->items.size() != 2) {
            report(*pair, "between has two times: the earliest and the latest");
            return std::nullopt;
        }
        const auto low = moment(&pair->items[0]);
        const auto high = moment(&pair->items[1]);
        if (!low || !high) return std::nullopt;
        if (low->anchor != high->anchor || low->fault != high->fault ||
            low->alert != high->alert) {
            report(*pair, "both times of between have the same anchor",
                   "write such as [crash.start + 1s, crash.start + 5s]");
            return std::nullopt;
        }
        if (high->offset < low->offset) {
            report(pair->items[1], "the latest time of between is before the earliest",
                   "did you mean [" + pair->items[1].text + ", " + pair->items[0].text + "]?");
            return std::nullopt;
        }
        When when = *low;
        when.spread = high->offset - low->offset;
        return when;
    }

    std::optional<When> end(const Node& node, const Fields& fields, std::uint32_t index) {
        const auto word = fields.text("inject");
        if (word && find_fault_word(*word)->at_once) return end_at_once(fields, *word, index);
        const auto key = exactly_one(node, "a fault ends, or says that it does not",
                                     {"for", "until", "permanent"});
        if (!key) return std::nullopt;
        if (*key == "until") return moment(fields.valid("until"));
        if (*key == "for") {
            if (fields.has("random")) {
                report(*fields.any("for"),
                       "a storm ends by until; how long each fault acts is in random",
                       "write until: 50s");
                return std::nullopt;
            }
            const auto range = fields.durations("for");
            if (!range) return std::nullopt;
            return When{When::Anchor::fault_start, index, range->low, range->high - range->low};
        }
        const Node* permanent = fields.valid("permanent");
        if (permanent != nullptr && permanent->text != "true") {
            report(*permanent, "a fault that is not permanent says when it ends", "write for: 10s");
        } else if (permanent != nullptr && fields.has("random")) {
            report(*permanent, "a storm ends", "write until: 50s");
        }
        return std::nullopt;
    }

    // The shortest time there is, so that its end comes after its start; or its downtime.
    std::optional<When> end_at_once(const Fields& fields, const std::string& word,
                                    std::uint32_t index) {
        for (const std::string_view key : {"for", "until", "permanent"}) {
            if (!fields.has(key)) continue;
            report(*fields.any(key), word + " is done at once",
                   "leave '" + std::string(key) + "' out");
        }
        const Duration lasts = fields.map("with").duration("downtime").value_or(Duration{});
        return When{When::Anchor::fault_start, index, std::max(Duration{1}, lasts), Duration{}};
    }

    std::optional<When> moment(const Node* node) {
        if (node == nullptr || !node->is_scalar()) return std::nullopt;
        const auto parsed = parse_moment(node->text);
        if (!parsed) return std::nullopt;
        When when;
        when.offset = parsed->offset;
        if (parsed->edge == Moment::Edge::none) return when;
        if (parsed->is_of_alert()) return alert_moment(*node, *parsed);
        if (parsed->anchor == "warmup") {
            when.anchor = When::Anchor::warmup_end;
            if (parsed->edge == Moment::Edge::end) return when;
            report(*node, "the warm-up starts at 0s", "did you mean warmup.end?");
            return std::nullopt;
        }
        if (parsed->anchor == "faults") {
            when.anchor = When::Anchor::faults_end;
            if (parsed->edge == Moment::Edge::end) return when;
            report(*node, "faults have no common start", "did you mean faults.end?");
            return std::nullopt;
        }
        const auto found = indexes_.find(parsed->anchor);
        if (found == indexes_.end()) {
            std::vector<std::string> known{"warmup", "faults"};
            for (const auto& [id, index] : indexes_) known.push_back(id);
            report(*node, "unknown fault '" + parsed->anchor + "'",
                   did_you_mean(parsed->anchor, known));
            return std::nullopt;
        }
        when.anchor = parsed->edge == Moment::Edge::start ? When::Anchor::fault_start
                                                          : When::Anchor::fault_end;
        when.fault = found->second;
        if (when.anchor == When::Anchor::fault_end && permanent_.contains(when.fault)) {
            report(*node, "'" + parsed->anchor + "' is permanent and has no end",
                   "count from " + parsed->anchor + ".start, or let it end");
            return std::nullopt;
        }
        return when;
    }

    // REQUIRES: alerts are bound.
    std::optional<When> alert_moment(const Node& node, const Moment& moment) {
        const std::vector<std::string> known =
            scenario_.alerts ? scenario_.alerts->names() : std::vector<std::string>{};
        const auto found = std::find(known.begin(), known.end(), moment.anchor);
        if (scenario_.alerts && known.empty()) return std::nullopt;  // that was reported
        if (found == known.end()) {
            report(node, "unknown alert '" + moment.anchor + "'",
                   !scenario_.alerts ? "nobody is called without alerts: {rules: FILE}"
                                     : did_you_mean(moment.anchor, known));
            return std::nullopt;
        }
        When when;
        when.anchor = moment.edge == Moment::Edge::firing ? When::Anchor::alert_firing
                                                          : When::Anchor::alert_resolved;
        when.offset = moment.offset;
        when.alert = static_cast<std::uint32_t>(found - known.begin());
        return when;
    }

    void bind_what(const Node& node, const Fields& fields, FaultSpec& spec) {
        const auto key = exactly_one(node, "what breaks?", {"inject", "random"});
        if (!key) return;
        if (*key == "random") {
            bind_random(fields, spec);
            return;
        }
        const auto word = fields.text("inject");
        if (!word) return;
        spec.inject = *word;
        const FaultWord& fault = *find_fault_word(*word);
        check_with(node, fields, fault);
        bind_kind(fields.map("with"), *word, spec);
        bind_membership(fields.map("with"), *word, spec);
        if (auto kind = bind_options(*word, node, scenario_, places_, diagnostics_)) {
            spec.what = std::move(*kind);
        }
        if (auto kind = host_fault_of(*word, fields.map("with"))) spec.what = *kind;
        if (auto kind = service_fault_of(*word, node, scenario_, diagnostics_)) spec.what = *kind;
        if (auto kind =
                bind_backup_fault(*word, node, *list_, scenario_, diagnostics_)) {
            spec.what = std::move(*kind);
        }
        if (auto kind = site_fault_of(*word, fields.map("with"))) spec.what = *kind;
        if (auto kind = bind_deploy(*word, node, scenario_, diagnostics_)) spec.what = *kind;
        if (*word == "deploy.shift") spec.what = bind_traffic(node, scenario_, diagnostics_);
        check_ramp(fields, *word, spec);
        if (fault.hosts == FaultWord::Hosts::none) {
            if (!fields.has("target")) return;
            report(*fields.any("target"), *word + " has no target: it is about backups",
                   "leave 'target' out");
            return;
        }
        if (!fields.has("target")) {
            report(node, "the key 'target' is missing",
                   fault.hosts == FaultWord::Hosts::split
                       ? "write target: {split: [[leader], [others]]}"
                   : fault.hosts == FaultWord::Hosts::load    ? "write target: clients"
                   : fault.hosts == FaultWord::Hosts::service ? "write target: a service's name"
                                                           : "write target: {role: leader}");
            return;
        }
        const Node& target = *fields.any("target");
        if (fault.hosts == FaultWord::Hosts::split) {
            if (auto partition = places_.partition(target))
                spec.what = FaultKind{std::move(*partition)};
        } else if (fault.hosts == FaultWord::Hosts::load) {
            if (auto selector = places_.workloads(target, names_of_clients(scenario_))) {
                spec.target = std::move(*selector);
                check_writers(target, spec);
            }
        } else if (fault.hosts == FaultWord::Hosts::service) {
            if (auto selector = bind_services(target, scenario_.graph, diagnostics_))
                spec.target = std::move(*selector);
        } else if (auto selector = places_.hosts(target, fault.hosts)) {
            spec.target = std::move(*selector);
            check_replacement(target, spec);
        }
        check_site_fault(spec, node, scenario_, diagnostics_);
    }

    // A mistake is made by writing.
    void check_writers(const Node& target, const FaultSpec& spec) {
        const auto* kind = std::get_if<FaultKind>(&spec.what);
        if (kind == nullptr || !std::holds_alternative<KeyMistake>(*kind)) return;
        const auto& loads = scenario_.workloads;
        const auto writes = [&](std::uint32_t number) {
            return number < loads.size() &&
                   loads[number].operation == WorkloadSpec::Operation::write;
        };
        const auto& named = spec.target.workloads;
        const bool any =
            named.empty()
                ? std::any_of(loads.begin(), loads.end(),
                              [](const WorkloadSpec& load) {
                                  return load.operation == WorkloadSpec::Operation::write;
                              })
                : std::any_of(named.begin(), named.end(), writes);
        if (!any) report(target, "no workload of the target writes", "name one that does");
    }

    // Nobody goes and comes at once, as far as the names say.
    void check_replacement(const Node& target, const FaultSpec& spec) {
        const auto* kind = std::get_if<FaultKind>(&spec.what);
        if (kind == nullptr || spec.target.pick || spec.target.role != Selector::Role::any) return;
        const auto meets = [&](const std::vector<NodeId>& nodes, const std::string& what) {
            for (const NodeId node : nodes) {
                const auto& among = spec.target.among;
                if (!std::binary_search(among.begin(), among.end(), node)) continue;
                report(target, "'" + scenario_.nodes[node.value].name + "' is " + what);
            }
        };
        if (const auto* change = std::get_if<MembershipChange>(kind))
            meets(change->by, "to go and to come");
        if (const auto* wrong = std::get_if<WrongRestart>(kind))
            meets(wrong->instead, "the right node and the wrong one");
    }

    // Exactly the keys of `with` that the fault asks for, and what it may have.
    void check_with(const Node& node, const Fields& fields, const FaultWord& fault) {
        const Node* with = fields.any("with");
        if (with != nullptr && with->kind == Node::Kind::hole) return;
        std::string all;
        std::vector<WithKey> keys = with_keys(fault);
        for (const WithKey& key : keys) all += (all.empty() ? "" : ", ") + key.name;
        if (with != nullptr) {
            for (const Node::Entry& entry : with->entries) {
                const bool known = std::any_of(keys.begin(), keys.end(), [&](const WithKey& key) {
                    return key.name == entry.key;
                });
                if (known) continue;
                diagnostics_.add(about(entry,
                                       std::string(fault.word) + " has no '" + entry.key + "'",
                                       all.empty() ? "it needs no with" : "it has " + all));
            }
        }
        std::erase_if(keys, [](const WithKey& key) { return !key.required; });
        std::string example;
        for (const WithKey& key : keys) {
            example += (example.empty() ? "" : ", ") + key.name + ": " +
                       std::string(example_of_with(key.name));
        }
        for (const WithKey& key : keys) {
            if (Fields(with).has(key.name)) continue;
            report(with == nullptr ? node : *with,
                   std::string(fault.word) + " needs '" + key.name + "'",
                   "write with: {" + example + "}");
        }
    }

    // A slope needs two ends, in time as in height.
    void check_ramp(const Fields& fields, std::string_view word, const FaultSpec& spec) {
        if (word != "disk.fail_slow") return;
        if (fields.has("permanent")) {
            report(*fields.any("permanent"), "disk.fail_slow ends, and grows until then",
                   "write for: 30s");
        }
        if (fields.text("until").value_or("").starts_with("alert:")) {
            report(*fields.any("until"), "disk.fail_slow ends at a time that is known before",
                   "write for: 30s");
        }
        const auto& ramp = std::get<DiskFailSlow>(std::get<FaultKind>(spec.what));
        const Fields with = fields.map("with");
        if (with.duration("from") && with.duration("to") && ramp.to <= ramp.from) {
            report(*with.any("to"), "to is not above from, " + format_duration(ramp.from));
        }
    }

    // Whoever is to be struck is struck while the fault acts.
    void check_spread(const FaultTimes& times, const Planned& fault, const FaultSpec& spec) {
        const auto* kind = std::get_if<FaultKind>(&spec.what);
        if (kind == nullptr || !times.start || !times.end) return;
        const Duration spread = spread_of(*kind);
        const Duration least = least_gap(*times.start, *times.end);
        if (times.start->on_alert != times.end->on_alert) return;
        if (spread == Duration{} || least <= Duration{} || spread < least) return;
        Diagnostic diagnostic = fault.at_end;
        diagnostic.message = "the fault may end before it has struck everybody: its spread is " +
                             format_duration(spread);
        diagnostic.hint = "make it longer, or the spread shorter";
        diagnostics_.add(std::move(diagnostic));
    }

    static void bind_kind(const Fields& with, std::string_view word, FaultSpec& spec) {
        const double probability = with.probability("probability").value_or(0);
        const DistributionOptions none = Constant{};
        if (word == "node.pause") spec.what = FaultKind{NodePause{}};
        if (word == "network.delay") {
            spec.what = FaultKind{NetworkDelay{with.distribution("latency").value_or(none)}};
        }
        if (word == "network.loss") spec.what = FaultKind{NetworkLoss{probability}};
        if (word == "network.duplicate") spec.what = FaultKind{NetworkDuplicate{probability}};
        if (word == "network.reorder") spec.what = FaultKind{NetworkReorder{probability}};
        if (word == "disk.slow") {
            spec.what = FaultKind{DiskSlow{with.distribution("sync_latency").value_or(none)}};
        }
        if (word == "disk.stall") spec.what = FaultKind{DiskStall{}};
        if (word == "disk.sync_ignored") spec.what = FaultKind{DiskSyncIgnored{}};
        if (word == "disk.sync_error") spec.what = FaultKind{DiskSyncError{}};
        if (word == "disk.read_error") spec.what = FaultKind{DiskReadError{}};
        if (word == "disk.full") spec.what = FaultKind{DiskFull{with.size("free").value_or(0)}};
        if (word == "disk.bit_rot") spec.what = FaultKind{DiskBitRot{}};
        if (word == "raft.transfer_leadership") spec.what = FaultKind{LeadershipTransfer{}};
        if (word == "clock.drift") {
            spec.what = FaultKind{ClockDrift{with.drift("drift").value_or(0)}};
        }
    }

    void bind_membership(const Fields& with, std::string_view word, FaultSpec& spec) {
        using Wish = MembershipChange::Wish;
        const auto wish = [&spec](Wish w) { spec.what = FaultKind{MembershipChange{w}}; };
        if (word == "raft.add_node") wish(Wish::add);
        if (word == "raft.add_learner") wish(Wish::learn);
        if (word == "raft.demote_node") wish(Wish::demote);
        if (word == "raft.remove_node") wish(Wish::remove);
        if (word == "raft.change_membership") wish(Wish::draw);
        if (word != "raft.replace_node") return;
        MembershipChange change{Wish::replace};
        const Node* by = with.valid("by");
        if (by != nullptr) {
            if (auto nodes = places_.nodes(*by)) change.by = std::move(*nodes);
        }
        spec.what = FaultKind{std::move(change)};
    }

    // Changes of the membership that say which one.
    static bool is_change_by_name(std::string_view word) {
        return word == "raft.add_node" || word == "raft.add_learner" ||
               word == "raft.demote_node" || word == "raft.remove_node" ||
               word == "raft.replace_node";
    }

    static bool is_of_services(std::string_view word) {
        const FaultWord* fault = find_fault_word(word);
        return fault != nullptr && fault->hosts == FaultWord::Hosts::service;
    }

    bool has_racks() const {
        return std::any_of(scenario_.nodes.begin(), scenario_.nodes.end(),
                           [](const NodeSpec& node) { return !node.rack.empty(); });
    }

    void bind_random(const Fields& fields, FaultSpec& spec) {
        spec.inject = "random";
        for (const std::string_view key : {"target", "with"}) {
            if (!fields.has(key)) continue;
            report(*fields.any(key), "a storm draws its targets and what its faults need by itself",
                   "leave '" + std::string(key) + "' out");
        }
        const Fields random = fields.map("random");
        RandomFaults storm;
        if (const auto rate = random.text("rate")) storm.mean_gap = parse_rate(*rate)->gap();
        if (const auto range = random.durations("for")) {
            storm.shortest = range->low;
            storm.longest = range->high;
        }
        if (random.text("partitions") == "any") {
            storm.partitions = RandomFaults::Partitions::any;
        }
        if (random.text("tolerance") == "within") {
            storm.tolerance = RandomFaults::Tolerance::within;
        }
        if (const Node* pick = random.valid("pick")) {
            if (pick->items.empty()) report(*pick, "nothing to pick from",
                                                  "write pick: [node.crash, network.partition]");
            for (const Node& item : pick->items) {
                const bool twice = std::find(storm.kinds.begin(), storm.kinds.end(), item.text) !=
                                   storm.kinds.end();
                if (twice && item.is_scalar())
                    report(item, "'" + item.text + "' is picked from twice", "leave one out");
                if (item.is_scalar() && is_change_by_name(item.text)) {
                    report(item, item.text + " needs a target, and a storm has none",
                           "write raft.change_membership");
                }
                const FaultWord* word = item.is_scalar() ? find_fault_word(item.text) : nullptr;
                if (word != nullptr && word->hosts == FaultWord::Hosts::none) {
                    report(item, "a storm does not draw faults of backups",
                           "give " + item.text + " a fault of its own");
                }
                const bool deploys = item.is_scalar() && item.text.starts_with("deploy.");
                if (item.is_scalar() && (deploys || site_fault_of(item.text, Fields(nullptr)))) {
                    report(item, item.text + " is no fault that a storm draws",
                           "leave it out, and write it as a fault of its own");
                }
                if (item.text == "rack.loss" && item.is_scalar() && !has_racks()) {
                    report(item, "the cluster names no racks", "write racks in cluster.sites");
                }
                if (item.is_scalar() && is_of_services(item.text)) {
                    report(item, item.text + " needs a service, and a storm has no target",
                           "write it as a fault of its own");
                }
                storm.kinds.push_back(item.text);
            }
        }
        spec.what = std::move(storm);
    }

    void check_times(const FaultTimes& times, const Planned& fault) {
        const Instant run_end{scenario_.duration.ns};
        const std::string length = format_duration(scenario_.duration);
        const bool starts_on_alert = times.start && times.start->on_alert;
        const bool ends_on_alert = times.end && times.end->on_alert;
        if (times.start && !starts_on_alert && times.start->latest() >= run_end) {
            const bool always = times.start->earliest() >= run_end;
            const Instant when = always ? times.start->earliest() : times.start->latest();
            Diagnostic diagnostic = fault.at_start;
            diagnostic.message = std::string(always ? "the fault starts" : "the fault may start") +
                                 " after the end of the run: at " + format_duration({when.ns}) +
                                 " of " + length;
            diagnostic.hint = "let it start earlier, or make time.duration longer";
            diagnostics_.add(std::move(diagnostic));
            return;
        }
        if (!times.start || !times.end || starts_on_alert != ends_on_alert) return;
        // How one alert lies to another is not known; theirs are the last draws.
        if (ends_on_alert && times.start->draws.back().source != times.end->draws.back().source)
            return;
        if (least_gap(*times.start, *times.end) <= Duration{}) {
            const bool always = times.end->latest() <= times.start->earliest();
            Diagnostic diagnostic = fault.at_end;
            diagnostic.message = always ? "the fault ends before it starts"
                                        : "the fault may end before it starts, or as it does";
            diagnostic.hint = "write for: 10s, which counts from its start";
            diagnostics_.add(std::move(diagnostic));
        } else if (!ends_on_alert && times.end->latest() > run_end) {
            Diagnostic diagnostic = fault.at_end;
            diagnostic.message = "the fault would end after the run: at " +
                                 format_duration({times.end->latest().ns}) + " of " + length;
            diagnostic.hint = "write permanent: true if it is not to end";
            diagnostics_.add(std::move(diagnostic));
        }
    }

    // A storm plans its faults before the run starts, so their number is bounded.
    void check_storm(const FaultTimes& times, const Planned& fault, const FaultSpec& spec) {
        const auto* storm = std::get_if<RandomFaults>(&spec.what);
        if (storm == nullptr || storm->mean_gap == Duration{} || !times.start || !times.end) return;
        if (times.start->on_alert || times.end->on_alert) {
            Diagnostic diagnostic = times.start->on_alert ? fault.at_start : fault.at_end;
            diagnostic.message = "a storm waits for no alert: it is drawn before the run";
            diagnostic.hint = "give it times of its own";
            diagnostics_.add(std::move(diagnostic));
            return;
        }
        const std::int64_t length = times.end->latest().ns - times.start->earliest().ns;
        const std::int64_t count = length / storm->mean_gap.ns;
        if (count <= static_cast<std::int64_t>(kMostFaults)) return;
        Diagnostic diagnostic = fault.at_end;
        diagnostic.message = "the storm would hold about " + std::to_string(count) +
                             " faults; at most " + std::to_string(kMostFaults) + " are possible";
        diagnostic.hint = "lower its rate or end it sooner";
        diagnostics_.add(std::move(diagnostic));
    }

    void report(const Node& node, std::string message, std::string hint = {}) {
        diagnostics_.add(about(node, std::move(message), std::move(hint)));
    }

    Scenario& scenario_;
    Diagnostics& diagnostics_;
    Places places_;
    const Node* list_ = nullptr;
    std::map<std::string, std::uint32_t> indexes_;
    std::set<std::uint32_t> permanent_;  // faults without an end
    std::vector<Planned> planned_;
};

}  // namespace

std::vector<FaultTimes> bind_faults(const Node& canonical, Scenario& scenario,
                                    Diagnostics& diagnostics) {
    const Node* list = Fields(canonical).valid("faults");
    if (list == nullptr) return {};
    return FaultBinder(scenario, diagnostics).bind(*list);
}

}  // namespace shaketable
