// An iteration without an end feeds a plot: approximations of pi and how good they are, until they
// are cancelled. Try it:
//
//   tools/run qt_pi_iterations

#include <QApplication>
#include <iostream>
#include <memory>

#include "actors/loop/qt/qt_loop.h"
#include "actors/offstage.h"
#include "examples/qt_pi_iterations/options.h"
#include "examples/qt_pi_iterations/pi_window.h"

namespace pi_plot {
namespace {

std::unique_ptr<offstage::parallel_context> context_in(workplace where) {
  if (where == workplace::threads) return std::make_unique<offstage::multithreading_context>();
  return std::make_unique<offstage::multiprocessing_context>();
}

int run(const options& asked, int argc, char** argv) {
  const QApplication application(argc, argv);
  offstage::qt_loop loop;
  const auto context = context_in(asked.context);
  offstage::executor executor{loop, {.context = context.get(), .worker_count = 1}};
  pi_window window(executor, asked.points_each);
  window.start();
  window.show();
  // When the window has been closed, the executor cancels the iteration.
  return QApplication::exec();
}

}  // namespace
}  // namespace pi_plot

int main(int argc, char** argv) {
  offstage::worker_entry(argc, argv);
  try {
    const auto asked = pi_plot::parse_options(argc, argv);
    if (asked.help) {
      std::cout << pi_plot::help_text;
      return 0;
    }
    return pi_plot::run(asked, argc, argv);
  } catch (const pi_plot::wrong_options& wrong) {
    std::cerr << "qt_pi_iterations: " << wrong.what() << "\nTry 'qt_pi_iterations --help'.\n";
    return 2;
  }
}
