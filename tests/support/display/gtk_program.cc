// A small GTK 4 window for the display's own test: a button that squares, a label, a progress bar.
// Its exit code is 40 and the number of squares, so that no other failure looks like it.

#include <gtk/gtk.h>

#include <string>

namespace {

struct widgets {
  GMainLoop* loop = nullptr;
  GtkWidget* input = nullptr;
  GtkWidget* label = nullptr;
  GtkWidget* progress = nullptr;
  int squares = 0;
};

void square(GtkWidget*, gpointer data) {
  auto& shown = *static_cast<widgets*>(data);
  const int number = std::atoi(gtk_editable_get_text(GTK_EDITABLE(shown.input)));
  gtk_label_set_text(GTK_LABEL(shown.label), std::to_string(number * number).c_str());
  ++shown.squares;
  gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(shown.progress), shown.squares / 4.0);
}

gboolean closed(GtkWindow*, gpointer data) {
  g_main_loop_quit(static_cast<widgets*>(data)->loop);
  return FALSE;
}

}  // namespace

int main() {
  gtk_init();
  widgets shown;
  shown.loop = g_main_loop_new(nullptr, FALSE);
  GtkWidget* window = gtk_window_new();
  gtk_window_set_title(GTK_WINDOW(window), "Squares in GTK");
  gtk_window_set_default_size(GTK_WINDOW(window), 420, 320);
  GtkWidget* box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
  shown.input = gtk_entry_new();
  GtkWidget* button = gtk_button_new_with_label("Square");
  shown.label = gtk_label_new("nothing yet");
  shown.progress = gtk_progress_bar_new();
  GtkWidget* spread = gtk_drawing_area_new();
  gtk_widget_set_vexpand(spread, TRUE);
  gtk_drawing_area_set_draw_func(
      GTK_DRAWING_AREA(spread),
      [](GtkDrawingArea*, cairo_t* cairo, int, int, gpointer) {
        cairo_set_source_rgb(cairo, 0.0, 0.5, 1.0);
        cairo_paint(cairo);
      },
      nullptr, nullptr);
  for (GtkWidget* widget : {shown.input, button, shown.label, shown.progress, spread}) {
    gtk_box_append(GTK_BOX(box), widget);
  }
  gtk_window_set_child(GTK_WINDOW(window), box);
  g_signal_connect(button, "clicked", G_CALLBACK(square), &shown);
  g_signal_connect(shown.input, "activate", G_CALLBACK(square), &shown);
  g_signal_connect(window, "close-request", G_CALLBACK(closed), &shown);
  gtk_window_present(GTK_WINDOW(window));
  g_main_loop_run(shown.loop);
  g_main_loop_unref(shown.loop);
  return 40 + shown.squares;
}
