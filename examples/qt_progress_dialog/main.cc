// A progress dialog for a task in steps, with Qt: a folder's files are read behind a modal dialog,
// in a thread or in a worker process. Try it by hand:
//
//   bazel run //examples/qt_progress_dialog -- --context processes /usr/include

#include <QApplication>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>
#include <string>

#include "actors/dialog/qt/qt_progress_dialog.h"
#include "actors/loop/qt/qt_loop.h"
#include "actors/offstage.h"
#include "examples/checksum/checksum.h"
#include "examples/checksum/command_line.h"

namespace {

class checksum_window final : public QWidget {
 public:
  checksum_window(offstage::executor& workers, std::string folder)
      : workers_(workers), folder_(std::move(folder)) {
    setWindowTitle("Checksum");
    auto* const layout = new QVBoxLayout(this);
    layout->addWidget(new QLabel("Folder: " + QString::fromStdString(folder_)));
    layout->addWidget(button_);
    layout->addWidget(result_);
    layout->addStretch();
    resize(420, 120);
    connect(button_, &QPushButton::clicked, this, [this] { sum_up(); });
  }

 private:
  void sum_up() {
    result_->clear();
    // How much there is to do is looked for first, which is work, too.
    auto listing = offstage::submit_call(workers_, files_below, folder_);
    offstage::qt_progress_dialog looking{
        offstage::followed_task{listing, "Looking for files"},
        {.title = "Reading files", .parent = this, .modality = offstage::dialog_modality::window}};
    if (!looking.run()) return show_end(listing);
    const auto files = listing.take_result();

    auto future = offstage::submit_steps(workers_, size_of(files), "Reading", checksum, files);
    offstage::qt_progress_dialog dialog{future,
                                        {.title = "Reading files",
                                         .parent = this,
                                         .modality = offstage::dialog_modality::window,
                                         .amount_text = megabytes}};
    if (!dialog.run()) return show_end(future);
    result_->setText(QString::fromStdString(std::to_string(files.size()) + " files, checksum " +
                                            to_hex(future.result())));
  }

  // The dialog has said why.
  template <class Future>
  void show_end(const Future& future) {
    const bool failed = future.state() == offstage::future_state::failed;
    result_->setText(failed ? "Failed" : "Cancelled");
  }

  void closeEvent(QCloseEvent* event) override {
    QWidget::closeEvent(event);
    // Nobody is left to look at a result.
    workers_.stop();
  }

  offstage::executor& workers_;
  const std::string folder_;
  QPushButton* button_ = new QPushButton("&Sum up", this);
  QLabel* result_ = new QLabel(this);
};

}  // namespace

int main(int argc, char** argv) {
  offstage::worker_entry(argc, argv);
  const auto line = read_command_line("qt_progress_dialog", argc, argv);
  if (!line) return 2;

  QApplication application(argc, argv);
  offstage::qt_loop loop;
  offstage::executor workers{loop, {.context = line->context.get(), .worker_count = 1}};
  checksum_window window(workers, line->folder);
  window.show();
  return QApplication::exec();
}
