// SPDX-License-Identifier: MIT
//
// When what is durable at the primary may be shipped: at once, in batches, or by whole segments.
//
// Intuition: what waits here is what a lost site loses. With records written all the time, a
// transit of d and a crash at a uniform moment, the oldest lost record is of age d for `stream`;
// between d and d + interval for `batch`; and at most the time to fill a segment, or `interval`,
// plus d for `segment`.
//
//     stream    every record by itself.
//     batch     all that waits, at the next instant of a grid of step `interval` (the grid starts
//               when the site does), or when `bytes` wait.
//     segment   the records of a segment, once it holds `bytes`, or when its first is `interval`
//               old (what PostgreSQL calls archive_timeout).
//
// Invariants: (1) what is released never decreases. (2) no record waits longer than `interval`.
#pragma once

#include <cstdint>

#include "core/base/id.hpp"
#include "core/base/time.hpp"

namespace novacron::replication {

enum class Shipping : std::uint8_t { stream, batch, segment };

struct ShippingOptions {
    Shipping shipping = Shipping::stream;
    Duration interval = seconds(1);                   // above 0
    std::uint64_t bytes = std::uint64_t{1} << 20U;  // at least 1

    friend bool operator==(const ShippingOptions&, const ShippingOptions&) = default;
};

class Release {
public:
    // REQUIRES: options within the bounds stated above.
    Release(const ShippingOptions& options, Instant start, LogIndex released);

    // The next record has become durable. REQUIRES: index is the one after the last one added.
    void add(Instant now, LogIndex index, std::uint64_t bytes);
    // Time has come to next_deadline(), or not.
    void on_time(Instant now);
    // Everything goes now: the log is being handed over.
    void all();

    LogIndex released() const { return released_; }
    LogIndex added() const { return added_; }
    // When what waits is released; never if nothing waits.
    Instant next_deadline() const { return deadline_; }

private:
    ShippingOptions options_;
    Instant start_;
    LogIndex released_;
    LogIndex added_;
    std::uint64_t waiting_bytes_ = 0;
    Instant deadline_ = Instant::never();
};

}  // namespace novacron::replication
