// console: the two streams, and the progress line between their lines.
//
// Question: how does everything get out, whole lines at a time?
// Zone:     home.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "examples/digest_tree/problem.h"

namespace digest_tree {

/// How printing ended.
enum class print_end {
  printed,
  interrupted,  ///< The signal came first.
  closed,       ///< Nobody reads any more.
  failed,       ///< Said on stderr.
};

/// Writes to stdout and stderr. Used at home only, so no two lines ever mix.
class console {
 public:
  /// @param interruption Becomes readable when waiting for a reader of stdout has to end.
  explicit console(int interruption);

  /// True if there is somebody to show progress to.
  bool shows_progress() const noexcept { return shows_progress_; }

  /// Shows this instead of the progress line shown before; cut to the terminal's width.
  void show(std::string_view text);

  /// Takes the progress line away.
  void hide();

  /// How wide the progress line may be.
  std::size_t columns() const;

  /// Writes lines to stdout. A line is written wholly or, when something comes in between, not.
  print_end print(std::string_view lines);

  /// How many lines were printed.
  std::uint64_t lines_printed() const noexcept { return lines_printed_; }

  /// Nothing is printed any more: the last moment for stdout to fail.
  print_end close();

  /// A line on stderr for a path. What a terminal would not show as it is, is escaped.
  void report(const problem& what);

  /// A line on stderr.
  void say(std::string_view text);

 private:
  print_end print_some(std::string_view lines);
  print_end failed(int error);

  int interruption_;
  bool shows_progress_;
  bool prints_to_terminal_;
  std::string shown_;
  std::uint64_t lines_printed_ = 0;
};

}  // namespace digest_tree
