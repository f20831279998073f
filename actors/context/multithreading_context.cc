#include "actors/context/multithreading_context.h"

#include "actors/context/thread_event.h"
#include "actors/pool/thread_pool.h"

namespace offstage {

multithreading_context::~multithreading_context() { finish(); }

std::shared_ptr<worker_pool> multithreading_context::do_make_pool(pool_options options) {
  return std::make_shared<thread_pool>(anchor(), options);
}

event multithreading_context::do_make_event() { return event(std::make_shared<thread_event>()); }

}  // namespace offstage
