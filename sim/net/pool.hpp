// SPDX-License-Identifier: MIT
//
// Things in flight, named by small numbers and used again: an object keeps its memory (the capacity
// of its vectors) from one use to the next, so that a steady state allocates nothing.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/chunked.hpp"

namespace shaketable {

template <class T>
class Pool {
public:
    // The object has whatever value its last user left.
    std::uint32_t take() {
        if (free_.empty()) {
            objects_.push_back(T{});
            return static_cast<std::uint32_t>(objects_.size() - 1);
        }
        const std::uint32_t slot = free_.back();
        free_.pop_back();
        return slot;
    }
    void give_back(std::uint32_t slot) { free_.push_back(slot); }
    // References stay valid while others are taken and given back.
    T& operator[](std::uint32_t slot) { return objects_[slot]; }

    std::size_t in_use() const { return objects_.size() - free_.size(); }

private:
    novacron::Chunked<T> objects_;
    std::vector<std::uint32_t> free_;
};

}  // namespace shaketable
