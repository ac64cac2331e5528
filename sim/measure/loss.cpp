// SPDX-License-Identifier: MIT
#include "sim/measure/loss.hpp"

#include <algorithm>

#include "core/base/flat_map.hpp"

namespace shaketable {

namespace {

// Which writes are in the surviving history. Most are where their clients were told; only the rest
// is searched for.
class Survivors {
public:
    Survivors(const std::vector<OperationView>& operations, const SurvivingHistory& history)
        : history_(history) {
        novacron::FlatMap<Present> sought;
        for (const OperationView& operation : operations) {
            if (operation.kind != OperationKind::write || is_where_told(operation)) continue;
            sought.insert(operation.content);
        }
        if (sought.size() == 0) return;
        for (std::size_t i = 0; i < history.upto.value; ++i) {
            const std::uint64_t content = history.holder.content_at(LogIndex{i + 1});
            if (sought.find(content) != nullptr) found_.insert(content);
        }
    }
    // REQUIRES: the write is one of the operations.
    bool have(const OperationView& write) const {
        return is_where_told(write) || found_.find(write.content) != nullptr;
    }

private:
    struct Present {};

    bool is_where_told(const OperationView& write) const {
        const LogIndex index = write.index;
        return index.value > 0 && index <= history_.upto &&
               history_.holder.content_at(index) == write.content;
    }

    const SurvivingHistory& history_;
    novacron::FlatMap<Present> found_;  // elsewhere, by content
};

}  // namespace

Loss find_loss(const std::vector<OperationView>& operations, const SurvivingHistory& survivor,
               Instant fault, const std::vector<GivenUp>& given_up) {
    const Survivors survivors(operations, survivor);
    Loss loss;
    std::optional<Instant> oldest_lost;
    std::optional<Instant> newest_surviving;
    for (const OperationView& operation : operations) {
        if (operation.kind != OperationKind::write) continue;
        const bool survives = survivors.have(operation);
        if (!operation.acknowledged()) {
            loss.survived_unacknowledged += survives ? 1 : 0;
            continue;
        }
        ++loss.acknowledged;
        const Instant at = operation.finished;
        const auto is_price = [&](const GivenUp& restore) {
            return at <= restore.at && operation.index > restore.after;
        };
        if (!survives && std::any_of(given_up.begin(), given_up.end(), is_price)) ++loss.given_up;
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
