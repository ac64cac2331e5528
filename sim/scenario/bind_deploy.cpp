// SPDX-License-Identifier: MIT
#include "sim/scenario/bind_deploy.hpp"

#include <algorithm>

#include "sim/scenario/units.hpp"

namespace shaketable {
namespace {

std::optional<DeployOrder::Verb> verb_of_deploy(std::string_view word) {
    if (word == "deploy.rolling") return DeployOrder::Verb::rolling;
    if (word == "deploy.rollback") return DeployOrder::Verb::rollback;
    if (word == "deploy.finalize") return DeployOrder::Verb::finalize;
    return std::nullopt;
}

class VersionBinder {
public:
    VersionBinder(const Node& root, Scenario& scenario, Diagnostics& diagnostics)
        : cluster_(Fields(root).map("cluster")), scenario_(scenario), diagnostics_(diagnostics) {}

    void bind() {
        const Node* versions = cluster_.valid("versions");
        if (versions == nullptr) {
            const Node* first = cluster_.valid("version");
            if (first != nullptr) {
                report(*first, "the cluster names no versions",
                       "write versions: {" + first->text + ": {}}");
            }
            return;
        }
        for (const Node::Entry& entry : versions->entries) bind_one(entry);
        if (versions->entries.empty()) {
            report(*versions, "nothing to run", "write versions: {v1: {}, v2: {reads_to: 2}}");
            return;
        }
        move_first();
        const Node* first = versions->find(scenario_.version_names.front());
        if (scenario_.versions.front().crashes_after) {
            report(*first, "nodes can't begin with a version that crashes",
                   "name another one by cluster.version, and deploy this one");
        }
    }

private:
    void bind_one(const Node::Entry& entry) {
        const Fields fields(entry.value.is_map() ? &entry.value : nullptr);
        Software software;
        assign(software.reads_from, fields.integer("reads_from"));
        software.reads_to = software.reads_from;
        assign(software.reads_to, fields.integer("reads_to"));
        software.writes = software.reads_to;
        assign(software.writes, fields.integer("writes"));
        software.crashes_after = fields.duration("crashes_after");
        const std::string range =
            std::to_string(software.reads_from) + " to " + std::to_string(software.reads_to);
        if (software.reads_to < software.reads_from) {
            report(*fields.any("reads_to"), "reads_to is below reads_from, " +
                                                std::to_string(software.reads_from));
        } else if (!software.reads(software.writes)) {
            report(*fields.any("writes"),
                   "'" + entry.key + "' writes what it can't read: it reads formats " + range);
        }
        scenario_.versions.push_back(software);
        scenario_.version_names.push_back(entry.key);
    }

    // The version that nodes begin with has number 0.
    void move_first() {
        auto& names = scenario_.version_names;
        auto& versions = scenario_.versions;
        if (const auto name = cluster_.text("version")) {
            const auto found = std::find(names.begin(), names.end(), *name);
            if (found == names.end()) {
                report(*cluster_.valid("version"), "unknown version '" + *name + "'",
                       did_you_mean(*name, names));
            } else {
                const auto place = found - names.begin();
                std::rotate(versions.begin(), versions.begin() + place,
                            versions.begin() + place + 1);
                std::rotate(names.begin(), found, found + 1);
            }
        }
        for (std::uint32_t i = 0; i < versions.size(); ++i) versions[i].number = i;
    }

    void report(const Node& node, std::string message, std::string hint = {}) {
        diagnostics_.add(about(node, std::move(message), std::move(hint)));
    }

    Fields cluster_;
    Scenario& scenario_;
    Diagnostics& diagnostics_;
};

// A format that no version writes is a mistake, and no finalisation.
void check_format(const DeployOrder& order, const Fields& with, const Scenario& scenario,
                  Diagnostics& diagnostics) {
    if (!order.format) return;
    DataFormat latest = kFirstFormat;
    for (const Software& version : scenario.versions) latest = std::max(latest, version.writes);
    if (*order.format <= latest) return;
    diagnostics.add(about(*with.valid("format"),
                          "no version writes format " + std::to_string(*order.format),
                          "the latest is " + std::to_string(latest)));
}

}  // namespace

void bind_versions(const Node& canonical, Scenario& scenario, Diagnostics& diagnostics) {
    VersionBinder(canonical, scenario, diagnostics).bind();
}

std::optional<FaultKind> bind_deploy(std::string_view word, const Node& fault,
                                     const Scenario& scenario, Diagnostics& diagnostics) {
    const auto verb = verb_of_deploy(word);
    if (!verb) return std::nullopt;
    const Fields with = Fields(fault).map("with");
    DeployOrder order;
    order.verb = *verb;
    assign(order.batch, with.integer("batch"));
    assign(order.pause, with.duration("pause"));
    assign(order.drain, with.boolean("drain"));
    assign(order.install, with.duration("install"));
    assign(order.gate, with.boolean("gate"));
    assign(order.soak, with.duration("soak"));
    assign(order.timeout, with.duration("timeout"));
    if (with.text("on_unhealthy") == "rollback") order.unhealthy = DeployOrder::Unhealthy::rollback;
    if (const auto format = with.integer("format")) {
        order.format = static_cast<DataFormat>(*format);
    }
    assign(order.force, with.boolean("force"));
    if (scenario.versions.empty()) {
        diagnostics.add(about(*Fields(fault).valid("inject"), "the cluster has one version only",
                              "write cluster: {versions: {v1: {}, v2: {reads_to: 2}}}"));
        return order;
    }
    check_format(order, with, scenario, diagnostics);
    const auto name = with.text("version");
    if (!name) return order;
    const auto& names = scenario.version_names;
    const auto found = std::find(names.begin(), names.end(), *name);
    if (found == names.end()) {
        diagnostics.add(about(*with.valid("version"), "unknown version '" + *name + "'",
                              did_you_mean(*name, names)));
    } else {
        order.version = static_cast<std::uint32_t>(found - names.begin());
    }
    return order;
}

DeployOptionTexts deploy_options_of(const DeployOrder& order, const Scenario& scenario) {
    const DeployOrder usual;
    DeployOptionTexts texts;
    const auto add = [&texts](bool differs, const char* key, std::string value) {
        if (differs) texts.emplace_back(key, std::move(value));
    };
    if (order.version) add(true, "version", scenario.version_names.at(*order.version));
    add(order.batch != usual.batch, "batch", std::to_string(order.batch));
    add(order.pause != usual.pause, "pause", format_duration(order.pause));
    add(!order.drain, "drain", "false");
    add(order.install != usual.install, "install", format_duration(order.install));
    add(!order.gate, "gate", "false");
    add(order.soak != usual.soak, "soak", format_duration(order.soak));
    add(order.timeout != usual.timeout, "timeout", format_duration(order.timeout));
    add(order.unhealthy != usual.unhealthy, "on_unhealthy", "rollback");
    if (order.format) add(true, "format", std::to_string(*order.format));
    add(order.force, "force", "true");
    return texts;
}

}  // namespace shaketable
