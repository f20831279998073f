#include "actors/dialog/progress_presenter.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "actors/log/log.h"

namespace offstage {

namespace {

using std::chrono::seconds;

// Puts the values where the `{}` are, from left to right; what has no place is left out.
std::string filled(std::string_view text, std::initializer_list<std::string_view> values) {
  std::string out;
  for (const auto value : values) {
    const auto place = text.find("{}");
    if (place == text.npos) break;
    out.append(text.substr(0, place)).append(value);
    text.remove_prefix(place + 2);
  }
  return out.append(text);
}

// "0:07", "12:30", "1:00:00"
std::string clock_text(seconds time) {
  const auto all = time.count();
  const auto two_digits = [](auto number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
  };
  const auto hours = all / 3600;
  const auto minutes = all / 60 % 60;
  return (hours > 0 ? std::to_string(hours) + ":" + two_digits(minutes) : std::to_string(minutes)) +
         ":" + two_digits(all % 60);
}

// What fits on one line of a window, however it was meant.
std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char letter) { return letter == '\n' || letter == '\r'; }, ' ');
  return text;
}

// What fits in a window.
std::string shortened(std::string text) {
  constexpr std::size_t letters_max = 1000;
  constexpr int lines_max = 10;
  auto end = std::min(text.size(), letters_max);
  int lines = 0;
  for (std::size_t i = 0; i < end; ++i) {
    if (text[i] == '\n' && ++lines == lines_max) end = i;
  }
  if (end == text.size()) return text;
  // Not in the middle of a letter of several bytes.
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

// No more exact than an estimate is.
seconds rounded(std::chrono::duration<double> left) {
  const double step = left < seconds(10) ? 1 : left < seconds(120) ? 5 : 15;
  return seconds(std::max(1LL, std::llround(std::ceil(left.count() / step) * step)));
}

bool runs(future_state state) { return state == future_state::executing; }

}  // namespace

progress_presenter::progress_presenter(followed_task task, progress_dialog_options<void> options)
    : task_(std::move(task)), options_(std::move(options)) {}

void progress_presenter::show() {
  const auto self = shared_from_this();
  if (closed_) return;
  if (asked_) {
    if (visible_) appear();
    return;
  }
  const std::weak_ptr<progress_presenter> weak = self;
  subscriptions_.push_back(task_.core()->observe(future_event::state, [weak](future_core&) {
    if (const auto alive = weak.lock()) alive->state_changed();
  }));
  for (auto& each : task_.observe([weak] {
         if (const auto alive = weak.lock()) alive->reported();
       })) {
    subscriptions_.push_back(std::move(each));
  }
  asked_ = true;
  asked_at_ = now();
  if (runs(task_.core()->present_state())) left_.emplace(asked_at_);
  if (task_.core()->present_state() == future_state::cancelling) cancelled_at_ = asked_at_;
  if (!task_.core()->done() && options_.delay.none()) open(asked_at_);
  set_next_alarm();
}

void progress_presenter::button_pressed() {
  const auto self = shared_from_this();
  if (ended_) {
    close();
  } else if (!closed_ && cancelled_at_ && may_terminate(now())) {
    task_.core()->terminate(std::chrono::nanoseconds(0));
  } else {
    close_requested();
  }
}

void progress_presenter::close_requested() {
  const auto self = shared_from_this();
  if (ended_) {
    close();
  } else if (!closed_) {
    // What follows is told as to everybody else; held because that may end the dialog.
    const auto core = task_.core();
    core->cancel();
  }
}

void progress_presenter::alarm() {
  const auto self = shared_from_this();
  alarm_at_ = std::nullopt;
  if (closed_) return;
  const auto time = now();
  if (!visible_) {
    if (task_.core()->done()) return state_changed();
    const auto opening = deadline_after(options_.delay, asked_at_);
    if (opening && time >= *opening) open(time);
  } else if ((old_ && time >= painted_at_ + picture_interval) ||
             (clock_at_ && time >= *clock_at_) || may_terminate(time)) {
    paint(time);
  }
  set_next_alarm();
}

void progress_presenter::window_lost() noexcept {
  if (closed_) return;
  const auto self = shared_from_this();
  visible_ = false;
  obey_destruction();
  close();
}

void progress_presenter::abandon() noexcept {
  if (closed_) return;
  const auto self = shared_from_this();
  observers_.clear();
  let_go();
  disappear();
  obey_destruction();
}

void progress_presenter::state_changed() {
  if (closed_) return;
  const auto time = now();
  switch (task_.core()->present_state()) {
    case future_state::waiting:
      return;
    case future_state::executing:
      left_.emplace(time);
      break;
    case future_state::cancelling:
      cancelled_at_ = time;
      if (options_.on_cancel == dialog_ending::close) return close();
      break;
    case future_state::cancelled:
      return close();
    case future_state::completed:
      completed_ = true;
      if (options_.on_success == dialog_ending::close) return close();
      ended_ = true;
      break;
    case future_state::failed:
      if (options_.on_failure == dialog_ending::close) return close();
      ended_ = true;
      break;
  }
  if (visible_) {
    paint(time);
  } else if (ended_) {
    open(time);
  }
  set_next_alarm();
}

void progress_presenter::reported() {
  if (closed_ || !visible_ || old_) return;
  old_ = true;
  const auto time = now();
  if (time >= painted_at_ + picture_interval) paint(time);
  set_next_alarm();
}

void progress_presenter::open(time_point time) {
  visible_ = true;
  paint(time);
  appear();
}

void progress_presenter::paint(time_point time) {
  const auto reading = task_.read();
  if (left_) left_->saw(time, reading.complete);
  if (!clock_at_ || time >= *clock_at_ || cancelled_at_ || ended_) tick(time, reading);
  if (ended_) clock_at_ = std::nullopt;
  measure(reading);
  old_ = false;
  painted_at_ = time;
  draw(picture_of(reading, time));
}

// The times change together and once a second, so that they can be read.
void progress_presenter::tick(time_point time, const task_reading& reading) {
  const auto elapsed = std::chrono::floor<seconds>(time - asked_at_);
  clock_at_ = asked_at_ + elapsed + seconds(1);
  times_ = filled(options_.texts.elapsed, {clock_text(elapsed)});
  if (ended_ || cancelled_at_ || !left_ || reading.total == 0 || reading.complete >= reading.total)
    return;
  if (const auto left = left_->at(time, reading.total)) {
    times_ += ", " + filled(options_.texts.left, {clock_text(rounded(*left))});
  }
}

void progress_presenter::close() {
  let_go();
  disappear();
  observers_.notify(task_.core()->home_bell(), 0);
  observers_.clear();
}

void progress_presenter::let_go() noexcept {
  closed_ = true;
  visible_ = false;
  for (auto& each : subscriptions_) each.disconnect();
  subscriptions_.clear();
  set_next_alarm();
}

void progress_presenter::obey_destruction() noexcept {
  if (options_.on_destruction != dialog_destruction::cancel_task) return;
  try {
    if (task_.core()->cancellable()) task_.core()->cancel();
  } catch (...) {
    log::line(log_room::future, log_level::error,
              "a progress dialog was destroyed away from home; its task is not cancelled");
  }
}

bool progress_presenter::may_terminate(time_point time) const {
  const auto offer = terminate_offer();
  return offer && time >= *offer;
}

deadline progress_presenter::terminate_offer() const {
  if (!cancelled_at_) return std::nullopt;
  return deadline_after(options_.offer_terminate_after, *cancelled_at_);
}

void progress_presenter::set_next_alarm() {
  std::optional<time_point> next;
  const auto also = [&next](deadline when) {
    if (when) next = next ? std::min(*next, *when) : *when;
  };
  if (asked_ && !closed_ && !ended_) {
    if (!visible_) {
      // A task that was done before `show()` has nothing more to say by itself.
      also(task_.core()->done() ? asked_at_ : deadline_after(options_.delay, asked_at_));
    } else {
      if (old_) also(painted_at_ + picture_interval);
      if (clock_at_) also(*clock_at_);
      if (const auto offer = terminate_offer(); offer && painted_at_ < *offer) also(offer);
    }
  }
  if (next == alarm_at_) return;
  alarm_at_ = next;
  set_alarm(next);
}

progress_picture progress_presenter::picture_of(const task_reading& reading,
                                                time_point time) const {
  progress_picture out;
  out.message = message_of(reading);
  out.amount = amount_of(reading);
  out.times = times_;
  out.widest_amount = widest_amount_;
  constexpr const char* widest_time = "0:00:00";
  out.widest_times = filled(options_.texts.elapsed, {widest_time});
  if (reading.total > 0) out.widest_times += ", " + filled(options_.texts.left, {widest_time});
  out.ended = ended_;
  if (reading.total > 0) {
    out.fraction =
        std::min(1.0, static_cast<double>(reading.complete) / static_cast<double>(reading.total));
  } else if (ended_) {
    out.fraction = 0;
  }
  out.button = options_.texts.cancel;
  if (ended_) {
    if (completed_) out.fraction = 1;
    out.button = options_.texts.close;
    out.on_button = progress_picture::action::close;
  } else if (may_terminate(time)) {
    out.button = options_.texts.terminate;
    out.on_button = progress_picture::action::terminate;
  } else if (cancelled_at_) {
    out.button_enabled = false;
  }
  return out;
}

std::string progress_presenter::message_of(const task_reading& reading) const {
  const auto& texts = options_.texts;
  if (completed_) return texts.completed;
  if (ended_) return filled(texts.failed, {shortened(task_.core()->why_failed().what)});
  if (cancelled_at_) return texts.cancelling;
  if (!reading.message.empty()) return one_line(reading.message);
  return left_ ? texts.working : texts.waiting;
}

std::string progress_presenter::amount_of(const task_reading& reading) const {
  if (options_.amount_text) {
    try {
      return options_.amount_text(reading.complete, reading.total);
    } catch (...) {
      detail::log_observer_threw(std::current_exception());
    }
  }
  const auto complete = std::to_string(reading.complete);
  if (reading.total > 0) {
    return filled(options_.texts.amount, {complete, std::to_string(reading.total)});
  }
  return reading.complete > 0 ? filled(options_.texts.amount_only, {complete}) : "";
}

// The last amount of a task is its widest.
void progress_presenter::measure(const task_reading& reading) {
  if (reading.total == widest_total_) return;
  widest_total_ = reading.total;
  widest_amount_ = amount_of({.complete = reading.total, .total = reading.total});
}

}  // namespace offstage
