// The flood at a GTK window.

#include <gtk/gtk.h>

#include "actors/loop/glib/glib_loop.h"
#include "tools/benchmarks/loop_flood.h"

namespace {

// A call as GLib's source functions take them.
template <class Call>
gboolean call_and_free(gpointer data) {
  const std::unique_ptr<Call> call(static_cast<Call*>(data));
  (*call)();
  return G_SOURCE_REMOVE;
}

class toolkit {
 public:
  toolkit() {
    auto* const window = gtk_window_new();
    auto* const area = gtk_drawing_area_new();
    gtk_drawing_area_set_draw_func(
        GTK_DRAWING_AREA(area),
        [](GtkDrawingArea*, cairo_t* cairo, int, int, gpointer self) {
          const auto text = std::to_string(++static_cast<toolkit*>(self)->painted_);
          cairo_move_to(cairo, 20, 20);
          cairo_show_text(cairo, text.c_str());
        },
        this, nullptr);
    gtk_window_set_default_size(GTK_WINDOW(window), 400, 300);
    gtk_window_set_child(GTK_WINDOW(window), area);
    gtk_window_present(GTK_WINDOW(window));
    g_timeout_add(
        16,
        [](gpointer widget) -> gboolean {
          gtk_widget_queue_draw(GTK_WIDGET(widget));
          return G_SOURCE_CONTINUE;
        },
        area);
  }

  static auto make_loop() { return std::make_unique<offstage::glib_loop>(); }
  static void run(std::chrono::milliseconds time) {
    auto* const run = g_main_loop_new(nullptr, FALSE);
    g_timeout_add(
        static_cast<guint>(time.count()),
        [](gpointer of) -> gboolean {
          g_main_loop_quit(static_cast<GMainLoop*>(of));
          return G_SOURCE_REMOVE;
        },
        run);
    g_main_loop_run(run);
    g_main_loop_unref(run);
  }
  template <class Call>
  static void after_1_ms(Call call) {
    g_timeout_add(1, call_and_free<Call>, new Call(call));
  }
  template <class Call>
  static void post(Call call) {
    g_idle_add(call_and_free<Call>, new Call(call));
  }
  int painted() const { return painted_; }

 private:
  int painted_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  gtk_init();
  toolkit gtk;
  return offstage::bench::loop_flood(gtk).run(argc, argv);
}
