// SPDX-License-Identifier: MIT
#include "sim/scenario/units.hpp"

#include <limits>

#include "core/base/random.hpp"
#include "tests/catch.hpp"

namespace shaketable {
namespace {

std::int64_t ns(std::string_view text) {
    const auto parsed = parse_duration(text, Sign::any);
    INFO(std::string(text) << ": " << parsed.error);
    REQUIRE(parsed);
    return parsed->ns;
}
std::string duration_error(std::string_view text) { return parse_duration(text).error; }

TEST_CASE("units: a duration is a sum of parts, the largest first", "[scenario]") {
    CHECK(ns("150ms") == 150'000'000);
    CHECK(ns("1h30m") == 5'400'000'000'000);
    CHECK(ns("1d2h3m4s5ms6us7ns") == 93'784'005'006'007);
    CHECK(ns("0s") == 0);
    CHECK(duration_error("30m1h") == "the parts of a duration go from large to small: '30m1h'");
    CHECK(duration_error("1s1s") == "the parts of a duration go from large to small: '1s1s'");
}

TEST_CASE("units: a fraction must come out as whole nanoseconds", "[scenario]") {
    CHECK(ns("1.5h") == 5'400'000'000'000);
    CHECK(ns("0.000000001s") == 1);
    CHECK(ns("2.50s") == 2'500'000'000);
    CHECK(ns("0.0009765625d") == 84'375'000'000);
    CHECK(duration_error("0.5ns") == "finer than a nanosecond: '0.5ns'");
    CHECK(duration_error("0.0000000001s") == "finer than a nanosecond: '0.0000000001s'");
    CHECK(duration_error("0.3333333333333333333s") ==
          "finer than a nanosecond: '0.3333333333333333333s'");
}

TEST_CASE("units: a bare number is no duration, and the hint says what it may be", "[scenario]") {
    const auto parsed = parse_duration("150");
    CHECK(parsed.error == "a duration needs a unit: 150");
    CHECK(parsed.hint == "did you mean 150ms or 150s?");
}

TEST_CASE("units: what looks like a duration in other tools is refused with a hint", "[scenario]") {
    CHECK(parse_duration("1:30").hint == "did you mean 1m30s or 1h30m?");
    CHECK(parse_duration("5min").hint == "did you mean 5m?");
    CHECK(parse_duration("3sec").hint == "did you mean 3s?");
    CHECK(parse_duration("7\xc2\xb5s").hint == "did you mean 7us?");
    for (const char* text : {"", " ", "ms", "1 s", "1s ", ".5s", "1.s", "1e3s", "0x1s", "nan",
                             "infs", "1s2", "+1s", "--1s"}) {
        INFO(text);
        CHECK_FALSE(parse_duration(text, Sign::any));
    }
}

TEST_CASE("units: a negative duration is refused unless it is asked for", "[scenario]") {
    CHECK(duration_error("-5ms") == "may not be negative: '-5ms'");
    CHECK(ns("-5ms") == -5'000'000);
}

TEST_CASE("units: a duration beyond 64 bits is an error, not a wrap", "[scenario]") {
    CHECK(ns("9223372036854775807ns") == std::numeric_limits<std::int64_t>::max());
    CHECK_FALSE(parse_duration("9223372036854775808ns"));
    CHECK_FALSE(parse_duration("106752d"));
    CHECK_FALSE(parse_duration("106751d23h47m16s854ms775us808ns"));
    CHECK_FALSE(parse_duration("99999999999999999999999999s"));
}

TEST_CASE("units: a duration is spelled in one way", "[scenario]") {
    const auto canonical = [](std::string_view text) { return format_duration({ns(text)}); };
    CHECK(canonical("0ns") == "0s");
    CHECK(canonical("213400us") == "213.4ms");
    CHECK(canonical("24100ms") == "24.1s");
    CHECK(canonical("90s") == "1m30s");
    CHECK(canonical("60s") == "1m");
    CHECK(canonical("48h") == "2d");
    CHECK(canonical("1h0m0.5s") == "1h0.5s");
    CHECK(canonical("-1500us") == "-1.5ms");
    CHECK(canonical("999ns") == "999ns");
}

TEST_CASE("units: every duration survives being written and read", "[scenario]") {
    novacron::Random random(2);
    for (int i = 0; i < 20'000; ++i) {
        const std::uint64_t shift = 1 + random.below(63);
        const auto value = static_cast<std::int64_t>(random.bits() >> shift);
        INFO("value " << value);
        REQUIRE(ns(format_duration({value})) == value);
        REQUIRE(ns(format_duration({-value})) == -value);
    }
}

TEST_CASE("units: for people a duration is rounded to four digits", "[scenario]") {
    CHECK(format_duration_brief({213'412'345}) == "213.4ms");
    CHECK(format_duration_brief({24'129'999'999}) == "24.13s");
    CHECK(format_duration_brief({59'999'999'999}) == "1m");
    CHECK(format_duration_brief({90'400'000'000}) == "1m30.4s");
    CHECK(format_duration_brief({7'503'600'000'000}) == "2h5m4s");
    CHECK(format_duration_brief({12}) == "12ns");
    CHECK(format_duration_brief({-213'412'345}) == "-213.4ms");
    CHECK_FALSE(format_duration_brief({std::numeric_limits<std::int64_t>::max()}).empty());
    CHECK_FALSE(format_duration_brief({std::numeric_limits<std::int64_t>::min()}).empty());
}

TEST_CASE("units: a range goes from low to high", "[scenario]") {
    CHECK(*parse_duration_range("150ms..300ms") ==
          DurationRange{Duration{150'000'000}, Duration{300'000'000}});
    CHECK(parse_duration_range("3s..1s").hint == "did you mean 1s..3s?");
    CHECK_FALSE(parse_duration_range("1s"));
    CHECK_FALSE(parse_duration_range("1..3s"));
    CHECK_FALSE(parse_duration_range("1s...3s"));
}

TEST_CASE("units: whole numbers are digits, within 64 bits", "[scenario]") {
    CHECK(*parse_integer("-42") == -42);
    CHECK(*parse_unsigned("18446744073709551615") == std::numeric_limits<std::uint64_t>::max());
    CHECK(parse_unsigned("-5").error == "may not be negative: '-5'");
    CHECK(parse_integer("010").error == "a whole number has no leading zero: '010'");
    for (const char* text :
         {"", "-", "1e3", "1.0", "0x10", "1_000", "+1", " 1", "9223372036854775808"}) {
        INFO(text);
        CHECK_FALSE(parse_integer(text));
    }
}

TEST_CASE("units: numbers are finite", "[scenario]") {
    CHECK(*parse_number("-1.5e3") == -1500);
    CHECK(format_number(1.1) == "1.1");
    CHECK(format_number(-0.0) == "0");
    for (const char* text : {"nan", "NaN", ".nan", "inf", "-inf", ".inf", "1e999", "", "1,5",
                             "0x1p3", "-nan", "1.5.2", "- 1"}) {
        INFO(text);
        CHECK_FALSE(parse_number(text));
    }
}

TEST_CASE("units: a percentage and its fraction are the same number", "[scenario]") {
    CHECK(*parse_probability("0.1%") == *parse_probability("0.001"));
    CHECK(*parse_probability("0.7%") == 0.007);
    CHECK(*parse_probability("100%") == 1.0);
    CHECK(parse_probability("5").hint == "did you mean 5%?");
    CHECK_FALSE(parse_probability("101%"));
    CHECK_FALSE(parse_probability("-1%"));
    CHECK_FALSE(parse_probability("nan"));
    CHECK_FALSE(parse_probability("1e-3"));
    CHECK_FALSE(parse_probability("%"));
}

TEST_CASE("units: every probability survives being written and read", "[scenario]") {
    CHECK(format_probability(0.001) == "0.1%");
    CHECK(format_probability(0.99) == "99%");
    CHECK(format_probability(0.9999) == "99.99%");
    CHECK(format_probability(0) == "0%");
    CHECK(format_probability(1) == "100%");
    CHECK(format_probability(0.5) == "50%");
    novacron::Random random(3);
    for (int i = 0; i < 5'000; ++i) {
        const double value = static_cast<double>(random.bits() >> 11U) / 9007199254740992.0;
        const double small = value * value * value * value;
        INFO(format_number(small));
        REQUIRE(*parse_probability(format_probability(value)) == value);
        REQUIRE(*parse_probability(format_probability(small)) == small);
    }
}

TEST_CASE("units: a rate says per what", "[scenario]") {
    CHECK(parse_rate("500/s")->per_second() == 500);
    CHECK(parse_rate("6/min")->gap() == novacron::seconds(10));
    CHECK(format_rate(*parse_rate("0.50/h")) == "0.5/h");
    CHECK(parse_rate("100").hint == "did you mean 100/s?");
    for (const char* text :
         {"0/s", "-1/s", "nan/s", "inf/s", "1/m", "1/", "/s", "1e30/s", "1e-30/s", ""}) {
        INFO(text);
        CHECK_FALSE(parse_rate(text));
    }
}

TEST_CASE("units: sizes come in powers of ten and of two", "[scenario]") {
    CHECK(*parse_size("16GiB") == 16ULL << 30U);
    CHECK(*parse_size("16Gi") == 16ULL << 30U);
    CHECK(*parse_size("500MB") == 500'000'000);
    CHECK(parse_size("512").hint == "did you mean 512B?");
    CHECK_FALSE(parse_size("99999999999TiB"));
    CHECK_FALSE(parse_size("1.5GiB"));
    CHECK_FALSE(parse_size("GiB"));
    CHECK(format_size(0) == "0B");
    CHECK(format_size(513) == "513B");
    CHECK(format_size(1024) == "1KiB");
    CHECK(format_size(500'000'000) == "500MB");
    CHECK(format_size(3ULL << 40U) == "3TiB");
    for (const char* text : {"1B", "64MiB", "1023KiB", "7kB", "1000000001B"}) {
        CHECK(format_size(*parse_size(text)) == text);
    }
}

TEST_CASE("units: a drift is in parts per million and may be negative", "[scenario]") {
    CHECK(*parse_drift("50ppm") == 50'000);
    CHECK(*parse_drift("-0.5ppm") == -500);
    CHECK(format_drift(-500) == "-0.5ppm");
    CHECK(parse_drift("50").hint == "did you mean 50ppm?");
    CHECK_FALSE(parse_drift("0.0001ppm"));
    CHECK_FALSE(parse_drift("100001ppm"));
}

TEST_CASE("units: seeds are one or a range", "[scenario]") {
    CHECK(*parse_seeds("1..100") == std::pair<std::uint64_t, std::uint64_t>{1, 100});
    CHECK(format_seeds(*parse_seeds("7..7")) == "7");
    CHECK(*parse_seeds("18446744073709551615") ==
          std::pair<std::uint64_t, std::uint64_t>{~0ULL, ~0ULL});
    CHECK_FALSE(parse_seeds("-5"));
    CHECK_FALSE(parse_seeds("5..1"));
    CHECK_FALSE(parse_seeds("1.."));
    CHECK_FALSE(parse_seeds("0..18446744073709551615"));
}

TEST_CASE("units: an epoch is a date that exists, in UTC", "[scenario]") {
    CHECK(*parse_epoch("1970-01-01T00:00:00Z") == 0);
    CHECK(*parse_epoch("2024-11-05T02:00:00Z") == 1'730'772'000);
    CHECK(*parse_epoch("2024-02-29T23:59:59Z") == 1'709'251'199);
    for (const char* text : {"2023-02-29T00:00:00Z", "2024-13-01T00:00:00Z", "2024-00-01T00:00:00Z",
                             "2024-01-00T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z",
                             "1969-12-31T23:59:59Z", "2024-01-01", "2024-01-01T00:00:00+01:00",
                             "2024-01-01 00:00:00Z", ""}) {
        INFO(text);
        CHECK_FALSE(parse_epoch(text));
    }
}

TEST_CASE("units: every day until 2400 survives being written and read", "[scenario]") {
    for (std::int64_t day = 0; day < 157'000; ++day) {
        const std::int64_t second = day * 86'400 + day % 86'400;
        REQUIRE(*parse_epoch(format_epoch(second)) == second);
    }
}

}  // namespace
}  // namespace shaketable
