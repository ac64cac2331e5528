// SPDX-License-Identifier: MIT
#include "sim/cli/fact_stream.hpp"

#include <variant>

#include <fmt/format.h>

namespace shaketable::cli {

bool same(const TimedFact& a, const TimedFact& b) {
    if (a.at != b.at || a.fact.index() != b.fact.index()) return false;
    return std::visit(
        [&](const auto& left) {
            const auto& right = std::get<std::decay_t<decltype(left)>>(b.fact);
            return left.values() == right.values();
        },
        a.fact);
}

std::string text_of(const TimedFact& fact) {
    const std::int64_t ns = fact.at.ns;
    return fmt::format("{}.{:09}s  {}", ns / 1'000'000'000, ns % 1'000'000'000,
                       shaketable::text_of(fact.fact));
}

FactStream::FactStream(const Scenario& scenario, std::uint64_t seed) : simulation_(scenario, seed) {
    simulation_.record().subscribe_to_all(*this);
}

std::optional<TimedFact> FactStream::next() {
    while (waiting_.empty()) {
        if (!simulation_.step()) break;
    }
    if (waiting_.empty()) return std::nullopt;
    TimedFact fact = waiting_.front();
    waiting_.pop_front();
    return fact;
}

}  // namespace shaketable::cli
