// SPDX-License-Identifier: MIT
#include "sim/run/judge_deploys.hpp"

#include <algorithm>
#include <string>

namespace shaketable {
namespace {

// Nothing if it is about another thing: nodes, or requests for a service.
template <class Order>
const Order* order_of(const World& world, const DeployView& view) {
    return std::get_if<Order>(&world.injector.faults().at(view.fault.value).kind);
}

// As far as it was let: one batch had it, or requests are back before all of them had gone over.
bool is_contained(const World& world, const DeployView& view) {
    if (view.outcome == DeployOutcome::refused) return true;
    if (view.outcome != DeployOutcome::stopped) return false;
    if (const auto* shift = order_of<TrafficOrder>(world, view)) {
        return view.backed_out && shift->steps_ppm.at(view.reached - 1) < Services::kWhole;
    }
    return view.gates == 0 && view.reached <= order_of<DeployOrder>(world, view)->batch;
}

CheckRow judge_all(const World& world, bool (*is_right)(const World&, const DeployView&),
                   const std::string& what) {
    CheckRow row;
    row.detail = "nothing was deployed";
    if (!world.deploy_history) return row;
    const auto& orders = world.deploy_history->orders();
    const auto open = std::find_if(orders.begin(), orders.end(),
                                   [](const DeployView& view) { return !view.ended; });
    if (orders.empty()) return row;
    if (open != orders.end()) {
        row.detail = world.injector.faults().at(open->fault.value).id + " has not ended";
        return row;
    }
    const auto right = std::count_if(orders.begin(), orders.end(), [&](const DeployView& view) {
        return is_right(world, view);
    });
    const bool all = right == static_cast<std::ptrdiff_t>(orders.size());
    row.verdict = all ? Verdict::pass : Verdict::fail;
    row.detail = std::to_string(right) + " of " + std::to_string(orders.size()) + " orders " + what;
    return row;
}

}  // namespace

std::vector<DeployRow> deploy_rows(const World& world) {
    std::vector<DeployRow> rows;
    if (!world.deploy_history) return rows;
    for (const DeployView& view : world.deploy_history->orders()) {
        DeployRow row;
        row.id = world.injector.faults().at(view.fault.value).id;
        row.inject = world.injector.faults().at(view.fault.value).inject;
        if (const auto* order = order_of<DeployOrder>(world, view)) {
            if (order->version) row.version = world.scenario.version_names.at(*order->version);
            row.nodes = world.injector.hit(view.fault.value)[0].nodes.size();
        } else if (const auto* shift = order_of<TrafficOrder>(world, view)) {
            const ServiceSpec& service = world.scenario.graph.services.at(shift->service);
            row.version = service.id + " " + service.version_name(shift->version);
            row.nodes = shift->steps_ppm.size();
        }
        row.outcome = kDeployOutcomeNames.at(static_cast<std::size_t>(view.outcome));
        if (!view.ended) row.outcome = "running";
        row.reached = view.reached;
        row.backed_out = view.backed_out;
        row.started = view.started;
        row.ended = view.ended;
        rows.push_back(std::move(row));
    }
    return rows;
}

CheckRow deploys_completed(const World& world) {
    return judge_all(
        world,
        [](const World&, const DeployView& view) { return view.outcome == DeployOutcome::done; },
        "did all that they were to do");
}

CheckRow deploys_contained(const World& world) {
    return judge_all(world, is_contained, "were refused, or stopped before all had it");
}

}  // namespace shaketable
