// SPDX-License-Identifier: MIT
#include "sim/cli/files.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

#include "sim/cli/command.hpp"

namespace shaketable::cli {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& path, std::string_view why) {
    throw InputError(fmt::format("can't write {}: {}", path, why));
}

bool write_whole(const std::string& path, std::string_view text) {
    std::FILE* file = std::fopen(path.c_str(), "wb");
    if (file == nullptr) return false;
    const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size() &&
                         std::fflush(file) == 0 && fsync(fileno(file)) == 0;
    const int why = errno;
    const bool closed = std::fclose(file) == 0;
    if (!written) errno = why;
    return written && closed;
}

}  // namespace

void write_file(const std::string& path, std::string_view text) {
    std::error_code failed;
    const fs::path folder = fs::path(path).parent_path();
    if (!folder.empty()) fs::create_directories(folder, failed);
    if (failed) refuse(path, failed.message());
    const std::string temporary = fmt::format("{}.{}.part", path, getpid());
    if (!write_whole(temporary, text) || std::rename(temporary.c_str(), path.c_str()) != 0) {
        const int why = errno;
        std::remove(temporary.c_str());
        refuse(path, std::strerror(why));
    }
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
