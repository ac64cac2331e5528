// SPDX-License-Identifier: MIT
//
// A run by hand: let time pass, look, break something, look again.
//
// Intuition: a drill writes its scenario as it goes. Whatever is injected or healed is entered into
// that scenario first, through the rules of scenario files, and then the world goes on by the
// schedule that follows from it. So a drill can't do what a file can't say, and scenario() run from
// the start is the same run.
//
// Where a drill stands: at an instant, after the faults that start and end then and before
// everything else that happens then. There a fault of `at: now` strikes too.
//
// Invariants: (1) run(scenario(), seed) gives the facts of the drill, to the last bit, followed by
//                 what is still to come.
//             (2) what is refused changes nothing.
// At one instant ends come before starts. An end that would come too late for that, because a fault
// has started at the same instant, comes a nanosecond later.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/raft/types.hpp"
#include "sim/measure/operations.hpp"
#include "sim/measure/recovery.hpp"
#include "sim/measure/service.hpp"
#include "sim/run/result.hpp"
#include "sim/scenario/draft.hpp"

namespace shaketable {

struct World;

// What a drill can't do, and what could be meant instead.
class DrillError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

enum class NodeState : std::uint8_t { off, dead, starting, running, paused };
constexpr std::array<std::string_view, 5> kNodeStateNames = {"off", "dead", "starting", "running",
                                                             "paused"};

// A node as it stands. Of one that does not run: as it was when it stopped, without a role.
struct NodeStatus {
    std::string name;
    NodeState state = NodeState::off;
    std::optional<novacron::raft::Role> role;
    Term term;
    NodeId vote;    // none: not given in this term
    NodeId leader;  // as far as the node knows; none if it knows of none
    LogIndex commit, applied, last;
};

// What to wait for.
enum class Condition : std::uint8_t { leader, no_leader, healthy };

class Drill {
public:
    // `watch` is shown the record before the first fact. REQUIRES: the scenario was loaded.
    Drill(const Scenario& scenario, std::uint64_t seed,
          const std::function<void(Record&)>& watch = {});
    ~Drill();
    Drill(const Drill&) = delete;
    Drill& operator=(const Drill&) = delete;

    Instant now() const;
    // When the scenario ends. What happens at that very instant happens in finish().
    Instant end() const;
    bool finished() const;

    // Throws DrillError if the instant has passed or is after the end.
    void advance(Instant until);
    // Stops as soon as the condition holds, at the nanosecond after the event that made it so; at
    // `limit` in any case. Returns whether it holds.
    bool advance_until(Condition condition, Instant limit);
    // A time in a scenario's words, such as `cut.end + 5s`. Throws DrillError if there is no such.
    Instant instant_of(std::string_view moment) const;
    // Goes on to the end, that instant included.
    void finish();

    // Adds faults to the scenario, as Draft::add_faults does; one that is due strikes at once.
    // Returns what is wrong with them. Throws DrillError if one would have to strike in the past.
    std::vector<Diagnostic> inject(std::string_view yaml, const std::string& name = "inject");
    // Ends a fault that acts. Throws DrillError if none of this id does.
    void heal(std::string_view id);
    // Ends all that act.
    void heal_all();
    // The ids of the scenario's faults that act now, in the order in which they started; a storm
    // acts from its start to its end.
    std::vector<std::string> acting() const;

    bool holds(Condition condition) const;
    std::vector<NodeStatus> nodes() const;
    std::optional<NodeId> leader() const;
    const std::vector<OperationView>& operations() const;
    // Whether operations of the kind are served now, by the scenario's limit of latency.
    ServiceState service(OperationKind kind) const;

    // How long service was gone as counted from an instant, whatever fault there was; nothing if no
    // operation of the kind was issued since.
    std::optional<Recovery> recovery(OperationKind kind, Instant from) const;

    // What the drill has come to be.
    const Draft& draft() const { return draft_; }
    const Scenario& scenario() const { return draft_.scenario(); }
    std::uint64_t seed() const { return seed_; }
    // Digest of all facts so far.
    std::uint64_t fingerprint() const;
    // So far; the verdict needs the whole duration.
    Result result() const;

private:
    // Throws DrillError if the drill is over.
    void check_open() const;
    // Lets the world do something, all of it or never anything again.
    template <class Step>
    void do_step(const Step& step);
    // Returns the id of a fault that contradicts what has happened; then nothing is changed.
    std::optional<std::string> go_on_with(Draft changed);
    bool acts(std::size_t fault) const;
    std::uint32_t acting_fault(std::string_view id) const;

    Draft draft_;
    std::uint64_t seed_;
    std::unique_ptr<World> world_;
    bool whole_ = true;  // false within a step, and after one that threw
};

}  // namespace shaketable
