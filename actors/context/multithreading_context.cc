#include "actors/context/multithreading_context.h"

#include "actors/pool/thread_pool.h"

namespace offstage {

multithreading_context::~multithreading_context() { finish(); }

std::shared_ptr<worker_pool> multithreading_context::do_make_pool(pool_options options) {
  return std::make_shared<thread_pool>(anchor(), options);
}

}  // namespace offstage
