// window: a window as the window manager knows it.
//
// Question: which windows are there, and what may a person do with one?
// Zone:     home.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "tests/support/display/geometry.h"
#include "tests/support/display/picture.h"

namespace offstage::display {

/// A top-level window. A copy is the same window. Each function but `is_open` and `id` throws
/// `gone` when the window has closed.
/// @thread the test's
class window {
 public:
  explicit window(unsigned long id) : id_{id} {}

  unsigned long id() const { return id_; }
  std::string title() const;
  /// The process it belongs to; 0 if it does not say.
  pid_t pid() const;
  bool is_open() const;
  /// Whether the window manager has made it the active one.
  bool is_active() const;
  /// Whether what is typed goes to it.
  bool has_keyboard() const;

  /// What the program draws, on the screen.
  rectangle area() const;
  /// The same with title bar and borders.
  rectangle frame() const;

  /// A picture of its frame. Whatever covers it is in the picture as well.
  picture shown() const;

  /// Raises it and gives it the keyboard; returns when it has it.
  void activate() const;
  /// Makes the area this large and returns when it is.
  void resize(extent size) const;
  /// Moves the frame there and returns when it is.
  void move(point origin) const;
  /// Asks to close it, as the close button does, and returns at once: the program may ask back.
  void close() const;
  /// Clicks on the close button of the title bar, once nothing covers it.
  void click_close_button() const;
  /// Returns when it is gone.
  void wait_until_closed() const;

 private:
  unsigned long id_;
};

/// All windows, the oldest first.
/// @thread the test's
std::vector<window> open_windows();

/// A line for each of them: title, frame, which one is active and which one has the keyboard.
/// @thread the test's
std::string dump_of_all_windows();

}  // namespace offstage::display
