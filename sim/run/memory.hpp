// SPDX-License-Identifier: MIT
//
// How a program whose business is runs treats memory.
//
// Intuition: a run builds up tens of megabytes of histories and gives them back at its end. Left to
// itself, the allocator gets them from the operating system page by page, a fault each, and hands
// them back after each run: a seventh of the time. So a program asks, once and at its start, that
// the allocator keep what is given back, and that the first megabytes come in large pages. It then
// stays as large as its largest runs were.
#pragma once

namespace shaketable {

// For `main` alone: it concerns the whole process. Without effect where the C library is not glibc.
void prepare_memory_for_runs();

}  // namespace shaketable
