// SPDX-License-Identifier: MIT
//
// How often things of several kinds happened lately: counts over a window that slides with time.
//
// Intuition: time is cut into cells of equal width, each kind is counted by cell, and the window is
// the cell that time is in and the ones before it. A cell that falls out is subtracted from the
// sums, so that asking costs nothing, and nothing is allocated after the construction.
//
// Cells lie on a grid from the origin of time. So the window reaches back by more than its length
// less one cell, and by no more than its length: take more cells if that is too coarse.
//
// A clock that goes back counts into the newest cell: what was counted is neither lost nor counted
// twice.
//
// Invariant: a sum is that of its kind's cells. Units: events. Not modelled: weights within a cell.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/check.hpp"
#include "core/base/time.hpp"

namespace novacron::stats {

template <std::size_t Kinds>
class TimeWindow {
public:
    using Counts = std::array<std::uint64_t, Kinds>;

    // REQUIRES: there is a cell at least, and each is a nanosecond wide at least.
    TimeWindow(Duration length, std::uint32_t cells) : cells_(cells) {
        check(cells >= 1 && length.ns >= cells, "a window's cells are a nanosecond wide at least");
        width_ = (length.ns + cells - 1) / cells;
    }

    void add(Instant now, std::size_t kind, std::uint64_t events = 1) {
        advance(now);
        at(newest_)[kind] += events;
        sums_[kind] += events;
    }
    // Of each kind, within the window that ends now.
    const Counts& counts(Instant now) {
        advance(now);
        return sums_;
    }
    void clear() {
        std::fill(cells_.begin(), cells_.end(), Counts{});
        sums_ = {};
    }
    Duration cell() const { return {width_}; }

private:
    Counts& at(std::int64_t cell) {
        const auto n = static_cast<std::int64_t>(cells_.size());
        return cells_[static_cast<std::size_t>((cell % n + n) % n)];
    }
    void advance(Instant now) {
        std::int64_t cell = now.ns / width_;
        if (now.ns % width_ < 0) --cell;
        if (!started_) {
            newest_ = cell;
            started_ = true;
        }
        if (cell <= newest_) return;
        if (cell - newest_ >= static_cast<std::int64_t>(cells_.size())) {
            clear();
        } else {
            for (std::int64_t c = newest_ + 1; c <= cell; ++c) {
                for (std::size_t kind = 0; kind < Kinds; ++kind) sums_[kind] -= at(c)[kind];
                at(c) = {};
            }
        }
        newest_ = cell;
    }

    std::vector<Counts> cells_;  // a ring by the cell's number
    std::int64_t width_ = 1;
    std::int64_t newest_ = 0;  // number of the newest cell, from the origin of time
    bool started_ = false;
    Counts sums_{};
};

}  // namespace novacron::stats
