// SPDX-License-Identifier: MIT
#include "sim/alert/rule_state.hpp"

#include <algorithm>
#include <set>

namespace shaketable {

std::vector<AlertChange> RuleState::evaluate(Instant now, const std::vector<Element>& result) {
    std::set<Labels> there;
    for (const Element& element : result) {
        std::vector<Label> labels = element.labels;
        labels.insert(labels.end(), rule_->labels.begin(), rule_->labels.end());
        there.insert(labels_of(std::move(labels)));
    }
    for (const Labels& labels : there) alerts_.try_emplace(labels, Alert{now, false, {}});

    std::vector<AlertChange> changes;
    using What = AlertChange::What;
    for (auto each = alerts_.begin(); each != alerts_.end();) {
        const Labels& labels = each->first;
        Alert& alert = each->second;
        if (there.contains(labels)) {
            alert.absent_since.reset();
            if (alert.since == now && !alert.firing) changes.push_back({What::pending, labels});
            if (!alert.firing && now - alert.since >= rule_->hold_for) {
                alert.firing = true;
                changes.push_back({What::firing, labels});
            }
            ++each;
            continue;
        }
        if (alert.firing && rule_->keep_firing_for > Duration{}) {
            if (!alert.absent_since) alert.absent_since = now;
            if (now - *alert.absent_since < rule_->keep_firing_for) {
                ++each;
                continue;
            }
        }
        changes.push_back({alert.firing ? What::resolved : What::dropped, labels});
        each = alerts_.erase(each);
    }
    return changes;
}

bool RuleState::fires() const {
    return std::any_of(alerts_.begin(), alerts_.end(),
                       [](const auto& each) { return each.second.firing; });
}

}  // namespace shaketable
