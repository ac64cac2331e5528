// SPDX-License-Identifier: MIT
//
// A list that grows at its end without moving what is in it, for histories of a whole run.
//
// Intuition: elements lie in chunks of a fixed power of two, so that element i is two look-ups
// away, by a shift and a mask. A vector that doubles would copy a long history again and again and
// hold half of its memory in vain; std::deque divides by a chunk length that is no power of two for
// most element sizes.
//
// Old elements can be forgotten, and the others keep their places. Their chunks are kept for what
// comes next, so that a list which forgets as much as it grows allocates nothing; those that were
// not needed until the next time are freed.
//
// Invariant: a reference stays valid until its element is cut off or forgotten.
// Not offered: anything in the middle.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace novacron {

// T is default-constructible; elements not in use have that value.
template <class T>
class Chunked {
public:
    using value_type = T;

    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }

    // REQUIRES: place is below size(), and not forgotten.
    T& operator[](std::size_t place) {
        return (*chunks_[(place >> kShift) - forgotten_])[place & kMask];
    }
    const T& operator[](std::size_t place) const {
        return (*chunks_[(place >> kShift) - forgotten_])[place & kMask];
    }
    // REQUIRES: not empty.
    const T& back() const { return (*this)[size_ - 1]; }

    void push_back(T value) {
        if ((size_ & kMask) == 0) add_chunk();
        (*this)[size_++] = std::move(value);
    }
    // REQUIRES: size is at most size(), and no less than what was forgotten.
    void cut(std::size_t size) {
        for (std::size_t i = size; i < size_; ++i) (*this)[i] = T{};
        size_ = size;
        chunks_.resize(((size + kMask) >> kShift) - forgotten_);
    }
    // The elements before `place` are not needed any more.
    // REQUIRES: place is at most size() and, from call to call, doesn't decrease.
    void forget_before(std::size_t place) {
        const std::size_t chunks = (place >> kShift) - forgotten_;
        if (chunks == 0) return;
        spare_.resize(spare_.size() - unused_);
        const auto first = chunks_.begin();
        const auto last = first + static_cast<std::ptrdiff_t>(chunks);
        for (auto chunk = first; chunk != last; ++chunk) {
            (*chunk)->fill(T{});
            spare_.push_back(std::move(*chunk));
        }
        chunks_.erase(first, last);
        forgotten_ += chunks;
        unused_ = spare_.size();
    }

private:
    // About 4 KiB a chunk.
    static constexpr std::size_t kLength = std::bit_floor(4096 / sizeof(T));
    static constexpr std::size_t kShift = std::countr_zero(kLength);
    static constexpr std::size_t kMask = kLength - 1;
    static_assert(sizeof(T) <= 1024, "large elements are better kept elsewhere");

    using Chunk = std::array<T, kLength>;

    void add_chunk() {
        if (spare_.empty()) {
            chunks_.push_back(std::make_unique<Chunk>());
            return;
        }
        chunks_.push_back(std::move(spare_.back()));
        spare_.pop_back();
        unused_ = std::min(unused_, spare_.size());
    }

    std::vector<std::unique_ptr<Chunk>> chunks_;
    std::vector<std::unique_ptr<Chunk>> spare_;  // their elements are T{}
    std::size_t unused_ = 0;  // the fewest spare chunks since elements were forgotten last
    std::size_t size_ = 0;
    std::size_t forgotten_ = 0;  // chunks
};

}  // namespace novacron
