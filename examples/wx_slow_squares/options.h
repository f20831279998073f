// options: what the command line asks for.
//
// Question: which squares, how slow, and where?
// Zone:     pure.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "examples/background_processes/slow_square.h"

namespace slow_squares {

/// What `--help` prints.
extern const std::string_view help_text;

/// What can be squared.
inline constexpr int input_max = 1'000'000;

/// A number from 0 to `input_max`, or none.
std::optional<int> input_in(std::string_view text);

/// Where squares are computed.
enum class workplace { threads, processes };

/// The command line, understood.
struct options {
  bool help = false;
  workplace context = workplace::threads;
  std::optional<int> workers;  ///< None: one for each CPU.
  square_conditions conditions;
  std::vector<int> inputs;  ///< To begin with.
};

/// @errors std::runtime_error that says what was expected and what was found.
options parse_options(int argc, char** argv);

}  // namespace slow_squares
