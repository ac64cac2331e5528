// SPDX-License-Identifier: MIT
//
// How long the check of a register's history takes.
//
//   bench_history OPERATIONS CLIENTS VALUES [UNCERTAIN_PER_MILLE [STALE]]
//
// Clients that are never idle read, write and compare-and-set a register, one third each; VALUES 0
// writes a new value each time. Each operation takes effect at a random event of its interval, and
// the log's order is not told. STALE 1 makes the last read return what was never written last.
// Prints the verdict; time it from outside.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "core/base/random.hpp"
#include "sim/history/linearizability.hpp"

namespace {

using namespace shaketable::history;

struct Client {
    std::uint32_t operation = kNever;  // under way
    bool done = false;                 // it has taken effect
    bool failed = false;               // a compare-and-set that met another value
};

class Register {
public:
    Register(std::uint32_t clients, std::uint32_t values, std::uint32_t uncertain)
        : random_(1), clients_(clients), values_(values), uncertain_(uncertain) {
        for (std::uint32_t i = 0; i < clients; ++i) history_.processes.push_back(std::to_string(i));
        for (std::uint32_t i = 1; i <= values; ++i) history_.values.push_back(std::to_string(i));
    }

    History run(std::uint32_t operations) {
        while (history_.operations.size() < operations) {
            step(static_cast<std::uint32_t>(random_.below(clients_.size())));
        }
        return std::move(history_);
    }

private:
    Value fresh() {
        if (values_ > 0) return static_cast<Value>(1 + random_.below(values_));
        history_.values.push_back(std::to_string(history_.values.size()));
        return static_cast<Value>(history_.values.size() - 1);
    }

    void step(std::uint32_t number) {
        Client& client = clients_[number];
        if (client.operation == kNever) {
            Operation operation;
            operation.process = number;
            operation.invoked = history_.events++;
            const std::uint64_t dice = random_.below(3);
            if (dice > 0) operation.value = fresh();
            if (dice == 1) operation.function = Function::write;
            if (dice == 2) {
                operation.function = Function::compare_and_set;
                operation.expected = values_ > 0 ? fresh() : state_;
            }
            client = {static_cast<std::uint32_t>(history_.operations.size())};
            history_.operations.push_back(operation);
        } else if (!client.done) {
            Operation& operation = history_.operations[client.operation];
            if (operation.function == Function::read) operation.expected = state_;
            client.failed =
                operation.function == Function::compare_and_set && operation.expected != state_;
            if (operation.function != Function::read && !client.failed) state_ = operation.value;
            client.done = true;
        } else {
            Operation& operation = history_.operations[client.operation];
            if (client.failed) {  // took no effect: as good as a read that was not answered
                operation.function = Function::read;
            } else if (random_.below(1000) >= uncertain_) {
                operation.completed = history_.events++;
            }
            client.operation = kNever;
        }
    }

    novacron::Random random_;
    std::vector<Client> clients_;
    std::uint32_t values_;
    std::uint32_t uncertain_;
    Value state_ = kNil;
    History history_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc < 4 || argc > 6) {
        std::fputs("usage: bench_history OPERATIONS CLIENTS VALUES [UNCERTAIN [STALE]]\n", stderr);
        return 2;
    }
    const auto number = [&](int i) {
        return i < argc ? static_cast<std::uint32_t>(std::strtoul(argv[i], nullptr, 10)) : 0U;
    };
    History history = Register(number(2), number(3), number(4)).run(number(1));
    if (number(5) == 1) {
        for (std::size_t i = history.operations.size(); i-- > 0;) {
            Operation& last = history.operations[i];
            if (last.function != Function::read || !last.known()) continue;
            last.expected = history.operations[0].value + 1;
            break;
        }
    }
    const Verdict verdict = check(history);
    static constexpr const char* kWords[] = {"linearizable", "not linearizable", "unknown"};
    std::printf("%s after %llu steps\n", kWords[static_cast<int>(verdict.answer)],
                static_cast<unsigned long long>(verdict.steps));
    if (verdict.offence) std::fputs(explain(history, *verdict.offence).c_str(), stdout);
    return 0;
}
