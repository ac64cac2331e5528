// SPDX-License-Identifier: MIT
//
// Plays the scripts in tests/raft/interactions. SHAKETABLE_REWRITE_GOLDEN=1 writes what comes of
// them into the files instead; look at the difference before you commit it.
#include "tests/raft/interaction.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/catch.hpp"

using namespace novacron::raft;

namespace {

const std::filesystem::path kFolder =
    std::filesystem::path(SHAKETABLE_SOURCE_DIR) / "tests" / "raft" / "interactions";

std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

// What is wrong with the script; empty if nothing.
std::string complaint(const std::string& text) {
    try {
        const Script script = parse_script("script", text);
        return difference(script, play(script));
    } catch (const ScriptError& error) {
        return error.what();
    }
}

}  // namespace

TEST_CASE("interactions: each script gives what it says") {
    std::size_t scripts = 0;
    for (const auto& file : std::filesystem::directory_iterator(kFolder)) {
        if (file.path().extension() != ".txt") continue;
        ++scripts;
        const std::string text = content_of(file.path());
        const Script script = parse_script(file.path().filename().string(), text);
        const std::vector<std::string> outputs = play(script);
        CHECK(script.steps.size() > 1);
        if (std::getenv("SHAKETABLE_REWRITE_GOLDEN") != nullptr) {
            std::ofstream(file.path(), std::ios::binary) << text_of(script, outputs);
            continue;
        }
        const std::string wrong = difference(script, outputs);
        INFO(wrong);
        CHECK(wrong.empty());
    }
    CHECK(scripts >= 10);
}

// Names stand in backticks: a script, a unit test as "group: behaviour", a patch.
TEST_CASE("interactions: the tables name only what there is, and every script") {
    std::string known;
    for (const char* folder : {"raft", "node", "wal", "kv", "check", "fault"}) {
        for (const auto& file : std::filesystem::directory_iterator(kFolder / "../.." / folder)) {
            if (file.path().extension() == ".cpp") known += content_of(file.path());
        }
    }
    for (const char* folder : {"interactions", "../mutation"}) {
        for (const auto& file : std::filesystem::directory_iterator(kFolder / ".." / folder)) {
            known += file.path().filename().string() + "\n";
        }
    }
    const std::string tables = content_of(kFolder / "../CONFORMANCE.md");
    std::size_t names = 0;
    for (std::size_t at = 0; (at = tables.find('`', at)) != std::string::npos; ++names) {
        const std::size_t end = tables.find('`', at + 1);
        REQUIRE(end != std::string::npos);
        const std::string name = tables.substr(at + 1, end - at - 1);
        INFO(name);
        CHECK(known.find(name) != std::string::npos);
        at = end + 1;
    }
    CHECK(names > 60);
    for (const auto& file : std::filesystem::directory_iterator(kFolder)) {
        if (file.path().extension() != ".txt") continue;
        INFO(file.path().filename().string());
        CHECK(tables.find(file.path().filename().string()) != std::string::npos);
    }
}

TEST_CASE("interactions: a script is written as it was read, with its outputs renewed") {
    const std::string text =
        "# A comment.\n\nservers 1\n----\n1 server\n\n# Another.\ncampaign S1\n----\nold\n\n";
    const Script script = parse_script("script", text);
    CHECK(text_of(script, {"1 server\n", "new\n"}) ==
          "# A comment.\n\nservers 1\n----\n1 server\n\n# Another.\ncampaign S1\n----\nnew\n\n");
}

TEST_CASE("interactions: what differs is shown with its place") {
    CHECK(complaint("servers 1\n----\n2 servers\n") ==
          "script:1: servers 1\n  expected: 2 servers\n  is:       1 server\n");
}

TEST_CASE("interactions: a script that can't be played is refused at its line") {
    const std::string start = "servers 3\n----\n3 servers\n\n";
    CHECK(complaint("campaign S1\n----\n") == "script:1: the first command is servers");
    CHECK(complaint(start + "jump S1\n----\n") == "script:5: unknown command 'jump'");
    CHECK(complaint(start + "campaign S4\n----\n") ==
          "script:5: 'S4' is no server, such as S1");
    CHECK(complaint(start + "campaign\n----\n") == "script:5: here comes a server");
    CHECK(complaint(start + "campaign S1 S2\n----\n") == "script:5: 'S2' is one word too many");
    CHECK(complaint(start + "campaign S1\n") == "script:5: the command has no ----");
    CHECK(complaint(start + "drop type=letter\n----\n") ==
          "script:5: there is no message 'letter'");
    CHECK(complaint("servers 3 speed=9\n----\n") == "script:1: unknown option 'speed'");
    CHECK(complaint("servers 3\nS9 term 1 log\n----\n") ==
          "script:1: 'S9' is no server, such as S1");
    CHECK(complaint("servers 3 spares=3\n----\n") == "script:1: one of the servers has a vote");
    CHECK(complaint(start + "change S1 fire S2\n----\n") == "script:5: there is no change 'fire'");
    CHECK(complaint(start + "change S1 joint=never\n----\n") ==
          "script:5: a joint phase is if-needed, always or until-left");
    CHECK(complaint(start + "apply S1 1\n----\n") == "script:5: only 0 entries are to be applied");
    CHECK(complaint(start + "snapshot S1 depth=1\n----\n") ==
          "script:5: a snapshot has a size, no 'depth'");
    CHECK(complaint(start + "persist S1 2\n----\n") == "script:5: only 0 writes are pending");
}
