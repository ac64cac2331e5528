// SPDX-License-Identifier: MIT
//
// What fuzzing has found worth keeping, once more.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "tests/catch.hpp"
#include "tests/fuzz/targets.hpp"

namespace {

std::size_t replay(const char* name, void (*target)(fuzz::Input)) {
    std::size_t files = 0;
    const auto folder = std::filesystem::path(SHAKETABLE_SOURCE_DIR) / "tests/fuzz/corpus" / name;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
        std::ifstream stream(file.path(), std::ios::binary);
        const std::vector<char> bytes{std::istreambuf_iterator<char>(stream), {}};
        INFO(file.path().filename().string());
        CHECK_NOTHROW(target({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}));
        ++files;
    }
    return files;
}

}  // namespace

TEST_CASE("fuzz: what was found once breaks nothing") {
    CHECK(replay("codec", fuzz::codec) >= 10);
    CHECK(replay("wal", fuzz::wal) >= 10);
    CHECK(replay("history", fuzz::history) >= 10);
}
