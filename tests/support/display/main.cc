// The main function of tests that have a desktop.

#include <gtest/gtest.h>

#include <cstdio>
#include <exception>
#include <string>

#include "tests/support/display/desktop.h"
#include "tests/support/display/evidence.h"

namespace {

class desktop_of_tests : public testing::Environment {
 public:
  void SetUp() override {
    try {
      offstage::display::desktop::instance();
    } catch (const std::exception& reason) {
      FAIL() << reason.what();
    }
  }

  void TearDown() override {
    const auto left = offstage::display::desktop::end();
    EXPECT_TRUE(left.empty()) << "still running:\n" << offstage::display::to_string(left);
  }
};

class evidence_of_failures : public testing::EmptyTestEventListener {
 public:
  void OnTestStart(const testing::TestInfo& test) override {
    offstage::display::evidence_is_for(std::string{test.test_suite_name()} + '-' + test.name());
  }

  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (!result.failed()) return;
    std::fputs(offstage::display::keep_evidence().c_str(), stdout);
  }
};

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  testing::AddGlobalTestEnvironment(new desktop_of_tests);
  testing::UnitTest::GetInstance()->listeners().Append(new evidence_of_failures);
  return RUN_ALL_TESTS();
}
