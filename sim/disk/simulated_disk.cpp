// SPDX-License-Identifier: MIT
#include "sim/disk/simulated_disk.hpp"

#include <algorithm>

#include "core/base/check.hpp"

namespace shaketable {
namespace {

using novacron::check;

// What a torn write damages at most: one sector at the end of what survived.
constexpr std::size_t kSectorSize = 512;
// Room for a usual file, so that it grows without being moved. Untouched room costs nothing.
constexpr std::size_t kUsualFileSize = (std::size_t{1} << 20U) + (std::size_t{1} << 16U);

}  // namespace

SimulatedDisk::SimulatedDisk(EventQueue& queue, Receipts& receipts,
                             const Distribution& sync_latency, Random random,
                             SyncListener& listener, std::uint64_t capacity)
    : queue_(queue),
      receipts_(receipts),
      sync_latency_(sync_latency),
      random_(random),
      listener_(listener),
      capacity_(capacity) {}

std::vector<std::string> SimulatedDisk::list() const {
    std::vector<std::string> names;
    for (const File& file : files_) {
        if (!file.removed) names.push_back(file.name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

FileId SimulatedDisk::open(std::string_view name) {
    for (std::size_t i = 0; i < files_.size(); ++i) {
        if (!files_[i].removed && files_[i].name == name) {
            return FileId{static_cast<std::uint32_t>(i)};
        }
    }
    files_.emplace_back().name = name;
    files_.back().removed = detached_;
    files_.back().content.reserve(kUsualFileSize);
    return FileId{static_cast<std::uint32_t>(files_.size() - 1)};
}

std::optional<std::vector<std::byte>> SimulatedDisk::read(FileId file) const {
    if (!unreadable_.empty()) {
        receipts_.effect(queue_.now(), unreadable_.front(), FaultEffect::read_failed);
        return std::nullopt;
    }
    return files_.at(file.value).content;
}

void SimulatedDisk::append(FileId id, std::span<const std::byte> bytes) {
    if (detached_) return;
    File& file = files_.at(id.value);
    if (!refusing_.empty() && !file.refused) file.refused = refusing_.front();
    if (file.refused) return;
    if (!misdirecting_.empty() && misdirect(id, bytes)) return;
    if (!tearing_.empty() && bytes.size() > 1 &&
        (tearing_.front().manner == Manner::reckless || !holds_lies())) {
        tear(file, bytes);
        return;
    }
    const std::uint64_t room = free();
    if (bytes.size() > room) {
        file.overrun = true;
        bytes = bytes.first(static_cast<std::size_t>(room));
    }
    file.content.insert(file.content.end(), bytes.begin(), bytes.end());
}

std::uint64_t SimulatedDisk::used() const {
    std::uint64_t sum = 0;
    for (const File& file : files_) sum += file.content.size();
    return sum;
}

std::uint64_t SimulatedDisk::free() const {
    std::uint64_t limit = capacity_;
    for (const Full& full : full_) limit = std::min(limit, full.limit);
    if (limit == novacron::kNoLimit) return limit;
    const std::uint64_t taken = used() + occupied_;
    return limit > taken ? limit - taken : 0;
}

void SimulatedDisk::sync(FileId file, SyncId id) {
    if (detached_) return;
    const bool ignored = !ignoring_.empty();
    if (ignored) receipts_.effect(queue_.now(), ignoring_.front(), FaultEffect::sync_ignored);
    if (!stalls_.empty())
        receipts_.effect(queue_.now(), stalls_.front(), FaultEffect::sync_delayed);
    std::optional<FaultId> failed;
    if (!failing_.empty()) failed = failing_.front();
    syncing_.push_back({file, id, ++asked_, files_.at(file.value).content.size(), ignored, failed,
                        !stalls_.empty()});
    schedule();
}

void SimulatedDisk::truncate(FileId id, std::size_t size) {
    if (detached_) return;
    File& file = files_.at(id.value);
    check(size <= file.content.size(), "a file is cut within its size");
    if (size < file.durable) {
        file.cut_off.assign(file.content.begin() + static_cast<std::ptrdiff_t>(size),
                            file.content.begin() + static_cast<std::ptrdiff_t>(file.durable));
        file.durable = size;
        file.cut_after = asked_;
    }
    file.content.resize(size);
    file.claimed = std::min(file.claimed, size);
    forget_rot(id, size);
    for (Syncing& syncing : syncing_) {
        if (syncing.file == id) syncing.size = std::min(syncing.size, size);
    }
}

void SimulatedDisk::remove(std::string_view name) {
    if (detached_) return;
    for (std::size_t i = 0; i < files_.size(); ++i) {
        File& file = files_[i];
        if (!file.removed && file.name == name) {
            file.removed = true;
            file.content = {};
            forget_rot(FileId{static_cast<std::uint32_t>(i)}, 0);
            return;
        }
    }
}

// Gives every sync that is not held back by a stall its time.
void SimulatedDisk::schedule() {
    for (; scheduled_ < syncing_.size() && !syncing_[scheduled_].held; ++scheduled_) {
        Syncing& next = syncing_[scheduled_];
        const Instant done = std::min(next.due, queue_.now() + sync_time());
        next.due = last_completion_ = std::max(last_completion_, done);
        queue_.push(next.due, {this, 0, 0, plan_});
    }
}

void SimulatedDisk::forget_plan() {
    ++plan_;
    scheduled_ = 0;
    last_completion_ = queue_.now();
}

Duration SimulatedDisk::sync_time() {
    const Instant now = queue_.now();
    const Distribution* latency = &sync_latency_;
    if (!slow_.empty()) {
        receipts_.effect(now, slow_.back().fault, FaultEffect::sync_delayed);
        latency = slow_.back().sync_latency;
    }
    Duration time = latency->draw(random_);
    for (const FailSlow& failing : fail_slow_) {
        const Ramp& ramp = failing.ramp;
        const auto passed = static_cast<novacron::Wide>(std::min(now, ramp.end).ns - ramp.start.ns);
        const Duration grown{static_cast<std::int64_t>((ramp.to - ramp.from).ns * passed /
                                                       (ramp.end - ramp.start).ns)};
        if (ramp.from + grown <= time) continue;
        time = ramp.from + grown;
        receipts_.effect(now, failing.fault, FaultEffect::sync_delayed);
    }
    return time;
}

void SimulatedDisk::on_event(Instant now, const Event& event) {
    if (event.b != plan_) return;
    check(scheduled_ > 0, "a sync completes after it was asked for");
    const Syncing done = syncing_.front();
    syncing_.pop_front();
    --scheduled_;
    File& file = files_[done.file.value];
    if (done.failed || file.overrun || file.refused) {
        fail(done);
        return;
    }
    file.claimed = std::max(file.claimed, done.size);
    holds_lies_ = done.ignored;
    if (!done.ignored) {
        for (File& any : files_) {
            any.durable = std::max(any.durable, any.claimed);
            if (any.cut_after < done.number) any.cut_off.clear();
        }
    }
    listener_.on_synced(now, done.id, DiskStatus::ok);
}

// A cache that the drive has claimed to have written is the drive's own, and keeps what it holds.
void SimulatedDisk::fail(const Syncing& syncing) {
    const Instant now = queue_.now();
    File& file = files_[syncing.file.value];
    if (!file.removed) {
        const std::size_t safe = std::max(file.durable, file.claimed);
        file.content.resize(safe + random_.below(file.content.size() - safe + 1));
        for (Syncing& other : syncing_) {
            if (other.file == syncing.file) other.size = std::min(other.size, file.content.size());
        }
    }
    if (syncing.failed) receipts_.effect(now, *syncing.failed, FaultEffect::sync_failed);
    if (file.refused) receipts_.effect(now, *file.refused, FaultEffect::write_failed);
    listener_.on_synced(now, syncing.id, DiskStatus::failed);
}

void SimulatedDisk::process_died() {
    syncing_.clear();
    forget_plan();
    detached_ = false;
    for (File& file : files_) {
        file.overrun = false;
        file.refused.reset();
    }
    forget_unsynced();
}

void SimulatedDisk::power_lost() {
    process_died();
    holds_lies_ = false;
    for (std::uint32_t i = 0; i < files_.size(); ++i) {
        if (!files_[i].removed) lose_pending(FileId{i});
    }
}

void SimulatedDisk::wipe() {
    process_died();
    holds_lies_ = false;
    rots_.clear();
    for (File& file : files_) {
        file = File();
        file.removed = true;
    }
}

void SimulatedDisk::lose_pending(FileId id) {
    File& file = files_[id.value];
    if (file.torn) {
        file.torn = false;  // what is left is what was torn
    } else if (!file.cut_off.empty() && random_.below(2) == 0) {
        file.content.resize(file.durable);
        file.content.insert(file.content.end(), file.cut_off.begin(), file.cut_off.end());
    } else {
        const std::size_t pending = file.content.size() - file.durable;
        const std::size_t kept = random_.below(pending + 1);
        file.content.resize(file.durable + kept);
        forget_rot(id, file.content.size());
        damage_end(file, kept);
    }
    file.cut_off.clear();
    file.durable = file.claimed = file.content.size();
}

// One time in two, up to a sector of so many bytes at the end.
void SimulatedDisk::damage_end(File& file, std::size_t most) {
    if (most == 0 || random_.below(2) != 0) return;
    const std::size_t damaged = 1 + random_.below(std::min(most, kSectorSize));
    for (std::size_t i = file.content.size() - damaged; i < file.content.size(); ++i) {
        file.content[i] = static_cast<std::byte>(random_.bits());
    }
}

void SimulatedDisk::begin_slow(FaultId fault, const Distribution& sync_latency) {
    slow_.push_back({fault, &sync_latency});
}
void SimulatedDisk::end_slow(FaultId fault) {
    const bool was_felt = !slow_.empty() && slow_.back().fault == fault;
    std::erase_if(slow_, [fault](const Slow& slow) { return slow.fault == fault; });
    if (!was_felt || scheduled_ == 0) return;
    forget_plan();
    schedule();
}
void SimulatedDisk::begin_stall(FaultId fault) { stalls_.push_back(fault); }
void SimulatedDisk::end_stall(FaultId fault) {
    std::erase(stalls_, fault);
    if (!stalls_.empty()) return;
    for (Syncing& syncing : syncing_) syncing.held = false;
    schedule();
}
void SimulatedDisk::begin_sync_ignored(FaultId fault) { ignoring_.push_back(fault); }
void SimulatedDisk::end_sync_ignored(FaultId fault) { std::erase(ignoring_, fault); }
void SimulatedDisk::begin_sync_error(FaultId fault) { failing_.push_back(fault); }
void SimulatedDisk::end_sync_error(FaultId fault) { std::erase(failing_, fault); }
void SimulatedDisk::begin_read_error(FaultId fault) { unreadable_.push_back(fault); }
void SimulatedDisk::end_read_error(FaultId fault) { std::erase(unreadable_, fault); }
void SimulatedDisk::begin_full(FaultId fault, std::uint64_t free) {
    full_.push_back({fault, used() + occupied_ + free});
}
void SimulatedDisk::end_full(FaultId fault) {
    std::erase_if(full_, [fault](const Full& full) { return full.fault == fault; });
}

void SimulatedDisk::occupy(std::uint64_t bytes, std::uint64_t pending) {
    if (capacity_ == novacron::kNoLimit) return;
    const std::uint64_t taken = used() + pending;
    occupied_ = std::min(bytes, capacity_ > taken ? capacity_ - taken : 0);
}

void SimulatedDisk::rot(FaultId fault, Random& random) {
    const std::size_t bytes = durable();
    if (bytes == 0) return;
    const std::size_t at = random.below(bytes);
    const auto mask = static_cast<std::byte>(1U << random.below(8));
    const auto [id, offset] = place_of(at);
    File& file = files_[id.value];
    file.content[offset] ^= mask;
    rots_.push_back({fault, id, offset, file.durable});
}

std::size_t SimulatedDisk::durable() const {
    std::size_t sum = 0;
    for (const File& file : files_) sum += file.removed ? 0 : file.durable;
    return sum;
}

std::pair<FileId, std::size_t> SimulatedDisk::place_of(std::size_t at) const {
    for (std::uint32_t i = 0; i < files_.size(); ++i) {
        if (files_[i].removed) continue;
        if (at < files_[i].durable) return {FileId{i}, at};
        at -= files_[i].durable;
    }
    throw novacron::BugError("a place is looked for among what is durable");
}

void SimulatedDisk::forget_rot(FileId file, std::size_t from) {
    std::erase_if(rots_, [&](const Rot& rot) { return rot.file == file && rot.offset >= from; });
}

bool SimulatedDisk::explains_damage(std::string_view name) {
    bool explained = false;
    for (const Rot& rot : rots_) {
        if (files_[rot.file.value].name != name) continue;
        receipts_.effect(queue_.now(), rot.fault, FaultEffect::damage_found);
        explained = true;
    }
    return explained;
}

void SimulatedDisk::room_missed() {
    for (const Full& full : full_) {
        receipts_.effect(queue_.now(), full.fault, FaultEffect::room_missed);
    }
}

bool SimulatedDisk::is_overrun() const {
    return std::any_of(files_.begin(), files_.end(),
                       [](const File& file) { return file.overrun; });
}

}  // namespace shaketable
