// progress_presenter: what a progress dialog shows, and when; whatever the toolkit.
//
// Question: how does a person follow a task, and stop it?
// Zone:     home. Hears the task's future and the person, says pictures to a toolkit's window.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/dialog/followed_task.h"
#include "actors/dialog/progress_dialog_options.h"
#include "actors/dialog/time_left.h"
#include "actors/future/observers.h"
#include "actors/loop/deadline.h"

namespace offstage {

/// What a progress dialog shows at one moment.
struct progress_picture {
  /// What the button does.
  enum class action : std::uint8_t { cancel, terminate, close };

  std::string message;             ///< What is being done, or how it ended.
  std::optional<double> fraction;  ///< 0 to 1; none: how much there is to do is not known.
  std::string amount;              ///< "3 of 8", or empty.
  std::string times;               ///< "Elapsed: 0:12, about 0:30 left".
  std::string widest_amount;       ///< What `amount` grows to; a place for it moves nothing else.
  std::string widest_times;        ///< The same for `times`.
  std::string button;              ///< What is written on it.
  action on_button = action::cancel;
  bool button_enabled = true;
  bool ended = false;  ///< The task has ended: the message is the last one, and may be long.

  bool operator==(const progress_picture&) const = default;
};

/// The logic of a progress dialog, from which each toolkit derives its window.
///
/// Reports only mark the picture as old; it is drawn anew at most 30 times a second, and once a
/// second for the clock. One alarm at a time is set, and none when nothing is to come.
/// Anything a user's code is told may destroy the dialog, so it lives in a shared pointer, and each
/// call into it that comes from a toolkit is to hold one.
/// @thread Home.
class progress_presenter : public std::enable_shared_from_this<progress_presenter> {
 public:
  using clock = std::chrono::steady_clock;

  /// The least time between two pictures that differ by reports only.
  static constexpr std::chrono::nanoseconds picture_interval = std::chrono::milliseconds(33);

  progress_presenter(followed_task task, progress_dialog_options<void> options);
  progress_presenter(const progress_presenter&) = delete;
  progress_presenter& operator=(const progress_presenter&) = delete;
  virtual ~progress_presenter() = default;

  /// Begins to follow the task; the window appears after the delay. Called again: comes to the
  /// front, if it is there.
  /// @errors wrong_sequence.
  void show();

  /// The person pressed the button.
  void button_pressed();

  /// The person pressed Escape, or the window's close button.
  void close_requested();

  /// The time of the alarm has come.
  void alarm();

  /// The toolkit destroyed the window, or the application quits.
  void window_lost() noexcept;

  /// The dialog is destroyed: nobody is told.
  void abandon() noexcept;

  /// The dialog has gone for good.
  bool closed() const noexcept { return closed_; }

  /// The window is there.
  bool visible() const noexcept { return visible_; }

  /// The task was seen to complete.
  bool completed() const noexcept { return completed_; }

  /// Has a function called when the dialog has gone for good.
  subscription on_closed(callback<> call) { return observers_.add(0, std::move(call)); }

 protected:
  const progress_dialog_options<void>& options() const noexcept { return options_; }

  /// Draws the window's content; at least once before `appear()`.
  virtual void draw(const progress_picture& picture) = 0;

  /// Opens the window, or brings it to the front.
  virtual void appear() = 0;

  /// The dialog is over: closes the window if it is open, and ends whatever waits for that.
  virtual void disappear() noexcept = 0;

  /// Has `alarm()` called at this time and not at the one said before; none: never.
  virtual void set_alarm(std::optional<clock::time_point> when) = 0;

  /// The time.
  virtual clock::time_point now() const { return clock::now(); }

 private:
  using time_point = clock::time_point;

  void state_changed();
  void reported();
  void open(time_point now);
  void paint(time_point now);
  void tick(time_point now, const task_reading& reading);
  void close();
  void let_go() noexcept;
  void obey_destruction() noexcept;
  bool may_terminate(time_point now) const;
  deadline terminate_offer() const;
  void set_next_alarm();
  progress_picture picture_of(const task_reading& reading, time_point now) const;
  std::string message_of(const task_reading& reading) const;
  std::string amount_of(const task_reading& reading) const;
  void measure(const task_reading& reading);

  followed_task task_;
  const progress_dialog_options<void> options_;
  std::vector<subscription> subscriptions_;
  observers<int> observers_;

  bool asked_ = false;  // show() was called.
  bool visible_ = false;
  bool old_ = false;  // What is shown is not what is.
  bool completed_ = false;
  bool ended_ = false;  // The task has ended, and the window stays to say so.
  bool closed_ = false;
  time_point asked_at_;
  time_point painted_at_;
  std::string times_;  // As the clock says.
  std::string widest_amount_;
  std::uint64_t widest_total_ = 0;      // What it was made of.
  std::optional<time_point> clock_at_;  // When it will say something else.
  std::optional<time_left> left_;       // Since the task was seen to run.
  std::optional<time_point> cancelled_at_;
  std::optional<time_point> alarm_at_;
};

}  // namespace offstage
