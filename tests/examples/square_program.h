// square_program: a window that squares slowly, whatever its toolkit.
//
// Question: what does a person see of its jobs?
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/display/program.h"

namespace offstage::display {

/// The colours of states; selected rows have others.
inline constexpr colour waiting = colour::of(0xffffff);
inline constexpr colour executing = colour::of(0xadd8e6);
inline constexpr colour cancelling = colour::of(0xffa500);
inline constexpr colour cancelled = colour::of(0xff5050);
inline constexpr colour failed = colour::of(0xffc0cb);
inline constexpr colour completed = colour::of(0x90ee90);

using words = std::vector<std::string>;

/// Jobs that end at once; that fail at once; that go on until they are cancelled, or killed.
inline const words short_jobs{"--time-limit", "0", "--failing", "0"};
inline const words failing_jobs{"--time-limit", "0", "--failing", "1"};
inline const words endless_jobs{"--time-limit", "3600", "--failing", "0"};

inline words operator+(words left, const words& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

/// The program, its window and the table of its jobs, a row each.
class square_program : public program {
 public:
  /// @param state_column Which column of the table tells the state.
  square_program(const std::string& path, std::string_view title, int state_column, words arguments)
      : program(path, std::move(arguments)),
        shown(window(title)),
        table(find("table")),
        state_column_(state_column) {}

  std::string state(int row) const { return table.row(row).at(state_column_); }

  words states() const {
    words all;
    for (int row = 0; row < table.row_count(); ++row) all.push_back(state(row));
    return all;
  }

  void await_state(int row, const std::string& wanted) const {
    await("the state '" + wanted + "' in row " + std::to_string(row),
          [&] { return table.row_count() > row && state(row) == wanted; });
  }

  /// Whether most of a row comes to have it.
  bool has_colour(int row, colour wanted) const {
    return eventually([&] {
      const auto cell = table.cell(row, state_column_).area();
      return similar(picture_of(cell).most_frequent(cell), wanted);
    });
  }

  /// Whether a label comes to say this, among other things.
  bool says(const std::string& text) const {
    return eventually([&] {
      const auto labels = accessible_program(pid())->find_all("label");
      return std::any_of(labels.begin(), labels.end(), [&](const accessible& each) {
        return each.name().find(text) != std::string::npos;
      });
    });
  }

  std::vector<listed_process> workers() const {
    auto found = descendants();
    std::erase_if(found, [](const auto& each) { return each.name != "offstage-worker"; });
    return found;
  }

  const display::window shown;
  const accessible table;

 private:
  const int state_column_;
};

}  // namespace offstage::display
