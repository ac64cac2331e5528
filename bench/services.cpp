// SPDX-License-Identifier: MIT
//
// A graph of 40 services under load, in virtual seconds a wall second; and what a call costs.
//
//   bench_services REQUESTS_PER_SECOND SECONDS
//
// Five layers: an edge that calls two of four gateways, each of which calls two of ten services,
// each of which calls one of fifteen in the next layer and, with probability 0.4, one of ten stores
// behind a cache. So a request is 12.6 calls in the mean. Each service has three instances on nine
// nodes; half of the work needs one of eight cores; timeouts, retries with a budget, and breakers
// are on all edges.
//
// Prints the calls, the events, and how often memory was allocated after the first tenth of the
// run; time it from outside: `perf stat -e instructions:u bench_services 2000 60`.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>

#include "sim/service/services.hpp"

namespace {

std::uint64_t allocations = 0;

using namespace shaketable;
using novacron::microseconds;
using novacron::milliseconds;
using novacron::seconds;

constexpr std::uint32_t kNodes = 9;

CallPolicy policy() {
    CallPolicy policy;
    policy.timeout = milliseconds(500);
    policy.retry = novacron::resilience::RetryOptions{};
    policy.budget = novacron::resilience::TokenBudgetOptions{};
    policy.breaker = novacron::resilience::CircuitBreakerOptions{};
    return policy;
}

ServiceSpec service(std::uint32_t number, Duration mean) {
    ServiceSpec service;
    service.id = "s" + std::to_string(number);
    for (std::uint32_t i = 0; i < 3; ++i) {
        service.on.push_back(novacron::NodeId{(number * 3 + i) % kNodes});
    }
    service.concurrency = 200;
    service.cpu_share = 0.5;
    service.service_time = Exponential{mean};
    return service;
}

CallSpec call(std::uint32_t to, double probability) {
    CallSpec call;
    call.to = to;
    call.probability = probability;
    call.policy = policy();
    return call;
}

ServiceGraph graph(double rate) {
    ServiceGraph graph;
    graph.cores = 8;
    for (std::uint32_t n = 0; n < 40; ++n) graph.services.push_back(service(n, milliseconds(1)));
    for (std::uint32_t to = 1; to <= 4; ++to) {
        graph.services[0].calls.push_back(call(to, 0.5));
        graph.services[0].calls.back().parallel = to > 1;
    }
    for (std::uint32_t gateway = 1; gateway <= 4; ++gateway) {
        for (std::uint32_t to = 5; to <= 14; ++to) {
            graph.services[gateway].calls.push_back(call(to, 0.2));
            graph.services[gateway].calls.back().parallel = to > 5;
        }
    }
    for (std::uint32_t n = 5; n <= 14; ++n) {
        graph.services[n].calls.push_back(call(15 + n % 15, 1));
        CallSpec store = call(30 + n % 10, 1);
        store.cache = CacheSpec{0.6, 1000};
        graph.services[n].calls.push_back(store);
    }
    ClientSpec users;
    users.id = "users";
    users.rate_per_second = rate;
    users.policy = policy();
    graph.clients.push_back(users);
    return graph;
}

class World final : private Receiver {
public:
    explicit World(const ServiceGraph& graph)
        : network_(queue, record, receipts_, Random(1), kNodes + 1,
                   std::vector<LinkBehaviour>(std::size_t{kNodes + 1} * (kNodes + 1),
                                              LinkBehaviour{&latency_, {}, {}, {}}),
                   *this),
          services(graph, {queue, record, receipts_, network_, kNodes, HostId{kNodes}}, Random(2)) {
        for (std::uint32_t n = 0; n < kNodes; ++n) {
            network_.set_state(HostId{n}, HostState::running);
            services.process_started(novacron::NodeId{n});
        }
        services.start();
    }

    std::uint64_t run_until(Instant end) {
        std::uint64_t events = 0;
        for (; queue.next_time() <= end; ++events) queue.do_next();
        return events;
    }

private:
    void receive(Instant, HostId, HostId, const novacron::raft::Message&) override {}
    void receive(Instant, HostId, HostId, const novacron::Request&) override {}
    void receive(Instant, HostId, HostId, const novacron::Response&) override {}
    void refused(Instant, HostId, HostId, const novacron::Request&) override {}
    void receive(Instant, HostId from, HostId to, const ServiceMessage& message) override {
        services.receive(from, to, message);
    }

    Distribution latency_{Constant{microseconds(500)}};

public:
    EventQueue queue;
    Record record;

private:
    Receipts receipts_{record};
    Network network_;

public:
    Services services;
};

// Counts attempts.
class Calls final : public ListensTo<CallEnded> {
public:
    std::uint64_t count = 0;

private:
    void on(Instant, const CallEnded&) override { ++count; }
};

}  // namespace

void* operator new(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size)) return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

int main(int argc, char** argv) {
    const long rate = argc == 3 ? std::strtol(argv[1], nullptr, 10) : 0;
    const long length = argc == 3 ? std::strtol(argv[2], nullptr, 10) : 0;
    if (rate < 1 || length < 1) {
        std::fputs("usage: bench_services REQUESTS_PER_SECOND SECONDS\n", stderr);
        return 2;
    }
    World world(graph(static_cast<double>(rate)));
    Calls calls;
    world.record.listen(calls);
    std::uint64_t events = world.run_until(Instant{} + milliseconds(length * 100));
    const std::uint64_t before = allocations;
    events += world.run_until(Instant{} + seconds(length));
    const RequestCounts& counts = world.services.counts(PopulationId{0});
    std::printf("%llu requests, %llu ok, %llu calls, %llu events; %llu allocations after a tenth\n",
                static_cast<unsigned long long>(counts.offered),
                static_cast<unsigned long long>(counts.ok),
                static_cast<unsigned long long>(calls.count),
                static_cast<unsigned long long>(events),
                static_cast<unsigned long long>(allocations - before));
    return 0;
}
