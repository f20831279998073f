// program: the program under test, in its window.
//
// Question: what does a person see of it, and how did it end?
// Zone:     home.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/display/accessible.h"
#include "tests/support/display/eventually.h"
#include "tests/support/display/kept_process.h"
#include "tests/support/display/window.h"

namespace offstage::display {

/// A program that was started on this test's desktop. Whatever of it still runs when this object
/// ends is ended too.
/// @thread the test's
class program : public kept_process {
 public:
  /// Starts a program of this project by its path from the project's root, `examples/NAME/NAME`,
  /// which is to be among the data of the test. Variables of its environment (NAME=VALUE) are those
  /// of the desktop and these. Its output goes to the outputs of the test.
  /// @errors throws std::runtime_error if it cannot be started
  explicit program(const std::string& path, std::vector<std::string> arguments = {},
                   const std::vector<std::string>& environment = {});

  /// Waits until it has a window with this title.
  /// @errors throws `never_came`
  display::window window(std::string_view title);

  /// Its windows now.
  std::vector<display::window> windows() const;

  /// Waits until this thing is to be seen in one of its windows.
  /// @errors throws `never_came`
  accessible find(std::string_view role, std::optional<std::string_view> name = std::nullopt);

  /// Whether it is to be seen now.
  std::optional<accessible> find_now(std::string_view role,
                                     std::optional<std::string_view> name = std::nullopt);

  /// All of its accessibility tree, for messages and for who writes a test.
  std::string dump() const;

 private:
  void must_run(const std::string& while_waiting_for);

  std::string path_;
};

}  // namespace offstage::display
