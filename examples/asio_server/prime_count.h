// prime_count: the work of the server.
//
// Question: how many primes are there below a number?
// Zone:     away.
#pragma once

#include <stop_token>

namespace asio_server {

/// How many primes are less than `below`; about 50 million can be tried in a second.
/// @errors std::runtime_error if it was stopped.
long count_primes(std::stop_token stop, long below);

}  // namespace asio_server
