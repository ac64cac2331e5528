// SPDX-License-Identifier: MIT
#include "sim/scenario/units.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "core/base/check.hpp"
#include "core/base/wide.hpp"

namespace shaketable {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;

struct Unit {
    std::string_view name;
    std::int64_t ns;
};
// Largest first.
constexpr std::array<Unit, 7> kUnits{{{"d", kDay},
                                      {"h", 3'600 * kSecond},
                                      {"m", 60 * kSecond},
                                      {"s", kSecond},
                                      {"ms", 1'000'000},
                                      {"us", 1'000},
                                      {"ns", 1}}};

template <class T>
Parsed<T> fail(std::string error, std::string hint = {}) {
    return {std::nullopt, std::move(error), std::move(hint)};
}

std::string quoted(std::string_view text) {
    constexpr std::size_t most = 40;
    if (text.size() <= most) return "'" + std::string(text) + "'";
    std::size_t cut = most;  // not in the middle of a character
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xc0U) == 0x80U) --cut;
    return "'" + std::string(text.substr(0, cut)) + "...'";
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The length of the leading digits.
std::size_t digits(std::string_view text) {
    const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
    return static_cast<std::size_t>(end - text.begin());
}

// The length of a leading decimal: digits, then perhaps a point and digits. 0 if there is none.
std::size_t decimal(std::string_view text) {
    const std::size_t whole = digits(text);
    if (whole == 0 || whole == text.size() || text[whole] != '.') return whole;
    const std::size_t fraction = digits(text.substr(whole + 1));
    return fraction == 0 ? whole : whole + 1 + fraction;
}

bool is_decimal(std::string_view text) { return !text.empty() && decimal(text) == text.size(); }

enum class Exactness { exact, too_large, too_fine };

// decimal * scale, when that is a whole number; `scale` is a unit's size, a day of nanoseconds at
// most.
Exactness multiply(std::string_view text, std::int64_t scale, std::int64_t& result) {
    const std::size_t point = std::min(text.find('.'), text.size());
    std::int64_t value = 0;
    for (const char c : text.substr(0, point)) {
        if (__builtin_mul_overflow(value, 10, &value)) return Exactness::too_large;
        if (__builtin_add_overflow(value, c - '0', &value)) return Exactness::too_large;
    }
    if (__builtin_mul_overflow(value, scale, &value)) return Exactness::too_large;
    std::string_view fraction = text.substr(std::min(point + 1, text.size()));
    while (fraction.ends_with('0')) fraction.remove_suffix(1);
    // No unit holds 2 or 5 more often than 16 times, so more digits never come out whole.
    if (fraction.size() > 16) return Exactness::too_fine;
    novacron::UnsignedWide part = 0;
    novacron::UnsignedWide power = 1;
    for (const char c : fraction) {
        part = part * 10U + static_cast<unsigned>(c - '0');
        power *= 10U;
    }
    part *= static_cast<std::uint64_t>(scale);  // below 10^16 * 10^14
    if (part % power != 0) return Exactness::too_fine;
    if (__builtin_add_overflow(value, static_cast<std::int64_t>(part / power), &value)) {
        return Exactness::too_large;
    }
    result = value;
    return Exactness::exact;
}

std::string unit_hint(std::string_view number, std::string_view unit) {
    const std::string n(number);
    if (unit == "min" || unit == "mins" || unit == "minutes" || unit == "M") return n + "m?";
    if (unit == "sec" || unit == "secs" || unit == "seconds" || unit == "S") return n + "s?";
    if (unit == "msec" || unit == "millis" || unit == "MS") return n + "ms?";
    if (unit == "\xc2\xb5s" || unit == "\xce\xbcs" || unit == "usec") return n + "us?";
    if (unit == "hr" || unit == "hrs" || unit == "hours" || unit == "H") return n + "h?";
    return {};
}

Parsed<Duration> duration_without_sign(std::string_view text) {
    std::int64_t sum = 0;
    std::size_t previous = kUnits.size();  // index of the last unit, none yet
    for (std::string_view rest = text; !rest.empty();) {
        const std::string_view number = rest.substr(0, decimal(rest));
        if (number.empty()) {
            return fail<Duration>("not a duration: " + quoted(text), "write 150ms, 2.5s or 1h30m");
        }
        rest.remove_prefix(number.size());
        const auto is_letter = [](char c) {
            return !is_digit(c) && c != '.' && c != ' ' && c != ':';
        };
        const auto letters = std::find_if_not(rest.begin(), rest.end(), is_letter) - rest.begin();
        const std::string_view name = rest.substr(0, static_cast<std::size_t>(letters));
        const auto* unit = std::find_if(kUnits.begin(), kUnits.end(),
                                        [&](const Unit& u) { return u.name == name; });
        if (name.empty() && rest.empty() && number == text) {
            const std::string n(number);
            return fail<Duration>("a duration needs a unit: " + n,
                                  "did you mean " + n + "ms or " + n + "s?");
        }
        if (unit == kUnits.end()) {
            // YAML 1.1 reads 1:30 as the number 90.
            const bool sexagesimal = rest.starts_with(':') && is_decimal(rest.substr(1));
            if (sexagesimal) {
                const std::string n(number);
                const std::string second(rest.substr(1));
                return fail<Duration>(
                    "not a duration: " + quoted(text),
                    "did you mean " + n + "m" + second + "s or " + n + "h" + second + "m?");
            }
            const std::string hint = unit_hint(number, name);
            return fail<Duration>(
                "not a duration: " + quoted(text),
                hint.empty() ? "write 150ms, 2.5s or 1h30m" : "did you mean " + hint);
        }
        const auto index = static_cast<std::size_t>(unit - kUnits.begin());
        if (previous != kUnits.size() && index <= previous) {
            return fail<Duration>("the parts of a duration go from large to small: " + quoted(text),
                                  "write 1h30m");
        }
        previous = index;
        rest.remove_prefix(name.size());
        std::int64_t part = 0;
        const Exactness exactness = multiply(number, unit->ns, part);
        if (exactness == Exactness::too_fine) {
            return fail<Duration>("finer than a nanosecond: " + quoted(text));
        }
        if (exactness == Exactness::too_large || __builtin_add_overflow(sum, part, &sum)) {
            return fail<Duration>("too long a duration: " + quoted(text), "at most 292 years fit");
        }
    }
    return {Duration{sum}, {}, {}};
}

// value / unit as a decimal, exactly. REQUIRES: unit is a power of ten, value is not negative.
std::string decimal_text(std::int64_t value, std::int64_t unit) {
    std::string text = std::to_string(value / unit);
    std::string fraction;
    for (std::int64_t rest = value % unit; unit > 1; rest %= unit) {
        unit /= 10;
        fraction += static_cast<char>('0' + rest / unit);
    }
    while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
    return fraction.empty() ? text : text + "." + fraction;
}

template <class T>
Parsed<T> parse_whole(std::string_view text) {
    T value{};
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    const std::string_view unsigned_text = text.substr(text.starts_with('-') ? 1 : 0);
    if (digits(unsigned_text) != unsigned_text.size() || unsigned_text.empty()) {
        return fail<T>("not a whole number: " + quoted(text), "write digits alone, such as 3");
    }
    if (unsigned_text.size() > 1 && unsigned_text.front() == '0') {
        return fail<T>("a whole number has no leading zero: " + quoted(text));
    }
    if (text.starts_with('-') && std::is_unsigned_v<T>) {
        return fail<T>("may not be negative: " + quoted(text));
    }
    if (status != std::errc{} || end != text.data() + text.size()) {
        return fail<T>("too large a number: " + quoted(text));
    }
    return {value, {}, {}};
}

// Days since 1970-01-01 of a date of the Gregorian calendar, and back.
// Source: H. Hinnant, "chrono-compatible low-level date algorithms" (2013).
std::int64_t days_from_date(std::int64_t year, std::int64_t month, std::int64_t day) {
    year -= month <= 2 ? 1 : 0;
    const std::int64_t era = year / 400;
    const std::int64_t year_of_era = year - era * 400;
    const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    const std::int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146'097 + day_of_era - 719'468;
}

struct Date {
    std::int64_t year, month, day;
};
Date date_from_days(std::int64_t days) {
    days += 719'468;
    const std::int64_t era = days / 146'097;
    const std::int64_t day_of_era = days - era * 146'097;
    const std::int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    const std::int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const std::int64_t shifted = (5 * day_of_year + 2) / 153;
    const std::int64_t month = shifted + (shifted < 10 ? 3 : -9);
    return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month,
            day_of_year - (153 * shifted + 2) / 5 + 1};
}

std::string two_digits(std::int64_t value) {
    return (value < 10 ? "0" : "") + std::to_string(value);
}

}  // namespace

Parsed<Duration> parse_duration(std::string_view text, Sign sign) {
    if (text.empty()) return fail<Duration>("a duration is missing", "write 150ms, 2.5s or 1h30m");
    const bool negative = text.front() == '-';
    Parsed<Duration> result = duration_without_sign(text.substr(negative ? 1 : 0));
    if (!negative) return result;
    if (!result) {
        // The text is quoted as it was written.
        return fail<Duration>("not a duration: " + quoted(text), std::move(result.hint));
    }
    if (sign == Sign::not_negative) return fail<Duration>("may not be negative: " + quoted(text));
    result.value->ns = -result.value->ns;
    return result;
}

std::string format_duration(Duration duration) {
    if (duration.ns == 0) return "0s";
    if (duration.ns < 0) {
        novacron::check(duration.ns >= -kMost, "a duration has no positive counterpart");
        return "-" + format_duration({-duration.ns});
    }
    const std::int64_t ns = duration.ns;
    if (ns < 1'000) return decimal_text(ns, 1) + "ns";
    if (ns < 1'000'000) return decimal_text(ns, 1'000) + "us";
    if (ns < kSecond) return decimal_text(ns, 1'000'000) + "ms";
    std::string text;
    std::int64_t rest = ns;
    for (const Unit& unit : kUnits) {
        if (unit.ns <= kSecond) break;
        if (rest >= unit.ns) text += std::to_string(rest / unit.ns) + std::string(unit.name);
        rest %= unit.ns;
    }
    return rest == 0 ? text : text + decimal_text(rest, kSecond) + "s";
}

std::string format_duration_brief(Duration duration) {
    if (duration.ns < 0) return "-" + format_duration_brief({-std::max(duration.ns, -kMost)});
    std::int64_t step = 1;
    const std::int64_t limit = duration.ns >= 60 * kSecond ? kSecond : kMost;
    while (step < limit && duration.ns / step >= 10'000) step *= 10;
    step = std::min(step, limit);
    const std::int64_t rest = duration.ns % step;
    const std::int64_t rounded = duration.ns - rest;
    const bool up = rest * 2 >= step && step > 1 && rounded <= kMost - step;
    return format_duration({up ? rounded + step : rounded});
}

Parsed<DurationRange> parse_duration_range(std::string_view text) {
    const std::size_t dots = text.find("..");
    if (dots == std::string_view::npos) {
        return fail<DurationRange>("not a range: " + quoted(text), "write 150ms..300ms");
    }
    const auto low = parse_duration(text.substr(0, dots));
    if (!low) return fail<DurationRange>(low.error, low.hint);
    const auto high = parse_duration(text.substr(dots + 2));
    if (!high) return fail<DurationRange>(high.error, high.hint);
    if (*high < *low) {
        return fail<DurationRange>(
            "a range goes from low to high: " + quoted(text),
            "did you mean " + format_duration(*high) + ".." + format_duration(*low) + "?");
    }
    return {DurationRange{*low, *high}, {}, {}};
}

Parsed<std::int64_t> parse_integer(std::string_view text) {
    return parse_whole<std::int64_t>(text);
}
Parsed<std::uint64_t> parse_unsigned(std::string_view text) {
    return parse_whole<std::uint64_t>(text);
}

Parsed<double> parse_number(std::string_view text) {
    double value = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    const std::string_view body = text.substr(text.starts_with('-') ? 1 : 0);
    const bool looks_numeric = !body.empty() && is_digit(body.front());
    if (looks_numeric && end == text.data() + text.size()) {
        if (status == std::errc{} && std::isfinite(value)) return {value, {}, {}};
        return fail<double>("out of the range of numbers: " + quoted(text));
    }
    return fail<double>("not a finite decimal number: " + quoted(text));
}

std::string format_number(double value) {
    if (value == 0) return "0";  // no negative zero
    std::array<char, 32> buffer{};
    const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    return {buffer.data(), result.ptr};
}

Parsed<double> parse_probability(std::string_view text) {
    const bool percent = text.ends_with('%');
    const std::string_view number = percent ? text.substr(0, text.size() - 1) : text;
    if (text.starts_with('-') && is_decimal(number.substr(1))) {
        return fail<double>("a probability may not be negative: " + quoted(text),
                            "it goes from 0% to 100%");
    }
    if (!is_decimal(number)) {
        return fail<double>("not a probability: " + quoted(text), "write 0.1% or 0.001");
    }
    // The exponent moves the point before the one rounding, so 0.1% is the double nearest to 0.001.
    const std::string shifted = std::string(number) + (percent ? "e-2" : "");
    double value = 0;
    const auto [end, status] =
        std::from_chars(shifted.data(), shifted.data() + shifted.size(), value);
    if (status != std::errc{} || end != shifted.data() + shifted.size()) {
        return fail<double>("out of the range of numbers: " + quoted(text));
    }
    if (value > 1) {
        const bool forgotten = !percent && value <= 100;
        return fail<double>("a probability is at most 100%: " + quoted(text),
                            forgotten ? "did you mean " + std::string(text) + "%?"
                                      : "it goes from 0% to 100%");
    }
    return {value, {}, {}};
}

std::string format_probability(double value) {
    std::array<char, 512> buffer{};
    const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                      std::chars_format::fixed);
    std::string text(buffer.data(), result.ptr);
    std::size_t point = text.find('.');
    if (point == std::string::npos)
        point = text.size();
    else
        text.erase(point, 1);
    while (text.size() < point + 2) text += '0';
    text.insert(point + 2, ".");
    while (text.back() == '0') text.pop_back();
    if (text.back() == '.') text.pop_back();
    const std::size_t leading = std::min(text.find_first_not_of('0'), text.size());
    text.erase(0, leading);
    if (text.empty() || text.front() == '.') text.insert(0, "0");
    return text + "%";
}

double Rate::per_second() const { return count / static_cast<double>(per.ns / kSecond); }
Duration Rate::gap() const {
    return Duration{static_cast<std::int64_t>(static_cast<double>(per.ns) / count)};
}

Parsed<Rate> parse_rate(std::string_view text) {
    constexpr std::string_view help = "write 500/s or 6/min";
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) {
        const bool bare = is_decimal(text);
        return fail<Rate>((bare ? "a rate needs a unit: " : "not a rate: ") + quoted(text),
                          bare ? "did you mean " + std::string(text) + "/s?" : std::string(help));
    }
    const std::string_view unit = text.substr(slash + 1);
    const auto count = parse_number(text.substr(0, slash));
    std::int64_t per = 0;
    if (unit == "s") per = kSecond;
    if (unit == "min") per = 60 * kSecond;
    if (unit == "h") per = 3'600 * kSecond;
    if (unit == "d") per = kDay;
    if (!count || per == 0) return fail<Rate>("not a rate: " + quoted(text), std::string(help));
    if (*count <= 0) return fail<Rate>("a rate is above 0: " + quoted(text));
    const Rate rate{*count, Duration{per}};
    if (rate.per_second() > 1e9)
        return fail<Rate>("a rate is at most 1000000000/s: " + quoted(text));
    if (rate.per_second() < 1e-9)
        return fail<Rate>("a rate is at least 0.000000001/s: " + quoted(text));
    return {rate, {}, {}};
}

std::string format_rate(Rate rate) {
    const std::string count = format_number(rate.count);
    if (rate.per == Duration{kSecond}) return count + "/s";
    if (rate.per == Duration{60 * kSecond}) return count + "/min";
    return count + (rate.per == Duration{kDay} ? "/d" : "/h");
}

namespace {

struct SizeUnit {
    std::string_view name;
    std::uint64_t bytes;
};
// Written with the first that fits; Ki and the like are read only.
constexpr std::array<SizeUnit, 13> kSizeUnits{{{"TiB", 1ULL << 40U},
                                               {"GiB", 1ULL << 30U},
                                               {"MiB", 1ULL << 20U},
                                               {"KiB", 1ULL << 10U},
                                               {"TB", 1'000'000'000'000},
                                               {"GB", 1'000'000'000},
                                               {"MB", 1'000'000},
                                               {"kB", 1'000},
                                               {"B", 1},
                                               {"Ti", 1ULL << 40U},
                                               {"Gi", 1ULL << 30U},
                                               {"Mi", 1ULL << 20U},
                                               {"Ki", 1ULL << 10U}}};

}  // namespace

Parsed<std::uint64_t> parse_size(std::string_view text) {
    using Size = std::uint64_t;
    const std::size_t length = digits(text);
    const std::string_view name = text.substr(length);
    const auto* unit =
        std::find_if(kSizeUnits.begin(), kSizeUnits.end(),
                                    [&](const SizeUnit& u) { return u.name == name; });
    if (length > 0 && name.empty()) {
        return fail<Size>("a size needs a unit: " + quoted(text),
                          "did you mean " + std::string(text) + "B?");
    }
    if (length == 0 || unit == kSizeUnits.end()) {
        return fail<Size>("not a size: " + quoted(text), "write 512B, 500MB or 16GiB");
    }
    const auto count = parse_unsigned(text.substr(0, length));
    if (!count) return count;
    Size bytes = 0;
    if (__builtin_mul_overflow(*count, unit->bytes, &bytes)) {
        return fail<Size>("too large a size: " + quoted(text));
    }
    return {bytes, {}, {}};
}

std::string format_size(std::uint64_t bytes) {
    if (bytes == 0) return "0B";
    const auto* unit = std::find_if(kSizeUnits.begin(), kSizeUnits.end(),
                                    [&](const SizeUnit& u) { return bytes % u.bytes == 0; });
    return std::to_string(bytes / unit->bytes) + std::string(unit->name);
}

Parsed<std::int64_t> parse_drift(std::string_view text) {
    using Ppb = std::int64_t;
    const std::string_view body = text.substr(text.starts_with('-') ? 1 : 0);
    if (is_decimal(body)) {
        return fail<Ppb>("a drift needs a unit: " + quoted(text),
                         "did you mean " + std::string(text) + "ppm?");
    }
    if (!body.ends_with("ppm") || !is_decimal(body.substr(0, body.size() - 3))) {
        return fail<Ppb>("not a drift: " + quoted(text), "write 50ppm or -0.5ppm");
    }
    Ppb ppb = 0;
    const Exactness exactness = multiply(body.substr(0, body.size() - 3), 1'000, ppb);
    if (exactness == Exactness::too_fine) return fail<Ppb>("finer than 0.001ppm: " + quoted(text));
    if (exactness == Exactness::too_large || ppb > 100'000'000) {
        return fail<Ppb>("a drift is within 100000ppm either way: " + quoted(text));
    }
    return {body.size() == text.size() ? ppb : -ppb, {}, {}};
}

std::string format_drift(std::int64_t ppb) {
    return (ppb < 0 ? "-" : "") + decimal_text(ppb < 0 ? -ppb : ppb, 1'000) + "ppm";
}

Parsed<std::pair<std::uint64_t, std::uint64_t>> parse_seeds(std::string_view text) {
    using Seeds = std::pair<std::uint64_t, std::uint64_t>;
    const std::size_t dots = text.find("..");
    const auto first = parse_unsigned(text.substr(0, dots));
    if (!first) return fail<Seeds>(first.error, "write 1..100 or 7");
    if (dots == std::string_view::npos) return {Seeds{*first, *first}, {}, {}};
    const auto last = parse_unsigned(text.substr(dots + 2));
    if (!last) return fail<Seeds>(last.error, "write 1..100 or 7");
    if (*last < *first) return fail<Seeds>("seeds go from low to high: " + quoted(text),
                           "did you mean " + format_seeds({*last, *first}) + "?");
    if (*last - *first >= 10'000'000)
        return fail<Seeds>("more than ten million seeds: " + quoted(text));
    return {Seeds{*first, *last}, {}, {}};
}

std::string format_seeds(std::pair<std::uint64_t, std::uint64_t> seeds) {
    const std::string first = std::to_string(seeds.first);
    return seeds.first == seeds.second ? first : first + ".." + std::to_string(seeds.second);
}

Parsed<std::int64_t> parse_epoch(std::string_view text) {
    using Epoch = std::int64_t;
    constexpr std::string_view shape = "dddd-dd-ddTdd:dd:ddZ";
    bool fits = text.size() == shape.size();
    for (std::size_t i = 0; fits && i < shape.size(); ++i) {
        fits = shape[i] == 'd' ? is_digit(text[i]) : text[i] == shape[i];
    }
    if (!fits) {
        return fail<Epoch>("not an instant in UTC: " + quoted(text), "write 2024-11-05T02:00:00Z");
    }
    const auto number = [&](std::size_t from, std::size_t count) {
        std::int64_t value = 0;
        for (const char c : text.substr(from, count)) value = value * 10 + (c - '0');
        return value;
    };
    const std::int64_t year = number(0, 4);
    const std::int64_t month = number(5, 2);
    const std::int64_t day = number(8, 2);
    const bool clock_exists = number(11, 2) < 24 && number(14, 2) < 60 && number(17, 2) < 60;
    const bool month_exists = month >= 1 && month <= 12;
    // A day that does not exist turns into another on the way there and back.
    const Date back = date_from_days(days_from_date(year, month_exists ? month : 1, day));
    if (!month_exists || back.day != day || back.month != month || !clock_exists || day < 1) {
        return fail<Epoch>("no such date or time: " + quoted(text));
    }
    if (year < 1970) return fail<Epoch>("an epoch is not before 1970: " + quoted(text));
    return {days_from_date(year, month, day) * 86'400 + number(11, 2) * 3'600 + number(14, 2) * 60 +
                number(17, 2),
            {},
            {}};
}

std::string format_epoch(std::int64_t unix_seconds) {
    const Date date = date_from_days(unix_seconds / 86'400);
    const std::int64_t rest = unix_seconds % 86'400;
    return std::to_string(date.year) + "-" + two_digits(date.month) + "-" + two_digits(date.day) +
           "T" + two_digits(rest / 3'600) + ":" + two_digits(rest / 60 % 60) + ":" +
           two_digits(rest % 60) + "Z";
}

}  // namespace shaketable
