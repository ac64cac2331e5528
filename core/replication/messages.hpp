// SPDX-License-Identifier: MIT
//
// What sites say to each other.
//
// Every message carries its speaker's epoch: a primary's own, or the highest that a standby has
// seen. A *session* is one conversation of a primary with a standby; its number grows from
// greeting to greeting and from life to life of the primary, so that what was said in an earlier
// one is known for that.
//
//     primary                                standby
//        | -- Greeting(history, last) ---------> |   do our logs agree, and where do I go on?
//        | <-- Report(received, durable) ------- |
//        | -- Shipment(previous, records) -----> |
//        | <-- Report(received, durable) ------- |   once they are durable
//        | -- Handover(last) ------------------> |   planned switchover: you hold everything
//        | <-- Refusal(why) -------------------- |   at any time
//
// All of them may be lost, doubled and reordered.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/id.hpp"
#include "core/base/time.hpp"
#include "core/replication/epoch.hpp"
#include "core/replication/history.hpp"

namespace novacron::replication {

// One record of a site's log. The first of an epoch has no data: it marks the promotion.
struct Record {
    Epoch epoch;
    LogIndex index;
    Instant written{};  // by the clock of the primary that wrote it
    Bytes data;
    friend bool operator==(const Record&, const Record&) = default;
};

// What a record counts in windows and lags: its data, and what it takes around it.
constexpr std::uint64_t kRecordHead = 32;
inline std::uint64_t size_of(const Record& record) { return kRecordHead + record.data.size(); }

struct Greeting {
    Epoch epoch;
    std::uint64_t session = 0;
    Lineage lineage;  // of what is durable at the primary
    LogIndex before;  // records up to here it holds no longer
    friend bool operator==(const Greeting&, const Greeting&) = default;
};
struct Shipment {
    Epoch epoch;
    std::uint64_t session = 0;
    std::uint64_t number = 0;  // counts the session's shipments from 1
    LogIndex previous;         // the records follow on it
    LogIndex last;             // that is durable at the primary
    std::vector<Record> records;
    friend bool operator==(const Shipment&, const Shipment&) = default;
};
// The primary writes no more: its log ends at `last`, and the addressee takes over.
struct Handover {
    Epoch epoch;
    std::uint64_t session = 0;
    LogIndex last;
    friend bool operator==(const Handover&, const Handover&) = default;
};
struct Report {
    enum class Answers : std::uint8_t {
        greeting,
        shipment,
        gap,  // to a shipment that does not follow on what was received
    };
    Epoch epoch;
    std::uint64_t session = 0;
    Answers answers = Answers::shipment;
    std::uint64_t number = 0;  // of the shipment answered, if it was a gap
    LogIndex received;
    LogIndex durable;
    std::uint64_t window_bytes = 0;  // so much may be under way to this standby
    friend bool operator==(const Report&, const Report&) = default;
};
struct Refusal {
    enum class Why : std::uint8_t {
        fenced,           // `epoch` is higher than the sender's
        unknown_session,  // the standby has restarted, or was never greeted
        diverged,         // the standby has records after `common` that the primary has not
        needs_seed,       // the primary no longer has what comes after `common`
    };
    Epoch epoch;
    std::uint64_t session = 0;
    Why why = Why::fenced;
    Position common;
    LogIndex last;  // of the standby
    friend bool operator==(const Refusal&, const Refusal&) = default;
};

using Message = std::variant<Greeting, Shipment, Handover, Report, Refusal>;

inline Epoch epoch_of(const Message& message) {
    return std::visit([](const auto& each) { return each.epoch; }, message);
}

}  // namespace novacron::replication
