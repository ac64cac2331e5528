// SPDX-License-Identifier: MIT
#include "core/wal/recovery.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

namespace novacron::wal {

namespace {

constexpr std::string_view kPrefix = "wal-";
constexpr std::size_t kDigits = 10;

// The number in a segment's name; 0 for the name of another file.
std::uint32_t segment_number(std::string_view name) {
    if (name.size() != kPrefix.size() + kDigits || !name.starts_with(kPrefix)) return 0;
    std::uint64_t number = 0;
    for (const char c : name.substr(kPrefix.size())) {
        if (c < '0' || c > '9') return 0;
        number = number * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return number <= 0xffffffffU ? static_cast<std::uint32_t>(number) : 0;
}

// Follows the records in order. Each `follows` says whether the record can come next.
class Replay {
public:
    // The log was at `start` when its first record was written.
    explicit Replay(const SegmentStart& start)
        : hard_state_(start.hard_state), base_(start.last) {}

    const HardState& hard_state() const { return hard_state_; }
    LogIndex last() const { return base_ + entries_.size(); }
    // The entries up to there came before the first record.
    LogIndex base() const { return base_; }

    // What follows on the position; nothing if the log does not hold it.
    // REQUIRES: base() is at most its index.
    std::optional<std::vector<Entry>> take_after(LogPosition position) {
        if (position.index > last()) return std::nullopt;
        const std::size_t known = static_cast<std::size_t>(position.index - base_);
        if (known > 0 && entries_[known - 1].term != position.term) return std::nullopt;
        entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(known));
        return std::move(entries_);
    }

    // Only at a segment's start: it repeats what the log said before.
    bool follows(const SegmentStart& start) const {
        return start.last == last() && start.hard_state == hard_state_;
    }
    // A vote, once given, stands for its term; a commit index covers only what is there.
    bool follows(const HardState& next) {
        HardState& now = hard_state_;
        if (next.commit > last()) return false;
        if (next.term < now.term) return false;
        if (next.term == now.term && !now.vote.is_none() && next.vote != now.vote) return false;
        now = next;
        return true;
    }
    bool follows(const Entry& entry) {
        if (entry.index != last() + 1) return false;
        if (entry.term > hard_state_.term) return false;
        if (!entries_.empty() && entry.term < entries_.back().term) return false;
        entries_.push_back(entry);
        return true;
    }
    bool follows(const Truncate& truncate) {
        if (truncate.from <= hard_state_.commit) return false;
        if (truncate.from.value < 1 || truncate.from > last()) return false;
        base_ = std::min(base_, truncate.from - 1);
        entries_.resize(static_cast<std::size_t>(truncate.from - 1 - base_));
        return true;
    }
    bool follows(const Restart& restart) {
        if (restart.after <= hard_state_.commit) return false;
        entries_.clear();
        base_ = restart.after;
        return true;
    }
    bool follows(const Seal&) const { return true; }

private:
    HardState hard_state_;
    LogIndex base_;
    std::vector<Entry> entries_;
};

bool holds_record_from(std::span<const std::byte> bytes, std::uint32_t segment,
                       std::uint64_t from) {
    for (std::uint64_t at = from; at + kFrameSize <= bytes.size(); ++at) {
        if (read_record(bytes, segment, at)) return true;
    }
    return false;
}

// Reads one segment, up to its end or to the first byte that is no record's, which is where the
// tail then stands.
std::optional<Damage::Kind> read_segment(std::span<const std::byte> bytes, Recovery& recovery,
                                         std::optional<Replay>& replay) {
    Tail& tail = recovery.tail;
    while (const auto record = read_record(bytes, tail.segment, tail.offset)) {
        const auto content = decode(*record);
        if (tail.offset == 0) {
            // What came before the first segment there is, if anything, is not there to compare.
            const bool chained = replay.has_value() || tail.segment == 1;
            if (chained && record->previous != tail.checksum) return Damage::Kind::wrong_order;
            if (!content) return Damage::Kind::unknown_format;
            const auto* start = std::get_if<SegmentStart>(&*content);
            if (start == nullptr || start->segment != tail.segment) {
                return Damage::Kind::contradiction;
            }
            if (start->version != kVersion) return Damage::Kind::unknown_format;
            if (!replay) replay.emplace(tail.segment == 1 ? SegmentStart{} : *start);
            if (!replay->follows(*start)) return Damage::Kind::contradiction;
            recovery.segments.push_back({tail.segment, start->last});
        } else {
            if (record->previous != tail.checksum) return Damage::Kind::wrong_order;
            if (!content) return Damage::Kind::unknown_format;
            if (std::holds_alternative<SegmentStart>(*content) ||
                !std::visit([&](const auto& what) { return replay->follows(what); }, *content)) {
                return Damage::Kind::contradiction;
            }
        }
        tail.offset += record->size();
        tail.checksum = record->checksum;
    }
    return std::nullopt;
}

// The numbers of the segments there are, from the last back to the first that is missing: what
// comes before that was removed, or should have been.
std::vector<std::uint32_t> segment_numbers(const Disk& disk) {
    std::vector<std::uint32_t> numbers;
    for (const std::string& name : disk.list()) {
        const std::uint32_t number = segment_number(name);
        if (number == 0) continue;
        if (!numbers.empty() && number != numbers.back() + 1) numbers.clear();
        numbers.push_back(number);
    }
    return numbers;
}

// Cuts what was replayed to what follows on the snapshot.
std::optional<Damage::Kind> follow_on_snapshot(Replay& replay, Recovery& recovery) {
    const LogPosition position = recovery.recovered.snapshot.meta.position;
    recovery.recovered.hard_state = replay.hard_state();
    recovery.last = replay.last();
    if (replay.base() > position.index) return Damage::Kind::missing_segment;
    if (auto entries = replay.take_after(position)) {
        recovery.recovered.entries = *std::move(entries);
        const auto& first = recovery.recovered.entries;
        if (!first.empty() && first[0].term < position.term) return Damage::Kind::contradiction;
        return std::nullopt;
    }
    if (replay.hard_state().commit >= position.index) return Damage::Kind::contradiction;
    recovery.needs_restart = true;
    return std::nullopt;
}

}  // namespace

std::string segment_name(std::uint32_t segment) {
    const std::string number = std::to_string(segment);
    return std::string(kPrefix) + std::string(kDigits - number.size(), '0') + number;
}

std::variant<Recovery, Damage> recover(Disk& disk) {
    Recovery recovery;
    SnapshotFiles snapshots = find_snapshots(disk);
    if (!snapshots.unreadable.empty()) {
        return Damage{Damage::Kind::unreadable, snapshots.unreadable, 0};
    }
    recovery.recovered.snapshot = std::move(snapshots.newest);
    recovery.broken_snapshots = std::move(snapshots.broken);
    std::optional<Replay> replay;
    const std::vector<std::uint32_t> segments = segment_numbers(disk);
    for (const std::uint32_t number : segments) {
        const std::string name = segment_name(number);
        recovery.tail = {number, 0, recovery.tail.checksum};
        const auto read = disk.read(disk.open(name));
        if (!read) return Damage{Damage::Kind::unreadable, name, 0};
        const std::span<const std::byte> bytes = *read;
        if (const auto kind = read_segment(bytes, recovery, replay)) {
            return Damage{*kind, name, recovery.tail.offset};
        }
        const std::uint64_t sound = recovery.tail.offset;
        if (sound == bytes.size() && sound > 0) continue;
        if (number != segments.back() || holds_record_from(bytes, number, sound + 1)) {
            return Damage{Damage::Kind::broken_record, name, sound};
        }
        recovery.torn_segment = name;
        recovery.recovered.bytes_cut = bytes.size() - sound;
    }
    if (!replay && !segments.empty() && segments.front() != 1) {
        return Damage{Damage::Kind::missing_segment, segment_name(segments.front() - 1), 0};
    }
    if (!replay) replay.emplace(SegmentStart{});
    if (const auto kind = follow_on_snapshot(*replay, recovery)) {
        const std::string whole = snapshot_name(recovery.recovered.snapshot.meta.position.index);
        const auto& broken = recovery.broken_snapshots;
        if (*kind == Damage::Kind::missing_segment && !broken.empty() && broken.back() > whole) {
            return Damage{Damage::Kind::broken_snapshot, broken.back(), 0};
        }
        return Damage{*kind, segment_name(segments.empty() ? 1 : segments.front()), 0};
    }
    return recovery;
}

}  // namespace novacron::wal
