// SPDX-License-Identifier: MIT
//
// The backup service of one group: makes backups when they are due, archives the log all the time,
// throws away what may go, and looks whether what there is would serve.
//
// Intuition: core/backup decides; this carries out, in the time that an object store takes. A cron
// daemon looks at the wall clock of one host, at each deadline and once a minute besides, so a
// clock that is set is believed within a minute. At most one backup is made at a time: what is due
// meanwhile is put off (the 02:00 full backup against the increment of the same hour). Segments are
// uploaded one after the other in the order of the log, each again and again until the store has
// it. Until then the log stays on the nodes' disks, which fill up if that lasts.
//
// A backup counts as complete when the store says that it has it. Whether that is so only
// `verify` finds out, by reading everything, and a restore.
//
// Invariants: (1) the log is archived without gap or overlap, in order.
//             (2) at most one backup and one upload of a segment are under way.
//             (3) what the catalogue calls complete the store has claimed to have.
// Not modelled: the service's own crashes and memory; the catalogue's own safety; a committed log
// that comes to differ from what it was (beyond what Raft survives).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/backup/archiver.hpp"
#include "core/backup/catalogue.hpp"
#include "sim/backup/backup_options.hpp"
#include "sim/backup/object_store.hpp"
#include "sim/engine/timer.hpp"

namespace shaketable {

// Where the data come from.
class BackupSource {
public:
    // The store's encoding of its state after this entry; nothing if no running node has it.
    virtual std::optional<std::vector<std::byte>> state_after(LogIndex index) = 0;
    // The wall clock that the schedule goes by, as time since the scenario's epoch.
    virtual Instant wall_now() = 0;
    // So many bytes of log must stay on the disks, for they are not archived yet.
    virtual void hold_back(std::uint64_t bytes) = 0;
    // Whether anybody is there who has what waits to be archived.
    virtual bool can_upload() = 0;

protected:
    ~BackupSource() = default;
};

// All outlive the agent. `midnight`: an instant of the wall clock at which a day begins.
struct BackupParts {
    EventQueue& queue;
    Record& record;
    Receipts& receipts;
    ObjectStore& store;
    BackupSource& source;
    Instant midnight;
};

class BackupAgent final : private EventHandler, private ObjectStore::User {
public:
    BackupAgent(const BackupOptions& options, const BackupParts& parts);

    void start();
    // An entry is committed, now. Empty bytes: it is no command.
    // REQUIRES: entries come in the order of the log, without gaps.
    void committed(LogIndex index, const Bytes& command);
    LogIndex last() const { return archiver_.last(); }
    // The service goes on from a state in its past: what comes now is another timeline, and what
    // came after that position will never be replayed into it.
    // REQUIRES: the position is one of the catalogue's timelines.
    void begin_timeline(novacron::backup::Position from);
    // Likewise, and elsewhere: what came after it and is not uploaded yet is nowhere any more.
    void move_to(novacron::backup::Position from);

    // What an operator asks for: a backup out of turn, when the one that runs has ended, under a
    // name if it is not empty and not taken; and to look at everything.
    void create(FaultId order, novacron::backup::Kind kind, const std::string& name);
    void verify(std::optional<FaultId> order);

    // Somebody has read an object, and this is its condition.
    void found(novacron::backup::ObjectId id, novacron::backup::Condition condition);

    // Segments wait until the fault ends; backups made meanwhile are stored nowhere.
    void begin_stall(FaultId fault) { stalls_.push_back(fault); }
    void begin_silence(FaultId fault) { silences_.push_back(fault); }
    void end(FaultId fault);

    const novacron::backup::Catalogue& catalogue() const { return catalogue_; }
    // The name that an object of the catalogue has in the store. REQUIRES: it is complete.
    ObjectKey key_of(novacron::backup::ObjectId id) const { return keys_.at(id); }
    const std::map<novacron::backup::ObjectId, ObjectKey>& keys() const { return keys_; }
    std::uint64_t backlog_bytes() const { return archiver_.backlog_bytes(); }
    // Backups that were due and not made by themselves.
    std::uint64_t skipped() const { return schedule_.skipped(); }

private:
    enum EventKind : std::uint32_t { tick, segment_due, upload_again, verify_due };
    struct Order {
        FaultId order;
        novacron::backup::Kind kind;
        std::string name;
    };
    // The backup that is being stored.
    struct Running {
        novacron::backup::ObjectId id;
        novacron::backup::Kind kind;
        Bytes object;
        std::vector<std::byte> state;
        bool scheduled;
    };

    void on_event(Instant now, const Event& event) override;
    void on_stored(Instant now, ObjectKey key, ObjectStore::Answer answer) override;
    void on_fetched(Instant now, ObjectKey key, ObjectStore::Answer answer,
                    const Bytes& bytes) override;

    void look_at_clock(Instant now);
    void begin(Instant now, novacron::backup::Kind kind, const Order* order);
    void ended(Instant now, bool succeeded);
    void upload();
    void segment_stored(Instant now, ObjectStore::Answer answer);
    void tell_backlog(Instant now);
    void expire(Instant now);
    void read_next(Instant now);
    void finish_verify(Instant now);

    BackupOptions options_;
    BackupParts parts_;
    novacron::backup::Catalogue catalogue_;
    novacron::backup::Archiver archiver_;
    novacron::backup::Schedule schedule_;
    Timer clock_timer_;
    Timer segment_timer_;
    Instant expired_{};  // when that was last looked for
    std::map<novacron::backup::ObjectId, ObjectKey> keys_;
    std::optional<Running> running_;
    ObjectKey running_key_;
    ObjectKey uploading_;           // 0: nothing
    bool waits_to_upload_ = false;  // after a failure
    std::uint32_t backlog_level_ = 0;
    novacron::backup::ObjectId last_backup_;  // whose state this is
    std::vector<std::byte> last_state_;
    std::vector<Order> orders_;  // that wait, the first first
    std::vector<novacron::backup::ObjectId> to_read_;  // the last first
    ObjectKey reading_;
    ObjectStore::Region reading_from_ = ObjectStore::Region::home;
    bool verifying_ = false;
    std::optional<FaultId> verify_order_;
    std::uint64_t read_ = 0;
    std::uint64_t bad_ = 0;
    std::vector<FaultId> stalls_;    // of the faults that act
    std::vector<FaultId> silences_;  // likewise
};

}  // namespace shaketable
