#include "examples/gtk_prime_counting/prime_window.h"

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace {

constexpr std::uint64_t least = 2;
constexpr std::uint64_t most = 10'000'000'000;

// With a comma between thousands.
std::string readable(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i != 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string primes(std::uint64_t count) {
  return readable(count) + (count == 1 ? " prime" : " primes");
}

// A number as a person types it: spaces around it and commas in it do no harm.
std::optional<std::uint64_t> number_in(std::string_view typed) {
  std::string digits;
  for (const char letter : typed) {
    if (letter != ',' && letter != ' ') digits += letter;
  }
  std::uint64_t number = 0;
  const auto* const end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end || number < least || number > most) {
    return std::nullopt;
  }
  return number;
}

}  // namespace

prime_window::prime_window(GtkApplication* application, offstage::executor& workers)
    : workers_(workers), window_(GTK_WINDOW(gtk_application_window_new(application))) {
  build();
  gtk_window_present(window_);
}

void prime_window::build() {
  gtk_window_set_title(window_, "Prime counting");
  gtk_window_set_default_size(window_, 440, -1);

  auto* const name = gtk_label_new_with_mnemonic("Count the primes _below");
  gtk_label_set_xalign(GTK_LABEL(name), 0);
  auto* const entry = gtk_entry_new();
  limit_ = GTK_EDITABLE(entry);
  gtk_editable_set_text(limit_, "20,000,000");
  gtk_entry_set_input_purpose(GTK_ENTRY(entry), GTK_INPUT_PURPOSE_NUMBER);
  gtk_entry_set_activates_default(GTK_ENTRY(entry), TRUE);
  gtk_widget_set_hexpand(entry, TRUE);
  gtk_label_set_mnemonic_widget(GTK_LABEL(name), entry);
  gtk_accessible_update_relation(GTK_ACCESSIBLE(entry), GTK_ACCESSIBLE_RELATION_LABELLED_BY, name,
                                 nullptr, -1);
  // Not gtk_button_new_with_mnemonic, with which GTK 4.8 tells screen readers the underscore, too.
  button_ = gtk_button_new();
  auto* const button_text = gtk_label_new_with_mnemonic("_Count");
  gtk_label_set_mnemonic_widget(GTK_LABEL(button_text), button_);
  gtk_button_set_child(GTK_BUTTON(button_), button_text);
  gtk_widget_add_css_class(button_, "suggested-action");
  auto* const result = gtk_label_new("");
  result_ = GTK_LABEL(result);
  gtk_label_set_xalign(result_, 0);
  gtk_label_set_wrap(result_, TRUE);
  gtk_label_set_selectable(result_, TRUE);
  gtk_widget_set_can_focus(result, FALSE);

  auto* const line = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
  for (auto* const each : {name, entry, button_}) gtk_box_append(GTK_BOX(line), each);
  auto* const all = gtk_box_new(GTK_ORIENTATION_VERTICAL, 18);
  gtk_box_append(GTK_BOX(all), line);
  gtk_box_append(GTK_BOX(all), result);
  for (auto* const set : {gtk_widget_set_margin_top, gtk_widget_set_margin_bottom,
                          gtk_widget_set_margin_start, gtk_widget_set_margin_end}) {
    set(all, 18);
  }
  gtk_window_set_child(window_, all);
  gtk_window_set_default_widget(window_, button_);

  g_signal_connect_swapped(button_, "clicked",
                           G_CALLBACK(+[](prime_window* self) { self->count(); }), this);
  auto* const keys = gtk_event_controller_key_new();
  g_signal_connect(keys, "key-pressed",
                   G_CALLBACK(+[](GtkEventControllerKey*, guint key, guint, GdkModifierType,
                                  prime_window* self) -> gboolean {
                     if (key != GDK_KEY_Escape) return FALSE;
                     self->cancel();
                     return TRUE;
                   }),
                   this);
  gtk_widget_add_controller(GTK_WIDGET(window_), keys);
  g_signal_connect_swapped(window_, "destroy", G_CALLBACK(+[](prime_window* self) {
                             // Whoever closes the window wants no count.
                             self->window_ = nullptr;
                             self->cancel();
                           }),
                           this);
}

void prime_window::count() {
  if (future_.valid() && !future_.done()) return;
  const auto below = number_in(gtk_editable_get_text(limit_));
  if (!below) {
    const auto problem = "Type a number from " + readable(least) + " to " + readable(most) + ".";
    gtk_label_set_text(result_, problem.c_str());
    gtk_widget_grab_focus(GTK_WIDGET(limit_));
    return;
  }
  gtk_label_set_text(result_, "Counting…");
  gtk_widget_set_sensitive(button_, FALSE);

  // The dialog needs the latest count, not every one of them.
  primes_so_far_ = 0;
  future_ =
      offstage::submit_progress(workers_, {offstage::delivery::latest_value}, count_primes, *below);
  future_.on_progress([this](const count_so_far& now) { primes_so_far_ = now.primes; });
  future_.on_done([this, below = *below](const auto& future) { show_end(future, below); });

  dialog_ = std::make_unique<offstage::gtk_progress_dialog>(
      offstage::followed_task{
          future_,
          [below = *below](const count_so_far& now) {
            return offstage::task_reading{primes(now.primes) + " so far", now.tried, below};
          },
          {"Waiting for a worker", 0, *below}},
      offstage::gtk_progress_dialog_options{.title = "Counting primes",
                                            .parent = window_,
                                            .amount_text = [](auto complete, auto total) {
                                              return readable(complete) + " of " + readable(total);
                                            }});
  dialog_->show();
}

void prime_window::show_end(const counting& future, std::uint64_t below) {
  if (window_ == nullptr) return;
  std::string text;
  switch (future.state()) {
    case offstage::future_state::completed:
      text = primes(future.result()) + " below " + readable(below) + ".";
      break;
    case offstage::future_state::failed:
      text = "The count failed.";
      break;
    default:
      text = "Cancelled after " + primes(primes_so_far_) + ".";
      break;
  }
  gtk_label_set_text(result_, text.c_str());
  gtk_widget_set_sensitive(button_, TRUE);
  gtk_widget_grab_focus(GTK_WIDGET(limit_));
}

void prime_window::cancel() {
  if (future_.valid()) future_.cancel();
}
