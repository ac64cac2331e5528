// SPDX-License-Identifier: MIT
#include "core/backup/verify.hpp"

#include <algorithm>

#include "tests/backup/model.hpp"
#include "tests/catch.hpp"

namespace {

using namespace novacron;
using namespace novacron::backup;
using namespace novacron::backup::testing;
using Found = AuditFinding::Kind;

struct Fixture : SmallArchive {
    AuditLimits limits{seconds(100), seconds(100)};

    Fixture() : SmallArchive(9, 1, 3) {}
    std::vector<AuditFinding> audited() const { return audit(model.catalogue, limits, at(20)); }
};

TEST_CASE("backup verification: all is well") {
    const Fixture f;
    CHECK(f.audited().empty());
    for (const auto& [id, entry] : f.model.catalogue.entries()) {
        CHECK(check_object(entry, f.model.objects.at(id).view()) == Condition::complete);
    }
}

TEST_CASE("backup verification: bit rot, another's bytes and nothing at all are told apart") {
    Fixture f;
    const Entry& entry = *f.model.catalogue.find(f.full);
    CHECK(check_object(entry, std::nullopt) == Condition::missing);
    const auto others = f.model.objects.at(f.incremental);
    CHECK(check_object(entry, others.view()) == Condition::damaged);
    for (std::size_t byte = 0; byte < entry.size; ++byte) {
        f.model.damage(f.full, byte);
        REQUIRE(check_object(entry, f.model.objects.at(f.full).view()) == Condition::damaged);
        f.model.damage(f.full, byte);
    }
}

TEST_CASE("backup verification: a broken backup, and what rested on it") {
    Fixture f;
    f.model.catalogue.set_condition(f.full, Condition::damaged);
    CHECK(f.audited() == std::vector<AuditFinding>{{Found::broken_object, f.full, {}},
                                                   {Found::orphan, f.incremental, {}},
                                                   {Found::no_usable_backup, {}, {}}});
}

TEST_CASE("backup verification: a gap is found, whether its segment is known or not") {
    Fixture f;
    f.model.catalogue.set_condition(f.segments[1], Condition::missing);
    CHECK(f.audited() == std::vector<AuditFinding>{{Found::broken_object, f.segments[1], {}},
                                                   {Found::gap, {}, LogIndex{3}}});
    f.model.catalogue.remove(f.segments[1]);
    CHECK(f.audited() == std::vector<AuditFinding>{{Found::gap, {}, LogIndex{3}}});
}

TEST_CASE("backup verification: the last segment's loss is a gap as well") {
    Fixture f;
    f.model.catalogue.set_condition(f.segments[2], Condition::damaged);
    const auto findings = f.audited();
    CHECK(std::count(findings.begin(), findings.end(),
                     AuditFinding{Found::gap, {}, LogIndex{6}}) == 1);
}

// GitLab, 2017: backups had failed silently for months. Age tells.
TEST_CASE("backup verification: backups that fail silently, and a stalled archive, are overdue") {
    Fixture f;
    f.limits.backup_age_max = seconds(17);
    CHECK(f.audited().empty());
    f.limits.backup_age_max = seconds(16);
    CHECK(f.audited() == std::vector<AuditFinding>{{Found::backup_overdue, f.incremental, {}}});
    f.limits = {seconds(100), seconds(9)};
    CHECK(f.audited() == std::vector<AuditFinding>{{Found::archive_overdue, {}, {}}});
    f.limits.archive_age_max = seconds(10);
    CHECK(f.audited().empty());
}

TEST_CASE("backup verification: an abandoned timeline's log is no gap") {
    Fixture f;
    const TimelineId second = f.model.fork({kFirst, LogIndex{5}}, at(10));
    f.model.commit(second, at(11));
    f.model.segment(second, 6, 6, at(12));
    f.model.catalogue.set_condition(f.segments[2], Condition::complete);
    CHECK(f.audited().empty());
}

}  // namespace
