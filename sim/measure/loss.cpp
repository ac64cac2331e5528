// SPDX-License-Identifier: MIT
#include "sim/measure/loss.hpp"

#include <algorithm>

#include "core/base/flat_map.hpp"

namespace shaketable {

Loss find_loss(const std::vector<OperationView>& operations, const SurvivingHistory& survivor,
               Instant fault) {
    struct Present {};
    novacron::FlatMap<Present> surviving;
    for (std::size_t i = 0; i < survivor.upto.value; ++i) {
        surviving.insert(survivor.holder.log[i].content);
    }

    Loss loss;
    std::optional<Instant> oldest_lost;
    std::optional<Instant> newest_surviving;
    for (const OperationView& operation : operations) {
        if (operation.kind != OperationKind::write) continue;
        const bool survives = surviving.find(operation.content) != nullptr;
        if (!operation.acknowledged()) {
            loss.survived_unacknowledged += survives ? 1 : 0;
            continue;
        }
        ++loss.acknowledged;
        const Instant at = operation.finished;
        if (at >= fault) {
            loss.lost_after_fault += survives ? 0 : 1;
        } else if (survives) {
            newest_surviving = std::max(newest_surviving.value_or(at), at);
        } else {
            ++loss.lost_before_fault;
            oldest_lost = std::min(oldest_lost.value_or(at), at);
        }
    }
    if (oldest_lost) loss.rpo_time = fault - *oldest_lost;
    if (newest_surviving) loss.recovery_point_age = fault - *newest_surviving;
    return loss;
}

}  // namespace shaketable
