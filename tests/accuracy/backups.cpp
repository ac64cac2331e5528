// SPDX-License-Identifier: MIT
//
// Backups: how long a restore takes, whole runs beside the closed form.
//
// One node whose state is backed up once, at t0; its log is archived in segments of I at most, each
// of which begins with the first record after the one before was closed, so that one ends every
// P = I + 1/rate. At a moment td that is uniform over some P a drill restores as late a state as
// there is. A segment that ends is in the archive u later: a request and its bytes' passage. So
//
//     segments   N = (td - t0 - u) / P     in the mean, the one that holds t0 among them
//     log        N head + rate N P record  bytes, each record with its time and length
//     state      head + 2 counts + keys register + a few sessions
//
// and the restore takes, one thing after the other,
//
//     request            to learn what there is
//     locate, provision  as they are set
//     (1 + N) request    each object is asked for by itself, when the one before has come
//     (state + log) / bandwidth
//     log / replay rate
//     (state + log) / rate of verification
//
// A drill has a line of its own, so uploads that go on meanwhile do not delay it. Without the
// requests the form is that of books: locate + provision + bytes / bandwidth + log / replay rate +
// verification. With segments of a second and requests of 50 ms that one is a fifth short.
#include <cmath>

#include "sim/run/run.hpp"
#include "tests/accuracy/rows.hpp"

namespace shaketable::accuracy {
namespace {

using novacron::milliseconds;
using novacron::seconds;

constexpr double kRate = 50;               // records a second
constexpr double kKeys = 50;
constexpr std::int64_t kBackedUpAt = 10;   // s
constexpr std::int64_t kDrillFrom = 70;    // s
constexpr double kSegment = 1;             // s
constexpr double kBandwidth = 100e3;       // bytes a second; as for verification
constexpr double kReplay = 50e3;
constexpr double kLocate = 2;              // s
constexpr double kProvision = 4;           // s
constexpr double kHead = 80;               // bytes, as are the rest
constexpr double kRecord = 8 + 4 + 32;
constexpr double kState = kHead + 16 + kKeys * 16;

Scenario backed_up_node(Duration request) {
    Scenario scenario;
    scenario.name = "accuracy";
    scenario.warmup = seconds(2);
    scenario.duration = seconds(110);
    NodeSpec node;
    node.name = "node-1";
    scenario.nodes = {node};
    scenario.default_link.latency = Constant{novacron::microseconds(500)};
    scenario.disk.sync_latency = Constant{milliseconds(1)};
    WorkloadSpec writes;
    writes.id = "writes";
    writes.rate_per_second = kRate;
    writes.keys.n = static_cast<std::uint32_t>(kKeys);
    scenario.workloads = {writes};
    BackupOptions backup;
    backup.full_at = seconds(kBackedUpAt);
    backup.incremental_every = Duration{};
    backup.archive_timeout = seconds(1);
    backup.store.latency = Constant{request};
    backup.store.bytes_per_second = static_cast<std::uint64_t>(kBandwidth);
    backup.restore.locate = seconds(2);
    backup.restore.provision = Constant{seconds(4)};
    backup.restore.replay_bytes_per_second = static_cast<std::uint64_t>(kReplay);
    backup.restore.verify_bytes_per_second = static_cast<std::uint64_t>(kBandwidth);
    scenario.backup = backup;
    FaultSpec drill;
    drill.id = "drill";
    drill.inject = "operator.drill";
    BackupRestore latest;
    latest.drill = true;
    drill.what = latest;
    // Five periods of segments.
    drill.start = When{When::Anchor::run_start, 0, seconds(kDrillFrom), milliseconds(5100)};
    scenario.faults = {drill};
    return scenario;
}

double theory_s(Duration request) {
    const double asks = static_cast<double>(request.ns) / 1e9;
    const double period = kSegment + 1 / kRate;
    const double upload = asks + (kHead + kRate * period * kRecord) / kBandwidth;
    const double until = static_cast<double>(kDrillFrom) + 5.1 / 2;
    const double segments = (until - static_cast<double>(kBackedUpAt) - upload) / period;
    const double log = segments * kHead + kRate * segments * period * kRecord;
    return asks + kLocate + kProvision + (1 + segments) * asks + (kState + log) / kBandwidth +
           log / kReplay + (kState + log) / kBandwidth;
}

std::vector<double> measured_s(const Effort& effort, Duration request) {
    const Scenario scenario = backed_up_node(request);
    return by_seed(effort, [&](std::uint64_t seed) {
        const RestoreRow row = run(scenario, seed).restores.at(0);
        return static_cast<double>((row.ended.value() - row.started).ns) / 1e9;
    });
}

}  // namespace

std::vector<Row> backup_rows(const Effort& effort) {
    std::vector<Row> rows;
    const Duration none{1};
    rows.push_back(estimated(
        "restore of a minute of log, requests of no time",
        "locate + provision + bytes / bandwidth + log / replay + bytes / verification",
        theory_s(none), measured_s(effort, none), "s"));
    const Duration slow = milliseconds(50);
    rows.push_back(estimated("the same, requests of 50 ms, segments of 1 s",
                             "... + (2 + N) request", theory_s(slow), measured_s(effort, slow),
                             "s"));
    return rows;
}

}  // namespace shaketable::accuracy
