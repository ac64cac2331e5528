// SPDX-License-Identifier: MIT
//
// A history as a picture: a row for each process, a bar for each operation.
//
// Time runs to the right, but an instant is as wide as its words: what counts is which event comes
// before which. Of a long history the part around the offence is drawn, of its key alone; without
// an offence the beginning. The bar that fits nowhere is red, what can be placed before it blue,
// what was open beside it yellow, what came later grey. A dashed bar may never have taken effect.
//
// Invariant: the same history and verdict give the same bytes.
#pragma once

#include <string>

#include "sim/history/linearizability.hpp"

namespace shaketable::history {

// One <svg> element.
std::string timeline_svg(const History& history, const Verdict& verdict);
// A page with the picture and the words beside it.
std::string timeline_html(const std::string& name, const History& history, const Verdict& verdict);

}  // namespace shaketable::history
