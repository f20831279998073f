// The examples of progress dialogs, used as a person would.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/examples/program.h"
#include "tests/support/display/input.h"
#include "tests/support/display/program.h"

namespace offstage::display {
namespace {

using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr const char* path = "examples/" OFFSTAGE_EXAMPLE "/" OFFSTAGE_EXAMPLE;

// The label that has such a text, once there is one.
accessible label_with(program& of, const std::string& text) {
  std::optional<accessible> found;
  await("a label with '" + text + "'", [&] {
    for (const auto& top : accessible_program(of.pid())->children()) {
      for (const auto& each : top.find_all("label")) {
        if (each.name().find(text) == std::string::npos) continue;
        found = each;
        return true;
      }
    }
    return false;
  });
  return *found;
}

class ProgressDialogExampleTest : public ::testing::TestWithParam<const char*> {
 protected:
  // Files that take minutes to read, and no space.
  void write_much() {
    for (int i = 0; i < 200; ++i) {
      folder.write_sparse("file_" + std::to_string(i), std::uintmax_t(1) << 30);
    }
  }

  offstage::testing::temporary_folder folder;
};

INSTANTIATE_TEST_SUITE_P(Contexts, ProgressDialogExampleTest,
                         ::testing::Values("threads", "processes"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(ProgressDialogExampleTest, ReadsFewFilesWithoutADialog) {
  folder.write("one", "1");
  folder.write("two", "2");
  program shown{path, {"--context", GetParam(), folder.path()}};
  const auto window = shown.window("Checksum");
  click(shown.find("push button", "Sum up"));
  // FNV-1a of "12".
  EXPECT_EQ(label_with(shown, "files").name(), "2 files, checksum 07f89407b4ba0c0a");
  window.close();
  EXPECT_EQ(shown.wait_for_exit(), 0);
  EXPECT_THAT(shown.descendants(), IsEmpty());
}

TEST_P(ProgressDialogExampleTest, ShowsWhereItIsAndIsCancelled) {
  write_much();
  program shown{path, {"--context", GetParam(), folder.path()}};
  const auto window = shown.window("Checksum");
  for (const bool by_escape : {true, false}) {
    click(shown.find("push button", "Sum up"));
    label_with(shown, "of 214748.4 MB");
    label_with(shown, "file_");
    // Not the one before it, in which the files are looked for if that takes long.
    const auto dialog = shown.window("Reading files");
    EXPECT_EQ(shown.find("progress bar", "Progress").role(), "progress bar");
    // The clock goes.
    const auto before = label_with(shown, "Elapsed").name();
    EXPECT_TRUE(eventually([&] { return label_with(shown, "Elapsed").name() != before; }));
    dialog.activate();
    dialog.shown().save(std::string(OFFSTAGE_EXAMPLE) + "_" + GetParam());
    if (by_escape) {
      key("Escape");
    } else {
      click(shown.find("push button", "Cancel"));
    }
    dialog.wait_until_closed();
    label_with(shown, "Cancelled");
  }
  window.close();
  EXPECT_EQ(shown.wait_for_exit(), 0);
  EXPECT_THAT(shown.descendants(), IsEmpty());
}

TEST_P(ProgressDialogExampleTest, ShowsWhyItFailed) {
  program shown{path, {"--context", GetParam(), folder.path() / "none"}};
  const auto window = shown.window("Checksum");
  click(shown.find("push button", "Sum up"));
  const auto dialog = shown.window("Reading files");
  EXPECT_THAT(label_with(shown, "No such file").name(), StartsWith("Failed: "));
  dialog.activate();
  key("Return");
  dialog.wait_until_closed();
  EXPECT_EQ(label_with(shown, "Failed").name(), "Failed");
  window.close();
  EXPECT_EQ(shown.wait_for_exit(), 0);
}

TEST(ProgressDialogExampleOptionsTest, WhatItDoesNotUnderstandIsSaid) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> wrong{
      {{"--context", "clouds"}, "cannot make sense of '--context'"},
      {{"--colour"}, "cannot make sense of '--colour'"},
      {{"/usr/include", "/usr/share"}, "expected one folder, found '/usr/share' as well"},
  };
  for (const auto& [arguments, said] : wrong) {
    program started{path, arguments};
    EXPECT_EQ(started.wait_for_exit(), 2);
    EXPECT_THAT(started.standard_error(), StartsWith(OFFSTAGE_EXAMPLE ": " + said));
  }
}

}  // namespace
}  // namespace offstage::display
