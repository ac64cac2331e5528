// SPDX-License-Identifier: MIT
//
// History files: the forms they come in, what is refused and where, and damage from fixed seeds.
#include "core/base/random.hpp"
#include "sim/history/linearizability.hpp"
#include "sim/history/read_history.hpp"
#include "sim/history/write_history.hpp"
#include "tests/catch.hpp"

namespace shaketable::history {
namespace {

using novacron::Random;
using Answer = Verdict::Answer;

constexpr const char* kEdn =
    "; a comment\n"
    "[{:process 0, :type :invoke, :f :cas, :value [0 2], :time 5, :index 0}\n"
    " {:process :nemesis, :type :info, :f :start, :value {:n1 #{\"a\" \"b\"}}}\n"
    " {:process 0 :type :info :f :cas :value [0 2] :error \"timed \\u006fut\"}\n"
    " {:process 5, :type :invoke, :f :read, :value nil, #_ :skipped :extra #inst \"2024\"}\n"
    " {:process 5, :type :ok, :f :read, :value nil}]\n";
constexpr const char* kLog =
    "INFO  jepsen.core - Worker 3 starting\n"
    "INFO  jepsen.util - 0\t:invoke\t:write\t4\n"
    "INFO  jepsen.util - :nemesis\t:info\t:start\t\"Cut off [:n3 #[:n4]]\"\n"
    "INFO  jepsen.util - 0   :info   :write   :timed-out\n"
    "INFO  jepsen.util - 5\t:invoke\t:read\tnil\n"
    "INFO  jepsen.util - 5\t:ok\t:read\t4\n"
    "INFO  jepsen.util - 1\t:invoke\t:cas\t[3 0]\n"
    "INFO  jepsen.util - 1\t:fail\t:cas\t[3 0]\n";
constexpr const char* kJson =
    "{\"process\": 0, \"type\": \"invoke\", \"f\": \"append\", \"value\": 1}\n"
    "{\"process\": 0, \"type\": \"ok\", \"f\": \"append\", \"value\": 1, \"log_index\": 3}\n"
    "{\"process\": 1, \"type\": \"invoke\", \"f\": \"read\", \"value\": null}\n"
    "{\"process\": 1, \"type\": \"ok\", \"f\": \"read\", \"value\": [1], \"log_index\": 3}\n";

std::string mistakes(const std::string& text, std::optional<Model> model = std::nullopt) {
    const ReadResult result = read_history("h", text, model);
    CHECK_FALSE(result.history);
    std::string all;
    for (const Diagnostic& one : result.diagnostics) {
        all += std::to_string(one.at.line) + ":" + std::to_string(one.at.column) + " " +
               one.message + "\n";
    }
    return all;
}

History read(const std::string& text) {
    ReadResult result = read_history("h", text, std::nullopt);
    INFO(format(result.diagnostics));
    REQUIRE(result.history);
    return std::move(*result.history);
}

std::string written(const History& history, FileFormat format) {
    std::string text;
    write_history(history, format, [&](std::string_view line) { text += line; });
    return text;
}

}  // namespace

TEST_CASE("history file: Jepsen's EDN, with all that EDN allows", "[history]") {
    const History history = read(kEdn);
    REQUIRE(history.operations.size() == 2);
    CHECK(text_of(history, history.operations[0]) == "cas [0 2]");
    CHECK_FALSE(history.operations[0].known());
    CHECK(history.operations[0].invoked_ns == 5);
    CHECK(history.operations[1].completed_line == 6);
    CHECK(history.ignored == 1);
    CHECK(history.model == Model::single_register);
}

TEST_CASE("history file: Jepsen's log, whose other lines are passed over", "[history]") {
    const History history = read(kLog);
    REQUIRE(history.operations.size() == 2);
    CHECK(history.failed == 1);
    CHECK(history.ignored == 1);
    CHECK(history.processes == std::vector<std::string>{"0", "5", "1"});
    CHECK(check(history).answer == Answer::linearizable);
}

TEST_CASE("history file: JSON lines, one event a line or all in an array", "[history]") {
    const History lines = read(kJson);
    CHECK(lines.model == Model::list_append);
    CHECK(lines.operations[0].log_index == 3);
    CHECK(text_of(lines, lines.operations[1]) == "read [1]");
    std::string array = "[" + std::string(kJson);
    for (std::size_t at = 0; (at = array.find("}\n{", at)) != std::string::npos;) {
        array.replace(at, 2, "},");
    }
    CHECK(read(array + "]").operations.size() == 2);
}

TEST_CASE("history file: the model shows in functions, keys and pairs", "[history]") {
    CHECK(read("[0 :invoke :write [k 1]] [0 :ok :write [k 1]]").model == Model::kv);
    CHECK(read("[0 :invoke :write [k 1]] [0 :ok :write [k 1]] [0 :invoke :write 2]").model ==
          Model::single_register);
    CHECK(read("{:process 0 :type :invoke :f :write :key 3 :value 1}").model == Model::kv);
}

TEST_CASE("history file: a transaction of one step is that step", "[history]") {
    const History lists = read(
        "{:process 0, :type :invoke, :f :txn, :value [[:append 7 1]]}\n"
        "{:process 0, :type :ok, :f :txn, :value [[:append 7 1]]}\n"
        "{:process 1, :type :invoke, :f :txn, :value [[:r 7 nil]]}\n"
        "{:process 1, :type :ok, :f :txn, :value [[:r 7 [1]]]}\n");
    CHECK(lists.model == Model::list_append);
    CHECK(check(lists, {}).answer == Answer::linearizable);
    const History stale = read(
        "{:process 0, :type :invoke, :f :txn, :value [[:w 7 1]]}\n"
        "{:process 0, :type :ok, :f :txn, :value [[:w 7 1]]}\n"
        "{:process 1, :type :invoke, :f :txn, :value [[:r 7 nil]]}\n"
        "{:process 1, :type :ok, :f :txn, :value [[:r 7 nil]]}\n");
    CHECK(stale.model == Model::kv);
    CHECK(check(stale, {}).answer == Answer::not_linearizable);
    CHECK(mistakes("{:process 0 :type :invoke :f :txn :value [[:r 7 nil] [:r 8 nil]]}") ==
          "1:30 no such function: txn\n");
}

TEST_CASE("history file: what is wrong is said with its place", "[history]") {
    CHECK(mistakes("") == "1:1 there is no event in this file\n");
    CHECK(mistakes("\n \n") == "1:1 there is no event in this file\n");
    CHECK(mistakes("what is this\n") == "1:1 this is no history\n");
    CHECK(mistakes("[0 :invoke :read nil]\n\x01") == "2:1 this is no text in UTF-8\n");
    CHECK(mistakes("{:process 0 :type :invoke :f :read") == "1:1 the '{' is never closed\n");
    CHECK(mistakes("[{:process 0 :type :invoke :f :read}\n") == "1:1 the '[' is never closed\n");
    CHECK(mistakes("[[0 :invoke :read}]") == "1:18 this '}' does not close a '['\n");
    CHECK(mistakes("{:process 0 :type}") == "1:13 this key has no value\n");
    CHECK(mistakes("[0 :ok :read 1]") == "1:1 process 0 completes what it did not invoke\n");
    CHECK(mistakes("[0 :invoke :read nil] [0 :invoke :read nil]") ==
          "1:23 process 0 invokes a second operation\n");
    CHECK(mistakes("[0 :invoke :read nil] [0 :ok :write nil]") ==
          "1:30 process 0 invoked another function\n");
    CHECK(mistakes("[0 :invoke :write 1] [0 :ok :write 2]") ==
          "1:36 this operation was invoked with another value\n");
    CHECK(mistakes("[0 :invoke :raed nil]") == "1:12 no such function: raed\n");
    CHECK(mistakes("[0 :done :read nil]") == "1:4 no such type of event: :done\n");
    CHECK(mistakes("[0 :invoke :cas 3]") == "1:1 the value of a cas is [expected new], not 3\n");
    CHECK(mistakes("[0 :invoke :append 3]", Model::kv) ==
          "1:12 append has no meaning to the model kv\n");
    CHECK(mistakes("[:nemesis :info :start nil]") == "1:1 no client did anything here\n");
    CHECK(mistakes("{\"process\" 0}") == "1:12 a ':' is missing here\n");
    CHECK(mistakes(std::string(70, '[') + "0") != "");
}

TEST_CASE("history file: every bad line of JSON lines is reported", "[history]") {
    CHECK(mistakes("{\"process\":0,\"type\":\"invoke\",\"f\":\"read\"}\n"
                   "{\"process\":0,\"type\":\"oki\",\"f\":\"read\"}\n"
                   "{\"process\":1\n"
                   "{\"process\":2,\"type\":\"ok\",\"f\":\"read\",\"value\":1} x\n") ==
          "2:21 no such type of event: \"oki\"\n3:1 the '{' is never closed\n"
          "4:1 process 2 completes what it did not invoke\n4:48 'x' is no value of JSON\n");
}

TEST_CASE("history file: what is written reads back as it was, in both forms", "[history]") {
    const std::string edn =
        "{:process 0, :type :invoke, :f :write, :value [7 1], :time 5, :index 0}\n"
        "{:process 1, :type :invoke, :f :read, :value [7 nil], :time 6, :index 1}\n"
        "{:process 0, :type :info, :f :write, :value [7 1], :time 8, :index 2}\n"
        "{:process 1, :type :ok, :f :read, :value [7 1], :time 9, :index 3, :log-index 4}\n";
    const History history = read(edn);
    CHECK(written(history, FileFormat::edn) == edn);
    const std::string json = written(history, FileFormat::json_lines);
    CHECK(written(read(json), FileFormat::json_lines) == json);
    CHECK(written(read(json), FileFormat::edn) == edn);
}

TEST_CASE("history file: whatever the damage, there is a verdict or a diagnostic", "[history]") {
    const std::string originals[] = {kEdn, kLog, kJson};
    constexpr std::string_view kPieces[] = {"[",  "]",   "{",  "}",   "(",    ")", "\"",
                                            "\\", "#",   "#_", ":",   ";",    ",", "\n",
                                            "\t", "nil", "-",  "1e9", "\\u12"};
    int accepted = 0;
    for (std::uint64_t seed = 1; seed <= 6000; ++seed) {
        INFO("seed " << seed);
        Random random = Random(seed).fork("damage");
        std::string text = originals[random.below(3)];
        const std::uint64_t wounds = 1 + random.below(4);
        for (std::uint64_t i = 0; i < wounds && !text.empty(); ++i) {
            const std::size_t at = random.below(text.size());
            const std::uint64_t how = random.below(4);
            if (how == 0) text.resize(at);
            if (how == 1) text[at] = static_cast<char>(random.below(256));
            if (how == 2) text.insert(at, kPieces[random.below(std::size(kPieces))]);
            if (how == 3) text.erase(at, 1 + random.below(10));
        }
        const ReadResult result = read_history("h", text, std::nullopt);
        REQUIRE(result.history.has_value() == result.diagnostics.empty());
        for (const Diagnostic& one : result.diagnostics) REQUIRE(one.at.line >= 1);
        if (!result.history) continue;
        ++accepted;
        REQUIRE(check(*result.history, Budget{10'000}).answer != Answer::unknown);
    }
    CHECK(accepted > 300);
}

}  // namespace shaketable::history
