// What a progress dialog shows and when, without any toolkit and with a clock of the test's own.

#include "actors/dialog/progress_presenter.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "actors/loop/manual_loop.h"
#include "tests/dialog/scripted_task.h"
#include "tests/support/log_capture.h"

namespace offstage {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using options = progress_dialog_options<void>;
using action = progress_picture::action;

// A window that remembers what it was told.
class stage final : public progress_presenter {
 public:
  using progress_presenter::progress_presenter;

  std::vector<progress_picture> pictures;
  int appeared = 0;
  int disappeared = 0;
  std::optional<clock::time_point> alarm_at;
  clock::time_point time{std::chrono::hours(1)};

  const progress_picture& shown() const { return pictures.back(); }

  // Lets time pass, with the alarms in it; returns how many there were.
  int pass(clock::duration how_long) {
    int alarms = 0;
    const auto end = time + how_long;
    while (alarm_at && *alarm_at <= end) {
      time = std::max(time, *alarm_at);
      alarm_at = std::nullopt;
      ++alarms;
      alarm();
    }
    time = end;
    return alarms;
  }

 protected:
  void draw(const progress_picture& picture) override { pictures.push_back(picture); }
  void appear() override { ++appeared; }
  void disappear() noexcept override { ++disappeared; }
  void set_alarm(std::optional<clock::time_point> when) override { alarm_at = when; }
  clock::time_point now() const override { return time; }
};

class ProgressPresenterTest : public ::testing::Test {
 protected:
  std::shared_ptr<stage> follow(options asked = {}) {
    auto made = std::make_shared<stage>(task.future(), std::move(asked));
    made->on_closed([this] { ++closed; });
    return made;
  }

  // A dialog that has appeared, of a task that runs.
  std::shared_ptr<stage> open(options asked = {}) {
    auto made = follow(std::move(asked));
    made->show();
    task.starts();
    made->pass(milliseconds(500));
    EXPECT_EQ(made->appeared, 1);
    return made;
  }

  testing::log_capture log;
  manual_loop loop;
  testing::scripted_task task{loop, 8, "Preparing"};
  int closed = 0;
};

TEST_F(ProgressPresenterTest, SaysThatItCannotCancelAwayFromHome) {
  const auto dialog = follow({.on_destruction = dialog_destruction::cancel_task});
  std::thread([&] { dialog->abandon(); }).join();
  EXPECT_EQ(task.cancels(), 0);
  EXPECT_EQ(log.count("away from home"), 1);
}

TEST_F(ProgressPresenterTest, DoesNothingBeforeItIsShown) {
  const auto dialog = follow();
  task.starts();
  task.reports(1, 8, "Copying");
  EXPECT_EQ(dialog->pass(seconds(10)), 0);
  EXPECT_TRUE(dialog->pictures.empty());
  EXPECT_EQ(dialog->appeared, 0);
}

TEST_F(ProgressPresenterTest, AppearsAfterTheDelay) {
  const auto dialog = follow();
  dialog->show();
  task.starts();
  task.reports(2, 8, "Copying");
  EXPECT_EQ(dialog->pass(milliseconds(499)), 0);
  EXPECT_EQ(dialog->appeared, 0);
  EXPECT_EQ(dialog->pass(milliseconds(1)), 1);
  EXPECT_EQ(dialog->appeared, 1);
  EXPECT_TRUE(dialog->visible());
  ASSERT_EQ(dialog->pictures.size(), 1U);
  EXPECT_EQ(dialog->shown().message, "Copying");
  EXPECT_EQ(dialog->shown().fraction, 0.25);
  EXPECT_EQ(dialog->shown().amount, "2 of 8");
  EXPECT_EQ(dialog->shown().times, "Elapsed: 0:00");
  EXPECT_EQ(dialog->shown().button, "Cancel");
  EXPECT_TRUE(dialog->shown().button_enabled);
}

TEST_F(ProgressPresenterTest, AppearsAtOnceWithoutADelay) {
  const auto dialog = follow({.delay = milliseconds(0)});
  dialog->show();
  EXPECT_EQ(dialog->appeared, 1);
}

TEST_F(ProgressPresenterTest, WaitsForEverWhereTheClockCannotCount) {
  const auto dialog = follow({.delay = std::chrono::hours::max()});
  dialog->show();
  task.starts();
  EXPECT_EQ(dialog->pass(std::chrono::hours(1)), 0);
  EXPECT_EQ(dialog->appeared, 0);
  const auto patient = open({.offer_terminate_after = std::chrono::hours::max()});
  patient->button_pressed();
  patient->pass(std::chrono::hours(1));
  EXPECT_FALSE(patient->shown().button_enabled);
}

TEST_F(ProgressPresenterTest, DoesNotFlashForAQuickTask) {
  const auto dialog = follow();
  dialog->show();
  task.starts();
  dialog->pass(milliseconds(400));
  task.returns();
  EXPECT_EQ(closed, 1);
  EXPECT_TRUE(dialog->closed());
  EXPECT_TRUE(dialog->completed());
  EXPECT_EQ(dialog->pass(seconds(10)), 0);
  EXPECT_EQ(dialog->appeared, 0);
}

TEST_F(ProgressPresenterTest, SaysThatATaskWaits) {
  testing::scripted_task silent{loop, 0, ""};
  const auto dialog = std::make_shared<stage>(silent.future(), options{});
  dialog->show();
  dialog->pass(seconds(1));
  EXPECT_EQ(dialog->shown().message, "Waiting…");
  EXPECT_EQ(dialog->shown().fraction, std::nullopt);
  EXPECT_EQ(dialog->shown().amount, "");
  silent.starts();
  EXPECT_EQ(dialog->shown().message, "Working…");
  dialog->pass(seconds(1));
  silent.reports(3, 0, "");
  dialog->pass(seconds(1));
  EXPECT_EQ(dialog->shown().amount, "3");
  EXPECT_EQ(dialog->shown().fraction, std::nullopt);
  silent.returns();
}

TEST_F(ProgressPresenterTest, IsFullWhenMoreIsCompleteThanThereWas) {
  const auto dialog = open();
  task.reports(9, 8, "Copying");
  dialog->pass(seconds(1));
  EXPECT_EQ(dialog->shown().fraction, 1);
  EXPECT_EQ(dialog->shown().amount, "9 of 8");
}

TEST_F(ProgressPresenterTest, DrawsManyReportsOnce) {
  const auto dialog = open();
  dialog->pass(milliseconds(100));
  const auto before = dialog->pictures.size();
  for (std::uint64_t i = 1; i <= 1000; ++i) task.reports(i, 2000, "Copying");
  EXPECT_EQ(dialog->pictures.size(), before + 1);
  dialog->pass(stage::picture_interval);
  EXPECT_EQ(dialog->pictures.size(), before + 2);
  EXPECT_EQ(dialog->shown().amount, "1000 of 2000");
}

TEST_F(ProgressPresenterTest, DrawsThirtyTimesASecondAtMost) {
  const auto dialog = open();
  const auto before = dialog->pictures.size();
  for (std::uint64_t i = 1; i <= 1000; ++i) {
    task.reports(i, 2000, "Copying");
    dialog->pass(milliseconds(1));
  }
  EXPECT_LE(dialog->pictures.size() - before, 31U);
  EXPECT_GE(dialog->pictures.size() - before, 25U);
}

TEST_F(ProgressPresenterTest, HasOneAlarmASecondWhenNothingIsReported) {
  const auto dialog = open();
  dialog->pass(milliseconds(500));
  EXPECT_EQ(dialog->pass(seconds(60)), 60);
  EXPECT_EQ(dialog->shown().times, "Elapsed: 1:01");
}

TEST_F(ProgressPresenterTest, HasNoAlarmWhenItIsOver) {
  const auto dialog = open();
  task.returns();
  EXPECT_EQ(dialog->alarm_at, std::nullopt);
}

TEST_F(ProgressPresenterTest, SaysHowMuchTimeIsLeftOnceThatMeansSomething) {
  const auto dialog = open();
  std::uint64_t complete = 0;
  for (; complete < 12; ++complete) {
    task.reports(complete, 600, "Copying");
    dialog->pass(milliseconds(100));
  }
  EXPECT_EQ(dialog->shown().times, "Elapsed: 0:01");
  for (; complete < 200; ++complete) {
    task.reports(complete, 600, "Copying");
    dialog->pass(milliseconds(100));
  }
  EXPECT_EQ(dialog->shown().times, "Elapsed: 0:20, about 0:45 left");
  task.reports(600, 600, "Copying");
  dialog->pass(seconds(1));
  EXPECT_EQ(dialog->shown().times, "Elapsed: 0:21");
}

TEST_F(ProgressPresenterTest, SaysWhatItsTextsGrowTo) {
  const auto dialog = open();
  EXPECT_EQ(dialog->shown().widest_amount, "8 of 8");
  EXPECT_EQ(dialog->shown().widest_times, "Elapsed: 0:00:00, about 0:00:00 left");
  task.reports(1, 1000, "Copying");
  dialog->pass(seconds(1));
  EXPECT_EQ(dialog->shown().widest_amount, "1000 of 1000");
  // Nobody knows then.
  task.reports(1, 0, "Copying");
  dialog->pass(seconds(1));
  EXPECT_EQ(dialog->shown().widest_amount, "");
  EXPECT_EQ(dialog->shown().widest_times, "Elapsed: 0:00:00");
}

TEST_F(ProgressPresenterTest, ChangesTheTimesOnceASecondOnly) {
  const auto dialog = open();
  for (std::uint64_t i = 1; i <= 200; ++i) {
    task.reports(i, 600, "Copying");
    dialog->pass(milliseconds(50 + 13 * (i % 5)));
  }
  std::string last;
  int changes = 0;
  for (const auto& each : dialog->pictures)
    changes += std::exchange(last, each.times) != each.times;
  EXPECT_LE(changes,
            1 + (dialog->time - stage::clock::time_point(std::chrono::hours(1))) / seconds(1));
}

TEST_F(ProgressPresenterTest, ShowsHoursAndOneLine) {
  const auto dialog = open();
  task.reports(1, 8, "two\nlines");
  dialog->pass(std::chrono::hours(2) + seconds(5));
  EXPECT_EQ(dialog->shown().message, "two lines");
  EXPECT_EQ(dialog->shown().times.substr(0, 16), "Elapsed: 2:00:05");
}

TEST_F(ProgressPresenterTest, CancelsAndStaysUntilTheTaskHasEnded) {
  const auto dialog = open();
  dialog->button_pressed();
  EXPECT_EQ(task.state(), future_state::cancelling);
  EXPECT_EQ(dialog->shown().message, "Cancelling…");
  EXPECT_FALSE(dialog->shown().button_enabled);
  EXPECT_EQ(dialog->shown().button, "Cancel");
  // No press does anything more, however it is made.
  dialog->button_pressed();
  dialog->close_requested();
  dialog->pass(seconds(100));
  EXPECT_EQ(task.cancels(), 1);
  EXPECT_EQ(task.terminates(), 0);
  EXPECT_EQ(dialog->disappeared, 0);
  EXPECT_EQ(dialog->shown().times, "Elapsed: 1:40");
  task.abandons();
  EXPECT_EQ(dialog->disappeared, 1);
  EXPECT_EQ(closed, 1);
  EXPECT_FALSE(dialog->completed());
}

TEST_F(ProgressPresenterTest, CancelsWhenThePersonClosesTheWindow) {
  const auto dialog = open();
  dialog->close_requested();
  EXPECT_EQ(task.state(), future_state::cancelling);
  EXPECT_EQ(dialog->disappeared, 0);
  task.returns();
  EXPECT_EQ(task.state(), future_state::cancelled);
  EXPECT_EQ(dialog->disappeared, 1);
  EXPECT_FALSE(dialog->completed());
}

TEST_F(ProgressPresenterTest, FollowsACancelOfTheProgramsOwn) {
  const auto dialog = open();
  task.future().cancel();
  EXPECT_EQ(dialog->shown().message, "Cancelling…");
  task.abandons();
  EXPECT_EQ(closed, 1);
}

TEST_F(ProgressPresenterTest, GoesAtOnceWhenCancelledIfAskedTo) {
  const auto dialog = open({.on_cancel = dialog_ending::close});
  dialog->button_pressed();
  EXPECT_EQ(dialog->disappeared, 1);
  EXPECT_EQ(closed, 1);
  EXPECT_EQ(task.state(), future_state::cancelling);
}

TEST_F(ProgressPresenterTest, OffersToEndATaskThatDoesNotObey) {
  const auto dialog = open({.offer_terminate_after = seconds(3)});
  dialog->button_pressed();
  dialog->pass(milliseconds(2999));
  EXPECT_FALSE(dialog->shown().button_enabled);
  dialog->pass(milliseconds(1));
  EXPECT_TRUE(dialog->shown().button_enabled);
  EXPECT_EQ(dialog->shown().on_button, action::terminate);
  EXPECT_EQ(dialog->shown().button, "End Now");
  // Only the button does it: Escape was pressed for something else.
  dialog->close_requested();
  EXPECT_EQ(task.terminates(), 0);
  dialog->button_pressed();
  EXPECT_EQ(task.terminates(), 1);
  task.abandons();
  EXPECT_EQ(closed, 1);
}

TEST_F(ProgressPresenterTest, ShowsWhyTheTaskFailed) {
  const auto dialog = open();
  task.reports(2, 8, "Copying");
  dialog->pass(seconds(3));
  task.raises("the disk is full");
  EXPECT_EQ(dialog->shown().message, "Failed: the disk is full");
  EXPECT_EQ(dialog->shown().times, "Elapsed: 0:03");
  EXPECT_TRUE(dialog->shown().ended);
  EXPECT_EQ(dialog->shown().fraction, 0.25);
  EXPECT_EQ(dialog->shown().button, "Close");
  EXPECT_TRUE(dialog->shown().button_enabled);
  EXPECT_EQ(dialog->pass(seconds(10)), 0);
  EXPECT_EQ(closed, 0);
  dialog->button_pressed();
  EXPECT_EQ(closed, 1);
  EXPECT_FALSE(dialog->completed());
}

TEST_F(ProgressPresenterTest, ShowsAFailureThatComesBeforeItWouldAppear) {
  const auto dialog = follow();
  dialog->show();
  task.starts();
  task.raises("no such file");
  EXPECT_EQ(dialog->appeared, 1);
  EXPECT_EQ(dialog->shown().message, "Failed: no such file");
  EXPECT_EQ(dialog->shown().times, "Elapsed: 0:00");
  dialog->close_requested();
  EXPECT_EQ(closed, 1);
}

TEST_F(ProgressPresenterTest, LeavesALongTextInTheWindow) {
  const auto dialog = open();
  std::string lines;
  for (int i = 0; i < 100; ++i) lines += "a line\n";
  task.raises(lines);
  EXPECT_EQ(std::count(dialog->shown().message.begin(), dialog->shown().message.end(), '\n'), 9);
  EXPECT_EQ(dialog->shown().message.substr(dialog->shown().message.size() - 3), "…");
}

TEST_F(ProgressPresenterTest, DoesNotCutALetterInHalves) {
  const auto dialog = open();
  std::string letters = "x";
  for (int i = 0; i < 1000; ++i) letters += "é";
  task.raises(letters);
  const auto shown = dialog->shown().message;
  EXPECT_EQ(shown, "Failed: x" + letters.substr(1, 998) + "…");
}

TEST_F(ProgressPresenterTest, HasLookedAtAFailureThatItShows) {
  {
    const auto dialog = open();
    task.raises("the disk is full");
  }
  task.forget();
  EXPECT_EQ(log.count("nobody looked at it"), 0);
}

TEST_F(ProgressPresenterTest, HasNotLookedAtAFailureThatItDoesNotShow) {
  {
    const auto dialog = open({.on_failure = dialog_ending::close});
    task.raises("the disk is full");
    EXPECT_EQ(closed, 1);
  }
  task.forget();
  EXPECT_EQ(log.count("nobody looked at it"), 1);
}

TEST_F(ProgressPresenterTest, StaysAfterSuccessIfAskedTo) {
  const auto dialog = open({.on_success = dialog_ending::stay});
  task.reports(7, 8, "Copying");
  task.returns();
  EXPECT_EQ(dialog->shown().message, "Done");
  EXPECT_EQ(dialog->shown().fraction, 1);
  EXPECT_EQ(dialog->shown().on_button, action::close);
  EXPECT_EQ(closed, 0);
  EXPECT_TRUE(dialog->completed());
  dialog->close_requested();
  EXPECT_EQ(closed, 1);
}

TEST_F(ProgressPresenterTest, TellsHowATaskEndedThatWasDoneBefore) {
  task.starts();
  task.raises("no such file");
  const auto dialog = follow();
  dialog->show();
  EXPECT_EQ(dialog->appeared, 0);
  dialog->pass(milliseconds(0));
  EXPECT_EQ(dialog->appeared, 1);
  EXPECT_EQ(dialog->shown().message, "Failed: no such file");
}

TEST_F(ProgressPresenterTest, GoesForATaskThatWasDoneBefore) {
  task.starts();
  task.returns();
  const auto dialog = follow();
  dialog->show();
  EXPECT_FALSE(dialog->closed());
  dialog->pass(milliseconds(0));
  EXPECT_EQ(closed, 1);
  EXPECT_EQ(dialog->appeared, 0);
}

TEST_F(ProgressPresenterTest, ComesToTheFrontWhenShownAgain) {
  const auto dialog = follow();
  dialog->show();
  dialog->show();
  dialog->pass(milliseconds(500));
  EXPECT_EQ(dialog->appeared, 1);
  dialog->show();
  EXPECT_EQ(dialog->appeared, 2);
  task.starts();
  task.returns();
  dialog->show();
  EXPECT_EQ(dialog->appeared, 2);
}

TEST_F(ProgressPresenterTest, LeavesTheTaskRunningWhenItIsDestroyed) {
  const auto dialog = open();
  dialog->abandon();
  EXPECT_EQ(dialog->disappeared, 1);
  EXPECT_EQ(dialog->alarm_at, std::nullopt);
  EXPECT_EQ(closed, 0);
  const auto before = dialog->pictures.size();
  task.reports(5, 8, "Copying");
  task.returns();
  EXPECT_EQ(task.state(), future_state::completed);
  EXPECT_EQ(dialog->pictures.size(), before);
}

TEST_F(ProgressPresenterTest, CancelsTheTaskWhenItIsDestroyedIfAskedTo) {
  const auto dialog = open({.on_destruction = dialog_destruction::cancel_task});
  dialog->abandon();
  EXPECT_EQ(task.state(), future_state::cancelling);
}

TEST_F(ProgressPresenterTest, CancelsNothingThatIsNotItsToCancel) {
  const auto dialog = open({.on_destruction = dialog_destruction::cancel_task});
  task.returns();
  dialog->abandon();
  EXPECT_EQ(task.cancels(), 0);
}

TEST_F(ProgressPresenterTest, IsOverWhenItsWindowIsLost) {
  const auto dialog = open();
  dialog->window_lost();
  EXPECT_EQ(closed, 1);
  EXPECT_EQ(task.state(), future_state::executing);
  EXPECT_EQ(dialog->alarm_at, std::nullopt);
  task.returns();
  EXPECT_EQ(closed, 1);
}

TEST_F(ProgressPresenterTest, MayBeDestroyedByWhatItTells) {
  auto dialog = open();
  const std::weak_ptr<stage> weak = dialog;
  dialog->on_closed([&] {
    dialog->abandon();
    dialog = nullptr;
  });
  task.returns();
  EXPECT_TRUE(weak.expired());
}

TEST_F(ProgressPresenterTest, MayBeDestroyedByTheCancelThatItAsksFor) {
  auto dialog = open();
  const std::weak_ptr<stage> weak = dialog;
  task.future().on_state([&](const auto&) {
    if (dialog == nullptr) return;
    dialog->abandon();
    dialog = nullptr;
  });
  weak.lock()->button_pressed();
  EXPECT_TRUE(weak.expired());
  EXPECT_EQ(task.state(), future_state::cancelling);
}

TEST_F(ProgressPresenterTest, WritesAmountsAsTheProgramLikes) {
  const auto dialog = open({.amount_text = [](std::uint64_t complete, std::uint64_t total) {
    if (complete == 4) throw std::runtime_error("not this");
    return std::to_string(complete) + "/" + std::to_string(total) + " MB";
  }});
  task.reports(3, 8, "Copying");
  dialog->pass(milliseconds(100));
  EXPECT_EQ(dialog->shown().amount, "3/8 MB");
  dialog->pass(milliseconds(100));
  task.reports(4, 8, "Copying");
  dialog->pass(milliseconds(100));
  EXPECT_EQ(dialog->shown().amount, "4 of 8");
  EXPECT_EQ(log.count("not this"), 1);
}

TEST_F(ProgressPresenterTest, SpeaksAnotherLanguage) {
  options german;
  german.texts.cancel = "Abbrechen";
  german.texts.amount = "{} von {}";
  german.texts.elapsed = "{} vergangen";
  const auto dialog = open(german);
  EXPECT_EQ(dialog->shown().button, "Abbrechen");
  EXPECT_EQ(dialog->shown().amount, "0 von 8");
  EXPECT_EQ(dialog->shown().times, "0:00 vergangen");
}

TEST_F(ProgressPresenterTest, RefusesAFutureOfNoTask) {
  EXPECT_THROW(followed_task{steps_future<int>()}, not_done);
}

}  // namespace
}  // namespace offstage
