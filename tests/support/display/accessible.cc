#include "tests/support/display/accessible.h"

#include <atspi/atspi.h>
#include <gio/gio.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <sstream>
#include <utility>

#include "tests/support/display/eventually.h"
#include "tests/support/display/window.h"

namespace offstage::display {
namespace {

// The tree is asked for over the bus directly: libatspi keeps copies, which are out of date when a
// program answers late, and waits for events to renew them. Its names for roles and states are
// used.

constexpr int patience_ms = 5000;
// A table of many rows has as many children; asking for each takes longer than anyone waits.
constexpr int children_searched_max = 300;

constexpr const char* registry = "org.a11y.atspi.Registry";
constexpr const char* root_path = "/org/a11y/atspi/accessible/root";
constexpr const char* null_path = "/org/a11y/atspi/null";
constexpr const char* accessible_interface = "org.a11y.atspi.Accessible";
constexpr const char* table_interface = "org.a11y.atspi.Table";

struct variant_release {
  void operator()(GVariant* variant) const { g_variant_unref(variant); }
};
using variant = std::unique_ptr<GVariant, variant_release>;

GDBusConnection* connection = nullptr;
std::map<std::string, pid_t> pids;

GDBusConnection* connect_to(const std::string& address) {
  GError* error = nullptr;
  GDBusConnection* connected = g_dbus_connection_new_for_address_sync(
      address.c_str(),
      static_cast<GDBusConnectionFlags>(G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                        G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION),
      nullptr, nullptr, &error);
  if (connected != nullptr) return connected;
  const std::string reason = error->message;
  g_error_free(error);
  throw std::runtime_error{"no connection to the bus at " + address + ": " + reason};
}

[[noreturn]] void fail(GError* error, const std::string& asked) {
  const std::string text = asked + ": " + error->message;
  const bool late = g_error_matches(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) ||
                    g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY) ||
                    g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_TIMEOUT);
  const bool lost_bus = g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  // A program that ends with a question open is no longer there rather than slow.
  const bool left =
      late && std::string_view{error->message}.find("disconnect") != std::string_view::npos;
  g_error_free(error);
  if (lost_bus) throw std::runtime_error{"the session bus has ended: " + text};
  if (late && !left) throw not_answering{text};
  throw gone{text};
}

variant call(const std::string& bus_name, const std::string& path, const char* interface,
             const char* method, GVariant* arguments, const char* reply) {
  if (connection == nullptr) throw std::runtime_error{"there is no desktop"};
  GError* error = nullptr;
  GVariant* answer = g_dbus_connection_call_sync(
      connection, bus_name.c_str(), path.c_str(), interface, method, arguments,
      G_VARIANT_TYPE(reply), G_DBUS_CALL_FLAGS_NONE, patience_ms, nullptr, &error);
  if (answer == nullptr) fail(error, bus_name + path + ' ' + interface + '.' + method);
  return variant{answer};
}

variant property(const std::string& bus_name, const std::string& path, const char* interface,
                 const char* name) {
  const variant answer = call(bus_name, path, "org.freedesktop.DBus.Properties", "Get",
                              g_variant_new("(ss)", interface, name), "(v)");
  GVariant* value = nullptr;
  g_variant_get(answer.get(), "(v)", &value);
  return variant{value};
}

std::string string_property(const std::string& bus_name, const std::string& path,
                            const char* name) {
  const variant value = property(bus_name, path, accessible_interface, name);
  if (!g_variant_is_of_type(value.get(), G_VARIANT_TYPE_STRING)) return {};
  return g_variant_get_string(value.get(), nullptr);
}

// Toolkits disagree about the width of their numbers.
int integer(GVariant* value) {
  if (g_variant_is_of_type(value, G_VARIANT_TYPE_INT32)) return g_variant_get_int32(value);
  if (g_variant_is_of_type(value, G_VARIANT_TYPE_UINT32)) {
    return static_cast<int>(g_variant_get_uint32(value));
  }
  throw gone{"not a number"};
}

std::vector<accessible> references(GVariant* array) {
  std::vector<accessible> found;
  GVariantIter each;
  g_variant_iter_init(&each, array);
  const char* bus_name = nullptr;
  const char* path = nullptr;
  while (g_variant_iter_next(&each, "(&s&o)", &bus_name, &path)) {
    if (std::string_view{path} != null_path) found.emplace_back(bus_name, path);
  }
  return found;
}

std::vector<accessible> children_of(const std::string& bus_name, const std::string& path) {
  const variant answer =
      call(bus_name, path, accessible_interface, "GetChildren", nullptr, "(a(so))");
  const variant array{g_variant_get_child_value(answer.get(), 0)};
  return references(array.get());
}

pid_t pid_of(const std::string& bus_name) {
  const auto known = pids.find(bus_name);
  if (known != pids.end()) return known->second;
  const variant answer =
      call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
           "GetConnectionUnixProcessID", g_variant_new("(s)", bus_name.c_str()), "(u)");
  guint32 pid = 0;
  g_variant_get(answer.get(), "(u)", &pid);
  // Bus names are never given twice.
  return pids[bus_name] = static_cast<pid_t>(pid);
}

// A toolkit that does not know where its windows are on the screen: GTK since version 4.
bool knows_no_screen(const std::string& bus_name) {
  static std::map<std::string, bool> known;
  const auto found = known.find(bus_name);
  if (found != known.end()) return found->second;
  const auto text = [&](const char* name) -> std::string {
    const variant value = property(bus_name, root_path, "org.a11y.atspi.Application", name);
    if (!g_variant_is_of_type(value.get(), G_VARIANT_TYPE_STRING)) return {};
    return g_variant_get_string(value.get(), nullptr);
  };
  std::string toolkit = text("ToolkitName");
  for (char& letter : toolkit) letter = static_cast<char>(g_ascii_tolower(letter));
  return known[bus_name] = toolkit == "gtk" && !text("Version").starts_with("3.");
}

}  // namespace

accessible::accessible(std::string bus_name, std::string path)
    : bus_name_{std::move(bus_name)}, path_{std::move(path)} {}

std::string accessible::role() const {
  const variant answer = call(bus_name_, path_, accessible_interface, "GetRole", nullptr, "(u)");
  guint32 role = 0;
  g_variant_get(answer.get(), "(u)", &role);
  char* name = atspi_role_get_name(static_cast<AtspiRole>(role));
  std::string text = name != nullptr ? name : "unknown";
  g_free(name);
  return text;
}

std::string accessible::name() const { return string_property(bus_name_, path_, "Name"); }

std::string accessible::description() const {
  return string_property(bus_name_, path_, "Description");
}

bool accessible::has(std::string_view interface) const {
  const variant answer =
      call(bus_name_, path_, accessible_interface, "GetInterfaces", nullptr, "(as)");
  const variant array{g_variant_get_child_value(answer.get(), 0)};
  GVariantIter each;
  g_variant_iter_init(&each, array.get());
  const char* name = nullptr;
  while (g_variant_iter_next(&each, "&s", &name)) {
    if (name == interface) return true;
  }
  return false;
}

std::string accessible::text() const {
  if (has("org.a11y.atspi.Text")) {
    // -1 would do for the end, but not in GTK 4.
    const int end =
        integer(property(bus_name_, path_, "org.a11y.atspi.Text", "CharacterCount").get());
    const variant answer = call(bus_name_, path_, "org.a11y.atspi.Text", "GetText",
                                g_variant_new("(ii)", 0, end), "(s)");
    const char* text = nullptr;
    g_variant_get(answer.get(), "(&s)", &text);
    if (*text != '\0' || is("editable")) return text;
  }
  return name();
}

std::optional<double> accessible::value() const {
  if (!has("org.a11y.atspi.Value")) return std::nullopt;
  const variant value = property(bus_name_, path_, "org.a11y.atspi.Value", "CurrentValue");
  if (!g_variant_is_of_type(value.get(), G_VARIANT_TYPE_DOUBLE)) return std::nullopt;
  return g_variant_get_double(value.get());
}

std::set<std::string> accessible::states() const {
  const variant answer = call(bus_name_, path_, accessible_interface, "GetState", nullptr, "(au)");
  const variant words{g_variant_get_child_value(answer.get(), 0)};
  auto* names = static_cast<GEnumClass*>(g_type_class_ref(ATSPI_TYPE_STATE_TYPE));
  std::set<std::string> found;
  for (gsize word = 0; word < g_variant_n_children(words.get()); ++word) {
    guint32 bits = 0;
    g_variant_get_child(words.get(), word, "u", &bits);
    for (int bit = 0; bit < 32; ++bit) {
      if ((bits >> bit & 1U) == 0) continue;
      const GEnumValue* named = g_enum_get_value(names, static_cast<int>(word) * 32 + bit);
      if (named != nullptr) found.emplace(named->value_nick);
    }
  }
  g_type_class_unref(names);
  return found;
}

bool accessible::is_shown() const {
  const std::set<std::string> found = states();
  if (found.contains("showing")) return true;
  // GTK 4 says so of windows only.
  return knows_no_screen(bus_name_) && found.contains("visible") && area() != rectangle{};
}

rectangle accessible::area() const {
  if (!has("org.a11y.atspi.Component")) return {};
  const bool in_window = knows_no_screen(bus_name_);
  const variant answer =
      call(bus_name_, path_, "org.a11y.atspi.Component", "GetExtents",
           g_variant_new("(u)", in_window ? ATSPI_COORD_TYPE_WINDOW : ATSPI_COORD_TYPE_SCREEN),
           "((iiii))");
  rectangle found;
  g_variant_get(answer.get(), "((iiii))", &found.origin.x, &found.origin.y, &found.size.width,
                &found.size.height);
  if (found.size.width <= 0 || found.size.height <= 0) return {};
  if (in_window) {
    accessible top = *this;
    for (;;) {
      const variant parent = property(top.bus_name_, top.path_, accessible_interface, "Parent");
      const char* bus_name = nullptr;
      const char* path = nullptr;
      g_variant_get(parent.get(), "(&s&o)", &bus_name, &path);
      if (std::string_view{path} == root_path || std::string_view{path} == null_path) break;
      top = accessible{bus_name, path};
    }
    const std::string title = top.name();
    for (const window& candidate : open_windows()) {
      if (candidate.pid() != pid_of(bus_name_) || candidate.title() != title) continue;
      const point origin = candidate.area().origin;
      found.origin.x += origin.x;
      found.origin.y += origin.y;
      return found;
    }
    return {};
  }
  return found;
}

std::vector<accessible> accessible::children() const { return children_of(bus_name_, path_); }

int accessible::child_count() const {
  return integer(property(bus_name_, path_, accessible_interface, "ChildCount").get());
}

bool accessible::do_action(int index) const {
  const variant answer = call(bus_name_, path_, "org.a11y.atspi.Action", "DoAction",
                              g_variant_new("(i)", index), "(b)");
  gboolean done = FALSE;
  g_variant_get(answer.get(), "(b)", &done);
  return done != FALSE;
}

int accessible::row_count() const {
  return integer(property(bus_name_, path_, table_interface, "NRows").get());
}

int accessible::column_count() const {
  return integer(property(bus_name_, path_, table_interface, "NColumns").get());
}

accessible accessible::cell(int row, int column) const {
  const variant answer = call(bus_name_, path_, table_interface, "GetAccessibleAt",
                              g_variant_new("(ii)", row, column), "((so))");
  const char* bus_name = nullptr;
  const char* path = nullptr;
  g_variant_get(answer.get(), "((&s&o))", &bus_name, &path);
  if (std::string_view{path} == null_path) throw gone{"the table has no such cell"};
  return {bus_name, path};
}

std::vector<std::string> accessible::row(int row) const {
  std::vector<std::string> texts;
  const int columns = column_count();
  for (int column = 0; column < columns; ++column) texts.push_back(cell(row, column).text());
  return texts;
}

bool accessible::walk(const std::function<bool(const accessible&)>& found) const {
  if (child_count() > children_searched_max) return false;
  for (const accessible& child : children()) {
    try {
      if (found(child) || child.walk(found)) return true;
    } catch (const gone&) {
      // The others are still there.
    }
  }
  return false;
}

std::vector<accessible> accessible::find_all(std::string_view role,
                                             std::optional<std::string_view> name) const {
  std::vector<accessible> all;
  walk([&](const accessible& thing) {
    if (thing.role() == role && (!name || thing.name() == *name) && thing.is_shown()) {
      all.push_back(thing);
    }
    return false;
  });
  return all;
}

std::optional<accessible> accessible::find_now(std::string_view role,
                                               std::optional<std::string_view> name) const {
  std::optional<accessible> first;
  walk([&](const accessible& thing) {
    if (thing.role() != role || (name && thing.name() != *name) || !thing.is_shown()) return false;
    first = thing;
    return true;
  });
  return first;
}

void accessible::dump_to(std::string& text, int depth, int& lines_left) const {
  if (--lines_left < 0) return;
  text.append(static_cast<std::size_t>(depth) * 2, ' ');
  try {
    std::ostringstream line;
    line << role() << " \"" << name() << '"';
    if (const std::string shown = this->text(); shown != name()) line << " text \"" << shown << '"';
    if (const auto number = value()) line << " value " << *number;
    if (const rectangle place = area(); place != rectangle{}) line << ", " << place;
    line << ", ";
    for (const std::string& state : states()) line << ' ' << state;
    const int count = child_count();
    if (count > children_searched_max) line << ", with " << count << " children";
    text += line.str() + '\n';
    if (count > children_searched_max) return;
    for (const accessible& child : children()) child.dump_to(text, depth + 1, lines_left);
  } catch (const gone& reason) {
    text += std::string{"(gone: "} + reason.what() + ")\n";
  }
}

std::string accessible::dump() const {
  std::string text;
  int lines_left = 1000;
  try {
    dump_to(text, 0, lines_left);
  } catch (const not_answering& reason) {
    text += std::string{"(does not answer: "} + reason.what() + ")\n";
  }
  if (lines_left < 0) text += "(and so on)\n";
  return text;
}

std::optional<accessible> accessible_program(pid_t pid) {
  for (const accessible& program : children_of(registry, root_path)) {
    if (program.belongs_to(pid)) return program;
  }
  return std::nullopt;
}

bool accessible::belongs_to(pid_t pid) const {
  try {
    return pid_of(bus_name_) == pid;
  } catch (const gone&) {
    return false;
  }
}

void click(const accessible& thing, mouse_button button) { click(thing.place_to_click(), button); }

void double_click(const accessible& thing) { double_click(thing.place_to_click()); }

point accessible::place_to_click() const {
  const rectangle place = area();
  if (place == rectangle{}) throw gone{role() + " \"" + name() + "\" is not on the screen"};
  return place.middle();
}

std::string dump_of_all_programs() {
  std::string text;
  try {
    for (const accessible& program : children_of(registry, root_path)) text += program.dump();
  } catch (const std::exception& reason) {
    text += std::string{"(the accessibility bus: "} + reason.what() + ")\n";
  }
  return text;
}

void open_accessibility(const std::string& session_bus_address) {
  connection = connect_to(session_bus_address);
  std::string address;
  try {
    const variant answer =
        call("org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress", nullptr, "(s)");
    const char* text = nullptr;
    g_variant_get(answer.get(), "(&s)", &text);
    address = text;
  } catch (const std::runtime_error&) {
    close_accessibility();
    throw;
  }
  close_accessibility();
  connection = connect_to(address);
  // Starts the registry, which programs tell about themselves.
  children_of(registry, root_path);
}

void close_accessibility() {
  if (connection == nullptr) return;
  g_dbus_connection_close_sync(connection, nullptr, nullptr);
  g_object_unref(std::exchange(connection, nullptr));
  pids.clear();
}

}  // namespace offstage::display
