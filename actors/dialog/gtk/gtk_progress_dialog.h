// gtk_progress_dialog: a dialog in which a person follows a task, and stops it; with GTK 4.
//
// Question: how does a GTK program show a task that runs?
// Zone:     home. Hears the task's future and the person, cancels the future.
//
//   offstage::gtk_progress_dialog dialog{future, {.title = "Copying", .parent = window}};
//   dialog.show();                      // keep the dialog; or, to wait here: dialog.run()
#pragma once

#include <memory>
#include <utility>

#include "actors/dialog/followed_task.h"
#include "actors/dialog/progress_dialog_options.h"
#include "actors/future/observers.h"

extern "C" {
typedef struct _GtkWindow GtkWindow;
}

namespace offstage {

/// As for every toolkit; the parent is the window that the dialog is transient for.
using gtk_progress_dialog_options = progress_dialog_options<GtkWindow>;

/// A dialog that shows a task's message, a bar, how much is complete, the time it has taken and
/// will still take, and a button to cancel it.
///
/// - Cancel, Escape and the window's close button cancel the future. The dialog then says so and
///   stays until the task has really ended.
/// - It goes by itself when the task completes or was cancelled, and shows why a task failed.
/// - The task does not need the dialog: dropping it changes nothing (an option cancels). The dialog
///   keeps the future; no handle is needed beside it.
/// - It may be destroyed at any time, also by what it calls; its parent, too.
///
/// However fast reports come, the dialog changes 30 times a second at most. As GTK has it, a bar
/// without a total moves when the task reports, and once a second.
/// @thread Home, which is the thread that GTK was initialised in.
class gtk_progress_dialog {
 public:
  /// A dialog that does nothing until `show()`.
  /// @param task A steps_future; or a followed_task for other kinds: `{progress_future,
  /// reading_of}`.
  /// @errors not_done if the future's handle is not valid.
  explicit gtk_progress_dialog(followed_task task, gtk_progress_dialog_options options = {});
  gtk_progress_dialog(const gtk_progress_dialog&) = delete;
  gtk_progress_dialog& operator=(const gtk_progress_dialog&) = delete;
  ~gtk_progress_dialog();

  /// Follows the task from now on; the window appears after the delay, if the task still runs.
  /// Called again, it brings the window to the front.
  /// @errors wrong_sequence.
  void show();

  /// As `show()`, and runs the main context, nested, until the dialog has gone. Without a modality
  /// the dialog is modal to the application. Returns true if the task completed.
  /// @errors wrong_sequence.
  bool run();

  /// The window is on the screen.
  bool visible() const noexcept;

  /// The dialog was shown and has gone for good.
  bool closed() const noexcept;

  /// Calls `observer()` when the dialog has gone for good by itself, by the person or with its
  /// parent; not when it is destroyed. It may destroy the dialog.
  template <class Observer>
  subscription on_closed(Observer observer) {
    return observe_closed(std::move(observer));
  }

  /// The window, to give it an icon, for instance; null once its parent has taken it along.
  /// @owns Nothing: it is the dialog's.
  GtkWindow* widget() const noexcept;

 private:
  class window;

  subscription observe_closed(callback<> call);

  std::shared_ptr<window> window_;
};

}  // namespace offstage
