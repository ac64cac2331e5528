// SPDX-License-Identifier: MIT
//
// What becomes of a rule from one evaluation to the next: who is pending, who fires.
//
// An element of the result is an alert, known by its labels. It is pending from the first
// evaluation at which it is there, and fires at the first that is `for` or more later, if it was
// there at each in between: one without it and it begins anew. It fires on until an evaluation does
// not have it, and then for keep_firing_for more; back within that time, it never stopped.
//
// As rules/alerting.go of Prometheus 2.42 has it, whose resolved alerts are kept for the sake of
// notifications; here they are gone.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "sim/alert/evaluate.hpp"
#include "sim/alert/rules.hpp"

namespace shaketable {

struct AlertChange {
    enum class What : std::uint8_t {
        pending,
        dropped,   // it was pending, and is not any more
        firing,
        resolved,  // it fired, and does not any more
    };
    What what = What::pending;
    Labels labels;  // of the result, and over them the rule's own
    friend bool operator==(const AlertChange&, const AlertChange&) = default;
};

class RuleState {
public:
    // REQUIRES: the rule outlives this.
    explicit RuleState(const AlertRule& rule) : rule_(&rule) {}

    // In the order of labels; one that is pending and fires at once is there twice.
    // REQUIRES: evaluations come in the order of time.
    std::vector<AlertChange> evaluate(Instant now, const std::vector<Element>& result);

    bool fires() const;  // any of it

private:
    struct Alert {
        Instant since;
        bool firing = false;
        std::optional<Instant> absent_since;  // it fires on
    };

    const AlertRule* rule_;
    std::map<Labels, Alert> alerts_;
};

}  // namespace shaketable
