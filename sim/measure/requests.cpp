// SPDX-License-Identifier: MIT
#include "sim/measure/requests.hpp"

namespace shaketable {

std::vector<OperationView> as_operations(const std::vector<RequestView>& requests,
                                         const std::vector<bool>& wanted) {
    std::vector<OperationView> operations;
    for (const RequestView& request : requests) {
        if (!request.ended || !wanted.at(request.population)) continue;
        OperationView view;
        view.workload = request.population;
        view.attempts = request.attempts;
        view.kind = OperationKind::read;
        view.ended = true;
        view.outcome = request.ok() ? Outcome::acknowledged : Outcome::unknown;
        view.issued = request.issued;
        view.finished = request.finished;
        operations.push_back(view);
    }
    return operations;
}

}  // namespace shaketable
