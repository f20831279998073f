#include "examples/qt_background_processes/state_colours.h"

namespace background_jobs {
namespace {

QRgb background_of(offstage::future_state state) {
  switch (state) {
    case offstage::future_state::waiting:
      return 0xffffff;
    case offstage::future_state::executing:
      return 0xadd8e6;  // Light blue.
    case offstage::future_state::cancelling:
      return 0xffa500;  // Orange.
    case offstage::future_state::cancelled:
      return 0xff5050;  // Red.
    case offstage::future_state::failed:
      return 0xffc0cb;  // Pink.
    case offstage::future_state::completed:
      return 0x90ee90;  // Light green.
  }
  return 0xffffff;
}

}  // namespace

state_colours colours_of(offstage::future_state state) {
  const QColor background(background_of(state));
  return {background, background.darker(118), QColor(Qt::black)};
}

}  // namespace background_jobs
