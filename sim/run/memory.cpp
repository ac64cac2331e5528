// SPDX-License-Identifier: MIT
#include "sim/run/memory.hpp"

#include <cstdint>
#include <cstdlib>

#ifdef __GLIBC__
#include <malloc.h>
#include <sys/mman.h>
#endif

namespace shaketable {

void prepare_memory_for_runs() {
#ifdef __GLIBC__
    constexpr int kNever = 1 << 30;  // bytes
    mallopt(M_MMAP_THRESHOLD, kNever);
    mallopt(M_TRIM_THRESHOLD, kNever);
    // The heap grows by this, is marked as good for large pages, and is free again.
    constexpr std::size_t kHeap = std::size_t{64} << 20U;
    constexpr std::size_t kLargePage = std::size_t{2} << 20U;
    void* const heap = std::malloc(kHeap);
    if (heap == nullptr) return;
    const std::size_t into_page = reinterpret_cast<std::uintptr_t>(heap) % kLargePage;
    madvise(static_cast<char*>(heap) + (kLargePage - into_page), kHeap - kLargePage,
            MADV_HUGEPAGE);
    std::free(heap);
#endif
}

}  // namespace shaketable
