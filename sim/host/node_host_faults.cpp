// SPDX-License-Identifier: MIT
//
// What faults do to a simulated machine and the process on it.
#include <algorithm>
#include <utility>

#include "core/base/check.hpp"
#include "sim/host/node_host.hpp"

namespace shaketable {

void NodeHost::hold_down(StopCause cause) {
    ++down_holds_;
    if (cause == StopCause::power_loss) {
        lose_power();
    } else {
        crash(cause);
    }
}

void NodeHost::let_up() {
    novacron::check(down_holds_ > 0, "a node is let up by what held it down");
    if (--down_holds_ == 0) start();
}

void NodeHost::lose_disk(Blank blank) {
    disk_.wipe();
    refuses_blank_disk_ = blank == Blank::refused;
}

void NodeHost::keep_for_archive(std::uint64_t bytes) {
    // The node keeps the last 64 KiB for what can't be refused.
    constexpr std::uint64_t kOwn = std::uint64_t{64} << 10U;
    disk_.occupy(bytes, kOwn + (running() ? node_->unwritten() : 0));
}

void NodeHost::install(const Software& software) {
    software_ = software;
    note(VersionInstalled{options_.id, software.number});
}

void NodeHost::begin_crash_loop(FaultId fault, Duration up_time) {
    dooms_.push_back({fault, up_time, StopCause::crash});
    if (running()) meet_doom(fault);
}

void NodeHost::begin_leak(FaultId fault, Duration lasts) {
    dooms_.push_back({fault, lasts, StopCause::out_of_memory});
    if (running()) arm(dooms_.back());
}

void NodeHost::end_doom(FaultId fault) {
    std::erase_if(dooms_, [fault](const Doom& doom) { return doom.fault == fault; });
}

void NodeHost::arm(const Doom& doom) {
    surroundings_.queue.push(now() + doom.after, {this, doomed, doom.fault.value, life_});
}

// A supervisor starts the process again.
void NodeHost::meet_doom(FaultId fault) {
    const auto doom = std::find_if(dooms_.begin(), dooms_.end(),
                                   [fault](const Doom& d) { return d.fault == fault; });
    if (doom == dooms_.end() || !running()) return;
    surroundings_.receipts.effect(now(), fault, FaultEffect::node_stopped);
    stop(doom->cause);
    start_after(kRestartPause);
}

void NodeHost::begin_kill(FaultId fault, KillPoint point) { kills_.push_back({fault, point}); }

void NodeHost::begin_torn_write(FaultId fault, SimulatedDisk::Manner manner) {
    disk_.begin_torn_write(fault, manner);
}

void NodeHost::end_kill(FaultId fault) {
    disk_.end_torn_write(fault);
    std::erase_if(kills_, [fault](const Kill& kill) { return kill.fault == fault; });
    if (std::erase(killers_, fault) > 0) let_up();
}

// While a node is being made, it is not its host's yet.
void NodeHost::meet_killer(KillPoint point) {
    if (node_ == nullptr || dying_) return;
    const auto kill = std::find_if(kills_.begin(), kills_.end(),
                                   [point](const Kill& k) { return k.point == point; });
    if (kill == kills_.end()) return;
    dying_ = Death{kill->fault, StopCause::crash};
    kills_.erase(kill);
    disk_.detach();
}

void NodeHost::on_torn(FaultId fault) { dying_ = Death{fault, StopCause::power_loss}; }

void NodeHost::die() {
    const Death death = *std::exchange(dying_, std::nullopt);
    killers_.push_back(death.fault);
    hold_down(death.cause);
    surroundings_.receipts.effect(now(), death.fault, FaultEffect::node_stopped);
}

void NodeHost::begin_hog(FaultId fault, Duration cost) {
    hogs_.push_back({fault, cost});
    tell_of_hogs();
}

void NodeHost::end_hog(FaultId fault) {
    std::erase_if(hogs_, [fault](const Hog& hog) { return hog.fault == fault; });
    tell_of_hogs();
    if (hogs_.empty() && running() && !paused_) take_all();
}

void NodeHost::wait(Waiting&& input) {
    waiting_.push_back(std::move(input));
    if (paused_) return;
    surroundings_.receipts.effect(now(), hogs_.front().fault, FaultEffect::processing_delayed);
    take_turns();
}

void NodeHost::wait_for_deadline() {
    if (!deadline_waits_) wait({Waiting::Kind::deadline, {}, {}, {}, {}, {}});
    deadline_waits_ = true;
}

void NodeHost::wait_for_watch() {
    if (!watch_waits_) wait({Waiting::Kind::watch, {}, {}, {}, {}, {}});
    watch_waits_ = true;
}

// Several hogs add up.
Duration NodeHost::hog_cost() const {
    Duration cost;
    for (const Hog& hog : hogs_) cost = cost + hog.cost;
    return cost;
}

void NodeHost::tell_of_hogs() {
    if (surroundings_.neighbour == nullptr) return;
    surroundings_.neighbour->processor_hogged(options_.id, hog_cost());
}

void NodeHost::take_turns() {
    if (turn_is_set_ || paused_ || waiting_.empty()) return;
    surroundings_.queue.push(now() + hog_cost(), {this, turn, 0, life_});
    turn_is_set_ = true;
}

void NodeHost::begin_connection_limit(FaultId fault, std::uint32_t connections) {
    limits_.push_back({fault, connections});
}

void NodeHost::end_connection_limit(FaultId fault) {
    std::erase_if(limits_, [fault](const Limit& limit) { return limit.fault == fault; });
}

bool NodeHost::refuses_client(HostId from, const novacron::Request& request) {
    const auto limit =
        std::find_if(limits_.begin(), limits_.end(),
                     [this](const Limit& l) { return connections_ >= l.connections; });
    if (limit == limits_.end()) return false;
    surroundings_.receipts.effect(now(), limit->fault, FaultEffect::connection_refused);
    surroundings_.network.refuse(host(), from, request);
    return true;
}

std::optional<double> NodeHost::suspicion(NodeId peer) const {
    return watch_ ? watch_->suspicion(peer) : std::nullopt;
}

}  // namespace shaketable
