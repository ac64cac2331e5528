// SPDX-License-Identifier: MIT
#include "sim/history/search.hpp"

#include <algorithm>

#include "core/base/digest.hpp"
#include "sim/history/rings.hpp"
#include "sim/history/seen.hpp"

namespace shaketable::history {
namespace {

constexpr Value kAny = kNever;         // no state in particular
constexpr Value kBeyond = kNever - 1;  // a list that nobody reads any more

// An operation as the search sees it.
struct Task {
    std::uint32_t number = 0;  // among the operations given
    std::uint32_t invoked = 0;
    std::uint32_t completed = kNever;
    Value needs = kAny;
    Value gives = kAny;  // the state after it; of an append the element
    bool appends = false;
    bool pure = false;       // leaves the state as it is
    std::uint32_t kind = 0;  // equal for tasks that are alike
    bool sure() const { return completed != kNever; }
};

class Search {
public:
    Search(std::span<const Operation> operations, const Lists& lists, std::uint32_t cut,
           Budget& budget)
        : lists_(lists), budget_(budget) {
        collect(operations, cut);
        drop_what_nobody_sees();
        appending_ = std::any_of(tasks_.begin(), tasks_.end(), [](auto& t) { return t.appends; });
        if (appending_) {
            number_lists();
        } else {
            number_values();
        }
        number_kinds();
        link();
    }

    Found run() {
        Found result;
        result.answer = impossible() ? Found::Answer::refuted : walk();
        result.reached = reached_;
        if (result.answer == Found::Answer::found) {
            for (const Placed& placed : placed_) {
                result.witness.push_back(tasks_[placed.task].number);
            }
        }
        return result;
    }

private:
    using Answer = Found::Answer;
    struct Placed {
        std::uint32_t task;
        Value state;  // before it
        bool unseen;  // likewise
    };
    // A decision: at the completion `position`, one of the candidates [first, last) was placed.
    struct Frame {
        std::uint32_t position;
        std::uint32_t placed;  // how many were placed before the decision
        std::uint32_t first;
        std::uint32_t next;
    };

    void collect(std::span<const Operation> operations, std::uint32_t cut) {
        for (std::uint32_t i = 0; i < operations.size(); ++i) {
            const Operation& operation = operations[i];
            if (operation.invoked >= cut) break;
            Task task;
            task.number = i;
            task.invoked = operation.invoked;
            task.completed = operation.completed < cut ? operation.completed : kNever;
            const Function function = operation.function;
            if (function == Function::read && !task.sure()) continue;
            task.appends = function == Function::append;
            const bool looks = function == Function::read || function == Function::compare_and_set;
            if (looks) task.needs = operation.expected;
            task.gives = function == Function::read ? operation.expected : operation.value;
            task.pure = !task.appends && task.needs == task.gives;
            if (task.pure && !task.sure()) continue;
            tasks_.push_back(task);
        }
    }

    void number_kinds() {
        novacron::FlatMap<std::uint32_t> kinds;
        for (Task& task : tasks_) {
            const auto [kind, is_new] =
                kinds.insert((std::uint64_t{task.needs} << 32U) | task.gives);
            if (is_new) *kind = static_cast<std::uint32_t>(kinds.size() - 1);
            task.kind = *kind;
        }
        best_.assign(kinds.size(), {0, 0});
    }

    // Gives the values that occur here numbers of their own, without gaps.
    void number_values() {
        novacron::FlatMap<Value> numbers;
        numbers.insert(kNil);
        const auto number = [&](Value& value) {
            if (value == kAny) return;
            const auto [place, is_new] = numbers.insert(value);
            if (is_new) *place = static_cast<Value>(numbers.size() - 1);
            value = *place;
        };
        for (Task& task : tasks_) {
            number(task.needs);
            number(task.gives);
        }
        may_see_.assign(numbers.size(), 0);
    }

    // The longest list that must be seen is the goal: whatever is appended before leads towards it.
    // A list on the way is known by its length, any other gets a number beyond.
    void number_lists() {
        std::uint32_t longest = 0;
        for (const Task& task : tasks_) {
            if (!task.appends && lists_.length(task.needs) > lists_.length(longest)) {
                longest = task.needs;
            }
        }
        novacron::FlatMap<Value> numbers;
        way_.resize(lists_.length(longest));
        for (std::uint32_t at = longest; at != 0; at = lists_.shorter(at)) {
            *numbers.insert(at).first = lists_.length(at);
            way_[lists_.length(at) - 1] = lists_.last(at);
        }
        numbers.insert(0);
        for (Task& task : tasks_) {
            if (task.appends) continue;
            const auto [place, is_new] = numbers.insert(task.needs);
            if (is_new) *place = static_cast<Value>(numbers.size() - 1);
            task.needs = task.gives = *place;
        }
        may_see_.assign(numbers.size(), 0);
    }

    // A write that perhaps took place, whose value nobody saw, might as well not have.
    void drop_what_nobody_sees() {
        novacron::FlatMap<bool> seen;
        for (const Task& task : tasks_) {
            if (task.needs != kAny) seen.insert(task.needs);
        }
        std::erase_if(tasks_, [&](const Task& task) {
            return !task.sure() && !task.appends && seen.find(task.gives) == nullptr;
        });
    }

    void link() {
        const auto count_of = static_cast<std::uint32_t>(tasks_.size());
        const auto states = static_cast<std::uint32_t>(may_see_.size());
        waiting_ = Rings(count_of, 1);
        seers_ = Rings(count_of, states);
        givers_ = Rings(count_of, states);
        is_placed_.assign(count_of, false);
        for (std::uint32_t i = 0; i < count_of; ++i) {
            const Task& task = tasks_[i];
            waiting_.append(0, i);
            if (task.sure()) completions_.push_back(i);
            if (task.needs != kAny) ++may_see_[task.needs];
            if (!task.appends && !task.pure) givers_.append(task.gives, i);
        }
        std::sort(completions_.begin(), completions_.end(),
                  [&](auto a, auto b) { return tasks_[a].completed < tasks_[b].completed; });
        for (const std::uint32_t i : completions_) {
            if (tasks_[i].needs != kAny) seers_.append(tasks_[i].needs, i);
        }
    }

    // Whether the state, once left, must be there again before anybody can bring it back. The task
    // is about to be placed and needs nothing any more.
    bool is_missed(Value state, std::uint32_t task) const {
        std::uint32_t seer = seers_.first(state);
        if (seer == task) seer = seers_.after(seer);
        if (seers_.is_end(seer)) return false;
        const std::uint32_t giver = givers_.first(state);
        return givers_.is_end(giver) || tasks_[giver].invoked > tasks_[seer].completed;
    }

    // Somebody saw what nobody could have brought about.
    bool impossible() const {
        if (appending_) return false;
        for (Value value = 1; value < may_see_.size(); ++value) {
            if (is_missed(value, kNever)) return true;
        }
        return false;
    }

    Value state_after(const Task& task) const {
        if (!task.appends) return task.gives;
        return state_ == kBeyond || state_ == way_.size() ? kBeyond : state_ + 1;
    }

    // Whether the task could be placed now, and something come of it.
    bool allowed(std::uint32_t i) const {
        const Task& task = tasks_[i];
        if (task.needs != kAny && task.needs != state_) return false;
        if (unseen_ && task.needs == kAny) return false;
        if (state_ == kBeyond) return true;
        if (task.appends && state_ < way_.size() && way_[state_] != task.gives) return false;
        return state_after(task) == state_ || !is_missed(state_, i);
    }

    void place(std::uint32_t i) {
        const Task& task = tasks_[i];
        placed_.push_back({i, state_, unseen_});
        const Value after = state_after(task);
        unseen_ = !task.sure() && !task.appends;
        state_ = after;
        is_placed_[i] = true;
        waiting_.leave(i);
        seers_.leave(i);
        givers_.leave(i);
        digest_.add(i);
        if (task.needs != kAny) --may_see_[task.needs];
    }

    void take_back_to(std::uint32_t placed) {
        while (placed_.size() > placed) {
            const Placed last = placed_.back();
            placed_.pop_back();
            waiting_.come_back(last.task);
            seers_.come_back(last.task);
            givers_.come_back(last.task);
            is_placed_[last.task] = false;
            state_ = last.state;
            unseen_ = last.unseen;
            digest_.remove(last.task);
            if (tasks_[last.task].needs != kAny) ++may_see_[tasks_[last.task].needs];
        }
    }

    template <class Visit>
    void each_open(std::uint32_t position, const Visit& visit) {
        const std::uint32_t now = tasks_[completions_[position]].completed;
        for (std::uint32_t i = waiting_.first(0); !waiting_.is_end(i);) {
            if (tasks_[i].invoked > now) break;
            const std::uint32_t following = waiting_.after(i);
            visit(i);
            i = following;
        }
    }

    // Rule 1.
    void place_what_changes_nothing(std::uint32_t position) {
        each_open(position, [&](std::uint32_t i) {
            if (tasks_[i].pure && tasks_[i].needs == state_) place(i);
        });
    }

    // Rule 4, before the task that overwrites the state.
    void place_what_nobody_will_see(std::uint32_t position, std::uint32_t next_task) {
        if (tasks_[next_task].appends || tasks_[next_task].needs != kAny) return;
        each_open(position, [&](std::uint32_t i) {
            const Task& task = tasks_[i];
            if (i == next_task || !task.sure() || task.appends || task.needs != kAny) return;
            if (may_see_[task.gives] == 0) place(i);
        });
    }

    // Of tasks alike the most urgent one, the one that must be placed now first of all, then what
    // gives it the state it needs.
    void add_candidates(std::uint32_t position) {
        const std::uint32_t due = completions_[position];
        const auto first = static_cast<std::uint32_t>(candidates_.size());
        ++stamp_;
        each_open(position, [&](std::uint32_t i) {
            const Task& task = tasks_[i];
            if (!allowed(i)) return;
            Best& best = best_[task.kind];
            if (best.stamp == stamp_) {
                std::uint32_t& rival = candidates_[best.at];
                if (task.completed < tasks_[rival].completed) rival = i;
                return;
            }
            best = {stamp_, static_cast<std::uint32_t>(candidates_.size())};
            candidates_.push_back(i);
        });
        const auto rank = [&](std::uint32_t i) {
            if (i == due) return 0;
            if (tasks_[due].needs != kAny && tasks_[i].gives == tasks_[due].needs) return 1;
            return 2;
        };
        // The last is tried first.
        std::sort(candidates_.begin() + first, candidates_.end(), [&](auto a, auto b) {
            if (rank(a) != rank(b)) return rank(a) > rank(b);
            if (tasks_[a].completed != tasks_[b].completed) {
                return tasks_[a].completed > tasks_[b].completed;
            }
            return a > b;
        });
    }

    // Tries the next candidate of the latest decision that has one left. False if none has.
    bool decide(std::uint32_t& position) {
        while (!frames_.empty()) {
            Frame& frame = frames_.back();
            take_back_to(frame.placed);
            candidates_.resize(frame.next);
            if (frame.next == frame.first) {
                frames_.pop_back();
                continue;
            }
            const std::uint32_t task = candidates_[--frame.next];
            position = frame.position;
            place_what_nobody_will_see(position, task);
            place(task);
            return true;
        }
        return false;
    }

    Answer walk() {
        std::uint32_t position = 0;
        for (;;) {
            while (position < completions_.size() && is_placed_[completions_[position]]) ++position;
            if (position == completions_.size()) {
                reached_ = kNever;
                return Answer::found;
            }
            reached_ = std::max(reached_, tasks_[completions_[position]].completed);
            place_what_changes_nothing(position);
            if (is_placed_[completions_[position]]) continue;
            if (budget_.steps == 0) return Answer::out_of_budget;
            if (--budget_.steps % 1024 == 0 && budget_.stop()) return Answer::out_of_budget;
            if (seen_.insert(digest_.with(position, state_, unseen_))) {
                const auto first = static_cast<std::uint32_t>(candidates_.size());
                add_candidates(position);
                frames_.push_back({position, static_cast<std::uint32_t>(placed_.size()), first,
                                   static_cast<std::uint32_t>(candidates_.size())});
            }
            if (!decide(position)) return Answer::refuted;
        }
    }

    struct Best {
        std::uint64_t stamp;
        std::uint32_t at;
    };

    const Lists& lists_;
    Budget& budget_;
    std::vector<Task> tasks_;                 // in the order of invocation
    std::vector<std::uint32_t> completions_;  // sure tasks in the order of completion
    std::vector<bool> is_placed_;
    // Of what is not placed yet:
    Rings waiting_;                       // all, in the order of invocation
    Rings seers_;                         // by state, who surely saw it, the first to complete
    Rings givers_;                        // by state, who leads to it, the first invoked
    std::vector<std::uint32_t> may_see_;  // by state, how many see it if they take place
    std::vector<Value> way_;              // the elements of the longest list seen
    bool appending_ = false;

    Value state_ = kNil;
    bool unseen_ = false;  // what was placed last may never have happened, and nobody has seen it
    std::uint32_t reached_ = 0;
    std::vector<Placed> placed_;
    std::vector<Frame> frames_;
    std::vector<std::uint32_t> candidates_;
    std::vector<Best> best_;  // by kind
    std::uint64_t stamp_ = 0;
    SetDigest digest_;
    Seen seen_;
};

}  // namespace

Found search(std::span<const Operation> operations, const Lists& lists, std::uint32_t cut,
             Budget& budget) {
    return Search(operations, lists, cut, budget).run();
}

}  // namespace shaketable::history
