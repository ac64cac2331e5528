// SPDX-License-Identifier: MIT
#include "sim/check/probes.hpp"

#include <algorithm>

#include "sim/fault/families.hpp"

namespace shaketable {
namespace {

using novacron::raft::Role;

constexpr Duration kSoon = novacron::seconds(1);
constexpr std::uint64_t kManyEntries = 100;
constexpr std::size_t kManyFaults = 3;

constexpr std::array<ProbeWords, kProbes> kTable = {{
    {"elected-while-cut", "a leader was elected while the network was cut"},
    {"elected-by-bare-majority", "a leader was elected while no node more than a quorum ran"},
    {"elected-with-uncommitted", "a leader was elected with entries it did not know committed"},
    {"elected-in-joint-phase", "a leader was elected while old and new voters decided together"},
    {"split-vote", "an election was followed by another without a leader between"},
    {"two-candidates", "two nodes stood in one term"},
    {"two-leaders", "two nodes led at once, in different terms"},
    {"no-leader-in-a-quorum", "a quorum ran and nobody led"},
    {"leader-stepped-down", "a leader stepped down by itself, in its own term"},
    {"leader-deposed", "a leader was deposed by a later term"},
    {"paused-leader-returned", "a paused leader went on when another led already"},
    {"hand-over-done", "a node that was told to stand was elected"},
    {"acknowledged-then-stopped",
     "a write was acknowledged by a leader whose process ended within a second"},
    {"stopped-with-unsynced", "a node stopped with entries that its disk had not vouched for"},
    {"started-without-leader", "a node started while nobody led"},
    {"majority-down", "fewer nodes ran than a quorum needs"},
    {"all-down", "no node ran"},
    {"earlier-term-committed", "a leader committed entries of an earlier term"},
    {"entries-removed", "a node removed entries that a leader did not have"},
    {"many-entries-removed", "a node removed a hundred entries or more at once"},
    {"own-entries-removed", "a node removed entries that it had appended as a leader"},
    {"logs-differ-after-cut", "a cut ended while two running nodes' logs differed"},
    {"snapshot-installed", "a node that lagged behind was sent a snapshot"},
    {"snapshot-while-changing", "a snapshot was installed during a change of the members"},
    {"joint-phase", "old and new voters came to decide together"},
    {"learner-promoted", "a learner came to vote"},
    {"leader-left-the-group", "a leader left the group and stepped down"},
    {"lie-then-power-loss", "a host lost its power while a disk lied"},
    {"disk-failed", "a node ended itself because its disk failed"},
    {"damage-found", "a node found damage on its disk and stayed down"},
    {"room-missed", "a node had no room for what it was asked to write"},
    {"many-faults-at-once", "three faults or more acted at once"},
    {"given-up", "a client gave up, and did not know the outcome"},
    {"acknowledged-at-third-attempt",
     "an operation was acknowledged at its third attempt or later"},
    {"read-by-follower", "a read was answered by a node that did not lead"},
    {"packet-doubled", "a fault delivered a message twice"},
}};

}  // namespace

std::span<const ProbeWords, kProbes> probe_table() { return kTable; }

Probes::Probes(Record& record, const Logs& logs, const Schedule& schedule)
    : logs_(logs), schedule_(schedule), seen_(logs.nodes().size()) {
    record.listen(*this);
}

// ---- who runs

void Probes::look_at_quorum() {
    NodeSet up;
    bool led = false;
    for (std::uint32_t i = 0; i < seen_.size(); ++i) {
        const NodeView& node = logs_.nodes()[i];
        if (!is_up(node)) continue;
        up.add(NodeId{i});
        led = led || node.role == Role::leader;
    }
    const bool ever_led = newest_term_ > Term{};
    const bool quorum = logs_.members().has_quorum(up);
    if (ever_led && !quorum && !majority_was_down_) count(Probe::majority_down);
    if (ever_led && quorum && !led && !leaderless_) count(Probe::no_leader_in_a_quorum);
    majority_was_down_ = !quorum;
    leaderless_ = !led;
}

void Probes::on(Instant at, const NodeStarted& fact) {
    Seen& node = seen_[fact.node.value];
    node.started = at;
    node.runs = true;
    node.role = Role::follower;
    node.term = fact.term;
    node.last = LogIndex{};
    if (newest_term_ > Term{} && leaderless_) count(Probe::started_without_leader);
    look_at_quorum();
}

void Probes::on(Instant at, const NodeStopped& fact) {
    Seen& node = seen_[fact.node.value];
    const bool killed = fact.cause == StopCause::crash || fact.cause == StopCause::power_loss;
    if (killed && node.acknowledged >= Instant{} && at - node.acknowledged <= kSoon) {
        count(Probe::acknowledged_then_stopped);
    }
    if (node.runs && logs_.node(fact.node).durable_last < node.last) {
        count(Probe::stopped_with_unsynced);
    }
    if (fact.cause == StopCause::power_loss && lies_ > 0) count(Probe::lie_then_power_loss);
    if (fact.cause == StopCause::disk_failure) count(Probe::disk_failed);
    if (fact.cause == StopCause::disk_damage) count(Probe::damage_found);
    node.runs = false;
    node.role = Role::follower;
    node.acknowledged = Instant{-1};
    look_at_quorum();
    const bool any = std::any_of(seen_.begin(), seen_.end(), [](const Seen& s) { return s.runs; });
    if (!any && newest_term_ > Term{}) count(Probe::all_down);
}

void Probes::on(Instant, const NodePaused& fact) {
    Seen& node = seen_[fact.node.value];
    node.led_before_pause = node.role == Role::leader;
    look_at_quorum();
}

void Probes::on(Instant, const NodeResumed& fact) {
    const Seen& node = seen_[fact.node.value];
    if (node.led_before_pause && newest_term_ > node.term) count(Probe::paused_leader_returned);
    look_at_quorum();
}

// ---- elections

void Probes::on(Instant, const RoleChanged& fact) {
    Seen& node = seen_[fact.node.value];
    const bool led = node.role == Role::leader;
    if (led && fact.role != Role::leader) {
        count(fact.term > node.term ? Probe::leader_deposed : Probe::leader_stepped_down);
        if (!logs_.members().decides(fact.node)) count(Probe::leader_left_the_group);
    }
    if (fact.role == Role::candidate) {
        bool other = false;
        bool before = false;
        for (std::uint32_t i = 0; i < seen_.size(); ++i) {
            other = other || (i != fact.node.value && seen_[i].stood_in == fact.term);
            before = before || (seen_[i].stood_in > newest_term_ && seen_[i].stood_in < fact.term);
        }
        if (other) count(Probe::two_candidates);
        if (before && newest_term_ > Term{}) count(Probe::split_vote);
        node.stood_in = fact.term;
    }
    node.role = fact.role;
    node.term = fact.term;
    if (fact.role == Role::leader && !led) elected(fact.node, fact.term);
    look_at_quorum();
}

void Probes::elected(NodeId id, Term term) {
    Seen& node = seen_[id.value];
    std::size_t up = 0;
    bool another = false;
    for (std::uint32_t i = 0; i < seen_.size(); ++i) {
        if (NodeId{i} != id && seen_[i].runs && seen_[i].role == Role::leader) another = true;
        if (is_up(logs_.nodes()[i]) && logs_.members().decides(NodeId{i})) ++up;
    }
    const MemberSets& members = logs_.members();
    const NodeView& view = logs_.node(id);
    if (cuts_ > 0) count(Probe::elected_while_cut);
    if (!members.is_joint() && up == members.voters.size() / 2 + 1 && up < members.voters.size()) {
        count(Probe::elected_by_bare_majority);
    }
    if (view.last() > view.commit) count(Probe::elected_with_uncommitted);
    if (members.is_joint()) count(Probe::elected_in_joint_phase);
    if (another) count(Probe::two_leaders);
    if (node.told_to_stand) count(Probe::hand_over_done);
    for (Seen& seen : seen_) seen.told_to_stand = false;
    node.led_in = term;
    node.committed_as_leader = view.commit;
    newest_term_ = std::max(newest_term_, term);
}

// ---- logs

void Probes::on(Instant, const EntryAppended& fact) { seen_[fact.node.value].last = fact.index; }

void Probes::on(Instant, const LogTruncated& fact) {
    Seen& node = seen_[fact.node.value];
    const std::uint64_t removed =
        node.last.value + 1 > fact.from.value ? node.last.value + 1 - fact.from.value : 0;
    count(Probe::entries_removed);
    if (removed >= kManyEntries) count(Probe::many_entries_removed);
    // What it had appended as a leader had the term that it led in, and was at the end.
    if (node.led_in > Term{} && node.last > node.committed_as_leader &&
        fact.from > node.committed_as_leader) {
        count(Probe::own_entries_removed);
        node.led_in = Term{};
    }
    node.last = LogIndex{fact.from.value - 1};
}

void Probes::on(Instant, const CommitAdvanced& fact) {
    Seen& node = seen_[fact.node.value];
    if (node.role != Role::leader) return;
    const NodeView& view = logs_.node(fact.node);
    const LogIndex next{node.committed_as_leader.value + 1};
    if (next <= fact.index && next <= view.last() && view.term_at(next) < node.term) {
        count(Probe::earlier_term_committed);
    }
    node.committed_as_leader = fact.index;
}

void Probes::on(Instant at, const SnapshotInstalled& fact) {
    seen_[fact.node.value].last = fact.index;
    if (seen_[fact.node.value].started == at) return;  // its own, found on its disk
    count(Probe::snapshot_installed);
    if (changes_ > 0 || logs_.members().is_joint()) count(Probe::snapshot_while_changing);
}

bool Probes::logs_differ() const {
    for (const NodeView& one : logs_.nodes()) {
        for (const NodeView& other : logs_.nodes()) {
            if (!one.running || !other.running) continue;
            const LogIndex both = std::min(one.last(), other.last());
            if (one.prefix(both) != other.prefix(both)) return true;
        }
    }
    return false;
}

// ---- messages, clients, faults, members

void Probes::on(Instant, const PacketSent& fact) {
    if (fact.kind == PacketKind::stand_now && fact.to.value < seen_.size()) {
        seen_[fact.to.value].told_to_stand = true;
    }
}

void Probes::on(Instant at, const OperationEnded& fact) {
    if (fact.outcome == Outcome::unknown) {
        count(Probe::given_up);
        return;
    }
    if (fact.attempts >= 3) count(Probe::acknowledged_at_third_attempt);
    if (fact.by.is_none()) return;
    Seen& by = seen_[fact.by.value];
    if (fact.kind == OperationKind::write && by.role == Role::leader) by.acknowledged = at;
    if (fact.kind == OperationKind::read && by.runs && by.role == Role::follower) {
        count(Probe::read_by_follower);
    }
}

void Probes::on(Instant, const FaultStarted& fact) {
    if (++acting_ == kManyFaults) count(Probe::many_faults_at_once);
    if (cuts_lines(kind_of(fact.fault))) ++cuts_;
    if (changes_members(kind_of(fact.fault))) ++changes_;
}

void Probes::on(Instant, const FaultEnded& fact) {
    --acting_;
    if (cuts_lines(kind_of(fact.fault))) {
        --cuts_;
        if (logs_differ()) count(Probe::logs_differ_after_cut);
    }
    if (changes_members(kind_of(fact.fault))) --changes_;
    lies_ -= std::erase(seen_lies_, fact.fault);
}

void Probes::on(Instant, const FaultObserved& fact) {
    if (fact.effect == FaultEffect::sync_ignored) {
        ++lies_;
        seen_lies_.push_back(fact.fault);
    }
    if (fact.effect == FaultEffect::room_missed) count(Probe::room_missed);
    if (fact.effect == FaultEffect::packet_duplicated) count(Probe::packet_doubled);
}

void Probes::on(Instant, const ConfigurationActivated& fact) {
    const NodeView& node = logs_.node(fact.node);
    if (node.recovering || !seen_[fact.node.value].runs) return;
    if (seen_[fact.node.value].role != Role::leader) return;
    if (fact.members.is_joint()) count(Probe::joint_phase);
    const NodeSet promoted = (fact.members.voters & last_learners_);
    if (!promoted.empty()) count(Probe::learner_promoted);
    last_learners_ = fact.members.learners;
}

}  // namespace shaketable
