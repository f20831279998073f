// measure: what all benchmark programs share: a clock, and one line of JSON as the answer.
//
// Question: how is a figure taken and told?
// Zone:     pure.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

namespace offstage::bench {

using clock = std::chrono::steady_clock;

/// Microseconds since a moment.
inline double us_since(clock::time_point begin) {
  return std::chrono::duration<double, std::micro>(clock::now() - begin).count();
}

/// Tells a figure: one line of JSON with every value that was taken.
inline void tell(const std::string& name, const std::vector<double>& values) {
  std::printf("{\"name\": \"%s\", \"values\": [", name.c_str());
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::printf("%s%.6g", i == 0 ? "" : ", ", values[i]);
  }
  std::printf("]}\n");
}

/// The value that this part of a sample does not exceed, e.g. 0.5 for the median.
inline double quantile(std::vector<double> sample, double part) {
  std::sort(sample.begin(), sample.end());
  const double rank = std::ceil(part * static_cast<double>(sample.size()));
  return sample[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

}  // namespace offstage::bench
