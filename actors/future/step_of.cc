#include "actors/future/step_of.h"

#include <typeinfo>

#include "actors/task/carried.h"

namespace offstage {

step_report step_of(const flat_message& words, attachment* beside) {
  auto* const carrier = dynamic_cast<value_carrier*>(beside);
  if (carrier != nullptr && carrier->type() == typeid(flat_message)) {
    return read_state_message(*static_cast<const flat_message*>(carrier->value())).step;
  }
  return read_state_message(words).step;
}

}  // namespace offstage
