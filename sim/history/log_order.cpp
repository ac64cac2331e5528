// SPDX-License-Identifier: MIT
#include "sim/history/log_order.hpp"

#include <algorithm>
#include <tuple>

namespace shaketable::history {
namespace {

class LogOrder {
public:
    explicit LogOrder(const History& history)
        : history_(history), lists_(history.lists), states_(history.keys.size(), kNil) {}

    bool holds() {
        if (!sort()) return false;
        for (const Operation& operation : history_.operations) {
            if (operation.known() || operation.function == Function::read) continue;
            open_.insert(name_of(operation.key, operation.value)).first->push_back(&operation);
        }
        return std::all_of(order_.begin(), order_.end(),
                           [&](const Operation* operation) { return take(*operation); });
    }

private:
    static std::uint64_t name_of(std::uint32_t key, Value value) {
        return (std::uint64_t{key} << 32U) | value;
    }

    bool sort() {
        for (const Operation& operation : history_.operations) {
            if (!operation.known()) continue;
            if (operation.log_index == 0) return false;
            order_.push_back(&operation);
        }
        const auto rank = [](const Operation* o) {
            return std::tuple(o->log_index, o->function == Function::read, o->invoked);
        };
        std::sort(order_.begin(), order_.end(),
                  [&](const Operation* a, const Operation* b) { return rank(a) < rank(b); });
        return true;
    }

    // It takes effect after all before it, so not before the last of these has begun.
    bool take(const Operation& operation) {
        if (!explain(operation)) return false;
        now_ = std::max(now_, operation.invoked);
        if (now_ > operation.completed) return false;
        apply(operation);
        return true;
    }

    // Makes the state what the operation has seen, if what may have happened can.
    bool explain(const Operation& operation) {
        const bool looks =
            operation.function == Function::read || operation.function == Function::compare_and_set;
        if (!looks) return true;
        const Value state = states_[operation.key];
        if (state == operation.expected) return true;
        if (history_.model != Model::list_append) return use(operation.key, operation.expected);
        std::vector<Value> missing;
        std::uint32_t list = operation.expected;
        while (lists_.length(list) > lists_.length(state)) {
            missing.push_back(lists_.last(list));
            list = lists_.shorter(list);
        }
        return list == state && std::all_of(missing.rbegin(), missing.rend(), [&](Value element) {
                   return use(operation.key, element);
               });
    }

    // Lets an operation take effect that may have.
    bool use(std::uint32_t key, Value value) {
        std::vector<const Operation*>& open = *open_.insert(name_of(key, value)).first;
        for (auto it = open.begin(); it != open.end(); ++it) {
            const Operation& candidate = **it;
            const bool fits = candidate.function != Function::compare_and_set ||
                              candidate.expected == states_[key];
            if (!fits) continue;
            now_ = std::max(now_, candidate.invoked);
            apply(candidate);
            open.erase(it);
            return true;
        }
        return false;
    }

    void apply(const Operation& operation) {
        Value& state = states_[operation.key];
        switch (operation.function) {
            case Function::read: break;
            case Function::write:
            case Function::compare_and_set: state = operation.value; break;
            case Function::append: state = lists_.extended(state, operation.value); break;
        }
    }

    const History& history_;
    Lists lists_;
    std::vector<Value> states_;  // by key
    std::vector<const Operation*> order_;
    novacron::FlatMap<std::vector<const Operation*>> open_;  // by key and value, the earliest first
    std::uint32_t now_ = 0;
};

}  // namespace

bool log_order_holds(const History& history) { return LogOrder(history).holds(); }

}  // namespace shaketable::history
