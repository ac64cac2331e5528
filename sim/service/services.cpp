// SPDX-License-Identifier: MIT
//
// Processes: how they are laid out, start, stand still and die.
#include "sim/service/services.hpp"

#include <algorithm>
#include <utility>

#include "core/base/check.hpp"

namespace shaketable {

Services::Services(const ServiceGraph& graph, const ServiceSurroundings& surroundings,
                   const Random& random)
    : graph_(graph),
      queue_(surroundings.queue),
      record_(surroundings.record),
      receipts_(surroundings.receipts),
      network_(surroundings.network),
      first_client_host_(surroundings.first_client_host),
      random_(random),
      wheel_(surroundings.queue, *this, tick),
      hosts_(surroundings.nodes) {
    std::uint32_t instances = 0;
    for (const ServiceSpec& service : graph_.services) {
        firsts_.push_back(instances);
        instances += static_cast<std::uint32_t>(service.on.size()) * service.version_count();
        traffic_.emplace_back().started.resize(service.version_count());
        traffic_.back().started.front() = true;
        first_edge_.push_back(static_cast<std::uint32_t>(callee_of_.size()));
        for (const CallSpec& call : service.calls) callee_of_.push_back(call.to);
        first_work_.push_back(static_cast<std::uint32_t>(work_of_.size()));
        add_work(service.service_time);
        for (const ServiceVersion& version : service.versions) add_work(version.service_time);
    }
    firsts_.push_back(instances);
    first_edge_.push_back(static_cast<std::uint32_t>(callee_of_.size()));
    for (const ClientSpec& client : graph_.clients) callee_of_.push_back(client.to);

    const auto add_channel = [&](const ChannelEnds& ends, const CallPolicy& policy) {
        ChannelEnds whole = ends;
        const std::uint32_t callee = callee_of_[ends.edge.value];
        whole.first_instance = firsts_[callee];
        whole.instances = firsts_[callee + 1] - firsts_[callee];
        whole.versions = graph_.services[callee].version_count();
        ends_.push_back(whole);
        policies_.push_back(&policy);
    };
    for (std::uint32_t s = 0; s < graph_.services.size(); ++s) {
        const ServiceSpec& service = graph_.services[s];
        const auto places = static_cast<std::uint32_t>(service.on.size());
        for (std::uint32_t i = 0; i < places * service.version_count(); ++i) {
            const Random own = random.fork("service/" + service.id, i);
            const auto number = static_cast<std::uint32_t>(instances_.size());
            const NodeId node = service.on[i % places];
            novacron::check(node.value < surroundings.nodes, "an instance is on a node");
            hosts_[node.value].instances.push_back(number);
            // Another version is held down until it is started.
            const std::uint32_t version = i / places;
            instances_.push_back({s, version, node, static_cast<std::uint32_t>(ends_.size()),
                                  0, false, version == 0 ? 0U : 1U, 0, 0, 0, {},
                                  RequestQueue(service.queue, requests_, now()),
                                  Guards(service.server, now(), own), {}, own.fork("work"),
                                  own.fork("needs"), own.fork("shed"), own.fork("errors")});
            for (std::uint32_t c = 0; c < service.calls.size(); ++c) {
                instances_.back().caches.emplace_back();
                if (const auto& cache = service.calls[c].cache) {
                    instances_.back().caches.back().emplace(*cache, own.fork("cache", c));
                }
                add_channel({EdgeId{first_edge_[s] + c}, InstanceId{number}, {},
                             HostId{node.value}},
                            service.calls[c].policy);
            }
        }
    }
    for (std::uint32_t p = 0; p < graph_.clients.size(); ++p) {
        const ClientSpec& client = graph_.clients[p];
        const bool open = client.loop == ClientSpec::Loop::open;
        constexpr double kSecond = 1e9;
        const auto mean = static_cast<std::int64_t>(kSecond / client.rate_per_second);
        const DistributionOptions gap =
            Exponential{Duration{std::max<std::int64_t>(1, mean)}};
        populations_.push_back({&client, static_cast<std::uint32_t>(ends_.size()),
                                Distribution(open ? gap : client.think_time),
                                random.fork("clients/" + client.id).fork("arrivals")});
        add_channel({EdgeId{first_edge_.back() + p}, {}, PopulationId{p},
                     HostId{first_client_host_.value + p}},
                    client.policy);
        network_.set_state(ends_.back().host, HostState::running);
    }
    channel_lives_.resize(ends_.size());
    for (std::uint32_t c = 0; c < ends_.size(); ++c) open_channel(c);
    for (std::uint32_t n = 0; n < hosts_.size(); ++n) {
        if (graph_.cores == 0) continue;
        hosts_[n].processor.emplace(queue_, Event{this, piece_done, n, 0}, graph_.cores);
    }
}

// Equal times share a table.
void Services::add_work(const DistributionOptions& time) {
    const auto known = std::find(times_.begin(), times_.end(), time);
    work_of_.push_back(static_cast<std::uint32_t>(known - times_.begin()));
    if (known != times_.end()) return;
    times_.push_back(time);
    work_.emplace_back(time);
}

void Services::start() {
    for (std::uint32_t p = 0; p < populations_.size(); ++p) begin_population(p);
}

std::optional<std::uint32_t> Services::caller_of(EdgeId edge) const {
    if (edge.value >= first_edge_.back()) return std::nullopt;
    const auto after = std::upper_bound(first_edge_.begin(), first_edge_.end(), edge.value);
    return static_cast<std::uint32_t>(after - first_edge_.begin()) - 1;
}

// With nothing of what an earlier life knew.
void Services::open_channel(std::uint32_t number) {
    const ChannelEnds& ends = ends_[number];
    const std::uint64_t life = ++channel_lives_[number];
    const Random own = random_.fork("channel", number).fork("life", life);
    Channel fresh(ends, *policies_[number], now(), own,
                  Timer(queue_, Event{this, bulkhead_due, number, 0}));
    if (number < channels_.size()) {
        channels_[number] = std::move(fresh);
    } else {
        channels_.push_back(std::move(fresh));
    }
    Channel& channel = channels_[number];
    channel.round = life << 32U;  // no answer of an earlier life is one of this
    if (const auto& check = channel.policy->balancer.health_check) {
        // Callers don't all ask at once.
        const Duration first = channel.random.between(Duration{}, check->interval);
        queue_.push(now() + first, {this, probe_round, number, life});
    }
}

void Services::renew_channels(std::uint32_t number) {
    const Instance& instance = instances_[number];
    for (std::uint32_t c = 0; c < spec(instance).calls.size(); ++c) {
        open_channel(instance.first_channel + c);
    }
}

void Services::process_started(NodeId node) {
    Host& host = hosts_[node.value];
    host.up = true;
    const bool first = !std::exchange(host.was_started, true);
    for (const std::uint32_t instance : host.instances) {
        if (instances_[instance].holds > 0) continue;
        if (first && now() == Instant{}) {
            ++instances_[instance].life;
            serve_from_now(instance);
        } else {
            start_instance(instance, spec(instances_[instance]).start_time);
        }
    }
}

void Services::process_stopped(NodeId node, StopCause cause) {
    Host& host = hosts_[node.value];
    host.up = false;
    for (const std::uint32_t instance : host.instances) kill_instance(instance, cause);
    if (std::exchange(host.paused, false) && host.processor) host.processor->resume();
    // What had come for a process that stood still never gets to it.
    std::vector<Deferred> others;
    for (const Deferred& one : std::exchange(deferred_, {})) {
        if (one.host != node.value) {
            others.push_back(one);
        } else if (one.is_message && one.message.kind == ServiceMessage::Kind::call &&
                   cause != StopCause::power_loss) {
            ServiceMessage refusal = one.message;
            refusal.kind = ServiceMessage::Kind::refusal;
            refusal.outcome = CallOutcome::refused;
            transmit(HostId{node.value}, one.from, refusal);
        }
    }
    deferred_ = std::move(others);
}

void Services::process_paused(NodeId node) {
    Host& host = hosts_[node.value];
    host.paused = true;
    if (host.processor) host.processor->pause(now());
}

void Services::process_resumed(NodeId node) {
    Host& host = hosts_[node.value];
    host.paused = false;
    if (host.processor) host.processor->resume();
    std::vector<Deferred> mine;
    std::vector<Deferred> others;
    for (Deferred& one : deferred_) {
        (one.host == node.value ? mine : others).push_back(one);
    }
    deferred_ = std::move(others);
    for (const Deferred& one : mine) {
        if (one.is_message) {
            take_message(one.from, HostId{node.value}, one.message);
        } else if (matters(one.event.kind, one.event.a, one.event.b)) {
            handle(now(), one.event);
        }
    }
    for (const std::uint32_t i : host.instances) {
        for (std::uint32_t c = 0; c < spec(instances_[i]).calls.size(); ++c) {
            Channel& channel = channels_[instances_[i].first_channel + c];
            if (!channel.bulkhead) continue;
            channel.bulkhead->on_time(now());
            drain_bulkhead(instances_[i].first_channel + c);
        }
    }
}

void Services::processor_hogged(NodeId node, Duration cost) { hosts_[node.value].hog = cost; }

void Services::start_instance(std::uint32_t number, Duration after) {
    Instance& instance = instances_[number];
    ++instance.life;
    queue_.push(now() + after, {this, instance_starts, number, instance.life});
}

void Services::serve_from_now(std::uint32_t number) {
    Instance& instance = instances_[number];
    instance.up = true;
    record_.add(now(), InstanceStarted{InstanceId{number}});
}

void Services::kill_instance(std::uint32_t number, StopCause cause) {
    Instance& instance = instances_[number];
    ++instance.life;
    if (!instance.up) return;
    instance.up = false;
    const bool is_silent = cause == StopCause::power_loss;
    record_.add(now(), InstanceStopped{InstanceId{number}, cause,
                                       static_cast<std::uint32_t>(instance.requests.size())});
    const std::vector<std::uint32_t> lost = std::exchange(instance.requests, {});
    for (const std::uint32_t slot : lost) {
        ServedRequest& request = requests_[slot];
        while (request.first_child != kNoSlot) abandon_call(request.first_child);
        if (!is_silent && !request.cancelled) {
            ServiceMessage message;
            message.kind = ServiceMessage::Kind::refusal;
            message.outcome = CallOutcome::refused;
            message.edge = request.edge;
            message.instance = number;
            message.attempt = request.attempt;
            message.ticket = request.attempt_ticket;
            transmit(host(instance), request.from, message);
        }
        request.ticket = 0;
        requests_.give_back(slot);
    }
    Host& machine = hosts_[instance.node.value];
    if (machine.processor) {
        machine.processor->forget([&](const Processor::Piece& piece) {
            return requests_[piece.slot].ticket != piece.ticket;
        });
    }
    instance.busy = 0;
    instance.queue = RequestQueue(spec(instance).queue, requests_, now());
    instance.guards = Guards(spec(instance).server, now(),
                             random_.fork("guards", number).fork("life", instance.life));
    for (auto& cache : instance.caches) {
        if (cache) cache->lose();
    }
    if (std::exchange(instance.queue_told, 0) > 0) {
        record_.add(now(), QueueCrossed{InstanceId{number}, 0});
    }
    renew_channels(number);
}

void Services::transmit(HostId from, HostId to, const ServiceMessage& message) {
    if (from != to) {
        network_.send(from, to, message);
        return;
    }
    const std::uint32_t slot = local_messages_.take();
    local_messages_[slot] = message;
    queue_.push(now() + kLoopback, {this, loopback, slot, from.value});
}

void Services::receive(HostId from, HostId to, const ServiceMessage& message) {
    if (to.value < hosts_.size() && hosts_[to.value].paused) {
        deferred_.push_back({to.value, true, {}, from, message});
        return;
    }
    take_message(from, to, message);
}

void Services::take_message(HostId from, HostId to, const ServiceMessage& message) {
    using Kind = ServiceMessage::Kind;
    switch (message.kind) {
        case Kind::call: called(from, to, message); break;
        case Kind::cancel: cancel_request(message); break;
        case Kind::answer:
        case Kind::refusal: answered(message); break;
        case Kind::probe: {
            ServiceMessage reply = message;
            reply.kind = Kind::probe_answer;
            reply.outcome =
                instances_[message.instance].up ? CallOutcome::ok : CallOutcome::refused;
            transmit(to, from, reply);
            break;
        }
        case Kind::probe_answer: {
            Channel& channel = channels_[message.attempt];
            if (message.outcome != CallOutcome::ok || message.ticket != channel.round) break;
            channel.answered[message.instance - channel.ends.first_instance] = message.ticket;
            break;
        }
    }
}

// The machine that an event takes place on; kNoSlot: it is a client's, or nobody's.
std::uint32_t Services::host_of(const Event& event) {
    const auto of_channel = [&](std::uint32_t channel) {
        const ChannelEnds& ends = ends_[channel];
        return ends.caller.is_none() ? kNoSlot : ends.host.value;
    };
    switch (static_cast<EventKind>(event.kind)) {
        case attempt_due: return of_channel(calls_[attempts_[event.a].call].channel);
        case hedge_due:
        case retry_due: return of_channel(calls_[event.a].channel);
        case queue_due:
        case worked: return instances_[requests_[event.a].instance].node.value;
        case queue_look:
        case instance_starts: return instances_[event.a].node.value;
        case tick:
        case bulkhead_due:
        case piece_done:
        case arrival:
        case thought:
        case loopback:
        case probe_round:
        case probe_judged: return kNoSlot;
    }
    return kNoSlot;
}

bool Services::matters(std::uint32_t kind, std::uint32_t slot, std::uint64_t ticket) {
    switch (static_cast<EventKind>(kind)) {
        case attempt_due: return attempts_[slot].ticket == ticket;
        case hedge_due:
        case retry_due: return calls_[slot].ticket == ticket;
        case queue_due:
            return requests_[slot].ticket == ticket &&
                   requests_[slot].stage == ServedRequest::Stage::queued;
        case worked: return requests_[slot].ticket == ticket;
        case queue_look:
        case instance_starts: return instances_[slot].life == ticket;
        case probe_round:
        case probe_judged: return channel_lives_[slot] == ticket;
        case tick:
        case bulkhead_due:
        case piece_done:
        case arrival:
        case thought:
        case loopback: return true;
    }
    return true;
}

void Services::on_event(Instant now, const Event& event) {
    if (event.kind == tick) {
        wheel_.on_tick(now, [this](std::uint32_t kind, std::uint32_t slot, std::uint64_t ticket) {
            return matters(kind, slot, ticket);
        });
        return;
    }
    if (!matters(event.kind, event.a, event.b)) return;
    const std::uint32_t host = host_of(event);
    if (host != kNoSlot && hosts_[host].paused) {
        deferred_.push_back({host, false, event, {}, {}});
        return;
    }
    handle(now, event);
}

void Services::handle(Instant now, const Event& event) {
    switch (static_cast<EventKind>(event.kind)) {
        case tick: break;
        case attempt_due: attempt_over(event.a, CallOutcome::timed_out, CallCause::none); break;
        case hedge_due: on_hedge_due(event.a); break;
        case queue_due: leave_queue(event.a, CallCause::queue_timeout); break;
        case queue_look:
            instances_[event.a].queue.look(now);
            reject_dropped(event.a);
            break;
        case retry_due:
            calls_[event.a].retry_waits = false;
            make_attempt(event.a, true);
            break;
        case bulkhead_due: {
            Channel& channel = channels_[event.a];
            if (!channel.bulkhead_expiry.due(now) || !channel.bulkhead) break;
            const bool is_instance = !channel.ends.caller.is_none();
            if (is_instance && hosts_[channel.ends.host.value].paused) break;
            channel.bulkhead->on_time(now);
            drain_bulkhead(event.a);
            break;
        }
        case piece_done: {
            Processor::Piece piece;
            if (!hosts_[event.a / 256].processor->done(event.a % 256, event.b, piece)) break;
            if (requests_[piece.slot].ticket == piece.ticket) after_processor(piece.slot);
            break;
        }
        case worked:
            requests_[event.a].stage = ServedRequest::Stage::calling;
            continue_calls(event.a);
            break;
        case instance_starts: serve_from_now(event.a); break;
        case arrival: {
            Population& population = populations_[event.a];
            queue_.push(now + population.gaps.draw(population.arrivals),
                        {this, arrival, event.a, 0});
            issue(event.a, Issue::by_loop);
            break;
        }
        case thought: thought_over(event.a, static_cast<std::uint32_t>(event.b)); break;
        case loopback: {
            const ServiceMessage message = local_messages_[event.a];
            local_messages_.give_back(event.a);
            const HostId place{static_cast<std::uint32_t>(event.b)};
            if (hosts_[place.value].up) receive(place, place, message);
            break;
        }
        case probe_round: probe(event.a); break;
        case probe_judged: judge_probes(event.a); break;
    }
}

bool Services::adds_up() {
    std::uint64_t present = 0;
    for (const Instance& instance : instances_) {
        std::uint64_t working = 0;
        for (const std::uint32_t slot : instance.requests) {
            working += requests_[slot].stage == ServedRequest::Stage::queued ? 0 : 1;
        }
        if (working != instance.busy) return false;
        if (working + instance.queue.size() != instance.requests.size()) return false;
        present += instance.requests.size();
    }
    std::uint64_t calls = 0;
    for (const Channel& channel : channels_) {
        if (channel.bulkhead) calls += channel.bulkhead->waiting();
        for (const Balancer& balancer : channel.balancers) {
            for (std::uint32_t i = 0; i < balancer.size(); ++i) calls += balancer.outstanding(i);
        }
    }
    return present == requests_.in_use() && calls == attempts_.in_use() &&
           std::all_of(populations_.begin(), populations_.end(),
                       [](const Population& p) { return p.counts.adds_up(); });
}

}  // namespace shaketable
