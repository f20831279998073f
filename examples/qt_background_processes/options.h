// options: what the command line asks for.
//
// Question: which squares, how slow, on how many workers, and where?
// Zone:     pure.
#pragma once

#include <optional>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "examples/background_processes/slow_square.h"

namespace background_jobs {

/// What `--help` prints.
extern const std::string_view help_text;

/// What can be squared.
inline constexpr int input_min = 0;
inline constexpr int input_max = 100;

/// Where the work is done.
enum class workplace { threads, processes };

/// The command line, understood.
struct options {
  bool help = false;
  workplace context = workplace::threads;
  std::optional<int> workers;  ///< None: one for each CPU.
  square_conditions conditions;
  std::vector<int> inputs;  ///< Jobs to begin with, those of `--jobs` after the others.
};

/// The command line cannot be followed; the text says why.
class wrong_options : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// @errors wrong_options.
options parse_options(int argc, char** argv);

}  // namespace background_jobs
