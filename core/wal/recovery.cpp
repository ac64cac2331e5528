// SPDX-License-Identifier: MIT
#include "core/wal/recovery.hpp"

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
    explicit Replay(Recovered& state) : state_(state) {}

    bool follows(const SegmentStart&) const { return false; }  // only at a segment's start

    // A vote, once given, stands for its term; a commit index covers only what is there.
    bool follows(const HardState& next) {
        HardState& now = state_.hard_state;
        if (next.commit.value > state_.entries.size()) return false;
        if (next.term < now.term) return false;
        if (next.term == now.term && !now.vote.is_none() && next.vote != now.vote) return false;
        now = next;
        return true;
    }
    bool follows(const Entry& entry) {
        auto& entries = state_.entries;
        if (entry.index.value != entries.size() + 1) return false;
        if (entry.term > state_.hard_state.term) return false;
        if (!entries.empty() && entry.term < entries.back().term) return false;
        entries.push_back(entry);
        return true;
    }
    bool follows(const Truncate& truncate) {
        auto& entries = state_.entries;
        if (truncate.from <= state_.hard_state.commit) return false;
        if (truncate.from.value < 1 || truncate.from.value > entries.size()) return false;
        entries.resize(static_cast<std::size_t>(truncate.from.value - 1));
        return true;
    }

private:
    Recovered& state_;
};

bool holds_record_from(std::span<const std::byte> bytes, std::uint32_t segment,
                       std::uint64_t from) {
    for (std::uint64_t at = from; at + kFrameSize <= bytes.size(); ++at) {
        if (read_record(bytes, segment, at)) return true;
    }
    return false;
}

// Reads one segment into the recovery, up to its end or to the first byte that is no record's,
// which is where the tail then stands.
std::optional<Damage::Kind> read_segment(std::span<const std::byte> bytes, Recovery& recovery) {
    Tail& tail = recovery.tail;
    Replay replay(recovery.recovered);
    while (const auto record = read_record(bytes, tail.segment, tail.offset)) {
        if (record->previous != tail.checksum) return Damage::Kind::wrong_order;
        const auto content = decode(*record);
        if (!content) return Damage::Kind::unknown_format;
        if (tail.offset == 0) {
            const auto* start = std::get_if<SegmentStart>(&*content);
            if (start == nullptr || start->segment != tail.segment) {
                return Damage::Kind::contradiction;
            }
            if (start->version != kVersion) return Damage::Kind::unknown_format;
        } else if (!std::visit([&](const auto& what) { return replay.follows(what); }, *content)) {
            return Damage::Kind::contradiction;
        }
        tail.offset += record->size();
        tail.checksum = record->checksum;
    }
    return std::nullopt;
}

}  // namespace

std::string segment_name(std::uint32_t segment) {
    const std::string number = std::to_string(segment);
    return std::string(kPrefix) + std::string(kDigits - number.size(), '0') + number;
}

std::variant<Recovery, Damage> recover(Disk& disk) {
    std::vector<std::uint32_t> segments;
    for (const std::string& name : disk.list()) {
        if (const std::uint32_t number = segment_number(name)) segments.push_back(number);
    }
    Recovery recovery;
    for (std::uint32_t expected = 1; expected <= segments.size(); ++expected) {
        const std::string name = segment_name(expected);
        if (segments[expected - 1] != expected) {
            return Damage{Damage::Kind::missing_segment, name, 0};
        }
        recovery.tail = {expected, 0, recovery.tail.checksum};
        const std::vector<std::byte> bytes = disk.read(disk.open(name));
        if (const auto kind = read_segment(bytes, recovery)) {
            return Damage{*kind, name, recovery.tail.offset};
        }
        const std::uint64_t sound = recovery.tail.offset;
        if (sound == bytes.size() && sound > 0) continue;
        if (expected < segments.size() || holds_record_from(bytes, expected, sound + 1)) {
            return Damage{Damage::Kind::broken_record, name, sound};
        }
        recovery.torn_segment = name;
        recovery.recovered.bytes_cut = bytes.size() - sound;
    }
    return recovery;
}

}  // namespace novacron::wal
