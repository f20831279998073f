#include "actors/dialog/gtk/gtk_progress_dialog.h"

#include <gtk/gtk.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "actors/dialog/progress_presenter.h"

namespace offstage {

namespace {

constexpr int text_width = 400;

// GTK takes UTF-8 only, whatever a task says.
std::string valid_text(const std::string& text) {
  char* const valid = g_utf8_make_valid(text.data(), static_cast<gssize>(text.size()));
  std::string out = valid;
  g_free(valid);
  return out;
}

void set_text(GtkLabel* label, const std::string& text) {
  const auto valid = valid_text(text);
  if (valid != gtk_label_get_text(label)) gtk_label_set_text(label, valid.c_str());
}

// Nothing moves under a person's hand when the text grows to this.
void make_room(GtkLabel* label, const std::string& widest) {
  PangoLayout* const layout =
      gtk_widget_create_pango_layout(GTK_WIDGET(label), valid_text(widest).c_str());
  int width = 0;
  pango_layout_get_pixel_size(layout, &width, nullptr);
  g_object_unref(layout);
  int before = 0;
  gtk_widget_get_size_request(GTK_WIDGET(label), &before, nullptr);
  if (width > before) gtk_widget_set_size_request(GTK_WIDGET(label), width, -1);
}

GtkLabel* new_label() {
  auto* const label = GTK_LABEL(gtk_label_new(nullptr));
  gtk_label_set_xalign(label, 0);
  return label;
}

// What a person does to a window behind a modal one.
gboolean is_input(GtkEventControllerLegacy*, GdkEvent* event, gpointer) {
  switch (gdk_event_get_event_type(event)) {
    case GDK_BUTTON_PRESS:
    case GDK_BUTTON_RELEASE:
    case GDK_KEY_PRESS:
    case GDK_KEY_RELEASE:
    case GDK_SCROLL:
    case GDK_TOUCH_BEGIN:
    case GDK_TOUCH_UPDATE:
    case GDK_TOUCH_END:
      return GDK_EVENT_STOP;
    default:
      return GDK_EVENT_PROPAGATE;
  }
}

// A modal window keeps input from others once it is there. Until then, this does.
class input_shield {
 public:
  input_shield() {
    GListModel* const all = gtk_window_get_toplevels();
    for (guint i = 0; i < g_list_model_get_n_items(all); ++i) {
      auto* const each = static_cast<GtkWidget*>(g_list_model_get_item(all, i));
      GtkEventController* const stops = gtk_event_controller_legacy_new();
      gtk_event_controller_set_propagation_phase(stops, GTK_PHASE_CAPTURE);
      g_signal_connect(stops, "event", G_CALLBACK(is_input), nullptr);
      gtk_widget_add_controller(each, GTK_EVENT_CONTROLLER(g_object_ref(stops)));
      shielded_.push_back({each, stops});
    }
  }
  ~input_shield() {
    for (const auto& [widget, stops] : shielded_) {
      // A window that was destroyed meanwhile has none left.
      if (gtk_event_controller_get_widget(stops) == widget) {
        gtk_widget_remove_controller(widget, stops);
      }
      g_object_unref(stops);
      g_object_unref(widget);
    }
  }
  input_shield(const input_shield&) = delete;
  input_shield& operator=(const input_shield&) = delete;

 private:
  struct shielded {
    GtkWidget* widget;
    GtkEventController* stops;
  };
  std::vector<shielded> shielded_;
};

// Whether an event of the mouse comes at a bad time. After each layout GTK makes a motion, without
// a time and with what the mouse does by then. If that is not pressed any more, and GTK has yet to
// come to the release, the motion takes the click back; and a dialog that changes thirty times a
// second has a layout at any time.
gboolean is_untimely(GtkEventControllerLegacy*, GdkEvent* event, gpointer data) {
  bool& pressed = *static_cast<bool*>(data);
  constexpr int buttons =
      GDK_BUTTON1_MASK | GDK_BUTTON2_MASK | GDK_BUTTON3_MASK | GDK_BUTTON4_MASK | GDK_BUTTON5_MASK;
  switch (gdk_event_get_event_type(event)) {
    case GDK_BUTTON_PRESS:
      pressed = true;
      break;
    case GDK_BUTTON_RELEASE:
      pressed = false;
      break;
    case GDK_MOTION_NOTIFY:
      if ((gdk_event_get_modifier_state(event) & buttons) != 0) break;
      if (gdk_event_get_time(event) == GDK_CURRENT_TIME) return pressed;
      pressed = false;
      break;
    default:
      break;
  }
  return GDK_EVENT_PROPAGATE;
}

// No click into the window is taken back.
void keep_clicks(GtkWidget* window) {
  GtkEventController* const mouse = gtk_event_controller_legacy_new();
  gtk_event_controller_set_propagation_phase(mouse, GTK_PHASE_CAPTURE);
  g_signal_connect_data(
      mouse, "event", G_CALLBACK(is_untimely), new bool(false),
      [](gpointer pressed, GClosure*) { delete static_cast<bool*>(pressed); }, GConnectFlags(0));
  gtk_widget_add_controller(window, mouse);
}

}  // namespace

class gtk_progress_dialog::window final : public progress_presenter {
 public:
  window(followed_task task, const gtk_progress_dialog_options& asked)
      : progress_presenter(std::move(task), asked.without_parent()) {
    // A dialog for screen readers; this cannot be changed later.
    widget_ = GTK_WINDOW(
        g_object_new(GTK_TYPE_WINDOW, "accessible-role", GTK_ACCESSIBLE_ROLE_DIALOG, nullptr));
    gtk_window_set_title(widget_, options().title.c_str());
    gtk_window_set_default_size(widget_, text_width, -1);
    if (asked.parent != nullptr) {
      gtk_window_set_transient_for(widget_, asked.parent);
      gtk_window_set_destroy_with_parent(widget_, TRUE);
    }
    set_modal(options().modality != dialog_modality::none);
    build();
    g_signal_connect(widget_, "close-request", G_CALLBACK(on_close_request), this);
    g_signal_connect(widget_, "destroy", G_CALLBACK(on_destroy), this);
    g_signal_connect(button_, "clicked", G_CALLBACK(on_clicked), this);
    keys_ = gtk_event_controller_key_new();
    g_signal_connect(keys_, "key-pressed", G_CALLBACK(on_key), this);
    gtk_widget_add_controller(GTK_WIDGET(widget_), keys_);
    keep_clicks(GTK_WIDGET(widget_));
  }

  ~window() override {
    if (timer_ != nullptr) {
      g_source_destroy(timer_);
      g_source_unref(timer_);
    }
    if (widget_ == nullptr) return;
    for (gpointer each : {gpointer(widget_), gpointer(button_), gpointer(keys_)}) {
      g_signal_handlers_disconnect_by_data(each, this);
    }
    gtk_window_destroy(widget_);
  }

  void show_dialog() {
    show();
    if (!closed() && !visible() && modal_ && !shield_) shield_ = std::make_unique<input_shield>();
  }

  bool run() {
    if (!modal_) set_modal(true);
    show_dialog();
    while (!closed()) g_main_context_iteration(nullptr, TRUE);
    return completed();
  }

  GtkWindow* widget() const { return widget_; }

 protected:
  void draw(const progress_picture& picture) override {
    if (widget_ == nullptr) return;
    set_text(message_, picture.message);
    if (picture.ended) {
      gtk_label_set_wrap(message_, TRUE);
      gtk_label_set_wrap_mode(message_, PANGO_WRAP_WORD_CHAR);
      gtk_label_set_ellipsize(message_, PANGO_ELLIPSIZE_NONE);
      gtk_label_set_selectable(message_, TRUE);
      gtk_widget_set_tooltip_text(GTK_WIDGET(message_), nullptr);
    } else {
      gtk_widget_set_tooltip_text(GTK_WIDGET(message_), gtk_label_get_text(message_));
    }
    if (picture.fraction) {
      gtk_progress_bar_set_fraction(bar_, *picture.fraction);
    } else {
      pulse();
    }
    make_room(amount_, picture.widest_amount);
    make_room(times_, picture.widest_times);
    set_text(amount_, picture.amount);
    set_text(times_, picture.times);
    if (picture.button != gtk_button_get_label(button_)) {
      gtk_button_set_label(button_, picture.button.c_str());
    }
    gtk_widget_set_sensitive(GTK_WIDGET(button_), picture.button_enabled);
    if (picture.ended) gtk_widget_grab_focus(GTK_WIDGET(button_));
  }

  void appear() override {
    shield_ = nullptr;
    if (widget_ != nullptr) gtk_window_present(widget_);
  }

  void disappear() noexcept override {
    shield_ = nullptr;
    if (widget_ != nullptr) gtk_widget_hide(GTK_WIDGET(widget_));
    // A nested run looks when it is woken.
    g_main_context_wakeup(nullptr);
  }

  void set_alarm(std::optional<clock::time_point> when) override {
    if (timer_ == nullptr) {
      if (!when) return;
      // A timeout source would set its next time by itself.
      static GSourceFuncs functions{nullptr, nullptr, dispatch_alarm, nullptr, nullptr, nullptr};
      timer_ = g_source_new(&functions, sizeof(GSource));
      g_source_set_static_name(timer_, "offstage progress dialog");
      g_source_set_can_recurse(timer_, TRUE);
      g_source_set_callback(timer_, on_alarm, this, nullptr);
      g_source_attach(timer_, nullptr);
    }
    if (!when) {
      g_source_set_ready_time(timer_, -1);
      return;
    }
    const auto left = std::chrono::ceil<std::chrono::microseconds>(*when - now()).count();
    g_source_set_ready_time(timer_, g_get_monotonic_time() + std::max<gint64>(left, 0));
  }

 private:
  void build() {
    message_ = new_label();
    gtk_label_set_ellipsize(message_, PANGO_ELLIPSIZE_MIDDLE);
    bar_ = GTK_PROGRESS_BAR(gtk_progress_bar_new());
    gtk_accessible_update_property(GTK_ACCESSIBLE(bar_), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   options().texts.bar.c_str(), -1);
    amount_ = new_label();
    gtk_widget_set_hexpand(GTK_WIDGET(amount_), TRUE);
    times_ = new_label();
    gtk_label_set_xalign(times_, 1);
    for (auto* const each : {amount_, times_}) {
      gtk_widget_add_css_class(GTK_WIDGET(each), "numeric");
    }
    button_ = GTK_BUTTON(gtk_button_new_with_label(options().texts.cancel.c_str()));
    gtk_widget_set_halign(GTK_WIDGET(button_), GTK_ALIGN_END);
    gtk_widget_set_valign(GTK_WIDGET(button_), GTK_ALIGN_END);
    gtk_widget_set_vexpand(GTK_WIDGET(button_), TRUE);

    auto* const figures = GTK_BOX(gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12));
    gtk_box_append(figures, GTK_WIDGET(amount_));
    gtk_box_append(figures, GTK_WIDGET(times_));
    auto* const all = GTK_BOX(gtk_box_new(GTK_ORIENTATION_VERTICAL, 12));
    for (auto* const each :
         {GTK_WIDGET(message_), GTK_WIDGET(bar_), GTK_WIDGET(figures), GTK_WIDGET(button_)}) {
      gtk_box_append(all, each);
    }
    constexpr int margin = 18;
    gtk_widget_set_margin_top(GTK_WIDGET(all), margin);
    gtk_widget_set_margin_bottom(GTK_WIDGET(all), margin);
    gtk_widget_set_margin_start(GTK_WIDGET(all), margin);
    gtk_widget_set_margin_end(GTK_WIDGET(all), margin);
    gtk_window_set_child(widget_, GTK_WIDGET(all));
    gtk_window_set_focus(widget_, GTK_WIDGET(button_));
  }

  // As far as time has gone since, so that the bar is as fast in a flood as without one.
  void pulse() {
    const auto time = now();
    const std::chrono::duration<double> since = time - pulsed_at_;
    pulsed_at_ = time;
    gtk_progress_bar_set_pulse_step(bar_, std::clamp(since.count() / 3, 0.005, 0.15));
    gtk_progress_bar_pulse(bar_);
  }

  void set_modal(bool modal) {
    modal_ = modal;
    if (widget_ != nullptr) gtk_window_set_modal(widget_, modal);
  }

  // Whatever GTK calls may destroy the dialog.
  static auto held(gpointer self) {
    return std::static_pointer_cast<window>(static_cast<window*>(self)->shared_from_this());
  }

  static gboolean on_close_request(GtkWindow*, gpointer self) {
    held(self)->close_requested();
    return TRUE;
  }

  static void on_clicked(GtkButton*, gpointer self) { held(self)->button_pressed(); }

  static gboolean on_key(GtkEventControllerKey*, guint key, guint, GdkModifierType, gpointer self) {
    if (key != GDK_KEY_Escape) return FALSE;
    held(self)->close_requested();
    return TRUE;
  }

  static void on_destroy(GtkWidget*, gpointer self) {
    const auto alive = held(self);
    alive->widget_ = nullptr;
    alive->window_lost();
  }

  static gboolean dispatch_alarm(GSource*, GSourceFunc call, gpointer self) { return call(self); }

  static gboolean on_alarm(gpointer self) {
    const auto alive = held(self);
    g_source_set_ready_time(alive->timer_, -1);
    alive->alarm();
    return G_SOURCE_CONTINUE;
  }

  // Null once it is destroyed; the others are its own. GTK owns it: a reference held here would put
  // off the signal that says so.
  GtkWindow* widget_;
  GtkLabel* message_ = nullptr;
  GtkProgressBar* bar_ = nullptr;
  GtkLabel* amount_ = nullptr;
  GtkLabel* times_ = nullptr;
  GtkButton* button_ = nullptr;
  GtkEventController* keys_ = nullptr;
  GSource* timer_ = nullptr;
  clock::time_point pulsed_at_;
  bool modal_ = false;
  std::unique_ptr<input_shield> shield_;
};

gtk_progress_dialog::gtk_progress_dialog(followed_task task, gtk_progress_dialog_options options)
    : window_(std::make_shared<window>(std::move(task), options)) {}

gtk_progress_dialog::~gtk_progress_dialog() { window_->abandon(); }

void gtk_progress_dialog::show() {
  // Held because whatever runs meanwhile may destroy the dialog.
  const auto held = window_;
  held->show_dialog();
}

bool gtk_progress_dialog::run() {
  const auto held = window_;
  return held->run();
}

bool gtk_progress_dialog::visible() const noexcept { return window_->visible(); }

bool gtk_progress_dialog::closed() const noexcept { return window_->closed(); }

GtkWindow* gtk_progress_dialog::widget() const noexcept { return window_->widget(); }

subscription gtk_progress_dialog::observe_closed(callback<> call) {
  return window_->on_closed(std::move(call));
}

}  // namespace offstage
