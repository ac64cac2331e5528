// SPDX-License-Identifier: MIT
//
// A queue in one piece of memory: what waits stands side by side, and a steady state allocates
// nothing.
//
// Intuition: taking the first moves a mark; the room before the mark is given up when the queue is
// empty, or once it is the larger half. So every element is moved at most once on average.
#pragma once

#include <cstddef>
#include <iterator>
#include <utility>
#include <vector>

namespace novacron {

template <class T>
class Fifo {
public:
    std::size_t size() const { return items_.size() - first_; }
    bool empty() const { return items_.size() == first_; }
    void clear() {
        items_.clear();
        first_ = 0;
    }

    // REQUIRES of all: there is such an element.
    T& front() { return items_[first_]; }
    const T& front() const { return items_[first_]; }
    T& back() { return items_.back(); }
    T& operator[](std::size_t place) { return items_[first_ + place]; }

    auto begin() { return items_.begin() + static_cast<std::ptrdiff_t>(first_); }
    auto end() { return items_.end(); }

    void push_back(T item) { items_.push_back(std::move(item)); }
    // REQUIRES: not empty.
    void pop_front() {
        ++first_;
        if (first_ == items_.size()) {
            clear();
        } else if (first_ >= kFewest && 2 * first_ > items_.size()) {
            items_.erase(items_.begin(), begin());
            first_ = 0;
        }
    }

private:
    static constexpr std::size_t kFewest = 64;

    std::vector<T> items_;
    std::size_t first_ = 0;
};

}  // namespace novacron
