// SPDX-License-Identifier: MIT
#include "sim/run/client_history.hpp"

#include <algorithm>
#include <functional>
#include <queue>
#include <tuple>

namespace shaketable {
namespace {

using history::Function;
using history::History;

struct Turn {
    Instant at;
    bool ends;
    std::uint32_t operation;
    auto order() const { return std::tuple(at, ends, operation); }
};

std::vector<Turn> turns_of(const std::vector<OperationView>& operations) {
    std::vector<Turn> turns;
    turns.reserve(2 * operations.size());
    for (std::uint32_t i = 0; i < operations.size(); ++i) {
        turns.push_back({operations[i].issued, false, i});
        if (operations[i].ended) turns.push_back({operations[i].finished, true, i});
    }
    std::sort(turns.begin(), turns.end(),
              [](const Turn& a, const Turn& b) { return a.order() < b.order(); });
    return turns;
}

// Numbers for words that are numbers themselves.
class Names {
public:
    explicit Names(std::vector<std::string>& words) : words_(words) {}
    std::uint32_t of(std::uint64_t number) {
        const auto [place, is_new] = numbers_.insert(number);
        if (is_new) {
            *place = static_cast<std::uint32_t>(words_.size());
            words_.push_back(std::to_string(number));
        }
        return *place;
    }

private:
    std::vector<std::string>& words_;
    novacron::FlatMap<std::uint32_t> numbers_;
};

}  // namespace

History history_of(const std::vector<OperationView>& operations) {
    History history;
    history.model = history::Model::kv;
    Names keys(history.keys);
    Names values(history.values);
    const auto value_of = [&](RegisterValue value) {
        return value.value == 0 ? history::kNil : values.of(value.value);
    };
    std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, std::greater<>> idle;
    history.operations.resize(operations.size());
    for (const Turn& turn : turns_of(operations)) {
        const OperationView& seen = operations[turn.operation];
        history::Operation& told = history.operations[turn.operation];
        const bool reads = seen.kind == OperationKind::read;
        if (!turn.ends) {
            if (idle.empty()) {
                idle.push(static_cast<std::uint32_t>(history.processes.size()));
                history.processes.push_back(std::to_string(history.processes.size()));
            }
            told.process = idle.top();
            idle.pop();
            told.function = reads ? Function::read : Function::write;
            told.key = keys.of(seen.key.value);
            if (!reads) told.value = value_of(seen.value);
            told.invoked = history.events++;
            told.invoked_ns = seen.issued.ns;
            continue;
        }
        told.completed_ns = seen.finished.ns;
        if (!seen.acknowledged()) continue;
        told.completed = history.events++;
        told.log_index = seen.index.value;
        if (reads) told.expected = value_of(seen.value);
        idle.push(told.process);
    }
    return history;
}

std::vector<OperationView> with_last_reads(const std::vector<OperationView>& operations,
                                           const SurvivingHistory& survivor, Instant end) {
    novacron::FlatMap<std::uint32_t> writes;  // by content, their places
    novacron::FlatMap<RegisterValue> last;    // by key, of those that survive
    for (std::uint32_t i = 0; i < operations.size(); ++i) {
        if (operations[i].kind != OperationKind::write) continue;
        *writes.insert(operations[i].content).first = i;
        last.insert(operations[i].key.value);
    }
    for (std::uint64_t index = 1; index <= survivor.upto.value; ++index) {
        const auto* place = writes.find(survivor.holder.content_at(LogIndex{index}));
        if (place == nullptr) continue;
        *last.insert(operations[*place].key.value).first = operations[*place].value;
    }
    std::vector<OperationView> all = operations;
    for (const std::uint64_t key : last.sorted_keys()) {
        OperationView read;
        read.kind = OperationKind::read;
        read.ended = true;
        read.outcome = Outcome::acknowledged;
        read.issued = end;
        read.finished = end + Duration{1};
        read.key = RegisterKey{key};
        read.value = *last.find(key);
        read.index = survivor.upto;
        all.push_back(read);
    }
    return all;
}

}  // namespace shaketable
