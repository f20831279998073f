#include "tests/support/display/input.h"

#include <X11/XKBlib.h>
#include <X11/extensions/XTest.h>
#include <X11/keysym.h>
#include <poll.h>

#include <array>
#include <stdexcept>
#include <utility>
#include <vector>

#include "tests/support/display/x_connection.h"

namespace offstage::display {
namespace {

struct stroke {
  KeyCode code = 0;
  bool shifted = false;
};

stroke stroke_for(KeySym symbol, const std::string& name) {
  Display* const x = x_connection();
  stroke found{XKeysymToKeycode(x, symbol), false};
  if (found.code == 0) throw std::invalid_argument{"the keyboard has no key \"" + name + '"'};
  // The key may carry this on its second level: '!' is shift and '1'.
  found.shifted = XkbKeycodeToKeysym(x, found.code, 0, 0) != symbol &&
                  XkbKeycodeToKeysym(x, found.code, 0, 1) == symbol;
  return found;
}

void send_key(KeyCode code, bool down) {
  XTestFakeKeyEvent(x_connection(), code, down ? True : False, CurrentTime);
}

void strike(stroke struck, const std::vector<KeySym>& held_symbols) {
  std::vector<KeyCode> held;
  for (const KeySym symbol : held_symbols) held.push_back(XKeysymToKeycode(x_connection(), symbol));
  if (struck.shifted) held.push_back(XKeysymToKeycode(x_connection(), XK_Shift_L));
  for (const KeyCode code : held) send_key(code, true);
  send_key(struck.code, true);
  send_key(struck.code, false);
  for (auto code = held.rbegin(); code != held.rend(); ++code) send_key(*code, false);
  XSync(x_connection(), False);
}

void send_button(mouse_button button, bool down) {
  XTestFakeButtonEvent(x_connection(), static_cast<unsigned>(button), down ? True : False,
                       CurrentTime);
  XSync(x_connection(), False);
}

// How long a quick hand rests before and while it presses a button: a press that arrives together
// with the movement to its place is lost on GTK 3 now and then.
void rest_hand() {
  constexpr int rest_ms = 20;
  poll(nullptr, 0, rest_ms);
}

}  // namespace

void key(const std::string& name) {
  constexpr std::array<std::pair<std::string_view, KeySym>, 4> modifiers{{
      {"ctrl+", XK_Control_L},
      {"alt+", XK_Alt_L},
      {"shift+", XK_Shift_L},
      {"super+", XK_Super_L},
  }};
  std::vector<KeySym> held;
  std::string_view rest{name};
  for (bool again = true; again;) {
    again = false;
    for (const auto& [prefix, symbol] : modifiers) {
      if (!rest.starts_with(prefix)) continue;
      held.push_back(symbol);
      rest.remove_prefix(prefix.size());
      again = true;
    }
  }
  const KeySym symbol = XStringToKeysym(std::string{rest}.c_str());
  if (symbol == NoSymbol) throw std::invalid_argument{"there is no key \"" + name + '"'};
  strike(stroke_for(symbol, name), held);
}

void type(std::string_view text) {
  for (const char letter : text) {
    if (letter == '\n') {
      key("Return");
    } else if (letter == '\t') {
      key("Tab");
    } else if (static_cast<unsigned char>(letter) >= 0x80) {
      throw std::invalid_argument{"the keyboard has ASCII only"};
    } else {
      // The symbols of ASCII characters are their codes.
      strike(stroke_for(static_cast<unsigned char>(letter), std::string{letter}), {});
    }
  }
}

void move_mouse(point place) {
  XTestFakeMotionEvent(x_connection(), DefaultScreen(x_connection()), place.x, place.y,
                       CurrentTime);
  XSync(x_connection(), False);
}

void press(mouse_button button) { send_button(button, true); }

void release(mouse_button button) { send_button(button, false); }

void click(point place, mouse_button button) {
  move_mouse(place);
  rest_hand();
  press(button);
  rest_hand();
  release(button);
}

void double_click(point place) {
  click(place);
  click(place);
}

void drag(point from, point to) {
  move_mouse(from);
  rest_hand();
  press();
  // Programs begin to drag when the mouse has gone some way.
  move_mouse({(from.x + to.x) / 2, (from.y + to.y) / 2});
  move_mouse(to);
  rest_hand();
  release();
}

}  // namespace offstage::display
