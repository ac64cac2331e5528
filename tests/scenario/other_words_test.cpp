// SPDX-License-Identifier: MIT
#include "sim/scenario/other_words.hpp"
#include "tests/catch.hpp"
#include "tests/scenario/sample.hpp"

namespace shaketable {
namespace {

using testing::load;
using testing::messages;

TEST_CASE("other words: a scenario that uses them is the scenario that uses ours", "[scenario]") {
    const std::string cut = "{id: cut, at: 10s, inject: node.crash, target: all, for: 5s}";
    const LoadResult theirs = load(
        "faults: [" + cut + ", {id: slow, at: 10s, inject: disk.stall, target: all, for: 5s, "
        "with: {fsync_latency: 200ms}}]\n"
        "targets: {rto: {to: service.writable, max: 30s}, "
        "rpo: {of: acknowledged_writes_lost, max: 5s}}\n"
        "checks: [{id: healed, eventually: cluster.healthy == true, within: 9s}]\n");
    const LoadResult ours = load(
        "faults: [" + cut + ", {id: slow, at: 10s, inject: disk.slow, target: all, for: 5s, "
        "with: {sync_latency: 200ms}}]\n"
        "targets: {rto: {of: write, max: 30s}, rpo: {max: 5s}}\n"
        "checks: [{id: healed, eventually: cluster.healthy, within: 9s}]\n");
    REQUIRE(messages(theirs).empty());
    CHECK(theirs.scenario->hash == ours.scenario->hash);
}

TEST_CASE("other words: what is no such word stays a mistake", "[scenario]") {
    const std::string fault =
        "faults: [{id: f, at: 10s, inject: node.crash, target: all, for: 5s}]\n";
    CHECK(messages(load(fault + "targets: {rto: {to: tomorrow, max: 1s}}\n")) ==
          "unknown key 'to' in targets.rto\n");
    CHECK(messages(load(fault + "targets: {rpo: {of: reads, max: 1s}}\n")) ==
          "unknown key 'of' in targets.rpo\n");
    CHECK(messages(load("checks: [{id: a, at_end: logs.agree == false}]\n")) ==
          "no such choice: 'logs.agree == false'\n");
}

}  // namespace
}  // namespace shaketable
