// SPDX-License-Identifier: MIT
//
// A simulated disk on a queue of its own, with somebody who notes what it reports.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "sim/disk/simulated_disk.hpp"

namespace shaketable::test {

class Drive final : private SyncListener, private Subscriber {
public:
    struct Completion {
        Instant at;
        std::uint64_t id;
        friend bool operator==(const Completion&, const Completion&) = default;
    };

    explicit Drive(std::uint64_t seed = 1,
                   const DistributionOptions& sync_latency = Constant{novacron::milliseconds(1)},
                   std::uint64_t capacity = novacron::kNoLimit)
        : sync_latency_(sync_latency),
          receipts_(record_),
          disk(queue, receipts_, sync_latency_, Random(seed), *this, capacity) {
        record_.subscribe<FaultObserved>(*this);
    }

    void append(FileId file, std::string_view text) {
        disk.append(file, std::as_bytes(std::span(text.data(), text.size())));
    }
    void sync(FileId file) { disk.sync(file, SyncId{++asked}); }
    // Appends, asks for a sync and waits until it is done.
    void write(FileId file, std::string_view text) {
        append(file, text);
        sync(file);
        run_all();
    }
    std::string text(FileId file) const {
        std::string all;
        const auto bytes = disk.read(file).value();
        for (const std::byte byte : bytes) all += static_cast<char>(byte);
        return all;
    }
    std::vector<std::uint64_t> done() const {
        std::vector<std::uint64_t> ids;
        for (const Completion& completion : completions) ids.push_back(completion.id);
        return ids;
    }
    const Distribution& time(Duration constant) {
        return latencies_.emplace_back(Constant{constant});
    }

    void run_until(Instant until) {
        while (queue.next_time() <= until) {
            queue.do_next();
        }
    }
    void run_all() { run_until(Instant::never() - Duration{1}); }

private:
    void on_synced(Instant now, SyncId id, DiskStatus status) override {
        completions.push_back({now, id.value});
        statuses.push_back(status);
        all_ok = all_ok && status == DiskStatus::ok;
    }
    void on_fact(Instant, const Fact& fact) override {
        observed.push_back(std::get<FaultObserved>(fact));
    }

    Distribution sync_latency_;
    std::deque<Distribution> latencies_;
    Record record_;
    Receipts receipts_;

public:
    EventQueue queue;
    SimulatedDisk disk;
    std::uint64_t asked = 0;
    std::vector<Completion> completions;
    std::vector<FaultObserved> observed;
    std::vector<DiskStatus> statuses;  // of the completions
    bool all_ok = true;
};

}  // namespace shaketable::test
