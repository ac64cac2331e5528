// SPDX-License-Identifier: MIT
//
// A disk that keeps core/ports/disk.hpp's contract, and no more than that.
//
// Intuition: a file is its content and a mark: what lies before the mark is durable. A sync moves
// the mark, some time after it was asked for, to where the file ended when it was asked for. Losing
// power keeps a random part of what lies behind the mark, and may damage its last sector: exactly
// what a log must be able to survive.
//
// Faults: `slow` replaces the time a sync takes; `stall` holds syncs back until it ends;
// `sync_ignored` reports success and moves no mark (a drive that lies about its cache). A process
// that dies loses nothing here: the operating system still has its writes.
//
// Invariants: (1) completions come in the order in which syncs were asked for.
//             (2) what was reported durable survives, unless the disk lies.
// Not modelled: bandwidth, capacity, reads that take time or fail, bit rot.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/fifo.hpp"
#include "core/ports/disk.hpp"
#include "sim/engine/distribution.hpp"
#include "sim/engine/event_queue.hpp"
#include "sim/record/receipts.hpp"

namespace shaketable {

using novacron::DiskStatus;
using novacron::FileId;
using novacron::SyncId;

// Who is told that a sync is done.
class SyncListener {
public:
    virtual void on_synced(Instant now, SyncId id, DiskStatus status) = 0;

protected:
    ~SyncListener() = default;
};

class SimulatedDisk final : public novacron::Disk, private EventHandler {
public:
    SimulatedDisk(EventQueue& queue, Receipts& receipts, const Distribution& sync_latency,
                  Random random, SyncListener& listener);

    std::vector<std::string> list() const override;
    FileId open(std::string_view name) override;
    std::vector<std::byte> read(FileId file) const override;
    void append(FileId file, std::span<const std::byte> bytes) override;
    void sync(FileId file, SyncId id) override;
    void truncate(FileId file, std::size_t size) override;
    void remove(std::string_view name) override;

    // The process that asked for syncs is gone: nobody is told of their completion.
    void process_died();
    void power_lost();

    void begin_slow(FaultId fault, const Distribution& sync_latency);
    void end_slow(FaultId fault);
    void begin_stall(FaultId fault);
    void end_stall(FaultId fault);
    void begin_sync_ignored(FaultId fault);
    void end_sync_ignored(FaultId fault);

private:
    struct File {
        std::string name;
        bool removed = false;
        std::vector<std::byte> content;
        std::size_t durable = 0;
        // What a truncation cut off the durable part. It may come back until a sync that is asked
        // for after that, so a later one than number `cut_after`, is done.
        std::vector<std::byte> cut_off;
        std::uint64_t cut_after = 0;
    };
    struct Syncing {
        FileId file;
        SyncId id;
        std::uint64_t number;
        std::size_t size;
        bool ignored;
        bool held;  // by a stall: its completion is not scheduled yet
    };
    struct Slow {
        FaultId fault;
        const Distribution* sync_latency;
    };

    void on_event(Instant now, const Event& event) override;
    void schedule();
    void lose_pending(File& file);

    EventQueue& queue_;
    Receipts& receipts_;
    const Distribution& sync_latency_;
    Random random_;
    SyncListener& listener_;
    std::vector<File> files_;
    novacron::Fifo<Syncing> syncing_;  // in the order of the calls
    std::size_t scheduled_ = 0;     // how many of them, from the front, have an event
    std::uint64_t asked_ = 0;       // counts the calls over all lives
    Instant last_completion_{};
    std::uint64_t life_ = 0;        // counts deaths: completions of an earlier life are void
    std::vector<Slow> slow_;
    std::vector<FaultId> stalls_;
    std::vector<FaultId> ignoring_;
};

}  // namespace shaketable
