// SPDX-License-Identifier: MIT
//
// Services at work: their instances on the nodes' hosts, the calls between them over the simulated
// network, and the clients in front.
//
// Intuition: a request that is taken keeps a worker of its instance until it is answered: while it
// works (first on the host's processor, which neighbours share, then waiting for what is not
// modelled) and while it waits for its own calls. A queue stands before the workers. Everything
// that is known as a cascade follows from that: whoever waits for a slow callee has no worker left
// for others.
//
// An instance serves while its node's process runs, is killed with it, stands still with its host
// and shares its processor. What was in the process is lost: callers are refused if the operating
// system lives, and else hear nothing. A request whose caller has given up is served all the same,
// unless its queue drops what has expired: that is the waste that keeps an overload alive.
//
// Between instances of one host messages take 20 us and meet no fault of the network.
//
// Invariants: (1) of each population: offered = ok + failed + timed out + rejected + refused +
//             under way. (2) a request holds a worker exactly while it is worked on. (3) attempts
//             under way = what balancers count as outstanding + what waits in bulkheads.
// Nothing is allocated in a steady state.
//
// Versions: instances of another version of a service stand beside those that serve, once they are
// started, and a share of the requests is sent to them: each attempt is drawn by itself, whoever
// makes it. Among the instances of one version the caller's balancer chooses.
//
// Sources: services.cpp (processes), calls.cpp (callers), serve.cpp (callees), clients.cpp,
// service_faults.cpp, service_versions.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "sim/host/process_neighbour.hpp"
#include "sim/net/network.hpp"
#include "sim/service/acting_faults.hpp"
#include "sim/service/channel.hpp"
#include "sim/service/deadline_wheel.hpp"
#include "sim/service/instance.hpp"
#include "sim/service/processor.hpp"

namespace shaketable {

// All outlive the services.
struct ServiceSurroundings {
    EventQueue& queue;
    Record& record;
    Receipts& receipts;
    Network& network;
    std::uint32_t nodes;
    HostId first_client_host;
};

class Services final : public ProcessNeighbour, private EventHandler {
public:
    // REQUIRES: the graph is as spec.hpp says, and outlives the services.
    Services(const ServiceGraph& graph, const ServiceSurroundings& surroundings,
             const Random& random);

    // Clients begin to ask.
    void start();
    void receive(HostId from, HostId to, const ServiceMessage& message);

    void process_started(NodeId node) override;
    void process_stopped(NodeId node, StopCause cause) override;
    void process_paused(NodeId node) override;
    void process_resumed(NodeId node) override;
    void processor_hogged(NodeId node, Duration cost) override;

    // Faults, on all calls along these edges, until they end. `covers` is by edge.
    void begin_errors(FaultId fault, std::vector<bool> covers, Chance chance, const Random& random);
    void begin_latency(FaultId fault, std::vector<bool> covers, const Distribution& latency,
                       const Random& random);
    void begin_black_hole(FaultId fault, std::vector<bool> covers);
    // So many workers of each instance are stuck.
    void begin_stuck_workers(FaultId fault, std::uint32_t service, std::uint32_t workers);
    // An instance takes no call with so many connections open, in and out.
    void begin_descriptor_limit(FaultId fault, std::uint32_t service, std::uint32_t connections);
    void end_fault(FaultId fault);
    // The process of an instance dies, and is held down until it is let up.
    void hold_down(FaultId fault, InstanceId instance);
    void let_up(InstanceId instance);
    // What the service's instances remember of the answers of others is gone.
    void lose_caches(FaultId fault, std::uint32_t service);
    // Breakers along these edges are closed, and what they had counted is forgotten. Nothing
    // happens to those of a process that is down or stands still.
    void reset_breakers(FaultId fault, const std::vector<bool>& covers);
    // Instances of another version start, beside those that serve.
    void start_version(std::uint32_t service, std::uint32_t version);
    // Whether all of them serve.
    bool serves(std::uint32_t service, std::uint32_t version) const;
    // From now on so many attempts of kWhole go to the version that is named, the others to the one
    // that serves; with none of them nothing is shifted any more. If it is the one that serves that
    // is named, it changes places with the one that requests were shifted to.
    // REQUIRES: the version is one of these two, or nothing is shifted and it is another.
    void shift(FaultId fault, std::uint32_t service, std::uint32_t version,
               std::uint32_t share_ppm);
    // The version that everything was shifted to is the one that serves.
    void settle(std::uint32_t service);
    const Traffic& traffic(std::uint32_t service) const { return traffic_.at(service); }
    // One request more of a population, now.
    void add_request(PopulationId population);
    // More of a closed loop, until the fault ends: so many clients besides, who come one after the
    // other in the time `over`, think and ask; or thoughts that are so many times shorter, growing
    // up to that in the time. Who has come leaves when its last request has ended.
    void add_clients(FaultId fault, PopulationId population, std::uint32_t clients, Duration over,
                     const Random& random);
    void shorten_thoughts(FaultId fault, PopulationId population, double factor, Duration over);

    static constexpr std::uint32_t kWhole = 1'000'000;

    const ServiceGraph& graph() const { return graph_; }
    std::uint32_t instance_count() const { return static_cast<std::uint32_t>(instances_.size()); }
    std::uint32_t edge_count() const { return static_cast<std::uint32_t>(callee_of_.size()); }
    // The service that is called along an edge; the one that calls, or nobody for clients.
    std::uint32_t callee_of(EdgeId edge) const { return callee_of_.at(edge.value); }
    std::optional<std::uint32_t> caller_of(EdgeId edge) const;
    std::uint32_t service_of(InstanceId id) const { return instances_.at(id.value).service; }
    std::uint32_t version_of(InstanceId id) const { return instances_.at(id.value).version; }
    // The instance at this place, of the version that serves.
    InstanceId serving(std::uint32_t service, std::uint32_t place) const;
    const Instance& instance(InstanceId id) const { return instances_.at(id.value); }
    const RequestCounts& counts(PopulationId id) const { return populations_.at(id.value).counts; }
    const Channel& channel(std::uint32_t number) const { return channels_.at(number); }
    // Whether the invariants hold; for tests, since it looks at everything.
    bool adds_up();

private:
    static constexpr Duration kLoopback = novacron::microseconds(20);

    enum EventKind : std::uint32_t {
        tick, attempt_due, hedge_due, queue_due, queue_look, retry_due, bulkhead_due, piece_done,
        worked, instance_starts, arrival, thought, loopback, probe_round, probe_judged
    };
    struct Host {
        std::vector<std::uint32_t> instances;
        std::optional<Processor> processor;
        Duration hog{};
        bool up = false;
        bool paused = false;
        bool was_started = false;
    };
    // What came while its host stood still.
    struct Deferred {
        std::uint32_t host;
        bool is_message;
        Event event;
        HostId from;
        ServiceMessage message;
    };
    struct CallStart {
        std::uint32_t channel;
        std::uint32_t parent;
        std::uint32_t number;
        novacron::resilience::Deadline deadline;
        Criticality criticality;
        RequestId request;
        bool is_extra = false;
        std::uint32_t guest_of = kNoSlot;
    };
    // services.cpp
    void on_event(Instant now, const Event& event) override;
    void handle(Instant now, const Event& event);
    std::uint32_t host_of(const Event& event);
    bool matters(std::uint32_t kind, std::uint32_t slot, std::uint64_t ticket);
    void add_work(const DistributionOptions& time);
    void start_instance(std::uint32_t instance, Duration after);
    void serve_from_now(std::uint32_t instance);
    void kill_instance(std::uint32_t instance, StopCause cause);
    void renew_channels(std::uint32_t instance);
    void open_channel(std::uint32_t number);
    void transmit(HostId from, HostId to, const ServiceMessage& message);
    void take_message(HostId from, HostId to, const ServiceMessage& message);
    HostId host(const Instance& instance) const { return HostId{instance.node.value}; }
    Instant now() const { return queue_.now(); }
    std::uint64_t new_ticket() { return ++tickets_; }
    const ServiceSpec& spec(const Instance& instance) const {
        return graph_.services[instance.service];
    }
    double error_rate(const Instance& instance) const {
        const ServiceSpec& of = spec(instance);
        return instance.version == 0 ? of.error_rate
                                     : of.versions[instance.version - 1].error_rate;
    }
    bool is_started(const Instance& instance) const {
        return traffic_[instance.service].started[instance.version];
    }

    // calls.cpp
    void begin_call(const CallStart& start);
    void make_attempt(std::uint32_t call_slot, bool is_retry);
    void send_attempt(std::uint32_t attempt_slot);
    std::uint32_t draw_version(Channel& channel);
    void refuse_locally(std::uint32_t call_slot, CallCause cause, bool is_retry);
    void attempt_over(std::uint32_t attempt_slot, CallOutcome outcome, CallCause cause);
    void release_attempt(std::uint32_t attempt_slot, CallOutcome outcome, CallCause cause);
    void decide(std::uint32_t call_slot, CallOutcome outcome, CallCause cause);
    void follow_hedge(std::uint32_t call_slot, novacron::resilience::HedgedCall::Verdict verdict,
                      CallOutcome outcome, CallCause cause);
    void end_call(std::uint32_t call_slot, CallOutcome outcome, CallCause cause);
    void drop_attempts(std::uint32_t call_slot);
    void unlink_call(std::uint32_t call_slot);
    void abandon_call(std::uint32_t call_slot);
    void drain_bulkhead(std::uint32_t channel);
    void note_breaker(Channel& channel);
    void note_balancer(Channel& channel);
    void answered(const ServiceMessage& message);
    void probe(std::uint32_t channel);
    void judge_probes(std::uint32_t channel);
    void on_hedge_due(std::uint32_t call_slot);

    // serve.cpp
    void called(HostId from, HostId to, const ServiceMessage& message);
    CallCause admission(Instance& instance, const ServiceMessage& message);
    bool is_swallowed(const ServiceMessage& message);
    void admit(std::uint32_t instance, HostId from, const ServiceMessage& message,
               std::uint32_t entered_as);
    void start_work(std::uint32_t slot);
    void after_processor(std::uint32_t slot);
    void continue_calls(std::uint32_t slot);
    void begin_children(std::uint32_t slot);
    void child_ended(std::uint32_t slot, std::uint32_t number, bool ok);
    void answer(std::uint32_t slot, CallOutcome outcome, CallCause cause);
    void finish_request(std::uint32_t slot, novacron::resilience::CallResult::Kind kind);
    void serve_next(std::uint32_t instance);
    void reject_dropped(std::uint32_t instance);
    void leave_queue(std::uint32_t slot, CallCause cause);
    void cancel_request(const ServiceMessage& message);
    void set_busy(Instance& instance, std::uint32_t busy);
    void note_queue(std::uint32_t instance);
    std::uint32_t workers(const Instance& instance) const;
    void note_missed_workers(const Instance& instance);

    // clients.cpp
    void begin_population(std::uint32_t number);
    enum class Issue : std::uint8_t { by_loop, extra };
    void issue(std::uint32_t population, Issue by, std::uint32_t guest_of = kNoSlot);
    void think(std::uint32_t population, std::uint32_t guest_of, Duration coming = {});
    void thought_over(std::uint32_t population, std::uint32_t guest_of);
    ClosedLoopGrowth* growth_with(std::uint32_t guest_of, std::uint32_t population);
    void request_ended(const Call& call, CallOutcome outcome, CallCause cause);

    ServiceGraph graph_;
    EventQueue& queue_;
    Record& record_;
    Receipts& receipts_;
    Network& network_;
    HostId first_client_host_;
    Random random_;
    DeadlineWheel wheel_;
    std::vector<Host> hosts_;
    std::vector<std::uint32_t> firsts_;        // by service, and the number of all
    std::vector<std::uint32_t> callee_of_;     // by edge
    std::vector<std::uint32_t> first_edge_;    // by service
    std::vector<DistributionOptions> times_;   // each another one
    std::deque<Distribution> work_;            // of these
    std::vector<std::uint32_t> first_work_;    // by service
    std::vector<std::uint32_t> work_of_;       // by version, service by service
    std::vector<Traffic> traffic_;             // by service
    std::deque<Instance> instances_;
    std::vector<ChannelEnds> ends_;
    std::vector<const CallPolicy*> policies_;  // by channel
    std::deque<Channel> channels_;
    std::vector<std::uint64_t> channel_lives_;
    std::deque<Population> populations_;
    Pool<ServedRequest> requests_;
    Pool<Call> calls_;
    Pool<Attempt> attempts_;
    Pool<ServiceMessage> local_messages_;
    struct Taken {
        std::uint64_t attempt_ticket = 0;
        std::uint32_t request = kNoSlot;
    };
    std::vector<Taken> taken_;                 // by slot of the caller's attempt
    std::vector<Deferred> deferred_;
    std::vector<EdgeFault> edge_faults_;
    std::vector<ServiceFault> service_faults_;
    std::vector<ClosedLoopGrowth> growths_;
    std::uint64_t tickets_ = 0;
    std::uint64_t requests_issued_ = 0;
};

}  // namespace shaketable
