// The work of background_processes and qt_background_processes: it takes its time, and now and then
// too long.
#pragma once

#include <stop_token>

/// How slow and how unreliable squares are.
struct square_conditions {
  double time_limit_s = 5;      ///< Seconds after which a calculation gives up; 0 or more.
  double failing_share = 0.05;  ///< Which part of the calculations takes too long; 0 to 1.
  bool busy = false;            ///< Whether its time is spent computing, rather than waiting.
  bool stubborn = false;        ///< Whether it goes on when a stop is requested.
};

/// The square of `n`, after a random time of at most `time_limit_s`.
/// @throws std::runtime_error if it takes too long.
/// @returns Anything once a stop was requested: then nobody looks at it.
long slow_square(std::stop_token stop, int n, square_conditions conditions);
