// SPDX-License-Identifier: MIT
//
// Five nodes with the runbook's timing, invariants and digest on.
//
//   bench_cluster WRITES_PER_SECOND VIRTUAL_SECONDS [RUNS]
//
// 0 writes a second is the idle cluster. Prints events, facts and the fingerprint of each run, with
// seeds from 1; time it from outside.
#include <cstdio>
#include <cstdlib>

#include "sim/run/memory.hpp"
#include "sim/run/run.hpp"

namespace {

using novacron::microseconds;
using novacron::milliseconds;

shaketable::Scenario cluster(double writes_per_second, std::int64_t virtual_seconds) {
    shaketable::Scenario scenario;
    scenario.name = "bench";
    scenario.duration = novacron::seconds(virtual_seconds);
    for (int i = 1; i <= 5; ++i) {
        scenario.nodes.push_back({"node-" + std::to_string(i), "primary", "a", {}, 0});
    }
    scenario.default_link.latency = shaketable::Lognormal{microseconds(300), milliseconds(1)};
    scenario.disk.sync_latency = shaketable::Lognormal{milliseconds(1), milliseconds(5)};
    if (writes_per_second > 0) {
        shaketable::WorkloadSpec writes;
        writes.id = "writes";
        writes.rate_per_second = writes_per_second;
        scenario.workloads.push_back(writes);
    }
    return scenario;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3 && argc != 4) {
        std::fputs("usage: bench_cluster WRITES_PER_SECOND VIRTUAL_SECONDS [RUNS]\n", stderr);
        return 2;
    }
    shaketable::prepare_memory_for_runs();
    const shaketable::Scenario scenario =
        cluster(std::strtod(argv[1], nullptr), std::strtoll(argv[2], nullptr, 10));
    const std::uint64_t runs = argc == 4 ? std::strtoull(argv[3], nullptr, 10) : 1;
    for (std::uint64_t seed = 1; seed <= runs; ++seed) {
        const shaketable::Result result = shaketable::run(scenario, seed);
        std::printf("%llu events, %llu facts, fingerprint %s\n",
                    static_cast<unsigned long long>(result.events),
                    static_cast<unsigned long long>(result.facts), result.fingerprint.c_str());
    }
    return 0;
}
