// SPDX-License-Identifier: MIT
//
// Versions of the software that nodes run, and the format of the data that these read and write.
//
// Intuition: what a group has on its disks is in one format, from 1. A version reads the formats
// from one to another, and writes what the group has agreed upon: an entry of the log that says
// which, and stays as a register of the store, so that snapshots and backups say it, too. Before
// that entry every version may come back that reads the old format; after it only one that reads
// the new one. A node that finds a format on its disk, or in its log, that it can't read ends
// itself.
//
// The entry is a command of a client that there is not. Its sequence number is the format, so that
// the store takes each format once, and never an earlier one.
//
// Invariant: the format of a group never goes back, unless its nodes are made anew.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/log_entry.hpp"
#include "core/base/time.hpp"
#include "core/kv/command.hpp"
#include "core/kv/store.hpp"

namespace shaketable {

using DataFormat = std::uint32_t;
constexpr DataFormat kFirstFormat = 1;

struct Software {
    std::uint32_t number = 0;  // of the version, in the order of the scenario
    DataFormat reads_from = kFirstFormat;
    DataFormat reads_to = kFirstFormat;  // at least reads_from
    DataFormat writes = kFirstFormat;    // at most; within what it reads
    std::optional<novacron::Duration> crashes_after = {};  // a defect: so long after each start
    friend bool operator==(const Software&, const Software&) = default;

    bool reads(DataFormat format) const { return format >= reads_from && format <= reads_to; }
};

namespace detail {
constexpr std::uint64_t kFormatClient = ~std::uint64_t{0} - 64;
constexpr std::uint64_t kFormatKey = ~std::uint64_t{0} - 1;
}  // namespace detail

// From this entry on everything is written in the format.
inline novacron::kv::Command format_command(DataFormat format) {
    novacron::kv::Command command;
    command.client.value = detail::kFormatClient;
    command.sequence = format;
    command.key = detail::kFormatKey;
    command.value = format;
    return command;
}

// The format that the entry begins; nothing if it begins none.
inline std::optional<DataFormat> format_of(const novacron::Entry& entry) {
    if (entry.kind != novacron::EntryKind::command) return std::nullopt;
    const auto command = novacron::kv::decode(entry.data.view());
    if (!command || command->client.value != detail::kFormatClient) return std::nullopt;
    return static_cast<DataFormat>(command->value);
}

inline DataFormat format_of(const novacron::kv::Store& store) {
    const auto format = store.read(detail::kFormatKey);
    return format ? static_cast<DataFormat>(*format) : kFirstFormat;
}

}  // namespace shaketable
