// SPDX-License-Identifier: MIT
//
// The program `shaketable`. A first SIGINT or SIGTERM asks it to finish in good order; a second
// one ends it at once, and the database is whole even then.
#include <atomic>
#include <csignal>
#include <string>
#include <vector>

#include "sim/cli/command.hpp"
#include "sim/run/memory.hpp"

namespace {

std::atomic<bool> stop{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may touch nothing else");

void on_signal(int) { stop = true; }

void listen(int signal) {
    struct sigaction action {};
    action.sa_handler = on_signal;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    sigaction(signal, &action, nullptr);
}

}  // namespace

int main(int argc, char** argv) {
    shaketable::prepare_memory_for_runs();
    listen(SIGINT);
    listen(SIGTERM);
    return shaketable::cli::run_program(std::vector<std::string>(argv, argv + argc), stop);
}
