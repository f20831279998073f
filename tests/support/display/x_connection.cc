#include "tests/support/display/x_connection.h"

#include <X11/Xatom.h>
#include <poll.h>

#include <stdexcept>

#include "tests/support/display/desktop.h"
#include "tests/support/display/eventually.h"

namespace offstage::display {
namespace {

Display* connection = nullptr;
bool refused = false;

// Windows close at any time; Xlib's own answer would be to end the test.
int note_refusal(Display*, XErrorEvent*) {
  refused = true;
  return 0;
}

struct property_contents {
  std::string bytes;
  unsigned long items = 0;
};

std::optional<property_contents> read_property(Window window, const char* property, int format) {
  Atom type = 0;
  int found_format = 0;
  property_contents read;
  unsigned long left = 0;
  unsigned char* bytes = nullptr;
  constexpr long length_max = 1 << 16;
  const int status =
      XGetWindowProperty(x_connection(), window, x_atom(property), 0, length_max, False,
                         AnyPropertyType, &type, &found_format, &read.items, &left, &bytes);
  const bool usable = status == Success && bytes != nullptr && found_format == format;
  if (usable) {
    // Xlib hands over numbers of 32 bits as longs.
    const std::size_t item_size = format == 32 ? sizeof(long) : 1;
    read.bytes.assign(reinterpret_cast<const char*>(bytes), read.items * item_size);
  }
  if (bytes != nullptr) XFree(bytes);
  if (!x_accepted() || !usable) return std::nullopt;
  return read;
}

}  // namespace

bool open_x_connection(const std::string& display_name) {
  if (connection != nullptr) return true;
  XSetErrorHandler(note_refusal);
  connection = XOpenDisplay(display_name.c_str());
  if (connection == nullptr) return false;
  // News for wait_for_display.
  XSelectInput(connection, DefaultRootWindow(connection),
               SubstructureNotifyMask | PropertyChangeMask);
  return true;
}

Display* x_connection() {
  if (connection == nullptr && !open_x_connection(desktop::instance().display_name())) {
    throw std::runtime_error{"no connection to the X server"};
  }
  return connection;
}

void close_x_connection() {
  if (connection != nullptr) XCloseDisplay(std::exchange(connection, nullptr));
}

Atom x_atom(const char* name) { return XInternAtom(x_connection(), name, False); }

std::optional<std::vector<unsigned long>> x_numbers(Window window, const char* property) {
  const auto read = read_property(window, property, 32);
  if (!read) return std::nullopt;
  const auto* first = reinterpret_cast<const unsigned long*>(read->bytes.data());
  return std::vector<unsigned long>(first, first + read->items);
}

std::optional<std::string> x_text(Window window, const char* property) {
  auto read = read_property(window, property, 8);
  if (!read) return std::nullopt;
  return std::move(read->bytes);
}

void ask_window_manager(Window window, const char* message, const std::vector<long>& data) {
  XEvent event{};
  event.xclient.type = ClientMessage;
  event.xclient.window = window;
  event.xclient.message_type = x_atom(message);
  event.xclient.format = 32;
  for (std::size_t i = 0; i < data.size(); ++i) event.xclient.data.l[i] = data[i];
  XSendEvent(x_connection(), DefaultRootWindow(x_connection()), False,
             SubstructureNotifyMask | SubstructureRedirectMask, &event);
  XSync(x_connection(), False);
}

bool x_accepted() {
  XSync(x_connection(), False);
  return !std::exchange(refused, false);
}

void wait_for_display(std::chrono::milliseconds limit) {
  if (connection != nullptr) {
    while (XPending(connection) > 0) {
      XEvent event;
      XNextEvent(connection, &event);
    }
  }
  pollfd news{connection != nullptr ? ConnectionNumber(connection) : -1, POLLIN, 0};
  poll(&news, 1, static_cast<int>(limit.count()));
}

}  // namespace offstage::display
