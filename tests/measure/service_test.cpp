// SPDX-License-Identifier: MIT
//
// Whether clients are served now.
#include "sim/measure/service.hpp"

#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using novacron::milliseconds;

constexpr Duration kLimit = milliseconds(50);

Instant at_ms(std::int64_t n) { return Instant{} + milliseconds(n); }

OperationView operation(std::int64_t issued_ms) {
    OperationView view;
    view.issued = at_ms(issued_ms);
    return view;
}
OperationView answered(std::int64_t issued_ms, std::int64_t latency_ms) {
    OperationView view = operation(issued_ms);
    view.ended = true;
    view.outcome = Outcome::acknowledged;
    view.finished = at_ms(issued_ms + latency_ms);
    return view;
}
ServiceState at(std::int64_t ms, const std::vector<OperationView>& operations) {
    return service_at(at_ms(ms), operations, OperationKind::write, kLimit);
}

}  // namespace

TEST_CASE("service: it is down from the third operation in a row that is not good") {
    const std::vector<OperationView> all = {answered(0, 1), operation(10), operation(20),
                                            operation(30)};
    CHECK(at(79, all) == ServiceState::up);
    CHECK(at(80, all) == ServiceState::down);
}

TEST_CASE("service: a late answer is not good, and one good one brings it up") {
    std::vector<OperationView> all = {answered(0, 51), answered(10, 60), answered(20, 70)};
    CHECK(at(100, all) == ServiceState::down);
    all.push_back(answered(95, 4));
    CHECK(at(100, all) == ServiceState::up);
}

TEST_CASE("service: of what can't be judged nothing is known, and other kinds don't count") {
    CHECK(at(100, {}) == ServiceState::unknown);
    CHECK(at(100, {operation(60)}) == ServiceState::unknown);
    OperationView read = answered(0, 1);
    read.kind = OperationKind::read;
    CHECK(at(100, {read}) == ServiceState::unknown);
}
