// SPDX-License-Identifier: MIT
//
// Immutable bytes, shared by reference count: a command is encoded once, and the logs of all who
// hold it and the messages that carry it point to the same buffer.
//
// The count is not atomic: a buffer belongs to one thread, as do the core's components. To hand
// bytes to another thread, copy them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <span>
#include <utility>

#include "core/base/digest.hpp"

namespace novacron {

class Bytes {
public:
    Bytes() = default;
    explicit Bytes(std::span<const std::byte> content) {
        if (content.empty()) return;
        void* memory = ::operator new(sizeof(Header) + content.size());
        header_ = new (memory) Header{1, static_cast<std::uint32_t>(content.size()), 0};
        std::memcpy(header_ + 1, content.data(), content.size());
    }
    Bytes(const Bytes& other) noexcept : header_(other.header_) {
        if (header_ != nullptr) ++header_->references;
    }
    Bytes(Bytes&& other) noexcept : header_(std::exchange(other.header_, nullptr)) {}
    Bytes& operator=(Bytes other) noexcept {
        std::swap(header_, other.header_);
        return *this;
    }
    ~Bytes() {
        if (header_ != nullptr && --header_->references == 0) ::operator delete(header_);
    }

    std::size_t size() const { return header_ == nullptr ? 0 : header_->size; }
    bool empty() const { return header_ == nullptr; }
    std::span<const std::byte> view() const {
        if (header_ == nullptr) return {};
        return {reinterpret_cast<const std::byte*>(header_ + 1), header_->size};
    }
    // What identifies the content, 0 for none; computed once for all who share it.
    std::uint64_t digest() const {
        if (header_ == nullptr) return 0;
        if (header_->digest == 0) {
            Digest digest;
            digest.add(view());
            header_->digest = digest.value();
        }
        return header_->digest;
    }
    friend bool operator==(const Bytes& a, const Bytes& b) {
        return a.size() == b.size() &&
               (a.header_ == b.header_ ||
                std::memcmp(a.view().data(), b.view().data(), a.size()) == 0);
    }

private:
    struct Header {
        std::uint32_t references;
        std::uint32_t size;
        std::uint64_t digest;  // 0: not computed yet
    };
    Header* header_ = nullptr;
};

}  // namespace novacron
