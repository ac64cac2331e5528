// SPDX-License-Identifier: MIT
#include "sim/measure/service.hpp"

namespace shaketable {
namespace {

constexpr int kInARow = 3;

}  // namespace

ServiceState service_at(Instant now, const std::vector<OperationView>& operations,
                        OperationKind kind, Duration latency_limit) {
    int judged = 0;
    for (std::size_t i = operations.size(); i-- > 0 && judged < kInARow;) {
        const OperationView& operation = operations[i];
        if (operation.kind != kind) continue;
        if (operation.acknowledged() && operation.latency() <= latency_limit) {
            return ServiceState::up;
        }
        if (operation.ended || now - operation.issued >= latency_limit) ++judged;
    }
    if (judged == 0) return ServiceState::unknown;
    return judged < kInARow ? ServiceState::up : ServiceState::down;
}

}  // namespace shaketable
