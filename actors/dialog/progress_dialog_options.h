// progress_dialog_options: how a progress dialog looks and behaves.
//
// Question: what may a program want otherwise?
// Zone:     pure.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "actors/loop/deadline.h"
#include "messages/durations.h"

namespace offstage {

/// Which windows take no input while a dialog is open.
enum class dialog_modality : std::uint8_t {
  none,         ///< All take input.
  window,       ///< Not the parent. (GTK knows no difference from `application`.)
  application,  ///< None of the program's.
};

/// What a dialog does when its task has ended.
enum class dialog_ending : std::uint8_t {
  close,  ///< It goes.
  stay,   ///< It says how the task ended, and has a button to close it.
};

/// What becomes of a task that runs when its dialog is destroyed.
enum class dialog_destruction : std::uint8_t {
  leave_running,  ///< Nothing.
  cancel_task,    ///< It is cancelled.
};

/// The words of a progress dialog, for programs that speak another language. Each `{}` is a place
/// for a number, a time or a text; UTF-8.
struct progress_dialog_texts {
  std::string cancel = "Cancel";           ///< The button until the task was cancelled.
  std::string cancelling = "Cancelling…";  ///< The message from then to the task's end.
  std::string terminate = "End Now";       ///< The button that ends the task by force.
  std::string close = "Close";             ///< The button after the task's end.
  std::string waiting = "Waiting…";        ///< The message of a task that waits and has none.
  std::string working = "Working…";        ///< The message of a task that runs and has none.
  std::string completed = "Done";          ///< The message after success, if the dialog stays.
  std::string failed = "Failed: {}";       ///< The message after a failure.
  std::string amount = "{} of {}";         ///< How much is complete, and the total.
  std::string amount_only = "{}";          ///< How much is complete, without a total.
  std::string elapsed = "Elapsed: {}";     ///< The time since `show()`.
  std::string left = "about {} left";      ///< The time left, once there is an estimate.
  std::string bar = "Progress";            ///< What a screen reader calls the bar.
};

/// How a progress dialog looks and behaves; `Window` is the toolkit's. Write it with names:
/// `{.title = "Copying", .parent = this}`.
template <class Window>
struct progress_dialog_options {
  /// In the title bar.
  std::string title = {};

  /// The window that it belongs to and stays above; null: none. The dialog's window goes with it if
  /// it is destroyed first.
  Window* parent = nullptr;

  /// Which windows take no input, from `show()` on, also before the dialog is seen.
  dialog_modality modality = dialog_modality::none;

  /// A task that ends sooner than this after `show()` shows no dialog, so that nothing flashes.
  time_limit delay = std::chrono::milliseconds(500);

  /// After success.
  dialog_ending on_success = dialog_ending::close;

  /// After a failure. `stay` shows the failure's text, which counts as having looked at it.
  dialog_ending on_failure = dialog_ending::stay;

  /// After Cancel: `stay` keeps the dialog until the task has really ended, `close` does not.
  dialog_ending on_cancel = dialog_ending::stay;

  /// A task that has not ended so long after Cancel may be ended by force, by a button. For ever:
  /// there is no such button. For tasks in worker processes only: threads cannot be ended.
  time_limit offer_terminate_after = std::nullopt;

  /// When the dialog is destroyed, or its window with the parent, while the task runs.
  dialog_destruction on_destruction = dialog_destruction::leave_running;

  /// How amounts are written, "12 of 40 MB" for instance; called at home with how much is complete
  /// and the total (0: not known), and for a new total with that twice, to make room for the
  /// widest. By default as in `texts`.
  std::function<std::string(std::uint64_t complete, std::uint64_t total)> amount_text = {};

  /// The words.
  progress_dialog_texts texts = {};

  /// The same for a dialog whose window is of no interest.
  progress_dialog_options<void> without_parent() const {
    return {title,          nullptr,     modality,  delay,
            on_success,     on_failure,  on_cancel, offer_terminate_after,
            on_destruction, amount_text, texts};
  }
};

}  // namespace offstage
