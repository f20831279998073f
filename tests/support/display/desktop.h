// desktop: a screen, a window manager and a session bus that belong to this test alone.
//
// Question: where do the windows of a test appear?
// Zone:     home.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/display/kept_process.h"

namespace offstage::display {

/// A virtual screen of 1280 x 800 pixels. Nothing of it is shared with another test or with the
/// user's session, and nothing is left of it when the process has ended, however it ended.
/// @thread the test's
class desktop {
 public:
  /// The one of this process, started when it is first asked for.
  /// @errors throws std::runtime_error if a program is missing or does not start
  static desktop& instance();

  /// Ends it, if it was started.
  /// @returns what still ran on it, which is empty in a test that has closed its programs
  static std::vector<listed_process> end();

  /// Whether it was started.
  static bool is_running();

  /// What a program needs to appear here, and settings that make it look the same everywhere.
  const std::vector<std::string>& environment() const { return environment_; }

  /// The same with some variables set otherwise, each as NAME=VALUE.
  std::vector<std::string> environment_with(const std::vector<std::string>& changes) const;

  /// `:7`, for instance.
  const std::string& display_name() const { return display_name_; }

  /// The address of the session bus.
  const std::string& bus_address() const { return bus_address_; }

  ~desktop();

 private:
  desktop();
  void start_screen();
  void start_bus();
  void start_window_manager();

  std::filesystem::path folder_;
  std::vector<std::string> environment_;
  std::string display_name_;
  std::string bus_address_;
  std::unique_ptr<kept_process> screen_;
  std::unique_ptr<kept_process> bus_;
  std::unique_ptr<kept_process> window_manager_;
};

}  // namespace offstage::display
