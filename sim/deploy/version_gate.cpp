// SPDX-License-Identifier: MIT
#include "sim/deploy/version_gate.hpp"

#include <algorithm>

namespace shaketable {
namespace {

constexpr double kStandardErrors = 2;

bool fails_more(const VersionGate& gate, const VersionTally& version, const VersionTally& former) {
    const auto n = static_cast<double>(version.calls);
    const double before = former.calls == 0 ? 0
                                            : static_cast<double>(former.failed) /
                                                  static_cast<double>(former.calls);
    const double allowed = std::min(1.0, before + gate.error_margin);
    const double excess = static_cast<double>(version.failed) - n * allowed;
    const double variance = n * allowed * (1 - allowed);
    return excess > 0 && excess * excess > kStandardErrors * kStandardErrors * variance;
}

}  // namespace

bool is_worse(const VersionGate& gate, const VersionTally& version, const VersionTally& former) {
    if (fails_more(gate, version, former)) return true;
    if (version.latency.empty() || former.latency.empty()) return false;
    return static_cast<double>(version.p95_ns()) >
           gate.latency_factor * static_cast<double>(former.p95_ns());
}

}  // namespace shaketable
