// SPDX-License-Identifier: MIT
//
// Histories small enough to decide by hand: legal ones, and beside each the nearest that is not.
#include "sim/history/linearizability.hpp"
#include "sim/history/read_history.hpp"
#include "tests/catch.hpp"

namespace shaketable::history {
namespace {

using Answer = Verdict::Answer;

History read(const std::string& text, std::optional<Model> model = std::nullopt) {
    ReadResult result = read_history("test.edn", text, model);
    INFO(format(result.diagnostics));
    REQUIRE(result.history);
    return std::move(*result.history);
}

bool legal(const std::string& text, std::optional<Model> model = std::nullopt) {
    const Verdict verdict = check(read(text, model));
    REQUIRE(verdict.answer != Answer::unknown);
    return verdict.answer == Answer::linearizable;
}

}  // namespace

TEST_CASE("history: a read sees the write before it, not an older one", "[history]") {
    const std::string writes =
        "[0 :invoke :write 1] [0 :ok :write 1] [0 :invoke :write 2] [0 :ok :write 2]"
        "[1 :invoke :read nil]";
    CHECK(legal(writes + "[1 :ok :read 2]"));
    CHECK_FALSE(legal(writes + "[1 :ok :read 1]"));
    CHECK_FALSE(legal(writes + "[1 :ok :read nil]"));
}

TEST_CASE("history: beside a write a read may see the old or the new, and then no older",
          "[history]") {
    const std::string open =
        "[0 :invoke :write 1] [0 :ok :write 1] [0 :invoke :write 2]"
        "[1 :invoke :read nil] [1 :ok :read ";
    CHECK(legal(open + "1] [2 :invoke :read nil] [2 :ok :read 2] [0 :ok :write 2]"));
    CHECK(legal(open + "2] [2 :invoke :read nil] [2 :ok :read 2] [0 :ok :write 2]"));
    CHECK_FALSE(legal(open + "2] [2 :invoke :read nil] [2 :ok :read 1] [0 :ok :write 2]"));
    CHECK_FALSE(legal(open + "3] [0 :ok :write 2]"));
}

TEST_CASE("history: an uncertain write may take effect at any time later, or never", "[history]") {
    const std::string lost = "[0 :invoke :write 1] [0 :info :write :timed-out]";
    const std::string reads = "[1 :invoke :read nil] [1 :ok :read nil]";
    CHECK(legal(lost + reads));
    CHECK(legal(lost + reads + "[1 :invoke :read nil] [1 :ok :read 1]"));
    CHECK(legal(lost + "[1 :invoke :write 2] [1 :ok :write 2]" +
                "[1 :invoke :read nil] [1 :ok :read 1]"));
    // But once only, and not before it was asked for.
    CHECK_FALSE(legal(lost + "[1 :invoke :read nil] [1 :ok :read 1]"
                             "[1 :invoke :write 2] [1 :ok :write 2]"
                             "[1 :invoke :read nil] [1 :ok :read 1]"));
    CHECK_FALSE(legal("[1 :invoke :read nil] [1 :ok :read 1]" + lost));
}

TEST_CASE("history: what failed took no effect", "[history]") {
    const std::string failed = "[0 :invoke :write 1] [0 :fail :write 1] [1 :invoke :read nil]";
    CHECK(legal(failed + "[1 :ok :read nil]"));
    CHECK_FALSE(legal(failed + "[1 :ok :read 1]"));
}

TEST_CASE("history: a compare-and-set succeeds on what it expects, and on nothing else",
          "[history]") {
    const std::string write = "[0 :invoke :write 1] [0 :ok :write 1]";
    CHECK(legal(write + "[1 :invoke :cas [1 2]] [1 :ok :cas [1 2]]"
                        "[1 :invoke :read nil] [1 :ok :read 2]"));
    CHECK_FALSE(legal(write + "[1 :invoke :cas [3 2]] [1 :ok :cas [3 2]]"));
    // Of two at once only one can have met the 1.
    CHECK_FALSE(legal(write + "[1 :invoke :cas [1 2]] [2 :invoke :cas [1 3]]"
                              "[1 :ok :cas [1 2]] [2 :ok :cas [1 3]]"));
    CHECK(legal(write + "[1 :invoke :cas [1 2]] [2 :invoke :cas [2 3]]"
                        "[2 :ok :cas [2 3]] [1 :ok :cas [1 2]]"));
    CHECK(legal(write + "[1 :invoke :cas [1 2]] [1 :info :cas :lost]"
                        "[2 :invoke :cas [2 3]] [2 :ok :cas [2 3]]"));
}

TEST_CASE("history: keys are independent, and one bad key is enough", "[history]") {
    const std::string two =
        "[0 :invoke :write [x 1]] [0 :ok :write [x 1]] [1 :invoke :write [y 2]]"
        "[1 :ok :write [y 2]] [0 :invoke :read [x nil]] [0 :ok :read [x 1]]"
        "[1 :invoke :read [y nil]]";
    CHECK(legal(two + "[1 :ok :read [y 2]]"));
    CHECK_FALSE(legal(two + "[1 :ok :read [y 1]]"));
    const History bad = read(two + "[1 :ok :read [y 1]]");
    const Verdict verdict = check(bad);
    REQUIRE(verdict.offence);
    CHECK(bad.keys[verdict.offence->key] == "y");
    CHECK(text_of(bad, bad.operations[verdict.offence->misfit]) == "y: read 1");
    // The same as one register, whose values are pairs: its first read is wrong.
    CHECK_FALSE(legal(two + "[1 :ok :read [y 2]]", Model::single_register));
}

TEST_CASE("history: a list holds what was appended, in one order for all", "[history]") {
    const std::string appends =
        "[0 :invoke :append 1] [1 :invoke :append 2] [0 :ok :append 1] [1 :ok :append 2]"
        "[0 :invoke :read nil] [0 :ok :read [2 1]] [1 :invoke :read nil]";
    CHECK(legal(appends + "[1 :ok :read [2 1]]"));
    CHECK_FALSE(legal(appends + "[1 :ok :read [1 2]]"));
    CHECK_FALSE(legal(appends + "[1 :ok :read [2]]"));
    CHECK_FALSE(legal(appends + "[1 :ok :read [2 1 1]]"));
    CHECK(
        legal("[0 :invoke :append 1] [0 :info :append 1] [1 :invoke :read nil]"
              "[1 :ok :read []] [1 :invoke :read nil] [1 :ok :read [1]]"));
}

TEST_CASE("history: an offence ends with the completion that fits nowhere, whatever follows",
          "[history]") {
    const History history = read(
        "({:type :invoke, :f :write, :value 0, :process 0}\n"
        " {:type :ok, :f :write, :value 0, :process 0}\n"
        " {:type :invoke, :f :read, :value nil, :process 1}\n"
        " {:type :invoke, :f :write, :value 4, :process 2}\n"
        " {:type :ok, :f :read, :value 3, :process 1}  ; neither 0 nor 4\n"
        " {:type :ok, :f :write, :value 4, :process 2}\n"
        " {:type :invoke, :f :read, :value nil, :process 3}\n"
        " {:type :ok, :f :read, :value 4, :process 3})\n");
    const Verdict verdict = check(history);
    REQUIRE(verdict.offence);
    CHECK(verdict.offence->shortest);
    CHECK(verdict.offence->operations == 3);
    CHECK(explain(history, *verdict.offence) ==
          "read 3 by process 1 (lines 3 and 5) fits nowhere\n"
          "  the shortest part that is not linearizable: 3 operations, up to line 5; without that "
          "completion it is\n"
          "  before it, in an order that is possible, last:\n"
          "    write 0 by process 0 (lines 1 and 2)\n"
          "  open at its completion:\n"
          "    write 4 by process 2 (lines 4 and 6)\n");
}

TEST_CASE("history: a budget that does not suffice makes the answer unknown", "[history]") {
    std::string text;
    for (int i = 0; i < 12; ++i) {
        const std::string n = std::to_string(i);
        text += "[" + n + " :invoke :write " + std::to_string(i % 4) + "]";
    }
    for (int i = 0; i < 12; ++i) {
        text += "[" + std::to_string(i) + " :ok :write " + std::to_string(i % 4) + "]";
        text += "[99 :invoke :read nil] [99 :ok :read " + std::to_string((i + 1) % 4) + "]";
    }
    const History history = read(text);
    CHECK(check(history, Budget{3}).answer == Answer::unknown);
    CHECK(check(history).answer != Answer::unknown);
    Budget stopped;
    stopped.steps = 1 << 20;
    stopped.stop = [] { return true; };
    const Verdict verdict = check(history, stopped);
    CHECK((verdict.answer == Answer::unknown || verdict.steps < 1024));
}

TEST_CASE("history: the log's order is a short cut, and no verdict against", "[history]") {
    const std::string honest =
        R"({"process":0,"type":"invoke","f":"write","key":1,"value":1}
{"process":0,"type":"ok","f":"write","key":1,"value":1,"log_index":5}
{"process":0,"type":"invoke","f":"read","key":1}
)";
    const History good =
        read(honest + R"({"process":0,"type":"ok","f":"read","key":1,"value":1,"log_index":5})");
    CHECK(check(good).answer == Answer::linearizable);
    CHECK(check(good).method == Verdict::Method::log_order);
    // Read at an index below that of the write, though after it: the log is wrong, the answer not.
    const History odd =
        read(honest + R"({"process":0,"type":"ok","f":"read","key":1,"value":1,"log_index":4})");
    CHECK(check(odd).answer == Answer::linearizable);
    CHECK(check(odd).method == Verdict::Method::search);
    const History bad =
        read(honest + R"({"process":0,"type":"ok","f":"read","key":1,"value":null,"log_index":5})");
    CHECK(check(bad).answer == Answer::not_linearizable);
}

}  // namespace shaketable::history
