// SPDX-License-Identifier: MIT
//
// `shaketable dependencies`: who calls whom in a scenario, and what follows from that alone.
#include <algorithm>

#include <fmt/format.h>
#include <boost/program_options.hpp>

#include "sim/cli/command.hpp"
#include "sim/cli/options.hpp"
#include "sim/cli/text_table.hpp"
#include "sim/scenario/diagnostics.hpp"
#include "sim/scenario/service_graph.hpp"

namespace shaketable::cli {

namespace {

namespace po = boost::program_options;
using Numbers = std::vector<std::uint32_t>;

po::options_description options() {
    po::options_description all;
    all.add_options()("failing", po::value<std::string>()->value_name("A,B"),
                      "these services fail: at whom to look first")(
        "between", po::value<std::string>()->value_name("A,B"),
        "the fewest instances to lose, or links to cut, so that A can't reach B: services and "
        "clients, or sites");
    all.add(set_option());
    return all;
}

std::vector<std::string> names_in(const std::string& list) {
    std::vector<std::string> names;
    for (std::size_t at = 0; at <= list.size();) {
        const std::size_t comma = std::min(list.find(',', at), list.size());
        names.push_back(list.substr(at, comma - at));
        at = comma + 1;
    }
    return names;
}

// The numbers of names among those that are known. Throws InputError.
std::uint32_t number_of(const std::string& name, const std::vector<std::string>& known,
                        const char* what) {
    const auto found = std::find(known.begin(), known.end(), name);
    if (found != known.end()) return static_cast<std::uint32_t>(found - known.begin());
    const std::string hint = did_you_mean(name, known);
    throw InputError(fmt::format("there is no {} '{}'{}", what, name,
                                 hint.empty() ? "" : "; " + hint));
}

class Answers {
public:
    explicit Answers(const Scenario& scenario)
        : scenario_(scenario), graph_(scenario.graph), calls_(call_graph_of(scenario.graph)) {
        for (const ServiceSpec& service : graph_.services) names_.push_back(service.id);
        for (const NodeSpec& node : scenario.nodes) {
            const auto known = std::find(sites_.begin(), sites_.end(), node.site);
            site_of_.push_back(static_cast<std::uint32_t>(known - sites_.begin()));
            if (known == sites_.end()) sites_.push_back(node.site);
        }
    }

    std::string map() const {
        TextTable table;
        table.add({"service", "instances", "calls", "can't do without", "needed by"});
        const std::vector<Dependencies> all = dependency_map(calls_);
        for (std::uint32_t i = 0; i < all.size(); ++i) {
            std::string direct;
            for (const CallSpec& call : graph_.services[i].calls) {
                direct += (direct.empty() ? "" : ", ") + names_[call.to] +
                          (call.optional ? " (optional)" : "");
            }
            table.add({names_[i], std::to_string(graph_.services[i].on.size()), or_dash(direct),
                       or_dash(listed(all[i].required)), or_dash(needed_by(i, all[i]))});
        }
        return table.text(0);
    }

    std::string single_points_in_words() const {
        const std::vector<SinglePoint> nodes = points(false);
        const std::vector<SinglePoint> sites = points(true);
        std::string text;
        TextTable table;
        for (const SinglePoint& point : nodes) {
            table.add({"node", scenario_.nodes[point.unit].name, listed(point.services)});
        }
        if (sites_.size() > 1) {
            for (const SinglePoint& point : sites) {
                table.add({"site", sites_[point.unit], listed(point.services)});
            }
        }
        text = table.text(2);
        if (text.empty()) return "no single point of failure: what is needed has another node\n";
        return "single points of failure, and what clients need that is nowhere else:\n" + text;
    }

    std::string roots(const std::string& list) const {
        std::vector<bool> failing(names_.size(), false);
        for (const std::string& name : names_in(list)) {
            failing[number_of(name, names_, "service")] = true;
        }
        return fmt::format("look first at: {}\n", listed(root_failures(calls_, failing)));
    }

    // Of services and clients: instances are what is lost. Of sites: links.
    std::string cut(const std::string& list) const {
        const std::vector<std::string> ends = names_in(list);
        if (ends.size() != 2 || ends[0] == ends[1]) {
            throw UsageError("--between takes two different names, such as --between people,store");
        }
        const bool of_sites = std::find(sites_.begin(), sites_.end(), ends[0]) != sites_.end();
        return of_sites ? cut_sites(ends) : cut_services(ends);
    }

private:
    static std::string or_dash(std::string text) { return text.empty() ? "-" : text; }

    std::string listed(const Numbers& services) const {
        std::string text;
        for (const std::uint32_t each : services) text += (text.empty() ? "" : ", ") + names_[each];
        return text;
    }

    std::string needed_by(std::uint32_t service, const Dependencies& of) const {
        std::string text = listed(of.dependants);
        for (const ClientSpec& client : graph_.clients) {
            const bool needs = client.to == service ||
                               std::find(of.dependants.begin(), of.dependants.end(), client.to) !=
                                   of.dependants.end();
            if (needs) text += (text.empty() ? "" : ", ") + client.id;
        }
        return text;
    }

    std::vector<SinglePoint> points(bool by_site) const {
        Placement placement;
        placement.units = static_cast<std::uint32_t>(by_site ? sites_.size()
                                                             : scenario_.nodes.size());
        for (const ServiceSpec& service : graph_.services) {
            Numbers units;
            for (const NodeId node : service.on) {
                units.push_back(by_site ? site_of_[node.value] : node.value);
            }
            placement.units_of.push_back(std::move(units));
        }
        return single_points(calls_, placement);
    }

    std::string cut_sites(const std::vector<std::string>& ends) const {
        std::vector<Line> lines;
        std::vector<std::int64_t> nodes(sites_.size(), 0);
        for (const std::uint32_t site : site_of_) ++nodes[site];
        const auto count = static_cast<std::uint32_t>(sites_.size());
        for (std::uint32_t a = 0; a < count; ++a) {
            for (std::uint32_t b = a + 1; b < count; ++b) {
                lines.push_back({a, b, nodes[a] * nodes[b]});
            }
        }
        const Cut smallest = smallest_cut(count, lines, Numbers{number_of(ends[0], sites_, "site")},
                                          Numbers{number_of(ends[1], sites_, "site")});
        TextTable table;
        for (const std::size_t line : smallest.lines) {
            table.add({sites_[lines[line].a], sites_[lines[line].b],
                       fmt::format("{} links of nodes", lines[line].cost)});
        }
        return fmt::format("{} and {} are parted by {} links of nodes:\n{}", ends[0], ends[1],
                           smallest.cost, table.text(2));
    }

    // Each service is two places, joined by a line that costs its instances; calls can't be cut.
    std::string cut_services(const std::vector<std::string>& ends) const {
        const auto services = static_cast<std::uint32_t>(names_.size());
        std::vector<std::string> known = names_;
        for (const ClientSpec& client : graph_.clients) known.push_back(client.id);
        std::vector<Line> lines;
        std::int64_t instances = 1;
        for (std::uint32_t i = 0; i < services; ++i) {
            lines.push_back({2 * i, 2 * i + 1,
                             static_cast<std::int64_t>(graph_.services[i].on.size()), true});
            instances += lines.back().cost;
        }
        for (const CallEdge& call : calls_.calls) {
            lines.push_back({2 * call.from + 1, 2 * call.to, instances, true});
        }
        for (std::uint32_t i = 0; i < graph_.clients.size(); ++i) {
            lines.push_back({2 * services + i, 2 * graph_.clients[i].to, instances, true});
        }
        const auto place = [&](const std::string& name, std::uint32_t side) {
            const std::uint32_t number = number_of(name, known, "service, clients or site");
            return number < services ? 2 * number + side : services + number;
        };
        const auto places = static_cast<std::uint32_t>(2 * services + graph_.clients.size());
        const Cut smallest = smallest_cut(places, lines, Numbers{place(ends[0], 1)},
                                          Numbers{place(ends[1], 0)});
        if (smallest.cost == 0) return fmt::format("{} never asks {}\n", ends[0], ends[1]);
        if (smallest.cost >= instances) {
            return fmt::format("{} calls {} itself: nothing stands between them\n", ends[0],
                               ends[1]);
        }
        TextTable table;
        for (const std::size_t line : smallest.lines) {
            table.add({names_[lines[line].a / 2], fmt::format("{} instances", lines[line].cost)});
        }
        return fmt::format("{} can't reach {} without {} instances:\n{}", ends[0], ends[1],
                           smallest.cost, table.text(2));
    }

    const Scenario& scenario_;
    const ServiceGraph& graph_;
    CallGraph calls_;
    std::vector<std::string> names_;
    std::vector<std::string> sites_;
    Numbers site_of_;
};

ExitCode run(Context& context, const std::vector<std::string>& words) {
    const Arguments arguments(kDependenciesCommand, context, words);
    if (arguments.answered()) return kPass;
    const std::string& path = arguments.only_word("SCENARIO");
    const Scenario scenario = load_or_refuse(context, path, arguments.overrides());
    if (scenario.graph.empty()) throw InputError(path + " has no services");
    const Answers answers(scenario);
    const auto failing = arguments.value("failing");
    const auto between = arguments.value("between");
    if (failing) context.terminal.out(answers.roots(*failing));
    if (between) context.terminal.out(answers.cut(*between));
    if (failing || between) return kPass;
    context.terminal.out(answers.map() + "\n" + answers.single_points_in_words());
    return kPass;
}

}  // namespace

const Command kDependenciesCommand = {
    "dependencies",
    "SCENARIO",
    "who calls whom, and what there is only one of",
    "Prints the map of a scenario's services and its single points of failure: nodes and sites "
    "whose loss takes\n"
    "something along that clients need. Optional calls are not needed. Nothing is run.\n\n"
    "  shaketable dependencies scenarios/mine.yaml\n"
    "  shaketable dependencies scenarios/mine.yaml --failing checkout,cart,store\n"
    "  shaketable dependencies scenarios/mine.yaml --between people,store\n",
    options,
    run};

}  // namespace shaketable::cli
