#include "actors/node/node_machine.h"

#include <array>

namespace offstage {
namespace {

using phase = node_machine::phase;
using input = node_machine::input;

struct transition {
  input what;
  phase from;
  phase to;
};

// What is not here is refused if only the worker itself can have said it, and dropped otherwise.
constexpr std::array transitions{
    transition{input::introduced, phase::introducing, phase::ready},
    transition{input::introduced_to_prepare, phase::introducing, phase::preparing},
    transition{input::prepared, phase::preparing, phase::ready},

    transition{input::complained_of, phase::introducing, phase::dismissed},
    transition{input::complained_of, phase::preparing, phase::dismissed},
    transition{input::complained_of, phase::ready, phase::dismissed},
    transition{input::complained_of, phase::lane_lost, phase::dismissed},
    transition{input::silent_too_long, phase::introducing, phase::dismissed},
    transition{input::preparing_too_long, phase::preparing, phase::dismissed},
    transition{input::lane_lost_too_long, phase::lane_lost, phase::dismissed},

    transition{input::lane_closed, phase::introducing, phase::lane_lost},
    transition{input::lane_closed, phase::preparing, phase::lane_lost},
    transition{input::lane_closed, phase::ready, phase::lane_lost},

    transition{input::ended, phase::introducing, phase::unexplained},
    transition{input::ended, phase::preparing, phase::unexplained},
    transition{input::ended, phase::ready, phase::unexplained},
    transition{input::ended, phase::lane_lost, phase::unexplained},
    transition{input::ended, phase::dismissed, phase::unexplained},

    transition{input::explained, phase::introducing, phase::gone},
    transition{input::explained, phase::preparing, phase::gone},
    transition{input::explained, phase::ready, phase::gone},
    transition{input::explained, phase::lane_lost, phase::gone},
    transition{input::explained, phase::dismissed, phase::gone},
    transition{input::explained, phase::unexplained, phase::gone},
    transition{input::unexplained_too_long, phase::unexplained, phase::gone},

    transition{input::not_to_be_ended, phase::introducing, phase::left},
    transition{input::not_to_be_ended, phase::preparing, phase::left},
    transition{input::not_to_be_ended, phase::ready, phase::left},
    transition{input::not_to_be_ended, phase::lane_lost, phase::left},
    transition{input::not_to_be_ended, phase::dismissed, phase::left},
};

constexpr bool is_said_by_worker(input what) {
  return what == input::introduced || what == input::introduced_to_prepare ||
         what == input::prepared || what == input::said;
}

}  // namespace

node_machine::verdict node_machine::apply(input what) noexcept {
  if (what == input::told_to_stop || what == input::killed) return order(what);
  for (const auto& each : transitions) {
    if (each.what != what || each.from != phase_) continue;
    phase_ = each.to;
    return verdict::applied;
  }
  if (!is_said_by_worker(what) || !hears()) return verdict::dropped;
  return what == input::said && phase_ == phase::ready ? verdict::heard : verdict::refused;
}

node_machine::verdict node_machine::order(input what) noexcept {
  // A signal after its end is no reason for that; what it was told before counts.
  if (over() || (what == input::killed && phase_ == phase::unexplained)) return verdict::dropped;
  const auto before = orders_;
  if (what == input::told_to_stop) {
    orders_ = killed() ? orders::stop_and_kill : orders::stop;
  } else {
    orders_ = told_to_stop() ? orders::stop_and_kill : orders::kill;
  }
  // Another signal may be needed after the first one.
  return what == input::killed || orders_ != before ? verdict::applied : verdict::dropped;
}

std::string_view to_string(node_machine::phase what) noexcept {
  switch (what) {
    case phase::introducing:
      return "introducing";
    case phase::preparing:
      return "preparing";
    case phase::ready:
      return "ready";
    case phase::lane_lost:
      return "lane lost";
    case phase::dismissed:
      return "dismissed";
    case phase::unexplained:
      return "unexplained";
    case phase::left:
      return "left";
    case phase::gone:
      return "gone";
  }
  return "unknown";
}

}  // namespace offstage
