// SPDX-License-Identifier: MIT
#include "sim/measure/deploys.hpp"

#include <algorithm>

namespace shaketable {

void DeployHistory::on(Instant at, const DeployStepped& fact) {
    if (fact.step == DeployStep::order && fact.outcome == DeployOutcome::begun) {
        DeployView view;
        view.fault = fact.fault;
        view.started = at;
        orders_.push_back(view);
        return;
    }
    const auto order = std::find_if(orders_.rbegin(), orders_.rend(), [&](const DeployView& view) {
        return view.fault == fact.fault;
    });
    if (order == orders_.rend()) return;
    order->reached = fact.reached;
    switch (fact.step) {
        case DeployStep::order:
            order->outcome = fact.outcome;
            order->ended = at;
            break;
        case DeployStep::gate:
            if (fact.outcome == DeployOutcome::done && !order->backs_out) ++order->gates;
            break;
        case DeployStep::back_out:
            order->backs_out = true;
            order->backed_out = fact.outcome == DeployOutcome::done;
            break;
        case DeployStep::drain:
        case DeployStep::install:
        case DeployStep::finalize: break;
    }
}

}  // namespace shaketable
