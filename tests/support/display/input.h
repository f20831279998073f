// input: a person's hands.
//
// Question: what do keyboard and mouse do?
// Zone:     home.
#pragma once

#include <string>
#include <string_view>

#include "tests/support/display/geometry.h"

namespace offstage::display {

enum class mouse_button { left = 1, middle = 2, right = 3, wheel_up = 4, wheel_down = 5 };

/// Presses and releases a key, by its X name: "Tab", "Return", "Escape", "space", "F4", "Down",
/// "a"; with others held: "ctrl+a", "alt+F4", "shift+Tab". It goes to the window that has the
/// keyboard.
/// @errors throws std::invalid_argument if there is no such key
/// @thread the test's
void key(const std::string& name);

/// Types what an American keyboard has; '\n' is Return, '\t' Tab.
/// @errors throws std::invalid_argument at a character that it has not; what is before it was typed
/// @thread the test's
void type(std::string_view text);

/// Moves the mouse to a place on the screen.
/// @thread the test's
void move_mouse(point place);

/// Presses a button of the mouse where it is, or releases it.
/// @thread the test's
void press(mouse_button button = mouse_button::left);
void release(mouse_button button = mouse_button::left);

/// Moves the mouse there and clicks.
/// @thread the test's
void click(point place, mouse_button button = mouse_button::left);
void double_click(point place);

/// Presses at one place, moves, and releases at another: drags.
/// @thread the test's
void drag(point from, point to);

}  // namespace offstage::display
