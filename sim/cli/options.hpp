// SPDX-License-Identifier: MIT
//
// Command lines read strictly, on top of Boost.Program_options: an option is never guessed from its
// beginning, values are read as text first (so that `--seed -5` is refused instead of wrapping
// around), and what is unknown is answered with the nearest thing that exists.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/program_options/options_description.hpp>

#include "sim/cli/command.hpp"
#include "sim/scenario/loader.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/store/store.hpp"

namespace shaketable::cli {

constexpr const char* kDefaultDatabase = "shaketable.db";

// A command's arguments, told apart.
class Arguments {
public:
    // `flags` take no value, `--help` and `--no-color` are always among them and are obeyed here.
    // Throws UsageError.
    Arguments(const Command& command, Context& context, const std::vector<std::string>& arguments);

    // The user asked for help and got it: nothing else is to be done.
    bool answered() const { return answered_; }

    const std::vector<std::string>& words() const { return words_; }
    // The only word there must be. `what` names it, as in the usage line.
    const std::string& only_word(const char* what) const;
    bool has(const std::string& option) const;
    std::optional<std::string> value(const std::string& option) const;
    std::vector<std::string> values(const std::string& option) const;

    std::optional<std::uint64_t> seed() const;
    // From --seed or --seeds, else nothing.
    std::optional<SeedRange> seeds() const;
    // -j, else the number of processors; never more than there are seeds.
    unsigned threads(SeedRange seeds) const;
    // The same for any number of runs, at least 1.
    unsigned threads_for(std::uint64_t runs) const;
    std::vector<Override> overrides() const;
    std::string database() const;

private:
    std::vector<std::string> words_;
    std::vector<std::pair<std::string, std::string>> given_;  // option and value, in order
    bool answered_ = false;
};

// Parts several commands share.
boost::program_options::options_description seed_option();
boost::program_options::options_description set_option();
boost::program_options::options_description database_option();

// A seed that SQLite can hold: 0 .. 2^63 - 1. Throws UsageError.
std::uint64_t parse_seed(const std::string& text);

// The scenario, or its mistakes on standard error and an InputError that counts them.
Scenario load_or_refuse(const Context& context, const std::string& path,
                        const std::vector<Override>& overrides);

// A run of a database by its key or the key's beginning. Throws InputError if there is no such run.
StoredRun find_run(const std::string& database, const std::string& run_key);
// The scenario of a stored run as it was then.
Scenario load_stored(const Context& context, const StoredRun& run);

// A run as command lines name one: SCENARIO@SEED, or else the key of a run in the database.
struct NamedRun {
    Scenario scenario;
    std::uint64_t seed;
    std::optional<StoredRun> stored;
};
NamedRun named_run(const Context& context, const Arguments& arguments, const std::string& text);

// Says so and gives a status if a recorded run came out otherwise, which is not what was asked for.
ExitCode refuse_other_run(const Context& context, const StoredRun& run, const Result& now);

// A word as the shell would take it back, quoted if need be.
std::string shell_word(const std::string& word);
// The command that does this run again.
std::string replay_command(const std::string& path, const std::vector<Override>& overrides,
                           SeedRange seeds);

}  // namespace shaketable::cli
