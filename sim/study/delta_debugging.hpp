// SPDX-License-Identifier: MIT
//
// The smallest part of a set that still does something, by halving.
//
// Intuition: try each half without the other, then without each quarter, and so on down to single
// elements; whenever something can go, it goes. Where one element is to blame, it takes two tries a
// halving; in the worst case the square of the number.
//
// Source: A. Zeller, R. Hildebrandt, "Simplifying and isolating failure-inducing input" (2002):
// ddmin, with complements only.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace shaketable {

// Which of the elements 0 .. count - 1 are left, ascending. `still_does(kept)` is asked about
// ascending parts, and has said yes of the one that is returned, unless that is the whole. No
// element of it can go alone. Gives what there is once `enough()` says so.
template <class StillDoes, class Enough>
std::vector<std::size_t> smallest_part(std::size_t count, StillDoes still_does, Enough enough) {
    std::vector<std::size_t> kept(count);
    for (std::size_t i = 0; i < count; ++i) kept[i] = i;
    std::size_t chunk = (count + 1) / 2;
    while (chunk > 0 && !kept.empty()) {
        bool any = false;
        for (std::size_t from = 0; from < kept.size() && !enough();) {
            const std::size_t to = std::min(from + chunk, kept.size());
            std::vector<std::size_t> fewer(kept.begin(),
                                           kept.begin() + static_cast<std::ptrdiff_t>(from));
            fewer.insert(fewer.end(), kept.begin() + static_cast<std::ptrdiff_t>(to), kept.end());
            if (still_does(fewer)) {
                kept = std::move(fewer);
                any = true;
            } else {
                from = to;
            }
        }
        if (enough()) break;
        if (chunk == 1 && !any) break;
        chunk = std::max<std::size_t>(1, std::min(chunk / 2, kept.size()));
    }
    return kept;
}

}  // namespace shaketable
