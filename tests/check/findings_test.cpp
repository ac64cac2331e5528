// SPDX-License-Identifier: MIT
#include "sim/check/findings.hpp"

#include "tests/catch.hpp"

using namespace shaketable;

TEST_CASE("findings: the first five of a rule are kept in order, the rest is counted") {
    Findings findings;
    for (int i = 0; i < 9; ++i) findings.add("S1", novacron::Instant{i}, std::to_string(i));
    findings.add("S2", novacron::Instant{9}, "other");
    CHECK(findings.total() == 10);
    REQUIRE(findings.kept().size() == 6);
    CHECK(findings.kept()[4].message == "4");
    CHECK(findings.kept()[5].rule == "S2");
    CHECK(findings.kept()[5].at == novacron::Instant{9});
}
