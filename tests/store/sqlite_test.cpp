// SPDX-License-Identifier: MIT
#include "sim/store/sqlite.hpp"

#include "tests/catch.hpp"
#include "tests/store/sample.hpp"

using namespace shaketable;

TEST_CASE("sqlite: values come back as they went in, and an absent one as NULL") {
    const sample::Folder folder;
    Connection db(folder.file("x.db"), Connection::Mode::create);
    db.execute("CREATE TABLE t(i INTEGER, s TEXT, n INTEGER) STRICT");
    db.prepare("INSERT INTO t VALUES(?1,?2,?3)")
        .run(std::int64_t{-5}, std::string("a\0b", 3), std::optional<std::int64_t>());
    Statement query = db.prepare("SELECT i, s, n FROM t");
    REQUIRE(query.step());
    CHECK(query.integer(0) == -5);
    CHECK(query.text(1) == std::string("a\0b", 3));
    CHECK(query.is_null(2));
    CHECK_FALSE(query.step());
}

TEST_CASE("sqlite: empty text is text, not NULL") {
    const sample::Folder folder;
    Connection db(folder.file("x.db"), Connection::Mode::create);
    db.execute("CREATE TABLE t(s TEXT NOT NULL) STRICT");
    db.prepare("INSERT INTO t VALUES(?1)").run(std::string_view());
    CHECK(db.text("SELECT typeof(s) FROM t") == "text");
}

TEST_CASE("sqlite: an integer that SQLite can't hold is refused, not wrapped") {
    const sample::Folder folder;
    Connection db(folder.file("x.db"), Connection::Mode::create);
    db.execute("CREATE TABLE t(i INTEGER) STRICT");
    Statement insert = db.prepare("INSERT INTO t VALUES(?1)");
    CHECK_THROWS_AS(insert.run(std::uint64_t{1} << 63U), SqliteError);
    insert.run((std::uint64_t{1} << 63U) - 1);
    CHECK(db.integer("SELECT i FROM t") == std::int64_t{9'223'372'036'854'775'807});
}

TEST_CASE("sqlite: a transaction that is not committed leaves nothing") {
    const sample::Folder folder;
    Connection db(folder.file("x.db"), Connection::Mode::create);
    db.execute("CREATE TABLE t(i INTEGER) STRICT");
    {
        Transaction transaction(db);
        db.execute("INSERT INTO t VALUES(1)");
    }
    CHECK(db.integer("SELECT count(*) FROM t") == 0);
    Transaction transaction(db);
    db.execute("INSERT INTO t VALUES(1)");
    transaction.commit();
    CHECK(db.integer("SELECT count(*) FROM t") == 1);
}

TEST_CASE("sqlite: a statement can be run again after it failed") {
    const sample::Folder folder;
    Connection db(folder.file("x.db"), Connection::Mode::create);
    db.execute("CREATE TABLE t(i INTEGER PRIMARY KEY) STRICT");
    Statement insert = db.prepare("INSERT INTO t VALUES(?1)");
    insert.run(1);
    CHECK_THROWS_AS(insert.run(1), SqliteError);
    insert.run(2);
    CHECK(db.integer("SELECT count(*) FROM t") == 2);
}
