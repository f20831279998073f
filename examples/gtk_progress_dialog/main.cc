// A progress dialog for a task in steps, with GTK: a folder's files are read behind a modal dialog,
// in a thread or in a worker process. Try it by hand:
//
//   bazel run //examples/gtk_progress_dialog -- --context processes /usr/include

#include <gtk/gtk.h>

#include <memory>
#include <string>

#include "actors/dialog/gtk/gtk_progress_dialog.h"
#include "actors/loop/glib/glib_loop.h"
#include "actors/offstage.h"
#include "examples/checksum/checksum.h"
#include "examples/checksum/command_line.h"

namespace {

class checksum_window {
 public:
  checksum_window(GtkApplication* application, offstage::executor& workers, std::string folder)
      : workers_(workers),
        folder_(std::move(folder)),
        window_(GTK_WINDOW(gtk_application_window_new(application))) {
    gtk_window_set_title(window_, "Checksum");
    gtk_window_set_default_size(window_, 420, -1);
    auto* const all = GTK_BOX(gtk_box_new(GTK_ORIENTATION_VERTICAL, 12));
    for (auto* const each :
         {gtk_label_new(("Folder: " + folder_).c_str()), button_, GTK_WIDGET(result_)}) {
      gtk_box_append(all, each);
    }
    for (auto* const set : {gtk_widget_set_margin_top, gtk_widget_set_margin_bottom,
                            gtk_widget_set_margin_start, gtk_widget_set_margin_end}) {
      set(GTK_WIDGET(all), 12);
    }
    gtk_window_set_child(window_, GTK_WIDGET(all));
    g_signal_connect_swapped(button_, "clicked",
                             G_CALLBACK(+[](checksum_window* self) { self->look(); }), this);
    g_signal_connect_swapped(window_, "destroy", G_CALLBACK(+[](checksum_window* self) {
                               // Nobody is left to look at a result.
                               self->window_ = nullptr;
                               self->workers_.stop();
                             }),
                             this);
    gtk_window_present(window_);
  }

 private:
  // How much there is to do is looked for first, which is work, too.
  void look() {
    gtk_label_set_text(result_, "");
    auto listing = offstage::submit_call(workers_, files_below, folder_);
    listing.on_done([this](const auto& future) {
      if (future.state() == offstage::future_state::completed) {
        read(future.take_result());
      } else {
        show_end(future);
      }
    });
    show(offstage::followed_task{listing, "Looking for files"});
  }

  void read(const std::vector<listed_file>& files) {
    auto future = offstage::submit_steps(workers_, size_of(files), "Reading", checksum, files);
    future.on_done([this, count = files.size()](const auto& future) {
      if (future.state() == offstage::future_state::completed) {
        say(std::to_string(count) + " files, checksum " + to_hex(future.result()));
      } else {
        show_end(future);
      }
    });
    show(future);
  }

  void show(const offstage::followed_task& task) {
    dialog_ = std::make_unique<offstage::gtk_progress_dialog>(
        task, offstage::gtk_progress_dialog_options{.title = "Reading files",
                                                    .parent = window_,
                                                    .modality = offstage::dialog_modality::window,
                                                    .amount_text = [](auto complete, auto total) {
                                                      return total > 0 ? megabytes(complete, total)
                                                                       : std::string();
                                                    }});
    dialog_->show();
  }

  // The dialog says why.
  template <class Future>
  void show_end(const Future& future) {
    say(future.state() == offstage::future_state::failed ? "Failed" : "Cancelled");
  }

  void say(const std::string& text) {
    if (window_ != nullptr) gtk_label_set_text(result_, text.c_str());
  }

  offstage::executor& workers_;
  const std::string folder_;
  GtkWindow* window_;
  GtkWidget* button_ = gtk_button_new_with_label("Sum up");
  GtkLabel* result_ = GTK_LABEL(gtk_label_new(""));
  std::unique_ptr<offstage::gtk_progress_dialog> dialog_;
};

struct parts {
  offstage::executor& workers;
  std::string folder;
  std::unique_ptr<checksum_window> window;
};

}  // namespace

int main(int argc, char** argv) {
  offstage::worker_entry(argc, argv);
  const auto line = read_command_line("gtk_progress_dialog", argc, argv);
  if (!line) return 2;

  offstage::glib_loop loop;
  offstage::executor workers{loop, {.context = line->context.get(), .worker_count = 1}};
  parts program{workers, line->folder, nullptr};
  auto* const application = gtk_application_new("org.offstage.Checksum", G_APPLICATION_NON_UNIQUE);
  g_signal_connect(application, "activate", G_CALLBACK(+[](GtkApplication* it, parts* program) {
                     program->window =
                         std::make_unique<checksum_window>(it, program->workers, program->folder);
                   }),
                   &program);
  const int status = g_application_run(G_APPLICATION(application), 0, nullptr);
  g_object_unref(application);
  return status;
}
