// SPDX-License-Identifier: MIT
//
// Did a number tend to grow? Rank tests: no distribution is assumed, ties are allowed, and the
// largest number may stand for "worse than any number".
//
// Intuition: if nothing has changed, the sign of each paired difference is the toss of a coin, and
// of two samples laid together every choice of places is equally likely for the one of them. How
// many of all those cases look at least as bad as what was seen is the p-value. For small samples
// the cases are counted, ties and zeros as they are; beyond kExactPairs and kExactObservations a
// normal distribution with the variance that the ties leave takes over.
//
// The tail is asked for by scores instead of ranks: how far a value reaches into the worst fifth of
// all values of both samples, 0 for the others. So a longer tail shows where the middle stays.
//
// Ties have the mean of their ranks. Zero differences are treated after Pratt: they are ranked
// with the others and then have no sign, so that many pairs without a change damp the few with one.
//
// Every test asks one question, whether values grew; turn the signs to ask whether they fell. A
// two-sided p-value is twice the smaller of both.
//
// Sources: F. Wilcoxon, "Individual comparisons by ranking methods" (1945); J. W. Pratt, "Remarks
// on zeros and ties in the Wilcoxon signed rank procedures" (1959); H. B. Mann, D. R. Whitney, "On
// a test of whether one of two random variables is stochastically larger" (1947); Q. McNemar,
// "Note on the sampling error of the difference between correlated proportions" (1947).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace shaketable {

constexpr std::size_t kTail = 5;  // the tail is the worst fifth
constexpr std::size_t kExactPairs = 200;
constexpr std::size_t kExactObservations = 60;  // of both samples together

// Twice the rank of each value in ascending order, from 1; ties have the mean of their ranks.
std::vector<std::uint64_t> doubled_midranks(const std::vector<std::int64_t>& values);

struct RankTest {
    double p = 1;            // of what was seen or worse, if nothing has changed
    double statistic = 0;    // sum of the ranks that speak for growth
    std::uint64_t used = 0;  // differences that are not zero; observations
};

// Wilcoxon's signed-rank test on paired differences, after minus before.
RankTest signed_rank_test(const std::vector<std::int64_t>& differences);

// Mann and Whitney's test on two independent samples. The statistic is U of `after`.
// REQUIRES: neither is empty.
RankTest rank_sum_test(const std::vector<std::int64_t>& before,
                       const std::vector<std::int64_t>& after);

// Did the worst fifth grow? The same two tests on scores of the tail, of which the statistic is the
// sum.
// REQUIRES: as many before as after, in pairs.
RankTest signed_tail_test(const std::vector<std::int64_t>& before,
                          const std::vector<std::int64_t>& after);
RankTest tail_sum_test(const std::vector<std::int64_t>& before,
                       const std::vector<std::int64_t>& after);

// P(at least `worse` of the pairs that differ are worse), a coin tossed for each: the sign test,
// and McNemar's exact test when the pairs are yes or no.
double sign_test(std::uint64_t worse, std::uint64_t better);

// Two independent samples of yes or no.
struct Counts {
    std::uint64_t yes = 0;
    std::uint64_t total = 0;
};
// Fisher's exact test, one-sided: P(so many or more of all yes fall to `after`).
double fisher_test(Counts before, Counts after);

// Holm's step-down correction: the p-values as if each had been the only one asked for. Rejecting
// those at most alpha makes a false alarm anywhere with probability alpha at most, whatever depends
// on what. Source: S. Holm, "A simple sequentially rejective multiple test procedure" (1979).
std::vector<double> holm(const std::vector<double>& p);

}  // namespace shaketable
