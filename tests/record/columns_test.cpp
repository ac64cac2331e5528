// SPDX-License-Identifier: MIT
#include "sim/record/columns.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/base/random.hpp"
#include "tests/catch.hpp"

namespace {

using namespace shaketable;

// The columns of a kind, every value as a number.
std::map<std::string, std::vector<std::int64_t>> columns_of(const FactTable& table,
                                                            std::string_view kind) {
    std::map<std::string, std::vector<std::int64_t>> columns;
    REQUIRE(table.each_column(kind, [&](const std::string& name, const auto& view, Words) {
        auto& values = columns[name];
        for (std::size_t i = 0; i < view.size; ++i) {
            values.push_back(static_cast<std::int64_t>(view.data[static_cast<std::ptrdiff_t>(i)]));
        }
    }));
    return columns;
}

}  // namespace

TEST_CASE("columns: a fact is a row of its kind's table, with its instant") {
    Record record;
    FactTable table;
    table.listen(record);
    record.add(Instant{5}, RoleChanged{NodeId{2}, novacron::raft::Role::leader, Term{7}, NodeId{}});
    record.add(Instant{6}, PacketSent{HostId{1}, HostId{4}, PacketKind::vote, true, Term{7}, {}});
    const auto roles = columns_of(table, "role-changed");
    REQUIRE(roles.at("at_ns") == std::vector<std::int64_t>{5});
    REQUIRE(roles.at("node") == std::vector<std::int64_t>{2});
    REQUIRE(roles.at("role") == std::vector<std::int64_t>{3});
    REQUIRE(roles.at("term") == std::vector<std::int64_t>{7});
    REQUIRE(roles.at("vote") == std::vector<std::int64_t>{0xffffffff});
    const auto packets = columns_of(table, "packet-sent");
    REQUIRE(packets.at("kind") == std::vector<std::int64_t>{6});
    REQUIRE(packets.at("reject") == std::vector<std::int64_t>{1});
    REQUIRE(columns_of(table, "node-started").at("at_ns").empty());
}

TEST_CASE("columns: every field of every kind has a column, and times say their unit") {
    const FactTable table;
    for (const std::string_view kind : FactTable::kinds()) {
        std::set<std::string> names;
        REQUIRE(table.each_column(kind, [&](const std::string& name, const auto&, Words) {
            REQUIRE(names.insert(name).second);
        }));
        REQUIRE(names.contains("at_ns"));
        REQUIRE(names.size() > 1);
    }
    REQUIRE(columns_of(table, "operation-ended").contains("issued_ns"));
    REQUIRE_FALSE(table.each_column("no-such-kind", [](const auto&, const auto&, Words) {}));
}

TEST_CASE("columns: a column of words comes with them") {
    const FactTable table;
    std::size_t with_words = 0;
    table.each_column("role-changed", [&](const std::string& name, const auto&, Words words) {
        if (words.empty()) return;
        ++with_words;
        REQUIRE(name == "role");
        REQUIRE(words[3] == "leader");
    });
    REQUIRE(with_words == 1);
}

TEST_CASE("columns: a view stays as it is while the column grows, and when it is gone") {
    ColumnView<std::uint64_t> early;
    {
        Column<std::uint64_t> column;
        for (std::uint64_t i = 0; i < 100; ++i) column.push(i);
        early = column.view();
        REQUIRE(column.view().data == early.data);  // nothing is copied
        for (std::uint64_t i = 100; i < 10'000; ++i) column.push(i);
        REQUIRE(column.view().size == 10'000);
        REQUIRE(column.view().data[9'999] == 9'999);
    }
    REQUIRE(early.size == 100);
    for (std::size_t i = 0; i < early.size; ++i) {
        REQUIRE(early.data[static_cast<std::ptrdiff_t>(i)] == i);
    }
}

TEST_CASE("columns: listening does not change the fingerprint") {
    const auto fingerprint = [](bool listen) {
        Record record;
        FactTable table;
        if (listen) table.listen(record);
        for (std::int64_t i = 0; i < 1000; ++i) record.add(Instant{i}, NodePaused{NodeId{1}});
        return record.fingerprint();
    };
    REQUIRE(fingerprint(true) == fingerprint(false));
}
