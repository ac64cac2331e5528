// SPDX-License-Identifier: MIT
//
// Facts as columns of numbers, one table for each kind: for those who compute with them.
//
// Intuition: a column only ever grows, so whoever looks at its first n values may go on doing so
// while it does. A view shares the memory; when that is full the column moves on to a larger one,
// and the old one lives as long as someone looks at it.
//
// Invariants: (1) what a view shows never changes, and stays valid whatever becomes of the column.
//             (2) nothing is copied for a view. Growing costs a copy of each value in the mean.
// Units: `at_ns` and whatever ends in `_ns` are nanoseconds since the run's start. Hosts, nodes and
// faults count from 0, nobody is 2^32 - 1; words are numbers into words_of() of their enumeration.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>

#include "sim/record/record.hpp"
#include "sim/record/words.hpp"

namespace shaketable {

template <class T>
struct ColumnView {
    std::shared_ptr<const T[]> data;  // null if it is empty
    std::size_t size = 0;
};

template <class T>
class Column {
public:
    void push(T value) {
        if (size_ == capacity_) grow();
        data_.get()[size_++] = value;
    }
    ColumnView<T> view() const { return {data_, size_}; }
    std::size_t size() const { return size_; }

private:
    void grow() {
        const std::size_t capacity = std::max<std::size_t>(64, 2 * capacity_);
        std::shared_ptr<T[]> larger(new T[capacity]);
        std::copy_n(data_.get(), size_, larger.get());
        data_ = std::move(larger);
        capacity_ = capacity;
    }

    std::shared_ptr<T[]> data_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

namespace detail {

// A field as a column has it.
constexpr bool stored(bool value) { return value; }
constexpr std::uint32_t stored(std::uint32_t value) { return value; }
constexpr std::uint64_t stored(std::uint64_t value) { return value; }
constexpr std::int64_t stored(Instant value) { return value.ns; }
template <class Tag>
constexpr std::uint32_t stored(novacron::Id<Tag> value) {
    return value.value;
}
template <class Tag>
constexpr std::uint64_t stored(novacron::Ordinal<Tag> value) {
    return value.value;
}
template <class Enum>
requires std::is_enum_v<Enum>
constexpr std::uint8_t stored(Enum value) { return static_cast<std::uint8_t>(value); }

template <class Values>
struct ColumnsOf;
template <class... Fields>
struct ColumnsOf<std::tuple<Fields...>> {
    using Type = std::tuple<Column<decltype(stored(std::declval<Fields>()))>...>;
};

}  // namespace detail

// The facts of one kind.
template <class F>
class FactColumns final : public ListensTo<F> {
public:
    // Tells the visitor of each column: its name, its view, and its words if it holds words.
    template <class Visit>
    void each(const Visit& visit) const {
        visit(std::string("at_ns"), at_.view(), Words{});
        each_field(visit, std::make_index_sequence<F::fields.size()>{});
    }

private:
    using Values = decltype(std::declval<F>().values());
    template <std::size_t I>
    using Field = std::remove_cvref_t<std::tuple_element_t<I, Values>>;

    void on(Instant at, const F& fact) override {
        at_.push(at.ns);
        push(fact.values(), std::make_index_sequence<F::fields.size()>{});
    }
    template <std::size_t... I>
    void push(const Values& values, std::index_sequence<I...>) {
        (std::get<I>(columns_).push(detail::stored(std::get<I>(values))), ...);
    }
    template <class Visit, std::size_t... I>
    void each_field(const Visit& visit, std::index_sequence<I...>) const {
        (visit(name_of_field<I>(), std::get<I>(columns_).view(), words_of_field<I>()), ...);
    }
    template <std::size_t I>
    static std::string name_of_field() {
        return std::string(F::fields[I]) + (std::is_same_v<Field<I>, Instant> ? "_ns" : "");
    }
    template <std::size_t I>
    static constexpr Words words_of_field() {
        if constexpr (std::is_enum_v<Field<I>>) {
            return words_of(Field<I>{});
        } else {
            return {};
        }
    }

    Column<std::int64_t> at_;
    typename detail::ColumnsOf<Values>::Type columns_;
};

// The facts of all kinds.
class FactTable {
public:
    // Keeps all facts from now on. REQUIRES: the record is used only while this lives.
    void listen(Record& record) {
        std::apply([&](auto&... columns) { (record.listen(columns), ...); }, tables_);
    }

    // Tells the visitor of each column of the facts of a kind, as FactColumns does. False if there
    // is no such kind.
    template <class Visit>
    bool each_column(std::string_view kind, const Visit& visit) const {
        return each_column(kind, visit, std::make_index_sequence<kFactKinds>{});
    }

    static constexpr std::array<std::string_view, kFactKinds> kinds() {
        return kinds(std::make_index_sequence<kFactKinds>{});
    }

private:
    template <class Variant>
    struct TablesOf;
    template <class... Facts>
    struct TablesOf<std::variant<Facts...>> {
        using Type = std::tuple<FactColumns<Facts>...>;
    };

    template <class Visit, std::size_t... I>
    bool each_column(std::string_view kind, const Visit& visit, std::index_sequence<I...>) const {
        const auto visit_one = [&](std::string_view name, const auto& columns) {
            if (name != kind) return false;
            columns.each(visit);
            return true;
        };
        return (visit_one(std::variant_alternative_t<I, Fact>::name, std::get<I>(tables_)) || ...);
    }
    template <std::size_t... I>
    static constexpr std::array<std::string_view, kFactKinds> kinds(std::index_sequence<I...>) {
        return {std::variant_alternative_t<I, Fact>::name...};
    }

    TablesOf<Fact>::Type tables_;
};

}  // namespace shaketable
