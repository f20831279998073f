#include "tests/support/display/evidence.h"

#include <exception>
#include <fstream>
#include <utility>

#include "tests/support/display/accessible.h"
#include "tests/support/display/desktop.h"
#include "tests/support/display/eventually.h"
#include "tests/support/display/kept_process.h"
#include "tests/support/display/picture.h"
#include "tests/support/display/window.h"

namespace offstage::display {
namespace {

// GoogleTest tells the name of the running test to nobody while it reports a failure.
std::string running_test;
bool is_kept = false;

}  // namespace

never_came::never_came(const std::string& what)
    : std::runtime_error{"it never came to this: " + what + "\n" + keep_evidence()} {}

void evidence_is_for(const std::string& test) {
  running_test = test;
  for (char& letter : running_test) {
    if (letter == '/') letter = '_';
  }
  is_kept = false;
}

std::string keep_evidence() {
  if (!desktop::is_running() || std::exchange(is_kept, true)) return {};
  const std::string name = "failure-" + running_test;
  try {
    const auto path = picture_of_screen().save(name);
    const std::string trees = dump_of_all_windows() + dump_of_all_programs();
    std::ofstream{outputs_folder() / (name + ".tree.txt")} << trees;
    return "The screen is in " + path.string() + "; the windows and the accessibility tree:\n" +
           trees;
  } catch (const std::exception& reason) {
    return std::string{"There is no picture of it: "} + reason.what();
  }
}

}  // namespace offstage::display
