// progress: how far it is, how fast, and how long it will take.
//
// Question: what does the progress line say?
// Zone:     pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "examples/digest_tree/tree_walk.h"

namespace digest_tree {

/// How far it is.
struct progress {
  tree_total done;
  std::optional<tree_total> total;  ///< None while it is being counted.
  std::optional<double> bytes_per_second;
  std::optional<std::chrono::seconds> left;
};

/// The speed of the last seconds, and what it means for the rest.
class progress_meter {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  progress measure(time_point now, tree_total done, std::optional<tree_total> total);

 private:
  struct sample {
    time_point when;
    tree_total done;
  };
  std::deque<sample> samples_;
};

/// The line, at most `columns` wide: a bar where there is room, then files, bytes, rate, time left.
std::string progress_text(const progress& shown, std::size_t columns);

}  // namespace digest_tree
