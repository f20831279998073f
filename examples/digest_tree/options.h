// options: what the command line asks for.
//
// Question: which paths, on how many workers, and where?
// Zone:     pure.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace digest_tree {

/// What `--help` prints.
extern const std::string_view help_text;

/// Where the work is done.
enum class workplace { threads, processes };

/// The command line, understood.
struct options {
  bool help = false;
  workplace context = workplace::threads;
  std::optional<int> workers;  ///< None: one for each CPU.
  std::vector<std::string> paths;
};

/// The command line cannot be followed; the text says why.
class wrong_options : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// @errors wrong_options.
options parse_options(int argc, char** argv);

}  // namespace digest_tree
