// SPDX-License-Identifier: MIT
#include "sim/record/record.hpp"

#include <algorithm>

#include "core/base/hex.hpp"
#include "sim/record/words.hpp"

namespace shaketable {

void Record::subscribe_to_all(Subscriber& subscriber) {
    for (auto& kind : subscribers_) kind.push_back(&subscriber);
}

Record& Record::branch(NodeSet nodes) {
    branches_.push_back({nodes, true, std::make_unique<Record>()});
    return *branches_.back().record;
}

void Record::end_branch(const Record& branch) {
    const auto found = std::find_if(
        branches_.begin(), branches_.end(),
        [&](const Branch& candidate) { return candidate.record.get() == &branch; });
    novacron::check(found != branches_.end(), "a branch is ended by the record it belongs to");
    found->open = false;
}

void Record::tell(const std::vector<Subscriber*>& subscribers, Instant at, const Fact& fact) {
    for (Subscriber* subscriber : subscribers) subscriber->on_fact(at, fact);
}

void Record::keep_checkpoint() {
    checkpoints_.push_back({count_, last_, digest_.value()});
    if (checkpoints_.size() == kMaxCheckpoints) {
        // Thin out: every second one stays, and the step doubles.
        for (std::size_t i = 0; i < kMaxCheckpoints / 2; ++i)
            checkpoints_[i] = checkpoints_[2 * i + 1];
        checkpoints_.resize(kMaxCheckpoints / 2);
        checkpoint_step_ *= 2;
    }
    next_checkpoint_ = count_ + checkpoint_step_;
}

namespace {

std::string text(bool value) { return value ? "true" : "false"; }
std::string text(std::uint32_t value) { return std::to_string(value); }
std::string text(std::uint64_t value) { return novacron::hex(value); }
std::string text(Instant value) { return std::to_string(value.ns) + "ns"; }
template <class Tag>
std::string text(novacron::Id<Tag> value) {
    return value.is_none() ? "none" : std::to_string(value.value);
}
template <class Tag>
std::string text(novacron::Ordinal<Tag> value) {
    return std::to_string(value.value);
}
template <class Enum>
    requires std::is_enum_v<Enum>
std::string text(Enum value) {
    return std::string(words_of(value)[static_cast<std::size_t>(value)]);
}

template <class F, std::size_t... I>
std::string describe(const F& fact, std::index_sequence<I...>) {
    std::string line(F::name);
    const auto values = fact.values();
    ((line += ' ', line += F::fields[I], line += '=', line += text(std::get<I>(values))), ...);
    return line;
}

}  // namespace

std::string text_of(const Fact& fact) {
    return std::visit(
        [](const auto& f) {
            return describe(f,
                            std::make_index_sequence<std::decay_t<decltype(f)>::fields.size()>{});
        },
        fact);
}

std::string_view name_of(const Fact& fact) {
    return std::visit([](const auto& f) { return f.name; }, fact);
}

}  // namespace shaketable
