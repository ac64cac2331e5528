// SPDX-License-Identifier: MIT
#include "sim/fleet/workload.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <map>
#include <set>
#include <vector>

#include "tests/catch.hpp"
#include "tests/fleet/crowd.hpp"

namespace {

using namespace shaketable;
using novacron::ClientId;
using novacron::milliseconds;
using novacron::Request;
using novacron::seconds;
using test::Crowd;
using test::crowd_options;
using test::kServers;

constexpr Duration kThereAndBack = milliseconds(2);

// Answers at random: an acknowledgement, a redirection to anybody or nobody, a plea for patience,
// or silence.
void answer_at_random(Crowd& crowd, Random& random) {
    crowd.on_request = [&](HostId server, const Request& request) {
        const std::uint64_t mood = random.below(8);
        if (mood < 4) {
            crowd.acknowledge(server, request);
        } else if (mood < 6) {
            const auto leader = static_cast<std::uint32_t>(random.below(kServers + 1));
            crowd.redirect(server, request, leader == kServers ? NodeId::none() : NodeId{leader});
        } else if (mood == 6) {
            crowd.overload(server, request);
        }
    };
}

// A crowd that lives through answers of all kinds, hosts that die and hosts that come back.
void live_through_trouble(Crowd& crowd, Random& random, int moments) {
    answer_at_random(crowd, random);
    crowd.workload.start();
    for (int i = 0; i < moments; ++i) {
        crowd.run_for(milliseconds(50));
        const HostId server{static_cast<std::uint32_t>(random.below(kServers))};
        crowd.network.set_state(server, static_cast<HostState>(random.below(3)));
    }
}

WorkloadOptions impatient() {
    WorkloadOptions options = crowd_options();
    options.rate_per_second = 500;
    options.attempt_timeout = milliseconds(40);
    options.deadline = milliseconds(300);
    return options;
}

}  // namespace

TEST_CASE("workload: operations arrive at the rate that was asked for") {
    WorkloadOptions options = crowd_options();
    options.rate_per_second = 500;
    Crowd crowd(options);
    crowd.workload.start();
    crowd.run_for(seconds(100));
    const double expected = 500 * 100;
    REQUIRE(std::abs(static_cast<double>(crowd.issued.size()) - expected) <=
            3 * std::sqrt(expected));
}

TEST_CASE("workload: arrivals in equal spans of time vary as a Poisson process does") {
    WorkloadOptions options = crowd_options();
    options.rate_per_second = 200;
    Crowd crowd(options, 2);
    crowd.workload.start();
    constexpr std::size_t kSpans = 1000;
    crowd.run_for(milliseconds(100) * kSpans);
    std::vector<double> counts(kSpans);
    for (const Crowd::Issued& one : crowd.issued) {
        counts.at(static_cast<std::size_t>(one.at.ns / 100'000'000)) += 1;
    }
    double squares = 0;
    for (const double count : counts) squares += (count - 20) * (count - 20);
    // The index of dispersion has a standard deviation of sqrt((2 + 1/20) / spans).
    const double dispersion = squares / 20 / kSpans;
    REQUIRE(std::abs(dispersion - 1) <= 4 * std::sqrt(2.05 / kSpans));
}

TEST_CASE("workload: arrivals do not wait for answers") {
    Crowd silent;
    Crowd served;
    served.on_request = [&](HostId server, const Request& request) {
        served.acknowledge(server, request);
    };
    for (Crowd* crowd : {&silent, &served}) {
        crowd->workload.start();
        crowd->run_for(seconds(20));
    }
    REQUIRE(silent.issued.size() == served.issued.size());
    for (std::size_t i = 0; i < silent.issued.size(); ++i) {
        REQUIRE(silent.issued[i].at == served.issued[i].at);
    }
}

TEST_CASE("workload: an answered operation is acknowledged, with where and by whom") {
    Crowd crowd;
    crowd.on_request = [&](HostId server, const Request& request) {
        crowd.acknowledge(server, request);
    };
    crowd.start_one();
    crowd.run_for(kThereAndBack);
    REQUIRE(crowd.ended.size() == 1);
    const OperationEnded& ended = crowd.ended[0].fact;
    REQUIRE(ended.operation == OperationId{1});
    REQUIRE(ended.outcome == Outcome::acknowledged);
    REQUIRE(ended.issued == crowd.issued[0].at);
    REQUIRE(crowd.ended[0].at == crowd.issued[0].at + kThereAndBack);
    REQUIRE(ended.attempts == 1);
    REQUIRE(ended.index == LogIndex{1});
    REQUIRE(ended.by == NodeId{0});
}

TEST_CASE("workload: without an answer the outcome is unknown, at the deadline exactly") {
    Crowd crowd;
    crowd.workload.start();
    crowd.run_for(seconds(30));
    REQUIRE_FALSE(crowd.ended.empty());
    for (const Crowd::Ended& end : crowd.ended) {
        REQUIRE(end.fact.outcome == Outcome::unknown);
        REQUIRE(end.at == end.fact.issued + crowd_options().deadline);
    }
}

TEST_CASE("workload: issued is acknowledged, unknown and in flight, at every moment") {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        INFO("seed " << seed);
        Crowd crowd(impatient(), seed);
        Random random(seed);
        live_through_trouble(crowd, random, 100);
        std::set<std::uint64_t> ended;
        std::size_t unknown = 0;
        for (const Crowd::Ended& end : crowd.ended) {
            REQUIRE(ended.insert(end.fact.operation.value).second);  // once
            REQUIRE(end.at <= end.fact.issued + impatient().deadline);
            if (end.fact.outcome == Outcome::unknown) ++unknown;
        }
        REQUIRE(unknown > 0);
        REQUIRE(ended.size() > unknown);
        std::size_t in_flight = 0;
        for (const Crowd::Issued& one : crowd.issued) {
            if (one.at + impatient().deadline > crowd.queue.now() &&
                !ended.contains(one.fact.operation.value)) {
                ++in_flight;
            }
        }
        REQUIRE(crowd.issued.size() == ended.size() + in_flight);
        REQUIRE(crowd.counter.last == OperationId{crowd.issued.size()});
    }
}

TEST_CASE("workload: a session has one operation outstanding, and none after an unknown outcome") {
    Crowd crowd(impatient(), 3);
    Random random(3);
    live_through_trouble(crowd, random, 200);
    // The operations of each session, by sequence number; a value is an operation's number.
    std::map<ClientId, std::map<std::uint64_t, std::uint64_t>> sessions;
    for (const Crowd::Asked& asked : crowd.asked) {
        const novacron::kv::Command& command = asked.request.command;
        const auto [place, added] =
            sessions[command.client].emplace(command.sequence, command.value);
        REQUIRE(place->second == command.value);  // retries name the same operation
    }
    std::map<std::uint64_t, Crowd::Ended> ended;
    for (const Crowd::Ended& end : crowd.ended) ended.emplace(end.fact.operation.value, end);
    std::size_t successions = 0;
    for (const auto& [client, uses] : sessions) {
        for (auto use = uses.begin(); std::next(use) != uses.end(); ++use) {
            const auto next = std::next(use);
            ++successions;
            REQUIRE(ended.contains(use->second));
            REQUIRE(ended.at(use->second).fact.outcome == Outcome::acknowledged);
            REQUIRE(ended.at(use->second).at <= crowd.issued[next->second - 1].at);
        }
    }
    REQUIRE(successions > 100);
}

TEST_CASE("workload: every write has a value and a content of its own") {
    Crowd crowd(impatient(), 4);
    Random random(4);
    live_through_trouble(crowd, random, 100);
    std::set<std::uint64_t> contents;
    for (const Crowd::Issued& one : crowd.issued) contents.insert(one.fact.content);
    REQUIRE(contents.size() == crowd.issued.size());
    for (const Crowd::Asked& asked : crowd.asked) {
        const novacron::kv::Command& command = asked.request.command;
        REQUIRE(crowd.issued[command.value - 1].fact.content == novacron::kv::digest_of(command));
    }
}

TEST_CASE("workload: a read has no content and changes nothing") {
    WorkloadOptions options = crowd_options();
    options.kind = OperationKind::read;
    Crowd crowd(options);
    crowd.start_one();
    crowd.run_for(milliseconds(1));
    REQUIRE(crowd.asked[0].request.kind == Request::Kind::read);
    REQUIRE(crowd.issued[0].fact.kind == OperationKind::read);
    REQUIRE(crowd.issued[0].fact.content == 0);
}

TEST_CASE("workload: refused, an operation asks the next node after a back-off with full jitter") {
    WorkloadOptions options = crowd_options();
    options.rate_per_second = 2;
    Crowd crowd(options, 5);
    crowd.all_servers(HostState::refusing);
    crowd.workload.start();
    crowd.run_for(seconds(2000));
    // A refusal and the next one of the same operation lie a back-off and a round trip apart.
    std::map<std::uint64_t, std::vector<Instant>> refusals;
    for (const Crowd::Asked& refusal : crowd.refusals) {
        refusals[refusal.request.command.value].push_back(refusal.at);
    }
    std::map<std::size_t, std::vector<Duration>> waits;  // by failures so far
    for (const auto& [operation, times] : refusals) {
        for (std::size_t i = 1; i < times.size(); ++i) {
            waits[i].push_back(times[i] - times[i - 1] - kThereAndBack);
        }
    }
    for (std::size_t failures = 1; failures <= 9; ++failures) {
        const Duration ceiling =
            std::min(milliseconds(500), milliseconds(10) * (std::int64_t{1} << (failures - 1)));
        const std::vector<Duration>& seen = waits[failures];
        INFO(failures << " failures, " << seen.size() << " waits");
        REQUIRE(seen.size() > 3000);
        const auto [least, most] = std::minmax_element(seen.begin(), seen.end());
        REQUIRE(*least >= Duration{0});
        REQUIRE(*most <= ceiling);
        REQUIRE(*most >= ceiling * 99 / 100);
        double sum = 0;
        for (const Duration wait : seen) sum += static_cast<double>(wait.ns);
        const auto count = static_cast<double>(seen.size());
        // A uniform wait has a mean of half the ceiling, give or take ceiling / sqrt(12 n).
        REQUIRE(std::abs(sum / count - static_cast<double>(ceiling.ns) / 2) <=
                4 * static_cast<double>(ceiling.ns) / std::sqrt(12 * count));
    }
}

TEST_CASE("workload: whoever is refused by one node asks another") {
    Crowd crowd;
    crowd.network.set_state(HostId{0}, HostState::refusing);
    crowd.start_one();
    crowd.run_for(milliseconds(50));
    REQUIRE(crowd.asked_of(1).size() == 1);
    REQUIRE(crowd.asked_of(1)[0].server == HostId{1});
}

TEST_CASE("workload: unanswered for the attempt's time, an operation tries another node") {
    Crowd crowd;
    crowd.start_one();
    crowd.run_for(milliseconds(500));
    REQUIRE(crowd.asked_of(1).size() == 1);
    crowd.run_for(milliseconds(11));
    const auto asked = crowd.asked_of(1);
    REQUIRE(asked.size() == 2);
    REQUIRE(asked[0].server != asked[1].server);
    REQUIRE(asked[1].at - asked[0].at >= milliseconds(500));
    REQUIRE(asked[1].request.command == asked[0].request.command);
}

TEST_CASE("workload: sent on to the leader, an operation asks there at once") {
    Crowd crowd;
    crowd.on_request = [&](HostId server, const Request& request) {
        if (server == HostId{2}) {
            crowd.acknowledge(server, request);
        } else {
            crowd.redirect(server, request, NodeId{2});
        }
    };
    crowd.start_one();
    crowd.run_for(kThereAndBack * 2);
    REQUIRE(crowd.ended.size() == 1);
    REQUIRE(crowd.ended[0].fact.by == NodeId{2});
    REQUIRE(crowd.ended[0].fact.attempts == 2);
}

TEST_CASE("workload: whom one operation found to lead, the next ones ask first") {
    Crowd crowd;
    crowd.on_request = [&](HostId server, const Request& request) {
        if (server == HostId{2}) {
            crowd.acknowledge(server, request);
        } else {
            crowd.redirect(server, request, NodeId{2});
        }
    };
    crowd.workload.start();
    crowd.run_for(seconds(5));
    REQUIRE(crowd.ended.size() > 100);
    for (std::size_t i = 10; i < crowd.ended.size(); ++i) {
        REQUIRE(crowd.ended[i].fact.attempts == 1);
    }
}

TEST_CASE("workload: that asks anybody, asks each node in turn") {
    WorkloadOptions options = crowd_options();
    options.asks = Asks::anybody;
    Crowd crowd(options);
    std::vector<std::uint32_t> asked;
    crowd.on_request = [&](HostId server, const Request& request) {
        asked.push_back(server.value);
        crowd.acknowledge(server, request);
    };
    crowd.workload.start();
    crowd.run_for(seconds(2));
    REQUIRE(asked.size() > 50);
    std::vector<std::size_t> times(kServers);
    for (const std::uint32_t server : asked) ++times[server];
    for (const std::size_t count : times) REQUIRE(count >= asked.size() / kServers);
}

TEST_CASE("workload: whoever acknowledges leads, though it was given up for another") {
    WorkloadOptions options = crowd_options();
    options.rate_per_second = 0.1;
    Crowd crowd(options);
    Request late;
    crowd.on_request = [&](HostId, const Request& request) {
        if (late.command.value == 0) late = request;
    };
    crowd.start_one();
    crowd.run_for(milliseconds(520));
    REQUIRE(crowd.asked_of(1).back().server == HostId{1});
    REQUIRE(crowd.issued.size() == 1);
    crowd.acknowledge(HostId{0}, late);
    crowd.run_for(seconds(60));
    REQUIRE(crowd.asked_of(2).front().server == HostId{0});
}

TEST_CASE("workload: told that there is no leader, an operation waits and asks the next node") {
    Crowd crowd;
    crowd.on_request = [&](HostId server, const Request& request) {
        crowd.redirect(server, request, NodeId::none());
    };
    crowd.start_one();
    crowd.run_for(seconds(4));
    const auto asked = crowd.asked_of(1);
    REQUIRE(asked.size() > 5);
    std::set<HostId> servers;
    for (const Crowd::Asked& one : asked) servers.insert(one.server);
    REQUIRE(servers.size() == kServers);
    std::size_t at_once = 0;
    for (std::size_t i = 1; i < asked.size(); ++i) {
        at_once += asked[i].at - asked[i - 1].at == kThereAndBack ? 1 : 0;
    }
    REQUIRE(at_once == 0);
}

TEST_CASE("workload: told that the leader is overloaded, an operation waits and asks it again") {
    Crowd crowd;
    bool overloaded = true;
    crowd.on_request = [&](HostId server, const Request& request) {
        if (overloaded) {
            crowd.overload(server, request);
        } else {
            crowd.acknowledge(server, request);
        }
    };
    crowd.start_one();
    crowd.run_for(seconds(3));
    overloaded = false;
    crowd.run_for(seconds(1));
    const auto asked = crowd.asked_of(1);
    REQUIRE(asked.size() > 5);
    for (const Crowd::Asked& one : asked) REQUIRE(one.server == asked[0].server);
    for (std::size_t i = 1; i < asked.size(); ++i) {
        const Duration gap = asked[i].at - asked[i - 1].at;
        REQUIRE(gap > kThereAndBack);
        REQUIRE(gap <= milliseconds(500) + kThereAndBack);
    }
    const auto first = std::find_if(crowd.ended.begin(), crowd.ended.end(), [](const auto& one) {
        return one.fact.operation.value == 1;
    });
    REQUIRE(first != crowd.ended.end());
    REQUIRE(first->fact.outcome == Outcome::acknowledged);
    REQUIRE(first->at <= Instant{} + seconds(4));
}

TEST_CASE("workload: nodes that send it round in circles make an operation back off") {
    WorkloadOptions options = crowd_options();
    options.backoff_initial = milliseconds(400);
    Crowd crowd(options);
    crowd.on_request = [&](HostId server, const Request& request) {
        crowd.redirect(server, request, NodeId{(server.value + 1) % kServers});
    };
    crowd.start_one();
    crowd.run_for(seconds(4));
    const auto asked = crowd.asked_of(1);
    std::size_t at_once = 0;
    for (std::size_t i = 1; i < asked.size(); ++i) {
        at_once += asked[i].at - asked[i - 1].at == kThereAndBack ? 1 : 0;
    }
    REQUIRE(at_once == kServers);
    REQUIRE(asked.size() > kServers + 1);
}

TEST_CASE("workload: an answer that comes after its attempt was given up still counts") {
    Crowd crowd;
    Request late;
    crowd.on_request = [&](HostId, const Request& request) {
        if (request.command.value == 1) late = request;
    };
    crowd.start_one();
    crowd.run_for(milliseconds(700));
    crowd.acknowledge(HostId{0}, late);
    crowd.run_for(milliseconds(1));
    REQUIRE(crowd.ended.size() == 1);
    REQUIRE(crowd.ended[0].fact.operation == OperationId{1});
    REQUIRE(crowd.ended[0].fact.outcome == Outcome::acknowledged);
    const std::size_t attempts = crowd.asked_of(1).size();
    crowd.run_for(seconds(5));
    REQUIRE(crowd.asked_of(1).size() == attempts);
}

TEST_CASE("workload: an answer that comes after the deadline changes nothing") {
    Crowd crowd;
    Request late;
    crowd.on_request = [&](HostId, const Request& request) {
        if (request.command.value == 1) late = request;
    };
    crowd.start_one();
    crowd.run_for(crowd_options().deadline);
    const std::size_t ended = crowd.ended.size();
    REQUIRE(ended >= 1);
    crowd.acknowledge(HostId{0}, late);
    crowd.run_for(milliseconds(1));
    for (const Crowd::Ended& end : crowd.ended) {
        REQUIRE(end.fact.outcome == Outcome::unknown);
    }
}

TEST_CASE("workload: a refusal of an attempt that was given up is no news") {
    Crowd crowd;
    Request first;
    crowd.on_request = [&](HostId, const Request& request) {
        if (request.command.value == 1 && first.command.value == 0) first = request;
    };
    crowd.start_one();
    crowd.run_for(milliseconds(520));  // the second attempt is under way, at another node
    REQUIRE(crowd.asked_of(1).size() == 2);
    crowd.redirect(HostId{0}, first, NodeId::none());
    crowd.run_for(milliseconds(100));
    REQUIRE(crowd.asked_of(1).size() == 2);
}

TEST_CASE("workload: the same seed asks the same, another seed something else") {
    const auto arrivals = [](std::uint64_t seed) {
        Crowd crowd(crowd_options(), seed);
        crowd.workload.start();
        crowd.run_for(seconds(5));
        return crowd.record.fingerprint();
    };
    REQUIRE(arrivals(1) == arrivals(1));
    REQUIRE(arrivals(1) != arrivals(2));
}
