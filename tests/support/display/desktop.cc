#include "tests/support/display/desktop.h"

#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "tests/support/display/accessible.h"
#include "tests/support/display/eventually.h"
#include "tests/support/display/window.h"
#include "tests/support/display/x_connection.h"

extern char** environ;

namespace offstage::display {
namespace {

std::unique_ptr<desktop> the_desktop;

// What the user's session says about itself and about how programs look.
constexpr std::array session_variables{
    "AT_SPI",     "DBUS_", "DESKTOP",      "DISPLAY=",  "FONTCONFIG",
    "GDK_",       "GIO_",  "GNOME",        "GSETTINGS", "GSK_",
    "GTK",        "HOME=", "ICEAUTHORITY", "KDE",       "LANG",
    "LC_",        "LIBGL", "NO_AT_BRIDGE", "QT_",       "SESSION_MANAGER",
    "WAYLAND_",   "WX",    "XAUTHORITY",   "XCURSOR",   "XDG_",
    "XMODIFIERS",
};

std::vector<std::string> environment_without_session() {
  std::vector<std::string> kept;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text{*variable};
    bool of_session = false;
    for (const std::string_view start : session_variables) of_session |= text.starts_with(start);
    if (!of_session) kept.emplace_back(text);
  }
  return kept;
}

std::filesystem::path executable(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders{path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin"};
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::filesystem::path candidate = std::filesystem::path{folder} / name;
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  throw std::runtime_error{name +
                           " is not installed, which tests with windows need: run tools/setup"};
}

// The program that starts the accessibility bus, from the file that at-spi2-core installs for it.
std::string accessibility_launcher() {
  std::ifstream service{"/usr/share/dbus-1/services/org.a11y.Bus.service"};
  constexpr std::string_view key = "Exec=";
  for (std::string line; std::getline(service, line);) {
    if (line.starts_with(key)) return line.substr(key.size());
  }
  throw std::runtime_error{
      "at-spi2-core is not installed, which tests with windows need: run tools/setup"};
}

void write(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream{path} << text;
}

// A name that no other test has; a name in the file system could be too long for a socket.
std::string new_bus_address() {
  std::random_device device;
  std::ostringstream address;
  address << "unix:abstract=offstage-test-" << getpid() << '-' << std::hex << device() << device();
  return address.str();
}

// A window manager says that it is there before it looks for windows. One that opens in between may
// never be seen by it, or does not get the keyboard.
void await_window_manager_manages() {
  Display* const x = x_connection();
  const Window probe = XCreateSimpleWindow(x, DefaultRootWindow(x), 0, 0, 100, 100, 0, 0, 0);
  const window shown{probe};
  std::chrono::milliseconds patience{20};
  auto again = std::chrono::steady_clock::now();
  await("the window manager manages a window", [&] {
    if (shown.is_open() && shown.has_keyboard()) return true;
    if (std::chrono::steady_clock::now() < again) return false;
    again = std::chrono::steady_clock::now() + patience;
    patience *= 2;
    XWithdrawWindow(x, probe, DefaultScreen(x));
    XMapWindow(x, probe);
    return false;
  });
  XDestroyWindow(x, probe);
  shown.wait_until_closed();
}

}  // namespace

desktop& desktop::instance() {
  if (!the_desktop) {
    the_desktop.reset(new desktop);
  }
  return *the_desktop;
}

bool desktop::is_running() { return the_desktop != nullptr; }

std::vector<std::string> desktop::environment_with(const std::vector<std::string>& changes) const {
  std::vector<std::string> changed = environment_;
  for (const std::string& variable : changes) {
    const std::string start = variable.substr(0, variable.find('=') + 1);
    std::erase_if(changed, [&](const std::string& other) { return other.starts_with(start); });
    changed.push_back(variable);
  }
  return changed;
}

std::vector<listed_process> desktop::end() {
  the_desktop.reset();
  return descendants_of(getpid());
}

desktop::desktop() : environment_{environment_without_session()}, bus_address_{new_bus_address()} {
  // Everything is looked for before anything is started.
  for (const char* program : {"Xvfb", "dbus-daemon", "openbox"}) executable(program);
  accessibility_launcher();

  const char* temporary = std::getenv("TEST_TMPDIR");
  folder_ = (temporary != nullptr ? std::filesystem::path{temporary}
                                  : std::filesystem::temp_directory_path()) /
            ("desktop-" + std::to_string(getpid()));
  std::filesystem::create_directories(folder_ / "runtime");
  std::filesystem::permissions(folder_ / "runtime", std::filesystem::perms::owner_all);
  for (const char* version : {"gtk-3.0", "gtk-4.0"}) {
    write(folder_ / "config" / version / "settings.ini",
          "[Settings]\n"
          "gtk-enable-animations=0\n"
          "gtk-cursor-blink=0\n"
          "gtk-font-name=DejaVu Sans 10\n");
  }
  for (const auto& [name, value] : std::initializer_list<std::pair<const char*, std::string>>{
           {"HOME", folder_ / "home"},
           {"XDG_CONFIG_HOME", folder_ / "config"},
           {"XDG_CONFIG_DIRS", folder_ / "config"},
           {"XDG_CACHE_HOME", folder_ / "cache"},
           {"XDG_DATA_HOME", folder_ / "data"},
           {"XDG_STATE_HOME", folder_ / "state"},
           {"XDG_RUNTIME_DIR", folder_ / "runtime"},
           {"LANG", "C.UTF-8"},
           {"LC_ALL", "C.UTF-8"},
           {"LIBGL_ALWAYS_SOFTWARE", "1"},
           {"DBUS_SESSION_BUS_ADDRESS", bus_address_},
           {"DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/dev/null"},
           {"GDK_BACKEND", "x11"},
           // GTK would look for a graphics driver only to draw without it.
           {"GDK_DEBUG", "gl-disable"},
           {"GSK_RENDERER", "cairo"},
           {"GTK_THEME", "Adwaita"},
           {"GTK_IM_MODULE", "gtk-im-context-simple"},
           {"GIO_USE_VFS", "local"},
           {"GIO_USE_VOLUME_MONITOR", "unix"},
           {"GSETTINGS_BACKEND", "memory"},
           {"QT_QPA_PLATFORM", "xcb"},
           {"QT_STYLE_OVERRIDE", "Fusion"},
           {"QT_XCB_GL_INTEGRATION", "none"},
           {"QT_FONT_DPI", "96"},
           {"QT_ACCESSIBILITY", "1"},
           {"QT_LINUX_ACCESSIBILITY_ALWAYS_ON", "1"},
       }) {
    environment_.push_back(std::string{name} + '=' + value);
  }
  for (const char* name : {"home", "cache", "data", "state"}) {
    std::filesystem::create_directories(folder_ / name);
  }
  start_screen();
  start_bus();
  start_window_manager();
  // Before anything else is on the bus, so that its first use is not part of what a test measures.
  open_accessibility(bus_address_);
}

desktop::~desktop() {
  close_accessibility();
  close_x_connection();
  for (const auto& process : {&window_manager_, &bus_, &screen_}) {
    if (*process) (*process)->let_go();
  }
  window_manager_.reset();
  bus_.reset();
  screen_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void desktop::start_screen() {
  screen_ = std::make_unique<kept_process>(
      kept_process::options{.program = executable("Xvfb"),
                            .arguments = {"-displayfd", "1", "-screen", "0", "1280x800x24", "-dpi",
                                          "96", "-nolisten", "tcp", "-noreset", "-s", "0"},
                            .environment = environment_,
                            .output = folder_ / "screen"});
  std::string number;
  await("Xvfb names its display", [&] {
    number = screen_->standard_output();
    if (screen_->exit_code()) {
      throw std::runtime_error{"Xvfb ended at once:\n" + screen_->standard_error()};
    }
    return number.ends_with('\n');
  });
  number.pop_back();
  display_name_ = ':' + number;
  environment_.push_back("DISPLAY=" + display_name_);
}

void desktop::start_bus() {
  // Only what is named here can be started by a message: nothing of a user's session.
  write(folder_ / "services/org.a11y.Bus.service",
        "[D-BUS Service]\nName=org.a11y.Bus\nExec=" + accessibility_launcher() +
            " --launch-immediately --a11y=1\n");
  write(folder_ / "bus.conf",
        "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\"\n"
        " \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n"
        "<busconfig>\n"
        "  <type>session</type>\n"
        "  <listen>" +
            bus_address_ +
            "</listen>\n"
            "  <auth>EXTERNAL</auth>\n"
            "  <servicedir>" +
            (folder_ / "services").string() +
            "</servicedir>\n"
            "  <policy context=\"default\">\n"
            "    <allow send_destination=\"*\" eavesdrop=\"true\"/>\n"
            "    <allow eavesdrop=\"true\"/>\n"
            "    <allow own=\"*\"/>\n"
            "  </policy>\n"
            "  <limit name=\"max_replies_per_connection\">50000</limit>\n"
            "</busconfig>\n");
  // The accessibility bus has its socket there, whose name would be too long; where no folder can
  // be it finds another place.
  const auto environment = environment_with({"XDG_RUNTIME_DIR=/dev/null"});
  bus_ = std::make_unique<kept_process>(kept_process::options{
      .program = executable("dbus-daemon"),
      .arguments = {"--config-file=" + (folder_ / "bus.conf").string(), "--nofork", "--nopidfile",
                    "--nosyslog", "--print-address=1"},
      .environment = environment,
      .output = folder_ / "bus"});
  await("the session bus names its address", [&] {
    if (bus_->exit_code()) {
      throw std::runtime_error{"dbus-daemon ended at once:\n" + bus_->standard_error()};
    }
    return bus_->standard_output().ends_with('\n');
  });
}

void desktop::start_window_manager() {
  // The buttons of a window and a click into it do what everyone expects; the rest is left out.
  const auto bound = [](const char* context, const char* button, const char* event,
                        const std::vector<const char*>& actions) {
    std::string text = std::string{"<context name=\""} + context + "\"><mousebind button=\"" +
                       button + "\" action=\"" + event + "\">";
    for (const char* action : actions) text += std::string{"<action name=\""} + action + "\"/>";
    return text + "</mousebind></context>\n";
  };
  write(folder_ / "openbox.xml",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<openbox_config xmlns=\"http://openbox.org/3.4/rc\">\n"
        "<focus><focusNew>yes</focusNew><focusLast>yes</focusLast></focus>\n"
        "<placement><policy>Smart</policy><center>no</center></placement>\n"
        "<theme><name>Clearlooks</name><titleLayout>LIMC</titleLayout>"
        "<animateIconify>no</animateIconify></theme>\n"
        "<desktops><number>1</number><popupTime>0</popupTime></desktops>\n"
        "<keyboard><keybind key=\"A-F4\"><action name=\"Close\"/></keybind></keyboard>\n"
        "<mouse><dragThreshold>4</dragThreshold>\n" +
            bound("Client", "Left", "Press", {"Focus", "Raise"}) +
            bound("Titlebar", "Left", "Press", {"Focus", "Raise"}) +
            bound("Titlebar", "Left", "Drag", {"Move"}) +
            bound("Close", "Left", "Click", {"Close"}) +
            bound("Iconify", "Left", "Click", {"Iconify"}) +
            bound("Maximize", "Left", "Click", {"ToggleMaximize"}) +
            "</mouse>\n"
            "</openbox_config>\n");
  window_manager_ = std::make_unique<kept_process>(
      kept_process::options{.program = executable("openbox"),
                            .arguments = {"--sm-disable", "--config-file", folder_ / "openbox.xml"},
                            .environment = environment_,
                            .output = folder_ / "window_manager"});
  await("the window manager is ready", [&] {
    if (window_manager_->exit_code()) {
      throw std::runtime_error{"openbox ended at once:\n" + window_manager_->standard_error()};
    }
    if (!open_x_connection(display_name_)) return false;
    const auto check = x_numbers(DefaultRootWindow(x_connection()), "_NET_SUPPORTING_WM_CHECK");
    if (!check || check->empty()) return false;
    return x_numbers(check->front(), "_NET_SUPPORTING_WM_CHECK").has_value();
  });
  await_window_manager_manages();
}

}  // namespace offstage::display
