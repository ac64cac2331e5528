// SPDX-License-Identifier: MIT
//
// What the store must not touch, and what it says instead.
#include <sys/stat.h>
#include <unistd.h>

#include "sim/store/migrations.hpp"
#include "sim/store/store.hpp"
#include "tests/catch.hpp"
#include "tests/store/sample.hpp"

using namespace shaketable;
using Access = Store::Access;
using Kind = StoreError::Kind;

namespace {

Kind refusal(const std::string& path, Access access) {
    try {
        Store store(path, access, "2024-11-05T02:00:00Z");
    } catch (const StoreError& error) {
        INFO(error.what());
        CHECK(std::string(error.what()).find(path) != std::string::npos);
        return error.kind();
    }
    FAIL("opened " << path);
    return Kind::unusable;
}

std::size_t files_in(const std::string& folder) {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++count;
    return count;
}

}  // namespace

TEST_CASE("store: another application's database is refused and left as it was") {
    const sample::Folder folder;
    const std::string path = folder.file("x.db");
    Connection(path, Connection::Mode::create)
        .execute("PRAGMA journal_mode = WAL; PRAGMA application_id = 252006675; CREATE TABLE t(i)");
    const std::string before = sample::read_file(path);
    for (const Access access : {Access::read, Access::write}) {
        CHECK(refusal(path, access) == Kind::foreign);
        CHECK(sample::read_file(path) == before);
        CHECK(files_in(folder.path()) == 1);
    }
}

TEST_CASE("store: a file that is no database is refused and left as it was") {
    const sample::Folder folder;
    const std::string path = folder.file("notes.txt");
    for (const std::string& content : {std::string("x"), std::string(5000, 'x')}) {
        std::ofstream(path) << content;
        CHECK(refusal(path, Access::write) == Kind::foreign);
        CHECK(refusal(path, Access::read) == Kind::foreign);
        CHECK(sample::read_file(path) == content);
        CHECK(files_in(folder.path()) == 1);
    }
}

TEST_CASE("store: a newer build's database is refused and left as it was") {
    const sample::Folder folder;
    const std::string path = folder.file("x.db");
    Store(path, Access::write, "now").close();
    Connection(path, Connection::Mode::write).execute("PRAGMA user_version = 99");
    const std::string before = sample::read_file(path);
    CHECK(refusal(path, Access::write) == Kind::newer);
    CHECK(refusal(path, Access::read) == Kind::newer);
    CHECK(sample::read_file(path) == before);
}

TEST_CASE("store: an older database is brought up to date to write, and refused to read") {
    const sample::Folder folder;
    const std::string path = folder.file("x.db");
    Connection(path, Connection::Mode::create)
        .execute("PRAGMA application_id = " + std::to_string(kApplicationId) +
                 "; PRAGMA user_version = 0");
    CHECK(refusal(path, Access::read) == Kind::older);
    Store(path, Access::write, "now").close();
    CHECK(Store(path, Access::read).latest(1).empty());
}

TEST_CASE("store: a directory, a missing folder and a special file are refused") {
    const sample::Folder folder;
    CHECK(refusal(folder.path(), Access::write) == Kind::unusable);
    CHECK(refusal(folder.file("no/such/x.db"), Access::write) == Kind::unusable);
    CHECK(refusal("/dev/null", Access::write) == Kind::unusable);
    CHECK(files_in(folder.path()) == 0);
}

TEST_CASE("store: names that SQLite reads as something else than a file are refused") {
    CHECK(refusal("", Access::write) == Kind::unusable);
    CHECK(refusal(":memory:", Access::write) == Kind::unusable);
}

TEST_CASE("store: there is nothing to read in a missing or an empty file, and none is made") {
    const sample::Folder folder;
    CHECK(refusal(folder.file("x.db"), Access::read) == Kind::missing);
    CHECK(files_in(folder.path()) == 0);
    std::ofstream(folder.file("empty.db")).close();
    CHECK(refusal(folder.file("empty.db"), Access::read) == Kind::missing);
}

TEST_CASE("store: an empty file becomes a database") {
    const sample::Folder folder;
    std::ofstream(folder.file("empty.db")).close();
    Store(folder.file("empty.db"), Access::write, "now").close();
    CHECK(Store(folder.file("empty.db"), Access::read).latest(1).empty());
}

TEST_CASE("store: a damaged database is an error that says so") {
    const sample::Folder folder;
    const std::string path = folder.file("x.db");
    Store(path, Access::write, "now").close();
    std::string content = sample::read_file(path);
    for (std::size_t i = 100; i < content.size(); ++i) content[i] = static_cast<char>(0xa5);
    std::ofstream(path, std::ios::binary) << content;
    CHECK(refusal(path, Access::write) == Kind::unusable);
}

TEST_CASE("store: a file or folder that may not be written is refused") {
    if (geteuid() == 0) return;  // permissions don't bind the superuser
    const sample::Folder folder;
    const std::string path = folder.file("x.db");
    Store(path, Access::write, "now").close();
    chmod(path.c_str(), 0444);
    CHECK(refusal(path, Access::write) == Kind::unusable);
    chmod(folder.path().c_str(), 0555);
    CHECK(refusal(folder.file("new.db"), Access::write) == Kind::unusable);
    chmod(folder.path().c_str(), 0755);
}
