// SPDX-License-Identifier: MIT
//
// The shape of a results database, as numbered steps that only go forward.
//
// Intuition: `user_version` says how many steps a file has taken; whoever opens it for writing
// takes the missing ones, each in its own transaction, and leaves a line about it in
// `schema_migration`. A step that has shipped is never edited: the next one changes what it left.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace shaketable {

struct Migration {
    int version;            // 1, 2, 3 ...
    std::string_view name;  // what it brings, in a word or two
    std::string_view sql;
};

// 'SHK1': by this number in its header a file is known to be ours.
constexpr std::int64_t kApplicationId = 0x53484B31;

std::span<const Migration> migrations();

// 16 hexadecimal digits over the step's SQL, kept in the file: which build made it what it is.
std::string digest_of(const Migration& migration);

}  // namespace shaketable
