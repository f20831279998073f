#include "actors/task/transfer.h"

namespace offstage {

void throw_not_transferable(std::string_view type) {
  const bool closure = type.find("lambda") != type.npos;
  throw not_transferable(
      "a task for another process: expected values with a codec, found one of type " +
      std::string(type) +
      (closure ? ": pass what the lambda captures as arguments, or use a class with a codec"
               : ": give it an `inspect` overload, or specialise offstage::codec for it") +
      "; or run the task in threads");
}

}  // namespace offstage
