// SPDX-License-Identifier: MIT
//
// Files that are wrong, in tests/scenario/bad and tests/scenario/errors, each with what is said
// about it beside it.
//
// SHAKETABLE_REWRITE_GOLDEN=1 writes the expected messages anew: read the difference, and say in
// the commit why it is right.
#include <cstdlib>
#include <fstream>

#include "sim/scenario/assemble.hpp"
#include "sim/scenario/loader.hpp"
#include "tests/catch.hpp"
#include "tests/scenario/shipped.hpp"

namespace shaketable {
namespace {

void expect_as_told(const std::string& folder, std::size_t at_least) {
    auto files = testing::yaml_files(folder);
    std::erase_if(files, [](const std::string& file) {
        return std::filesystem::path(file).parent_path().filename() == "parts";
    });
    CHECK(files.size() >= at_least);
    for (const std::string& file : files) {
        const std::filesystem::path path(file);
        const auto text = read_file(file, 1U << 20U);
        REQUIRE(text);
        // Under its bare name, so that the messages do not depend on where the repository is.
        const auto result = load_scenario_text(*text, path.filename().string());
        INFO(file);
        CHECK_FALSE(result.ok());
        const std::string golden = std::filesystem::path(path).replace_extension(".txt").string();
        if (std::getenv("SHAKETABLE_REWRITE_GOLDEN") != nullptr) {
            std::ofstream(golden, std::ios::binary) << format(result.diagnostics);
        }
        CHECK(format(result.diagnostics) ==
              read_file(golden, 1U << 20U).value_or("(no such file)"));
    }
}

TEST_CASE("bad files: each mistake is said as expected, at its place", "[scenario]") {
    expect_as_told("tests/scenario/bad", 20);
}

TEST_CASE("bad files: what people get wrong is answered with help", "[scenario]") {
    // What they extend is found beside them.
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(std::string(SHAKETABLE_SOURCE_DIR) + "/tests/scenario/errors");
    expect_as_told("tests/scenario/errors", 40);
    std::filesystem::current_path(before);
}

}  // namespace
}  // namespace shaketable
