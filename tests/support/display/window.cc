#include "tests/support/display/window.h"

#include <X11/Xutil.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include "tests/support/display/eventually.h"
#include "tests/support/display/input.h"
#include "tests/support/display/x_connection.h"

namespace offstage::display {
namespace {

// What a message to the window manager says about its sender: a person, not the program.
constexpr long from_a_person = 2;

constexpr const char* closed = "the window has closed";

// The child of the screen's root that it is in, which is its frame.
Window outermost(Window inner) {
  Display* const x = x_connection();
  while (inner > PointerRoot) {
    Window root = 0;
    Window parent = 0;
    Window* children = nullptr;
    unsigned count = 0;
    const Status known = XQueryTree(x, inner, &root, &parent, &children, &count);
    if (children != nullptr) XFree(children);
    if (!x_accepted() || known == 0) return None;
    if (parent == root) return inner;
    inner = parent;
  }
  return None;
}

// The same for whatever is seen there.
Window outermost_at(point place) {
  Display* const x = x_connection();
  const Window root = DefaultRootWindow(x);
  Window child = None;
  int inside_x = 0;
  int inside_y = 0;
  XTranslateCoordinates(x, root, root, place.x, place.y, &inside_x, &inside_y, &child);
  return child;
}

std::string text(const rectangle& area) {
  std::ostringstream out;
  out << area;
  return out.str();
}

}  // namespace

std::string window::title() const {
  if (auto name = x_text(id_, "_NET_WM_NAME")) return *name;
  if (auto name = x_text(id_, "WM_NAME")) return *name;
  if (!is_open()) throw gone{closed};
  return {};
}

pid_t window::pid() const {
  const auto number = x_numbers(id_, "_NET_WM_PID");
  return number && !number->empty() ? static_cast<pid_t>(number->front()) : 0;
}

bool window::is_open() const {
  const std::vector<window> open = open_windows();
  return std::any_of(open.begin(), open.end(),
                     [&](const window& other) { return other.id_ == id_; });
}

bool window::is_active() const {
  const auto active = x_numbers(DefaultRootWindow(x_connection()), "_NET_ACTIVE_WINDOW");
  return active && !active->empty() && active->front() == id_;
}

bool window::has_keyboard() const {
  Window focus = None;
  int reverts_to = 0;
  XGetInputFocus(x_connection(), &focus, &reverts_to);
  const Window frame = outermost(focus);
  return frame != None && frame == outermost(id_);
}

rectangle window::area() const {
  Display* const x = x_connection();
  XWindowAttributes attributes{};
  XGetWindowAttributes(x, id_, &attributes);
  if (!x_accepted()) throw gone{closed};
  rectangle found{{}, {attributes.width, attributes.height}};
  Window child = 0;
  XTranslateCoordinates(x, id_, DefaultRootWindow(x), 0, 0, &found.origin.x, &found.origin.y,
                        &child);
  if (!x_accepted()) throw gone{closed};
  return found;
}

rectangle window::frame() const {
  rectangle found = area();
  const auto borders = x_numbers(id_, "_NET_FRAME_EXTENTS");
  if (!borders || borders->size() < 4) return found;
  const auto border = [&](int side) { return static_cast<int>((*borders)[side]); };
  found.origin.x -= border(0);
  found.origin.y -= border(2);
  found.size.width += border(0) + border(1);
  found.size.height += border(2) + border(3);
  return found;
}

picture window::shown() const { return picture_of(frame()); }

void window::activate() const {
  await("the window \"" + title() + "\" is activated", [this] {
    if (!is_open()) throw never_came{closed};
    if (is_active() && has_keyboard()) return true;
    ask_window_manager(id_, "_NET_ACTIVE_WINDOW", {from_a_person, CurrentTime, 0});
    return false;
  });
  XRaiseWindow(x_connection(), id_);
  x_accepted();
}

void window::resize(extent size) const {
  constexpr long width_and_height = (1 << 10) | (1 << 11) | (from_a_person << 12);
  ask_window_manager(id_, "_NET_MOVERESIZE_WINDOW",
                     {width_and_height, 0, 0, size.width, size.height});
  await("the window \"" + title() + "\" (" + text(area()) + ") gets the size asked for",
        [&] { return area().size == size; });
}

void window::move(point origin) const {
  // North-west: the place is that of the frame.
  constexpr long x_and_y = 1 | (1 << 8) | (1 << 9) | (from_a_person << 12);
  ask_window_manager(id_, "_NET_MOVERESIZE_WINDOW", {x_and_y, origin.x, origin.y, 0, 0});
  await("the window \"" + title() + "\" (" + text(frame()) + ") gets to the place asked for",
        [&] { return frame().origin == origin; });
}

void window::close() const {
  if (!is_open()) throw gone{closed};
  ask_window_manager(id_, "_NET_CLOSE_WINDOW", {CurrentTime, from_a_person});
}

void window::click_close_button() const {
  activate();
  point button;
  await("nothing covers the close button of the window \"" + title() + '"', [&] {
    const rectangle outside = frame();
    const rectangle inside = area();
    const int title_bar = inside.origin.y - outside.origin.y;
    if (title_bar < 8) throw std::logic_error{"the window \"" + title() + "\" has no title bar"};
    // The last button of the title bar is as high as the bar, nearly.
    button = {inside.origin.x + inside.size.width - title_bar / 2,
              outside.origin.y + title_bar / 2};
    return outermost_at(button) == outermost(id_);
  });
  click(button);
}

void window::wait_until_closed() const {
  await("the window closes", [this] { return !is_open(); });
}

std::vector<window> open_windows() {
  std::vector<window> found;
  const auto listed = x_numbers(DefaultRootWindow(x_connection()), "_NET_CLIENT_LIST");
  if (listed) {
    for (const unsigned long id : *listed) found.emplace_back(id);
  }
  return found;
}

std::string dump_of_all_windows() {
  std::ostringstream out;
  for (const window& each : open_windows()) {
    try {
      out << "window \"" << each.title() << "\", " << each.frame()
          << (each.is_active() ? ", active" : "") << (each.has_keyboard() ? ", keyboard" : "")
          << '\n';
    } catch (const gone&) {
    }
  }
  return out.str();
}

}  // namespace offstage::display
