// accessible: what a program tells a screen reader about its window.
//
// Question: what would a person read there, and where would they click?
// Zone:     home.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/display/geometry.h"
#include "tests/support/display/input.h"

namespace offstage::display {

/// The program took longer than a person would wait for an answer about its window: it is blocked.
class not_answering : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A thing in a window: a button, a label, a table. A copy is the same thing. Everything is asked
/// of the program at that moment; nothing is remembered. Each function throws `gone` when the thing
/// is no longer there, and `not_answering` when the program does not answer within five seconds.
/// @thread the test's
class accessible {
 public:
  accessible(std::string bus_name, std::string path);

  /// One of the role names of AT-SPI: "push button", "label", "text", "table cell", "progress bar".
  std::string role() const;
  std::string name() const;
  std::string description() const;
  /// What is read there: its text, or its name if it has none (a label's name is what it shows).
  std::string text() const;
  /// The number that a spin button, slider or progress bar has; nothing for other things.
  std::optional<double> value() const;
  /// Names of AT-SPI: "sensitive", "focused", "checked", "showing", "selected". Toolkits differ in
  /// which they give.
  std::set<std::string> states() const;
  bool is(std::string_view state) const { return states().contains(std::string{state}); }

  /// Whether it is to be seen, which not every toolkit has the same state for.
  bool is_shown() const;
  /// Whether it may be used; a disabled button may not.
  bool is_enabled() const { return is("sensitive"); }
  /// Whether it has the keyboard.
  bool is_focused() const { return is("focused"); }

  /// Where it is on the screen; nothing if it is not on it.
  rectangle area() const;

  std::vector<accessible> children() const;
  int child_count() const;
  /// Does what a screen reader would ask for; `index` is that of its action, 0 the main one.
  /// @returns whether the program says that it did
  bool do_action(int index = 0) const;

  /// Of a table: rows and columns without headers.
  int row_count() const;
  int column_count() const;
  /// Of a table: a cell, counted from 0.
  /// @errors throws `gone` if there is none there
  accessible cell(int row, int column) const;
  /// Of a table: what the cells of a row show.
  std::vector<std::string> row(int row) const;

  /// Things of this role and name below this one that are showing now, in the order of the tree.
  /// Tables and lists with many children are not searched: ask for their cells.
  std::vector<accessible> find_all(std::string_view role,
                                   std::optional<std::string_view> name = std::nullopt) const;
  /// The first of them, if there is one.
  std::optional<accessible> find_now(std::string_view role,
                                     std::optional<std::string_view> name = std::nullopt) const;

  /// The middle of its area.
  /// @errors throws `gone` if it is not on the screen
  point place_to_click() const;

  /// Whether that process shows it.
  bool belongs_to(pid_t pid) const;

  /// The tree from here on, a line for each thing, for messages and for who writes a test.
  std::string dump() const;

  bool operator==(const accessible&) const = default;

 private:
  bool has(std::string_view interface) const;
  bool walk(const std::function<bool(const accessible&)>& found) const;
  void dump_to(std::string& text, int depth, int& lines_left) const;

  std::string bus_name_;
  std::string path_;
};

/// What a program shows, if it has told the accessibility bus.
/// @thread the test's
std::optional<accessible> accessible_program(pid_t pid);

/// Clicks into its middle.
/// @errors throws `gone` if it is not on the screen
/// @thread the test's
void click(const accessible& thing, mouse_button button = mouse_button::left);
void double_click(const accessible& thing);

/// The trees of all programs on this desktop.
/// @thread the test's
std::string dump_of_all_programs();

/// Connects to the accessibility bus, whose address the session bus tells. For `desktop` only.
/// @errors throws std::runtime_error if there is none
void open_accessibility(const std::string& session_bus_address);
void close_accessibility();

}  // namespace offstage::display
