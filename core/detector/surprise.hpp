// SPDX-License-Identifier: MIT
//
// How surprising a silence is: -ln of the probability that a heartbeat comes even later, for three
// ideas of how heartbeats arrive; and the silence at which a given surprise is reached.
//
// Intuition: phi of the accrual detector is this, in base 10 or e. Computed as the words say, as
// the logarithm of 1 - CDF, it can't pass 15.95 in double precision (1 - CDF is a multiple of
// 2^-53), and the threshold 16 is never reached until phi jumps to infinity. So the logarithm is
// computed directly, and is right to 10^5 and beyond.
//
// Formulas, with y = (silence - mean) / deviation:
//   normal:      -ln Q(y), Q the upper tail. y < 0: log1p of the lower tail. 0 <= y < 2: the series
//                Q = 1/2 - density(y) (y + y^3/3 + y^5/15 + ...), all of whose terms are positive.
//                Beyond: y^2/2 + ln(2 pi)/2 + ln c(y), with Laplace's continued fraction
//                c(y) = y + 1/(y + 2/(y + 3/(y + ...))), evaluated from its end.
//   logistic:    ln(1 + e^u), u = y (1.5976 + 0.070566 y^2): the approximation that Akka and Pekko
//                use, here without its underflow at y = 21.6. Its error in the probability is below
//                1.4e-4, which is nothing in the middle and everything in the tail: where the true
//                phi is 8 it says 9.31.
//   exponential: silence / mean, as Cassandra has it. It knows no deviation.
//
// The inverses are Newton's method; the functions are convex where it is used, so it comes from one
// side and stops when it comes no nearer.
//
// Invariants: (1) the normal surprise has a relative error below 1e-13. (2) all are increasing, and
//             an inverse gives the argument back to within 1e-13 of it.
// No libm: the same to the last bit everywhere.
#pragma once

namespace novacron::detector {

double normal_surprise(double y);
double logistic_surprise(double y);

// The y at which the surprise is this. REQUIRES: surprise is 1e-6 .. 1e15.
double normal_silence(double surprise);
double logistic_silence(double surprise);

}  // namespace novacron::detector
