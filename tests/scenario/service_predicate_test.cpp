// SPDX-License-Identifier: MIT
//
// Bounds on measures of services, as checks spell them.
#include "sim/scenario/service_predicate.hpp"

#include "tests/catch.hpp"
#include "tests/scenario/sample.hpp"

namespace shaketable {
namespace {

std::string again(std::string_view text) {
    const auto parsed = parse_service_predicate(text);
    return parsed ? format_service_predicate(*parsed) : parsed.error;
}

TEST_CASE("service predicates: each measure has its own kind of value", "[scenario]") {
    for (const char* text :
         {"service.shop.goodput >= 280/s", "service.shop.goodput >= 90%",
          "service.shop.success >= 99.9%", "service.a-b.rejected <= 10%",
          "service.shop.attempts <= 1.2", "service.shop.p99 <= 250ms",
          "service.shop.metastable == true", "service.shop.stops == 0",
          "service.shop.opened >= 3"}) {
        CHECK(again(text) == text);
    }
    CHECK(again("service.shop.goodput>=0.5/s") == "service.shop.goodput >= 0.5/s");
    CHECK(again("service.shop.goodput <= 60/min") == "service.shop.goodput <= 1/s");
    const auto share = parse_service_predicate("service.shop.goodput >= 90%");
    CHECK(share->measure == ServiceMeasure::goodput_share);
    CHECK(share->value == 0.9);
    CHECK(share->service == "shop");
    const auto p99 = parse_service_predicate("service.shop.p99 <= 2ms");
    CHECK(p99->value == 2e6);
    CHECK(p99->bound == ServicePredicate::Bound::at_most);
}

TEST_CASE("service predicates: what makes no sense is refused", "[scenario]") {
    CHECK(again("service.shop.godput >= 1/s") == "a service has no 'godput'");
    CHECK(parse_service_predicate("service.shop.godput >= 1/s").hint == "did you mean goodput?");
    CHECK(again("service.shop.stops") == "stops needs a bound");
    CHECK(again("service.shop.stops > 1") == "a bound is >=, <= or ==");
    CHECK(again("service.shop.metastable >= true") == "metastable is true or false");
    CHECK(again("service.shop.metastable == maybe") == "metastable is true or false");
    CHECK_FALSE(parse_service_predicate("service.shop.p99 <= 5"));
    CHECK_FALSE(parse_service_predicate("service.shop.success >= 200%"));
    CHECK(again("service.shop >= 1") == "unknown predicate 'service.shop'");
}

TEST_CASE("service predicates: a check is about a service that there is", "[scenario]") {
    const auto said = [](const std::string& check, const std::string& faults = "") {
        return testing::messages(testing::load(
            "services:\n  shop: {nodes: node-1, service_time: 1ms, calls: {store: {}}}\n"
            "  store: {nodes: node-1, service_time: 1ms}\n"
            "clients: {people: {to: shop, rate: 1/s}}\n" + faults + "checks: [{id: c, " + check +
            "}]\n"));
    };
    const std::string fault =
        "faults: [{id: f, at: 9s, inject: node.crash, target: node-1, for: 1s}]\n";
    CHECK(said("at_end: service.store.p99 <= 5ms").empty());
    CHECK(said("at_end: service.shop.success >= 5%").empty());
    CHECK(said("at_end: service.shop.metastable == false", fault).empty());
    CHECK(said("at_end: service.shp.p99 <= 5ms") == "unknown service 'shp'\n");
    CHECK(said("at_end: service.store.success >= 5%") == "no clients ask 'store'\n");
    CHECK(said("at_end: service.shop.metastable == false") ==
          "without a fault there is nothing before or after it to compare\n");
    CHECK(said("at_end: service.writeable").find("service.writeable") != std::string::npos);
    CHECK(said("always: service.shop.success >= 5%").empty());
    CHECK(said("sometime: service.store.goodput >= 5/s").empty());
    CHECK(said("eventually: service.shop.goodput >= 50%, within: 30s, after: f.end", fault)
              .empty());
    const std::string whole = "this is a number of the whole run, and not of a time in it\n";
    CHECK(said("always: service.shop.p99 <= 5ms") == whole);
    CHECK(said("eventually: service.shop.metastable == false, within: 30s", fault) == whole);
    CHECK(said("always: service.store.success >= 5%") == "no clients ask 'store'\n");
    CHECK(said("eventually: service.shop.success >= 5%, within: 9s", fault) ==
          "a service is looked at for service_level.hold, 10s, at a time\n");
}

TEST_CASE("service predicates: a recovery time may be that of a service", "[scenario]") {
    const auto load = [](const std::string& target) {
        return testing::load(
            "services: {shop: {nodes: node-1, service_time: 1ms, calls: {store: {}}},"
            " store: {nodes: node-1, service_time: 1ms}}\n"
            "clients: {people: {to: shop, rate: 1/s}}\n"
            "faults: [{id: f, at: 9s, inject: node.crash, target: node-1, for: 1s}]\n"
            "targets: {rto: {" + target + "}}\n");
    };
    const LoadResult good = load("service: shop, max: \"< 9s\"");
    INFO(format(good.diagnostics));
    REQUIRE(good.ok());
    CHECK(good.scenario->rto->scope == "service:shop");
    CHECK(load("max: \"< 9s\"").scenario->rto->scope == "write");
    CHECK(testing::messages(load("service: store, max: \"< 9s\"")) ==
          "no clients ask a service 'store'\n");
}

}  // namespace
}  // namespace shaketable
