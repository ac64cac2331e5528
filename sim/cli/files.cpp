// SPDX-License-Identifier: MIT
#include "sim/cli/files.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "sim/cli/command.hpp"

namespace shaketable::cli {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& path, std::string_view why) {
    throw InputError(fmt::format("can't write {}: {}", path, why));
}

}  // namespace

FileInTheMaking::FileInTheMaking(std::string path)
    : path_(std::move(path)), temporary_(fmt::format("{}.{}.part", path_, getpid())) {
    std::error_code failed;
    const fs::path folder = fs::path(path_).parent_path();
    if (!folder.empty()) fs::create_directories(folder, failed);
    if (failed) refuse(path_, failed.message());
    file_ = std::fopen(temporary_.c_str(), "wb");
    if (file_ == nullptr) refuse(path_, std::strerror(errno));
}

FileInTheMaking::~FileInTheMaking() {
    if (file_ == nullptr) return;
    std::fclose(file_);
    std::remove(temporary_.c_str());
}

void FileInTheMaking::write(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) give_up();
}

void FileInTheMaking::commit() {
    if (std::fflush(file_) != 0 || fsync(fileno(file_)) != 0) give_up();
    if (std::rename(temporary_.c_str(), path_.c_str()) != 0) give_up();
    std::fclose(std::exchange(file_, nullptr));
}

// The destructor removes what there is.
void FileInTheMaking::give_up() { refuse(path_, std::strerror(errno)); }

void write_file(const std::string& path, std::string_view text) {
    FileInTheMaking file(path);
    file.write(text);
    file.commit();
}

void refuse_unwritable(const std::string& path) {
    std::error_code ignored;
    if (path.empty()) throw InputError("a file needs a name");
    if (fs::is_directory(path, ignored)) refuse(path, "it is a folder");
    for (fs::path up = fs::path(path).parent_path(); !up.empty(); up = up.parent_path()) {
        if (fs::is_directory(up, ignored)) return;
        if (fs::exists(up, ignored)) refuse(path, up.string() + " is no folder");
        if (up == up.parent_path()) return;
    }
}

}  // namespace shaketable::cli
