#include "actors/future/task_failed.h"

#include <exception>

namespace offstage {

void throw_task_failed(const failure& why) {
  if (!why.original) throw task_failed(why);
  try {
    std::rethrow_exception(why.original);
  } catch (...) {
    std::throw_with_nested(task_failed(why));
  }
}

}  // namespace offstage
