// SPDX-License-Identifier: MIT
#include "core/wal/log.hpp"

#include <string>
#include <utility>

#include "core/base/check.hpp"

namespace novacron::wal {

std::variant<Opened, Damage> Log::open(Disk& disk, LogOptions options) {
    check(options.segment_bytes > 0, "a segment of the log has room for something");
    auto result = recover(disk);
    if (auto* damage = std::get_if<Damage>(&result)) return std::move(*damage);
    auto& recovery = std::get<Recovery>(result);
    if (!recovery.torn_segment.empty()) {
        disk.truncate(disk.open(recovery.torn_segment),
                      static_cast<std::size_t>(recovery.tail.offset));
    }
    for (const std::string& name : recovery.broken_snapshots) disk.remove(name);
    Opened opened{Log(disk, options, recovery), std::move(recovery.recovered)};
    const LogPosition position = opened.recovered.snapshot.meta.position;
    // The snapshot may be all that is left of the step that brought it, and its term.
    if (position.term > opened.log.hard_state().term) {
        opened.log.append(HardState{position.term, NodeId::none(), opened.log.hard_state().commit});
        opened.recovered.hard_state = opened.log.hard_state();
    }
    if (recovery.needs_restart) opened.log.restart_after(position.index);
    return opened;
}

Log::Log(Disk& disk, LogOptions options, const Recovery& recovery)
    : disk_(&disk),
      options_(options),
      tail_(recovery.tail),
      hard_state_(recovery.recovered.hard_state),
      last_(recovery.last),
      segments_(recovery.segments) {
    if (tail_.offset == 0) start_segment(tail_.segment);
}

void Log::append(const HardState& state) {
    check(state.term >= hard_state_.term, "the log's term doesn't decrease");
    check(state.commit <= last_, "a commit index covers only entries written before it");
    if (state == hard_state_) return;
    write_record(buffer_, tail_, state);
    hard_state_ = state;
}

void Log::append(const Entry& entry) {
    check(entry.index == last_ + 1, "entries of the log are contiguous");
    check(entry.term <= hard_state_.term, "a hard state is written before its term's entries");
    write_record(buffer_, tail_, entry);
    last_ = entry.index;
}

void Log::truncate_from(LogIndex from) {
    check(from.value >= 1 && from <= last_, "what is cut off the log is there");
    check(from > hard_state_.commit, "a committed entry is never cut off");
    write_record(buffer_, tail_, Truncate{from});
    last_ = from - 1;
}

void Log::restart_after(LogIndex index) {
    check(index > hard_state_.commit, "a log restarts after more than it knew to be committed");
    write_record(buffer_, tail_, Restart{index});
    last_ = index;
}

void Log::forget_through(LogIndex index) {
    while (would_forget(index)) {
        disk_->remove(segment_name(segments_[0].number));
        segments_.erase(segments_.begin());
    }
}

void Log::sync(SyncId id) {
    check(id > newest_, "the ids of syncs ascend");
    newest_ = id;
    if (failed_) return;
    if (closing_.value != 0) {
        held_.push_back(id);
        return;
    }
    flush();
    disk_->sync(file_, id);
    close_if_full(id);
}

bool Log::on_synced(SyncId id, DiskStatus status) {
    check(id <= newest_, "a sync is done after it was asked for");
    failed_ = failed_ || status == DiskStatus::failed;
    if (failed_) return false;
    durable_start_ = closing_.value == 0 ? tail_.segment : tail_.segment - 1;
    if (closing_.value != 0 && id >= closing_) begin_after_close();
    if (id == newest_) seal();
    return true;
}

// The last sync of the segment before is done: the next one's file may begin.
void Log::begin_after_close() {
    closing_ = {};
    file_ = FileId::none();
    if (held_.empty()) return;
    flush();
    for (const SyncId held : held_) disk_->sync(file_, held);
    close_if_full(held_.back());
    held_.clear();
}

// A segment's start serves as well. Nothing else that is collected may go along: the owner might
// want something else to be durable first.
void Log::seal() {
    if (room() < kFrameSize) return;
    if (tail_.offset != sealed_) {
        if (!buffer_.empty()) return;
        write_record(buffer_, tail_, Seal{});
        sealed_ = tail_.offset;
    }
    if (!buffer_.empty()) flush();
}

void Log::start_segment(std::uint32_t segment) {
    tail_ = {segment, 0, tail_.checksum};
    write_record(buffer_, tail_, SegmentStart{kVersion, segment, last_, hard_state_});
    sealed_ = tail_.offset;
    segments_.push_back({segment, last_});
}

void Log::flush() {
    if (file_.is_none()) file_ = disk_->open(segment_name(tail_.segment));
    if (!buffer_.empty()) disk_->append(file_, buffer_);
    buffer_.clear();
}

// Called with nothing collected, so the next segment's start is the first record collected.
void Log::close_if_full(SyncId by) {
    if (tail_.offset < options_.segment_bytes) return;
    closing_ = by;
    start_segment(tail_.segment + 1);
}

}  // namespace novacron::wal
