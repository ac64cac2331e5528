// SPDX-License-Identifier: MIT
#include "core/resilience/degradation.hpp"

#include "core/base/random.hpp"
#include "tests/catch.hpp"

using namespace novacron;
using namespace novacron::resilience;
using Level = DegradationLevel;

namespace {
Instant at(std::int64_t second) { return Instant{} + seconds(second); }
}  // namespace

TEST_CASE("degradation: up at once, as far as the pressure asks for") {
    Degradation service(DegradationOptions{});
    CHECK(service.observe(at(0), 79) == Level::normal);
    CHECK(service.observe(at(0), 80) == Level::reduced);
    CHECK(service.observe(at(0), 97) == Level::emergency);
    Degradation other(DegradationOptions{});
    CHECK(other.observe(at(0), 90) == Level::essential);
}

TEST_CASE("degradation: down one level at a time, each after its own dwell below its own mark") {
    Degradation service(DegradationOptions{});
    service.observe(at(0), 100);
    CHECK(service.observe(at(1), 10) == Level::emergency);
    CHECK(service.observe(at(30), 10) == Level::emergency);
    CHECK(service.observe(at(31), 10) == Level::essential);
    CHECK(service.observe(at(60), 10) == Level::essential);
    CHECK(service.observe(at(61), 10) == Level::reduced);
    CHECK(service.observe(at(91), 10) == Level::normal);
}

TEST_CASE("degradation: a pressure about the mark does not make it flap") {
    Degradation service(DegradationOptions{});
    int changes = 0;
    Level before = Level::normal;
    for (int second = 0; second < 3600; ++second) {
        const Level level = service.observe(at(second), second % 2 == 0 ? 81 : 69);
        changes += level != before ? 1 : 0;
        before = level;
    }
    CHECK(changes == 1);
}

TEST_CASE("degradation: between leave and enter nothing changes, and the dwell begins anew") {
    Degradation service(DegradationOptions{});
    service.observe(at(0), 85);
    CHECK(service.observe(at(10), 60) == Level::reduced);
    CHECK(service.observe(at(35), 75) == Level::reduced);
    CHECK(service.observe(at(39), 60) == Level::reduced);
    CHECK(service.observe(at(68), 60) == Level::reduced);
    CHECK(service.observe(at(69), 60) == Level::normal);
}

TEST_CASE("degradation: steps down are a dwell apart at least, whatever the pressure does") {
    Random random(1);
    Degradation service(DegradationOptions{});
    Instant last_down = at(-1000);
    Level before = Level::normal;
    for (int second = 0; second < 20'000; ++second) {
        const auto pressure = static_cast<std::uint32_t>(random.below(20) == 0 ? random.below(130)
                                                                               : random.below(75));
        const Level level = service.observe(at(second), pressure);
        if (level < before) {
            REQUIRE(at(second) - last_down >= seconds(30));
            REQUIRE(static_cast<int>(before) - static_cast<int>(level) == 1);
            last_down = at(second);
        }
        before = level;
    }
    CHECK(last_down > at(0));
}

TEST_CASE("degradation: a level set by hand stays until it is released, and twice is once") {
    Degradation service(DegradationOptions{});
    service.set(Level::emergency);
    service.set(Level::emergency);
    CHECK(service.observe(at(0), 0) == Level::emergency);
    CHECK(service.observe(at(1000), 0) == Level::emergency);
    service.release();
    CHECK(service.observe(at(1001), 0) == Level::normal);
}

TEST_CASE("degradation: each level gives up more than the one before, and never what is critical") {
    Degradation service(DegradationOptions{});
    std::uint32_t work = 101;
    int admitted = 4;
    for (const Level level : {Level::normal, Level::reduced, Level::essential, Level::emergency}) {
        service.set(level);
        int classes = 0;
        for (const Criticality each :
             {Criticality::critical, Criticality::standard, Criticality::background}) {
            classes += service.admits(each) ? 1 : 0;
        }
        CHECK(service.admits(Criticality::critical));
        CHECK(classes <= admitted);
        CHECK(service.meaning().work_percent < work);
        admitted = classes;
        work = service.meaning().work_percent;
    }
    CHECK(admitted == 1);
    CHECK_FALSE(service.meaning().features);
}

TEST_CASE("degradation: thresholds in the wrong order are a bug") {
    DegradationOptions options;
    options.reduced = {80, 80};
    CHECK_THROWS_AS(Degradation(options), BugError);
    options = {};
    options.essential = {75, 70};
    CHECK_THROWS_AS(Degradation(options), BugError);
}
