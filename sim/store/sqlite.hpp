// SPDX-License-Identifier: MIT
//
// SQLite's C interface with owners: a connection closes itself, a statement finalises itself, and
// every return code but success becomes an exception that says what was asked and what SQLite said.
//
// Intuition: `db.prepare("INSERT ... VALUES(?1, ?2)")` once, then `insert.run(key, seed)` for each
// row; `for (query.bind(key); query.step();) query.text(0)` to read. Arguments bind by position and
// by their C++ type; an empty optional binds NULL.
//
// Invariants: (1) a Transaction that is not committed leaves the database as it was.
//             (2) a bound integer is stored as that integer, or SqliteError: unsigned 64-bit values
//                 above 2^63 - 1 have no place in SQLite and are refused.
// Not modelled: threads. A connection and its statements belong to one thread at a time.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

struct sqlite3;
struct sqlite3_stmt;

namespace shaketable {

class SqliteError : public std::runtime_error {
public:
    SqliteError(int code, const std::string& message) : std::runtime_error(message), code_(code) {}
    int code() const { return code_; }  // the primary result code, such as SQLITE_BUSY

private:
    int code_;
};

class Statement {
public:
    Statement(sqlite3* connection, std::string_view sql);
    ~Statement();
    Statement(Statement&& other) noexcept
        : connection_(other.connection_), statement_(std::exchange(other.statement_, nullptr)) {}
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    Statement& operator=(Statement&&) = delete;

    // Starts afresh with these arguments as ?1, ?2 ...
    template <class... Values>
    Statement& bind(const Values&... values) {
        reset();
        int index = 0;
        (bind_one(++index, values), ...);
        return *this;
    }
    // Binds and steps to the end, dropping rows.
    template <class... Values>
    void run(const Values&... values) {
        bind(values...);
        while (step()) {
        }
        reset();
    }
    // To the next row; false when there is none.
    bool step();

    bool is_null(int column) const;
    std::int64_t integer(int column) const;
    double real(int column) const;
    std::string text(int column) const;

private:
    void reset();
    void bind_null(int index);
    void bind_integer(int index, std::int64_t value);
    void bind_unsigned(int index, std::uint64_t value);
    void bind_real(int index, double value);
    void bind_text(int index, std::string_view value);
    void check(int code) const;

    template <class Value>
    void bind_one(int index, const Value& value) {
        if constexpr (std::convertible_to<const Value&, std::string_view>) {
            bind_text(index, value);
        } else if constexpr (std::unsigned_integral<Value>) {
            bind_unsigned(index, value);
        } else if constexpr (std::floating_point<Value>) {
            bind_real(index, value);
        } else {
            static_assert(std::signed_integral<Value>, "text, numbers and optionals of them");
            bind_integer(index, value);
        }
    }
    template <class Value>
    void bind_one(int index, const std::optional<Value>& value) {
        value ? bind_one(index, *value) : bind_null(index);
    }

    sqlite3* connection_;
    sqlite3_stmt* statement_ = nullptr;
};

class Connection {
public:
    enum class Mode { read, write, create };

    // Waits up to five seconds for other connections before it says that the database is busy.
    Connection(const std::string& path, Mode mode);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // Any number of statements without arguments or results.
    void execute(const std::string& sql);
    [[nodiscard]] Statement prepare(std::string_view sql) { return {connection_, sql}; }
    // The first column of the first row.
    [[nodiscard]] std::int64_t integer(std::string_view sql);
    [[nodiscard]] std::string text(std::string_view sql);
    // The key of the latest row inserted.
    [[nodiscard]] std::int64_t last_row_id() const;
    [[nodiscard]] bool read_only() const;

private:
    sqlite3* connection_ = nullptr;
};

class Transaction {
public:
    explicit Transaction(Connection& connection) : connection_(&connection) {
        connection.execute("BEGIN IMMEDIATE");
    }
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    void commit() {
        connection_->execute("COMMIT");
        connection_ = nullptr;
    }

private:
    Connection* connection_;  // nothing once committed
};

}  // namespace shaketable
