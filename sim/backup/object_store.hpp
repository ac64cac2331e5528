// SPDX-License-Identifier: MIT
//
// A simulated object store: real bytes, in one region or in two, and what goes wrong with them.
//
// Intuition: a request takes a latency of its own, and then its bytes pass one line that all
// transfers share, one after the other. What was stored is in the home region at once, and, if it
// is to be geo-redundant, in the other region a replication delay later. A region that is lost
// answers nothing; a request that nobody answers fails after a time-out.
//
// The store claims nothing about what it holds: an object that rotted, was lost, or was never
// really stored looks like any other in a list, and is found out by whoever reads it.
//
// Invariants: (1) without a fault, what is fetched is what was stored, byte by byte.
//             (2) in any time t at most t * bytes_per_second bytes, and one transfer, pass.
//             (3) every request is answered, once, later than it was made.
// Units: bytes, bytes a second; times are rounded up to whole nanoseconds.
// Not modelled: parts of objects, versions, requests that are refused because there are too many.
// What is under way when the store becomes unavailable still completes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "core/base/bytes.hpp"
#include "sim/backup/backup_options.hpp"
#include "sim/engine/event_queue.hpp"
#include "sim/record/receipts.hpp"

namespace shaketable {

using novacron::Bytes;
// The name that an object has in the store, from 1.
using ObjectKey = novacron::Ordinal<struct ObjectKeyTag>;

// Bytes over a rate, rounded up.
Duration passing(std::uint64_t bytes, std::uint64_t bytes_per_second);

class ObjectStore final : private EventHandler {
public:
    enum class Region : std::uint8_t { home, away };
    enum class Answer : std::uint8_t { done, missing, unavailable };
    // Whoever makes requests; outlives them.
    class User {
    public:
        virtual void on_stored(Instant, ObjectKey, Answer) {}
        virtual void on_fetched(Instant, ObjectKey, Answer, const Bytes&) {}
        virtual void on_listed(Instant, Answer) {}

    protected:
        ~User() = default;
    };

    ObjectStore(const ObjectStoreOptions& options, EventQueue& queue, Receipts& receipts,
                const Random& random);
    // A copy to try things on: the same objects, the same faults as long as they act, but a line
    // and random numbers of its own. REQUIRES: `from` outlives it.
    ObjectStore(const ObjectStore& from, const Random& random);
    ObjectStore(ObjectStore&&) = delete;

    // The answer says whether the store claims to have it.
    ObjectKey put(const Bytes& object, Redundancy redundancy, User& user);
    // What the user meant to store never arrives, and the store claims that it did.
    ObjectKey put_nothing(FaultId fault, const Bytes& object, Redundancy redundancy, User& user);
    void get(ObjectKey key, Region region, User& user);
    // What there is, as a request: as long as it takes to learn it.
    void list(User& user);
    void remove(ObjectKey key);

    bool is_copied(ObjectKey key) const;  // whether the other region has one
    std::uint64_t objects() const { return objects_.size(); }
    std::uint64_t bytes() const;  // of all copies

    // Latencies are so many times as long, and the line so many times as slow; at least 1.
    void begin_slow(FaultId fault, double factor) { slow_.push_back({fault, factor}); }
    void begin_unavailable(FaultId fault) { unavailable_.push_back(fault); }
    void begin_region_loss(FaultId fault) { lost_.push_back(fault); }  // the home region
    // Ends any of these.
    void end(FaultId fault);
    // A bit of the home region's copy flips. False if there is none.
    bool rot(FaultId fault, ObjectKey key, Random& random);
    // All copies are gone.
    void lose(FaultId fault, ObjectKey key);

private:
    struct Object {
        Bytes home;
        Bytes away;
        std::uint64_t claimed = 0;       // bytes that it is said to have
        std::vector<FaultId> harmed_by;  // in the order of time
    };
    struct Request {
        enum class Kind : std::uint8_t { put, get, list };
        Kind kind;
        ObjectKey key;
        Region region;
        User* user;
        Answer answer;
        Bytes object;
        Redundancy redundancy;
        std::optional<FaultId> hollow;  // of a put that stores nothing
    };
    struct Slow {
        FaultId fault;
        double factor;
    };
    enum EventKind : std::uint32_t { answered, copied };

    void on_event(Instant now, const Event& event) override;
    void ask(Request request, std::uint64_t bytes);
    void answer(Instant now, const Request& request);
    void store(Instant now, const Request& request);
    void fetch(Instant now, const Request& request);
    // Whether nobody answers there now; leaves the receipt of whose fault it is.
    bool is_dark(Region region) const;
    double slowness() const;
    const ObjectStore& origin() const { return origin_ == nullptr ? *this : *origin_; }

    ObjectStoreOptions options_;
    EventQueue& queue_;
    Receipts& receipts_;
    const ObjectStore* origin_ = nullptr;  // whose faults count here as well
    Distribution latency_;
    Random latencies_;
    std::map<ObjectKey, Object> objects_;
    std::map<std::uint64_t, Request> requests_;
    std::uint64_t next_request_ = 1;
    ObjectKey newest_;
    Instant line_free_{};
    std::vector<Slow> slow_;  // of the faults that act, as are the rest
    std::vector<FaultId> unavailable_;
    std::vector<FaultId> lost_;
};

}  // namespace shaketable
