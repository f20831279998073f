// A GTK window that stays alive while a call takes its time.

#include <gtk/gtk.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "actors/loop/glib/glib_loop.h"
#include "actors/offstage.h"

int slow_square(int n) {
  std::this_thread::sleep_for(std::chrono::seconds(1));
  return n * n;
}

void square(GtkButton* button, offstage::executor* executor) {
  gtk_button_set_label(button, "...");
  // The window may be gone before the result comes.
  const std::shared_ptr<GtkButton> kept(GTK_BUTTON(g_object_ref(button)), g_object_unref);
  auto future = offstage::submit_call(*executor, slow_square, 12);
  future.on_result([kept](const auto& done) {
    gtk_button_set_label(kept.get(), std::to_string(done.result()).c_str());
  });
}

void activate(GtkApplication* application, offstage::executor* executor) {
  auto* const window = gtk_application_window_new(application);
  auto* const button = gtk_button_new_with_label("Square 12");
  g_signal_connect(button, "clicked", G_CALLBACK(square), executor);
  gtk_window_set_title(GTK_WINDOW(window), "GTK");
  gtk_window_set_default_size(GTK_WINDOW(window), 200, 60);
  gtk_window_set_child(GTK_WINDOW(window), button);
  gtk_window_present(GTK_WINDOW(window));
}

int main(int argc, char** argv) {
  offstage::glib_loop loop;
  offstage::executor executor{loop};
  auto* const application = gtk_application_new(nullptr, G_APPLICATION_NON_UNIQUE);
  g_signal_connect(application, "activate", G_CALLBACK(activate), &executor);
  const int code = g_application_run(G_APPLICATION(application), argc, argv);
  g_object_unref(application);
  return code;
}
