// SPDX-License-Identifier: MIT
#include "sim/record/record.hpp"

#include <cstddef>
#include <cstdint>
#include <set>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using novacron::BugError;

struct Notebook final : Subscriber {
    std::vector<std::pair<Instant, Fact>> heard;
    void on_fact(Instant at, const Fact& fact) override { heard.emplace_back(at, fact); }
};

template <class F>
std::uint64_t fingerprint_of(Instant at, const F& fact) {
    Record record;
    record.add(at, fact);
    return record.fingerprint();
}

// Gives the field another value of its type, a small step away.
void change(bool& field) { field = !field; }
void change(std::uint32_t& field) { ++field; }
void change(std::uint64_t& field) { ++field; }
void change(Instant& field) { field = field + Duration{1}; }
template <class Tag, class Value>
void change(novacron::Id<Tag, Value>& field) {
    ++field.value;
}
template <class Tag>
void change(novacron::Ordinal<Tag>& field) {
    ++field;
}
template <class Enum>
requires std::is_enum_v<Enum>
void change(Enum& field) { field = static_cast<Enum>(static_cast<unsigned>(field) + 1); }

// The fact's own fields, to be written; `fact` is not const, so neither are they.
template <std::size_t I, class F>
auto& field_of(F& fact) {
    using Field =
        std::remove_const_t<std::remove_reference_t<decltype(std::get<I>(fact.values()))>>;
    return const_cast<Field&>(std::get<I>(fact.values()));
}

template <class F, std::size_t... I>
void require_fields_count(std::index_sequence<I...>) {
    const std::uint64_t before = fingerprint_of(Instant{5}, F{});
    std::set<std::uint64_t> seen = {before};
    const auto with_field_changed = [&]<std::size_t N>() {
        F fact{};
        change(field_of<N>(fact));
        INFO(F::name << "." << F::fields[N]);
        REQUIRE(seen.insert(fingerprint_of(Instant{5}, fact)).second);
    };
    (with_field_changed.template operator()<I>(), ...);
}

template <std::size_t... K>
void require_all_fields_count(std::index_sequence<K...>) {
    (require_fields_count<std::variant_alternative_t<K, Fact>>(
         std::make_index_sequence<std::variant_alternative_t<K, Fact>::fields.size()>{}),
     ...);
}

template <std::size_t... K>
std::set<std::uint64_t> fingerprints_of_empty_facts(std::index_sequence<K...>) {
    return {fingerprint_of(Instant{5}, std::variant_alternative_t<K, Fact>{})...};
}

void add_many(Record& record, std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t i = from; i < to; ++i) {
        record.add(Instant{static_cast<std::int64_t>(i)}, CommitAdvanced{NodeId{0}, LogIndex{i}});
    }
}

}  // namespace

TEST_CASE("record: the fingerprint hangs on every field of every kind of fact") {
    require_all_fields_count(std::make_index_sequence<kFactKinds>{});
}

TEST_CASE("record: facts of different kinds with the same content have different fingerprints") {
    REQUIRE(fingerprints_of_empty_facts(std::make_index_sequence<kFactKinds>{}).size() ==
            kFactKinds);
}

TEST_CASE("record: the fingerprint hangs on the instant to the nanosecond") {
    const NodePaused fact{NodeId{1}};
    REQUIRE(fingerprint_of(Instant{7}, fact) != fingerprint_of(Instant{8}, fact));
    REQUIRE(fingerprint_of(Instant{7}, fact) == fingerprint_of(Instant{7}, fact));
}

TEST_CASE("record: two fields that change places give another fingerprint") {
    const PacketDelivered there{HostId{1}, HostId{2}, PacketKind::append, Term{3}};
    const PacketDelivered back{HostId{2}, HostId{1}, PacketKind::append, Term{3}};
    REQUIRE(fingerprint_of(Instant{1}, there) != fingerprint_of(Instant{1}, back));
}

TEST_CASE("record: the fingerprint hangs on the order of facts of one instant") {
    Record one;
    one.add(Instant{1}, NodePaused{NodeId{0}});
    one.add(Instant{1}, NodePaused{NodeId{1}});
    Record other;
    other.add(Instant{1}, NodePaused{NodeId{1}});
    other.add(Instant{1}, NodePaused{NodeId{0}});
    REQUIRE(one.fingerprint() != other.fingerprint());
}

TEST_CASE("record: the fingerprint hangs on how often a fact was added") {
    Record once;
    once.add(Instant{1}, NodePaused{NodeId{0}});
    Record twice;
    twice.add(Instant{1}, NodePaused{NodeId{0}});
    twice.add(Instant{1}, NodePaused{NodeId{0}});
    REQUIRE(once.fingerprint() != twice.fingerprint());
    REQUIRE(Record().fingerprint() != once.fingerprint());
}

TEST_CASE("record: who listens does not change the fingerprint") {
    Record quiet;
    Record watched;
    Notebook listener;
    watched.subscribe_to_all(listener);
    add_many(quiet, 0, 5000);
    add_many(watched, 0, 5000);
    REQUIRE(quiet.fingerprint() == watched.fingerprint());
    REQUIRE(quiet.count() == watched.count());
    REQUIRE(listener.heard.size() == 5000);
}

TEST_CASE("record: facts never go backwards in time") {
    Record record;
    record.add(Instant{5}, NodePaused{NodeId{0}});
    REQUIRE_NOTHROW(record.add(Instant{5}, NodeResumed{NodeId{0}}));
    REQUIRE_THROWS_AS(record.add(Instant{4}, NodePaused{NodeId{0}}), BugError);
}

TEST_CASE("record: a subscriber hears the kinds it asked for, in order, and no others") {
    Record record;
    Notebook some;
    Notebook all;
    record.subscribe<NodePaused, FaultEnded>(some);
    record.subscribe_to_all(all);
    record.add(Instant{1}, NodePaused{NodeId{3}});
    record.add(Instant{2}, NodeResumed{NodeId{3}});
    record.add(Instant{3}, FaultEnded{FaultId{4}});
    record.add(Instant{3}, NodePaused{NodeId{5}});
    REQUIRE(all.heard.size() == 4);
    REQUIRE(some.heard.size() == 3);
    REQUIRE(some.heard[0].first == Instant{1});
    REQUIRE(std::get<NodePaused>(some.heard[0].second).node == NodeId{3});
    REQUIRE(std::get<FaultEnded>(some.heard[1].second).fault == FaultId{4});
    REQUIRE(std::get<NodePaused>(some.heard[2].second).node == NodeId{5});
}

TEST_CASE("record: subscribers of one kind hear of it in the order in which they came") {
    struct Named final : Subscriber {
        Named(int own_name, std::vector<int>& all_calls) : name(own_name), calls(all_calls) {}
        void on_fact(Instant, const Fact&) override { calls.push_back(name); }
        int name;
        std::vector<int>& calls;
    };
    std::vector<int> calls;
    Named first(1, calls);
    Named second(2, calls);
    Record record;
    record.subscribe<NodePaused>(first);
    record.subscribe<NodePaused>(second);
    record.add(Instant{1}, NodePaused{NodeId{0}});
    REQUIRE(calls == std::vector<int>{1, 2});
}

TEST_CASE("record: a listener hears the kinds it is made for, in order, and no others") {
    struct Roll final : ListensTo<NodeStarted, NodeStopped> {
        void on(Instant at, const NodeStarted& fact) override { in.emplace_back(at, fact.node); }
        void on(Instant at, const NodeStopped& fact) override { out.emplace_back(at, fact.node); }
        std::vector<std::pair<Instant, NodeId>> in;
        std::vector<std::pair<Instant, NodeId>> out;
    };
    Record record;
    Roll roll;
    record.listen(roll);
    record.add(Instant{1}, NodeStarted{NodeId{4}, Term{}, NodeId{}, LogIndex{}});
    record.add(Instant{2}, NodePaused{NodeId{4}});
    record.add(Instant{3}, NodeStopped{NodeId{4}, StopCause::crash});
    record.add(Instant{3}, NodeStopped{NodeId{5}, StopCause::crash});
    REQUIRE(roll.in == std::vector{std::pair(Instant{1}, NodeId{4})});
    REQUIRE(roll.out ==
            std::vector{std::pair(Instant{3}, NodeId{4}), std::pair(Instant{3}, NodeId{5})});
}

TEST_CASE("record: listeners hear of a fact before subscribers, each in the order they came") {
    std::vector<int> calls;
    struct Early final : ListensTo<NodePaused> {
        Early(int own_name, std::vector<int>& all_calls) : name(own_name), calls(all_calls) {}
        void on(Instant, const NodePaused&) override { calls.push_back(name); }
        int name;
        std::vector<int>& calls;
    };
    struct Late final : Subscriber {
        explicit Late(std::vector<int>& all_calls) : calls(all_calls) {}
        void on_fact(Instant, const Fact&) override { calls.push_back(3); }
        std::vector<int>& calls;
    };
    Late subscriber(calls);
    Early first(1, calls);
    Early second(2, calls);
    Record record;
    record.subscribe_to_all(subscriber);
    record.listen(first);
    record.listen(second);
    record.add(Instant{1}, NodePaused{NodeId{0}});
    REQUIRE(calls == std::vector<int>{1, 2, 3});
}

TEST_CASE("record: a subscriber hears nothing from before it came") {
    Record record;
    record.add(Instant{1}, NodePaused{NodeId{0}});
    Notebook late;
    record.subscribe_to_all(late);
    record.add(Instant{2}, NodeResumed{NodeId{0}});
    REQUIRE(late.heard.size() == 1);
}

TEST_CASE("record: there are eight to sixteen checkpoints, however long the run is") {
    Record record;
    add_many(record, 0, 8 * 1024);
    for (std::uint64_t i = 8 * 1024; i < 600'000; ++i) {
        add_many(record, i, i + 1);
        if (record.checkpoints().size() < 8 || record.checkpoints().size() > 16) {
            FAIL(record.checkpoints().size() << " checkpoints after " << i + 1 << " facts");
        }
    }
}

TEST_CASE("record: a checkpoint holds the fingerprint of the facts up to it") {
    constexpr std::uint64_t kFacts = 100'000;
    Record record;
    std::vector<std::uint64_t> after = {record.fingerprint()};
    for (std::uint64_t i = 0; i < kFacts; ++i) {
        add_many(record, i, i + 1);
        after.push_back(record.fingerprint());
    }
    std::uint64_t before = 0;
    for (const Checkpoint& checkpoint : record.checkpoints()) {
        REQUIRE(checkpoint.facts > before);
        before = checkpoint.facts;
        REQUIRE(checkpoint.digest == after[checkpoint.facts]);
        REQUIRE(checkpoint.at == Instant{static_cast<std::int64_t>(checkpoint.facts) - 1});
    }
}

TEST_CASE("record: checkpoints are evenly spaced and reach to within a step of the end") {
    for (const std::uint64_t facts : {8'192U, 16'384U, 50'000U, 131'072U, 333'333U}) {
        Record record;
        add_many(record, 0, facts);
        const std::vector<Checkpoint>& kept = record.checkpoints();
        const std::uint64_t step = kept[0].facts;
        INFO(facts << " facts, a step of " << step);
        REQUIRE((step & (step - 1)) == 0);
        for (std::size_t i = 0; i < kept.size(); ++i) REQUIRE(kept[i].facts == step * (i + 1));
        REQUIRE(facts - kept.back().facts < step);
    }
}

TEST_CASE("record: two runs that part agree in the checkpoints before and differ in those after") {
    Record one;
    Record other;
    add_many(one, 0, 40'000);
    add_many(other, 0, 40'000);
    one.add(Instant{40'000}, NodePaused{NodeId{0}});
    other.add(Instant{40'000}, NodePaused{NodeId{1}});
    add_many(one, 40'001, 90'000);
    add_many(other, 40'001, 90'000);
    REQUIRE(one.checkpoints().size() == other.checkpoints().size());
    for (std::size_t i = 0; i < one.checkpoints().size(); ++i) {
        const Checkpoint& a = one.checkpoints()[i];
        const Checkpoint& b = other.checkpoints()[i];
        REQUIRE(a.facts == b.facts);
        REQUIRE((a.digest == b.digest) == (a.facts <= 40'000));
    }
}
