// The rows of the acceptance table, with tasks in threads of this process.

#include "tests/contract/call_rows.h"
#include "tests/contract/executor_rows.h"
#include "tests/contract/future_rows.h"

namespace offstage::contract {
namespace {

using threads = own_pool_world<multithreading_context>;
using threads_with_shared_pool = shared_pool_world<multithreading_context>;

INSTANTIATE_TYPED_TEST_SUITE_P(Threads, CallRows, threads);
INSTANTIATE_TYPED_TEST_SUITE_P(Threads, FutureRows, threads);
INSTANTIATE_TYPED_TEST_SUITE_P(Threads, ExecutorRows, threads);
INSTANTIATE_TYPED_TEST_SUITE_P(ThreadsWithSharedPool, ExecutorRows, threads_with_shared_pool);

}  // namespace
}  // namespace offstage::contract
