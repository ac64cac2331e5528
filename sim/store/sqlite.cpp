// SPDX-License-Identifier: MIT
#include "sim/store/sqlite.hpp"

#include <limits>

#include <sqlite3.h>

namespace shaketable {

namespace {

[[noreturn]] void fail(sqlite3* connection, int code) {
    const char* words = connection != nullptr ? sqlite3_errmsg(connection) : sqlite3_errstr(code);
    throw SqliteError(code & 0xff, words);
}

}  // namespace

Statement::Statement(sqlite3* connection, std::string_view sql) : connection_(connection) {
    check(sqlite3_prepare_v2(connection, sql.data(), static_cast<int>(sql.size()), &statement_,
                             nullptr));
}

Statement::~Statement() { sqlite3_finalize(statement_); }

// The code of sqlite3_reset repeats the failure of the step before, which has been reported then.
void Statement::reset() { sqlite3_reset(statement_); }

bool Statement::step() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    fail(connection_, code);
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}
std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(statement_, column);
}
double Statement::real(int column) const { return sqlite3_column_double(statement_, column); }
std::string Statement::text(int column) const {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    if (bytes == nullptr) return {};
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

void Statement::bind_null(int index) { check(sqlite3_bind_null(statement_, index)); }
void Statement::bind_integer(int index, std::int64_t value) {
    check(sqlite3_bind_int64(statement_, index, value));
}
void Statement::bind_unsigned(int index, std::uint64_t value) {
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        throw SqliteError(SQLITE_RANGE, std::to_string(value) + " is above 2^63 - 1");
    }
    bind_integer(index, static_cast<std::int64_t>(value));
}
void Statement::bind_real(int index, double value) {
    check(sqlite3_bind_double(statement_, index, value));
}
// An empty view may have no address, which SQLite would take for NULL.
void Statement::bind_text(int index, std::string_view value) {
    check(sqlite3_bind_text64(statement_, index, value.empty() ? "" : value.data(), value.size(),
                              SQLITE_TRANSIENT, SQLITE_UTF8));
}
void Statement::check(int code) const {
    if (code != SQLITE_OK) fail(connection_, code);
}

Connection::Connection(const std::string& path, Mode mode) {
    const int access = mode == Mode::read    ? SQLITE_OPEN_READONLY
                       : mode == Mode::write ? SQLITE_OPEN_READWRITE
                                             : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    const int code = sqlite3_open_v2(path.c_str(), &connection_, access, nullptr);
    if (code != SQLITE_OK) {
        const std::string words = sqlite3_errmsg(connection_);
        sqlite3_close(connection_);
        throw SqliteError(code & 0xff, words);
    }
    sqlite3_busy_timeout(connection_, 5'000);
}

Connection::~Connection() { sqlite3_close_v2(connection_); }

void Connection::execute(const std::string& sql) {
    const int code = sqlite3_exec(connection_, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) fail(connection_, code);
}

std::int64_t Connection::integer(std::string_view sql) {
    Statement query = prepare(sql);
    return query.step() ? query.integer(0) : 0;
}

std::string Connection::text(std::string_view sql) {
    Statement query = prepare(sql);
    return query.step() ? query.text(0) : std::string();
}

std::int64_t Connection::last_row_id() const { return sqlite3_last_insert_rowid(connection_); }

bool Connection::read_only() const { return sqlite3_db_readonly(connection_, "main") == 1; }

// Nothing can be done about a failure here: SQLite rolls back by itself when the file is next
// opened.
Transaction::~Transaction() {
    if (connection_ == nullptr) return;
    try {
        connection_->execute("ROLLBACK");
    } catch (const SqliteError&) {  // NOLINT(bugprone-empty-catch)
    }
}

}  // namespace shaketable
