// qt_application: Qt's part of a test program without a screen.
//
// Question: what do Qt's models and widgets need around them?
// Zone:     home.
#pragma once

#include <gtest/gtest.h>

#include <memory>

namespace offstage::testing {

/// An `Application` (QCoreApplication, QApplication) for all tests of the program.
template <class Application>
class qt_application : public ::testing::Environment {
 public:
  void SetUp() override { application_ = std::make_unique<Application>(argc_, argv_); }
  void TearDown() override { application_ = nullptr; }

 private:
  int argc_ = 1;
  char name_[8] = "qt_test";
  char* argv_[2] = {name_, nullptr};
  std::unique_ptr<Application> application_;
};

}  // namespace offstage::testing
