// SPDX-License-Identifier: MIT
//
// A simulated machine with one node on it: process, disk and clock, and what can happen to them.
//
// Intuition: the real node (core/node) lives here as it would in a daemon. The machine gives it its
// own clock's time, its disk, the network and its deadlines; crashes, pauses and power losses come
// from outside. What the node lets be observed becomes facts.
//
// States: off (no power), dead (power, no process), starting, running; a running process may be
// paused: then messages, completions and deadlines wait, and all come at once when it resumes.
//
// A node that breaks one of its own checks, or finds its log corrupt, is stopped as a crash would
// stop it, with its own words kept for the findings. If a fault has harmed its disk, that explains
// it: the node stays down, and nothing is held against it.
//
// A node whose disk fails to write or to read ends itself; a supervisor starts it again a little
// later, as often as it takes. If the node itself ran its disk full, the findings hear of it.
//
// A process that dies in the middle of what it does (kill_point.hpp, a torn write) goes on to the
// end of that, but nobody hears of it: neither disk nor network nor the record. Faults that hold a
// node down are counted: it starts when the last one has let go.
//
// A host with a hog on its processor takes one input after the other, the others wait meanwhile.
// A process whose version can't read its data (software.hpp) ends, and stays down.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/fifo.hpp"
#include "core/node/node.hpp"
#include "sim/disk/simulated_disk.hpp"
#include "sim/engine/clock.hpp"
#include "sim/engine/timer.hpp"
#include "sim/engine/wall_clock.hpp"
#include "sim/host/acting_faults.hpp"
#include "sim/host/host_watcher.hpp"
#include "sim/host/kill_point.hpp"
#include "sim/host/peer_watch.hpp"
#include "sim/host/software.hpp"
#include "sim/host/surroundings.hpp"
#include "sim/net/network.hpp"

namespace shaketable {

// Takes an event of a node's consensus server: see core/raft/trace.hpp.
using ConsensusTrace = std::function<void(Instant at, std::string_view event)>;

struct NodeHostOptions {
    NodeId id;
    std::vector<NodeId> voters;  // the group's first ones; empty for a node that is no member yet
    novacron::raft::Options consensus;
    Duration boot_time;
    Duration clock_offset;
    std::int64_t clock_drift_ppb;
    bool encode_messages = false;  // what the node sends goes through bytes
    std::uint64_t disk_capacity = novacron::kNoLimit;
    ConsensusTrace trace = {};  // nothing: no trace
    std::optional<PeerWatchOptions> watch = {};  // nothing: it watches nobody
    std::optional<Software> software = {};  // nothing: there is one version, which reads all
};

struct StopMessage {
    Instant at;
    NodeId node;
    std::string text;
};

class NodeHost final : private EventHandler,
                       private SyncListener,
                       private novacron::NodeTransport,
                       private novacron::Observer {
public:
    enum class State : std::uint8_t { off, dead, starting, running };

    NodeHost(NodeHostOptions options, Surroundings surroundings, const Random& random);

    // Starts the process; it serves after the boot time, or at once. REQUIRES: off or dead.
    void start();
    void start_at_once();
    // The process dies, the operating system lives. No effect if it does not run.
    void crash(StopCause cause = StopCause::crash);
    void lose_power();
    // Faults take hold of the process, or of the power, and let go.
    void hold_down(StopCause cause);
    void let_up();
    void pause();
    void resume();
    // Somebody else fills the disk: `free` bytes are left besides what the node has taken in, and
    // holds in memory until the disk is ready for it.
    void fill_disk(FaultId fault, std::uint64_t free);
    void keep_for_archive(std::uint64_t bytes);  // on its disk, as far as there is room
    // The machine's clock gains this much besides what it gains by itself, until the fault ends.
    void begin_drift(FaultId fault, std::int64_t drift_ppb);
    void end_drift(FaultId fault);
    // The machine's clock stands still until the fault ends.
    void begin_freeze(FaultId fault);
    void end_freeze(FaultId fault);
    // The wall clock moves, at once or in so much time, until the fault ends.
    void move_wall_clock(FaultId fault, Duration by, Duration over);
    void set_wall_clock_right(FaultId fault);
    // What it shows, as time since the scenario's epoch.
    Instant wall_now() const { return wall_clock_.at(local_now()); }
    // The node goes by these from its next start on.
    void configure(const novacron::raft::Options& consensus) { consensus_ = consensus; }
    // What it went by at first.
    const novacron::raft::Options& first_consensus() const { return options_.consensus; }
    // The process is of this version from its next start on.
    void install(const Software& software);
    const std::optional<Software>& software() const { return software_; }
    DataFormat format() const { return format_; }  // of its data, as the process last found it
    // The process dies now, and so long after each start.
    void begin_crash_loop(FaultId fault, Duration up_time);
    // The process runs out of memory so long after now, and after each start.
    void begin_leak(FaultId fault, Duration lasts);
    void end_doom(FaultId fault);
    // The process dies, and is held down, when it passes the point.
    void begin_kill(FaultId fault, KillPoint point);
    // The power goes, and stays away, in the middle of the next write.
    void begin_torn_write(FaultId fault, SimulatedDisk::Manner manner);
    // The fault harms the process no more, and lets up whom it holds down. Of both.
    void end_kill(FaultId fault);
    // Every input takes the process so long.
    void begin_hog(FaultId fault, Duration cost);
    void end_hog(FaultId fault);
    void begin_connection_limit(FaultId fault, std::uint32_t connections);
    void end_connection_limit(FaultId fault);
    // The disk is empty from now on. A process that minds does not start.
    enum class Blank : std::uint8_t { refused, forgotten };
    void lose_disk(Blank blank);
    // Asks the node to hand its leadership over. False if it does not run or will not.
    bool transfer(NodeId target);
    // Asks it to change who belongs to the group, or to end a joint phase. False likewise.
    bool change(const novacron::raft::ConfigurationChange& change);
    bool leave_joint();

    // Hears of everything from now on, and outlives the host. Nobody unless it was called.
    void watch(HostWatcher& watcher) { watcher_ = &watcher; }
    void listen(AppliedListener& listener) { listener_ = &listener; }
    // A command of the host's own; nobody gets the answer. Whether it is in the log now.
    bool propose(const novacron::kv::Command& command);
    // An answer that was kept leaves. REQUIRES: the process runs.
    void let_leave(novacron::ClientAddress to, const novacron::Response& response);
    // The disk holds this snapshot and nothing else. REQUIRES: the process does not run.
    void begin_anew(const novacron::Snapshot& snapshot);

    void receive(const novacron::raft::Message& message);
    void receive(HostId from, const novacron::Request& request);
    void hear(const novacron::detector::Message& message);

    // Of the group as it was at first; nobody if the node did not belong to it.
    const std::vector<NodeId>& first_voters() const { return options_.voters; }
    // Whether its disk is damaged or gone, so that the node is of no use to its group any more.
    bool is_ruined() const { return refuses_blank_disk_ || disk_.is_rotten(); }
    State state() const { return state_; }
    bool running() const { return node_ != nullptr; }
    bool paused() const { return paused_; }
    // Nothing while the process does not run.
    const novacron::Node* node() const { return node_.get(); }
    std::optional<double> suspicion(NodeId peer) const;  // nothing if it watches nobody
    SimulatedDisk& disk() { return disk_; }
    const SimulatedDisk& disk() const { return disk_; }
    // What the node said when it stopped itself.
    const std::vector<StopMessage>& stop_messages() const { return stop_messages_; }
    std::uint64_t starts() const { return life_; }
    Term latest_term() const { return latest_term_; }  // that it was ever in

private:
    // From the end of a process to its being started again: what systemd takes by itself.
    static constexpr Duration kRestartPause = novacron::milliseconds(100);

    enum EventKind : std::uint32_t { deadline, booted, doomed, turn, watch_due };

    using Drift = acting::Drift;
    using Doom = acting::Doom;
    using Kill = acting::Kill;
    using Hog = acting::Hog;
    using Limit = acting::Limit;
    using Death = acting::Death;
    // Something that waits for a process that is paused, or has no time.
    struct Waiting {
        enum class Kind : std::uint8_t { message, request, synced, deadline, heard, watch };
        Kind kind;
        novacron::raft::Message message;
        novacron::Request request;
        HostId from;
        SyncId sync;
        DiskStatus status;
        novacron::detector::Message heard = {};
    };

    void on_event(Instant now, const Event& event) override;
    void on_synced(Instant now, SyncId id, DiskStatus status) override;
    void on_torn(FaultId fault) override;

    void send(novacron::raft::Message&& message) override;
    void respond(novacron::ClientAddress to, const novacron::Response& response) override;

    void role_changed(novacron::raft::Role role, Term term, NodeId vote) override;
    void persisted(const novacron::HardState& hard_state, LogIndex last) override;
    void log_truncated(LogIndex from) override;
    void entry_appended(const novacron::Entry& entry) override;
    void commit_advanced(LogIndex index) override;
    void entry_applied(const novacron::Entry& entry, std::uint64_t state) override;
    void configuration_activated(LogIndex index,
                                 const novacron::raft::Configuration& configuration) override;
    void snapshot_begun(novacron::LogPosition position) override;
    void snapshot_taken(novacron::LogPosition position, std::uint64_t state) override;
    void snapshot_installed(novacron::LogPosition position, std::uint64_t state) override;
    void room_missed() override;

    void boot();
    void set_clock_rate();
    void arm_deadline();
    void stop(StopCause cause);
    void stop_with(StopCause cause, const std::string& text);
    void start_after(Duration pause);
    Duration hog_cost() const;
    void tell_of_hogs();
    void found_damage(const novacron::wal::Damage& damage);
    void disk_failed();
    // Whether the process can read its data. If not, it ends.
    bool reads(DataFormat format);
    // The node has come to this point.
    void pass(KillPoint point) {
        if (!kills_.empty()) meet_killer(point);
    }
    void meet_killer(KillPoint point);
    void die();
    void arm(const Doom& doom);
    void meet_doom(FaultId fault);
    // Lets an input wait if the process can't take it now.
    bool must_wait() const { return paused_ || !hogs_.empty(); }
    void wait(Waiting&& input);
    void wait_for_deadline();
    void wait_for_watch();
    void take(const Waiting& input);
    void take_turns();
    void take_all();
    bool refuses_client(HostId from, const novacron::Request& request);
    void hand_in(HostId from, const novacron::Request& request);
    template <class F>
    void note(const F& fact) {
        if (!dying_) surroundings_.record.add(now(), fact);
    }
    Instant now() const { return surroundings_.queue.now(); }
    Instant local_now() const { return clock_.local_at(now()); }
    HostId host() const { return HostId{options_.id.value}; }
    // Hands the node an input, and sees to what follows from it.
    template <class Input>
    void tell_node(const Input& input);
    template <class Input>
    void tell_watch(const Input& input);

    NodeHostOptions options_;
    Surroundings surroundings_;
    Random random_;
    HostClock clock_;
    std::vector<Drift> drifts_;  // of the faults that act
    std::vector<FaultId> freezes_;  // likewise
    WallClock wall_clock_;
    novacron::raft::Options consensus_;  // from the next start on
    SimulatedDisk disk_;
    HostWatcher* watcher_ = nullptr;
    AppliedListener* listener_ = nullptr;
    Timer deadline_;
    std::optional<PeerWatch> watch_;  // its detector lives as long as the node
    State state_ = State::off;
    std::uint64_t life_ = 0;  // counts starts: each life of the process has its own random streams
    bool paused_ = false;
    std::unique_ptr<novacron::raft::Tracer> tracer_;  // of this life, if there is to be a trace
    std::unique_ptr<novacron::Node> node_;
    novacron::Fifo<Waiting> waiting_;
    bool deadline_waits_ = false;
    bool watch_waits_ = false;
    bool turn_is_set_ = false;     // an event will come when the first of them has been worked off
    std::uint32_t down_holds_ = 0;
    std::uint32_t connections_ = 0;  // requests of clients that were not answered yet
    bool refuses_blank_disk_ = false;
    std::optional<Software> software_;
    DataFormat format_ = kFirstFormat;
    bool unreadable_ = false;        // the process has met what it can't read
    Term latest_term_;
    std::optional<Death> dying_;
    std::vector<FaultId> killers_;   // of those that hold it down
    std::vector<Doom> dooms_;        // the rest are of the faults that act
    std::vector<Kill> kills_;
    std::vector<Hog> hogs_;
    std::vector<Limit> limits_;
    std::vector<std::byte> wire_;  // keeps its memory from one message to the next
    std::vector<StopMessage> stop_messages_;
};

}  // namespace shaketable
