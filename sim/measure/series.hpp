// SPDX-License-Identifier: MIT
//
// What clients lived through in the course of time: operations counted in buckets of equal width.
//
// Intuition: the graph a monitoring system would draw. Each event counts where it happened: an
// operation that is issued during an outage and acknowledged after it raises `issued` in one bucket
// and `acknowledged` in a later one. So a bucket without acknowledgements is a time without
// service, however patient the clients are.
//
// Invariants: (1) over all buckets that cover a run, issued = acknowledged + unknown + in flight at
//                 the end.
//             (2) a bucket has latencies exactly if it has an acknowledgement.
// Units: bucket i covers start + i * width to start + (i + 1) * width, without its end; the last
// ends with the buckets' end, which it includes, and may be shorter than the others.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/measure/operations.hpp"

namespace shaketable {

struct Bucket {
    std::uint64_t issued = 0;
    std::uint64_t acknowledged = 0;
    std::uint64_t unknown = 0;  // the deadline passed without an answer
    std::optional<Duration> latency_p50, latency_p99;  // of those acknowledged here
};

struct Buckets {
    Instant start;
    Instant end;
    Duration width;
    std::size_t count;

    // From `start`, or a little earlier, to `end`, in about `most` buckets or fewer, of a width
    // that people can read: 1, 2 or 5 times a power of ten. They begin at multiples of the width
    // counted from `mark`, so that what comes before the mark shares no bucket with what follows.
    // REQUIRES: start <= end, most is at least 1.
    static Buckets spread(Instant start, Instant end, Instant mark, std::size_t most);
};

// One series for each workload, in the order of their numbers.
// REQUIRES: every operation's workload is less than `workloads`.
std::vector<std::vector<Bucket>> count_operations(const std::vector<OperationView>& operations,
                                                  std::size_t workloads, const Buckets& buckets);

// The value that a share `q` of them does not exceed: the smallest such observation. Changes the
// order of the sample. REQUIRES: not empty.
Duration quantile(std::vector<Duration>& sample, double q);

}  // namespace shaketable
