// The model of qt_background_processes: what its views are told, and when.

#include "examples/qt_background_processes/job_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <QAbstractItemModelTester>
#include <QCoreApplication>
#include <QObject>
#include <QPersistentModelIndex>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actors/loop/qt/qt_loop.h"
#include "actors/offstage.h"
#include "examples/background_processes/slow_square.h"
#include "tests/contract/guard.h"
#include "tests/examples/qt_application.h"

namespace background_jobs {
namespace {

using offstage::future_state;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

[[maybe_unused]] const auto* const environment =
    ::testing::AddGlobalTestEnvironment(new offstage::testing::qt_application<QCoreApplication>);

constexpr square_conditions at_once{.time_limit_s = 0, .failing_share = 0};
constexpr square_conditions failing{.time_limit_s = 0, .failing_share = 1};
constexpr square_conditions endless{.time_limit_s = 3600, .failing_share = 0};
constexpr square_conditions half_a_second_whatever_is_asked{
    .time_limit_s = 1, .failing_share = 0, .stubborn = true};

using rows = std::pair<int, int>;

class JobTableTest : public ::testing::Test {
 protected:
  void SetUp() override {
    QObject::connect(&table_, &QAbstractItemModel::dataChanged, &table_,
                     [this](const QModelIndex& first, const QModelIndex& last) {
                       EXPECT_EQ(first.column(), 0);
                       EXPECT_EQ(last.column(), job_table::column_count - 1);
                       changed_.emplace_back(first.row(), last.row());
                       for (int row = first.row(); row <= last.row(); ++row) {
                         told_[row] = table_.state(row);
                       }
                     });
    QObject::connect(
        &table_, &QAbstractItemModel::rowsInserted, &table_,
        [this](const QModelIndex&, int first, int last) { inserted_.emplace_back(first, last); });
    QObject::connect(
        &table_, &QAbstractItemModel::rowsRemoved, &table_,
        [this](const QModelIndex&, int first, int last) { removed_.emplace_back(first, last); });
  }

  submitted_job job(const square_conditions& conditions, int input = 12) {
    return {input, offstage::submit_call(executor_, slow_square, input, conditions)};
  }

  void append(const square_conditions& conditions, int count = 1) {
    std::vector<submitted_job> added;
    for (int i = 0; i < count; ++i) added.push_back(job(conditions));
    table_.append(std::move(added));
  }

  template <class Condition>
  void run_until(Condition condition) {
    ASSERT_TRUE(loop_.run_until(std::function<bool()>(condition), offstage::contract::guard));
  }

  // Until the views know it, too.
  void run_until_told(int row, future_state state) {
    run_until([&] { return told_.count(row) == 1 && told_.at(row) == state; });
  }

  std::string text(int row, int column = job_table::state_column) const {
    return table_.data(table_.index(row, column)).toString().toStdString();
  }

  offstage::qt_loop loop_;
  job_table table_;
  QAbstractItemModelTester tester_{&table_, QAbstractItemModelTester::FailureReportingMode::Fatal};
  offstage::executor executor_{loop_, {.worker_count = 1}};
  std::vector<rows> changed_;
  std::map<int, future_state> told_;
  std::vector<rows> inserted_;
  std::vector<rows> removed_;
};

TEST_F(JobTableTest, ARowSaysNumberInputAndState) {
  table_.append({job(at_once, 12), job(failing, 3), job(endless, 100), job(endless, 0)});
  EXPECT_THAT(inserted_, ElementsAre(rows{0, 3}));
  for (int row = 0; row < 4; ++row) {
    EXPECT_EQ(text(row, job_table::number_column), std::to_string(row + 1));
    EXPECT_EQ(text(row), "Waiting");
  }
  EXPECT_EQ(text(1, job_table::input_column), "3");
  run_until_told(2, future_state::executing);
  EXPECT_EQ(text(0), "Completed: result=144");
  EXPECT_EQ(text(1), "Failed: Calculation took too long.");
  EXPECT_EQ(text(2), "Executing");
  EXPECT_EQ(text(3), "Waiting");
  EXPECT_NE(table_.data(table_.index(1, job_table::state_column), Qt::ToolTipRole)
                .toString()
                .toStdString()
                .find("std::runtime_error"),
            std::string::npos);
  for (const auto state : {future_state::completed, future_state::failed, future_state::executing,
                           future_state::waiting}) {
    EXPECT_EQ(table_.count(state), 1);
  }
  EXPECT_EQ(table_.cancellable_count(), 2);
  EXPECT_EQ(table_.finished_count(), 2);
}

TEST_F(JobTableTest, CancellingIsSaidAtOnceAndInOneSignal) {
  append(half_a_second_whatever_is_asked, 100);
  run_until_told(0, future_state::executing);
  changed_.clear();
  table_.cancel_all();
  EXPECT_THAT(changed_, ElementsAre(rows{0, 99}));
  EXPECT_EQ(text(0), "Cancelling");
  EXPECT_EQ(table_.count(future_state::cancelling), 100);
  EXPECT_EQ(table_.cancellable_count(), 0);
  run_until_told(0, future_state::cancelled);
  EXPECT_EQ(table_.count(future_state::cancelled), 100);
}

TEST_F(JobTableTest, OnlyRowsThatChangedAreSaid) {
  append(endless, 6);
  run_until_told(0, future_state::executing);
  changed_.clear();
  table_.cancel({4, 1, 2});
  EXPECT_THAT(changed_, ElementsAre(rows{1, 2}, rows{4, 4}));
  run_until_told(4, future_state::cancelled);
  changed_.clear();
  table_.cancel({1, 2, 4});
  EXPECT_THAT(changed_, IsEmpty());
}

TEST_F(JobTableTest, FinishedRowsAreRemovedRangeByRange) {
  // Two that are done, one that is not, three, one, one.
  const std::vector<int> done{0, 1, 3, 4, 5, 7};
  append(endless, 8);
  run_until_told(0, future_state::executing);
  table_.cancel(done);
  run_until([&] { return table_.finished_count() == 6; });
  table_.clear_finished();
  EXPECT_THAT(removed_, ElementsAre(rows{7, 7}, rows{3, 5}, rows{0, 1}));
  ASSERT_EQ(table_.rowCount(), 2);
  EXPECT_EQ(text(0, job_table::number_column), "3");
  EXPECT_EQ(text(1, job_table::number_column), "7");
  EXPECT_EQ(table_.finished_count(), 0);
  EXPECT_EQ(table_.cancellable_count(), 2);

  // What happens to those that stayed is said of the rows that they are in now.
  changed_.clear();
  table_.cancel({1});
  EXPECT_THAT(changed_, ElementsAre(rows{1, 1}));
  append(at_once);
  EXPECT_EQ(inserted_.back(), (rows{2, 2}));
  EXPECT_EQ(text(2, job_table::number_column), "9");
}

TEST_F(JobTableTest, ManyFinishedRangesAreRemovedAsOne) {
  append(endless, 100);
  std::vector<int> every_second;
  for (int row = 1; row < 100; row += 2) every_second.push_back(row);
  table_.cancel(every_second);
  run_until([&] { return table_.finished_count() == 50; });
  // As a view's selection has them.
  const QPersistentModelIndex stays(table_.index(98, job_table::input_column));
  const QPersistentModelIndex goes(table_.index(3, job_table::number_column));
  table_.clear_finished();
  EXPECT_THAT(removed_, ElementsAre(rows{50, 99}));
  ASSERT_EQ(table_.rowCount(), 50);
  for (int row = 0; row < 50; ++row) {
    EXPECT_EQ(text(row, job_table::number_column), std::to_string(2 * row + 1));
  }
  EXPECT_EQ(stays, table_.index(49, job_table::input_column));
  EXPECT_FALSE(goes.isValid());
  changed_.clear();
  table_.cancel({7});
  EXPECT_THAT(changed_, ElementsAre(rows{7, 7}));
}

TEST_F(JobTableTest, TenThousandJobsTakeFewSignals) {
  append(at_once, 10000);
  EXPECT_THAT(inserted_, ElementsAre(rows{0, 9999}));
  run_until([&] { return table_.count(future_state::completed) == 10000; });
  run_until_told(9999, future_state::completed);
  // Two changes of ten thousand rows; those of neighbours within a frame are one.
  EXPECT_LT(changed_.size(), 1000U);
  table_.clear_finished();
  EXPECT_THAT(removed_, ElementsAre(rows{0, 9999}));
  told_.clear();
  append(endless, 10000);
  changed_.clear();
  table_.cancel_all();
  EXPECT_THAT(changed_, ElementsAre(rows{0, 9999}));
}

TEST_F(JobTableTest, ATableMayGoBeforeItsJobs) {
  auto going = std::make_unique<job_table>();
  const auto stays = job(endless);
  going->append({stays});
  going = nullptr;
  stays.future.cancel();
  run_until([&] { return stays.future.done(); });
  EXPECT_EQ(stays.future.state(), future_state::cancelled);
}

}  // namespace
}  // namespace background_jobs
