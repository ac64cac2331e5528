// SPDX-License-Identifier: MIT
//
// A disk in memory that keeps core/ports/disk.hpp's contract, for tests of what is built on it:
// syncs complete when the test says so, and a crash keeps what the test says.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/check.hpp"
#include "core/ports/disk.hpp"

namespace novacron {

class MemoryDisk final : public Disk {
public:
    struct File {
        std::string name;
        std::vector<std::byte> content;
        std::size_t durable = 0;
    };
    struct Sync {
        FileId file;
        SyncId id;
        std::size_t size;  // of the file when the sync was asked for
    };

    std::vector<std::string> list() const override {
        std::vector<std::string> names;
        for (const File& file : files) names.push_back(file.name);
        std::sort(names.begin(), names.end());
        return names;
    }
    FileId open(std::string_view name) override {
        for (std::size_t i = 0; i < files.size(); ++i) {
            if (files[i].name == name) return FileId{static_cast<std::uint32_t>(i)};
        }
        files.push_back({std::string(name), {}, 0});
        return FileId{static_cast<std::uint32_t>(files.size() - 1)};
    }
    std::optional<std::vector<std::byte>> read(FileId file) const override {
        if (files.at(file.value).name == unreadable) return std::nullopt;
        return files.at(file.value).content;
    }
    void append(FileId file, std::span<const std::byte> bytes) override {
        auto& content = files.at(file.value).content;
        content.insert(content.end(), bytes.begin(), bytes.end());
    }
    void sync(FileId file, SyncId id) override {
        syncs.push_back({file, id, files.at(file.value).content.size()});
    }
    void truncate(FileId file, std::size_t size) override {
        File& f = files.at(file.value);
        check(size <= f.content.size(), "a file is cut within its size");
        f.content.resize(size);
        f.durable = std::min(f.durable, size);
    }
    void remove(std::string_view name) override {
        std::erase_if(files, [name](const File& file) { return file.name == name; });
    }

    // Completes the oldest sync asked for. REQUIRES: there is one.
    SyncId complete_sync() {
        const Sync done = syncs.at(0);
        syncs.erase(syncs.begin());
        File& file = files.at(done.file.value);
        file.durable = std::max(file.durable, done.size);
        return done.id;
    }

    // The oldest sync asked for fails; what it was to keep stays pending.
    // REQUIRES: there is one.
    SyncId fail_sync() {
        const Sync failed = syncs.at(0);
        syncs.erase(syncs.begin());
        return failed.id;
    }

    // A file's content, by name; none if there is no such file.
    std::vector<std::byte>& content(std::string_view name) {
        return files.at(open(name).value).content;
    }

    std::uint64_t free() const override {
        if (capacity == kNoLimit) return kNoLimit;
        std::uint64_t used = 0;
        for (const File& file : files) used += file.content.size();
        return capacity > used ? capacity - used : 0;
    }

    std::uint64_t capacity = kNoLimit;
    std::string unreadable;  // the name of a file that can't be read
    // In the order of their creation.
    std::vector<File> files;
    std::vector<Sync> syncs;  // asked for and not completed
};

}  // namespace novacron
