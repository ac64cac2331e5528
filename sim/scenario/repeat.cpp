// SPDX-License-Identifier: MIT
#include "sim/scenario/repeat.hpp"

#include <algorithm>
#include <map>

#include "sim/scenario/fields.hpp"
#include "sim/scenario/moment.hpp"

namespace shaketable {
namespace {

constexpr std::int64_t kMostStrikes = 10'000;

void remove_key(Node& map, std::string_view key) {
    std::erase_if(map.entries, [&](const Node::Entry& entry) { return entry.key == key; });
}

std::optional<Moment> moment_in(const Node* node) {
    if (node == nullptr || !node->is_scalar()) return std::nullopt;
    const auto parsed = parse_moment(node->text);
    return parsed ? std::optional(*parsed) : std::nullopt;
}

class Writer {
public:
    Writer(Node& root, Diagnostics& diagnostics) : root_(root), diagnostics_(diagnostics) {}

    void write_out() {
        Node* faults = root_.find("faults");
        if (faults == nullptr || !faults->is_list()) return;
        std::vector<Node> all;
        for (Node& fault : faults->items) {
            const Node* repeat = fault.is_map() ? fault.find("repeat") : nullptr;
            const std::int64_t count = repeat == nullptr ? 1 : strikes(fault, *repeat);
            const Fields fields(repeat);
            const Duration every = fields.duration("every").value_or(Duration{});
            const Node* id = fault.is_map() ? fault.find("id") : nullptr;
            const std::string name = id != nullptr && id->is_scalar() ? id->text : "";
            if (repeat == nullptr || count == 0 || name.empty()) {
                if (repeat != nullptr) remove_key(fault, "repeat");
                all.push_back(std::move(fault));
                continue;
            }
            if (!is_identifier(name + "-" + std::to_string(count))) {
                report(*id, "too long a name for a fault that is repeated",
                       "each strike is called like it, with a number behind");
            }
            remove_key(fault, "repeat");
            counts_[name] = count;
            for (std::int64_t i = 0; i < count; ++i) {
                Node one = fault;
                one.find("id")->text = name + "-" + std::to_string(i + 1);
                shift(one, every * i);
                all.push_back(std::move(one));
            }
        }
        faults->items = std::move(all);
        if (!counts_.empty()) rename();
    }

private:
    void report(const Node& node, std::string message, std::string hint = {}) {
        diagnostics_.add(about(node, std::move(message), std::move(hint)));
    }

    // How often the fault strikes; 0 if that can't be said, which is reported.
    std::int64_t strikes(const Node& fault, const Node& repeat) {
        if (!repeat.is_map()) return 0;
        const Fields fields(repeat);
        if (fault.find("random") != nullptr) {
            report(repeat, "a storm repeats itself", "raise its rate, or give it a later until");
            return 0;
        }
        for (const std::string_view key : {"until", "permanent"}) {
            if (fault.find(key) == nullptr) continue;
            report(*fault.find(key), "a fault that is repeated ends by 'for'",
                   "write for: 10s, so that each has an end of its own");
            return 0;
        }
        if (fields.has("times") == fields.has("until")) {
            report(repeat,
                   fields.has("times") ? "both 'times' and 'until'" : "how often does it repeat?",
                   "write {times: 3, every: 10s} or {until: 60s, every: 10s}");
            return 0;
        }
        const auto every = fields.duration("every");
        const auto times = fields.integer("times");
        if (!every) return 0;
        if (fields.has("times")) return times.value_or(0);
        const Node* until = fields.valid("until");
        return until == nullptr ? 0 : strikes_until(fault, *until, *every);
    }

    std::int64_t strikes_until(const Node& fault, const Node& until, Duration every) {
        const Node* at = fault.find("at");
        if (at == nullptr) {
            const Node* between = fault.find("between");
            const bool pair =
                between != nullptr && between->is_list() && between->items.size() == 2;
            at = pair ? &between->items[1] : nullptr;
        }
        const auto first = moment_in(at);
        const auto last = moment_in(&until);
        if (!first || !last) return 0;
        if (first->anchor != last->anchor || first->edge != last->edge) {
            report(until, "until of a repetition has the anchor of the fault's start",
                   "write repeat: {times: 3, every: 10s}");
            return 0;
        }
        if (last->offset <= first->offset) {
            report(until, "the repetition ends before the first strike, at " + at->text,
                   "write a later until, or times: 3");
            return 0;
        }
        const std::int64_t count = (last->offset - first->offset - Duration{1}).ns / every.ns + 1;
        if (count <= kMostStrikes) return count;
        report(until,
               "that makes " + std::to_string(count) + " faults; at most " +
                   std::to_string(kMostStrikes) + " are possible",
               "make every longer, or end it sooner");
        return 0;
    }

    static void shift(Node& fault, Duration by) {
        const auto later = [by](Node* node) {
            auto moment = moment_in(node);
            if (!moment) return;
            moment->offset = moment->offset + by;
            node->text = format_moment(*moment);
        };
        later(fault.find("at"));
        Node* between = fault.find("between");
        if (between == nullptr || !between->is_list()) return;
        for (Node& item : between->items) later(&item);
    }

    // What refers to a fault that is written out now refers to its first or its last strike.
    void rename() {
        const auto point = [this](Node* node) { point_to_strike(node); };
        for (Node& fault : root_.find("faults")->items) {
            if (!fault.is_map()) continue;
            point(fault.find("at"));
            point(fault.find("until"));
            Node* between = fault.find("between");
            if (between == nullptr || !between->is_list()) continue;
            for (Node& item : between->items) point(&item);
        }
        if (Node* targets = root_.find("targets"); targets != nullptr) {
            for (Node::Entry& target : targets->entries) point(target.value.find("from"));
        }
        Node* checks = root_.find("checks");
        if (checks == nullptr || !checks->is_list()) return;
        for (Node& check : checks->items) {
            if (!check.is_map()) continue;
            point(check.find("after"));
            point_to_one(check.find("during"));
        }
    }

    void point_to_strike(Node* node) {
        auto moment = moment_in(node);
        if (!moment || moment->edge == Moment::Edge::none || moment->is_of_alert()) return;
        const auto found = counts_.find(moment->anchor);
        if (found == counts_.end()) return;
        const bool start = moment->edge == Moment::Edge::start;
        moment->anchor += "-" + std::to_string(start ? 1 : found->second);
        node->text = format_moment(*moment);
    }

    void point_to_one(Node* node) {
        if (node == nullptr || !node->is_scalar()) return;
        const auto found = counts_.find(node->text);
        if (found == counts_.end()) return;
        report(*node, "'" + node->text + "' is repeated: during which of its strikes?",
               "write " + node->text + "-1");
        node->kind = Node::Kind::hole;
    }

    Node& root_;
    Diagnostics& diagnostics_;
    std::map<std::string, std::int64_t> counts_;  // of strikes, by the name that stood for them
};

}  // namespace

void write_out_repeats(Node& canonical, Diagnostics& diagnostics) {
    Writer(canonical, diagnostics).write_out();
}

}  // namespace shaketable
