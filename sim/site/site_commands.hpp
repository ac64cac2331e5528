// SPDX-License-Identifier: MIT
//
// How a site's own affairs get into the log of its group: as commands of clients that there are
// not.
//
// A record of the site's log is the client's command itself, so that the session travels with it.
// The rest takes two kinds of command, each of which fits into the 16 bytes of a sequence number
// and a value:
//
//     marks        what the storage must never forget: the fence, and what goes with it.
//     promotion    marks, and the record that begins the epoch of the fence.
//     beginning    such a record, as it comes from another site.
//
// An epoch takes 32 bits here: 24 for its number, 8 for the site.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/check.hpp"
#include "core/kv/command.hpp"
#include "core/replication/journal.hpp"

namespace shaketable {

enum class SiteCommand : std::uint8_t { marks, promotion, beginning };

namespace detail {

constexpr std::uint64_t kSiteClients = ~std::uint64_t{0} - 16;  // and the next few
constexpr std::uint64_t kSiteKey = ~std::uint64_t{0};
constexpr std::uint64_t kNoSite = 0xff;

inline std::uint64_t pack(novacron::replication::SiteId site) {
    return site.is_none() ? kNoSite : site.value;
}
inline novacron::replication::SiteId unpack_site(std::uint64_t word) {
    using novacron::replication::SiteId;
    return word == kNoSite ? SiteId::none() : SiteId{static_cast<std::uint32_t>(word)};
}
inline std::uint64_t pack(novacron::replication::Epoch epoch) {
    novacron::check(epoch.number < (std::uint64_t{1} << 24U), "an epoch's number takes 24 bits");
    return epoch.number << 8U | pack(epoch.site);
}
inline novacron::replication::Epoch unpack_epoch(std::uint64_t word) {
    return {(word & 0xffffffffU) >> 8U, unpack_site(word & 0xffU)};
}

}  // namespace detail

inline novacron::kv::Command command_of(SiteCommand kind,
                                        const novacron::replication::Marks& marks) {
    novacron::kv::Command command;
    command.client.value = detail::kSiteClients + static_cast<std::uint64_t>(kind);
    command.key = detail::kSiteKey;
    command.sequence = detail::pack(marks.fence) | detail::pack(marks.synced) << 32U;
    command.value = detail::pack(marks.handed_over) | detail::pack(marks.handed_to) << 32U;
    return command;
}

// Nothing if it is a client's.
inline std::optional<SiteCommand> kind_of(const novacron::kv::Command& command) {
    const std::uint64_t number = command.client.value - detail::kSiteClients;
    if (number > static_cast<std::uint64_t>(SiteCommand::beginning)) return std::nullopt;
    return static_cast<SiteCommand>(number);
}

// REQUIRES: the command is a site's own. Of a beginning only the fence counts: it is its epoch.
inline novacron::replication::Marks marks_of(const novacron::kv::Command& command) {
    return {detail::unpack_epoch(command.sequence), detail::unpack_epoch(command.sequence >> 32U),
            detail::unpack_epoch(command.value), detail::unpack_site(command.value >> 32U)};
}

}  // namespace shaketable
