// SPDX-License-Identifier: MIT
#include "sim/study/rank_tests.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/check.hpp"

namespace shaketable {

namespace {

std::vector<std::size_t> ascending(const std::vector<std::int64_t>& values) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return values[a] != values[b] ? values[a] < values[b] : a < b;
    });
    return order;
}

// P(Z >= z) of the standard normal distribution.
double normal_tail(double z) { return 0.5 * std::erfc(z / std::sqrt(2.0)); }

// P(sum >= seen) of ranks that each count with probability 1/2. All are doubled.
double exact_signed_tail(const std::vector<std::uint64_t>& ranks, std::uint64_t seen) {
    const std::uint64_t most = std::accumulate(ranks.begin(), ranks.end(), std::uint64_t{0});
    std::vector<double> probability(most + 1, 0.0);
    probability[0] = 1;
    std::uint64_t reach = 0;
    for (const std::uint64_t rank : ranks) {
        reach += rank;
        for (std::uint64_t sum = reach + 1; sum-- > 0;) {
            const double with = sum >= rank ? probability[sum - rank] : 0;
            probability[sum] = 0.5 * (probability[sum] + with);
        }
    }
    double tail = 0;
    for (std::uint64_t sum = most + 1; sum-- > seen;) tail += probability[sum];
    return std::min(tail, 1.0);
}

// P(sum >= seen) of the ranks of `taken` of all, each choice equally likely. All are doubled.
double exact_choice_tail(const std::vector<std::uint64_t>& ranks, std::size_t taken,
                         std::uint64_t seen) {
    const std::uint64_t most = std::accumulate(ranks.begin(), ranks.end(), std::uint64_t{0});
    const std::size_t width = most + 1;
    std::vector<double> ways((taken + 1) * width, 0.0);  // by how many were taken, and their sum
    ways[0] = 1;
    for (const std::uint64_t rank : ranks) {
        for (std::size_t count = taken; count > 0; --count) {
            for (std::uint64_t sum = most + 1; sum-- > rank;) {
                ways[count * width + sum] += ways[(count - 1) * width + sum - rank];
            }
        }
    }
    double tail = 0;
    double all = 0;
    for (std::uint64_t sum = most + 1; sum-- > 0;) {
        all += ways[taken * width + sum];
        if (sum >= seen) tail = all;
    }
    return tail / all;
}

// Scores, doubled, each with a sign that is the toss of a coin.
class SignedScores {
public:
    void add(std::uint64_t score, bool positive) {
        scores_.push_back(score);
        if (positive) seen_ += score;
    }
    RankTest test(bool exact) const {
        RankTest test;
        test.used = scores_.size();
        test.statistic = static_cast<double>(seen_) / 2;
        if (scores_.empty()) return test;
        if (exact) {
            test.p = exact_signed_tail(scores_, seen_);
            return test;
        }
        double sum = 0;
        double squares = 0;
        for (const std::uint64_t doubled : scores_) {
            const double score = static_cast<double>(doubled) / 2;
            sum += score;
            squares += score * score;
        }
        test.p = normal_tail((test.statistic - sum / 2 - 0.5) / std::sqrt(squares / 4));
        return test;
    }

private:
    std::vector<std::uint64_t> scores_;
    std::uint64_t seen_ = 0;
};

std::vector<std::int64_t> joined(const std::vector<std::int64_t>& first,
                                 const std::vector<std::int64_t>& second) {
    std::vector<std::int64_t> both = first;
    both.insert(both.end(), second.begin(), second.end());
    return both;
}

// How far each reaches into the worst fifth of all; 0 for the others. Ties reach as far as the last
// of them, so that many that are equally bad are not taken for the middle. Doubled.
std::vector<std::uint64_t> tail_scores(const std::vector<std::int64_t>& values) {
    std::vector<std::int64_t> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    const std::size_t from = values.size() - values.size() / kTail;
    std::vector<std::uint64_t> scores;
    for (const std::int64_t value : values) {
        const auto end = std::upper_bound(sorted.begin(), sorted.end(), value);
        const auto rank = static_cast<std::size_t>(end - sorted.begin());
        scores.push_back(rank > from ? 2 * (rank - from) : 0);
    }
    return scores;
}

// Did the first `taken` get more of the scores than their share? All are doubled.
RankTest choice_test(const std::vector<std::uint64_t>& scores, std::size_t taken) {
    novacron::check(taken > 0 && taken < scores.size(), "a rank test compares two samples");
    const auto end_of_taken = scores.begin() + static_cast<std::ptrdiff_t>(taken);
    const std::uint64_t seen = std::accumulate(scores.begin(), end_of_taken, std::uint64_t{0});
    const std::uint64_t all = std::accumulate(end_of_taken, scores.end(), seen);
    const auto m = static_cast<double>(taken);
    const auto n = static_cast<double>(scores.size());
    RankTest test;
    test.used = scores.size();
    test.statistic = static_cast<double>(seen) / 2;
    if (scores.size() <= kExactObservations) {
        test.p = exact_choice_tail(scores, taken, seen);
        return test;
    }
    // The variance of the sum of m of n numbers drawn without replacement.
    const double mean = static_cast<double>(all) / 2 / n;
    double squares = 0;
    for (const std::uint64_t doubled : scores) {
        const double off = static_cast<double>(doubled) / 2 - mean;
        squares += off * off;
    }
    if (squares == 0) return test;
    const double variance = m * (n - m) / (n * (n - 1)) * squares;
    test.p = normal_tail((test.statistic - m * mean - 0.5) / std::sqrt(variance));
    return test;
}

double log_choose(std::uint64_t n, std::uint64_t k) {
    const auto log_factorial = [](std::uint64_t m) {
        double sum = 0;
        for (std::uint64_t i = 2; i <= m; ++i) sum += std::log(static_cast<double>(i));
        return sum;
    };
    return log_factorial(n) - log_factorial(k) - log_factorial(n - k);
}

}  // namespace

std::vector<std::uint64_t> doubled_midranks(const std::vector<std::int64_t>& values) {
    const std::vector<std::size_t> order = ascending(values);
    std::vector<std::uint64_t> ranks(values.size());
    for (std::size_t first = 0; first < order.size();) {
        std::size_t end = first + 1;
        while (end < order.size() && values[order[end]] == values[order[first]]) ++end;
        // Ranks first + 1 .. end have the mean (first + 1 + end) / 2.
        for (std::size_t i = first; i < end; ++i) ranks[order[i]] = first + 1 + end;
        first = end;
    }
    return ranks;
}

RankTest signed_rank_test(const std::vector<std::int64_t>& differences) {
    std::vector<std::int64_t> sizes;
    for (const std::int64_t d : differences) sizes.push_back(d < 0 ? -d : d);
    const std::vector<std::uint64_t> ranks = doubled_midranks(sizes);
    SignedScores scores;
    for (std::size_t i = 0; i < differences.size(); ++i) {
        if (differences[i] != 0) scores.add(ranks[i], differences[i] > 0);
    }
    return scores.test(differences.size() <= kExactPairs);
}

RankTest signed_tail_test(const std::vector<std::int64_t>& before,
                          const std::vector<std::int64_t>& after) {
    novacron::check(before.size() == after.size(), "in pairs, both samples have one size");
    const std::vector<std::uint64_t> tail = tail_scores(joined(after, before));
    SignedScores scores;
    for (std::size_t i = 0; i < after.size(); ++i) {
        const std::uint64_t now = tail[i];
        const std::uint64_t old = tail[after.size() + i];
        if (now != old) scores.add(std::max(now, old) - std::min(now, old), now > old);
    }
    return scores.test(after.size() <= kExactPairs);
}

RankTest rank_sum_test(const std::vector<std::int64_t>& before,
                       const std::vector<std::int64_t>& after) {
    RankTest test = choice_test(doubled_midranks(joined(after, before)), after.size());
    const auto m = static_cast<double>(after.size());
    test.statistic -= m * (m + 1) / 2;
    return test;
}

RankTest tail_sum_test(const std::vector<std::int64_t>& before,
                       const std::vector<std::int64_t>& after) {
    return choice_test(tail_scores(joined(after, before)), after.size());
}

double sign_test(std::uint64_t worse, std::uint64_t better) {
    const std::uint64_t n = worse + better;
    double tail = 0;
    for (std::uint64_t k = worse; k <= n; ++k) {
        tail += std::exp(log_choose(n, k) - static_cast<double>(n) * std::log(2.0));
    }
    return std::min(tail, 1.0);
}

double fisher_test(Counts before, Counts after) {
    novacron::check(before.yes <= before.total && after.yes <= after.total,
                    "a part of a sample is no more than the sample");
    const std::uint64_t yes = before.yes + after.yes;
    const std::uint64_t all = before.total + after.total;
    double tail = 0;
    for (std::uint64_t k = after.yes; k <= std::min(yes, after.total); ++k) {
        if (yes - k > before.total) continue;
        tail += std::exp(log_choose(after.total, k) + log_choose(before.total, yes - k) -
                         log_choose(all, yes));
    }
    return std::min(tail, 1.0);
}

std::vector<double> holm(const std::vector<double>& p) {
    std::vector<std::size_t> order(p.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return p[a] < p[b]; });
    std::vector<double> adjusted(p.size());
    double least = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
        least = std::max(least, p[order[i]] * static_cast<double>(p.size() - i));
        adjusted[order[i]] = std::min(least, 1.0);
    }
    return adjusted;
}

}  // namespace shaketable
