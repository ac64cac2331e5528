// SPDX-License-Identifier: MIT
//
// In which way a run fails: the rule that it broke first, or else a check, or else a target.
//
// Two runs that fail alike have the same signature; which node it hit, and when, is no part of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/run/result.hpp"

namespace shaketable {

struct Signature {
    enum class Kind : std::uint8_t { finding, check, target };
    Kind kind = Kind::finding;
    std::string id;

    std::string text() const;
    friend bool operator==(const Signature&, const Signature&) = default;
};

// Nothing if the run does not fail.
std::optional<Signature> signature_of(const Result& result);
// Whether the run fails in this way, among others.
bool shows(const Result& result, const Signature& signature);
// What the run says of it, in words.
std::string words_of(const Result& result, const Signature& signature);

}  // namespace shaketable
