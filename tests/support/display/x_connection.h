// x_connection: this process's own connection to the screen of its desktop.
//
// Question: how is the X server talked to?
// Zone:     border.
#pragma once

// Xlib's names of short words are macros: this header is for sources that need them.
#include <X11/Xlib.h>

#include <optional>
#include <string>
#include <vector>

namespace offstage::display {

/// The connection, opened when it is first asked for.
/// @errors throws std::runtime_error if there is no screen
/// @thread the test's
Display* x_connection();

/// Closes it, if it is open.
void close_x_connection();

/// Opens a connection to that display if there is none yet.
/// @returns whether there is one
bool open_x_connection(const std::string& display_name);

/// The atom of that name.
Atom x_atom(const char* name);

/// The values of a window's property in format 32; nothing if there is none or the window is gone.
std::optional<std::vector<unsigned long>> x_numbers(Window window, const char* property);

/// A window's property in format 8; nothing if there is none or the window is gone.
std::optional<std::string> x_text(Window window, const char* property);

/// Asks the window manager for something with a client message about a window.
void ask_window_manager(Window window, const char* message, const std::vector<long>& data);

/// Whether everything sent since the last call was accepted: not so if a window was gone.
bool x_accepted();

}  // namespace offstage::display
