// SPDX-License-Identifier: MIT
//
// The one stream of facts of a run, and its fingerprint.
//
// Whoever makes something happen adds the fact; whoever wants to know subscribes to the kinds of
// facts it can use, and gets them in the order in which they happened. A subscriber never acts on
// the world.
//
// Invariants: (1) instants never go backwards.
//             (2) the fingerprint is a function of all facts, their instants and their order,
//                 whoever listens or not.
//
// Branches: where several groups of nodes run, who watches one of them listens to a branch of the
// record, which tells of its nodes only, and of what is about no node. Facts are added to the whole
// record, never to a branch.
//
// Checkpoints of the digest are kept at facts 2^k * n so that there are 8 to 16 of them however
// long the run is; two runs agree up to their last common checkpoint and part before the next.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/check.hpp"
#include "core/base/digest.hpp"
#include "sim/record/facts.hpp"

namespace shaketable {

// Hears of facts of one kind, as they are.
template <class F>
class Listener {
public:
    virtual void on(Instant at, const F& fact) = 0;

protected:
    ~Listener() = default;
};

// Hears of several kinds: `class Logs : public ListensTo<NodeStarted, EntryAppended>`.
template <class... Facts>
class ListensTo : public Listener<Facts>... {
public:
    using Listener<Facts>::on...;
};

// Hears of facts as values of any kind: slower, for those who print or compare facts.
class Subscriber {
public:
    virtual ~Subscriber() = default;
    virtual void on_fact(Instant at, const Fact& fact) = 0;
};

struct Checkpoint {
    std::uint64_t facts = 0;
    Instant at;
    std::uint64_t digest = 0;
};

namespace detail {
constexpr std::uint64_t word(bool value) { return value ? 1 : 0; }
constexpr std::uint64_t word(std::uint32_t value) { return value; }
constexpr std::uint64_t word(std::uint64_t value) { return value; }
constexpr std::uint64_t word(Instant value) { return static_cast<std::uint64_t>(value.ns); }
template <class Tag>
constexpr std::uint64_t word(novacron::Id<Tag> value) {
    return value.value;
}
template <class Tag>
constexpr std::uint64_t word(novacron::Ordinal<Tag> value) {
    return value.value;
}
template <class Enum>
    requires std::is_enum_v<Enum>
constexpr std::uint64_t word(Enum value) {
    return static_cast<std::uint64_t>(value);
}
}  // namespace detail

class Record {
public:
    // The listener hears of facts of its kinds from now on, and must outlive the record's use. Of
    // all who hear of a fact, listeners come first, in the order in which they came.
    template <class... Facts>
    void listen(ListensTo<Facts...>& listener) {
        (std::get<std::vector<Listener<Facts>*>>(listeners_).push_back(&listener), ...);
    }
    template <class... Facts>
    void subscribe(Subscriber& subscriber) {
        (subscribers_[fact_kind<Facts>()].push_back(&subscriber), ...);
    }
    void subscribe_to_all(Subscriber& subscriber);

    // REQUIRES: at is not before the instant of the fact added last.
    template <class F>
    void add(Instant at, const F& fact) {
        constexpr std::size_t kind = fact_kind<F>();
        novacron::check(at >= last_, "facts are recorded in the order of time");
        last_ = at;
        const std::uint64_t when_and_what = (static_cast<std::uint64_t>(at.ns) << 8U) ^ kind;
        digest_.add(when_and_what + sum(fact.values(),
                                        std::make_index_sequence<F::fields.size()>{}));
        if (++count_ == next_checkpoint_) keep_checkpoint();
        pass_on(at, fact);
        for (const Branch& branch : branches_) {
            if (branch.open && concerns(branch.nodes, fact)) branch.record->pass_on(at, fact);
        }
    }

    // What is about these nodes from now on, for those who listen there; it lives as long as this
    // record does. Its listeners hear of a fact after those of the whole record.
    Record& branch(NodeSet nodes);
    // The branch tells of nothing more. REQUIRES: it is one of this record.
    void end_branch(const Record& branch);

    std::uint64_t count() const { return count_; }
    std::uint64_t fingerprint() const { return digest_.value(); }
    const std::vector<Checkpoint>& checkpoints() const { return checkpoints_; }

private:
    // A fact enters the digest as one word: the sum of its fields, each times an odd number of its
    // place. Multiplications that don't wait for each other cost a third of a chain of digests.
    template <class Tuple, std::size_t... I>
    static std::uint64_t sum(const Tuple& values, std::index_sequence<I...>) {
        return ((detail::word(std::get<I>(values)) * (novacron::stir(I + 1, 0) | 1U)) + ...);
    }
    static void tell(const std::vector<Subscriber*>& subscribers, Instant at, const Fact& fact);
    template <class F>
    void pass_on(Instant at, const F& fact) {
        for (Listener<F>* listener : std::get<std::vector<Listener<F>*>>(listeners_)) {
            listener->on(at, fact);
        }
        constexpr std::size_t kind = fact_kind<F>();
        if (!subscribers_[kind].empty()) tell(subscribers_[kind], at, Fact(fact));
    }
    // Whether the fact is about one of the nodes, or about none at all. A message is about its
    // sender, an operation that has ended about who answered it.
    template <class F>
    static bool concerns(NodeSet nodes, const F& fact) {
        if constexpr (std::is_same_v<F, OperationEnded>) {
            return nodes.contains(fact.by);
        } else if constexpr (requires { fact.node; }) {
            return nodes.contains(fact.node);
        } else if constexpr (requires { fact.from.value; fact.to.value; }) {
            return nodes.contains(NodeId{fact.from.value});
        } else {
            return true;
        }
    }
    void keep_checkpoint();

    template <class Variant>
    struct ListenersOf;
    template <class... Facts>
    struct ListenersOf<std::variant<Facts...>> {
        using Type = std::tuple<std::vector<Listener<Facts>*>...>;
    };

    struct Branch {
        NodeSet nodes;
        bool open;
        std::unique_ptr<Record> record;
    };

    static constexpr std::size_t kMaxCheckpoints = 16;

    ListenersOf<Fact>::Type listeners_;
    std::array<std::vector<Subscriber*>, kFactKinds> subscribers_;
    std::vector<Branch> branches_;
    novacron::Digest digest_;
    std::uint64_t count_ = 0;
    Instant last_{};
    std::vector<Checkpoint> checkpoints_;
    std::uint64_t checkpoint_step_ = 1024;
    std::uint64_t next_checkpoint_ = 1024;
};

// The fact in words: "role-changed node=2 role=leader term=4 vote=2". Hosts and nodes count from 0.
std::string text_of(const Fact& fact);
std::string_view name_of(const Fact& fact);

}  // namespace shaketable
