// progress_dialog_rows: what every toolkit's progress dialog does.
//
// Question: does a dialog of this toolkit do as a dialog should?
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "actors/dialog/progress_presenter.h"
#include "actors/errors/errors.h"
#include "actors/loop/manual_loop.h"
#include "tests/dialog/scripted_task.h"

namespace offstage::testing {

/// What a dialog's widgets say.
struct shown_progress {
  std::string message;
  std::string amount;
  std::string times;
  std::string button;
  bool button_enabled = false;
  std::optional<double> fraction;  ///< None: the bar is busy.
};

/// `Toolkit` has the types `loop`, `dialog`, `options` and `parent` (a window that is shown;
/// `window()`, `click()`, `clicks()`), and the functions `read(dialog)`, `press_button(dialog)`,
/// `press_escape(dialog)`, `close(dialog)`, `later(function)` (from the toolkit's own loop),
/// `paints(dialog)` (a counter of the bar's pictures) and `least_width(dialog)` (of its window, in
/// pixels).
template <class Toolkit>
class ProgressDialogRows : public ::testing::Test {
 protected:
  static typename Toolkit::options at_once() {
    typename Toolkit::options out;
    out.title = "Copying";
    out.delay = std::chrono::milliseconds(0);
    return out;
  }

  bool wait(const std::function<bool()>& condition) {
    return loop.run_until(condition, std::chrono::minutes(1));
  }

  typename Toolkit::loop loop;
  scripted_task task{loop, 8, "Preparing"};
};

TYPED_TEST_SUITE_P(ProgressDialogRows);

TYPED_TEST_P(ProgressDialogRows, ShowsWhatTheTaskSays) {
  typename TypeParam::dialog dialog{this->task.future(), this->at_once()};
  EXPECT_FALSE(dialog.visible());
  dialog.show();
  EXPECT_TRUE(dialog.visible());
  auto shown = TypeParam::read(dialog);
  EXPECT_EQ(shown.message, "Preparing");
  EXPECT_EQ(shown.amount, "0 of 8");
  EXPECT_EQ(shown.button, "Cancel");
  EXPECT_TRUE(shown.button_enabled);
  EXPECT_EQ(shown.fraction, 0);
  this->task.starts();
  this->task.reports(2, 8, "Copying <b>one</b>");
  EXPECT_TRUE(this->wait([&] { return TypeParam::read(dialog).amount == "2 of 8"; }));
  shown = TypeParam::read(dialog);
  EXPECT_EQ(shown.message, "Copying <b>one</b>");
  EXPECT_EQ(shown.fraction, 0.25);
  EXPECT_NE(shown.times.find("Elapsed: 0:0"), std::string::npos);
  this->task.returns();
  EXPECT_FALSE(dialog.visible());
  EXPECT_TRUE(dialog.closed());
}

TYPED_TEST_P(ProgressDialogRows, IsBusyWithoutATotal) {
  scripted_task endless{this->loop, 0, "Looking"};
  typename TypeParam::dialog dialog{endless.future(), this->at_once()};
  dialog.show();
  EXPECT_EQ(TypeParam::read(dialog).fraction, std::nullopt);
  endless.starts();
  endless.reports(3, 12, "Copying");
  EXPECT_TRUE(this->wait([&] { return TypeParam::read(dialog).fraction == 0.25; }));
  endless.returns();
}

TYPED_TEST_P(ProgressDialogRows, AppearsAfterItsDelay) {
  auto options = this->at_once();
  options.delay = std::chrono::milliseconds(20);
  typename TypeParam::dialog dialog{this->task.future(), options};
  dialog.show();
  EXPECT_FALSE(dialog.visible());
  EXPECT_TRUE(this->wait([&] { return dialog.visible(); }));
}

TYPED_TEST_P(ProgressDialogRows, TakesTextThatIsNotUtf8) {
  typename TypeParam::dialog dialog{this->task.future(), this->at_once()};
  dialog.show();
  this->task.starts();
  this->task.reports(1, 8, "Copying \xff\xfe");
  EXPECT_TRUE(this->wait([&] { return TypeParam::read(dialog).amount == "1 of 8"; }));
  EXPECT_EQ(TypeParam::read(dialog).message.substr(0, 8), "Copying ");
}

TYPED_TEST_P(ProgressDialogRows, CancelsByTheButton) {
  typename TypeParam::dialog dialog{this->task.future(), this->at_once()};
  int closed = 0;
  dialog.on_closed([&] { ++closed; });
  dialog.show();
  this->task.starts();
  TypeParam::press_button(dialog);
  EXPECT_EQ(this->task.state(), future_state::cancelling);
  EXPECT_EQ(TypeParam::read(dialog).message, "Cancelling…");
  EXPECT_FALSE(TypeParam::read(dialog).button_enabled);
  EXPECT_TRUE(dialog.visible());
  this->task.abandons();
  EXPECT_FALSE(dialog.visible());
  EXPECT_EQ(closed, 1);
}

TYPED_TEST_P(ProgressDialogRows, CancelsByEscape) {
  typename TypeParam::dialog dialog{this->task.future(), this->at_once()};
  dialog.show();
  this->task.starts();
  TypeParam::press_escape(dialog);
  EXPECT_EQ(this->task.state(), future_state::cancelling);
  TypeParam::press_escape(dialog);
  EXPECT_TRUE(dialog.visible());
  EXPECT_EQ(this->task.cancels(), 1);
  this->task.abandons();
  EXPECT_FALSE(dialog.visible());
}

TYPED_TEST_P(ProgressDialogRows, CancelsByTheCloseButton) {
  typename TypeParam::dialog dialog{this->task.future(), this->at_once()};
  dialog.show();
  this->task.starts();
  TypeParam::close(dialog);
  EXPECT_EQ(this->task.state(), future_state::cancelling);
  TypeParam::close(dialog);
  EXPECT_TRUE(dialog.visible());
  EXPECT_NE(dialog.widget(), nullptr);
  this->task.abandons();
  EXPECT_FALSE(dialog.visible());
}

TYPED_TEST_P(ProgressDialogRows, ShowsAFailureUntilItIsClosed) {
  typename TypeParam::dialog dialog{this->task.future(), this->at_once()};
  dialog.show();
  this->task.starts();
  this->task.raises("the disk is full");
  EXPECT_EQ(TypeParam::read(dialog).message, "Failed: the disk is full");
  EXPECT_EQ(TypeParam::read(dialog).button, "Close");
  EXPECT_TRUE(dialog.visible());
  TypeParam::press_button(dialog);
  EXPECT_FALSE(dialog.visible());
  EXPECT_TRUE(dialog.closed());
}

TYPED_TEST_P(ProgressDialogRows, LeavesTheTaskAloneWhenItIsDestroyed) {
  {
    typename TypeParam::dialog dialog{this->task.future(), this->at_once()};
    dialog.show();
    this->task.starts();
  }
  EXPECT_EQ(this->task.state(), future_state::executing);
  this->task.reports(5, 8, "Copying");
  this->task.returns();
  EXPECT_EQ(this->task.state(), future_state::completed);
}

TYPED_TEST_P(ProgressDialogRows, MayBeDestroyedFromWithin) {
  using how = void (*)(typename TypeParam::dialog&);
  for (const how close : {how(TypeParam::press_button), how(TypeParam::press_escape),
                          how([](typename TypeParam::dialog& it) { TypeParam::close(it); })}) {
    scripted_task failing{this->loop, 8, "Preparing"};
    auto dialog = std::make_unique<typename TypeParam::dialog>(failing.future(), this->at_once());
    dialog->on_closed([&] { dialog = nullptr; });
    dialog->show();
    failing.starts();
    failing.raises("the disk is full");
    ASSERT_NE(dialog, nullptr);
    close(*dialog);
    EXPECT_EQ(dialog, nullptr);
  }
}

TYPED_TEST_P(ProgressDialogRows, MayBeDestroyedByWhatTheButtonCancels) {
  for (const bool by_escape : {false, true}) {
    scripted_task cancelled{this->loop, 8, "Preparing"};
    auto dialog = std::make_unique<typename TypeParam::dialog>(cancelled.future(), this->at_once());
    cancelled.future().on_cancellable([&](const auto&) { dialog = nullptr; });
    dialog->show();
    cancelled.starts();
    by_escape ? TypeParam::press_escape(*dialog) : TypeParam::press_button(*dialog);
    EXPECT_EQ(dialog, nullptr);
    EXPECT_EQ(cancelled.state(), future_state::cancelling);
  }
}

TYPED_TEST_P(ProgressDialogRows, MayBeDestroyedByItsOwnClock) {
  // The delay ends, the window appears, and with it somebody's patience.
  auto options = this->at_once();
  std::unique_ptr<typename TypeParam::dialog> dialog;
  bool drawn = false;
  options.delay = std::chrono::milliseconds(1);
  options.amount_text = [&](std::uint64_t, std::uint64_t) {
    drawn = true;
    dialog = nullptr;
    return std::string();
  };
  dialog = std::make_unique<typename TypeParam::dialog>(this->task.future(), options);
  dialog->show();
  EXPECT_TRUE(this->wait([&] { return drawn; }));
  EXPECT_EQ(dialog, nullptr);
  this->task.starts();
}

TYPED_TEST_P(ProgressDialogRows, GoesWithItsParent) {
  for (const bool running : {false, true}) {
    scripted_task followed{this->loop, 8, "Preparing"};
    auto parent = std::make_unique<typename TypeParam::parent>();
    auto options = this->at_once();
    options.parent = parent->window();
    typename TypeParam::dialog dialog{followed.future(), options};
    int closed = 0;
    dialog.on_closed([&] { ++closed; });
    if (running) {
      dialog.show();
      followed.starts();
    }
    parent = nullptr;
    EXPECT_EQ(dialog.widget(), nullptr);
    EXPECT_EQ(closed, 1);
    EXPECT_TRUE(dialog.closed());
    dialog.show();
    EXPECT_FALSE(dialog.visible());
    EXPECT_EQ(followed.cancels(), 0);
    if (!running) followed.starts();
    followed.returns();
  }
}

TYPED_TEST_P(ProgressDialogRows, CancelsWhenItsParentGoesIfAskedTo) {
  auto parent = std::make_unique<typename TypeParam::parent>();
  auto options = this->at_once();
  options.parent = parent->window();
  options.on_destruction = dialog_destruction::cancel_task;
  typename TypeParam::dialog dialog{this->task.future(), options};
  dialog.show();
  this->task.starts();
  parent = nullptr;
  EXPECT_EQ(this->task.state(), future_state::cancelling);
}

TYPED_TEST_P(ProgressDialogRows, RunsUntilTheTaskCompletes) {
  typename TypeParam::dialog dialog{this->task.future(), this->at_once()};
  this->task.starts();
  TypeParam::later([&] {
    EXPECT_TRUE(dialog.visible());
    this->task.reports(5, 8, "Copying");
    TypeParam::later([&] { this->task.returns(); });
  });
  EXPECT_TRUE(dialog.run());
  EXPECT_FALSE(dialog.visible());
}

TYPED_TEST_P(ProgressDialogRows, RunsUntilThePersonHasReadTheFailure) {
  typename TypeParam::dialog dialog{this->task.future(), this->at_once()};
  this->task.starts();
  bool pressed = false;
  TypeParam::later([&] {
    this->task.raises("the disk is full");
    TypeParam::later([&] {
      pressed = true;
      TypeParam::press_button(dialog);
    });
  });
  EXPECT_FALSE(dialog.run());
  EXPECT_TRUE(pressed);
}

TYPED_TEST_P(ProgressDialogRows, RunsNotAtAllForATaskThatIsDone) {
  this->task.starts();
  this->task.returns();
  typename TypeParam::dialog dialog{this->task.future(), this->at_once()};
  EXPECT_TRUE(dialog.run());
  EXPECT_TRUE(dialog.run());
}

TYPED_TEST_P(ProgressDialogRows, StopsRunningWhenItIsDestroyedOrItsParentIs) {
  for (const bool with_parent : {false, true}) {
    scripted_task followed{this->loop, 8, "Preparing"};
    auto parent = std::make_unique<typename TypeParam::parent>();
    auto options = this->at_once();
    options.parent = parent->window();
    options.modality = dialog_modality::window;
    auto dialog = std::make_unique<typename TypeParam::dialog>(followed.future(), options);
    followed.starts();
    TypeParam::later([&] {
      if (with_parent) {
        parent = nullptr;
      } else {
        dialog = nullptr;
      }
    });
    EXPECT_FALSE(dialog->run());
    EXPECT_EQ(followed.state(), future_state::executing);
  }
}

TYPED_TEST_P(ProgressDialogRows, RunsWithinARunOfAnother) {
  for (const bool outer_ends_first : {true, false}) {
    scripted_task first{this->loop, 8, "Preparing"};
    scripted_task second{this->loop, 8, "Preparing"};
    auto options = this->at_once();
    options.modality = dialog_modality::application;
    typename TypeParam::dialog outer{first.future(), options};
    typename TypeParam::dialog inner{second.future(), options};
    first.starts();
    second.starts();
    std::string order;
    outer.on_closed([&] { order += "first gone, "; });
    TypeParam::later([&] {
      TypeParam::later([&] {
        outer_ends_first ? first.returns() : second.returns();
        TypeParam::later([&] { outer_ends_first ? second.returns() : first.returns(); });
      });
      EXPECT_TRUE(inner.run());
      order += "inner ran, ";
    });
    EXPECT_TRUE(outer.run());
    EXPECT_EQ(order, outer_ends_first ? "first gone, inner ran, " : "inner ran, first gone, ");
  }
}

TYPED_TEST_P(ProgressDialogRows, KeepsInputFromNobodyWhenItCannotBeShown) {
  std::promise<scripted_task*> made;
  std::promise<void> over;
  std::thread elsewhere([&] {
    manual_loop home;
    scripted_task theirs{home, 8, "Preparing"};
    made.set_value(&theirs);
    over.get_future().wait();
  });
  {
    typename TypeParam::parent parent;
    auto options = this->at_once();
    options.parent = parent.window();
    options.modality = dialog_modality::application;
    options.delay = std::chrono::hours(1);
    typename TypeParam::dialog dialog{made.get_future().get()->future(), options};
    EXPECT_THROW(dialog.show(), wrong_sequence);
    parent.click();
    EXPECT_EQ(parent.clicks(), 1);
  }
  over.set_value();
  elsewhere.join();
}

TYPED_TEST_P(ProgressDialogRows, KeepsInputFromOthersBeforeItAppears) {
  typename TypeParam::parent parent;
  parent.click();
  EXPECT_EQ(parent.clicks(), 1);
  auto options = this->at_once();
  options.parent = parent.window();
  options.modality = dialog_modality::window;
  options.delay = std::chrono::hours(1);
  {
    typename TypeParam::dialog dialog{this->task.future(), options};
    parent.click();
    EXPECT_EQ(parent.clicks(), 2);
    dialog.show();
    parent.click();
    EXPECT_EQ(parent.clicks(), 2);
  }
  parent.click();
  EXPECT_EQ(parent.clicks(), 3);
  {
    typename TypeParam::dialog dialog{this->task.future(), options};
    dialog.show();
    this->task.starts();
    this->task.returns();
  }
  parent.click();
  EXPECT_EQ(parent.clicks(), 4);
}

TYPED_TEST_P(ProgressDialogRows, PaintsFewPicturesForManyReports) {
  typename TypeParam::dialog dialog{this->task.future(), this->at_once()};
  dialog.show();
  this->task.starts();
  const auto paints = TypeParam::paints(dialog);
  const auto begin = std::chrono::steady_clock::now();
  for (std::uint64_t i = 1; i <= 20000; ++i) this->task.reports(i, 20000, "Copying");
  EXPECT_TRUE(this->wait([&] { return TypeParam::read(dialog).amount == "20000 of 20000"; }));
  const auto taken = std::chrono::steady_clock::now() - begin;
  EXPECT_LE(*paints, 3 + taken / progress_presenter::picture_interval);
  EXPECT_GE(*paints, 1);
}

TYPED_TEST_P(ProgressDialogRows, NothingMovesWhenItsTextsGrow) {
  typename TypeParam::dialog dialog{this->task.future(), this->at_once()};
  dialog.show();
  this->task.starts();
  constexpr std::uint64_t total = 1'000'000'000;
  std::uint64_t complete = 0;
  this->task.reports(complete, total, "Copying");
  EXPECT_TRUE(this->wait([&] { return TypeParam::read(dialog).amount == "0 of 1000000000"; }));
  const int before = TypeParam::least_width(dialog);
  while (TypeParam::read(dialog).times.find("left") == std::string::npos) {
    ASSERT_LT(complete += 100'000, total);
    this->task.reports(complete, total, "Copying");
    // The next picture has it, or the next second.
    EXPECT_TRUE(this->wait(
        [&] { return TypeParam::read(dialog).amount.starts_with(std::to_string(complete)); }));
  }
  this->task.reports(total, total, "Copying");
  EXPECT_TRUE(
      this->wait([&] { return TypeParam::read(dialog).amount == "1000000000 of 1000000000"; }));
  EXPECT_EQ(TypeParam::least_width(dialog), before);
}

REGISTER_TYPED_TEST_SUITE_P(ProgressDialogRows, ShowsWhatTheTaskSays, IsBusyWithoutATotal,
                            AppearsAfterItsDelay, TakesTextThatIsNotUtf8, CancelsByTheButton,
                            CancelsByEscape, CancelsByTheCloseButton, ShowsAFailureUntilItIsClosed,
                            LeavesTheTaskAloneWhenItIsDestroyed, MayBeDestroyedFromWithin,
                            MayBeDestroyedByWhatTheButtonCancels, MayBeDestroyedByItsOwnClock,
                            GoesWithItsParent, CancelsWhenItsParentGoesIfAskedTo,
                            RunsUntilTheTaskCompletes, RunsUntilThePersonHasReadTheFailure,
                            RunsNotAtAllForATaskThatIsDone,
                            StopsRunningWhenItIsDestroyedOrItsParentIs, RunsWithinARunOfAnother,
                            KeepsInputFromNobodyWhenItCannotBeShown,
                            KeepsInputFromOthersBeforeItAppears, PaintsFewPicturesForManyReports,
                            NothingMovesWhenItsTextsGrow);

}  // namespace offstage::testing
