// SPDX-License-Identifier: MIT
//
// Small random histories, with answers that were made up or are nearly right, against a search that
// tries every order and knows no short cuts.
#include <algorithm>
#include <array>
#include <optional>

#include "core/base/random.hpp"
#include "sim/history/linearizability.hpp"
#include "sim/history/log_order.hpp"
#include "tests/catch.hpp"

namespace shaketable::history {
namespace {

using novacron::Random;
using Answer = Verdict::Answer;

struct Recipe {
    std::uint32_t operations = 6;
    std::uint32_t processes = 3;
    std::uint32_t values = 2;
    bool lists = false;
    bool log = false;  // tells the order in which the operations took effect
};

// Every order, one operation at a time.
class Oracle {
public:
    Oracle(const History& history, std::uint32_t cut) : history_(history), cut_(cut) {
        for (const Operation& operation : history.operations) {
            placed_.push_back(operation.invoked >= cut);
        }
    }
    bool linearizable(Value state = kNil, Lists lists = {}) {
        bool rest = false;
        for (std::size_t i = 0; i < placed_.size(); ++i) rest = rest || (!placed_[i] && sure(i));
        if (!rest) return true;
        for (std::size_t i = 0; i < placed_.size(); ++i) {
            if (placed_[i] || too_early(i)) continue;
            Lists grown = lists.size() > 1 ? lists : history_.lists;
            const auto after = step(history_.operations[i], state, sure(i), grown);
            if (!after) continue;
            placed_[i] = true;
            if (linearizable(*after, grown)) return true;
            placed_[i] = false;
        }
        return false;
    }

private:
    bool sure(std::size_t i) const { return history_.operations[i].completed < cut_; }
    bool too_early(std::size_t i) const {
        for (std::size_t j = 0; j < placed_.size(); ++j) {
            if (!placed_[j] && sure(j) &&
                history_.operations[j].completed < history_.operations[i].invoked) {
                return true;
            }
        }
        return false;
    }
    static std::optional<Value> step(const Operation& o, Value state, bool sure, Lists& lists) {
        switch (o.function) {
            case Function::read:
                return !sure || o.expected == state ? std::optional(state) : std::nullopt;
            case Function::write: return o.value;
            case Function::append: return lists.extended(state, o.value);
            case Function::compare_and_set:
                return o.expected == state ? std::optional(o.value) : std::nullopt;
        }
        return std::nullopt;
    }

    const History& history_;
    std::uint32_t cut_;
    std::vector<bool> placed_;
};

// Operations take effect somewhere in their intervals; then one answer in three histories is
// changed.
class Maker {
public:
    Maker(Recipe recipe, Random random) : recipe_(recipe), random_(random) {
        under_way_.resize(recipe.processes, kNever);
        history_.model = recipe.lists ? Model::list_append : Model::single_register;
        for (std::uint32_t i = 0; i < recipe.processes; ++i) {
            history_.processes.push_back(std::to_string(i));
        }
        for (std::uint32_t i = 1; i <= recipe.values; ++i) {
            history_.values.push_back(std::to_string(i));
        }
    }
    History make() {
        while (history_.operations.size() < recipe_.operations) step();
        for (int i = 0; i < 8; ++i) {
            if (history_.operations.size() > 0) step_open();
        }
        if (random_.below(3) > 0) spoil();
        return std::move(history_);
    }

private:
    Value any() { return static_cast<Value>(1 + random_.below(recipe_.values)); }
    void step() {
        const auto process = static_cast<std::uint32_t>(random_.below(recipe_.processes));
        if (under_way_[process] == kNever) {
            begin(process);
        } else {
            go_on(process);
        }
    }
    void step_open() {
        const auto process = static_cast<std::uint32_t>(random_.below(recipe_.processes));
        if (under_way_[process] != kNever) go_on(process);
    }
    void begin(std::uint32_t process) {
        Operation operation;
        operation.process = process;
        operation.invoked = history_.events++;
        const std::uint64_t dice = random_.below(recipe_.lists ? 2 : 3);
        if (dice == 1) operation.function = recipe_.lists ? Function::append : Function::write;
        if (dice == 2) operation.function = Function::compare_and_set;
        if (dice == 2) operation.expected = any();
        if (dice > 0) operation.value = any();
        under_way_[process] = static_cast<std::uint32_t>(history_.operations.size());
        history_.operations.push_back(operation);
        done_.push_back(false);
    }
    void go_on(std::uint32_t process) {
        const std::uint32_t i = under_way_[process];
        Operation& o = history_.operations[i];
        if (!done_[i] && random_.below(8) > 0) {
            take_effect(o);
            done_[i] = true;
        } else if (done_[i] && random_.below(5) > 0) {
            o.completed = history_.events++;
            under_way_[process] = kNever;
        } else {  // nobody will know
            o.log_index = 0;
            done_[i] = true;
            under_way_[process] = kNever;
        }
    }
    void take_effect(Operation& o) {
        if (o.function == Function::read) {
            o.expected = state_;
        } else if (o.function == Function::append) {
            state_ = history_.lists.extended(state_, o.value);
        } else if (o.function == Function::write || o.expected == state_) {
            state_ = o.value;
        } else {
            o.function = Function::read;  // a compare-and-set that failed: a read, as it were
            o.expected = state_;
            o.value = kNil;
        }
        if (o.function != Function::read) ++index_;
        if (recipe_.log) o.log_index = index_ + 1;
    }
    void spoil() {
        Operation& o = history_.operations[random_.below(history_.operations.size())];
        if (o.function != Function::read) return;
        o.expected = recipe_.lists ? static_cast<Value>(random_.below(history_.lists.size()))
                                   : static_cast<Value>(random_.below(recipe_.values + 1));
    }

    Recipe recipe_;
    Random random_;
    History history_;
    std::vector<std::uint32_t> under_way_;
    std::vector<bool> done_;
    Value state_ = kNil;
    std::uint64_t index_ = 0;
};

std::array<int, 2> compare(const char* name, Recipe recipe, std::uint64_t seeds) {
    std::array<int, 2> answers{};
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        INFO(name << " seed " << seed);
        Recipe varied = recipe;
        Random random = Random(seed).fork(name);
        varied.operations = static_cast<std::uint32_t>(1 + random.below(recipe.operations));
        const History history = Maker(varied, random.fork("history")).make();
        const bool truth = Oracle(history, kNever).linearizable();
        const Verdict verdict = check(history);
        REQUIRE(verdict.answer == (truth ? Answer::linearizable : Answer::not_linearizable));
        if (recipe.log && log_order_holds(history)) REQUIRE(truth);
        ++answers[truth ? 1 : 0];
        if (truth) continue;
        // The offence ends with the first completion that can't be placed.
        REQUIRE(verdict.offence->shortest);
        const std::uint32_t end = history.operations[verdict.offence->misfit].completed;
        REQUIRE_FALSE(Oracle(history, end + 1).linearizable());
        REQUIRE(Oracle(history, end).linearizable());
    }
    return answers;
}

}  // namespace

TEST_CASE("history: the search agrees with every order tried, on registers", "[history]") {
    const auto two = compare("two values", {7, 3, 2, false, false}, 12000);
    const auto more = compare("more values", {8, 4, 4, false, false}, 12000);
    // Of both kinds there are many, or nothing would be shown.
    CHECK(two[0] > 300);
    CHECK(two[1] > 300);
    CHECK(more[0] > 300);
    CHECK(more[1] > 300);
}

TEST_CASE("history: the search agrees with every order tried, on lists", "[history]") {
    const auto few = compare("few elements", {7, 3, 2, true, false}, 12000);
    const auto own = compare("more elements", {7, 4, 9, true, false}, 12000);
    CHECK(few[0] > 200);
    CHECK(few[1] > 300);
    CHECK(own[0] > 200);
    CHECK(own[1] > 300);
}

TEST_CASE("history: the log's order holds only if some order does, and mostly if it is true",
          "[history]") {
    std::array<int, 2> shortcuts{};
    for (const bool lists : {false, true}) {
        compare("log", {7, 3, 3, lists, true}, 2000);
        for (std::uint64_t seed = 1; seed <= 500; ++seed) {
            INFO("seed " << seed);
            const History history =
                Maker({7, 3, 3, lists, true}, Random(seed).fork("honest")).make();
            const Verdict verdict = check(history);
            if (verdict.answer != Answer::linearizable) continue;
            ++shortcuts[verdict.method == Verdict::Method::log_order ? 1 : 0];
        }
    }
    CHECK(shortcuts[1] > shortcuts[0] * 4);
}

}  // namespace shaketable::history
