// SPDX-License-Identifier: MIT
#include "sim/study/run_many.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/check.hpp"
#include "sim/run/run.hpp"

namespace shaketable {

namespace {

// What became of a run: a result, an exception, or neither (it was given up).
struct DoneSeed {
    std::optional<Result> result;
    std::exception_ptr trouble;
};

DoneSeed attempt(const RunOne& run_one, std::uint64_t number) {
    try {
        return {run_one(number), nullptr};
    } catch (...) {
        return {std::nullopt, std::current_exception()};
    }
}

// The threads' common desk: numbers to take on one side, outcomes to hand on at the other.
class Desk {
public:
    Desk(std::uint64_t count, unsigned threads, const RunOne& run_one,
         const std::atomic<bool>& stop)
        : count_(count), window_(kAhead * threads), run_one_(run_one), stop_(stop) {
        threads_.reserve(threads);
        for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
    }
    ~Desk() {
        {
            const std::lock_guard lock(mutex_);
            closed_ = true;
        }
        changed_.notify_all();
        for (std::thread& thread : threads_) thread.join();
    }
    Desk(const Desk&) = delete;
    Desk& operator=(const Desk&) = delete;

    // The next outcome in the order of the numbers; nothing when there is none left to come.
    std::optional<DoneSeed> next() {
        std::unique_lock lock(mutex_);
        wait(lock, [this] { return done_.contains(handed_on_) || handed_on_ == limit(); });
        const auto found = done_.find(handed_on_);
        if (found == done_.end()) return std::nullopt;
        DoneSeed outcome = std::move(found->second);
        done_.erase(found);
        ++handed_on_;
        lock.unlock();
        changed_.notify_all();
        return outcome;
    }

private:
    // A signal handler can set the stop but can't notify, so the wait looks up from time to time.
    template <class Condition>
    void wait(std::unique_lock<std::mutex>& lock, const Condition& condition) {
        while (!condition()) changed_.wait_for(lock, std::chrono::milliseconds(50));
    }

    // The number of runs that will have an outcome, as far as is known.
    std::uint64_t limit() const {
        return stop_ || closed_ ? taken_ : count_;
    }

    void work() {
        for (;;) {
            std::uint64_t mine = 0;
            {
                std::unique_lock lock(mutex_);
                wait(lock, [this] { return taken_ >= limit() || taken_ - handed_on_ < window_; });
                if (taken_ >= limit()) return;
                mine = taken_++;
            }
            DoneSeed outcome = attempt(run_one_, mine);
            {
                const std::lock_guard lock(mutex_);
                done_.emplace(mine, std::move(outcome));
            }
            changed_.notify_all();
        }
    }

    std::uint64_t count_;
    std::uint64_t window_;
    const RunOne& run_one_;
    const std::atomic<bool>& stop_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::uint64_t, DoneSeed> done_;  // not handed on yet
    std::uint64_t taken_ = 0;                // runs begun
    std::uint64_t handed_on_ = 0;            // outcomes given to the caller
    bool closed_ = false;
    std::vector<std::thread> threads_;
};

// False once there is nothing more to hand on.
bool hand_on(DoneSeed& outcome, const OnResult& on_result) {
    if (outcome.trouble) std::rethrow_exception(outcome.trouble);
    if (!outcome.result) return false;
    on_result(std::move(*outcome.result));
    return true;
}

}  // namespace

void run_in_order(std::uint64_t count, unsigned threads, const RunOne& run_one,
                  const OnResult& on_result, const std::atomic<bool>& stop) {
    novacron::check(threads >= 1, "runs need a thread");
    if (threads == 1) {
        for (std::uint64_t number = 0; number < count && !stop; ++number) {
            std::optional<Result> result = run_one(number);
            if (!result) return;
            on_result(std::move(*result));
        }
        return;
    }
    Desk desk(count, threads, run_one, stop);
    while (std::optional<DoneSeed> outcome = desk.next()) {
        if (!hand_on(*outcome, on_result)) return;
    }
}

void run_seeds(SeedRange seeds, unsigned threads, const RunOne& run_one, const OnResult& on_result,
               const std::atomic<bool>& stop) {
    novacron::check(seeds.first <= seeds.last, "a range of seeds goes upward");
    run_in_order(
        seeds.last - seeds.first + 1, threads,
        [&](std::uint64_t number) { return run_one(seeds.first + number); }, on_result, stop);
}

std::optional<Result> run_until_stopped(const Scenario& scenario, std::uint64_t seed,
                                        const std::atomic<bool>& stop, Watch watch) {
    Simulation simulation(scenario, seed);
    if (watch == Watch::probes) simulation.look_for_probes();
    const Instant end{scenario.duration.ns};
    for (Instant until{}; until < end && !stop;) {
        until = std::min(end, until + novacron::seconds(10));
        simulation.advance(until);
    }
    if (stop) return std::nullopt;
    return simulation.result();
}

void run_many(const Scenario& scenario, SeedRange seeds, unsigned threads,
              const OnResult& on_result, const std::atomic<bool>& stop) {
    run_seeds(
        seeds, threads, [&](std::uint64_t seed) { return run_until_stopped(scenario, seed, stop); },
        on_result, stop);
}

}  // namespace shaketable
