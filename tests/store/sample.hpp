// SPDX-License-Identifier: MIT
//
// A scenario and a result that fill every field, and a folder of their own for each test.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <unistd.h>

#include "sim/run/result.hpp"
#include "sim/scenario/scenario.hpp"

namespace shaketable::sample {

// A folder that goes away with the object.
class Folder {
public:
    Folder() {
        std::string name =
            (std::filesystem::temp_directory_path() / "shaketable-test-XXXXXX").string();
        path_ = mkdtemp(name.data());
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    std::string file(const std::string& name) const { return (path_ / name).string(); }
    std::string path() const { return path_.string(); }

private:
    std::filesystem::path path_;
};

inline std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline Scenario scenario() {
    Scenario s;
    s.name = "leader-crash";
    s.description = "The leader dies.";
    s.path = "scenarios/leader_crash.yaml";
    s.resolved = "version: 1\nname: leader-crash\n";
    s.hash = "00000000000000aa";
    return s;
}

inline Result result(std::uint64_t seed) {
    using novacron::milliseconds;
    using novacron::seconds;
    Result r;
    r.scenario = "leader-crash";
    r.scenario_hash = "00000000000000aa";
    r.parameters_json = R"({"phi":"8"})";
    r.seed = seed;
    r.run_key = "key-" + std::to_string(seed);
    r.fingerprint = "fingerprint-" + std::to_string(seed);
    r.verdict = Verdict::fail;
    r.virtual_time = seconds(120);
    r.wall_ns = 5;
    r.events = 1000;
    r.facts = 900;
    r.elections = 2;
    r.needless_elections = 1;
    r.messages = 77;
    r.heartbeats = 33;
    r.faults = {
        {"crash", "node.crash", "node-1", Instant{30}, Instant{40}, Instant{31}, "node stopped"},
        {"late", "disk.stall", "node-2", std::nullopt, std::nullopt, std::nullopt, ""}};
    r.recovery = {{"write",
                   "crash",
                   milliseconds(250),
                   false,
                   {{"detect", milliseconds(200)}, {"elect", milliseconds(50)}},
                   milliseconds(240),
                   milliseconds(260),
                   3,
                   {{Instant{30}, Instant{90}}, {Instant{95}, Instant{99}}}},
                  {"read", "crash", std::nullopt, true, {}, std::nullopt, seconds(90), 0, {}}};
    r.loss = LossRow{"crash", 500, 4, 3, 2, seconds(1), milliseconds(7)};
    r.workloads = {{"writes", 100, 90, 6, 4, 130, milliseconds(1), milliseconds(2), milliseconds(3),
                    milliseconds(4)},
                   {"idle", 0, 0, 0, 0, 0, {}, {}, {}, {}}};
    DetectionRow watch;
    watch.detector = "phi";
    watch.knobs_json = R"({"threshold":8.0})";
    watch.messages = 4000;
    watch.crashes = {4, 1, Duration{105}, Duration{104}, Duration{128}, Duration{130}};
    watch.partitions = {2, 0, Duration{70}, Duration{71}, Duration{72}, Duration{73}};
    watch.mistakes = 9;
    watch.convictions = 3;
    watch.well = seconds(600);
    watch.mistake_rate = 0.015;
    watch.query_accuracy = 0.75;
    watch.mistake_duration = Duration{21};
    watch.mistake_recurrence = Duration{66};
    watch.good_period = Duration{45};
    r.detection = watch;
    r.alerting = AlertingRow{
        {{"NodeDown", "{node=\"n1\"}", "page", true, Instant{40}, Instant{50}, Instant{90},
          "crash"},
         {"Slow", "", "ticket", false, Instant{60}, std::nullopt, std::nullopt, ""}},
        {{"crash", "NodeDown", Duration{20}}, {"later", "", std::nullopt}},
        1,
        0,
        1};
    r.targets = {
        {"rto.max", "< 1s", "250ms", 250'000'000, false, Verdict::pass, ""},
        {"rpo.max", "< 0s", "1s", 1'000'000'000, false, Verdict::fail, "four writes lost"}};
    r.checks = {{"durable", Verdict::fail, "4 are gone"},
                {"healed", Verdict::inconclusive, "no time"}};
    r.findings = {{"S6", Instant{33}, "an acknowledged write is gone"}};
    r.checkpoints = {{1024, Instant{50}, 0xfedcba9876543210U}};
    r.timeline = {{Instant{30}, "fault-started", "", "crash"},
                  {Instant{31}, "node-stopped", "node-1", "crash"}};
    r.roles = {{"node-1", "down", 0, Instant{0}, Instant{10}},
               {"node-1", "leader", 2, Instant{10}, Instant{100}},
               {"node-2", "follower", 1, Instant{0}, Instant{100}}};
    r.series = {{"writes",
                 "run",
                 {Instant{0}, Instant{100}, Duration{60}, 2},
                 {{3, 2, 0, milliseconds(1), milliseconds(3)}, {4, 0, 1, {}, {}}}}};
    return r;
}

// What a run with services says besides.
inline void add_services(Result& r) {
    using novacron::milliseconds;
    ServiceRow shop;
    shop.id = "shop";
    shop.calls = {90, 1, 2, 4, 3, 5, {{"queue-full", 3}, {"breaker", 1}}};
    shop.latency_p50 = milliseconds(2);
    shop.latency_p99 = milliseconds(9);
    shop.stops = 6;
    shop.opened = 7;
    shop.goodput_before = 280.5;
    shop.goodput_after = 120;
    shop.goodput_end = 119.5;
    shop.metastable = "yes";
    ServiceRow idle;
    idle.id = "idle";
    r.services = {shop, idle};
    ClientsRow people;
    people.id = "people";
    people.service = "shop";
    people.criticality = "critical";
    people.requests.ok = 80;
    people.requests.timed_out = 20;
    people.attempts = 150;
    people.latency_p50 = milliseconds(3);
    people.latency_p95 = milliseconds(5);
    people.latency_p99 = milliseconds(7);
    people.latency_max = milliseconds(8);
    r.clients = {people};
    BreakerRow breaker{"shop->store", "shop/0@node-1", {}};
    breaker.spans.push_back({"closed", Instant{0}, Instant{40}});
    breaker.spans.push_back({"open", Instant{40}, Instant{100}});
    r.breakers = {breaker};
}

}  // namespace shaketable::sample
