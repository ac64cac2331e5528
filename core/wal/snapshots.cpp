// SPDX-License-Identifier: MIT
#include "core/wal/snapshots.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/crc32c.hpp"
#include "core/base/little_endian.hpp"

namespace novacron::wal {

namespace {

constexpr std::string_view kSnapshotPrefix = "snapshot-";
constexpr std::size_t kIndexDigits = 20;
constexpr std::uint64_t kSnapshotMagic = 0x0050'414e'534f'4e4e;  // "NNOSNAP" and a zero
constexpr std::uint32_t kSnapshotVersion = 1;

// Where the fields of the head are.
constexpr std::size_t kHeadChecksumAt = 8;
constexpr std::size_t kVersionAt = 12;
constexpr std::size_t kTermAt = 16;
constexpr std::size_t kIndexAt = 24;
constexpr std::size_t kConfigurationLengthAt = 32;
constexpr std::size_t kStateLengthAt = 40;

bool is_snapshot_name(std::string_view name) {
    return name.size() == kSnapshotPrefix.size() + kIndexDigits &&
           name.starts_with(kSnapshotPrefix) &&
           std::all_of(name.begin() + kSnapshotPrefix.size(), name.end(),
                       [](char c) { return c >= '0' && c <= '9'; });
}

std::vector<std::string> snapshot_files(const Disk& disk) {
    std::vector<std::string> names = disk.list();
    std::erase_if(names, [](const std::string& name) { return !is_snapshot_name(name); });
    return names;
}

}  // namespace

std::string snapshot_name(LogIndex index) {
    const std::string number = std::to_string(index.value);
    return std::string(kSnapshotPrefix) + std::string(kIndexDigits - number.size(), '0') + number;
}

void write_snapshot(Disk& disk, const Snapshot& snapshot) {
    const auto configuration = snapshot.meta.configuration.view();
    const auto state = snapshot.state.view();
    std::array<std::byte, kSnapshotHeadSize> head;
    store(&head[0], kSnapshotMagic);
    store(&head[kVersionAt], kSnapshotVersion);
    store(&head[kTermAt], snapshot.meta.position.term.value);
    store(&head[kIndexAt], snapshot.meta.position.index.value);
    store(&head[kConfigurationLengthAt], static_cast<std::uint64_t>(configuration.size()));
    store(&head[kStateLengthAt], static_cast<std::uint64_t>(state.size()));
    const std::uint32_t of_head = crc32c(std::span(head).subspan(kVersionAt));
    store(&head[kHeadChecksumAt], crc32c(state, crc32c(configuration, of_head)));
    const FileId file = disk.open(snapshot_name(snapshot.meta.position.index));
    disk.append(file, head);
    disk.append(file, configuration);
    disk.append(file, state);
}

void sync_snapshot(Disk& disk, LogIndex index, SyncId id) {
    disk.sync(disk.open(snapshot_name(index)), id);
}

std::optional<Snapshot> read_snapshot(std::span<const std::byte> bytes, std::string_view name) {
    if (bytes.size() < kSnapshotHeadSize) return std::nullopt;
    if (load<std::uint64_t>(&bytes[0]) != kSnapshotMagic) return std::nullopt;
    if (crc32c(bytes.subspan(kVersionAt)) != load<std::uint32_t>(&bytes[kHeadChecksumAt])) {
        return std::nullopt;
    }
    const auto rest = bytes.subspan(kSnapshotHeadSize);
    const auto configuration_length = load<std::uint64_t>(&bytes[kConfigurationLengthAt]);
    if (load<std::uint32_t>(&bytes[kVersionAt]) != kSnapshotVersion ||
        configuration_length > rest.size() ||
        load<std::uint64_t>(&bytes[kStateLengthAt]) != rest.size() - configuration_length) {
        return std::nullopt;
    }
    const auto configuration = rest.first(static_cast<std::size_t>(configuration_length));
    const auto state = rest.subspan(configuration.size());
    const LogPosition position{{load<std::uint64_t>(&bytes[kTermAt])},
                               {load<std::uint64_t>(&bytes[kIndexAt])}};
    if (name != snapshot_name(position.index)) return std::nullopt;
    return Snapshot{{position, Bytes(configuration)}, Bytes(state)};
}

SnapshotFiles find_snapshots(Disk& disk) {
    SnapshotFiles found;
    for (std::string& name : snapshot_files(disk)) {
        const auto bytes = disk.read(disk.open(name));
        if (!bytes) {
            found.unreadable = std::move(name);
        } else if (auto snapshot = read_snapshot(*bytes, name)) {
            found.newest = *std::move(snapshot);
        } else {
            found.broken.push_back(std::move(name));
        }
    }
    return found;
}

void remove_snapshots_before(Disk& disk, LogIndex index) {
    const std::string kept = snapshot_name(index);
    for (const std::string& name : snapshot_files(disk)) {
        if (name < kept) disk.remove(name);
    }
}

}  // namespace novacron::wal
