// SPDX-License-Identifier: MIT
//
// Facts about services, folded: by service, and by request.
#include "sim/measure/service_calls.hpp"

#include "sim/measure/recovery.hpp"
#include "sim/measure/requests.hpp"
#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using novacron::milliseconds;
using novacron::seconds;

constexpr InstanceId kNobody = InstanceId::none();

Instant at_ms(std::int64_t ms) { return Instant{} + milliseconds(ms); }

// shop (instances 0 and 1) calls store (2) and audit (3); people ask shop.
ServiceGraph graph() {
    ServiceGraph graph;
    ServiceSpec shop;
    shop.id = "shop";
    shop.on = {NodeId{0}, NodeId{1}};
    CallSpec to_store;
    to_store.to = 1;
    CallSpec to_audit;
    to_audit.to = 2;
    shop.calls = {to_store, to_audit};
    ServiceSpec store;
    store.on = {NodeId{2}};
    ServiceSpec audit;
    audit.on = {NodeId{2}};
    graph.services = {shop, store, audit};
    graph.clients.resize(1);
    return graph;
}

constexpr EdgeId kToStore{0};
constexpr EdgeId kToAudit{1};
constexpr EdgeId kPeople{2};

CallEnded call(EdgeId edge, CallOutcome outcome, std::int64_t sent_ms,
               CallCause cause = CallCause::none) {
    return {edge, kNobody, outcome, cause, at_ms(sent_ms)};
}

}  // namespace

TEST_CASE("service calls: a call counts for the service that it asks") {
    Record record;
    const ServiceCalls calls(record, graph(), at_ms(100));
    record.add(at_ms(90), call(kToStore, CallOutcome::failed, 80));  // in the warm-up
    record.add(at_ms(120), call(kToStore, CallOutcome::ok, 110));
    record.add(at_ms(150), call(kToStore, CallOutcome::timed_out, 120));
    record.add(at_ms(150), call(kToAudit, CallOutcome::rejected, 150, CallCause::breaker));
    record.add(at_ms(160), call(kPeople, CallOutcome::ok, 105));
    const auto& services = calls.services();
    CHECK(services[0].of(CallOutcome::ok) == 1);
    CHECK(services[1].of(CallOutcome::ok) == 1);
    CHECK(services[1].of(CallOutcome::timed_out) == 1);
    CHECK(services[1].of(CallOutcome::failed) == 0);
    CHECK(services[2].of(CallOutcome::rejected) == 1);
    CHECK(services[2].causes[static_cast<std::size_t>(CallCause::breaker)] == 1);
    CHECK(services[1].latency.count() == 1);
    CHECK(services[1].latency.most() == 10'000'000);
    CHECK(services[1].sent.between(Instant{}, at_ms(1000)) == 3);
    CHECK(services[1].ok.between(Instant{}, at_ms(1000)) == 1);
    CHECK(services[1].rest.between(Instant{}, at_ms(1000)) == 2);
}

TEST_CASE("service calls: instances that stop and breakers that open count for their service") {
    Record record;
    const ServiceCalls calls(record, graph(), at_ms(100));
    record.add(at_ms(200), InstanceStopped{InstanceId{2}, StopCause::crash, 4});
    using State = BreakerState;
    record.add(at_ms(210), BreakerChanged{kToStore, InstanceId{1}, State::closed, State::open});
    record.add(at_ms(220), BreakerChanged{kToStore, InstanceId{0}, State::closed, State::open});
    record.add(at_ms(230), BreakerChanged{kToStore, InstanceId{1}, State::open, State::half_open});
    CHECK(calls.services()[1].stops == 1);
    CHECK(calls.services()[0].stops == 0);
    CHECK(calls.services()[1].opened == 2);
    const std::vector<BreakerView> breakers = calls.breakers();
    REQUIRE(breakers.size() == 2);
    CHECK(breakers[0].caller == InstanceId{0});
    REQUIRE(breakers[1].changes.size() == 2);
    CHECK(breakers[1].changes[1].at == at_ms(230));
    CHECK(breakers[1].changes[1].to == State::half_open);
}

TEST_CASE("requests: they stand in the order of issue, and those under way say so") {
    Record record;
    const Requests requests(record);
    const auto ended = [&](std::int64_t at, std::uint64_t number, CallOutcome outcome,
                           std::int64_t issued) {
        record.add(at_ms(at), RequestEnded{RequestId{number}, PopulationId{0}, outcome,
                                           CallCause::none, at_ms(issued), 2});
    };
    ended(30, 3, CallOutcome::ok, 20);
    ended(40, 1, CallOutcome::timed_out, 0);
    const auto& all = requests.all();
    REQUIRE(all.size() == 3);
    CHECK(all[2].ok());
    CHECK(all[2].latency() == milliseconds(10));
    CHECK_FALSE(all[1].ended);
    CHECK(all[0].ended);
    CHECK_FALSE(all[0].ok());
    const auto operations = as_operations(all, {true});
    REQUIRE(operations.size() == 2);
    CHECK(operations[0].issued == at_ms(0));
    CHECK_FALSE(operations[0].acknowledged());
    CHECK(operations[1].acknowledged());
    CHECK(as_operations(all, {false}).empty());
}

TEST_CASE("requests: a service recovers by the definition that writes do, in one phase") {
    Record record;
    const Requests requests(record);
    // One request every 10 ms; those issued from 100 ms to 200 ms time out after 50 ms.
    std::uint64_t number = 0;
    for (std::int64_t t = 0; t < 2000; t += 10) {
        const bool bad = t >= 100 && t < 200;
        record.add(at_ms(t + (bad ? 9 : 1)),
                   RequestEnded{RequestId{++number}, PopulationId{0},
                                bad ? CallOutcome::timed_out : CallOutcome::ok, CallCause::none,
                                at_ms(t), 1});
    }
    const auto recovery =
        find_recovery(as_operations(requests.all(), {true}),
                      {OperationKind::read, at_ms(100), at_ms(2000),
                       {0.99, milliseconds(50), seconds(1)}});
    REQUIRE(recovery);
    CHECK(recovery->rto == milliseconds(101));
    REQUIRE(recovery->phases.size() == 1);
    CHECK(recovery->phases[0].duration == *recovery->rto);
    CHECK(recovery->outages.size() == 1);
}
