// SPDX-License-Identifier: MIT
//
// One run, and the runs of many seeds on several threads.
//
// The caller's thread looks at signals while others work: what is done when Ctrl-C comes is handed
// back, and what is under way is given up at its next stride.
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include <nlohmann/json.hpp>

#include "bindings/python/module.hpp"
#include "sim/run/result_json.hpp"
#include "sim/run/run.hpp"
#include "sim/store/store.hpp"
#include "sim/study/run_many.hpp"

namespace shaketable::python {

namespace {

using Clock = std::chrono::steady_clock;

constexpr Duration kBetweenSignals = novacron::seconds(10);  // of virtual time
constexpr std::chrono::milliseconds kBetweenLooks{50};       // of real time

std::int64_t ns_since(Clock::time_point began) {
    return std::chrono::nanoseconds(Clock::now() - began).count();
}

std::string run_to_json(const Scenario& scenario, std::uint64_t seed, const std::string& replay) {
    const py::gil_scoped_release released;
    const Clock::time_point began = Clock::now();
    const Instant end = Instant{} + scenario.duration;
    Simulation simulation(scenario, seed);
    for (Instant until; until < end;) {
        until = until + kBetweenSignals;
        simulation.advance(until);
        look_at_signals();
    }
    Result result = simulation.result();
    result.wall_ns = ns_since(began);
    return json_of(result, replay);
}

// Runs seeds on threads of its own, and collects what comes of them.
class Batch {
public:
    Batch(const Scenario& scenario, std::vector<std::uint64_t> seeds, unsigned threads,
          std::unique_ptr<Store> store)
        : scenario_(scenario),
          seeds_(std::move(seeds)),
          store_(std::move(store)),
          thread_([this, threads] { work(threads); }) {}
    ~Batch() {
        stop_ = true;
        thread_.join();
    }
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;

    // Waits for a little, or for the end. Returns whether it is the end.
    bool wait() {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, kBetweenLooks, [this] { return ended_; });
    }
    void stop() {
        stop_ = true;
        while (!wait()) {
        }
    }
    std::size_t done() {
        const std::lock_guard lock(mutex_);
        return results_.size();
    }
    // Once it has ended: the results, in the order of the seeds, and what ended it early.
    std::vector<std::string> take_results() { return std::move(results_); }
    const std::string& bug() const { return bug_; }
    const std::string& store_trouble() const { return store_trouble_; }

private:
    void work(unsigned threads) {
        try {
            if (!seeds_.empty()) {
                run_seeds(
                    {0, seeds_.size() - 1}, threads,
                    [this](std::uint64_t i) { return run_one(seeds_[i]); },
                    [this](Result&& result) { keep(result); }, stop_);
            }
            if (store_) store_->close();
        } catch (const StoreError& error) {
            store_trouble_ = error.what();
        } catch (const std::exception& error) {
            bug_ = error.what();
        }
        {
            const std::lock_guard lock(mutex_);
            ended_ = true;
        }
        changed_.notify_all();
    }

    std::optional<Result> run_one(std::uint64_t seed) const {
        const Clock::time_point began = Clock::now();
        std::optional<Result> result = run_until_stopped(scenario_, seed, stop_);
        if (result) result->wall_ns = ns_since(began);
        return result;
    }

    void keep(const Result& result) {
        if (store_) store_->add(scenario_, result, model_version());
        std::string json = json_of(result, "");
        const std::lock_guard lock(mutex_);
        results_.push_back(std::move(json));
    }

    const Scenario& scenario_;
    std::vector<std::uint64_t> seeds_;
    std::unique_ptr<Store> store_;
    std::atomic<bool> stop_ = false;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> results_;
    std::string bug_, store_trouble_;
    bool ended_ = false;
    std::thread thread_;  // last: it uses all of the above
};

// `store`: file, wall time and the caller's words, or nothing.
std::unique_ptr<Store> open_store(const std::optional<std::array<std::string, 3>>& store) {
    if (!store) return nullptr;
    auto opened = std::make_unique<Store>((*store)[0], Store::Access::write, (*store)[1]);
    opened->begin_campaign({(*store)[1], SHAKETABLE_VERSION, (*store)[2]});
    return opened;
}

// (results as JSON, how it ended: done, interrupted, bug or store; what was said then)
py::tuple run_many(const Scenario& scenario, std::vector<std::uint64_t> seeds, unsigned threads,
                   const std::optional<std::array<std::string, 3>>& store,
                   const py::function& progress) {
    Batch batch(scenario, std::move(seeds), threads, open_store(store));
    std::string ending = "done";
    const py::gil_scoped_release released;
    try {
        while (!batch.wait()) {
            const py::gil_scoped_acquire acquired;
            progress(batch.done());
            look_at_signals();
        }
    } catch (py::error_already_set& error) {
        batch.stop();
        const py::gil_scoped_acquire acquired;
        if (!error.matches(PyExc_KeyboardInterrupt)) throw;
        ending = "interrupted";
    }
    if (!batch.store_trouble().empty()) ending = "store";
    if (!batch.bug().empty()) ending = "bug";
    const py::gil_scoped_acquire acquired;
    return py::make_tuple(batch.take_results(), ending, batch.bug() + batch.store_trouble());
}

}  // namespace

std::string json_of(const Result& result, const std::string& replay) {
    nlohmann::ordered_json json = to_json(result, replay);
    json["timeline"] = timeline_to_json(result);
    json["roles"] = roles_to_json(result);
    json["series"] = series_to_json(result);
    if (!result.services.empty()) json["breakers"] = breakers_to_json(result);
    return json.dump();
}

void bind_run(py::module_& module) {
    module.def("run_to_json", &run_to_json, py::arg("scenario"), py::arg("seed"),
               py::arg("replay"));
    module.def("run_many", &run_many, py::arg("scenario"), py::arg("seeds"), py::arg("threads"),
               py::arg("store"), py::arg("progress"));
    py::register_exception<StoreError>(module, "StoreError", PyExc_RuntimeError);
}

}  // namespace shaketable::python
