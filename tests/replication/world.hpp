// SPDX-License-Identifier: MIT
//
// Sites, their storage and the messages between them, for tests: time stands still unless a test
// moves it, and every delivery, loss and report of durability is a test's decision.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/little_endian.hpp"
#include "core/replication/site.hpp"

namespace novacron::replication::testing {

inline Bytes data_of(std::uint64_t word, std::size_t size = 8) {
    std::vector<std::byte> bytes(size);
    store(bytes.data(), word);
    return Bytes(bytes);
}

struct Flight {
    SiteId from;
    SiteId to;
    Message message;
};

class World {
public:
    World(std::uint32_t sites, SiteOptions common) : common_(std::move(common)), machines_(sites) {
        for (std::uint32_t i = 0; i < sites; ++i) start(i);
    }

    Site& site(std::uint32_t i) { return *machines_[i].site; }
    Durable& storage(std::uint32_t i) { return machines_[i].durable; }
    bool is_up(std::uint32_t i) const { return machines_[i].site.has_value(); }

    void crash(std::uint32_t i) {
        machines_[i].site.reset();
        machines_[i].pending.clear();
    }
    void start(std::uint32_t i) {
        Machine& machine = machines_[i];
        SiteOptions options = common_;
        options.self = SiteId{i};
        options.peers.clear();
        for (std::uint32_t j = 0; j < machines_.size(); ++j) {
            if (j != i) options.peers.push_back(SiteId{j});
        }
        options.life = ++machine.lives;
        machine.site.emplace(options, machine.durable, now);
        collect(i);
    }

    // After an input: takes what came of it.
    void collect(std::uint32_t i) {
        Machine& machine = machines_[i];
        Outputs outputs = machine.site->take_outputs();
        for (Write& write : outputs.writes) machine.pending.push_back(std::move(write));
        for (auto& [to, message] : outputs.messages) {
            flights.push_back({SiteId{i}, to, std::move(message)});
        }
        for (const Event& event : outputs.events) events.push_back({SiteId{i}, event});
    }
    std::variant<LogIndex, WriteRefusal> write(std::uint32_t i, std::uint64_t word,
                                               std::size_t size = 8) {
        auto answer = site(i).write(now, data_of(word, size));
        collect(i);
        return answer;
    }
    Promotion promote(std::uint32_t i, Force force = Force::no) {
        const Promotion promotion = site(i).promote(now, force);
        collect(i);
        return promotion;
    }

    bool can_persist(std::uint32_t i) const { return is_up(i) && !machines_[i].pending.empty(); }
    void persist_one(std::uint32_t i) {
        Machine& machine = machines_[i];
        const Write write = std::move(machine.pending.front());
        machine.pending.pop_front();
        machine.durable.take(write);
        machine.site->on_persisted(now, write.id);
        collect(i);
    }
    void deliver(const Flight& flight) {
        const std::uint32_t to = flight.to.value;
        if (!is_up(to) || cut.contains({flight.from.value, to})) return;
        site(to).step(now, flight.from, flight.message);
        collect(to);
    }
    void on_time(std::uint32_t i) {
        site(i).on_time(now);
        collect(i);
    }

    // Everything is delivered and made durable, until nothing is left at this moment.
    void settle() {
        for (bool busy = true; busy;) {
            busy = false;
            while (!flights.empty()) {
                const Flight flight = std::move(flights.front());
                flights.pop_front();
                deliver(flight);
                busy = true;
            }
            for (std::uint32_t i = 0; i < machines_.size(); ++i) {
                while (can_persist(i)) {
                    persist_one(i);
                    busy = true;
                }
                if (is_up(i) && site(i).next_deadline() <= now) {
                    on_time(i);
                    busy = true;
                }
            }
        }
    }
    // Time passes, deadline by deadline; nothing is lost.
    void run_for(Duration duration) {
        const Instant end = now + duration;
        settle();
        for (;;) {
            Instant next = Instant::never();
            for (std::uint32_t i = 0; i < machines_.size(); ++i) {
                if (is_up(i)) next = std::min(next, site(i).next_deadline());
            }
            if (next > end) break;
            now = next;
            settle();
        }
        now = end;
    }
    // The link between two sites, in both directions.
    void disconnect(std::uint32_t a, std::uint32_t b) {
        cut.insert({a, b});
        cut.insert({b, a});
    }
    void connect_all() { cut.clear(); }

    std::size_t count(Event::Kind kind) const {
        std::size_t found = 0;
        for (const auto& [site, event] : events) found += event.kind == kind ? 1 : 0;
        return found;
    }

    Instant now{};
    std::deque<Flight> flights;
    std::vector<std::pair<SiteId, Event>> events;
    std::set<std::pair<std::uint32_t, std::uint32_t>> cut;

private:
    struct Machine {
        Durable durable;
        std::optional<Site> site;
        std::deque<Write> pending;
        std::uint64_t lives = 0;
    };
    SiteOptions common_;
    std::vector<Machine> machines_;
};

}  // namespace novacron::replication::testing
