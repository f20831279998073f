// A window in which primes are counted: the count grows in a progress dialog while the window stays
// alive, and Cancel, Escape or closing a window ends the count at once. It runs in a thread, or in
// a worker process. Try it by hand:
//
//   tools/run gtk_prime_counting -- --context processes

#include <iostream>
#include <memory>
#include <string_view>

#include "actors/loop/glib/glib_loop.h"
#include "actors/offstage.h"
#include "examples/gtk_prime_counting/prime_window.h"

namespace {

constexpr std::string_view usage =
    "usage: gtk_prime_counting [--context threads|processes]\n"
    "\n"
    "Opens a window that counts primes, in a thread (the default) or in a worker process.\n";

std::unique_ptr<offstage::parallel_context> context_named(std::string_view name) {
  if (name == "threads") return std::make_unique<offstage::multithreading_context>();
  if (name == "processes") return std::make_unique<offstage::multiprocessing_context>();
  return nullptr;
}

int refuse(std::string_view why) {
  std::cerr << "gtk_prime_counting: " << why << '\n' << usage;
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  offstage::worker_entry(argc, argv);
  std::string_view where = "threads";
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--help") {
      std::cout << usage;
      return 0;
    }
    if (word != "--context") return refuse("unknown argument '" + std::string(word) + "'");
    if (++i == argc) return refuse("--context needs a value");
    where = argv[i];
  }
  const auto context = context_named(where);
  if (!context) {
    return refuse("--context is threads or processes, not '" + std::string(where) + "'");
  }
  if (!gtk_init_check()) {
    std::cerr << "gtk_prime_counting: there is no display to open a window on\n";
    return 1;
  }

  offstage::glib_loop loop;
  offstage::executor workers{loop, {.context = context.get(), .worker_count = 1}};
  struct parts {
    offstage::executor& workers;
    std::unique_ptr<prime_window> window;
  } program{workers, nullptr};
  auto* const application =
      gtk_application_new("org.offstage.PrimeCounting", G_APPLICATION_NON_UNIQUE);
  g_signal_connect(application, "activate", G_CALLBACK(+[](GtkApplication* it, parts* program) {
                     program->window = std::make_unique<prime_window>(it, program->workers);
                   }),
                   &program);
  const int status = g_application_run(G_APPLICATION(application), 0, nullptr);
  g_object_unref(application);
  // A count that was cancelled ends within milliseconds, and the executor waits for that.
  return status;
}
