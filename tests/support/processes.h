// processes: the start method of a test's run.
//
// Question: how do the workers of this run begin?
#pragma once

#include <stdexcept>
#include <string_view>

#include "actors/context/multiprocessing_context.h"

namespace offstage::testing {

/// As the command line said, `--start_method=spawn` for instance; by default the usual one.
inline start_method start_method_of_run = start_method::forkserver;

/// Takes an argument of the command line if it is that one.
inline bool take_start_method(std::string_view argument) {
  constexpr std::string_view option = "--start_method=";
  if (!argument.starts_with(option)) return false;
  argument.remove_prefix(option.size());
  for (const auto each : {start_method::spawn, start_method::forkserver}) {
    if (argument == to_string(each)) {
      start_method_of_run = each;
      return true;
    }
  }
  throw std::runtime_error("--start_method: expected spawn or forkserver");
}

/// A context whose workers begin so.
class process_context final : public multiprocessing_context {
 public:
  explicit process_context(multiprocessing_options options = {})
      : multiprocessing_context(with_method(std::move(options))) {}

 private:
  static multiprocessing_options with_method(multiprocessing_options options) {
    if (!options.method) options.method = start_method_of_run;
    return options;
  }
};

}  // namespace offstage::testing
