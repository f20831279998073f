#include "tests/support/display/program.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <utility>

#include "tests/support/display/desktop.h"

namespace offstage::display {
namespace {

std::filesystem::path output_for(const std::string& path) {
  static int started = 0;
  const std::string name = std::filesystem::path{path}.filename();
  const testing::TestInfo* test = testing::UnitTest::GetInstance()->current_test_info();
  const std::string of_test =
      test != nullptr ? std::string{test->test_suite_name()} + '.' + test->name() + '.' : "";
  std::string file = of_test + name + '.' + std::to_string(++started);
  for (char& letter : file) {
    if (letter == '/') letter = '_';
  }
  return outputs_folder() / file;
}

std::string described(std::string_view role, const std::optional<std::string_view>& name) {
  std::string text = "a " + std::string{role};
  if (name) text += " \"" + std::string{*name} + '"';
  return text;
}

}  // namespace

program::program(const std::string& path, std::vector<std::string> arguments,
                 const std::vector<std::string>& environment)
    : kept_process{options{.program = runfile(path),
                           .arguments = std::move(arguments),
                           .environment = desktop::instance().environment_with(environment),
                           .output = output_for(path)}},
      path_{path} {}

void program::must_run(const std::string& while_waiting_for) {
  if (const auto code = exit_code()) {
    throw never_came{while_waiting_for + " is shown by " + path_ + ", which ended with code " +
                     std::to_string(*code) + " and wrote:\n" + standard_error()};
  }
}

display::window program::window(std::string_view title) {
  const std::string wanted = "a window \"" + std::string{title} + '"';
  std::optional<display::window> found;
  await(wanted + " is shown by " + path_, [&] {
    must_run(wanted);
    for (const display::window& candidate : windows()) {
      if (candidate.title() == title) found = candidate;
    }
    return found.has_value();
  });
  return *found;
}

std::vector<display::window> program::windows() const {
  std::vector<display::window> own = open_windows();
  std::erase_if(own, [this](const display::window& candidate) { return candidate.pid() != pid(); });
  return own;
}

accessible program::find(std::string_view role, std::optional<std::string_view> name) {
  std::optional<accessible> found;
  await(described(role, name) + " is shown by " + path_, [&] {
    must_run(described(role, name));
    found = find_now(role, name);
    return found.has_value();
  });
  return *found;
}

std::optional<accessible> program::find_now(std::string_view role,
                                            std::optional<std::string_view> name) {
  const auto root = accessible_program(pid());
  if (!root) return std::nullopt;
  return root->find_now(role, name);
}

std::string program::dump() const {
  const auto root = accessible_program(pid());
  return root ? root->dump() : "(not on the accessibility bus)\n";
}

}  // namespace offstage::display
