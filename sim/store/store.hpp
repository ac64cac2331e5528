// SPDX-License-Identifier: MIT
//
// Results of runs, kept in one SQLite file.
//
// Intuition: a run is a function of its key, so the file is a memory of that function: the same key
// comes with the same fingerprint and is already there, or something is not deterministic, and
// that is an alarm. Each run is one transaction; a program killed between two of them, or within
// one, leaves a file that holds every run it had finished.
//
// Invariants: (1) a file that is not a results database is never changed, nor is one of a newer
//                 build.
//             (2) a run is in the file as a whole or not at all.
//             (3) after close(), with no one else at work on it, the file needs no companion: it
//                 can be copied by itself.
// Not modelled: wall time. Whoever may read a clock passes the text in.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "sim/run/result.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/store/sqlite.hpp"

namespace shaketable {

class StoreError : public std::runtime_error {
public:
    enum class Kind : std::uint8_t {
        missing,        // to be read, and not there
        unusable,       // a directory, no permission, no such folder, disk full, corrupt
        foreign,        // not a results database
        newer,          // of a build that knows more
        older,          // to be read, and not of this build's version
        nondeterminism  // a run that is there came out differently
    };
    StoreError(Kind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
    Kind kind() const { return kind_; }

private:
    Kind kind_;
};

// The words for a failure of SQLite: what the file is, and what can be done about it.
StoreError unusable(const std::string& path, const SqliteError& error);

// What a database remembers of a run, enough to do it again.
struct StoredRun {
    std::string run_key;
    std::string fingerprint;
    std::string model_version;
    Verdict verdict = Verdict::inconclusive;
    std::uint64_t seed = 0;
    std::string scenario;
    std::string scenario_path;
    std::string resolved_yaml;
};

struct CampaignNote {
    std::string started_at;   // wall time, ISO-8601
    std::string program;      // version of the program
    std::string argv = "[]";  // its arguments as a JSON array
};

class Store {
public:
    enum class Access : std::uint8_t { read, write };
    enum class Added : std::uint8_t { added, known };

    // To write, makes the file if it is missing or empty and brings it up to this build's version;
    // `now` (wall time, ISO-8601) is noted with each step. Throws StoreError, and then the file is
    // as it was.
    Store(const std::string& path, Access access, std::string_view now = "");
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    // The runs added from now on belong to this use of the program.
    // REQUIRES: opened to write.
    void begin_campaign(const CampaignNote& note);

    // `known`: the file already had this run, with this fingerprint; nothing is written. Throws
    // StoreError of kind nondeterminism if it had it with another.
    // REQUIRES: begin_campaign was called; the result is of this scenario.
    Added add(const Scenario& scenario, const Result& result, std::string_view model_version);

    // Those whose keys begin so, at most two: enough to know whether it is the only one.
    std::vector<StoredRun> find(std::string_view run_key);
    // Of one run, by number of facts; `run_key` is the whole key.
    std::vector<CheckpointRow> checkpoints(std::string_view run_key);
    // Newest first, at most `limit`.
    std::vector<StoredRun> latest(std::int64_t limit);

    const std::string& path() const { return path_; }

    // Folds the write-ahead log into the file. The destructor does it too, without a word on
    // failure.
    void close();

private:
    friend class StudyStore;
    struct Statements;

    void open(std::string_view now);
    void migrate(std::string_view now);
    void switch_to_write_ahead_log();
    void add_run(const Scenario& scenario, const Result& result, std::string_view model_version);
    void add_measures(const Result& result);
    void add_detection(const Result& result);
    void add_alerts(const Result& result);
    void add_verdicts(const Result& result);
    void add_services(const Result& r);
    void add_history(const Result& result);
    void add_backups(const Result& result);
    void finish();

    std::string path_;
    Access access_;
    std::unique_ptr<Connection> connection_;
    std::unique_ptr<Statements> statements_;
    std::int64_t campaign_ = 0;
};

}  // namespace shaketable
