// The work of gtk_prime_counting: it says how far it is, and stops when it is cancelled.
#pragma once

#include <cstdint>

#include "actors/offstage.h"

/// How far a count is.
struct count_so_far {
  std::uint64_t tried = 0;   ///< Numbers below this one are counted.
  std::uint64_t primes = 0;  ///< How many of them are primes.
};

/// How many primes there are below a number.
std::uint64_t count_primes(offstage::progress<count_so_far>& report, std::uint64_t below);
