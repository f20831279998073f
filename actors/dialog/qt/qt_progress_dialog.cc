#include "actors/dialog/qt/qt_progress_dialog.h"

#include <QApplication>
#include <QCloseEvent>
#include <QDialog>
#include <QDialogButtonBox>
#include <QEventLoop>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPointer>
#include <QProgressBar>
#include <QPushButton>
#include <QStyle>
#include <QTimer>
#include <QVBoxLayout>
#include <QWindow>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <vector>

#include "actors/dialog/progress_presenter.h"

namespace offstage {

namespace {

constexpr int bar_steps = 1000;
constexpr int text_width = 380;

// A line of which the middle is left out where it does not fit, so that paths and changing texts
// never change the window.
class elided_label final : public QLabel {
 public:
  using QLabel::QLabel;

  QSize minimumSizeHint() const override { return {0, QLabel::minimumSizeHint().height()}; }
  QSize sizeHint() const override { return {text_width, QLabel::sizeHint().height()}; }

 protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    const auto place = contentsRect();
    const auto shown = fontMetrics().elidedText(text(), Qt::ElideMiddle, place.width());
    style()->drawItemText(&painter, place, int(alignment()), palette(), isEnabled(), shown,
                          foregroundRole());
  }
};

// Nothing moves under a person's hand when the text grows to this.
void make_room(QLabel& label, const std::string& widest) {
  const int width = label.fontMetrics().horizontalAdvance(QString::fromStdString(widest));
  if (width > label.minimumWidth()) label.setMinimumWidth(width);
}

// What a person does to a window behind a modal one.
bool is_input(const QEvent& event) {
  switch (event.type()) {
    case QEvent::MouseButtonPress:
    case QEvent::MouseButtonRelease:
    case QEvent::MouseButtonDblClick:
    case QEvent::Wheel:
    case QEvent::KeyPress:
    case QEvent::KeyRelease:
    case QEvent::ShortcutOverride:
    case QEvent::Shortcut:
    case QEvent::ContextMenu:
    case QEvent::TouchBegin:
    case QEvent::TouchUpdate:
    case QEvent::TouchEnd:
    case QEvent::TabletPress:
    case QEvent::TabletRelease:
    case QEvent::Drop:
      return true;
    case QEvent::Close:
      return event.spontaneous();
    default:
      return false;
  }
}

// The window itself, without a will of its own.
class dialog_widget final : public QDialog {
 public:
  struct callbacks {
    std::function<void()> pressed;
    std::function<void()> rejected;
    std::function<void()> quitting;
    std::function<void()> destroyed;
  };

  dialog_widget(QWidget* parent, const progress_dialog_options<void>& options)
      : QDialog(parent != nullptr ? parent->window() : nullptr),
        message_(new elided_label(this)),
        ending_(new QLabel(this)),
        bar_(new QProgressBar(this)),
        amount_(new QLabel(this)),
        times_(new QLabel(this)),
        button_(new QPushButton(this)) {
    setWindowTitle(QString::fromStdString(options.title));
    setWindowFlag(Qt::WindowContextHelpButtonHint, false);
    for (auto* const each : {static_cast<QLabel*>(message_), ending_, amount_, times_}) {
      each->setTextFormat(Qt::PlainText);
    }
    message_->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    ending_->setWordWrap(true);
    ending_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    ending_->setMinimumWidth(text_width);
    ending_->hide();
    bar_->setAccessibleName(QString::fromStdString(options.texts.bar));
    bar_->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    times_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    // Enter, meant for the window that had the keyboard before, does not cancel.
    button_->setAutoDefault(false);
    QObject::connect(button_, &QPushButton::clicked, this, [this] { call(&callbacks::pressed); });

    auto* const figures = new QHBoxLayout;
    figures->addWidget(amount_);
    figures->addStretch();
    figures->addWidget(times_);
    auto* const buttons = new QHBoxLayout;
    buttons->addStretch();
    buttons->addWidget(button_);
    auto* const all = new QVBoxLayout(this);
    all->addWidget(message_);
    all->addWidget(ending_);
    all->addWidget(bar_);
    all->addLayout(figures);
    all->addStretch();
    all->addLayout(buttons);
  }

  ~dialog_widget() override {
    watch_application(false);
    call(&callbacks::destroyed);
  }

  void set_callbacks(callbacks to) { to_ = std::move(to); }

  void draw(const progress_picture& picture) {
    const auto message = QString::fromStdString(picture.message);
    if (picture.ended) {
      ending_->setText(message);
      message_->hide();
      ending_->show();
    } else {
      message_->setText(message);
      message_->setToolTip(message);
    }
    if (picture.fraction) {
      bar_->setRange(0, bar_steps);
      bar_->setValue(int(std::lround(*picture.fraction * bar_steps)));
    } else {
      bar_->setRange(0, 0);
    }
    make_room(*amount_, picture.widest_amount);
    make_room(*times_, picture.widest_times);
    amount_->setText(QString::fromStdString(picture.amount));
    times_->setText(QString::fromStdString(picture.times));
    button_->setText(QString::fromStdString(picture.button));
    button_->setEnabled(picture.button_enabled);
    if (picture.ended && !button_->isDefault()) {
      button_->setDefault(true);
      button_->setFocus();
      resize(std::max(width(), sizeHint().width()), std::max(height(), heightForWidth(width())));
    }
  }

  // From `show()` on until the window has gone; the application may have gone before.
  void watch_application(bool watch) {
    if (qApp == nullptr) return;
    qApp->removeEventFilter(this);
    if (watch) qApp->installEventFilter(this);
  }

  bool eventFilter(QObject* where, QEvent* event) override {
    // Before it quits, Qt asks all windows to close, and does not quit if one refuses.
    if (event->type() == QEvent::Quit && where == qApp) call(&callbacks::quitting);
    // A modal window keeps input from others once it is there. Until then, this does.
    if (isVisible() || !isModal() || !is_input(*event)) return false;
    if (windowModality() == Qt::WindowModal && !belongs_to_parent(*where)) return false;
    event->ignore();
    return true;
  }

  void reject() override { call(&callbacks::rejected); }

 private:
  bool belongs_to_parent(const QObject& object) const {
    const auto* const parent = parentWidget();
    if (parent == nullptr) return true;
    if (object.isWindowType()) return &object == parent->windowHandle();
    return object.isWidgetType() && static_cast<const QWidget&>(object).window() == parent;
  }

  // The window may be destroyed by what is called, and the callbacks with it.
  void call(std::function<void()> callbacks::*which) {
    const auto called = to_.*which;
    if (called) called();
  }

  elided_label* message_;
  QLabel* ending_;
  QProgressBar* bar_;
  QLabel* amount_;
  QLabel* times_;
  QPushButton* button_;
  callbacks to_;
};

Qt::WindowModality modality_of(dialog_modality modality) {
  switch (modality) {
    case dialog_modality::window:
      return Qt::WindowModal;
    case dialog_modality::application:
      return Qt::ApplicationModal;
    case dialog_modality::none:
      break;
  }
  return Qt::NonModal;
}

}  // namespace

class qt_progress_dialog::window final : public progress_presenter {
 public:
  window(followed_task task, const qt_progress_dialog_options& asked)
      : progress_presenter(std::move(task), asked.without_parent()),
        widget_(new dialog_widget(asked.parent, options())) {
    widget_->setWindowModality(modality_of(options().modality));
    timer_->setSingleShot(true);
    timer_->setTimerType(Qt::PreciseTimer);
  }

  void wire() {
    const std::weak_ptr<window> weak = std::static_pointer_cast<window>(shared_from_this());
    const auto entry = [weak](auto progress_presenter::*call) {
      return [weak, call] {
        const auto alive = weak.lock();
        if (alive == nullptr) return;
        ++alive->inside_;
        ((*alive).*call)();
        --alive->inside_;
      };
    };
    QObject::connect(timer_, &QTimer::timeout, timer_, entry(&progress_presenter::alarm));
    widget_->set_callbacks({entry(&progress_presenter::button_pressed),
                            entry(&progress_presenter::close_requested),
                            entry(&progress_presenter::window_lost), [weak] {
                              const auto alive = weak.lock();
                              if (alive == nullptr) return;
                              alive->widget_ = nullptr;
                              alive->window_lost();
                            }});
  }

  void show_dialog() {
    show();
    if (widget_ != nullptr && !closed()) widget_->watch_application(true);
  }

  bool run() {
    if (widget_ != nullptr && !widget_->isModal()) {
      widget_->setWindowModality(Qt::ApplicationModal);
    }
    show_dialog();
    if (!closed()) {
      QEventLoop nested;
      nested_.push_back(&nested);
      nested.exec();
      nested_.erase(std::find(nested_.begin(), nested_.end(), &nested));
    }
    return completed();
  }

  // What Qt has that is in the middle of an event goes after it.
  void destroy() {
    abandon();
    if (widget_ != nullptr) widget_->set_callbacks({});
    // Qt destroys no windows when the application has gone: what is left of this one stays.
    if (qApp == nullptr) widget_ = nullptr;
    for (auto* const each : {static_cast<QObject*>(std::exchange(widget_, nullptr)),
                             static_cast<QObject*>(std::exchange(timer_, nullptr))}) {
      if (each == nullptr) continue;
      if (inside_ > 0) {
        each->deleteLater();
      } else {
        delete each;
      }
    }
  }

  QWidget* widget() const { return widget_; }

 protected:
  void draw(const progress_picture& picture) override {
    if (widget_ != nullptr) widget_->draw(picture);
  }

  void appear() override {
    if (widget_ == nullptr) return;
    if (widget_->isVisible()) {
      widget_->raise();
      widget_->activateWindow();
    } else {
      widget_->show();
    }
  }

  void disappear() noexcept override {
    if (widget_ != nullptr) {
      widget_->watch_application(false);
      widget_->hide();
    }
    for (auto* const each : nested_) each->quit();
  }

  void set_alarm(std::optional<clock::time_point> when) override {
    if (timer_ == nullptr) return;
    if (!when) {
      timer_->stop();
      return;
    }
    // A timer counts in an int; one that ends too soon is set again.
    constexpr std::chrono::milliseconds most = std::chrono::hours(24);
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*when - now());
    timer_->start(std::clamp(left, std::chrono::milliseconds(0), most));
  }

 private:
  dialog_widget* widget_;  // Null once it is destroyed.
  QTimer* timer_ = new QTimer;
  std::vector<QEventLoop*> nested_;
  int inside_ = 0;  // Calls from the widget under way.
};

qt_progress_dialog::qt_progress_dialog(followed_task task, qt_progress_dialog_options options)
    : window_(std::make_shared<window>(std::move(task), options)) {
  window_->wire();
}

qt_progress_dialog::~qt_progress_dialog() { window_->destroy(); }

void qt_progress_dialog::show() {
  // Held because whatever runs meanwhile may destroy the dialog.
  const auto held = window_;
  held->show_dialog();
}

bool qt_progress_dialog::run() {
  const auto held = window_;
  return held->run();
}

bool qt_progress_dialog::visible() const noexcept { return window_->visible(); }

bool qt_progress_dialog::closed() const noexcept { return window_->closed(); }

QWidget* qt_progress_dialog::widget() const noexcept { return window_->widget(); }

subscription qt_progress_dialog::observe_closed(callback<> call) {
  return window_->on_closed(std::move(call));
}

}  // namespace offstage
