// SPDX-License-Identifier: MIT
//
// The accrual detector's rivals: three rules for how long to wait for the next heartbeat.
//
//   FixedTimeout   suspects after so long without any. Simple, and blind to how the network is.
//   ChenEstimator  expects heartbeat l + 1 at EA = (1/n) sum(A_i - interval * s_i) + (l + 1) *
//                  interval, where A_i are the arrivals and s_i the sequence numbers of the last n,
//                  and waits for `margin` beyond. Sequence numbers say when a heartbeat was sent
//                  without any clock being compared, so one that is lost does not blur the rest:
//                  this is NFD-E of Chen, Toueg and Aguilera, "On the quality of service of failure
//                  detectors", IEEE Transactions on Computers 51 (2002).
//   TwoWindow      the later of two such expectations, by a long and a very short window: steady in
//                  the long run, and at once patient when a delay appears (the 2W detector).
//
// All in whole numbers: expectations are rounded down to a nanosecond. A clock that goes back makes
// all arrivals before it worthless: the expectation is formed anew.
//
// Contract, shared with PhiAccrual: `expect` begins to watch; `heard` is given each heartbeat that
// is newer than all before, in order; `patience` says how long silence is borne from now on.
//
// Invariants: (1) patience never ends before the last heartbeat. (2) Chen's expectation does not
// depend on how many heartbeats were lost in between.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/time.hpp"
#include "core/detector/patience.hpp"
#include "core/stats/sample_window.hpp"

namespace novacron::detector {

struct FixedTimeoutOptions {
    Duration timeout = milliseconds(150);         // suspected after so long; above 0
    Duration failed_timeout = milliseconds(300);  // failed; at least the timeout

    friend bool operator==(const FixedTimeoutOptions&, const FixedTimeoutOptions&) = default;
};

class FixedTimeout {
public:
    // REQUIRES: options within the bounds stated above.
    explicit FixedTimeout(const FixedTimeoutOptions& options);

    void expect(Instant now) { last_ = now; }
    void heard(Instant now, std::uint64_t) { last_ = now; }
    Patience patience() const;

private:
    FixedTimeoutOptions options_;
    std::optional<Instant> last_;
};

struct ChenOptions {
    Duration heartbeat_interval = milliseconds(50);  // that of the sender; above 0
    Duration margin = milliseconds(100);             // waited beyond the expectation; 0 or more
    Duration failed_margin = milliseconds(250);      // until failed; at least the margin
    std::uint32_t window_size = 1000;                // heartbeats; 1 .. 65536

    friend bool operator==(const ChenOptions&, const ChenOptions&) = default;
};

// Where the next heartbeat is expected, by the last n of them.
class ExpectedArrival {
public:
    ExpectedArrival(Duration interval, std::uint32_t window)
        : interval_(interval), shifts_(window) {}

    void clear() { shifts_.clear(); }
    void add(Instant now, std::uint64_t sequence);
    bool empty() const { return shifts_.empty(); }
    // REQUIRES: not empty.
    Instant next() const;

private:
    // When heartbeat s would have come if it had been sent with the first one.
    Duration shift(Instant now, std::uint64_t sequence) const {
        const auto sent_later = static_cast<std::int64_t>(sequence - first_sequence_);
        return (now - first_) - interval_ * sent_later;
    }

    Duration interval_;
    stats::SampleWindow shifts_;
    Instant first_{};
    std::uint64_t first_sequence_ = 0;
    std::uint64_t newest_ = 0;
};

class ChenEstimator {
public:
    // REQUIRES: options within the bounds stated above.
    explicit ChenEstimator(const ChenOptions& options);

    void expect(Instant now);
    void heard(Instant now, std::uint64_t sequence);
    Patience patience() const;

private:
    ChenOptions options_;
    ExpectedArrival arrival_;
    std::optional<Instant> last_;
};

struct TwoWindowOptions {
    Duration heartbeat_interval = milliseconds(50);  // that of the sender; above 0
    Duration margin = milliseconds(100);             // waited beyond the expectation; 0 or more
    Duration failed_margin = milliseconds(250);      // until failed; at least the margin
    std::uint32_t short_window = 1;                  // heartbeats; 1 .. long_window
    std::uint32_t long_window = 1000;                // heartbeats; at most 65536

    friend bool operator==(const TwoWindowOptions&, const TwoWindowOptions&) = default;
};

class TwoWindow {
public:
    // REQUIRES: options within the bounds stated above.
    explicit TwoWindow(const TwoWindowOptions& options);

    void expect(Instant now);
    void heard(Instant now, std::uint64_t sequence);
    Patience patience() const;

private:
    TwoWindowOptions options_;
    ExpectedArrival recent_;
    ExpectedArrival steady_;
    std::optional<Instant> last_;
};

}  // namespace novacron::detector
