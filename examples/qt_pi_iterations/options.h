// options: what the command line asks for.
//
// Question: where does the iteration run, and how long are its steps?
// Zone:     pure.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string_view>

namespace pi_plot {

/// What `--help` prints.
extern const std::string_view help_text;

/// Where the work is done.
enum class workplace { threads, processes };

/// The command line, understood.
struct options {
  bool help = false;
  workplace context = workplace::threads;
  std::int64_t points_each = 100000;
};

/// The command line cannot be followed; the text says why.
class wrong_options : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// @errors wrong_options.
options parse_options(int argc, char** argv);

}  // namespace pi_plot
