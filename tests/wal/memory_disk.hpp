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
        std::uint32_t id = 0;
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
        for (const File& file : files) {
            if (file.name == name) return FileId{file.id};
        }
        files.push_back({std::string(name), {}, 0, next_id++});
        return FileId{files.back().id};
    }
    std::optional<std::vector<std::byte>> read(FileId file) const override {
        if (at(file).name == unreadable) return std::nullopt;
        return at(file).content;
    }
    void append(FileId file, std::span<const std::byte> bytes) override {
        auto& content = at(file).content;
        content.insert(content.end(), bytes.begin(), bytes.end());
    }
    void sync(FileId file, SyncId id) override {
        syncs.push_back({file, id, at(file).content.size()});
    }
    void truncate(FileId file, std::size_t size) override {
        File& f = at(file);
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
        for (File& file : files) {  // unless it was removed
            if (file.id == done.file.value) file.durable = std::max(file.durable, done.size);
        }
        return done.id;
    }

    // The oldest sync asked for fails; what it was to keep stays pending.
    // REQUIRES: there is one.
    SyncId fail_sync() {
        const Sync failed = syncs.at(0);
        syncs.erase(syncs.begin());
        return failed.id;
    }

    // REQUIRES: it is not removed.
    File& at(FileId id) {
        return *std::find_if(files.begin(), files.end(),
                             [id](const File& file) { return file.id == id.value; });
    }
    const File& at(FileId id) const { return const_cast<MemoryDisk*>(this)->at(id); }

    // A file's content, by name; none if there is no such file.
    std::vector<std::byte>& content(std::string_view name) {
        return at(open(name)).content;
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
    std::uint32_t next_id = 0;
    std::vector<Sync> syncs;  // asked for and not completed
};

}  // namespace novacron
