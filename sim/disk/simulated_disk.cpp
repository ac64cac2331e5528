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
                             SyncListener& listener)
    : queue_(queue),
      receipts_(receipts),
      sync_latency_(sync_latency),
      random_(random),
      listener_(listener) {}

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
    files_.push_back({std::string(name), false, {}, 0, {}, 0});
    files_.back().content.reserve(kUsualFileSize);
    return FileId{static_cast<std::uint32_t>(files_.size() - 1)};
}

std::vector<std::byte> SimulatedDisk::read(FileId file) const {
    return files_.at(file.value).content;
}

void SimulatedDisk::append(FileId file, std::span<const std::byte> bytes) {
    std::vector<std::byte>& content = files_.at(file.value).content;
    content.insert(content.end(), bytes.begin(), bytes.end());
}

void SimulatedDisk::sync(FileId file, SyncId id) {
    const bool ignored = !ignoring_.empty();
    if (ignored) receipts_.effect(queue_.now(), ignoring_.front(), FaultEffect::sync_ignored);
    if (!stalls_.empty())
        receipts_.effect(queue_.now(), stalls_.front(), FaultEffect::sync_delayed);
    syncing_.push_back({file, id, ++asked_, files_.at(file.value).content.size(), ignored,
                        !stalls_.empty()});
    schedule();
}

void SimulatedDisk::truncate(FileId id, std::size_t size) {
    File& file = files_.at(id.value);
    check(size <= file.content.size(), "a file is cut within its size");
    if (size < file.durable) {
        file.cut_off.assign(file.content.begin() + static_cast<std::ptrdiff_t>(size),
                            file.content.begin() + static_cast<std::ptrdiff_t>(file.durable));
        file.durable = size;
        file.cut_after = asked_;
    }
    file.content.resize(size);
    for (Syncing& syncing : syncing_) {
        if (syncing.file == id) syncing.size = std::min(syncing.size, size);
    }
}

void SimulatedDisk::remove(std::string_view name) {
    for (File& file : files_) {
        if (!file.removed && file.name == name) {
            file.removed = true;
            file.content = {};
            return;
        }
    }
}

// Gives every sync that is not held back by a stall its time.
void SimulatedDisk::schedule() {
    for (; scheduled_ < syncing_.size() && !syncing_[scheduled_].held; ++scheduled_) {
        const Distribution* latency = &sync_latency_;
        if (!slow_.empty()) {
            receipts_.effect(queue_.now(), slow_.back().fault, FaultEffect::sync_delayed);
            latency = slow_.back().sync_latency;
        }
        const Instant done = std::max(last_completion_, queue_.now() + latency->draw(random_));
        last_completion_ = done;
        queue_.push(done, {this, 0, 0, life_});
    }
}

void SimulatedDisk::on_event(Instant now, const Event& event) {
    if (event.b != life_) return;
    check(scheduled_ > 0, "a sync completes after it was asked for");
    const Syncing done = syncing_.front();
    syncing_.pop_front();
    --scheduled_;
    if (!done.ignored) {
        File& file = files_[done.file.value];
        file.durable = std::max(file.durable, done.size);
        for (File& any : files_) {
            if (any.cut_after < done.number) any.cut_off.clear();
        }
    }
    listener_.on_synced(now, done.id, DiskStatus::ok);
}

void SimulatedDisk::process_died() {
    ++life_;
    syncing_.clear();
    scheduled_ = 0;
    last_completion_ = queue_.now();
}

void SimulatedDisk::power_lost() {
    process_died();
    for (File& file : files_) {
        if (!file.removed) lose_pending(file);
    }
}

void SimulatedDisk::lose_pending(File& file) {
    if (!file.cut_off.empty() && random_.below(2) == 0) {
        file.content.resize(file.durable);
        file.content.insert(file.content.end(), file.cut_off.begin(), file.cut_off.end());
    } else {
        const std::size_t pending = file.content.size() - file.durable;
        const std::size_t kept = random_.below(pending + 1);
        file.content.resize(file.durable + kept);
        if (kept > 0 && random_.below(2) == 0) {
            const std::size_t damaged = 1 + random_.below(std::min(kept, kSectorSize));
            for (std::size_t i = file.content.size() - damaged; i < file.content.size(); ++i) {
                file.content[i] = static_cast<std::byte>(random_.bits());
            }
        }
    }
    file.cut_off.clear();
    file.durable = file.content.size();
}

void SimulatedDisk::begin_slow(FaultId fault, const Distribution& sync_latency) {
    slow_.push_back({fault, &sync_latency});
}
void SimulatedDisk::end_slow(FaultId fault) {
    std::erase_if(slow_, [fault](const Slow& slow) { return slow.fault == fault; });
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

}  // namespace shaketable
