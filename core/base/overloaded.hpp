// SPDX-License-Identifier: MIT
//
// Several lambdas as one function, for std::visit: one case an alternative, checked to be complete.
#pragma once

namespace novacron {

template <class... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

}  // namespace novacron
