// SPDX-License-Identifier: MIT
//
// Successes per second before, during and after a trigger, and what is called metastable.
#include "sim/measure/goodput.hpp"

#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using novacron::milliseconds;
using novacron::seconds;

Instant at_s(std::int64_t s) { return Instant{} + seconds(s); }

// `per_second` successes in each second of [from, until).
void serve(Slices& slices, std::int64_t from, std::int64_t until, int per_second) {
    for (std::int64_t s = from; s < until; ++s) {
        for (int i = 0; i < per_second; ++i) slices.add(at_s(s) + milliseconds(i));
    }
}

// The trigger acts from 60 s to 70 s, of a run of 600 s with 10 s of warm-up.
GoodputQuestion question() { return {at_s(10), at_s(60), at_s(70), at_s(600)}; }

// 100/s before the trigger, `after` from its end on, 100/s again from `back_s` on.
Goodput judged(int after, std::int64_t back_s, const GoodputQuestion& asked = question()) {
    Slices slices;
    serve(slices, 0, 60, 100);
    serve(slices, 70, back_s, after);
    serve(slices, back_s, 600, 100);
    return judge_goodput(slices, asked);
}

}  // namespace

TEST_CASE("goodput: before is the mean from the warm-up to the first fault") {
    CHECK(judged(0, 600).before == 100.0);
    Slices slices;
    serve(slices, 0, 10, 900);  // the warm-up
    serve(slices, 10, 60, 20);
    CHECK(judge_goodput(slices, question()).before == 20.0);
}

TEST_CASE("goodput: below half for five minutes without a fault is metastable") {
    const Goodput down = judged(49, 600);
    CHECK(down.metastable == Metastable::yes);
    CHECK(down.after == 49.0);
    CHECK_FALSE(down.back);
}

TEST_CASE("goodput: half of before is not below half") {
    const Goodput half = judged(50, 600);
    CHECK(half.metastable == Metastable::no);
    CHECK(half.back == seconds(0));
}

TEST_CASE("goodput: what comes back within five minutes was not metastable") {
    const Goodput late = judged(0, 360);
    CHECK(late.metastable == Metastable::no);
    CHECK(late.back == seconds(290));
    const Goodput too_late = judged(0, 371);
    CHECK(too_late.metastable == Metastable::yes);
    CHECK(too_late.back == seconds(300));
}

TEST_CASE("goodput: a collapse may begin some time after the trigger") {
    Slices slices;
    serve(slices, 0, 100, 100);
    serve(slices, 100, 600, 3);
    const Goodput late = judge_goodput(slices, question());
    CHECK(late.metastable == Metastable::yes);
    CHECK_FALSE(late.back);
}

TEST_CASE("goodput: a stretch below half that the run cuts short proves nothing") {
    Slices slices;
    serve(slices, 0, 400, 100);
    serve(slices, 400, 600, 3);
    CHECK(judge_goodput(slices, question()).metastable == Metastable::unknown);
}

TEST_CASE("goodput: nothing is known without a fault, an end of it, five minutes, or a before") {
    GoodputQuestion never_struck = question();
    never_struck.trigger.reset();
    CHECK(judged(0, 600, never_struck).metastable == Metastable::unknown);
    CHECK_FALSE(judged(0, 600, never_struck).before);
    GoodputQuestion permanent = question();
    permanent.trigger_end.reset();
    CHECK(judged(0, 600, permanent).metastable == Metastable::unknown);
    GoodputQuestion short_run = question();
    short_run.run_end = at_s(369);
    CHECK(judged(0, 600, short_run).metastable == Metastable::unknown);
    CHECK_FALSE(judged(0, 600, short_run).after);
    CHECK(judge_goodput(Slices{}, question()).metastable == Metastable::unknown);
}

TEST_CASE("slices: each instant counts in the slice in which it lies") {
    Slices slices;
    slices.add(at_s(3));
    slices.add(at_s(4) - Duration{1});
    slices.add(at_s(4));
    CHECK(slices.between(at_s(3), at_s(4)) == 2);
    CHECK(slices.between(at_s(4), at_s(9)) == 1);
    CHECK(slices.between(at_s(9), at_s(3)) == 0);
    CHECK(goodput_between(slices, at_s(3), at_s(5)) == 1.5);
}
