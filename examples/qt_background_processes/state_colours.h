// state_colours: what a job looks like in each state.
//
// Question: which colours say it?
// Zone:     pure.
#pragma once

#include <QColor>

#include "actors/offstage.h"

namespace background_jobs {

/// Colours of a row. They do not depend on the palette, neither does that of the text: so it can be
/// read on each of them, in dark themes, too.
struct state_colours {
  QColor background;
  QColor selected;  ///< Instead of it, where the row is selected.
  QColor text;
};

state_colours colours_of(offstage::future_state state);

}  // namespace background_jobs
