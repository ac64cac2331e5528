// SPDX-License-Identifier: MIT
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/catch.hpp"

namespace {

const std::filesystem::path kTests = std::filesystem::path(SHAKETABLE_SOURCE_DIR) / "tests";

std::string content_of(const std::filesystem::path& file) {
    std::ifstream stream(file);
    REQUIRE(stream.good());
    return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

// Names stand in backticks: a unit test as "group: behaviour", a patch.
TEST_CASE("conformance: the tables of detectors and patterns name only what there is") {
    std::string known;
    for (const char* folder : {"stats", "detector", "resilience"}) {
        for (const auto& file : std::filesystem::directory_iterator(kTests / folder)) {
            const bool is_this = file.path().filename() == "conformance_test.cpp";
            if (file.path().extension() == ".cpp" && !is_this) known += content_of(file.path());
        }
    }
    for (const auto& file : std::filesystem::directory_iterator(kTests / "mutation")) {
        known += file.path().filename().string() + "\n";
    }
    const std::string tables = content_of(kTests / "resilience" / "CONFORMANCE.md");
    std::size_t names = 0;
    for (std::size_t at = 0; (at = tables.find('`', at)) != std::string::npos; ++names) {
        const std::size_t end = tables.find('`', at + 1);
        REQUIRE(end != std::string::npos);
        const std::string name = tables.substr(at + 1, end - at - 1);
        INFO(name);
        CHECK((name == ".patch" || known.find(name) != std::string::npos));
        at = end + 1;
    }
    CHECK(names > 100);
}
