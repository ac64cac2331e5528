// SPDX-License-Identifier: MIT
#include "sim/run/result_json.hpp"

#include <nlohmann/json.hpp>

#include "tests/catch.hpp"
#include "tests/store/sample.hpp"

using namespace shaketable;

TEST_CASE("result as JSON: what does not exist is null, and times are nanoseconds") {
    const auto json = to_json(sample::result(7), "shaketable run x.yaml --seed 7");
    CHECK(json["schema_version"] == 1);
    CHECK(json["seed"] == 7);
    CHECK(json["verdict"] == "fail");
    CHECK(json["parameters"]["phi"] == "8");
    CHECK(json["replay"] == "shaketable run x.yaml --seed 7");
    CHECK(json["recovery"][0]["rto_ns"] == 250'000'000);
    CHECK(json["recovery"][0]["phases"][1]["name"] == "elect");
    CHECK(json["recovery"][1]["rto_ns"].is_null());
    CHECK(json["recovery"][1]["censored"] == true);
    CHECK(json["faults"][1]["start_ns"].is_null());
    CHECK(json["loss"]["rpo_time_ns"] == 1'000'000'000);
    CHECK(json["workloads"][0]["availability"] == 0.9375);
    CHECK(json["workloads"][1]["availability"].is_null());
    CHECK(json["targets"][1]["verdict"] == "fail");
    CHECK(json["checks"][1]["verdict"] == "inconclusive");
    CHECK(json["findings"][0]["at_ns"] == 33);
}

TEST_CASE("result as JSON: what detectors did is there if anybody watched") {
    Result watched = sample::result(7);
    const auto json = to_json(watched, "")["detection"];
    CHECK(json["detector"] == "phi");
    CHECK(json["knobs"]["threshold"] == 8);
    CHECK(json["crashes"]["p99_ns"] == 128);
    CHECK(json["partitions"]["detected"] == 2);
    CHECK(json["mistake_rate"] == 0.015);
    CHECK(json["trust_after_return_ns"].is_null());
    const auto alerting = to_json(watched, "")["alerting"];
    CHECK(alerting["alerts"][0]["firing_ns"] == 50);
    CHECK(alerting["faults"][1]["time_to_page_ns"].is_null());
    CHECK(alerting["missed"] == 1);
    watched.alerting.reset();
    CHECK_FALSE(to_json(watched, "").contains("alerting"));
    watched.detection.reset();
    CHECK_FALSE(to_json(watched, "").contains("detection"));
}

TEST_CASE("result as JSON: a run without faults has no loss, and lists stay lists") {
    Result bare = sample::result(1);
    bare.loss.reset();
    bare.faults.clear();
    const auto json = to_json(bare, "");
    CHECK(json["loss"].is_null());
    CHECK(json["faults"].is_array());
    CHECK(json["faults"].empty());
}

TEST_CASE("result as JSON: a list of one is a list, not an object") {
    Result one = sample::result(1);
    one.checks.resize(1);
    one.targets.resize(1);
    const auto json = to_json(one, "");
    CHECK(json["checks"].is_array());
    CHECK(json["targets"].is_array());
    CHECK(json["findings"].is_array());
}

TEST_CASE("result as JSON: the keys stand in the documented order") {
    const std::string text = to_json(sample::result(1), "").dump();
    std::size_t before = 0;
    for (const char* key : {"schema_version", "scenario", "scenario_hash", "seed", "fingerprint",
                            "verdict", "virtual_ns", "wall_ns", "events", "faults", "recovery",
                            "loss", "targets", "checks", "findings", "replay"}) {
        const std::size_t at = text.find("\"" + std::string(key) + "\":");
        INFO(key);
        REQUIRE(at != std::string::npos);
        CHECK(at >= before);
        before = at;
    }
}

TEST_CASE("result as JSON: the timeline keeps its order and its absent nodes") {
    const auto json = timeline_to_json(sample::result(1));
    REQUIRE(json.size() == 2);
    CHECK(json[0]["node"] == "");
    CHECK(json[1]["kind"] == "node-stopped");
}

TEST_CASE("result as JSON: services are there if there are any") {
    Result result = sample::result(1);
    CHECK_FALSE(to_json(result, "").contains("services"));
    sample::add_services(result);
    const auto json = to_json(result, "");
    CHECK(json["services"][0].dump() ==
          R"({"id":"shop","calls":{"ended":105,"ok":90,"failed":1,"timed_out":2,"rejected":4,)"
          R"("refused":3,"cancelled":5,"causes":{"queue-full":3,"breaker":1}},)"
          R"("latency_p50_ns":2000000,"latency_p99_ns":9000000,"stops":6,"opened":7,)"
          R"("goodput_before":280.5,"goodput_after":120.0,"goodput_end":119.5,)"
          R"("metastable":"yes","back_ns":null})");
    CHECK(json["clients"][0]["requests"]["timed_out"] == 20);
    CHECK(json["clients"][0]["latency_p95_ns"] == 5'000'000);
    CHECK(breakers_to_json(result)[1].dump() ==
          R"({"edge":"shop->store","caller":"shop/0@node-1","state":"open","start_ns":40,)"
          R"("end_ns":100})");
}

TEST_CASE("result as JSON: roles and series come with all their values") {
    const auto roles = roles_to_json(sample::result(1));
    REQUIRE(roles.size() == 3);
    CHECK(roles[1].dump() ==
          R"({"node":"node-1","role":"leader","term":2,"start_ns":10,"end_ns":100})");
    const auto series = series_to_json(sample::result(1));
    REQUIRE(series.size() == 1);
    CHECK(series[0].dump() ==
          R"({"workload":"writes","part":"run","start_ns":0,"end_ns":100,"bucket_ns":60,)"
          R"("issued":[3,4],"acknowledged":[2,0],"unknown":[0,1],)"
          R"("latency_p50_ns":[1000000,null],"latency_p99_ns":[3000000,null]})");
    CHECK(to_json(sample::result(1), "")["recovery"][0]["outages"].dump() ==
          R"([{"start_ns":30,"end_ns":90},{"start_ns":95,"end_ns":99}])");
}
