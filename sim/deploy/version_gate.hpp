// SPDX-License-Identifier: MIT
//
// Whether a version of a service is worse than the one before, by what callers met at both in the
// same time: a canary analysis of two questions.
//
// Errors: were it as good as allowed, each of its n calls would fail with the probability q, that
// of the version before plus a margin. It is worse if more of them failed than that by over two
// standard errors of such a count: failed > n q + 2 sqrt(n q (1 - q)). So of versions that are just
// as good as allowed one in 44 is called worse, whatever n is, and of better ones fewer.
// Latency: it is worse if the 95 % quantile of its good calls is above so many times that of the
// version before.
//
// A small sample says nothing: the gate waits for so many calls of each that has its share. Whoever
// has nothing to compare with, since all requests go to the new version from the first step on, is
// held to the margin alone.
// Pure. Not modelled: time of the day, users that differ; who sees both at once needs neither.
#pragma once

#include <cstdint>

#include "core/stats/histogram.hpp"

namespace shaketable {

struct VersionGate {
    double error_margin = 0.01;       // 0 .. 1
    double latency_factor = 1.5;      // at least 1
    std::uint32_t calls_min = 100;    // at least 1
    friend bool operator==(const VersionGate&, const VersionGate&) = default;
};

// What callers met at a version in some time.
struct VersionTally {
    std::uint64_t calls = 0;   // that ended, and that the caller did not give up by itself
    std::uint64_t failed = 0;  // of these: with an error, too late, refused or not let in
    novacron::stats::Histogram latency{{7, 3'600'000'000'000}};  // of the others, in nanoseconds

    // 0: there was none.
    std::uint64_t p95_ns() const { return latency.empty() ? 0 : latency.quantile({95, 100}); }
};

bool is_worse(const VersionGate& gate, const VersionTally& version, const VersionTally& former);

}  // namespace shaketable
