// The window of gtk_prime_counting.
#pragma once

#include <gtk/gtk.h>

#include <cstdint>
#include <memory>

#include "actors/dialog/gtk/gtk_progress_dialog.h"
#include "actors/offstage.h"
#include "examples/gtk_prime_counting/count_primes.h"

/// Asks for a number, has the primes below it counted, and shows the count as it grows. It lives
/// until its application ends; its GTK window may be closed before.
class prime_window {
 public:
  prime_window(GtkApplication* application, offstage::executor& workers);
  prime_window(const prime_window&) = delete;
  prime_window& operator=(const prime_window&) = delete;

 private:
  using counting = offstage::progress_future<count_so_far, std::uint64_t>;

  void build();
  void count();
  void show_end(const counting& future, std::uint64_t below);
  void cancel();

  offstage::executor& workers_;
  GtkWindow* window_;
  GtkEditable* limit_ = nullptr;
  GtkWidget* button_ = nullptr;
  GtkLabel* result_ = nullptr;
  counting future_;
  std::uint64_t primes_so_far_ = 0;
  std::unique_ptr<offstage::gtk_progress_dialog> dialog_;
};
