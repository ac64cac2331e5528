// SPDX-License-Identifier: MIT
#include "sim/store/store.hpp"

#include <sys/wait.h>
#include <csignal>
#include <thread>

#include "core/base/check.hpp"
#include "sim/store/migrations.hpp"
#include "tests/catch.hpp"
#include "tests/store/sample.hpp"

using namespace shaketable;
using Added = Store::Added;
using Kind = StoreError::Kind;

namespace {

constexpr const char* kNow = "2024-11-05T02:00:00Z";

Added add(Store& store, const Result& result) {
    return store.add(sample::scenario(), result, "model-1");
}

// A database with these seeds, closed.
void fill(const std::string& path, std::uint64_t first, std::uint64_t last) {
    Store store(path, Store::Access::write, kNow);
    store.begin_campaign({kNow, "1.0", R"(["shaketable","run"])"});
    for (std::uint64_t seed = first; seed <= last; ++seed) add(store, sample::result(seed));
    store.close();
}

// All cells of a query, columns joined by '|', rows by a line's end; NULL is empty.
std::string ask(const std::string& path, const std::string& sql) {
    Connection db(path, Connection::Mode::read);
    Statement query = db.prepare(sql);
    std::string all;
    while (query.step()) all += (all.empty() ? "" : "\n") + query.text(0);
    return all;
}

}  // namespace

TEST_CASE("store: a closed database is one file that says whose it is") {
    const sample::Folder folder;
    const std::string path = folder.file("x.db");
    fill(path, 1, 3);
    CHECK_FALSE(std::filesystem::exists(path + "-wal"));
    CHECK_FALSE(std::filesystem::exists(path + "-shm"));
    CHECK_FALSE(std::filesystem::exists(path + "-journal"));
    CHECK(ask(path, "PRAGMA application_id") == std::to_string(kApplicationId));
    CHECK(ask(path, "PRAGMA user_version") == std::to_string(migrations().back().version));
    CHECK(ask(path, "PRAGMA journal_mode") == "delete");
    CHECK(ask(path, "PRAGMA integrity_check") == "ok");
}

TEST_CASE("store: every table is strict") {
    const sample::Folder folder;
    fill(folder.file("x.db"), 1, 1);
    CHECK(ask(folder.file("x.db"),
              "SELECT name FROM pragma_table_list WHERE schema = 'main' AND "
              "type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%'") == "");
}

TEST_CASE("store: each migration is recorded with its digest and the caller's time") {
    const sample::Folder folder;
    fill(folder.file("x.db"), 1, 1);
    std::string expected;
    for (const Migration& step : migrations()) {
        if (!expected.empty()) expected += "\n";
        expected += std::to_string(step.version) + " " + std::string(step.name) + " " +
                    digest_of(step) + " " + kNow;
    }
    CHECK(ask(folder.file("x.db"),
              "SELECT version || ' ' || name || ' ' || digest || ' ' || applied_at FROM "
              "schema_migration ORDER BY version") == expected);
}

TEST_CASE("store: migrations count 1, 2, 3 and their digests differ from other text's") {
    int version = 0;
    for (const Migration& step : migrations()) CHECK(step.version == ++version);
    CHECK(digest_of(migrations()[0]) != digest_of({1, "results", "SELECT 1"}));
}

TEST_CASE("store: alerts, pages and what they came to are kept") {
    const sample::Folder folder;
    const std::string path = folder.file("x.db");
    fill(path, 7, 7);
    CHECK(ask(path, "SELECT name || labels || pages || ':' || pending_ns || '-' || firing_ns || "
                    "'-' || resolved_ns || fault FROM alert WHERE seq = 0") ==
          "NodeDown{node=\"n1\"}1:40-50-90crash");
    CHECK(ask(path, "SELECT count(*) FROM v_alert WHERE firing_s IS NULL") == "1");
    CHECK(ask(path, "SELECT group_concat(fault || alert || ifnull(time_to_page_ns, '?')) FROM "
                    "page") == "crashNodeDown20,later?");
    CHECK(ask(path, "SELECT pages || ' ' || false_pages || ' ' || missed FROM alerting") ==
          "1 0 1");
}

TEST_CASE("store: migrations are as they shipped") {
    CHECK(digest_of(migrations()[0]) == "cb76612b0bd42ceb");
    CHECK(digest_of(migrations()[1]) == "5dc58392806f9aea");
    CHECK(digest_of(migrations()[2]) == "8c3b02f4afe9b4e6");
    CHECK(digest_of(migrations()[3]) == "72e4fb5427379f50");
    CHECK(digest_of(migrations()[4]) == "9c1ff017cfd06a96");
    CHECK(digest_of(migrations()[5]) == "0d56da27949a4e80");
    CHECK(digest_of(migrations()[6]) == "773f1bc86ddf0de2");
    CHECK(digest_of(migrations()[7]) == "1e993103da6a5d4e");
    CHECK(digest_of(migrations()[8]) == "c65b52891e774eb2");
    CHECK(digest_of(migrations()[9]) == "a1d42358ee37013a");
}

TEST_CASE("store: a file of the first format takes the later steps and keeps its runs") {
    const sample::Folder folder;
    const std::string path = folder.file("x.db");
    {
        Connection old(path, Connection::Mode::create);
        old.execute(std::string(migrations()[0].sql));
        old.execute(
            "INSERT INTO schema_migration VALUES(1,'results','','');"
            "INSERT INTO campaign VALUES(1,'then','0','[]');"
            "INSERT INTO scenario VALUES('aa','old','','old.yaml','');"
            "INSERT INTO run VALUES('key',1,'aa',1,'{}','0','ff','pass','free',1,1,1,1,2,3);"
            "INSERT INTO recovery VALUES('key','write','crash',5,0,5,5,0);"
            "PRAGMA user_version = 1; PRAGMA application_id = " +
            std::to_string(kApplicationId));
    }
    fill(path, 5, 5);
    CHECK(ask(path, "SELECT json_array(run_key, elections, needless_elections) FROM v_run ORDER BY "
                    "run_key") == "[\"key\",2,null]\n[\"key-5\",2,1]");
    CHECK(ask(path, "SELECT outages IS NULL FROM recovery WHERE run_key = 'key'") == "1");
    CHECK(ask(path, "SELECT count(*) FROM v_series WHERE run_key = 'key'") == "0");
    CHECK(ask(path, "SELECT run_key FROM v_fd") == "key-5");
}

TEST_CASE("store: orders about versions, and restores that nodes went on from, are kept") {
    const sample::Folder folder;
    const std::string path = folder.file("x.db");
    Result with = sample::result(1);
    DeployRow deploy;
    deploy.id = "upgrade";
    deploy.inject = "deploy.rolling";
    deploy.version = "v2";
    deploy.outcome = "stopped";
    deploy.nodes = 5;
    deploy.reached = 1;
    deploy.backed_out = true;
    deploy.started = Instant{10};
    deploy.ended = Instant{30};
    with.deploys = {deploy};
    with.archive = ArchiveRow{};
    RestoreRow restore;
    restore.number = 1;
    restore.outcome = "reached";
    restore.started = Instant{100};
    restore.ended = Instant{300};
    restore.in_place = Instant{300};
    with.restores = {restore};
    {
        Store store(path, Store::Access::write, kNow);
        store.begin_campaign({kNow, "1.0", R"(["shaketable","run"])"});
        add(store, with);
        store.close();
    }
    CHECK(ask(path, "SELECT json_array(id, inject, version, outcome, nodes, reached, backed_out, "
                    "start_ns, end_ns) FROM deploy") ==
          R"(["upgrade","deploy.rolling","v2","stopped",5,1,1,10,30])");
    CHECK(ask(path, "SELECT in_place_ns FROM restore") == "300");
    CHECK(ask(path, "SELECT CAST(round(took_s * 1e9) AS INTEGER) FROM v_deploy") == "20");
}

TEST_CASE("store: what a result says of backups is in its tables, and nothing of one without") {
    const sample::Folder folder;
    const std::string path = folder.file("x.db");
    Result with = sample::result(1);
    with.archive = ArchiveRow{9, 900, 3, 77, 4096, 2, 1, 5, Instant{60}};
    with.backups = {{1, "full", 10, Instant{20}, Instant{30}, "complete", 512},
                    {0, "incremental", 0, Instant{40}, std::nullopt, "failed", 0}};
    RestoreRow restore;
    restore.number = 1;
    restore.drill = true;
    restore.outcome = "fell-short";
    restore.why = "gap";
    restore.started = Instant{100};
    restore.ended = Instant{2'000'000'100};
    restore.steps = {{"locate", "done", novacron::seconds(1)},
                     {"load", "fell-back", novacron::seconds(1)}};
    restore.index = 70;
    restore.recovery_point = Instant{90};
    restore.bytes = 600;
    restore.replayed = 60;
    restore.lost_ops = 7;
    restore.lost_bytes = 224;
    restore.rpo_time = novacron::seconds(3);
    restore.recovery_point_age = novacron::seconds(4);
    with.restores = {restore};
    {
        Store store(path, Store::Access::write, kNow);
        store.begin_campaign({kNow, "1.0", R"(["shaketable","run"])"});
        add(store, with);
        add(store, sample::result(2));
        store.close();
    }
    CHECK(ask(path, "SELECT json_array(number, kind, log_index, start_ns, end_ns, state, bytes) "
                    "FROM backup ORDER BY seq") ==
          "[1,\"full\",10,20,30,\"complete\",512]\n"
          "[0,\"incremental\",0,40,null,\"failed\",0]");
    CHECK(ask(path, "SELECT json_array(number, drill, outcome, why, start_ns, end_ns, json(steps), "
                    "log_index, recovery_point_ns, bytes, replayed, lost_ops, lost_bytes, "
                    "rpo_time_ns, recovery_point_age_ns) FROM restore") ==
          "[1,1,\"fell-short\",\"gap\",100,2000000100,[[\"locate\",\"done\",1000000000],"
          "[\"load\",\"fell-back\",1000000000]],70,90,600,60,7,224,3000000000,4000000000]");
    CHECK(ask(path, "SELECT json_array(seed, outcome, took_s, lost_ops, rpo_s) FROM v_restore") ==
          "[1,\"fell-short\",2.0,7,3.0]");
    CHECK(ask(path, "SELECT json_array(segments, bytes, expired, last_index, backlog_max_bytes, "
                    "verifications, bad, findings, first_bad_ns) FROM archive") ==
          "[9,900,3,77,4096,2,1,5,60]");
}

TEST_CASE("store: every field of a result is in its table") {
    const sample::Folder folder;
    const std::string path = folder.file("x.db");
    fill(path, 7, 7);
    const auto rows = [&](const std::string& columns, const std::string& table) {
        return ask(path, "SELECT json_array(" + columns + ") FROM " + table);
    };
    CHECK(
        rows("run_key, scenario_hash, seed, params, model_version, fingerprint, verdict, costs, "
             "virtual_ns, wall_ns, events, facts, elections, messages, "
             "needless_elections, heartbeats",
             "run") ==
        R"(["key-7","00000000000000aa",7,"{\"phi\":\"8\"}","model-1","fingerprint-7","fail",)"
        R"("free",120000000000,5,1000,900,2,77,1,33])");
    CHECK(rows("seq, id, inject, target, start_ns, end_ns, observed_ns, effect", "fault") ==
          "[0,\"crash\",\"node.crash\",\"node-1\",30,40,31,\"node stopped\"]\n"
          "[1,\"late\",\"disk.stall\",\"node-2\",null,null,null,\"\"]");
    CHECK(rows("scope, fault, rto_ns, censored, first_success_ns, unavailable_ns, flaps",
               "recovery ORDER BY scope DESC") ==
          "[\"write\",\"crash\",250000000,0,240000000,260000000,3]\n"
          "[\"read\",\"crash\",null,1,null,90000000000,0]");
    CHECK(rows("scope, json(outages)", "recovery ORDER BY scope DESC") ==
          "[\"write\",[[30,90],[95,99]]]\n[\"read\",[]]");
    CHECK(rows("seq, node, json(spans)", "role") ==
          "[0,\"node-1\",[[\"down\",0,0,10],[\"leader\",2,10,100]]]\n"
          "[1,\"node-2\",[[\"follower\",1,0,100]]]");
    CHECK(rows("seq, workload, part, start_ns, end_ns, bucket_ns, json(buckets)", "series") ==
          "[0,\"writes\",\"run\",0,100,60,[[3,2,0,1000000,3000000],[4,0,1,null,null]]]");
    CHECK(rows("scope, seq, name, duration_ns", "phase") ==
          "[\"write\",0,\"detect\",200000000]\n[\"write\",1,\"elect\",50000000]");
    CHECK(
        rows("fault, acknowledged_ops, lost_acked_ops, lost_after_fault_ops, applied_unacked_ops, "
             "rpo_time_ns, recovery_point_age_ns",
             "loss") == "[\"crash\",500,4,3,2,1000000000,7000000]");
    CHECK(rows("id, issued, acknowledged, unknown, in_flight, attempts, latency_p50_ns, "
               "latency_p95_ns, latency_p99_ns, latency_max_ns",
               "workload") ==
          "[\"writes\",100,90,6,4,130,1000000,2000000,3000000,4000000]\n"
          "[\"idle\",0,0,0,0,0,null,null,null,null]");
    CHECK(rows("detector, params, messages, n_mistakes, n_convictions, well_ns, lambda_m, p_a, "
               "t_m_mean_ns, t_mr_mean_ns, t_g_mean_ns, t_return_mean_ns, detected, missed, "
               "t_d_mean_ns, t_d_p50_ns, t_d_p99_ns, t_d_max_ns, cuts_detected, cuts_missed, "
               "t_cut_mean_ns, t_cut_p50_ns, t_cut_p99_ns, t_cut_max_ns",
               "fd") ==
          R"(["phi","{\"threshold\":8.0}",4000,9,3,600000000000,0.015,0.75,21,66,45,null,4,1,)"
          R"(105,104,128,130,2,0,70,71,72,73])");
    CHECK(rows("scenario, seed, detector, n_mistakes, lambda_m, p_a, well_s", "v_fd") ==
          "[\"leader-crash\",7,\"phi\",9,0.015,0.75,600.0]");
    CHECK(rows("id, objective, actual, actual_ns, censored, verdict, detail", "target") ==
          "[\"rto.max\",\"< 1s\",\"250ms\",250000000,0,\"pass\",\"\"]\n"
          "[\"rpo.max\",\"< 0s\",\"1s\",1000000000,0,\"fail\",\"four writes lost\"]");
    CHECK(rows("id, verdict, detail", "\"check\"") ==
          "[\"durable\",\"fail\",\"4 are gone\"]\n[\"healed\",\"inconclusive\",\"no time\"]");
    CHECK(rows("rule, at_ns, message", "finding") ==
          "[\"S6\",33,\"an acknowledged write is gone\"]");
    CHECK(rows("facts, at_ns, digest", "checkpoint") == "[1024,50,\"fedcba9876543210\"]");
    CHECK(rows("at_ns, kind, node, text", "timeline") ==
          "[30,\"fault-started\",\"\",\"crash\"]\n[31,\"node-stopped\",\"node-1\",\"crash\"]");
    CHECK(rows("name, description, path, resolved_yaml", "scenario") ==
          R"(["leader-crash","The leader dies.","scenarios/leader_crash.yaml",)"
          R"("version: 1\nname: leader-crash\n"])");
    CHECK(rows("started_at, program, argv", "campaign") ==
          R"(["2024-11-05T02:00:00Z","1.0","[\"shaketable\",\"run\"]"])");
}

TEST_CASE("store: the views give seconds and ratios, and nothing where nothing was measured") {
    const sample::Folder folder;
    const std::string path = folder.file("x.db");
    fill(path, 7, 7);
    CHECK(ask(path, "SELECT json_array(scenario, seed, verdict, virtual_s, findings) FROM v_run") ==
          R"(["leader-crash",7,"fail",120.0,1])");
    CHECK(ask(path,
              "SELECT json_array(scope, rto_s, censored, json(phases_s)) FROM v_rto ORDER BY scope "
              "DESC") == R"(["write",0.25,0,{"detect":0.2,"elect":0.05}])"
                         "\n"
                         R"(["read",null,1,{}])");
    CHECK(ask(path, "SELECT json_array(rpo_s, lost_acked_ops, recovery_point_age_s) FROM v_rpo") ==
          "[1.0,4,0.007]");
    CHECK(ask(path, "SELECT json_array(workload, availability, latency_p95_s) FROM v_slo") ==
          "[\"writes\",0.9375,0.002]\n[\"idle\",null,null]");
    CHECK(ask(path, "SELECT json_array(scope, outage, start_s, end_s) FROM v_outage") ==
          "[\"write\",0,3.0e-08,9.0e-08]\n[\"write\",1,9.5e-08,9.9e-08]");
    CHECK(ask(path, "SELECT json_array(node, role, term, start_s, end_s) FROM v_role") ==
          "[\"node-1\",\"down\",0,0.0,1.0e-08]\n[\"node-1\",\"leader\",2,1.0e-08,1.0e-07]\n"
          "[\"node-2\",\"follower\",1,0.0,1.0e-07]");
    CHECK(ask(path,
              "SELECT json_array(workload, part, start_s, end_s, issued, acknowledged, unknown, "
              "latency_p50_s, latency_p99_s) FROM v_series") ==
          "[\"writes\",\"run\",0.0,6.0e-08,3,2,0,0.001,0.003]\n"
          "[\"writes\",\"run\",6.0e-08,1.0e-07,4,0,1,null,null]");
}

TEST_CASE("store: services, their clients and breakers come back as they were") {
    const sample::Folder folder;
    const std::string path = folder.file("x.db");
    {
        Store store(path, Store::Access::write, kNow);
        store.begin_campaign({kNow, "1.0", "[]"});
        Result result = sample::result(7);
        sample::add_services(result);
        store.add(sample::scenario(), result, "model-1");
        store.close();
    }
    CHECK(ask(path,
              "SELECT json_array(service, ok, failed, timed_out, rejected, refused, cancelled, "
              "json(causes), latency_p50_s, latency_p99_s, stops, opened, goodput_before, "
              "goodput_after, goodput_end, metastable, back_s) FROM v_service") ==
          "[\"shop\",90,1,2,4,3,5,{\"queue-full\":3,\"breaker\":1},0.002,0.009,6,7,280.5,120.0,"
          "119.5,\"yes\",null]\n"
          "[\"idle\",0,0,0,0,0,0,{},null,null,0,0,null,null,0.0,\"unknown\",null]");
    CHECK(ask(path,
              "SELECT json_array(clients, service, criticality, ok, timed_out, attempts, success, "
              "latency_p50_s, latency_p95_s, latency_p99_s, latency_max_s) FROM v_clients") ==
          "[\"people\",\"shop\",\"critical\",80,20,150,0.8,0.003,0.005,0.007,0.008]");
    CHECK(ask(path, "SELECT json_array(edge, caller, state, start_s, end_s) FROM v_breaker") ==
          "[\"shop->store\",\"shop/0@node-1\",\"closed\",0.0,4.0e-08]\n"
          "[\"shop->store\",\"shop/0@node-1\",\"open\",4.0e-08,1.0e-07]");
}

TEST_CASE("store: the same run again is known and adds no row") {
    const sample::Folder folder;
    const std::string path = folder.file("x.db");
    Store store(path, Store::Access::write, kNow);
    store.begin_campaign({kNow, "1.0", "[]"});
    CHECK(add(store, sample::result(1)) == Added::added);
    Result slower = sample::result(1);
    slower.wall_ns *= 100;
    CHECK(add(store, slower) == Added::known);
    store.close();
    CHECK(ask(path, "SELECT count(*) FROM run") == "1");
}

TEST_CASE("store: the same key with another fingerprint raises the alarm and changes nothing") {
    const sample::Folder folder;
    const std::string path = folder.file("x.db");
    fill(path, 1, 1);
    Store store(path, Store::Access::write, kNow);
    store.begin_campaign({kNow, "1.0", "[]"});
    Result other = sample::result(1);
    other.fingerprint = "something else";
    try {
        add(store, other);
        FAIL("no alarm");
    } catch (const StoreError& error) {
        CHECK(error.kind() == Kind::nondeterminism);
        CHECK(std::string(error.what()).find("fingerprint-1") != std::string::npos);
        CHECK(std::string(error.what()).find("something else") != std::string::npos);
    }
    CHECK(add(store, sample::result(2)) == Added::added);
    store.close();
    CHECK(ask(path, "SELECT fingerprint FROM run ORDER BY seed") == "fingerprint-1\nfingerprint-2");
}

TEST_CASE("store: a run that can't be stored leaves none of its rows") {
    const sample::Folder folder;
    const std::string path = folder.file("x.db");
    Store store(path, Store::Access::write, kNow);
    store.begin_campaign({kNow, "1.0", "[]"});
    Result broken = sample::result(1);
    broken.checkpoints.push_back(broken.checkpoints[0]);
    CHECK_THROWS_AS(add(store, broken), StoreError);
    CHECK(add(store, sample::result(2)) == Added::added);
    store.close();
    CHECK(ask(path, "SELECT seed FROM run") == "2");
    CHECK(ask(path, "SELECT count(*) FROM fault WHERE run_key = 'key-1'") == "0");
}

TEST_CASE("store: finds a run by its key or by the beginning of it") {
    const sample::Folder folder;
    fill(folder.file("x.db"), 8, 11);
    Store store(folder.file("x.db"), Store::Access::read);
    REQUIRE(store.find("key-8").size() == 1);
    const StoredRun run = store.find("key-8")[0];
    CHECK(run.fingerprint == "fingerprint-8");
    CHECK(run.model_version == "model-1");
    CHECK(run.verdict == Verdict::fail);
    CHECK(run.seed == 8);
    CHECK(run.scenario == "leader-crash");
    CHECK(run.scenario_path == "scenarios/leader_crash.yaml");
    CHECK(run.resolved_yaml == "version: 1\nname: leader-crash\n");
    CHECK(store.find("key-9").size() == 1);
    CHECK(store.find("key-1").size() == 2);
    CHECK(store.find("nothing").empty());
    CHECK(store.find("").empty());
    CHECK(store.find("key-%").empty());
}

TEST_CASE("store: checkpoints come back with all bits of their digests") {
    const sample::Folder folder;
    fill(folder.file("x.db"), 1, 1);
    Store store(folder.file("x.db"), Store::Access::read);
    REQUIRE(store.checkpoints("key-1").size() == 1);
    CHECK(store.checkpoints("key-1")[0].facts == 1024);
    CHECK(store.checkpoints("key-1")[0].at == Instant{50});
    CHECK(store.checkpoints("key-1")[0].digest == 0xfedcba9876543210U);
}

TEST_CASE("store: the latest use of the program comes first") {
    const sample::Folder folder;
    fill(folder.file("x.db"), 5, 6);
    fill(folder.file("x.db"), 1, 2);
    Store store(folder.file("x.db"), Store::Access::read);
    const std::vector<StoredRun> runs = store.latest(3);
    REQUIRE(runs.size() == 3);
    CHECK(runs[0].seed == 1);
    CHECK(runs[1].seed == 2);
    CHECK(runs[2].seed == 5);
}

TEST_CASE("store: a reader sees finished runs while a writer is at work") {
    const sample::Folder folder;
    Store writer(folder.file("x.db"), Store::Access::write, kNow);
    writer.begin_campaign({kNow, "1.0", "[]"});
    add(writer, sample::result(1));
    Store reader(folder.file("x.db"), Store::Access::read);
    CHECK(reader.latest(10).size() == 1);
    add(writer, sample::result(2));
    CHECK(reader.latest(10).size() == 2);
}

TEST_CASE("store: two writers share a file, and the last to close leaves it whole") {
    const sample::Folder folder;
    const std::string path = folder.file("x.db");
    {
        Store a(path, Store::Access::write, kNow);
        Store b(path, Store::Access::write, kNow);
        a.begin_campaign({kNow, "1.0", "[]"});
        b.begin_campaign({kNow, "1.0", "[]"});
        add(a, sample::result(1));
        add(b, sample::result(2));
        CHECK(add(b, sample::result(1)) == Added::known);
        a.close();
        add(b, sample::result(3));
        b.close();
    }
    CHECK(ask(path, "SELECT seed FROM run ORDER BY seed") == "1\n2\n3");
    CHECK_FALSE(std::filesystem::exists(path + "-wal"));
}

TEST_CASE("store: several threads may make the same file at once") {
    const sample::Folder folder;
    const std::string path = folder.file("x.db");
    std::vector<std::thread> threads;
    for (std::uint64_t i = 0; i < 4; ++i) {
        threads.emplace_back([&, i] { fill(path, 10 * i, 10 * i + 4); });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(ask(path, "SELECT count(*) FROM run") == "20");
    CHECK(ask(path, "SELECT count(*) FROM schema_migration") ==
          std::to_string(migrations().size()));
}

TEST_CASE("store: a writer killed in the middle of its runs leaves a whole file") {
    const sample::Folder folder;
    const std::string path = folder.file("x.db");
    for (int round = 0; round < 5; ++round) {
        int under_way[2];
        REQUIRE(pipe(under_way) == 0);
        const pid_t child = fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            Store store(path, Store::Access::write, kNow);
            store.begin_campaign({kNow, "1.0", "[]"});
            for (std::uint64_t i = 0;; ++i) {
                add(store, sample::result(1'000'000 * static_cast<std::uint64_t>(round) + i));
                if (i == 20 && write(under_way[1], "x", 1) != 1) _exit(1);
            }
        }
        char word = 0;
        REQUIRE(read(under_way[0], &word, 1) == 1);
        usleep(static_cast<useconds_t>(300 + 1'700 * round));
        close(under_way[0]);
        close(under_way[1]);
        kill(child, SIGKILL);
        int status = 0;
        waitpid(child, &status, 0);
        REQUIRE(WIFSIGNALED(status));
    }
    fill(path, 999'999'999, 999'999'999);
    CHECK(ask(path, "PRAGMA integrity_check") == "ok");
    CHECK(std::stoi(ask(path, "SELECT count(*) FROM run")) > 100);
    // Whole runs only: each has its two faults, its finding and its timeline.
    CHECK(ask(path,
              "SELECT count(*) FROM run r WHERE 2 <> (SELECT count(*) FROM fault f WHERE "
              "f.run_key = r.run_key) OR 2 <> (SELECT count(*) FROM timeline t WHERE "
              "t.run_key = r.run_key)") == "0");
    CHECK_FALSE(std::filesystem::exists(path + "-wal"));
}
