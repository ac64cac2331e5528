// SPDX-License-Identifier: MIT
//
// Files that are wrong, in tests/scenario/bad, each with what is said about it beside it.
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

TEST_CASE("bad files: each mistake is said as expected, at its place", "[scenario]") {
    const auto files = testing::yaml_files("tests/scenario/bad");
    CHECK(files.size() >= 20);
    for (const std::string& file : files) {
        const std::filesystem::path path(file);
        const auto text = read_file(file, 1U << 20U);
        REQUIRE(text);
        // Under its bare name, so that the messages do not depend on where the repository is.
        const auto result = load_scenario_text(*text, path.filename().string());
        CHECK_FALSE(result.ok());
        const std::string golden = std::filesystem::path(path).replace_extension(".txt").string();
        if (std::getenv("SHAKETABLE_REWRITE_GOLDEN") != nullptr) {
            std::ofstream(golden, std::ios::binary) << format(result.diagnostics);
        }
        INFO(file);
        CHECK(format(result.diagnostics) ==
              read_file(golden, 1U << 20U).value_or("(no such file)"));
    }
}

}  // namespace
}  // namespace shaketable
