// SPDX-License-Identifier: MIT
#include "sim/backup/object_store.hpp"

#include <algorithm>
#include <utility>

#include "core/base/wide.hpp"

namespace shaketable {
namespace {

constexpr std::int64_t kMilli = 1000;

// In thousandths, so that no time hangs on the last bit of a product.
Duration times(Duration time, double factor) {
    const auto thousandths = static_cast<std::int64_t>(factor * kMilli + 0.5);
    const auto product = static_cast<novacron::Wide>(time.ns) * thousandths;
    return Duration{static_cast<std::int64_t>(product / kMilli)};
}

}  // namespace

Duration passing(std::uint64_t bytes, std::uint64_t bytes_per_second) {
    const auto product = static_cast<novacron::UnsignedWide>(bytes) * 1'000'000'000U;
    return Duration{static_cast<std::int64_t>((product + bytes_per_second - 1) / bytes_per_second)};
}

ObjectStore::ObjectStore(const ObjectStoreOptions& options, EventQueue& queue, Receipts& receipts,
                         const Random& random)
    : options_(options),
      queue_(queue),
      receipts_(receipts),
      latency_(options.latency),
      latencies_(random.fork("latency")) {
    novacron::check(options.bytes_per_second > 0, "an object store's line has a rate");
}

ObjectStore::ObjectStore(const ObjectStore& from, const Random& random)
    : options_(from.options_),
      queue_(from.queue_),
      receipts_(from.receipts_),
      origin_(&from.origin()),
      latency_(from.latency_),
      latencies_(random.fork("latency")),
      objects_(from.objects_),
      newest_(from.newest_) {}

ObjectKey ObjectStore::put(const Bytes& object, Redundancy redundancy, User& user) {
    ask({Request::Kind::put, ++newest_, Region::home, &user, Answer::done, object, redundancy, {}},
        object.size());
    return newest_;
}

ObjectKey ObjectStore::put_nothing(FaultId fault, const Bytes& object, Redundancy redundancy,
                                   User& user) {
    ask({Request::Kind::put, ++newest_, Region::home, &user, Answer::done, object, redundancy,
         fault},
        object.size());
    return newest_;
}

void ObjectStore::get(ObjectKey key, Region region, User& user) {
    const auto found = objects_.find(key);
    ask({Request::Kind::get, key, region, &user, Answer::done, {}, Redundancy::regional, {}},
        found == objects_.end() ? 0 : found->second.claimed);
}

void ObjectStore::list(User& user) {
    ask({Request::Kind::list, {}, Region::home, &user, Answer::done, {}, Redundancy::regional, {}},
        0);
}

void ObjectStore::remove(ObjectKey key) { objects_.erase(key); }

bool ObjectStore::is_copied(ObjectKey key) const {
    const auto found = objects_.find(key);
    return found != objects_.end() && !found->second.away.empty();
}

std::uint64_t ObjectStore::bytes() const {
    std::uint64_t sum = 0;
    for (const auto& [key, object] : objects_) sum += object.home.size() + object.away.size();
    return sum;
}

void ObjectStore::end(FaultId fault) {
    std::erase_if(slow_, [fault](const Slow& slow) { return slow.fault == fault; });
    std::erase(unavailable_, fault);
    std::erase(lost_, fault);
}

bool ObjectStore::rot(FaultId fault, ObjectKey key, Random& random) {
    const auto found = objects_.find(key);
    if (found == objects_.end() || found->second.home.empty()) return false;
    Object& object = found->second;
    const auto view = object.home.view();
    std::vector<std::byte> bytes(view.begin(), view.end());
    const auto at = static_cast<std::size_t>(random.below(bytes.size()));
    bytes[at] ^= static_cast<std::byte>(1U << random.below(8));
    object.home = Bytes(bytes);
    object.harmed_by.push_back(fault);
    return true;
}

void ObjectStore::lose(FaultId fault, ObjectKey key) {
    const auto found = objects_.find(key);
    if (found == objects_.end()) return;
    found->second.home = {};
    found->second.away = {};
    found->second.harmed_by.push_back(fault);
}

double ObjectStore::slowness() const {
    double factor = 1;
    for (const Slow& slow : origin().slow_) factor *= slow.factor;
    return factor;
}

bool ObjectStore::is_dark(Region region) const {
    const ObjectStore& whose = origin();
    std::optional<FaultId> fault;
    if (!whose.unavailable_.empty()) {
        fault = whose.unavailable_.front();
    } else if (region == Region::home && !whose.lost_.empty()) {
        fault = whose.lost_.front();
    }
    if (!fault) return false;
    receipts_.effect(queue_.now(), *fault, FaultEffect::request_failed);
    return true;
}

void ObjectStore::ask(Request request, std::uint64_t bytes) {
    const Instant now = queue_.now();
    Duration latency = latency_.draw(latencies_);
    Instant done{};
    if (is_dark(request.region)) {
        request.answer = Answer::unavailable;
        done = now + std::max(options_.timeout, Duration{1});
    } else {
        Duration pass = passing(bytes, options_.bytes_per_second);
        const double factor = slowness();
        if (factor > 1) {
            latency = times(latency, factor);
            pass = times(pass, factor);
            receipts_.effect(now, origin().slow_.front().fault, FaultEffect::request_slowed);
        }
        const Instant ready = now + std::max(latency, Duration{1});
        done = ready;
        if (bytes > 0) done = line_free_ = std::max(line_free_, ready) + pass;
    }
    const std::uint64_t number = next_request_++;
    requests_.emplace(number, std::move(request));
    queue_.push(done, {this, answered, 0, number});
}

void ObjectStore::on_event(Instant now, const Event& event) {
    if (event.kind == copied) {
        const auto found = objects_.find(ObjectKey{event.b});
        if (found != objects_.end()) found->second.away = found->second.home;
        return;
    }
    const auto node = requests_.extract(event.b);
    answer(now, node.mapped());
}

void ObjectStore::answer(Instant now, const Request& request) {
    switch (request.kind) {
        case Request::Kind::put: store(now, request); break;
        case Request::Kind::get: fetch(now, request); break;
        case Request::Kind::list: request.user->on_listed(now, request.answer); break;
    }
}

void ObjectStore::store(Instant now, const Request& request) {
    if (request.answer == Answer::done) {
        Object& object = objects_[request.key];
        object.claimed = request.object.size();
        if (request.hollow) {
            object.harmed_by.push_back(*request.hollow);
        } else {
            object.home = request.object;
            if (request.redundancy == Redundancy::geo) {
                queue_.push(now + options_.replication_delay, {this, copied, 0, request.key.value});
            }
        }
    }
    request.user->on_stored(now, request.key, request.answer);
}

void ObjectStore::fetch(Instant now, const Request& request) {
    const auto found = objects_.find(request.key);
    Answer answer = request.answer;
    Bytes bytes;
    if (answer == Answer::done) {
        if (found != objects_.end()) {
            const Object& object = found->second;
            bytes = request.region == Region::home ? object.home : object.away;
            for (const FaultId fault : object.harmed_by) {
                if (request.region == Region::away && !bytes.empty()) break;  // it is whole
                receipts_.effect(now, fault,
                                 bytes.empty() ? FaultEffect::object_missed
                                               : FaultEffect::damage_found);
            }
        }
        if (bytes.empty()) answer = Answer::missing;
    }
    request.user->on_fetched(now, request.key, answer, bytes);
}

}  // namespace shaketable
