// SPDX-License-Identifier: MIT
//
// Five nodes with the runbook's timing, invariants and digest on.
//
//   bench_cluster WRITES_PER_SECOND VIRTUAL_SECONDS
//
// 0 writes a second is the idle cluster. Prints events, facts and the fingerprint; time it from
// outside.
#include <cstdio>
#include <cstdlib>

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
    if (argc != 3) {
        std::fputs("usage: bench_cluster WRITES_PER_SECOND VIRTUAL_SECONDS\n", stderr);
        return 2;
    }
    const shaketable::Result result = shaketable::run(
        cluster(std::strtod(argv[1], nullptr), std::strtoll(argv[2], nullptr, 10)), 1);
    std::printf("%llu events, %llu facts, fingerprint %s\n",
                static_cast<unsigned long long>(result.events),
                static_cast<unsigned long long>(result.facts), result.fingerprint.c_str());
    return 0;
}
