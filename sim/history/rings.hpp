// SPDX-License-Identifier: MIT
//
// Ordered lists whose members leave and come back, the one that left last first: constant time
// each, since a member that has left still knows where it was (Knuth's dancing links).
//
// REQUIRES: members come back in the opposite order of their leaving.
#pragma once

#include <cstdint>
#include <vector>

namespace shaketable::history {

// Members 0 .. members - 1, each in one of the lists or in none.
class Rings {
public:
    Rings() = default;
    Rings(std::uint32_t members, std::uint32_t lists)
        : members_(members), next_(members + lists), previous_(members + lists) {
        for (std::uint32_t i = 0; i < members + lists; ++i) next_[i] = previous_[i] = i;
    }

    void append(std::uint32_t list, std::uint32_t member) {
        const std::uint32_t head = members_ + list;
        previous_[member] = previous_[head];
        next_[member] = head;
        next_[previous_[head]] = member;
        previous_[head] = member;
    }
    // A member of no list may leave and come back, too.
    void leave(std::uint32_t member) {
        next_[previous_[member]] = next_[member];
        previous_[next_[member]] = previous_[member];
    }
    void come_back(std::uint32_t member) {
        next_[previous_[member]] = member;
        previous_[next_[member]] = member;
    }
    // Whoever is_end() of are not members.
    std::uint32_t first(std::uint32_t list) const { return next_[members_ + list]; }
    std::uint32_t after(std::uint32_t member) const { return next_[member]; }
    bool is_end(std::uint32_t member) const { return member >= members_; }

private:
    std::uint32_t members_ = 0;
    std::vector<std::uint32_t> next_;
    std::vector<std::uint32_t> previous_;
};

}  // namespace shaketable::history
