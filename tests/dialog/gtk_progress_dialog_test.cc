// GTK's progress dialog.

#include "actors/dialog/gtk/gtk_progress_dialog.h"

#include <gtest/gtest.h>
#include <gtk/gtk.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "actors/loop/glib/glib_loop.h"
#include "tests/dialog/progress_dialog_rows.h"
#include "tests/support/display/desktop.h"
#include "tests/support/display/eventually.h"
#include "tests/support/display/input.h"
#include "tests/support/display/window.h"

namespace offstage::testing {
namespace {

class screen : public ::testing::Environment {
 public:
  void SetUp() override {
    for (const auto& each : display::desktop::instance().environment()) {
      const auto sign = each.find('=');
      setenv(each.substr(0, sign).c_str(), each.substr(sign + 1).c_str(), 1);
    }
    gtk_init();
  }
  // The screen outlives the connection to it.
  void TearDown() override { gdk_display_close(gdk_display_get_default()); }
};

[[maybe_unused]] const auto* const environment = ::testing::AddGlobalTestEnvironment(new screen);

template <class Function>
void for_each_below(GtkWidget* widget, const Function& function) {
  function(widget);
  for (auto* each = gtk_widget_get_first_child(widget); each != nullptr;
       each = gtk_widget_get_next_sibling(each)) {
    for_each_below(each, function);
  }
}

struct gtk_toolkit {
  using loop = glib_loop;
  using dialog = gtk_progress_dialog;
  using options = gtk_progress_dialog_options;

  class parent {
   public:
    parent() {
      gtk_window_set_child(window_, button_);
      gtk_window_present(window_);
    }
    ~parent() { gtk_window_destroy(window_); }
    parent(const parent&) = delete;
    parent& operator=(const parent&) = delete;
    GtkWindow* window() { return window_; }
    // GTK has no way to make an event. Each goes through the window's controllers of this sort
    // first, and one more than a window has is there to stop it.
    void click() {
      if (stops() == stops_before_) ++clicks_;
    }
    int clicks() const { return clicks_; }

   private:
    guint stops() {
      guint count = 0;
      GListModel* const all = gtk_widget_observe_controllers(GTK_WIDGET(window_));
      for (guint i = 0; i < g_list_model_get_n_items(all); ++i) {
        auto* const each = static_cast<GtkEventController*>(g_list_model_get_item(all, i));
        if (GTK_IS_EVENT_CONTROLLER_LEGACY(each)) ++count;
        g_object_unref(each);
      }
      g_object_unref(all);
      return count;
    }

    GtkWindow* window_ = GTK_WINDOW(gtk_window_new());
    GtkWidget* button_ = gtk_button_new_with_label("Count");
    guint stops_before_ = stops();
    int clicks_ = 0;
  };

  static shown_progress read(const dialog& from) {
    shown_progress out;
    std::vector<std::string> texts;
    for_each_below(GTK_WIDGET(from.widget()), [&](GtkWidget* each) {
      if (GTK_IS_BUTTON(each)) {
        if (gtk_button_get_label(GTK_BUTTON(each)) == nullptr) return;
        out.button = gtk_button_get_label(GTK_BUTTON(each));
        out.button_enabled = gtk_widget_get_sensitive(each) != FALSE;
      } else if (GTK_IS_PROGRESS_BAR(each)) {
        out.fraction = gtk_progress_bar_get_fraction(GTK_PROGRESS_BAR(each));
        // A busy bar has a style of its own, and nothing else that could be asked.
        for_each_below(each, [&](GtkWidget* part) {
          if (gtk_widget_has_css_class(part, "pulse")) out.fraction = std::nullopt;
        });
      } else if (GTK_IS_LABEL(each) && gtk_widget_get_ancestor(each, GTK_TYPE_BUTTON) == nullptr &&
                 !gtk_widget_has_css_class(each, "title")) {
        texts.push_back(gtk_label_get_text(GTK_LABEL(each)));
      }
    });
    EXPECT_EQ(texts.size(), 3U);
    texts.resize(3);
    out.message = texts[0];
    out.amount = texts[1];
    out.times = texts[2];
    return out;
  }
  static void press_button(dialog& of) {
    GtkWidget* button = nullptr;
    for_each_below(GTK_WIDGET(of.widget()), [&](GtkWidget* each) {
      if (GTK_IS_BUTTON(each) && gtk_button_get_label(GTK_BUTTON(each)) != nullptr) button = each;
    });
    g_signal_emit_by_name(button, "clicked");
  }
  static void press_escape(dialog& of) {
    GListModel* const all = gtk_widget_observe_controllers(GTK_WIDGET(of.widget()));
    gboolean handled = FALSE;
    for (guint i = 0; i < g_list_model_get_n_items(all) && !handled; ++i) {
      auto* const each = static_cast<GtkEventController*>(g_list_model_get_item(all, i));
      if (GTK_IS_EVENT_CONTROLLER_KEY(each)) {
        g_signal_emit_by_name(each, "key-pressed", GDK_KEY_Escape, 9U, GdkModifierType(0),
                              &handled);
      }
      g_object_unref(each);
    }
    g_object_unref(all);
    EXPECT_TRUE(handled);
  }
  static void close(dialog& it) { gtk_window_close(it.widget()); }
  static void later(std::function<void()> function) {
    g_idle_add_full(
        G_PRIORITY_DEFAULT,
        [](gpointer called) -> gboolean {
          (*static_cast<std::function<void()>*>(called))();
          return G_SOURCE_REMOVE;
        },
        new std::function<void()>(std::move(function)),
        [](gpointer called) { delete static_cast<std::function<void()>*>(called); });
  }
  static int least_width(const dialog& of) {
    int least = 0;
    gtk_widget_measure(GTK_WIDGET(of.widget()), GTK_ORIENTATION_HORIZONTAL, -1, &least, nullptr,
                       nullptr, nullptr);
    return least;
  }
  // Each new picture has a new amount.
  static std::shared_ptr<long> paints(dialog& of) {
    auto count = std::make_shared<long>(0);
    GtkWidget* bar = nullptr;
    for_each_below(GTK_WIDGET(of.widget()), [&](GtkWidget* each) {
      if (GTK_IS_PROGRESS_BAR(each)) bar = each;
    });
    g_signal_connect_data(
        bar, "notify::fraction", G_CALLBACK(+[](GObject*, GParamSpec*, gpointer to) {
          ++**static_cast<std::shared_ptr<long>*>(to);
        }),
        new std::shared_ptr<long>(count),
        [](gpointer to, GClosure*) { delete static_cast<std::shared_ptr<long>*>(to); },
        GConnectFlags(0));
    return count;
  }
};

INSTANTIATE_TYPED_TEST_SUITE_P(Gtk, ProgressDialogRows, gtk_toolkit);

TEST(GtkProgressDialogTest, LeavesTheLoopAloneWhenNothingChanges) {
  glib_loop loop;
  scripted_task task{loop, 8, "Preparing"};
  gtk_progress_dialog dialog{task.future(), {.delay = std::chrono::milliseconds(1)}};
  dialog.show();
  EXPECT_TRUE(loop.run_until([&] { return dialog.visible(); }, std::chrono::minutes(1)));
  task.starts();
  task.reports(1, 8, "Copying");
  // GTK still draws for a while; a timer that is always due would never let it rest.
  bool rested = false;
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!rested && std::chrono::steady_clock::now() < end) {
    rested = g_main_context_iteration(nullptr, FALSE) == FALSE;
  }
  EXPECT_TRUE(rested);
}

// Whoever holds the window's parts, an event on its way for instance, finds nothing of ours in
// them.
TEST(GtkProgressDialogTest, LeavesNothingBehindInItsWindow) {
  glib_loop loop;
  scripted_task task{loop, 8, "Preparing"};
  std::vector<GObject*> held;
  {
    gtk_progress_dialog dialog{task.future(), {.delay = std::chrono::milliseconds(0)}};
    dialog.show();
    GListModel* const all = gtk_widget_observe_controllers(GTK_WIDGET(dialog.widget()));
    for (guint i = 0; i < g_list_model_get_n_items(all); ++i) {
      held.push_back(G_OBJECT(g_list_model_get_item(all, i)));
    }
    g_object_unref(all);
  }
  task.starts();
  for (auto* const each : held) {
    if (GTK_IS_EVENT_CONTROLLER_KEY(each)) {
      gboolean handled = FALSE;
      g_signal_emit_by_name(each, "key-pressed", GDK_KEY_Escape, 9, 0, &handled);
      EXPECT_FALSE(handled);
    }
    g_object_unref(each);
  }
  EXPECT_EQ(task.cancels(), 0);
}

// Releases the mouse's button at the worst moment: after GTK has read what there was to read, and
// before it looks where the mouse is, which it does when it flushes events after a layout.
class late_release {
 public:
  explicit late_release(GtkWidget* window) : clock_(gtk_widget_get_frame_clock(window)) {
    for (const auto& [name, call] :
         {std::pair{"layout", &on_layout}, {"flush-events", &on_flush}}) {
      const guint signal = g_signal_lookup(name, GDK_TYPE_FRAME_CLOCK);
      hooks_.emplace_back(signal, g_signal_add_emission_hook(signal, 0, call, this, nullptr));
    }
  }
  ~late_release() {
    for (const auto& [signal, hook] : hooks_) g_signal_remove_emission_hook(signal, hook);
  }
  late_release(const late_release&) = delete;
  late_release& operator=(const late_release&) = delete;

  // From the next layout on.
  void arm() { armed_ = true; }
  bool done() const { return done_; }

 private:
  static gboolean on_layout(GSignalInvocationHint*, guint, const GValue*, gpointer data) {
    auto* const self = static_cast<late_release*>(data);
    if (!self->armed_) return TRUE;
    self->after_layout_ = true;
    gdk_frame_clock_request_phase(self->clock_, GDK_FRAME_CLOCK_PHASE_FLUSH_EVENTS);
    return TRUE;
  }
  // Hooks come before handlers.
  static gboolean on_flush(GSignalInvocationHint*, guint, const GValue*, gpointer data) {
    auto* const self = static_cast<late_release*>(data);
    if (self->after_layout_ && !std::exchange(self->done_, true)) display::release();
    return TRUE;
  }

  GdkFrameClock* clock_;
  std::vector<std::pair<guint, gulong>> hooks_;
  bool armed_ = false;
  bool after_layout_ = false;
  bool done_ = false;
};

TEST(GtkProgressDialogTest, NoClickIsLostWhileItChanges) {
  glib_loop loop;
  const auto wait = [&](const std::function<bool()>& condition) {
    return loop.run_until(condition, std::chrono::minutes(1));
  };
  scripted_task task{loop, 1000, "Preparing"};
  gtk_progress_dialog dialog{task.future(),
                             {.title = "Clicked", .delay = std::chrono::milliseconds(0)}};
  dialog.show();
  task.starts();
  GtkWidget* const window = GTK_WIDGET(dialog.widget());
  GtkWidget* button = nullptr;
  for_each_below(window, [&](GtkWidget* each) {
    if (GTK_IS_BUTTON(each)) button = each;
  });
  std::optional<display::window> seen;
  ASSERT_TRUE(wait([&] {
    for (const auto& each : display::open_windows()) {
      try {
        if (each.title() == "Clicked" && each.has_keyboard()) seen = each;
      } catch (const display::gone&) {
        // Another dialog's window, on its way out.
      }
    }
    return seen && gtk_widget_get_width(button) > 0;
  }));
  graphene_point_t middle{static_cast<float>(gtk_widget_get_width(button)) / 2,
                          static_cast<float>(gtk_widget_get_height(button)) / 2};
  ASSERT_TRUE(gtk_widget_compute_point(button, window, &middle, &middle));
  const auto origin = seen->area().origin;
  display::move_mouse(
      {origin.x + static_cast<int>(middle.x), origin.y + static_cast<int>(middle.y)});
  const auto is = [&](GtkStateFlags state) {
    return (gtk_widget_get_state_flags(button) & state) != 0;
  };
  const auto shows = [&](const std::string& text) {
    bool found = false;
    for_each_below(window, [&](GtkWidget* each) {
      if (GTK_IS_LABEL(each)) found |= gtk_label_get_text(GTK_LABEL(each)) == text;
    });
    return found;
  };
  ASSERT_TRUE(wait([&] { return is(GTK_STATE_FLAG_PRELIGHT); }));
  display::press();
  ASSERT_TRUE(wait([&] { return is(GTK_STATE_FLAG_ACTIVE); }));
  late_release releases(window);
  for (std::uint64_t i = 1; i < 1000 && is(GTK_STATE_FLAG_ACTIVE); ++i) {
    // What the press itself has changed has no layout of the whole window.
    if (i == 4) releases.arm();
    task.reports(i, 1000, "Copying " + std::to_string(i));
    const auto amount = std::to_string(i) + " of 1000";
    ASSERT_TRUE(wait([&] { return shows(amount) || !is(GTK_STATE_FLAG_ACTIVE); }));
  }
  EXPECT_TRUE(releases.done());
  EXPECT_EQ(task.cancels(), 1);
}

TEST(GtkProgressDialogTest, IsReadToThoseWhoDoNotSee) {
  glib_loop loop;
  scripted_task task{loop, 8, "Preparing"};
  gtk_progress_dialog dialog{task.future(),
                             {.title = "Copying", .delay = std::chrono::milliseconds(0)}};
  dialog.show();
  EXPECT_EQ(gtk_accessible_get_accessible_role(GTK_ACCESSIBLE(dialog.widget())),
            GTK_ACCESSIBLE_ROLE_DIALOG);
  for_each_below(GTK_WIDGET(dialog.widget()), [](GtkWidget* each) {
    if (!GTK_IS_PROGRESS_BAR(each)) return;
    char* const why = gtk_test_accessible_check_property(GTK_ACCESSIBLE(each),
                                                         GTK_ACCESSIBLE_PROPERTY_LABEL, "Progress");
    EXPECT_EQ(why, nullptr) << why;
    g_free(why);
  });
}

}  // namespace
}  // namespace offstage::testing
