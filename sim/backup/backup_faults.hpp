// SPDX-License-Identifier: MIT
//
// What can be done to backups and to where they lie, and what operators do with them: one struct
// each, plain data. None of them is about hosts.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>

#include "core/base/time.hpp"

namespace shaketable {

using novacron::Duration;

// An object of the archive, as it is found when a fault strikes.
struct ObjectChoice {
    enum class Of : std::uint8_t { any, full, incremental, segment };
    enum class Which : std::uint8_t { newest, oldest, drawn };
    Of of = Of::any;
    Which which = Which::newest;
    friend bool operator==(const ObjectChoice&, const ObjectChoice&) = default;
};

// The object store takes so many times as long for everything.
struct ObjectsSlow {
    double factor;  // above 1
    friend bool operator==(const ObjectsSlow&, const ObjectsSlow&) = default;
};
// It answers nobody.
struct ObjectsUnavailable {
    friend bool operator==(const ObjectsUnavailable&, const ObjectsUnavailable&) = default;
};
// Its home region answers nobody; the other one does.
struct ObjectsRegionLost {
    friend bool operator==(const ObjectsRegionLost&, const ObjectsRegionLost&) = default;
};
// One bit of the home region's copy flips. Done at once.
struct ObjectsBitRot {
    ObjectChoice object;
    friend bool operator==(const ObjectsBitRot&, const ObjectsBitRot&) = default;
};
// All copies are gone. Done at once.
struct ObjectsLost {
    ObjectChoice object;
    friend bool operator==(const ObjectsLost&, const ObjectsLost&) = default;
};
// Backups report success and store nothing.
struct BackupSilentFailure {
    friend bool operator==(const BackupSilentFailure&, const BackupSilentFailure&) = default;
};
// No segment of the log is uploaded before the fault has ended.
struct ArchiveStalled {
    friend bool operator==(const ArchiveStalled&, const ArchiveStalled&) = default;
};

// An operator has a backup made, out of turn. Done at once.
struct BackupCreate {
    enum class Type : std::uint8_t { full, incremental };
    Type type = Type::full;
    std::string tag = {};  // a name for the state; empty: none
    friend bool operator==(const BackupCreate&, const BackupCreate&) = default;
};
// An operator has everything read. Done at once.
struct BackupVerify {
    friend bool operator==(const BackupVerify&, const BackupVerify&) = default;
};
// An operator restores a state, beside the service or in its place. At most one of the optional
// ones is set; none: as late a state as there is. Done at once: the fault ends when the order was
// given, not when it has been carried out.
struct BackupRestore {
    std::optional<std::uint64_t> backup = {};  // its number in the catalogue
    std::string tag = {};                      // of a backup; empty: none
    std::optional<Duration> to_time = {};      // since the start of the run
    std::optional<Duration> ago = {};          // before the restore
    std::optional<std::uint64_t> to_index = {};
    bool replay_wal = true;  // false: the state of the newest full backup, or of the one named
    bool drill = false;      // on a copy of the object store, so that nothing else is disturbed
    bool in_place = false;   // the nodes go on from it; not of a drill
    bool stop_first = true;  // in place: they are stopped when the restore begins, not when it ends
    friend bool operator==(const BackupRestore&, const BackupRestore&) = default;
};

template <class F>
concept OfBackups =
    std::same_as<F, ObjectsSlow> || std::same_as<F, ObjectsUnavailable> ||
    std::same_as<F, ObjectsRegionLost> || std::same_as<F, ObjectsBitRot> ||
    std::same_as<F, ObjectsLost> || std::same_as<F, BackupSilentFailure> ||
    std::same_as<F, ArchiveStalled> || std::same_as<F, BackupCreate> ||
    std::same_as<F, BackupVerify> || std::same_as<F, BackupRestore>;

}  // namespace shaketable
