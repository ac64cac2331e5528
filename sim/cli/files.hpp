// SPDX-License-Identifier: MIT
//
// Files that are there as a whole or not at all.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace shaketable::cli {

// Puts the text into the file by way of a temporary one beside it, which takes its name at the end:
// whoever looks finds the old content or the new. Folders that are missing are made. Throws
// InputError with the reason.
void write_file(const std::string& path, std::string_view text);

// The same for text that comes bit by bit: without commit() nothing stays. Every function throws
// InputError with the reason.
class FileInTheMaking {
public:
    explicit FileInTheMaking(std::string path);
    ~FileInTheMaking();
    FileInTheMaking(const FileInTheMaking&) = delete;
    FileInTheMaking& operator=(const FileInTheMaking&) = delete;

    void write(std::string_view text);
    void commit();

private:
    [[noreturn]] void give_up();

    std::string path_;
    std::string temporary_;
    std::FILE* file_ = nullptr;  // nothing once committed
};

// Refuses a file that write_file could not write because its folder is a file or it is a folder.
// Throws InputError.
void refuse_unwritable(const std::string& path);

}  // namespace shaketable::cli
