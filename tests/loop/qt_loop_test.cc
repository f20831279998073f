// Qt's event loop: what every loop does, and what is Qt's own.

#include "actors/loop/qt/qt_loop.h"

#include <gtest/gtest.h>

#include <QCoreApplication>
#include <memory>

#include "tests/contract/loop_rows.h"

namespace offstage::contract {
namespace {

class application : public ::testing::Environment {
 public:
  void SetUp() override { application_ = std::make_unique<QCoreApplication>(argc_, argv_); }
  void TearDown() override { application_ = nullptr; }

 private:
  int argc_ = 1;
  char name_[13] = "qt_loop_test";
  char* argv_[2] = {name_, nullptr};
  std::unique_ptr<QCoreApplication> application_;
};

[[maybe_unused]] const auto* const environment =
    ::testing::AddGlobalTestEnvironment(new application);

INSTANTIATE_TYPED_TEST_SUITE_P(Qt, LoopRows, qt_loop);

}  // namespace
}  // namespace offstage::contract
