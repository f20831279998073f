// A window with many unreliable slow squares: every state is seen as it changes, all can be
// cancelled, and those that are finished can be cleared away. They run in threads, or in worker
// processes, and the window answers all the time. Try it:
//
//   tools/run qt_background_processes -- --context processes 3 4 5

#include <QApplication>
#include <iostream>
#include <memory>

#include "actors/loop/qt/qt_loop.h"
#include "actors/offstage.h"
#include "examples/qt_background_processes/job_window.h"
#include "examples/qt_background_processes/options.h"

namespace background_jobs {
namespace {

std::unique_ptr<offstage::parallel_context> context_in(workplace where) {
  if (where == workplace::threads) return std::make_unique<offstage::multithreading_context>();
  return std::make_unique<offstage::multiprocessing_context>();
}

int run(const options& asked, int argc, char** argv) {
  const QApplication application(argc, argv);
  offstage::qt_loop loop;
  const auto context = context_in(asked.context);
  offstage::executor executor{loop, {.context = context.get(), .worker_count = asked.workers}};
  job_window window(executor, asked.conditions);
  window.square(asked.inputs);
  window.show();
  // When the window has been closed, nobody wants the results of what still runs: the executor
  // cancels it, and does not wait for ever.
  return QApplication::exec();
}

}  // namespace
}  // namespace background_jobs

int main(int argc, char** argv) {
  offstage::worker_entry(argc, argv);
  try {
    const auto asked = background_jobs::parse_options(argc, argv);
    if (asked.help) {
      std::cout << background_jobs::help_text;
      return 0;
    }
    return background_jobs::run(asked, argc, argv);
  } catch (const background_jobs::wrong_options& wrong) {
    std::cerr << "qt_background_processes: " << wrong.what()
              << "\nTry 'qt_background_processes --help'.\n";
    return 2;
  }
}
