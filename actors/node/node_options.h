// node_options: how a pool wants its worker processes.
//
// Question: what is a worker process given, besides what all of them have?
// Zone:     pure. Hears the pool, says it to its nodes.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace offstage {

/// The same for all workers of a pool.
struct node_options {
  std::vector<std::string> environment = {};  ///< All of it, as NAME=VALUE.
  std::string working_directory = {};         ///< Empty: this process's.
  std::uint64_t memory_max_bytes = 0;         ///< Of its own memory; 0: no limit.
  std::vector<std::byte> initializer = {};    ///< As `bytes_of` wrote it; empty: none.
  std::optional<std::chrono::nanoseconds> initializer_time_max = {};  ///< None: no limit.
  /// Until it has said its first word. None: no limit.
  std::optional<std::chrono::nanoseconds> start_time_max = std::chrono::seconds(10);
};

}  // namespace offstage
