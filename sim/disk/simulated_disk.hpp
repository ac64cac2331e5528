// SPDX-License-Identifier: MIT
//
// A disk that keeps core/ports/disk.hpp's contract, and no more than that.
//
// Intuition: a file is its content and a mark: what lies before the mark is durable. A sync moves
// the mark, some time after it was asked for, to where the file ended when it was asked for. Losing
// power keeps a random part of what lies behind the mark, and may damage its last sector: exactly
// what a log must be able to survive.
//
// Faults: `slow` replaces the time a sync takes, and what it has not done by its end takes the
// disk's own time from then on; `stall` holds syncs back until it ends;
// `sync_ignored` reports success and moves no mark (a drive that lies about its cache: the first
// honest sync empties the whole cache). `sync_error` makes syncs asked for while it acts report
// failure, and then of what was pending in the file a random prefix is left, as where an operating
// system drops the pages that it could not write; nothing else of the disk is touched. `read_error`
// lets nothing be read. `full` leaves so much room from when it began. Rot flips a bit of what is
// durable. A process that dies loses nothing here: the operating system still has its writes,
// unless `unsynced_loss` acts. `write_error` takes nothing in. `fail_slow` makes syncs take longer
// and longer. A write that is torn lets the power go in its middle: a part of it is left. A write
// that is misdirected lands over a drawn place of what was durable, and leaves zeros in its own.
//
// An append that meets the end of the room is kept in part, and its file can't be synced by this
// process any more.
//
// A disk whose host has died in the middle of a call is *detached*: whatever the process still asks
// for is not heard.
//
// Damage is *open* as long as nothing that was written after it is durable: a power cut then leaves
// it at the end of its file, where a log takes it for a torn tail.
//
// Invariants: (1) completions come in the order in which syncs were asked for.
//             (2) what was reported durable survives, unless the disk lies, rots, misdirects or is
//                 wiped.
//             (3) free() falls by what is appended, rises by what is cut off or removed, and is
//                 never more than what the capacity and each fault that fills the disk leave.
// Units: bytes. Not modelled: bandwidth, room for names and the like, reads that take time.
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
    // The power goes in the middle of a write: the fault tears it. The disk is detached.
    virtual void on_torn(FaultId) {}

protected:
    ~SyncListener() = default;
};

class SimulatedDisk final : public novacron::Disk, private EventHandler {
public:
    SimulatedDisk(EventQueue& queue, Receipts& receipts, const Distribution& sync_latency,
                  Random random, SyncListener& listener,
                  std::uint64_t capacity = novacron::kNoLimit);

    std::vector<std::string> list() const override;
    FileId open(std::string_view name) override;
    std::optional<std::vector<std::byte>> read(FileId file) const override;
    void append(FileId file, std::span<const std::byte> bytes) override;
    void sync(FileId file, SyncId id) override;
    void truncate(FileId file, std::size_t size) override;
    void remove(std::string_view name) override;
    std::uint64_t free() const override;

    // The process that asked for syncs is gone: nobody is told of their completion.
    void process_died();
    void power_lost();
    // Nothing that its process asks for is heard any more, until the process has died.
    void detach() { detached_ = true; }
    // Everything is gone.
    void wipe();

    void begin_slow(FaultId fault, const Distribution& sync_latency);
    void end_slow(FaultId fault);
    void begin_stall(FaultId fault);
    void end_stall(FaultId fault);
    void begin_sync_ignored(FaultId fault);
    void end_sync_ignored(FaultId fault);
    void begin_sync_error(FaultId fault);
    void end_sync_error(FaultId fault);
    void begin_read_error(FaultId fault);
    void end_read_error(FaultId fault);
    void begin_full(FaultId fault, std::uint64_t free);
    void end_full(FaultId fault);
    // So many bytes of the capacity are taken besides, or what is left of it when `pending` bytes
    // that are promised a place have theirs.
    void occupy(std::uint64_t bytes, std::uint64_t pending);
    // Syncs take ever longer, evenly over the time. REQUIRES: start is before end.
    struct Ramp {
        Duration from, to;
        Instant start, end;
    };
    void begin_fail_slow(FaultId fault, const Ramp& ramp);
    void end_fail_slow(FaultId fault);
    // Of these three, a cautious fault waits, or spares the disk, while a power cut might take what
    // was reported durable.
    enum class Manner : std::uint8_t { reckless, cautious };
    void begin_torn_write(FaultId fault, Manner manner);
    void end_torn_write(FaultId fault);
    void begin_unsynced_loss(FaultId fault, Manner manner);
    void end_unsynced_loss(FaultId fault);
    void begin_write_error(FaultId fault);
    void end_write_error(FaultId fault);
    // The next write, if anything is durable by then; `random` draws where it lands.
    void begin_misdirected_write(FaultId fault, const Random& random);
    void end_misdirected_write(FaultId fault);
    // Flips a drawn bit of what is durable, if anything is.
    void rot(FaultId fault, Random& random);

    // Whether a power cut might take something that was reported durable.
    bool holds_lies() const { return holds_lies_ || has_open_damage(); }
    // Or about to be damaged.
    bool is_rotten() const { return !rots_.empty() || !misdirecting_.empty(); }
    // The process found the file damaged. Answers whether that is what a fault has done to it.
    bool explains_damage(std::string_view name);
    // The process turned something away for lack of room.
    void room_missed();
    // Whether this process has appended more than there was room for.
    bool is_overrun() const;

private:
    struct File {
        std::string name;
        bool removed = false;
        std::vector<std::byte> content;
        std::size_t durable = 0;
        std::size_t claimed = 0;  // durable, or in the cache of a drive that said so
        bool overrun = false;
        std::optional<FaultId> refused;  // the disk took something not in
        bool torn = false;               // by the power cut that comes
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
        std::optional<FaultId> failed;
        bool held;  // by a stall: its completion is not scheduled yet
        Instant due = Instant::never();
    };
    struct Full {
        FaultId fault;
        std::uint64_t limit;  // of what all files may hold
    };
    struct Rot {
        FaultId fault;
        FileId file;
        std::size_t offset;
        std::size_t open_until;  // once more than this is durable
    };
    struct Slow {
        FaultId fault;
        const Distribution* sync_latency;
    };
    struct FailSlow {
        FaultId fault;
        Ramp ramp;
    };
    struct Cautious {
        FaultId fault;
        Manner manner;
    };
    struct Misdirection {
        FaultId fault;
        Random random;
    };

    void on_event(Instant now, const Event& event) override;
    void schedule();
    void forget_plan();
    Duration sync_time();
    void tear(File& file, std::span<const std::byte> bytes);
    bool misdirect(FileId id, std::span<const std::byte> bytes);
    std::size_t durable() const;
    // The file that holds this byte of what is durable, and where.
    std::pair<FileId, std::size_t> place_of(std::size_t at) const;
    void forget_unsynced();
    bool has_open_damage() const;
    void damage_end(File& file, std::size_t most);
    void lose_pending(FileId id);
    void fail(const Syncing& syncing);
    std::uint64_t used() const;
    void forget_rot(FileId file, std::size_t from);

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
    std::uint64_t plan_ = 0;        // completions that were scheduled by an earlier one are void
    std::vector<Slow> slow_;
    std::vector<FaultId> stalls_;
    std::vector<FaultId> ignoring_;
    std::vector<FaultId> failing_;
    std::vector<FaultId> unreadable_;
    std::uint64_t occupied_ = 0;
    std::vector<Full> full_;
    std::vector<Rot> rots_;
    std::vector<FailSlow> fail_slow_;
    std::vector<Cautious> tearing_;
    std::vector<Cautious> forgetting_;
    std::vector<FaultId> refusing_;
    std::vector<Misdirection> misdirecting_;
    std::uint64_t capacity_;
    bool holds_lies_ = false;
    bool detached_ = false;
};

}  // namespace shaketable
